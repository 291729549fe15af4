// The columns of the board: stages, owners, or months of the expected close.
import { useMemo } from 'react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useDataProvider, useGetList, useGetMany, useTranslate, type RaRecord } from 'ra-core';
import { useConfiguration } from '../data/configuration';
import type { Provider } from '../data/dataProvider';
import { dayKey, useRegion } from '../i18n/formats';
import { useResource } from '../records/resources';
import { fullName, type Named } from '../records/People';
import { readsAll } from '../data/permissions';
import { useMe } from '../data/session';
import type { Deal } from './deal';

export interface Column {
	value: string;
	label: string;
	/** The filter for the deals in a column. */
	filter: object;
	/**
	 * Returns the change to a deal that is moved into the column. Without this function, deals cannot be moved into the
	 * column. Stages have an order, and use a separate request.
	 */
	change?: ((deal: Deal) => Partial<Deal>) | undefined;
}

export interface Grouping {
	columns: Column[];
	sort: [string, 'ASC' | 'DESC'];
	/** The field by which totals are requested, and the column to which a total belongs. */
	group: string;
	columnOf: (total: RaRecord) => string;
	/** The number of columns without deals that are shown (default: all). */
	first?: number | undefined;
}

export const groupings = ['stage', 'owner', 'month'] as const;

export interface Total extends RaRecord {
	count: number;
	sum_amount: number | null;
	/** Only opportunities have these values. */
	sum_weighted_amount?: number | null;
	currency?: string;
}

/**
 * Returns the resource from which the board reads deals: opportunities, which have more fields, if the organization has
 * them and the user can read all their fields.
 */
export function useSource() {
	const has = useResource('opportunities') !== undefined;
	return readsAll(useMe(), 'deals') && has ? 'opportunities' : 'deals';
}

/** Returns the filter for the board, which omits archived deals. */
export const onBoard = (filter: object) => ({ ...filter, 'archived_at@is': null });

/** Returns the number and the amounts of the deals in each group. */
export function useTotals(filter: object, group: string, enabled = true) {
	const { ask } = useDataProvider<Provider>();
	const all = onBoard(filter);
	const source = useSource();
	const [by, values] =
		source === 'deals'
			? [[group], ['count', 'sum:amount']]
			: [
					[group, 'currency'],
					['count', 'sum:amount', 'sum:weighted_amount'],
				];
	return useQuery({
		queryKey: ['deals', 'totals', all, group],
		placeholderData: keepPreviousData,
		enabled,
		queryFn: () => ask<Total[]>(`/api/${source}/aggregate`, { filter: all, group: by, values }),
	});
}

type Owner = RaRecord<number> & Named & { disabled: boolean };

const OWNERS = 12; // maximum number of users without deals
const MONTHS = 6;

function useStages(): Grouping {
	const { dealStages } = useConfiguration();
	return useMemo(
		() => ({
			sort: ['index', 'ASC'],
			group: 'stage',
			columnOf: ({ stage }) => stage,
			columns: dealStages.map(({ value, label }) => ({ value, label, filter: { stage: value } })),
		}),
		[dealStages],
	);
}

const byName = (one: Named, other: Named) => (one.last_name ?? '').localeCompare(other.last_name ?? '');

// Returns all users who own matching deals, including disabled users, and the first few users without such deals.
function useOwners(on: boolean, filter: object): Grouping {
	const translate = useTranslate();
	const totals = useTotals(filter, 'sales_id', on).data;
	const ids = totals && [...new Set(totals.flatMap(({ sales_id }) => sales_id ?? []))].join();
	const owning = useMemo(() => ids?.split(',').filter(Boolean).map(Number), [ids]);
	const { data: owners } = useGetMany<Owner>('sales', { ids: owning }, { enabled: owning !== undefined });
	const { data: active, total = 0 } = useGetList<Owner>(
		'sales',
		{
			filter: { disabled: false },
			sort: { field: 'last_name', order: 'ASC' },
			pagination: { page: 1, perPage: OWNERS },
		},
		{ enabled: on },
	);
	return useMemo(() => {
		const known = owning && (owning.length > 0 ? owners : []);
		const others = active?.filter(({ id }) => !owning?.includes(id)) ?? [];
		return {
			sort: ['expected_closing_date', 'ASC'],
			group: 'sales_id',
			columnOf: ({ sales_id }) => String(sales_id),
			first: total > OWNERS ? OWNERS : undefined,
			columns:
				known && active
					? [
							...[known, others]
								.flatMap((some) => some.filter(Boolean).sort(byName))
								.map((one): Column => ({
									value: String(one.id),
									label: one.disabled
										? translate('deals.disabled', { name: fullName(one) })
										: fullName(one) || '–',
									filter: { '@and': [{ sales_id: one.id }] },
									change: one.disabled ? undefined : () => ({ sales_id: one.id }),
								})),
							{
								value: 'null',
								label: translate('deals.nobody'),
								filter: { '@and': [{ 'sales_id@is': null }] },
								change: () => ({ sales_id: null }),
							},
						]
					: [],
		};
	}, [owning, owners, active, total, translate]);
}

// Returns the same day in the given month, or the last day of that month.
function inMonth({ expected_closing_date }: Deal, month: Date): string {
	const day = Number(expected_closing_date?.slice(8) ?? 0);
	const last = new Date(month.getFullYear(), month.getMonth() + 1, 0);
	return dayKey(day > 0 && day < last.getDate() ? new Date(month.getFullYear(), month.getMonth(), day) : last);
}

function useMonths(): Grouping {
	const translate = useTranslate();
	const region = useRegion();
	return useMemo(() => {
		const name = new Intl.DateTimeFormat(region, { month: 'long', year: 'numeric' });
		const now = new Date();
		const month = (n: number) => new Date(now.getFullYear(), now.getMonth() + n, 1);
		const field = 'expected_closing_date',
			first = dayKey(month(0)),
			end = dayKey(month(MONTHS));
		return {
			sort: [field, 'ASC'],
			group: `${field}:month`,
			columnOf: ({ expected_closing_date_month: at }) =>
				at === null ? 'none' : at < first ? 'earlier' : at >= end ? 'later' : at,
			columns: [
				{ value: 'earlier', label: translate('deals.earlier'), filter: { [`${field}@lt`]: first } },
				...Array.from({ length: MONTHS }, (_, n): Column => ({
					value: dayKey(month(n)),
					label: name.format(month(n)),
					filter: { [`${field}@gte`]: dayKey(month(n)), [`${field}@lt`]: dayKey(month(n + 1)) },
					change: (deal) => ({ [field]: inMonth(deal, month(n)) }),
				})),
				{ value: 'later', label: translate('deals.later'), filter: { [`${field}@gte`]: end } },
				{
					value: 'none',
					label: translate('deals.undated'),
					filter: { [`${field}@is`]: null },
					change: () => ({ [field]: null }),
				},
			],
		};
	}, [translate, region]);
}

export function useGrouping(by: (typeof groupings)[number], filter: object): Grouping {
	const all = { stage: useStages(), owner: useOwners(by === 'owner', filter), month: useMonths() };
	return all[by];
}
