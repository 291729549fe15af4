// The data provider: ra-data-simple-rest with our own requests. A single record has its version in the field `etag`. An
// update sends the version back so that the server detects concurrent edits (see Stale.tsx).
import simpleRestProvider from 'ra-data-simple-rest';
import { type DataProvider, HttpError, type Identifier, type Options, type RaRecord, fetchUtils } from 'ra-core';
import { read } from './batch';
import { gather, spread } from './custom';
import { errorsOf, parted, separate, type Operation } from './fresh';
import { isEditing } from './feed';
import { onWrite, send } from './http';
import { mayField } from './permissions';
import { meQuery, queryClient } from './session';
import { textOf } from '../i18n/text';

/** The result of a bulk change, with the ID that undoes it. */
export interface Bulk {
	id: Identifier;
	count: number;
}

export interface Provider extends DataProvider {
	/** Updates or deletes either all of these records or none. */
	bulk: (
		resource: string,
		change: {
			ids?: Identifier[];
			filter?: object;
			set?: object;
			/** Adds elements to list fields, or removes them. */
			add?: object;
			remove?: object;
			delete?: true;
			max?: number;
			preview?: true;
		},
	) => Promise<Bulk>;
	/** Undoes a bulk change, except for records that were edited later. */
	undoBulk: (id: Identifier) => Promise<{ undone: number; kept: Identifier[] }>;
	/** Creates the new records in the value of a reference, and returns the value with their IDs. */
	make: (value: unknown) => Promise<unknown>;
	/** Sends a GET request to any other route. Parameters that are not strings are JSON-encoded. */
	ask: <T>(path: string, parameters?: Record<string, unknown>) => Promise<T>;
	/** Sends a GET request for a page of a list. Returns the rows and the cursor of the next page, if there is one. */
	askPage: <T>(path: string, parameters: Record<string, unknown>) => Promise<{ rows: T[]; next?: string }>;
	/** Sends a request to any other route (default method: POST). */
	tell: <T>(path: string, body?: unknown, method?: string) => Promise<T>;
}

const query = (parameters: Record<string, unknown>) =>
	new URLSearchParams(
		Object.entries(parameters)
			.filter(([, value]) => value !== undefined)
			.map(([name, value]) => [name, value === null ? 'null' : textOf(value)]),
	);

// The limits at which the server stopped counting the rows of lists. The stock provider does not return them.
const stopped = new WeakMap<object, number>();

async function fetchJson(url: string, options: Options = {}) {
	const headers: Record<string, string> = {};
	new Headers(options.headers).forEach((value, name) => {
		headers[name] = value;
	});
	let body = options.body as string | undefined;
	if (body) {
		const { etag, ...row } = JSON.parse(body);
		body = JSON.stringify(gather(row));
		if (etag && options.method === 'PUT') headers['If-Match'] = etag;
	}
	const {
		status,
		headers: said,
		body: text,
		json: found,
	} = await ((options.method ?? options.signal)
		? send(url, { method: options.method, body, headers, signal: options.signal })
		: read(url));
	const json = spread(found);
	const moreThan = said.get('total-more-than');
	if (moreThan) stopped.set(json, Number(moreThan));
	const etag = said.get('etag');
	return { status, headers: said, body: text, json: etag && json && !Array.isArray(json) ? { ...json, etag } : json };
}

const rows = simpleRestProvider('/api', fetchJson as typeof fetchUtils.fetchJson);

// Writes a record and the new records to which it refers, in one transaction.
async function together(operations: Operation[], last: Operation): Promise<{ data: any }> {
	const all = [...operations, { ...last, data: gather(last.data) }];
	try {
		const { json } = await send<{ results: { data: object; etag?: string }[] }>('/api/batch', {
			method: 'POST',
			body: { operations: all },
		});
		const { data, etag } = json.results.at(-1)!;
		return { data: { ...spread(data), ...(etag && { etag }) } };
	} catch (error) {
		if (!(error instanceof HttpError)) throw error;
		const { status, message, body } = error;
		// The row is read again, because the response to a batch contains no version of the row.
		const current = status === 412 && (await rows.getOne(last.resource, { id: last.id })).data;
		throw new HttpError(message, status, {
			...body,
			errors: errorsOf(body?.errors, all),
			...(current && { current }),
		});
	}
}

