// The pipelines of opportunities with their stages. Organizations without these resources have none.
import { useMemo } from 'react';
import { useGetList, type RaRecord } from 'ra-core';
import { useConfiguration } from '../data/configuration';
import { useResource } from './resources';

export type Outcome = 'open' | 'waiting' | 'won' | 'lost';

export interface Stage extends RaRecord<number> {
	pipeline_id: number;
	/** The value of `stage` in opportunities. */
	stage: string;
	label: string;
	outcome: Outcome;
	probability: number;
}

export interface Pipeline extends RaRecord<number> {
	name: string;
	team_id: string | null;
	is_default: boolean;
}

const by = (field: string) => ({ sort: { field, order: 'ASC' as const }, pagination: { page: 1, perPage: 1000 } });

/** Returns the pipelines, each with its stages in order, after both have been read. */
export function usePipelines() {
	const enabled = useResource('pipelines') !== undefined;
	const pipelines = useGetList<Pipeline>('pipelines', by('id'), { enabled });
	const stages = useGetList<Stage>('pipeline_stages', by('position'), { enabled });
	const { dealStages } = useConfiguration();
	// The stages of the default pipeline are those of the configuration, whose default has texts in both languages.
	const data = useMemo(
		() =>
			stages.data &&
			pipelines.data?.map((one) => ({
				...one,
				stages: stages.data
					.filter(({ pipeline_id }) => pipeline_id === one.id)
					.map((stage) => ({
						...stage,
						label:
							(one.is_default && dealStages.find(({ value }) => value === stage.stage)?.label) ||
							stage.label,
					})),
			})),
		[pipelines.data, stages.data, dealStages],
	);
	return {
		data,
		waits: pipelines.isLoading || stages.isLoading,
		error: pipelines.error ?? stages.error,
		refetch: () => {
			void pipelines.refetch();
			void stages.refetch();
		},
	};
}
