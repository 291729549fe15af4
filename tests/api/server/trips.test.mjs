// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Every request of the data API takes one round trip to the database, which a proxy between the workers and the
// database counts.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openapi, operations, owner, query, sleep, until } from '../../lib/api.mjs';
import { countingProxy } from '../../lib/database.mjs';
import { workers } from '../../lib/fcgi.mjs';
import { change, rowsOf, sample } from '../../lib/rows.mjs';

let who, rows, document, proxy, pool;

before(async () => {
	who = await owner('Trips');
	rows = await rowsOf(who, 'trips');
	document = await openapi();
	proxy = await countingProxy();
	await renew();
});

// Renews the connections, because a connection with 400 prepared statements is closed, and all tests together use more.
async function renew() {
	await pool?.stop();
	pool = await workers({ DATABASE_URL: proxy.url });
	await until(() => pool.log().includes('cache_epoch'));
}

after(async () => {
	await pool.stop();
	proxy.close();
});

// Sends a request. Returns the number of round trips.
async function trips(method, url, options = {}) {
	const start = proxy.counter.trips;
	const rs = await pool.ask(method, url, { token: who.token, ...options });
	if (rs.status === 0) { /* the failure shows the worker's log */
		await sleep(500);
		assert.fail(`${method} ${url}: ${pool.log().slice(-3000)}`);
	}
	assert.ok(rs.status < 300, `${method} ${url} ${rs.status} ${rs.text}`);
	return [proxy.counter.trips - start, rs];
}

async function one(method, url, options) {
	const [n, rs] = await trips(method, url, options);
	// Without mail, the response contains a link, whose salt comes from the stored response, if there is one.
	const salted = method === 'POST' && url === '/api/sales' && options?.headers?.HTTP_IDEMPOTENCY_KEY;
	// Custom fields are columns of an exported file, so an export reads their definitions first.
	const file = /^\/api\/(?:crm\/)?(\w+)\/export/.exec(url)?.[1];
	const spread = file && 'custom' in (document.components.schemas[file]?.properties ?? {});
	assert.equal(n, salted || spread ? 2 : 1, `${method} ${url} took ${n} round trips`);
	return rs;
}

test('the proxy counts a round trip', async () => {
	assert.equal((await trips('GET', '/health'))[0], 1);
	assert.equal((await trips('GET', '/live'))[0], 0);
});

test('every list and every row takes one round trip', async () => {
	for (const { method, path, resource, one: single } of operations(document))
		if (resource && method === 'GET')
			await one('GET', single
				? path.replace('{id}', encodeURIComponent(rows[resource].id))
				// An export of more than a thousand rows, such as the audit log, takes more round
				// trips.
				: path + query({ ...!path.endsWith('/export') && { range: [0, 9] }, sort: ['id', 'DESC'], ...resource === 'audit_log' && { filter: { resource: 'tags' } } }));
	for (const filter of [{ q: 'trips' }, { 'last_name@ilike': 'last' },
		{ id: [rows.contacts.id] }, { '@or': { first_name: 'a', status: 'b' } }])
		await one('GET', '/api/contacts' + query({ filter }));
});

// Changes a row in all ways, and then two rows in one request.
async function changes(resource, path, id, other, headers) {
	/* the email address must be checked before a link is created */
	const row = JSON.stringify({
		...change(resource, 'again', rows), email: undefined });
	await one('PUT', `${path}/${id}`,
		{ body: row, headers: headers() });
	await one('PATCH', `${path}/${id}`,
		{ body: row, headers: headers() });
	await one('PATCH', `${path}/${id}`,
		{ body: '{}', headers: headers() });
	const same = { tags: '{"color":"#def"}', products: '{"unit":"t"}', price_lists: '{"currency":"USD"}',
		price_list_items: '{"price":1}', distributor_terms: '{"commission_rate":1}',
		opportunity_participants: '{"note":"again"}', pipelines: '{"team_id":null}',
		cost_rates: '{"rate":1}', integration_configs: '{"status":"draft"}', data_mappings: '{"mode":"create"}',
		user_contacts: '{"label":"again"}', user_memberships: '{"fee":1300}', user_payment_methods: '{"label":"again"}' }[resource] ?? row; // other values must be unique
	await one('PATCH', path + query({ filter: { id: [id, other] } }),
		{ body: same, headers: headers() });
}

for (const [how, headers] of [['', () => ({})],
	[' with an Idempotency-Key', () => ({ HTTP_IDEMPOTENCY_KEY:
		Math.random().toString(36).slice(2) })]])
	test(`every write takes one round trip${how}`, async () => {
		let routes = 0;
		for (const { method, path, resource, one: single }
			of operations(document)) {
			if (!resource || single || method !== 'POST')
				continue;
			if (routes++ % 20 === 0)
				await renew();
			const made = () => one('POST', path, { headers: headers(),
				body: JSON.stringify(sample(resource, 'trip', rows)) });
			const id = JSON.parse((await made()).text).id;
			const other = JSON.parse((await made()).text).id;
			if (document.paths[`${path}/{id}`].put)
				await changes(resource, path, id, other, headers);
			if (!document.paths[path].delete)
				continue;
			await one('DELETE', `${path}/${id}`, { headers: headers() });
			await one('DELETE', path + query({ filter: { id: [other] } }),
				{ headers: headers() });
		}
	});

test('an API key or a session is checked in the same round trip', async () => {
	const made = await pool.ask('POST', '/api/auth/api-key/create', { token: who.token, body: '{}',
		headers: { CONTENT_TYPE: 'application/json' } });
	const headers = { HTTP_X_API_KEY: JSON.parse(made.text).key };
	await one('GET', '/api/me', { token: undefined, headers });
	await one('GET', '/api/contacts' + query({ range: [0, 9] }), { token: undefined, headers });
	await one('POST', '/api/tags', { token: undefined, headers,
		body: JSON.stringify(sample('tags', 'trip', rows)) });
	await trips('GET', '/api/auth/token'); // creates the first signing key
	await one('GET', '/api/auth/token');
});

test('requests about the session take one round trip', async () => {
	await one('GET', '/api/me');
	await one('GET', '/api/auth/get-session');
	await one('GET', '/api/auth/organization/list');
});

test('a refused write takes at most one more round trip', async () => {
	const start = proxy.counter.trips;
	const rs = await pool.ask('POST', '/api/tasks', { token: who.token,
		body: JSON.stringify({ ...sample('tasks', 'x', rows),
			contact_id: 1 }) });
	assert.equal(rs.status, 422, rs.text);
	assert.ok(proxy.counter.trips - start <= 2);
});
