// Sums computed by the server; the first part of a key is the resource, which the feed refreshes.
import { useQuery } from '@tanstack/react-query';
import { useDataProvider } from 'ra-core';
import type { Provider } from '../app/dataProvider';

export interface Stage {
	stage: string;
	count: number;
	sum_amount: number;
}

export interface Day {
	date: string;
	new_contacts: number;
	activities: number;
	appointments: number;
}

function useAsked<T>(resource: string, path: string, parameters: Record<string, unknown>) {
	const { ask } = useDataProvider<Provider>();
	return useQuery({ queryKey: [resource, path, parameters],
		queryFn: () => ask<T>(`/api/${resource}${path}`, parameters) });
}

/** The number of records. */
export const useCount = (resource: string, filter = {}) => {
	const { data, error, refetch } = useAsked<{ count: number }[]>(resource, '/aggregate', { filter, values: ['count'] });
	return { data: data && (data[0]?.count ?? 0), error, refetch };
};

/** Active deals by stage. */
export const usePipeline = () => useAsked<Stage[]>('deals', '/aggregate',
	{ filter: { 'archived_at@is': null }, group: ['stage'], values: ['count', 'sum:amount'] });

/** The last thirty days, oldest first. */
export const useDays = () => useAsked<Day[]>('daily_metrics', '',
	{ days: 30, range: [0, 29], sort: ['date', 'ASC'] });
