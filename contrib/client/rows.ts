// The rows of resources, and the change feed of an organization.
import type { components } from './schema.js';

type Schemas = components['schemas'];
type Name = { [K in keyof Schemas]: K extends `${infer N}.filter` ? N & keyof Schemas : never }[keyof Schemas];
type Part<N extends Name, P extends string> = `${N}.${P}` extends keyof Schemas ? Schemas[`${N}.${P}`] : never;

// Finds rows by their IDs in other systems: { 'external_ids.erp': '4711' }. null finds rows without an ID.
type ExternalIds = { [K in `external_ids.${string}`]?: string | string[] | null };
// Finds rows by a key of metadata: { 'metadata.color': 'red' }.
type Metadata = { [K in `metadata${'.' | '->'}${string}`]?: string | number | boolean | string[] | null };
type Keys<F> = ('metadata@is' extends keyof F ? Metadata : unknown) & ExternalIds;
// The conditions of a list. The groups @or, @and and @not contain conditions of the same kind.
export type Filter<N extends Name, F = Part<N, 'filter'>> = Omit<F, '@or' | '@and' | '@not'> & Keys<F>
	& { [K in keyof F & ('@or' | '@and')]?: Filter<N> | Filter<N>[] } & { [K in keyof F & '@not']?: Filter<N> };

// The options of related rows. sort and limit are only for lists of rows.
export interface Related {
	fields?: string[];
	filter?: object;
	embed?: (string | Record<string, Related>)[];
	sort?: [string, 'ASC' | 'DESC'];
	limit?: number;
}

export interface Selection<N extends Name> {
	filter?: Filter<N>;
	// A field, or a field of the row to which each row refers: ['company.name', 'ASC']. Longer paths are not checked.
	sort?: Part<N, 'sort'> | [`${string}.${string}.${string}`, 'ASC' | 'DESC'];
	// The related rows to include, 'changed', 'external_ids' and 'etag'.
	embed?: Related['embed'];
}

// A row that an upsert has written, or the problem that describes why a row was refused.
export type Upserted<N extends Name> = { status: number; etag: string | null } & (
	{ outcome: 'created' | 'updated' | 'unchanged'; id: number; data: Schemas[N] }
	| { outcome: 'refused'; id: null; data: Record<string, unknown> });

export interface Rows<N extends Name> {
	// The rows of one page (default: the first 25). range contains the first and the last position, counted from 0.
	list(selection?: Selection<N> & { range?: [number, number] }): Promise<Schemas[N][]>;
	// All rows, page by page. Throws Refused with the code cursor_too_long if the filter is too long for several pages.
	all(selection?: Selection<N>): AsyncGenerator<Schemas[N], void>;
	get(id: number): Promise<Schemas[N]>;
	create(row: Part<N, 'input'>): Promise<Schemas[N]>;
	// Changes only the given fields.
	update(id: number, row: Part<N, 'input'>): Promise<Schemas[N]>;
	// Creates rows, or updates the rows that have the same ID in another system ("external_ids.erp") or the same value
	// of a unique field.
	upsert(match: string, rows: Part<N, 'input'>[]): Promise<Upserted<N>[]>;
	delete(id: number): Promise<Schemas[N]>;
}

export interface Change {
	seq: number;
	// Some changes after the given number are no longer stored: read all rows again.
	reset?: true;
	resource?: string;
	id?: number | string;
	verb?: string;
	at?: string;
	by?: string | null;
	// The API key that wrote the row, and the client's tag, if any.
	api_key_id?: string;
	client?: string;
	// The row's IDs in other systems, if it has any. Deleted rows have them, too.
	external_ids?: Record<string, string[]>;
}

export interface RowsOf {
	rows<N extends Name>(resource: N): Rows<N>;
	// The changes after a number (default: from now on). The generator never ends: leave the loop with break. resources
	// limits the changes to these resources.
	changes(options?: { after?: number; resources?: string[]; everyMs?: number }): AsyncGenerator<Change, void>;
}

type Send = (method: string, path: string, query?: Record<string, unknown>, body?: unknown, headers?: Record<string, string>) => Promise<Response>;

const PAGE = 500;
const UPSERTS = 100;
const nextOf = (response: Response): string | undefined => /<([^>]+)>;\s*rel="?next"?/.exec(response.headers.get('link') ?? '')?.[1];

export function rowsOf(send: Send): RowsOf {
	const read = async (answer: Promise<Response>) => (await answer).json();
	return {
		rows<N extends Name>(resource: N): Rows<N> {
			const path = `/api/${resource}`;
			return {
				list: (selection = {}) => read(send('GET', path, { ...selection })),
				async *all(selection = {}) {
					// With an empty after, the server refuses a filter that is too long for a link. Without after, it
					// omits the link, and the rows after the first page would be lost.
					let page = await send('GET', path, { ...selection, range: [0, PAGE - 1], after: '', count: 'none' });
					for (;;) {
						yield* await page.json() as Schemas[N][];
						const next = nextOf(page);
						if (!next)
							return;
						// Only the parameters of the relative link are used: a response of a custom fetch may have no
						// url.
						const { searchParams } = new URL(next, 'http://localhost');
						page = await send('GET', path, Object.fromEntries(searchParams));
					}
				},
				get: (id) => read(send('GET', `${path}/${id}`)),
				create: (row) => read(send('POST', path, {}, row)),
				update: (id, row) => read(send('PATCH', `${path}/${id}`, {}, row)),
				async upsert(match, rows) {
					const all: Upserted<N>[] = [];
					for (let from = 0; from < rows.length; from += UPSERTS)
						all.push(...(await read(send('PUT', path, { match }, rows.slice(from, from + UPSERTS)))).results);
					return all;
				},
				delete: (id) => read(send('DELETE', `${path}/${id}`)),
			};
		},
		async *changes({ after, resources, everyMs = 2000 } = {}) {
			let seq = after;
			for (;;) {
				const page = await read(send('GET', '/api/changes', { after: seq, limit: 1000, resources })) as
					{ changes: Change[]; seq: number; more: boolean; reset: boolean };
				if (page.reset)
					yield { seq: page.seq, reset: true };
				yield* page.changes;
				seq = page.seq;
				if (!page.more)
					await new Promise((done) => { setTimeout(done, everyMs); });
			}
		},
	};
}
