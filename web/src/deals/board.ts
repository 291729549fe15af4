// The columns and cards of the board; moves a card, and reverts the move on failure.
import { useMemo, useState } from 'react';
import { keepPreviousData, useIsMutating, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useDataProvider, useNotify, useTranslate } from 'ra-core';
import { addAmounts } from '../data/amounts';
import { useConfiguration } from '../data/configuration';
import type { Provider } from '../data/dataProvider';
import { useFormats } from '../data/useFormats';
import { useUndo } from '../data/undo';
import type { Deal } from './deal';
import { onBoard, useSource, useTotals, type Grouping, type Total } from './groups';

export type Columns = Record<string, Deal[]>;

export interface Place {
	stage: string; // the column
	index: number; // the position among the visible cards
}

const FIRST = 10; // cards of a column; with more cards, each column would need a separate request
const PAGE = 30;
const MOVE = ['deals', 'move'];

interface Move {
	deal: Deal;
	from: Place;
	to: Place;
	before: Columns;
}

/** The position of a card. */
export function placeOf(columns: Columns, id: number): Place | undefined {
	for (const [stage, cards] of Object.entries(columns)) {
		const index = cards.findIndex((card) => card.id === id);
		if (index >= 0) return { stage, index };
	}
	return undefined;
}

/** The board with a card at another position. */
export function placed(columns: Columns, id: number, { stage, index }: Place): Columns {
	const from = placeOf(columns, id);
	const card = from && columns[from.stage]?.[from.index];
	if (!from || !card || !columns[stage]) return columns;
	const without = { ...columns, [from.stage]: (columns[from.stage] ?? []).filter((one) => one.id !== id) };
	const cards = without[stage] ?? [];
	return { ...without, [stage]: [...cards.slice(0, index), card, ...cards.slice(index)] };
}

// The request names the neighbors of the card and not its position, since the column has more cards than the board
// shows.
function asked(columns: Columns, id: number, { stage, index }: Place, stays: boolean) {
	const others = (columns[stage] ?? []).filter((card) => card.id !== id);
	const before = others[index - 1],
		after = others[index];
	return {
		...(!stays && { stage }),
		...(before ? { after_id: before.id } : after ? { before_id: after.id } : { index: 0 }),
	};
}

/** The total of a column. */
export interface Sum {
	count: number;
	/**
	 * An amount for each currency, with the organization's currency first. Deals have only the organization's
	 * currency, and no weighted amount.
	 */
	amounts: { currency?: string | undefined; amount: number; weighted?: number | undefined }[];
}

function summed(totals: Total[], own: string, weighs: boolean): Sum {
	// An empty column has no weighted amount.
	const amounts = new Map<string | undefined, Sum['amounts'][number]>(
		weighs && totals.length === 0 ? [[own, { currency: own, amount: 0, weighted: 0 }]] : [],
	);
	for (const { currency, sum_amount, sum_weighted_amount: more } of totals) {
		const { amount = 0, weighted } = amounts.get(currency) ?? {};
		amounts.set(currency, {
			currency,
			amount: addAmounts(amount, sum_amount ?? 0),
			weighted: more === undefined ? undefined : addAmounts(weighted ?? 0, more ?? 0),
		});
	}
	return {
		count: totals.reduce((sum, { count }) => sum + count, 0),
		amounts: [...amounts.values()].sort(
			(one, other) =>
				Number(other.currency === own) - Number(one.currency === own) ||
				(one.currency ?? '').localeCompare(other.currency ?? ''),
		),
	};
}

/** A total as a text: the number of deals with their amounts, and the weighted amounts. */
export function useSumTexts({ count: n, amounts }: Sum) {
	const translate = useTranslate();
	const { money, count } = useFormats();
	const weighted = amounts.flatMap(({ currency, weighted: amount }) =>
		amount === undefined ? [] : money(amount, currency),
	);
	return {
		sum: `${count(n)} · ${amounts.map(({ currency, amount }) => money(amount, currency)).join(' + ') || money(0)}`,
		weighted:
			weighted.length > 0 &&
			translate('resources.opportunities.fields.weighted', { amount: weighted.join(' + ') }),
	};
}

