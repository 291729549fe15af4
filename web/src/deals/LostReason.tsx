// Asks why deals were lost, after any write that loses them. The reason is a key of their metadata: a choice, or
// a text of an earlier version.
import { useEffect, useState } from 'react';
import MenuItem from '@mui/material/MenuItem';
import { useDataProvider, useRefresh, useTranslate } from 'ra-core';
import { useConfiguration } from '../app/configuration';
import type { Provider } from '../app/dataProvider';
import { Ask, FormDialog } from '../app/FormDialog';
import { onWrite } from '../app/http';
import { mayField } from '../app/permissions';
import { useMe } from '../app/session';
import { LOST, type Deal } from './deal';

const PAGE = 1000;
const written = /^\/api\/deals(?:\/(\d+))?(?:\/(?:move|bulk))?$/;

type Lost = Pick<Deal, 'id' | 'name' | 'metadata'>;

export function LostReason({ deals, close }: { deals: Lost[]; close: () => void }) {
	const translate = useTranslate();
	const refresh = useRefresh();
	const { bulk } = useDataProvider<Provider>();
	const { lostReasons } = useConfiguration();
	const known = deals[0]?.metadata?.lost_reason ?? '';
	const choices = lostReasons.some(({ value }) => value === known) || !known ? lostReasons : [...lostReasons, { value: known, label: known }];
	return (
		<FormDialog title={translate('deals.lost_why', { smart_count: deals.length, name: deals[0]?.name })} action={translate('ra.action.save')} close={close}
			submit={async ({ lost_reason }) => {
				// A bulk change replaces the whole metadata, so it is of deals with the same.
				for (const metadata of new Set(deals.map((deal) => JSON.stringify(deal.metadata))))
					await bulk('deals', { ids: deals.filter((deal) => JSON.stringify(deal.metadata) === metadata).map(({ id }) => id),
						set: { metadata: { ...JSON.parse(metadata), lost_reason } } });
				close();
				refresh();
			}}>
			<Ask name="lost_reason" select autoFocus label={translate('deals.lost_reason')} defaultValue={known}>
				{choices.map(({ value, label }) => <MenuItem key={value} value={value}>{label}</MenuItem>)}
			</Ask>
		</FormDialog>
	);
}

/** Listens while it is mounted. */
export function LostReasons() {
	const { ask } = useDataProvider<Provider>();
	const asks = mayField(useMe(), 'deals', 'metadata', 'update');
	const [deals, setDeals] = useState<Lost[]>([]);
	useEffect(() => onWrite(async (path, body, answer) => {
		const [found, id = answer?.id] = written.exec(path) ?? [];
		if (!asks || !found || (body?.set ?? body)?.stage !== LOST)
			return;
		// A change of many deals does not say which ones it changed.
		const filter = body.set ? { stage: LOST, 'updated_at@gte': (await ask<Deal>(`/api/bulk_changes/${answer.id}`)).created_at } : { id: Number(id) };
		const lost: Lost[] = [];
		for (let page: Lost[] = [], n = 0; n === 0 || page.length === PAGE; n += PAGE) {
			page = await ask<Lost[]>('/api/deals', { filter, fields: ['id', 'name', 'metadata'], sort: ['id', 'ASC'], range: [n, n + PAGE - 1], count: 'none' });
			lost.push(...page);
		}
		setDeals(lost);
	}), [ask, asks]);
	return deals.length > 0 && <LostReason deals={deals} close={() => setDeals([])} />;
}
