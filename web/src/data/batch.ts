// Combines reads that start at the same time into one request.
import { onWrite, refusal, send, type Answer } from './http';

interface Read {
	url: string;
	resolve: (answer: Answer | PromiseLike<Answer>) => void;
	reject: (error: unknown) => void;
}

interface Part {
	status: number;
	data: any;
	etag?: string;
	content_range?: string;
	total_more_than?: string;
}

const MOST = 20; // maximum number of reads in one request
const LENGTH = 6000; // maximum number of characters in the address of the request
const ROWS = 20; // rows of a long list
const FRESH = 10_000; // milliseconds for which a response is fresh, as for all queries

// nginx compresses these lists, but not batches, and a long list would delay the other reads.
const lists =
	/^\/api\/(appointments|companies|companies_summary|contacts|contacts_summary|daily_metrics|deals|tags|tasks)\?/;

let waiting: Read[] = [];

function settle({ url, resolve, reject }: Read, { status, data, etag, content_range, total_more_than }: Part): void {
	if (status === 503)
		// the earlier parts of the batch took too long
		resolve(send(url));
	else if (status >= 400) void refusal(url, status, data).then(reject);
	else
		resolve({
			status,
			json: data,
			body: JSON.stringify(data),
			headers: new Headers({
				...(etag && { etag }),
				...(content_range && { 'content-range': content_range }),
				...(total_more_than && { 'total-more-than': total_more_than }),
			}),
		});
}

const parts = (reads: Read[]) => new URLSearchParams(reads.map(({ url }) => ['get', url])).toString();

async function sendTogether(reads: Read[]): Promise<void> {
	try {
		if (reads.length === 1) return reads[0]!.resolve(await send(reads[0]!.url));
		const { json } = await send<{ results: Part[] }>(`/api/batch?${parts(reads)}`);
		reads.forEach((read, index) => settle(read, json.results[index]!));
	} catch (error) {
		reads.forEach(({ reject }) => reject(error));
	}
}

function sendWaiting(): void {
	let some: Read[] = [];
	for (const read of waiting) {
		if (some.length === MOST || (some.length > 0 && parts([...some, read]).length > LENGTH)) {
			void sendTogether(some);
			some = [];
		}
		some.push(read);
	}
	waiting = [];
	void sendTogether(some);
}

function isAlone(url: string): boolean {
	const [, first, last] = /[?&]range=%5B(\d+)%2C(\d+)/.exec(url) ?? [];
	return (
		/^\/api\/(auth\/|catalogue|openapi\.json)/.test(url) ||
		(lists.test(url) && Number(last) - Number(first) >= ROWS)
	);
}

const ahead = new Map<string, Promise<Answer>>();
onWrite(() => ahead.clear());

/** Sends reads in advance: the first read() of each address gets the response. */
export function readAhead(urls: string[]): void {
	for (const url of urls) {
		const answer = read(url);
		answer.catch(() => {}); // the code that needs the response reports the error
		ahead.set(url, answer);
	}
	setTimeout(() => ahead.clear(), FRESH);
}

/** Sends a GET request like send(), combined with the other reads that start now. */
export function read<T = any>(url: string): Promise<Answer<T>> {
	const early = ahead.get(url);
	if (ahead.delete(url)) return early!;
	if (isAlone(url)) return send<T>(url);
	return new Promise((resolve, reject) => {
		if (waiting.push({ url, resolve, reject }) === 1) setTimeout(sendWaiting);
	});
}
