// Unsent texts. They survive a change of page and are discarded with the session.
import { skipToken, useQuery, useQueryClient } from '@tanstack/react-query';

/** The draft stored under a key, and its setter. */
export function useDraft(key: string): [string, (text: string) => void] {
	const client = useQueryClient();
	const queryKey = ['draft', key];
	const { data = '' } = useQuery<string>({ queryKey, queryFn: skipToken, gcTime: Infinity });
	return [data, (text) => client.setQueryData(queryKey, text)];
}
