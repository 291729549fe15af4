// Sums computed by the server; the first part of a key is the resource, which the feed refreshes. A sum of records that
// the user may not read is not asked for.
import { useQuery } from '@tanstack/react-query';
import { useDataProvider } from 'ra-core';
import { useConfiguration } from '../app/configuration';
import type { Provider } from '../app/dataProvider';
import { dayStart, lastDays } from '../app/formats';
import { useMay } from '../app/permissions';

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

/** The number of records. */
export const useCount = (resource: string) => {
	const { data, error, refetch } = useAggregate<{ count: number }>(resource, { values: ['count'] });
	return { data: data && (data[0]?.count ?? 0), error, refetch };
};

/** Active deals by stage. */
export const usePipeline = () =>
	useAggregate<Stage>('deals', {
		filter: { 'archived_at@is': null },
		group: ['stage'],
		values: ['count', 'sum:amount'],
	});

// The server groups by days in the organization's time zone, of which the browser may not know the name.
function useZone(): string {
	const { timeZone } = useConfiguration();
	try {
		return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone;
	} catch {
		return 'UTC';
	}
}

/** The filters of what is counted by day; the lists that the figures lead to have the same. */
export function useRecent() {
	const zone = useZone();
	const since = dayStart(zone, lastDays(zone, DAYS)[0]!);
	return { contacts: { 'first_seen@gte': since }, activities: { 'occurred_at@gte': since } };
}

/** New contacts and activities of the last thirty days, as they are now. */
export function useDays() {
	const zone = useZone();
	const recent = useRecent();
	const contacts = useAggregate<{ first_seen_day: string; count: number }>('contacts', {
		filter: recent.contacts,
		group: ['first_seen:day'],
	});
	const activities = useAggregate<{ occurred_at_day: string; count: number }>('activities', {
		filter: recent.activities,
		group: ['occurred_at:day'],
	});
	const both = [contacts, activities];
	return {
		data: both.some(({ data, isLoading, error }) => isLoading || (error && !data))
			? undefined
			: lastDays(zone, DAYS).map((date): Day => ({
					date,
					new_contacts: contacts.data?.find((one) => one.first_seen_day === date)?.count ?? 0,
					activities: activities.data?.find((one) => one.occurred_at_day === date)?.count ?? 0,
				})),
		error: both.find(({ error }) => error)?.error,
		refetch: () => both.forEach(({ refetch }) => void refetch()),
	};
}
