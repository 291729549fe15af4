// A typed client of Tenantry's API: openapi-fetch with the types of a server.
import createClient, { type Client, type Middleware } from 'openapi-fetch';
import type { components, paths } from './schema.js';

export type { components, paths } from './schema.js';

// The rows and bodies of the API: Schemas['contacts'], Schemas['contacts.input'].
export type Schemas = components['schemas'];

export interface Options {
	// The server's address; by default the page's origin.
	url?: string;
	// A session's token or an API key. Without it the browser's cookie counts.
	token?: string;
	fetch?: typeof globalThis.fetch;
}

// What the server refused, thrown by a client: a problem (RFC 9457) or the error of a route
// below /api/auth.
export class Refused extends Error {
	constructor(readonly status: number,
		readonly problem: Partial<Schemas['Problem']> & { message?: string; code?: string }) {
		super(problem.message ?? `status ${status}`);
		this.name = 'Refused';
	}
}

const refusals: Middleware = {
	async onResponse({ response }) {
		if (response.ok)
			return;
		throw new Refused(response.status, await response.json().catch(() => ({})));
	},
};

// Filters, sorts and other parameters that are JSON are given as objects and arrays.
const querySerializer = (query: Record<string, unknown>): string => new URLSearchParams(Object.entries(query)
	.filter(([, value]) => value !== undefined && value !== null)
	.map(([name, value]) => [name, typeof value === 'object' ? JSON.stringify(value) : String(value)])).toString();

// A client whose calls return data or throw Refused.
export function createTenantry({ url = '', token, fetch }: Options = {}): Client<paths> {
	const client = createClient<paths>({ baseUrl: url.replace(/\/+$/, ''),
		credentials: 'include', querySerializer, ...(fetch && { fetch }),
		...(token && { headers: { authorization: `Bearer ${token}` } }) });
	client.use(refusals);
	return client;
}
