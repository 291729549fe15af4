// The contents of the server's status page.
import { queryOptions } from '@tanstack/react-query';

/** True if the server has a status page that reports anything other than normal operation. */
export const statusPageQuery = queryOptions({
	queryKey: ['status page'],
	retry: false,
	queryFn: async () => {
		const rs = await fetch('/status/status.json', { headers: { Accept: 'application/json' } });
		const { state } = rs.ok ? ((await rs.json()) as { state: string }) : { state: 'done' };
		return state !== 'done' && state !== 'cancelled';
	},
});
