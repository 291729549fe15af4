// The cards of the board, and the totals of its columns.
import { useMemo } from 'react';
import { useDataProvider, useTranslate } from 'ra-core';
import type { Columns, Place } from '../board/place';
import { useCards, type Move } from '../board/useCards';
import { addAmounts } from '../data/amounts';
import { useConfiguration } from '../data/configuration';
import type { Provider } from '../data/dataProvider';
import { useFormats } from '../data/useFormats';
import type { Deal } from './deal';
import { onBoard, useSource, useTotals, type Grouping, type Total } from './groups';

// The request names the neighbours of the card, because the server has more cards than the board shows.
function asked(columns: Columns<Deal>, id: number, { stage, index }: Place, stays: boolean) {
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
	 * An amount for each currency, with the organization's currency first. Plain deals have only the organization's
	 * currency and no weighted amount.
	 */
	amounts: { currency?: string | undefined; amount: number; weighted?: number | undefined }[];
}

function summed(totals: Total[], own: string, weighs: boolean): Sum {
	// The server returns no total for an empty column.
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

/** Returns a total as two texts: the number of deals with their amounts, and the weighted amounts. */
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

/** Returns the total of all deals that match. */
export function useSum(filter: object): Sum | undefined {
	const { currency } = useConfiguration();
	const source = useSource();
	const { data } = useTotals(filter, 'stage');
	return data && summed(data, currency, source === 'opportunities');
}

/** Returns the filtered cards of these columns, one page per column, with totals. */
export function useBoard({ columns, sort, group, columnOf }: Grouping, filter: object, collapsed: string[]) {
	const { tell } = useDataProvider<Provider>();
	const source = useSource();
	const { currency } = useConfiguration();
	const all = useMemo(() => onBoard(filter), [filter]);
	const totals = useTotals(filter, group);
	const column = (value: string) => columns.find((one) => one.value === value)!;
	// Cards have an order within a stage. A move to any other kind of column changes a field.
	const send = ({ row: deal, from, to, before }: Move<Deal>, change = column(to.stage).change) =>
		change
			? tell(`/api/${source}/${deal.id}`, change(deal), 'PATCH')
			: tell(`/api/${source}/${deal.id}/move`, asked(before, deal.id, to, from.stage === to.stage));
	const cards = useCards<Deal>({
		resource: 'deals',
		source,
		columns,
		filter: all,
		parameters: { sort, embed: ['company', 'sales'] },
		collapsed,
		name: ({ name }) => name,
		send: (move) => send(move),
		takeBack: ({ row, from, to, before }) =>
			send(
				{ row, from: to, to: from, before },
				column(to.stage).change &&
					((): Partial<Deal> =>
						Object.fromEntries(
							Object.keys(column(to.stage).change!(row)).map((name) => [name, row[name]]),
						)),
			),
	});
	return {
		...cards,
		error: cards.error ?? totals.error,
		again: () => {
			cards.again();
			void totals.refetch();
		},
		total: (stage: string) =>
			summed(
				(totals.data ?? []).filter((one) => columnOf(one) === stage),
				currency,
				source === 'opportunities',
			),
	};
}
