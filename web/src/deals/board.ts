// The columns and cards of the board; moves a card and reverts the move on failure.
import { useMemo, useState } from 'react';
import { keepPreviousData, useIsMutating, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useDataProvider, useNotify, useTranslate } from 'ra-core';
import type { Provider } from '../app/dataProvider';
import type { Deal } from './deal';

export type Columns = Record<string, Deal[]>;

export interface Place {
	stage: string;
	index: number; // among the visible cards
}

interface Total {
	stage: string;
	count: number;
	sum_amount: number | null;
}

export const PAGE = 30;
const MOVE = ['deals', 'move'];

interface Move {
	id: number;
	from: Place;
	to: Place;
	before: Columns;
}

/** The position of a card. */
export function placeOf(columns: Columns, id: number): Place | undefined {
	for (const [stage, cards] of Object.entries(columns)) {
		const index = cards.findIndex((card) => card.id === id);
		if (index >= 0)
			return { stage, index };
	}
	return undefined;
}

/** The board with a card at another position. */
export function placed(columns: Columns, id: number, { stage, index }: Place): Columns {
	const from = placeOf(columns, id);
	const card = from && columns[from.stage]?.[from.index];
	if (!from || !card || !columns[stage])
		return columns;
	const without = { ...columns, [from.stage]: (columns[from.stage] ?? []).filter((one) => one.id !== id) };
	const cards = without[stage] ?? [];
	return { ...without, [stage]: [...cards.slice(0, index), { ...card, stage }, ...cards.slice(index)] };
}

// The server gets the neighbours of the card, since it has more cards than the board shows.
function asked(columns: Columns, id: number, { stage, index }: Place) {
	const others = (columns[stage] ?? []).filter((card) => card.id !== id);
	const before = others[index - 1], after = others[index];
	return { stage, ...(before ? { after_id: before.id } : after ? { before_id: after.id } : { index: 0 }) };
}

/** The filtered cards of these stages, a page of each, with totals. */
export function useBoard(stages: string[], filter: object) {
	const { ask, tell } = useDataProvider<Provider>();
	const queries = useQueryClient();
	const notify = useNotify();
	const translate = useTranslate();
	const [most, setMost] = useState<Record<string, number>>({});
	const all = useMemo(() => ({ ...filter, 'archived_at@is': null }), [filter]);
	const key = ['deals', 'board', all, stages, most];

	// During a move the server still returns the old position.
	const moving = useIsMutating({ mutationKey: MOVE }) > 0;
	const cards = useQuery({ queryKey: key, enabled: !moving, placeholderData: keepPreviousData, queryFn: async (): Promise<Columns> =>
		Object.fromEntries(await Promise.all(stages.map(async (stage) => [stage, await ask<Deal[]>('/api/deals', {
			filter: { ...all, stage }, sort: ['index', 'ASC'], range: [0, (most[stage] ?? PAGE) - 1],
			embed: ['company'], count: 'none' })]))) });
	const totals = useQuery({ queryKey: ['deals', 'totals', all], placeholderData: keepPreviousData,
		queryFn: () => ask<Total[]>('/api/deals/aggregate',
			{ filter: all, group: ['stage'], values: ['count', 'sum:amount'] }) });

	const put = (id: number, at: Place) =>
		queries.setQueryData<Columns>(key, (now) => now && placed(now, id, at));
	/** Sends a move; on failure the card goes back and the reason is shown. */
	const { mutate } = useMutation({
		mutationKey: MOVE,
		networkMode: 'always',
		mutationFn: ({ id, to, before }: Move) => tell(`/api/deals/${id}/move`, asked(before, id, to)),
		onMutate({ id, to }) {
			queries.cancelQueries({ queryKey: ['deals'] }, { revert: false });
			put(id, to);
		},
		onError(error, { id, from, before }) {
			put(id, from);
			notify(translate('deals.not_moved', { name: before[from.stage]?.[from.index]?.name,
				reason: error.message }), { type: 'error' });
		},
		onSettled() { queries.invalidateQueries({ queryKey: ['deals'] }); },
	});
	const move = (id: number, to: Place) => {
		const before = queries.getQueryData<Columns>(key), from = before && placeOf(before, id);
		if (before && from && (from.stage !== to.stage || from.index !== to.index))
			mutate({ id, from, to, before });
	};

	return {
		columns: cards.data,
		/** The data still belongs to the previous filter; cards must not be moved. */
		old: cards.isPlaceholderData,
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
