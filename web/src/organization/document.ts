// The configuration as it is kept; what it does not say is in app/configuration.ts.
import { useDataProvider, useGetOne, type RaRecord } from 'ra-core';
import { useQueryClient } from '@tanstack/react-query';
import type { Choice } from '../app/configuration';
import type { Versioned } from '../app/dataProvider';

export interface Document extends Record<string, unknown> {
	currency?: string;
	dealPipelineStatuses?: string[];
	companySectors?: Choice[];
	dealStages?: Choice[];
	dealCategories?: Choice[];
	noteStatuses?: Choice[];
	taskTypes?: Choice[];
}

type Row = Versioned<RaRecord & { config: Document; time_zone: string }>;

/** [QUERY, write]: write(CONFIG, TIME_ZONE) changes what it names; a change that
 * somebody else made meanwhile is refused, not lost. */
export function useDocument() {
	const { update } = useDataProvider();
	const queries = useQueryClient();
	const query = useGetOne<Row>('configuration', { id: 1 });
	const { data } = query;
	const write = async (config: Partial<Document>, time_zone?: string) => {
		if (!data)
			return;
		await update('configuration', { id: 1, previousData: data, data: { etag: data.etag,
			config: { ...data.config, ...config }, ...(time_zone && { time_zone }) } });
		await queries.invalidateQueries({ queryKey: ['configuration'] });
	};
	return [query, write] as const;
}
