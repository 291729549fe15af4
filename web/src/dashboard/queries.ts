// Sums that the server computes. The first part of each query key is the resource, so the feed refreshes the query when
// the resource changes. Sums over records that the user cannot read are not requested.
import { useQuery } from '@tanstack/react-query';
import { useDataProvider } from 'ra-core';
import { useConfiguration } from '../data/configuration';
import type { Provider } from '../data/dataProvider';
import { dayStart, lastDays } from '../i18n/formats';
import { useMay } from '../data/permissions';
import { useMe } from '../data/session';
import type { Task } from '../tasks/task';

export interface Stage {
	stage: string;
	count: number;
	sum_amount: number;
}

export interface Day {
	date: string;
	new_contacts: number;
	activities: number;
}

const DAYS = 30;

function useAggregate<T>(resource: string, parameters: Record<string, unknown>) {
	const { ask } = useDataProvider<Provider>();
	return useQuery({
		queryKey: [resource, 'aggregate', parameters],
		enabled: useMay(resource, 'list'),
		queryFn: () => ask<T[]>(`/api/${resource}/aggregate`, parameters),
	});
}

/** Returns the number of records. */
export const useCount = (resource: string) => {
	const { data, error, refetch } = useAggregate<{ count: number }>(resource, { values: ['count'] });
	return { data: data && (data[0]?.count ?? 0), error, refetch };
};

/** Returns the count and amount of active deals by stage. */
export const usePipeline = () =>
	useAggregate<Stage>('deals', {
		filter: { 'archived_at@is': null },
		group: ['stage'],
		values: ['count', 'sum:amount'],
	});

// Returns the time zone of the organization, in which the server groups by days.
function useZone(): string {
	const { timeZone } = useConfiguration();
	try {
		return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone;
	} catch {
		return 'UTC';
	}
}

/** Returns when the last thirty days began, and when the thirty days before them began. */
function usePeriods(): [string, string] {
	const zone = useZone();
	const days = lastDays(zone, 2 * DAYS);
	return [dayStart(zone, days[DAYS]!), dayStart(zone, days[0]!)];
}

/**
 * Returns the filters for the records that are counted by day. The lists to which the figures link have the same
 * filters.
 */
export function useRecent() {
	const [since] = usePeriods();
	return { contacts: { 'first_seen@gte': since }, activities: { 'occurred_at@gte': since } };
}

/** Returns the number of new contacts and activities on each of the last sixty days, counted from the current records. */
export function useDays() {
	const zone = useZone();
	const [, before] = usePeriods();
	const contacts = useAggregate<{ first_seen_day: string; count: number }>('contacts', {
		filter: { 'first_seen@gte': before },
		group: ['first_seen:day'],
	});
	const activities = useAggregate<{ occurred_at_day: string; count: number }>('activities', {
		filter: { 'occurred_at@gte': before },
		group: ['occurred_at:day'],
	});
	const both = [contacts, activities];
	return {
		data: both.some(({ data, isLoading, error }) => isLoading || (error && !data))
			? undefined
			: lastDays(zone, 2 * DAYS).map((date): Day => ({
					date,
					new_contacts: contacts.data?.find((one) => one.first_seen_day === date)?.count ?? 0,
					activities: activities.data?.find((one) => one.occurred_at_day === date)?.count ?? 0,
				})),
		error: both.find(({ error }) => error)?.error,
		refetch: () => both.forEach(({ refetch }) => void refetch()),
	};
}

/** Splits days into the last thirty, and the thirty before them. */
export const periods = <T>(days: T[]): [T[], T[]] => [days.slice(-DAYS), days.slice(0, -DAYS)];

/** Returns the amounts of the deals that were created in the last thirty days, and in the thirty days before. */
export function useNewDeals() {
	const [since, before] = usePeriods();
	const of = (filter: object) => ({ filter, values: ['sum:amount'] });
	const both = [
		useAggregate<{ sum_amount: number | null }>('deals', of({ 'created_at@gte': since })),
		useAggregate<{ sum_amount: number | null }>('deals', of({ 'created_at@gte': before, 'created_at@lt': since })),
	];
	return both.map(({ data }) => data && (data[0]?.sum_amount ?? 0));
}

/** Returns the user's open tasks: the first ones, their number, and their number thirty days ago. */
export function useMyTasks() {
	const { id } = useMe();
	const { ask } = useDataProvider<Provider>();
	const [since] = usePeriods();
	const filter = { sales_id: id, 'done_date@is': null };
	const count = useAggregate<{ count: number }>('tasks', { filter, values: ['count'] });
	const past = useAggregate<{ count: number }>('tasks', {
		filter: {
			sales_id: id,
			'created_at@lt': since,
			'@or': [{ 'done_date@is': null }, { 'done_date@gte': since }],
		},
		values: ['count'],
	});
	const list = useQuery({
		queryKey: ['tasks', 'mine', id],
		enabled: useMay('tasks', 'list'),
		queryFn: () =>
			ask<Task[]>('/api/tasks', {
				filter,
				range: [0, 5],
				embed: ['contact'],
				count: 'none',
				sort: ['due_date', 'ASC'],
			}),
	});
	const number = ({ data }: typeof count) => data && (data[0]?.count ?? 0);
	return { list, count: { ...count, data: number(count) }, past: number(past) };
}
