// Repeats requests when the server is busy, and reports its refusals.
import type { components } from './schema.js';

export interface Options {
	// The server's address (default: the page's origin).
	url?: string;
	// A session's token or an API key. Without it, the browser's cookie is used.
	token?: string;
	// A tag for this program's changes in the feed, so that the program recognizes its own writes.
	client?: string;
	fetch?: (request: Request) => Promise<Response>;
	// The number of retries after 429, 502, 503, 504 or no response (default: 4).
	retries?: number;
}

// A refusal by the server, which a client throws: a problem (RFC 9457) or the error of a route below /api/auth.
export class Refused extends Error {
	constructor(readonly status: number,
		readonly problem: Partial<components['schemas']['Problem']> & { message?: string; code?: string }) {
		super(problem.message ?? `status ${status}`);
		this.name = 'Refused';
	}
}

const LONGEST = 60;	// maximum number of seconds before a retry

const pause = (ms: number): Promise<void> => new Promise((done) => { setTimeout(done, ms); });

// Each change has an Idempotency-Key, so the server applies it only once.
export function repeating({ fetch = (request) => globalThis.fetch(request), retries = 4 }: Options): (request: Request) => Promise<Response> {
	return async (request) => {
		if (!['GET', 'HEAD'].includes(request.method) && !request.headers.has('idempotency-key'))
			request.headers.set('idempotency-key', crypto.randomUUID());
		for (let n = 0; ; n++) {
			const response = await fetch(request.clone()).catch((error: unknown) => {
				if (n >= retries || request.signal.aborted)
					throw error;
			});
			const seconds = Number(response?.headers.get('retry-after'));
			// A conflict response has Retry-After if the previous request is still running.
			const again = response && ([429, 502, 503, 504].includes(response.status) || (response.status === 409 && seconds > 0));
			if (response && (n >= retries || !again))
				return response;
			if (response && seconds > LONGEST)
				return response;
			await pause(seconds > 0 ? seconds * 1000 : 250 * 2 ** n);
		}
	};
}
