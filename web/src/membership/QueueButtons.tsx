// The buttons of a queue entry, which call the next member or end a call.
import Button from '@mui/material/Button';
import { useDataProvider, useRecordContext, useRedirect, useRefresh, useTranslate } from 'ra-core';
import { useAct } from '../data/act';
import type { Provider } from '../data/dataProvider';
import { useMay } from '../data/permissions';
import { useMe } from '../data/session';

const RESOURCE = 'membership_queue';
const ends: Record<string, [status: string, label: string][]> = {
	waiting: [['cancelled', 'cancel']],
	called: [
		['served', 'serve'],
		['missed', 'miss'],
	],
};

export default function QueueButtons() {
	const row = useRecordContext();
	const { tell, update } = useDataProvider<Provider>();
	const translate = useTranslate();
	const refresh = useRefresh();
	const go = useRedirect();
	const { portal } = useMe();
	const [busy, act] = useAct();
	const label = (name: string) => translate(`resources.${RESOURCE}.fields.${name}`);
	if (!useMay(RESOURCE, 'update') || !row) return null;
	const call = () =>
		act(async () => {
			const [next] = await tell<{ id: number }[]>(`/api/${RESOURCE}/claim`, {});
			refresh();
			if (next) go('show', RESOURCE, next.id);
		});
	const end = (status: string) =>
		act(() => update(RESOURCE, { id: row.id, data: { status }, previousData: row }).then(refresh));
	return (
		<>
			{!portal && (
				<Button size="small" title={label('calls')} disabled={busy} onClick={call}>
					{label('call')}
				</Button>
			)}
			{(portal && row.status !== 'waiting' ? [] : ends[row.status])?.map(([status, name]) => (
				<Button key={status} size="small" disabled={busy} onClick={() => end(status)}>
					{label(name)}
				</Button>
			))}
		</>
	);
}
