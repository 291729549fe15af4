// A page of a table: filters, order and position.
import { queryOptions } from '@tanstack/react-query';
import { dayBounds } from '../i18n/formats';
import { send } from '../data/http';
import type { Column, Kind } from './tables';

export type Row = Record<string, unknown>;

export interface Condition {
	column: string;
	operator: string;
	value: string;
}

export type Sort = [string, 'ASC' | 'DESC'] | undefined;

const SIZE = 25;

/** Returns whether an operator has no value. */
export const bare = (operator: string) => operator.endsWith('null');

const compared = ['eq', 'neq', 'gte', 'lte', 'null', 'not_null'];

/** The operators for a column, by the column's type. */
export const operators: Record<Kind, string[]> = {
	text: ['ilike', 'eq', 'neq', 'null', 'not_null'],
	number: compared,
	day: compared,
	time: compared,
	boolean: ['eq', 'null', 'not_null'],
	list: ['cs', 'null', 'not_null'],
	json: ['null', 'not_null'],
};

const typed = (kind: Kind, value: string): unknown =>
	(
		({
			boolean: () => value === 'true',
			number: () => Number(value),
			list: () => [Number.isNaN(Number(value)) ? value : Number(value)],
		}) as Partial<Record<Kind, () => unknown>>
	)[kind]?.() ?? value;

// Timestamps are filtered by a day in the user's time zone.
function onDay(column: string, operator: string, day: string) {
	const [begin, end] = dayBounds(day);
	const within = { [`${column}@gte`]: begin, [`${column}@lt`]: end };
	return (
		{
			eq: within,
			neq: { '@or': { [`${column}@lt`]: begin, [`${column}@gte`]: end } },
			gte: { [`${column}@gte`]: begin },
			lte: { [`${column}@lt`]: end },
		} as Record<string, object>
	)[operator];
}

/** Returns the filter parameters for a condition. */
export function told({ column, operator, value }: Condition, columns: Column[]) {
	if (bare(operator)) return { [`${column}@${operator === 'null' ? '' : 'not.'}is`]: null };
	const kind = columns.find(({ name }) => name === column)?.kind ?? 'text';
	return (kind === 'time' && onDay(column, operator, value)) || { [`${column}@${operator}`]: typed(kind, value) };
}

export interface PageRequest {
	table: string;
	columns: Column[];
	conditions: Condition[];
	sort: Sort;
	/** The cursor from the previous page. */
	after: string;
}

export const pageQuery = ({ table, columns, conditions, sort, after }: PageRequest) =>
	queryOptions({
		queryKey: [table, 'data', conditions, sort, after],
		queryFn: async ({ signal }) => {
			const query = new URLSearchParams({
				after,
				count: 'estimated',
				range: JSON.stringify([0, SIZE - 1]),
				filter: JSON.stringify(
					conditions.length ? { '@and': conditions.map((one) => told(one, columns)) } : {},
				),
				...(sort && { sort: JSON.stringify(sort) }),
			});
			const { json, headers } = await send<Row[]>(`/api/${table}?${query}`, { signal });
			const [, next] = /<([^>]*)>; *rel="next"/.exec(headers.get('link') ?? '') ?? [];
			return {
				rows: json,
				total: Number(headers.get('content-range')?.split('/')[1]),
				next: next ? new URL(next, window.location.href).searchParams.get('after') : null,
			};
		},
	});
