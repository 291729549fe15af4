// Who changed what of the row at hand.
import Box from '@mui/material/Box';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import { useQuery } from '@tanstack/react-query';
import { useDataProvider, useRecordContext, useResourceContext, useTranslate, useTranslateLabel } from 'ra-core';
import { Asked } from './Asked';
import type { Provider } from './dataProvider';
import { useFormats } from './formats';

interface Entry {
	id: number;
	at: string;
	action: 'insert' | 'update' | 'delete' | 'restore';
	name: string | null;
	changes: Record<string, { old: unknown; new: unknown }>;
}

const shown = (value: unknown) =>
	value == null || value === '' ? '–' : typeof value === 'object' ? JSON.stringify(value) : String(value);

export function History() {
	const translate = useTranslate();
	const label = useTranslateLabel();
	const { dateTime } = useFormats();
	const resource = useResourceContext()!;
	const row = useRecordContext();
	const { ask } = useDataProvider<Provider>();
	const query = useQuery({ queryKey: [resource, 'history', row?.id], enabled: row != null,
		queryFn: () => ask<Entry[]>(`/api/${resource}/${row?.id}/history`, { limit: 50 }) });
	return (
		<Asked query={query}>{(entries) => <Stack component="ul" spacing={2} sx={{ listStyle: 'none', m: 0, p: 0 }}>
			{entries.map(({ id, at, action, name, changes }) => (
				<Box component="li" key={id}>
					<Typography variant="body2" color="textSecondary">
						{translate(`app.history.${action}`)} · {name ?? translate('app.history.nobody')} · {dateTime(at)}
					</Typography>
					{action === 'update' && Object.entries(changes).map(([member, { old, new: now }]) => (
						<Typography key={member} sx={{ overflowWrap: 'anywhere' }}>
							<strong>{label({ resource, source: member })}</strong>: {shown(old)} → {shown(now)}
						</Typography>
					))}
				</Box>
			))}
		</Stack>}</Asked>
	);
}
