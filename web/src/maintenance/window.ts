// Planned server maintenance.
import { queryOptions } from '@tanstack/react-query';

export interface Window {
	id: number;
	starts_at: string;
	ends_at: string;
	message: string;
	state: 'planned' | 'running';
}

const MINUTE = 60_000;

// The number of milliseconds by which the server's clock is ahead of the browser's clock. A cached response contains an
// old time, so the greatest difference is the best estimate.
let ahead = -Infinity;

/** Converts a browser time to server time, in milliseconds. */
export const onServer = (time: number) => time + (ahead === -Infinity ? 0 : ahead);

export const serverNow = () => onServer(Date.now());

async function readWindow(): Promise<Window | null> {
	const rs = await fetch('/api/maintenance', { headers: { Accept: 'application/json' } });
	if (!rs.ok) throw new Error(`/api/maintenance: ${rs.status}`);
	const { window, server_time } = (await rs.json()) as { window: Window | null; server_time: string };
	ahead = Math.max(ahead, Date.parse(server_time) - Date.now());
	return window;
}

/**
 * The window is requested every minute while the page is visible. If the server does not respond, the last state is
 * kept.
 */
export const windowQuery = queryOptions({
	queryKey: ['maintenance'],
	queryFn: readWindow,
	refetchInterval: MINUTE,
	staleTime: MINUTE / 4,
	retry: false,
});