/** The total of all deals that match. */
export function useSum(filter: object): Sum | undefined {
	const { currency } = useConfiguration();
	const source = useSource();
	const { data } = useTotals(filter, 'stage');
	return data && summed(data, currency, source === 'opportunities');
}

/** The filtered cards of these columns, a page of each, with totals. */
export function useBoard({ columns, sort, group, columnOf }: Grouping, filter: object, collapsed: string[]) {
	const { ask, tell } = useDataProvider<Provider>();
	const source = useSource();
	const { currency } = useConfiguration();
	const queries = useQueryClient();
	const notify = useNotify();
	const undo = useUndo();
	const translate = useTranslate();
	const [most, setMost] = useState<Record<string, number>>({});
	const all = useMemo(() => onBoard(filter), [filter]);
	const key = ['deals', 'board', all, columns.map(({ value }) => value), most, collapsed];

	// During a move the server still returns the old position.
	const moving = useIsMutating({ mutationKey: MOVE }) > 0;
	const cards = useQuery({
		queryKey: key,
		enabled: !moving && columns.length > 0,
		placeholderData: keepPreviousData,
		queryFn: async (): Promise<Columns> =>
			Object.fromEntries(
				await Promise.all(
					columns.map(async ({ value, filter: own }) => [
						value,
						collapsed.includes(value)
							? []
							: await ask<Deal[]>(`/api/${source}`, {
									filter: { ...all, ...own },
									sort,
									range: [0, (most[value] ?? FIRST) - 1],
									embed: ['company', 'sales'],
									count: 'none',
								}),
					]),
				),
			),
	});
	const totals = useTotals(filter, group);

	const put = (id: number, at: Place) => queries.setQueryData<Columns>(key, (now) => now && placed(now, id, at));
	const column = (value: string) => columns.find((one) => one.value === value)!;
	// A stage has an order; other columns change a field.
	const send = ({ deal, from, to, before }: Move, change = column(to.stage).change) =>
		change
			? tell(`/api/${source}/${deal.id}`, change(deal), 'PATCH')
			: tell(`/api/${source}/${deal.id}/move`, asked(before, deal.id, to, from.stage === to.stage));
	const takeBack = ({ deal, from, to, before }: Move) =>
		send(
			{ deal, from: to, to: from, before },
			column(to.stage).change &&
				((): Partial<Deal> =>
					Object.fromEntries(Object.keys(column(to.stage).change!(deal)).map((name) => [name, deal[name]]))),
		);
	/** Sends a move, which can be undone. On failure, the card moves back and the reason is shown. */
	const { mutate } = useMutation({
		mutationKey: MOVE,
		networkMode: 'always',
		mutationFn: (move: Move) => send(move),
		onMutate({ deal, to }) {
			queries.cancelQueries({ queryKey: ['deals'] }, { revert: false });
			put(deal.id, to);
		},
		onError(error, { deal, from }) {
			put(deal.id, from);
			notify(translate('deals.not_moved', { name: deal.name, reason: error.message }), { type: 'error' });
		},
		onSuccess(_, move) {
			undo(translate('deals.moved', { name: move.deal.name, stage: column(move.to.stage).label }), () =>
				takeBack(move),
			);
		},
		onSettled() {
			queries.invalidateQueries({ queryKey: ['deals'] });
		},
	});
	const move = (id: number, to: Place) => {
		const before = queries.getQueryData<Columns>(key),
			from = before && placeOf(before, id);
		const deal = from && before[from.stage]?.[from.index];
		if (deal && (from.stage !== to.stage || from.index !== to.index)) mutate({ deal, from, to, before });
		return deal !== undefined;
	};

	return {
		columns: cards.data,
		/** The data still belongs to the previous filter; cards must not be moved. */
		old: cards.isPlaceholderData,
		error: cards.error ?? totals.error,
		again: () => {
			void cards.refetch();
			void totals.refetch();
		},
		total: (stage: string) =>
			summed(
				(totals.data ?? []).filter((one) => columnOf(one) === stage),
				currency,
				source === 'opportunities',
			),
		more: (stage: string) => setMost({ ...most, [stage]: (most[stage] ?? FIRST) + PAGE }),
		move,
	};
}
