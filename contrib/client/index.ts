// A typed client for Tenantry's API: openapi-fetch with the types of a server, and helpers for the rows of resources.
import createClient, { type Client, type Middleware } from 'openapi-fetch';
import { type RowsOf, rowsOf } from './rows.js';
import type { components, paths } from './schema.js';
import { type Options, Refused, repeating } from './transport.js';

export type { components, paths } from './schema.js';
export type { Change, Rows, Selection } from './rows.js';
export { type Options, Refused } from './transport.js';
export { verifyWebhook } from './webhook.js';

// The types of rows and request bodies: Schemas['contacts'], Schemas['contacts.input'].
export type Schemas = components['schemas'];

const refusals: Middleware = {
	async onResponse({ response }) {
		if (response.ok)
			return;
		throw new Refused(response.status, await response.json().catch(() => ({})));
	},
};

// The caller passes filters, sorts and other JSON parameters as objects and arrays.
const querySerializer = (query: Record<string, unknown>): string => new URLSearchParams(Object.entries(query)
	.filter(([, value]) => value !== undefined && value !== null)
	.map(([name, value]) => [name, typeof value === 'object' ? JSON.stringify(value) : String(value)])).toString();

// GET, POST and the other methods of openapi-fetch return data or throw Refused; rows('contacts') and changes() need no paths.
export type Tenantry = Client<paths> & RowsOf;

export function createTenantry(options: Options = {}): Tenantry {
	const { url = '', token } = options;
	const baseUrl = url.replace(/\/+$/, '');
	const fetch = repeating(options);
	const headers = { ...(token && { authorization: `Bearer ${token}` }), ...(options.client && { 'x-client': options.client }) };
	const client = createClient<paths>({ baseUrl, credentials: 'include', querySerializer, fetch, headers });
	client.use(refusals);
	return Object.assign(client, rowsOf(async (method, path, query = {}, body, more = {}) => {
		const search = querySerializer(query);
		const response = await fetch(new Request(`${baseUrl || globalThis.location.origin}${path}${search && `?${search}`}`, {
			method, credentials: 'include', headers: { ...headers, ...more, ...(body !== undefined && { 'content-type': 'application/json' }) },
			...(body !== undefined && { body: JSON.stringify(body) }) }));
		if (!response.ok)
			throw new Refused(response.status, await response.json().catch(() => ({})));
		return response;
	}));
}
