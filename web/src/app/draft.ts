// Words that were begun: they wait while another page is looked at, and go with the
// session, for they are nobody else's.
import { skipToken, useQuery, useQueryClient } from '@tanstack/react-query';

/** What was written under this key so far, and what changes it. */
export function useDraft(key: string): [string, (text: string) => void] {
	const client = useQueryClient();
	const queryKey = ['draft', key];
	const { data = '' } = useQuery<string>({ queryKey, queryFn: skipToken, gcTime: Infinity });
	return [data, (text) => client.setQueryData(queryKey, text)];
}
