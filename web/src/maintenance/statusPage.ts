// What the status page of the server says.
import { queryOptions } from '@tanstack/react-query';

/** True if there is a status page that says more than that all is well. */
export const statusPageQuery = queryOptions({
	queryKey: ['status page'],
	retry: false,
	queryFn: async () => {
		const rs = await fetch('/status/status.json', { headers: { Accept: 'application/json' } });
		const { state } = rs.ok ? ((await rs.json()) as { state: string }) : { state: 'done' };
		return state !== 'done' && state !== 'cancelled';
	},
});
