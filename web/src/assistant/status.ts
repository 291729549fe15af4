import { queryOptions } from '@tanstack/react-query';
import { read } from '../data/batch';

export interface Status {
	enabled: boolean;
	model: string;
	instance_key: boolean;
	keys: { own: boolean; organization: boolean };
}

/** The features of the assistant, and which keys are set. The keys themselves are secret. */
export const statusQuery = queryOptions({
	queryKey: ['assistant_status'],
	staleTime: 300_000,
	queryFn: async () => (await read<Status>('/api/assistant/status')).json,
});
