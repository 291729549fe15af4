// The stored configuration. data/configuration.ts contains the defaults.
import { useDataProvider, useGetOne, type RaRecord } from 'ra-core';
import { useQueryClient } from '@tanstack/react-query';
import type { Choice } from '../data/configuration';
import type { Versioned } from '../data/dataProvider';

/** What happens to a row with a value that another row already has. */
export const uniqueness = ['allow', 'warn', 'refuse'] as const;
export type Uniqueness = (typeof uniqueness)[number];

/** The lists of choices that administrators can change. */
export const lists = [
	'dealStages',
	'dealCategories',
	'lostReasons',
	'companySectors',
	'noteStatuses',
	'taskTypes',
] as const;

export interface Document extends Record<string, unknown> {
	currency?: string;
	dealPipelineStatuses?: string[];
	companySectors?: Choice[];
	dealStages?: Choice[];
	dealCategories?: Choice[];
	noteStatuses?: Choice[];
	taskTypes?: Choice[];
	uniqueContactEmails?: Uniqueness;
	uniqueCompanyNames?: Uniqueness;
	uniqueCompanyDomains?: Uniqueness;
	/** Days by kind of record. */
	retentionDays?: Record<string, number>;
	/** Days by resource. */
	trashDays?: Record<string, number>;
	/** The state of the first steps. Absent until the user has begun a step. */
	setup?: {
		skipped?: boolean;
		/** The records of the sample data, by resource. */
		sample?: Record<string, number[]> | null;
	};
}

export type Row = Versioned<RaRecord & { config: Document; time_zone: string }>;

/** Returns [QUERY, write]. write(BEGAN, CONFIG, TIME_ZONE) updates the version from which the form started. If there
 * was a concurrent edit, the write is refused with 412. */
export function useDocument() {
	const { update } = useDataProvider();
	const queries = useQueryClient();
	const query = useGetOne<Row>('configuration', { id: 1 });
	const write = async (began: Row, config: Partial<Document>, time_zone?: string) => {
		await update('configuration', {
			id: 1,
			previousData: began,
			data: { etag: began.etag, config: { ...began.config, ...config }, ...(time_zone && { time_zone }) },
		});
		await queries.invalidateQueries({ queryKey: ['configuration'] });
	};
	return [query, write] as const;
}
