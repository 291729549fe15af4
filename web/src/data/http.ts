// Requests to the server: JSON, translated errors in react-admin's format, and writes with an idempotency key, which
// can be retried.
import { HttpError } from 'ra-core';
import { troubled } from './connection';
import { spread } from './custom';
import { texts } from '../i18n/i18n';
import { inWords, words, type Problem } from '../i18n/refusals';

export interface Answer<T = any> {
	status: number;
	headers: Headers;
	body: string;
	json: T;
}

export interface Call {
	method?: string;
	body?: unknown; // JSON, or FormData
	headers?: Record<string, string>;
	signal?: AbortSignal | null;
}

const WAITS = [300, 1000, 3000]; // milliseconds before each retry

// Returns whether to retry: there was no response, the server is busy, or the first attempt is still running.
const lost = (status: number) => [0, 502, 503, 504].includes(status);
const again = ({ status, body }: HttpError) => lost(status) || (status === 409 && body?.type === '/problems/running');

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

// crypto.randomUUID() exists only in secure contexts, not on plain http.
function newKey(): string {
	const bytes = crypto.getRandomValues(new Uint8Array(16));
	return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
}

function parse(text: string): any {
	try {
		return text === '' ? undefined : JSON.parse(text);
	} catch {
		return undefined;
	}
}

// Returns the error for a response that is missing or incomplete.
function gone(error: unknown, signal?: AbortSignal | null): unknown {
	return signal?.aborted ? error : new HttpError(words(0), 0);
}

/** Returns the error for a response to a request to this address. */
export async function refusal(url: string, status: number, json?: Problem): Promise<HttpError> {
	await texts();
	const problem = json && (await inWords(status, json, /^\/api\/(\w+)/.exec(url)?.[1]));
	return new HttpError(words(status, problem), status, problem);
}

let tellDuplicate: ((existing: string) => void) | undefined;

/**
 * Calls the listener with an existing row, as in "contacts/12", if a written row has the same value. Returns a function
 * that removes the listener.
 */
export function onDuplicate(listener: (existing: string) => void): () => void {
	tellDuplicate = listener;
	return () => {
		tellDuplicate = undefined;
	};
}

type Written = (path: string, body: any, answer: any) => void;
const tellWritten = new Set<Written>();

/** Calls a listener after each write that succeeded. Returns a function that removes the listener. */
export function onWrite(listener: Written): () => void {
	tellWritten.add(listener);
	return () => {
		tellWritten.delete(listener);
	};
}

/** Sends a request once. */
export async function attempt(url: string, init: RequestInit): Promise<Answer> {
	let rs: Response, body: string;
	try {
		rs = await fetch(url, init);
		body = await rs.text();
	} catch (error) {
		await texts();
		throw gone(error, init.signal);
	}
	const json = parse(body);
	if (json?.current)
		// a response with 412 contains the current row and its version
		json.current = { ...spread(json.current), etag: rs.headers.get('etag') };
	if (!rs.ok) throw await refusal(url, rs.status, json);
	const [existing] = rs.headers.get('x-duplicate-of')?.split(', ') ?? [];
	if (existing) tellDuplicate?.(existing);
	return { status: rs.status, headers: rs.headers, body, json };
}

/** Sends a request whose response is an event stream, and yields each event. */
export async function* converse(url: string, body: unknown, signal: AbortSignal) {
	try {
		const rs = await fetch(url, {
			method: 'POST',
			signal,
			body: JSON.stringify(body),
			headers: { Accept: 'text/event-stream', 'Content-Type': 'application/json' },
		});
		if (!rs.ok || !rs.body) throw await refusal(url, rs.status, parse(await rs.text()));
		const reader = rs.body.getReader();
		const decoder = new TextDecoder();
		let text = '';
		for (let part = await reader.read(); !part.done; part = await reader.read()) {
			const whole = (text + decoder.decode(part.value, { stream: true })).split('\n\n');
			text = whole.pop() ?? '';
			for (const one of whole) {
				const [, event, data = ''] = /^event: (.*)\ndata: (.*)$/s.exec(one) ?? [];
				if (event) yield { event, data: parse(data) };
			}
		}
	} catch (error) {
		throw error instanceof HttpError ? error : gone(error, signal);
	}
}

const FRESH = 5000; // maximum lag of a standby server, in milliseconds
let heardAt = -FRESH;

/** Notes that the feed announced a change, which the next read must include. */
export const noteChange = () => {
	heardAt = performance.now();
};

/** Sends a request. A write takes effect only once, even if it is retried. */
export async function send<T = any>(
	url: string,
	{ method = 'GET', body, headers = {}, signal }: Call = {},
): Promise<Answer<T>> {
	const all: Record<string, string> = { Accept: 'application/json', ...headers };
	const raw = body instanceof FormData || typeof body === 'string';
	if (body !== undefined && !(body instanceof FormData)) all['Content-Type'] = 'application/json';
	if (method !== 'GET') all['Idempotency-Key'] = newKey();
	else if (performance.now() - heardAt < FRESH) all['Read-After'] = 'now';
	const init: RequestInit = { method, headers: all, signal: signal ?? null };
	if (body !== undefined) init.body = raw ? body : JSON.stringify(body);
	for (let tries = 0; ; tries++)
		try {
			const answer = await attempt(url, init);
			if (method !== 'GET')
				tellWritten.forEach((listener) =>
					listener(url, raw && typeof body === 'string' ? parse(body) : body, answer.json),
				);
			return answer;
		} catch (error) {
			if (!(error instanceof HttpError) || !again(error)) throw error;
			const wait = WAITS[tries];
			if (lost(error.status) && (tries > 0 || wait === undefined)) troubled(error.status);
			if (wait === undefined) throw error;
			await pause(wait);
		}
}
