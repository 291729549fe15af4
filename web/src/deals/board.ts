// The board as it is known here: columns of cards, where one goes, and back.
import { useCallback, useMemo, useState } from 'react';
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useDataProvider, useNotify, useTranslate } from 'ra-core';
import type { Provider } from '../app/dataProvider';
import type { Deal } from './deal';

export type Columns = Record<string, Deal[]>;

export interface Place {
	stage: string;
	index: number; // among the cards that are shown
}

interface Total {
	stage: string;
	count: number;
	sum_amount: number | null;
}

export const PAGE = 30;

/** Where a card is. */
export function placeOf(columns: Columns, id: number): Place | undefined {
	for (const [stage, cards] of Object.entries(columns)) {
		const index = cards.findIndex((card) => card.id === id);
		if (index >= 0)
			return { stage, index };
	}
	return undefined;
}

/** The same board with a card at another place. */
export function placed(columns: Columns, id: number, { stage, index }: Place): Columns {
	const from = placeOf(columns, id);
	const card = from && columns[from.stage]?.[from.index];
	if (!from || !card || !columns[stage])
		return columns;
	const without = { ...columns, [from.stage]: (columns[from.stage] ?? []).filter((one) => one.id !== id) };
	const cards = without[stage] ?? [];
	return { ...without, [stage]: [...cards.slice(0, index), { ...card, stage }, ...cards.slice(index)] };
}

// What the server is told: neighbours, since it has cards that are not shown.
function asked(columns: Columns, id: number, { stage, index }: Place) {
	const others = (columns[stage] ?? []).filter((card) => card.id !== id);
	const before = others[index - 1], after = others[index];
	return { stage, ...(before ? { after_id: before.id } : after ? { before_id: after.id } : { index: 0 }) };
}

/** The cards of these stages that the filter finds, a page of each, with totals. */
export function useBoard(stages: string[], filter: object) {
	const { ask, tell } = useDataProvider<Provider>();
	const queries = useQueryClient();
	const notify = useNotify();
	const translate = useTranslate();
	const [most, setMost] = useState<Record<string, number>>({});
	const all = useMemo(() => ({ ...filter, 'archived_at@is': null }), [filter]);
	const key = ['deals', 'board', all, stages, most];

	const cards = useQuery({ queryKey: key, placeholderData: keepPreviousData, queryFn: async (): Promise<Columns> =>
		Object.fromEntries(await Promise.all(stages.map(async (stage) => [stage, await ask<Deal[]>('/api/deals', {
			filter: { ...all, stage }, sort: ['index', 'ASC'], range: [0, (most[stage] ?? PAGE) - 1],
			embed: ['company'], count: 'none' })]))) });
	const totals = useQuery({ queryKey: ['deals', 'totals', all], placeholderData: keepPreviousData,
		queryFn: () => ask<Total[]>('/api/deals/aggregate',
			{ filter: all, group: ['stage'], values: ['count', 'sum:amount'] }) });

	/** One call; a refusal puts the card back and says why. */
	const move = useCallback(async (id: number, to: Place) => {
		const before = queries.getQueryData<Columns>(key);
		const from = before && placeOf(before, id);
		if (!before || !from || (from.stage === to.stage && from.index === to.index))
			return;
		queries.cancelQueries({ queryKey: ['deals'] }, { revert: false });
		queries.setQueryData<Columns>(key, placed(before, id, to));
		try {
			await tell(`/api/deals/${id}/move`, asked(before, id, to));
		} catch (error) {
			queries.setQueryData<Columns>(key, before);
			notify(translate('deals.not_moved', { name: before[from.stage]?.[from.index]?.name,
				reason: translate((error as Error).message, { _: (error as Error).message }) }),
			{ type: 'error' });
		}
		await queries.invalidateQueries({ queryKey: ['deals'] });
	}, [JSON.stringify(key), queries, tell, notify, translate]);

	return {
		columns: cards.data,
		error: cards.error ?? totals.error,
		again: () => { cards.refetch(); totals.refetch(); },
		total: (stage: string) => {
			const of = totals.data?.find((total) => total.stage === stage);
			return { count: of?.count ?? 0, amount: of?.sum_amount ?? 0 };
		},
		more: (stage: string) => setMost({ ...most, [stage]: (most[stage] ?? PAGE) + PAGE }),
		move,
	};
}
