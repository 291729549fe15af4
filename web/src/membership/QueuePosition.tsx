// The position of a queue entry.
import Alert from '@mui/material/Alert';
import { useQuery } from '@tanstack/react-query';
import { useDataProvider, useRecordContext, useTranslate } from 'ra-core';
import { colon } from '../i18n/i18n';
import type { Provider } from '../data/dataProvider';
import { useFormats } from '../data/useFormats';

interface Position {
	position: number | null;
	estimated_wait_seconds: number | null;
}

const key = (name: string) => `resources.membership_queue.fields.${name}`;

export function QueuePosition() {
	const row = useRecordContext();
	const { ask } = useDataProvider<Provider>();
	const translate = useTranslate();
	const { count } = useFormats();
	const waits = row?.status === 'waiting';
	const { data } = useQuery({
		queryKey: ['membership_queue', 'position', row?.id],
		enabled: waits,
		refetchInterval: 15_000,
		queryFn: () => ask<Position>(`/api/membership_queue/${row!.id}/position`),
	});
	if (!waits || !data?.position) return null;
	const { position, estimated_wait_seconds: wait } = data;
	return (
		<Alert severity="info" sx={{ mb: 2 }}>
			{translate(key('position'))}
			{colon()}
			{count(position)}
			{wait !== null &&
				` · ${translate(key('wait'))}${colon()}${translate(key('minutes'), { smart_count: Math.max(1, Math.round(wait / 60)) })}`}
		</Alert>
	);
}
