// Sends any number of valid and invalid requests of all kinds.
import assert from 'node:assert/strict';
import { PASSWORD, ask, query } from '../../lib/api.mjs';

const statuses = new Set([200, 201, 400, 401, 403, 404, 405, 409, 413, 415,
	422]);

// Returns the request with a number. The requests repeat.
function request(n, who, rows) {
	const token = who.token, tag = { name: `mix ${n}`, color: '#123' };
	const filters = [{ q: 'mix' }, { 'last_name@ilike': 'a b' },
		{ id: [rows.contacts.id, n] }, { 'tags@cs': `{${rows.tags.id}}` },
		{ '@or': { first_name: 'x', last_name: 'y' } }, {}];
	const kinds = [
		['GET', '/api/contacts' + query({ filter: filters[n % 6],
			sort: ['last_name', n % 2 ? 'ASC' : 'DESC'], range: [0, 24] }),
		{ token }],
		['GET', `/api/contacts/${rows.contacts.id}`, { token }],
		['GET', `/api/deals/${n}`, { token }],
		['PUT', `/api/contacts/${rows.contacts.id}`, { token,
			body: { status: 'warm', background: 'x'.repeat(n % 5000) } }],
		['POST', '/api/tags', { token, body: tag,
			headers: { 'Idempotency-Key': `mix-${n >> 4}` } }],
		['PATCH', '/api/tags' + query({ filter: { id: [rows.tags.id] } }),
			{ token, body: { color: '#321' } }],
		['DELETE', `/api/tasks/${n}`, { token }],
		['GET', '/api/auth/get-session', { token }],
		['GET', '/api/companies_summary', { token }],
		['GET', '/api/contacts', {}],
		['POST', '/api/contacts', { token, body: '{"last_name":' }],
		['POST', '/api/contacts', { token, body: { nope: n } }],
		['PUT', `/api/contacts/${rows.contacts.id}`, { token, body:
			`{"phone_jsonb":[${'{},'.repeat(n % 500)}{}]}` }],
		['GET', '/api/contacts' + query({ filter: 'x' }), { token }],
		['GET', '/api/nope', { token }],
		['GET', '/api/me', { token: 'x'.repeat(32) }],
	];
	if (n % 2000 === 1999)
		return ['POST', '/api/auth/sign-in/email', {
			body: { email: who.email, password: PASSWORD } }];
	if (n % 1000 === 999)
		return ['POST', '/api/contacts', { token,
			body: { background: 'x'.repeat(1000000), nope: n } }];
	if (n % 50 === 49)
		return ['GET', '/api/openapi.json', {}];
	return kinds[n % kinds.length];
}

// Sends the requests from first to last concurrently.
export async function mix(who, rows, first, last, atOnce = 8) {
	let next = first;
	await Promise.all(Array.from({ length: atOnce }, async () => {
		while (next < last) {
			const [method, path, options] = request(next++, who, rows);
			const rs = await ask(method, path, options);
			assert.ok(statuses.has(rs.status),
				`${method} ${path} ${rs.status} ${rs.text}`);
		}
	}));
}
