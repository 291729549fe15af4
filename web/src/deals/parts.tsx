// The parts of a deal's page that only deals have.
import { Suspense, useState } from 'react';
import Archive from '@mui/icons-material/ArchiveOutlined';
import Alert from '@mui/material/Alert';
import MuiButton from '@mui/material/Button';
import MenuItem from '@mui/material/MenuItem';
import Stack from '@mui/material/Stack';
import TextField from '@mui/material/TextField';
import { Button } from 'react-admin';
import { useDataProvider, useNotify, useRecordContext, useRefresh, useTranslate, useUpdate } from 'ra-core';
import { labelOf, useConfiguration } from '../app/configuration';
import type { Provider } from '../app/dataProvider';
import { useFormats } from '../app/formats';
import { useFields, useNoun } from '../app/nouns';
import { mayField, useMay } from '../app/permissions';
import { useMe } from '../app/session';
import { Files, Notes } from '../app/tabs';
import { LOST, type Deal } from './deal';
import { LostReason } from './LostReasons';
import { UnarchiveButton } from './UnarchiveButton';

export const DealNotes = () => <Notes resource="deal_notes" target="deal_id" />;

export const DealFiles = () => <Files resource="deal_notes" target="deal_id" />;

export const Amount = ({ row }: { row: Deal }) => useFormats().money(row.amount);

/** The stage, and whether the deal is archived. */
export function Stage({ row, table = false }: { row: Deal; table?: boolean }) {
	const translate = useTranslate();
	const { dealStages } = useConfiguration();
	return [!table && labelOf(dealStages, row.stage), row.archived_at && translate('deals.archived')].filter(Boolean).join(' · ');
}

/** Changes the stage; the deal goes to the top of its column. */
export function StageChoice() {
	const deal = useRecordContext<Deal>()!;
	const translate = useTranslate();
	const notify = useNotify();
	const refresh = useRefresh();
	const { tell } = useDataProvider<Provider>();
	const { dealStages, lostReasons } = useConfiguration();
	const editable = useFields(useNoun('deals')!).editable('stage');
	const explains = mayField(useMe(), 'deals', 'metadata', 'update');
	const [asking, setAsking] = useState(false);
	const reason = labelOf(lostReasons, deal.metadata?.lost_reason);
	const known = dealStages.some(({ value }) => value === deal.stage);
	return (
		<Stack sx={{ alignItems: 'flex-start' }}>
			<TextField id="stage" select label={translate('resources.deals.fields.stage')} value={deal.stage}
				sx={{ width: 200 }} disabled={!editable || deal.archived_at != null} onChange={(event) =>
					tell(`/api/deals/${deal.id}/move`, { stage: event.target.value, index: 0 }).then(refresh,
						(error: Error) => notify(error.message, { type: 'error' }))}>
				{!known && <MenuItem value={deal.stage}>{deal.stage}</MenuItem>}
				{dealStages.map(({ value, label }) => <MenuItem key={value} value={value}>{label}</MenuItem>)}
			</TextField>
			{deal.stage === LOST && editable && explains && (
				<MuiButton size="small" onClick={() => setAsking(true)}>{translate('deals.lost_for', { reason: reason || '…' })}</MuiButton>
			)}
			{asking && <Suspense><LostReason deals={[deal]} close={() => setAsking(false)} /></Suspense>}
		</Stack>
	);
}

export function Actions() {
	const deal = useRecordContext<Deal>();
	const notify = useNotify();
	const [update, { isPending }] = useUpdate();
	return useMay('deals', 'update') && deal && !deal.archived_at ? (
		<Button label="deals.put_away" disabled={isPending} onClick={() =>
			update('deals', { id: deal.id, data: { archived_at: new Date().toISOString() }, previousData: deal },
				{ onSuccess: () => notify('deals.put_away_done', { type: 'success', messageArgs: { name: deal.name } }),
					onError: (error) => notify((error as Error).message, { type: 'error' }) })}>
			<Archive />
		</Button>
	) : null;
}

export function Archived() {
	const translate = useTranslate();
	const { date } = useFormats();
	const deal = useRecordContext<Deal>();
	return deal?.archived_at && (
		<Alert severity="info" sx={{ mb: 2 }} action={<UnarchiveButton />}>
			{translate('deals.is_archived', { date: date(deal.archived_at) })}
		</Alert>
	);
}
