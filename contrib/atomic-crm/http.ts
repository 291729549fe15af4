// Requests to the server: JSON, cookies, errors as ra-core reads them, and
// writes that may be repeated.
import { HttpError } from 'ra-core';

export interface Answer<T = any> {
	status: number;
	headers: Headers;
	json: T;
}

export interface Call {
	method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
	body?: unknown;
	headers?: Record<string, string>;
	signal?: AbortSignal;
	reads?: boolean; // whatever the method: there is nothing to do twice
}

// An error of ours: what HttpError has, and the headers that came with it.
export interface Refusal extends HttpError {
	headers?: Headers | undefined;
}

export type Send = <T = any>(path: string, call?: Call) => Promise<Answer<T>>;

// How long to wait before each repetition.
const WAITS = [300, 1000, 3000];

// The worker went away, the server is busy, the answer was lost, or the first
// attempt is still at work.
const again = ({ status, body }: HttpError) =>
	[0, 502, 503, 504].includes(status) ||
	(status === 409 && body?.type === '/problems/running');

const pause = (milliseconds: number) =>
	new Promise((resolve) => setTimeout(resolve, milliseconds));

// crypto.randomUUID() is missing on pages that came without TLS.
function newKey(): string {
	const bytes = crypto.getRandomValues(new Uint8Array(16));
	return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
}

function refusal(status: number, body: any, words: string,
	headers?: Headers): Refusal {
	return Object.assign(new HttpError(words, status, body), { headers });
}

async function attempt(fetch: typeof globalThis.fetch, url: string,
	init: RequestInit): Promise<Answer> {
	let rs: Response, text: string;
	try {
		rs = await fetch(url, init);
		text = await rs.text();
	} catch (error) {
		if (init.signal?.aborted)
			throw error;
		throw refusal(0, undefined, 'The server cannot be reached.');
	}
	let json: any;
	try {
		json = text === '' ? undefined : JSON.parse(text);
	} catch {
		json = undefined;
	}
	if (!rs.ok)
		throw refusal(rs.status, json,
			json?.message ?? json?.detail ?? (rs.statusText || `Error ${rs.status}`),
			rs.headers);
	return { status: rs.status, headers: rs.headers, json };
}

// A write carries a key by which the server knows a repetition, so it is done
// once however often it is sent.  The wire below /api/auth has no such keys.
export function createSend(base: string,
	fetch: typeof globalThis.fetch = (...args) => globalThis.fetch(...args)): Send {
	return async (path, { method = 'GET', body, headers = {}, signal, reads } = {}) => {
		const all: Record<string, string> = { Accept: 'application/json', ...headers };
		const form = body instanceof FormData;
		if (body !== undefined && !form)
			all['Content-Type'] = 'application/json';
		const safe = method !== 'GET' && !reads && !path.startsWith('/api/auth/');
		if (safe)
			all['Idempotency-Key'] = newKey();
		const init: RequestInit = { method, headers: all, credentials: 'include',
			signal: signal ?? null };
		if (body !== undefined)
			init.body = form ? body : JSON.stringify(body);
		for (let tries = 0; ; tries++)
			try {
				return await attempt(fetch, base + path, init);
			} catch (error) {
				const wait = WAITS[tries];
				if (!safe || wait === undefined || !(error instanceof HttpError) ||
					!again(error))
					throw error;
				await pause(wait);
			}
	};
}
