// The dialog that asks why deals were lost. The reason is a key of their metadata: a choice, or a text of an
// earlier version.
import MenuItem from '@mui/material/MenuItem';
import { useDataProvider, useRefresh, useTranslate } from 'ra-core';
import { useConfiguration } from '../data/configuration';
import type { Provider, Versioned } from '../data/dataProvider';
import { Ask, FormDialog } from '../ui/FormDialog';
import type { Deal } from './deal';

const AT_ONCE = 200; // ids in an address

export type Lost = Pick<Deal, 'id' | 'name' | 'metadata'>;

export default function LostReason({ deals, close }: { deals: Lost[]; close: () => void }) {
	const translate = useTranslate();
	const refresh = useRefresh();
	const { ask, bulk, getOne, update } = useDataProvider<Provider>();
	const { lostReasons } = useConfiguration();
	const known = deals[0]?.metadata?.lost_reason ?? '';
	const choices =
		lostReasons.some(({ value }) => value === known) || !known
			? lostReasons
			: [...lostReasons, { value: known, label: known }];
	// A change replaces the whole metadata, so it begins with the current one.
	const writeOne = async (id: number, lost_reason: string) => {
		const { data } = await getOne<Versioned<Deal>>('deals', { id });
		await update('deals', {
			id,
			previousData: data,
			data: { etag: data.etag, metadata: { ...data.metadata, lost_reason } },
		});
	};
	const writeAll = async (ids: number[], lost_reason: string) => {
		const now: Lost[] = [];
		for (let n = 0; n < ids.length; n += AT_ONCE)
			now.push(
				...(await ask<Lost[]>('/api/deals', {
					filter: { id: ids.slice(n, n + AT_ONCE) },
					fields: ['id', 'metadata'],
					count: 'none',
				})),
			);
		// A bulk change is of deals with the same.
		for (const metadata of new Set(now.map((deal) => JSON.stringify(deal.metadata))))
			await bulk('deals', {
				ids: now.filter((deal) => JSON.stringify(deal.metadata) === metadata).map(({ id }) => id),
				set: { metadata: { ...JSON.parse(metadata), lost_reason } },
			});
	};
	return (
		<FormDialog
			title={translate('deals.lost_why', { smart_count: deals.length, name: deals[0]?.name })}
			action={translate('ra.action.save')}
			close={close}
			submit={async ({ lost_reason }) => {
				const ids = deals.map(({ id }) => id);
				await (ids.length === 1 ? writeOne(ids[0]!, lost_reason!) : writeAll(ids, lost_reason!));
				close();
				refresh();
			}}
		>
			<Ask name="lost_reason" select autoFocus label={translate('deals.lost_reason')} defaultValue={known}>
				{choices.map(({ value, label }) => (
					<MenuItem key={value} value={value}>
						{label}
					</MenuItem>
				))}
			</Ask>
		</FormDialog>
	);
}
