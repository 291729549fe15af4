// Asks why deals were lost, after any write that loses them. The reason is a key of their metadata: a choice, or
// a text of an earlier version.
import { useEffect, useState } from 'react';
import MenuItem from '@mui/material/MenuItem';
import { useDataProvider, useNotify, useRefresh, useTranslate } from 'ra-core';
import { useExplain } from '../app/act';
import { useConfiguration } from '../app/configuration';
import type { Provider, Versioned } from '../app/dataProvider';
import { Ask, FormDialog } from '../app/FormDialog';
import { onWrite } from '../app/http';
import { may, mayField } from '../app/permissions';
import { useMe } from '../app/session';
import { LOST, type Deal } from './deal';

const PAGE = 1000;
const AT_ONCE = 200; // ids in an address
const written = /^\/api\/deals(?:\/(\d+))?(?:\/(?:move|bulk))?$/;

type Lost = Pick<Deal, 'id' | 'name' | 'metadata'>;

export function LostReason({ deals, close }: { deals: Lost[]; close: () => void }) {
	const translate = useTranslate();
	const refresh = useRefresh();
	const { ask, bulk, getOne, update } = useDataProvider<Provider>();
	const { lostReasons } = useConfiguration();
	const known = deals[0]?.metadata?.lost_reason ?? '';
	const choices = lostReasons.some(({ value }) => value === known) || !known ? lostReasons : [...lostReasons, { value: known, label: known }];
	// A change replaces the whole metadata, so it begins with the current one.
	const writeOne = async (id: number, lost_reason: string) => {
		const { data } = await getOne<Versioned<Deal>>('deals', { id });
		await update('deals', { id, previousData: data, data: { etag: data.etag, metadata: { ...data.metadata, lost_reason } } });
	};
	const writeAll = async (ids: number[], lost_reason: string) => {
		const now: Lost[] = [];
		for (let n = 0; n < ids.length; n += AT_ONCE)
			now.push(...await ask<Lost[]>('/api/deals', { filter: { id: ids.slice(n, n + AT_ONCE) }, fields: ['id', 'metadata'], count: 'none' }));
		// A bulk change is of deals with the same.
		for (const metadata of new Set(now.map((deal) => JSON.stringify(deal.metadata))))
			await bulk('deals', { ids: now.filter((deal) => JSON.stringify(deal.metadata) === metadata).map(({ id }) => id),
				set: { metadata: { ...JSON.parse(metadata), lost_reason } } });
	};
	return (
		<FormDialog title={translate('deals.lost_why', { smart_count: deals.length, name: deals[0]?.name })} action={translate('ra.action.save')} close={close}
			submit={async ({ lost_reason }) => {
				const ids = deals.map(({ id }) => id);
				await (ids.length === 1 ? writeOne(ids[0]!, lost_reason!) : writeAll(ids, lost_reason!));
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
	const notify = useNotify();
	const explain = useExplain();
	const me = useMe();
	const asks = may(me, 'deals', 'update') && mayField(me, 'deals', 'metadata', 'update');
	const [deals, setDeals] = useState<Lost[]>([]);
	useEffect(() => {
		const find = async (filter: object) => {
			const lost: Lost[] = [];
			for (let page: Lost[] = [], n = 0; n === 0 || page.length === PAGE; n += PAGE) {
				page = await ask<Lost[]>('/api/deals', { filter, fields: ['id', 'name', 'metadata'], sort: ['id', 'ASC'], range: [n, n + PAGE - 1], count: 'none' });
				lost.push(...page);
			}
			setDeals((asked) => [...asked.filter(({ id }) => !lost.some((one) => one.id === id)), ...lost]);
		};
		return onWrite(async (path, body, answer) => {
			const [found, id = answer?.id] = written.exec(path) ?? [];
			if (!asks || !found || (body?.set ?? body)?.stage !== LOST)
				return;
			try {
				// A change of many deals does not say which ones it changed, but these have its time.
				await find(body.set ? { stage: LOST, updated_at: (await ask<Deal>(`/api/bulk_changes/${answer.id}`)).created_at } : { id: Number(id) });
			} catch (error) {
				notify(explain(error), { type: 'error' });
			}
		});
	}, [ask, asks, notify, explain]);
	return deals.length > 0 && <LostReason deals={deals} close={() => setDeals([])} />;
}