// Marks the queries of a resource as stale after a write by any page, because the feed does not report all resources.
onWrite((path, body) => {
	const [, resource = ''] = /^\/api\/(\w+)/.exec(path) ?? [];
	const names =
		resource === 'batch'
			? ((body as { operations?: Operation[] })?.operations ?? []).map((one) => one.resource)
			: [resource];
	void queryClient.invalidateQueries({
		predicate: (query) => names.includes(String(query.queryKey[0])) && !isEditing(query),
		refetchType: 'none',
	});
});

// Returns whether the user's roles permit an action on a field. Everything is permitted until the user is known.
const allows = (resource: string, field: string, action: 'read' | 'update') => {
	const me = queryClient.getQueryData(meQuery.queryKey);
	return !me || mayField(me, resource, field, action);
};

export const dataProvider: Provider = {
	...rows,

	// The server refuses to sort by a field that the user's roles hide.
	async getList(resource, { sort, ...rest }) {
		const seen = !sort || allows(resource, sort.field, 'read');
		const list = await rows.getList(resource, { ...rest, sort: seen ? sort : { field: 'id', order: sort.order } });
		const moreThan = stopped.get(list.data);
		return moreThan ? { ...list, meta: { moreThan } } : list;
	},
	// Removes the defaults for fields that the user's roles hide, because the server would refuse them.
	create(resource, { data, ...rest }) {
		const writable = Object.entries(data).filter(([name]) => allows(resource, name, 'update'));
		const { operations, data: row } = separate(Object.fromEntries(writable));
		return operations.length > 0
			? together(operations, { method: 'POST', resource, data: row })
			: rows.create(resource, { ...rest, data: row as any });
	},
	update(resource, params) {
		const { operations, data } = separate(params.data);
		const { etag, ...row } = data;
		return operations.length > 0
			? together(operations, {
					method: 'PUT',
					resource,
					id: params.id,
					data: row,
					...(etag ? { if_match: etag as string } : {}),
				})
			: rows.update(resource, params);
	},

	// Sends one request for all records. The stock provider would send one request per record.
	async deleteMany(resource, { ids }) {
		await send(`/api/${resource}?${query({ filter: { id: ids } })}`, { method: 'DELETE' });
		return { data: ids };
	},
	async updateMany(resource, { ids, data }) {
		await send(`/api/${resource}?${query({ filter: { id: ids } })}`, { method: 'PATCH', body: gather(data) });
		return { data: ids };
	},

	async bulk(resource, change) {
		const body = { ...change, ...(change.set && { set: gather(change.set) }) };
		return (await send(`/api/${resource}/bulk`, { method: 'POST', body })).json;
	},
	async undoBulk(id) {
		return (await send(`/api/bulk_changes/${id}/undo`, { method: 'POST', body: { keep: true } })).json;
	},
	async make(value) {
		const { operations } = separate({ value });
		if (operations.length === 0) return value;
		const { json } = await send<{ results: { data: RaRecord }[] }>('/api/batch', {
			method: 'POST',
			body: { operations },
		});
		const { ids } = parted(value);
		const made = json.results.map(({ data }) => data.id);
		return Array.isArray(value) ? [...ids, ...made] : made[0];
	},
	async ask(path, parameters = {}) {
		const said = query(parameters).toString();
		return (await read(path + (said && `?${said}`))).json;
	},
	async askPage(path, parameters) {
		const { json, headers } = await read(`${path}?${query(parameters)}`);
		const [, next] = /^<([^>]*)>; rel="next"/.exec(headers.get('Link') ?? '') ?? [];
		return { rows: json, next: next && (new URL(next, location.href).searchParams.get('after') ?? undefined) };
	},
	async tell(path, body = {}, method = 'POST') {
		return (await send(path, { method, body })).json;
	},
};

export type Versioned<T extends RaRecord = RaRecord> = T & { etag?: string };
