// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_MCP_SQL=on
// An organization without a module has none of the module's routes, rows, permissions and tables, but keeps its data.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { ask, openapi, operations, query, sql, until, untimed } from '../../lib/api.mjs';
import { sample } from '../../lib/rows.mjs';
import { good } from '../lib/answers.mjs';
import { member, owner } from '../lib/people.mjs';

let boss, max, guest, seller, key, narrow, stranger, document, company, product, session;

const set = (enabled, who = boss) => good(who.browser.put('/api/modules/b2b', { enabled }));
const ROLE = '/api/auth/organization/';
const roles = async () => (await good(boss.browser.get(`${ROLE}list-roles`))).find(({ role }) => role === 'seller');
const mcp = (name, args = {}) => good(ask('POST', '/mcp', { token: session,
	headers: { accept: 'application/json, text/event-stream' },
	body: { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: args } } }));
// Other test files on this server may occupy the statement slots.
const said = (name, args) => until(async () => {
	const { text } = (await mcp(name, args)).result.content[0];
	return !text.includes('too many statements are running') && text;
});
const principal = async (name) => {
	const made = await good(boss.browser.post('/api/companies', { name }));
	await good(boss.browser.patch(`/api/company_profiles/${made.id}`, { is_principal: true }));
	return made;
};
const keyOf = async (permissions) => (await good(boss.browser.post('/api/auth/api-key/create',
	{ name: 'k', ...permissions && { permissions } }))).key;

before(async () => {
	boss = await owner('modules');
	stranger = await owner('modules-stranger');
	max = await member(boss);
	guest = await member(boss, 'portal');
	session = boss.token;
	document = await openapi();
	await set(true);
	await good(boss.browser.post(`${ROLE}create-role`, { role: 'seller',
		permission: { products: ['read', 'update'], companies: ['read'] } }));
	seller = await member(boss, 'seller');
	key = await keyOf();
	narrow = await keyOf({ contacts: ['read'] });
	company = await principal('Principal');
	product = await good(boss.browser.post('/api/products', sample('products', 'tea', { companies: company })));
});

// Calls each route of a module. The caller may use an API key.
async function tour(call) {
	const answers = {};
	for (const { method, path, operation } of operations(document)) {
		if (operation['x-module'] !== 'b2b')
			continue;
		answers[`${method} ${path}`] = await call(method, path.replace(/\{\w+\}/, product.id),
			method === 'GET' || method === 'DELETE' ? undefined : {});
	}
	assert.ok(Object.keys(answers).length >= 10, Object.keys(answers).join());
	return answers;
}

const by = (who) => (method, path, body) => who.browser.send(method, path, body);
const withKey = (secret) => (method, path, body) => ask(method, path, { body, headers: { 'x-api-key': secret } });
const plain = ({ status, json }) => [status, { ...json, instance: undefined }];

test('without the module, each of its routes responds like an unknown route', async () => {
	for (const [name, call] of Object.entries({ owner: by(boss), member: by(max), portal: by(guest), seller: by(seller),
		key: withKey(key), narrow: withKey(narrow) })) {
		await set(true);
		const on = await tour(call);
		await set(false);
		const unknown = plain(await call('GET', '/api/no_such_path'));
		assert.equal(unknown[0], 404);
		const off = await tour(call);
		for (const route of Object.keys(on)) {
			if (name === 'owner' || name === 'key')
				assert.notDeepEqual(plain(on[route]), unknown, route);	// the path exists, even if the row does not
			assert.deepEqual(plain(off[route]), unknown, `${name}: ${route}`);
		}
	}
	const rs = await ask('GET', '/api/products');
	assert.equal(rs.status, 401, 'who is nobody hears that first');
});

test('rows are kept while the module is off, and reappear when it is switched on', async () => {
	await set(false);
	assert.equal(sql(`SELECT count(*) FROM crm.products WHERE id = ${product.id}`)[0][0], '1');
	await set(true);
	assert.deepEqual(await good(boss.browser.get(`/api/products/${product.id}`)), product);
});

test('another organization is not affected', async () => {
	await set(true);
	assert.equal((await stranger.browser.get('/api/products')).status, 404);
	await set(true, stranger);
	assert.deepEqual(await good(stranger.browser.get('/api/products')), []);
	await set(false, stranger);
	assert.equal((await boss.browser.get('/api/products')).status, 200);
});

test('the parameter orgId determines the organization whose modules apply', async () => {
	await set(false);
	const both = await good(boss.browser.post(`${ROLE}create`, { name: 'Second', slug: `second-${Date.now()}`,
		keepCurrentActiveOrganization: true }));
	await good(boss.browser.put(`/api/modules/b2b${query({ orgId: both.id })}`, { enabled: true }));
	assert.equal((await boss.browser.get(`/api/products${query({ orgId: both.id })}`)).status, 200);
	assert.equal((await boss.browser.get('/api/products')).status, 404);
});

test('only administrators switch modules, and the audit log records it', async () => {
	for (const who of [max, guest, seller]) {
		assert.equal((await who.browser.get('/api/modules')).status, 422);
		assert.equal((await who.browser.put('/api/modules/b2b', { enabled: true })).status, 422);
	}
	assert.equal((await boss.browser.put('/api/modules/none', { enabled: true })).status, 404);
	assert.equal((await boss.browser.put('/api/modules/b2b', {})).status, 422);
	await set(false);
	const entries = () => sql(`SELECT user_id, old->'modules', new->'modules' FROM ops.audit_log
		WHERE table_name = 'organization' AND org_id = '${boss.organization.id}' ORDER BY id`);
	const n = entries().length;
	assert.deepEqual(await set(true), { id: 'b2b', enabled: true });
	await set(true);	// a repeated request changes nothing
	assert.equal(entries().length, n + 1);
	assert.deepEqual(entries().at(-1), [boss.id, '[]', '["b2b"]']);
	assert.deepEqual(await good(boss.browser.get('/api/modules')), [{ id: 'b2b', enabled: true }, { id: 'factory', enabled: false },
		{ id: 'membership', enabled: false }]);
});

test('permissions can be granted only with the module, and are kept without it', async () => {
	await set(true);
	assert.equal((await seller.browser.get(`/api/products/${product.id}`)).status, 200);
	assert.equal((await seller.browser.post('/api/products', sample('products', 'x', { companies: company }))).status, 422);
	const names = async () => (await good(boss.browser.get('/api/access/resources'))).resources.map(({ name }) => name);
	assert.ok((await names()).includes('products'));
	assert.ok((await good(max.browser.get('/api/me'))).resources.products);
	await set(false);
	assert.ok(!(await names()).includes('products'));
	const me = await good(max.browser.get('/api/me'));
	assert.deepEqual([me.resources.products, me.modules], [undefined, []]);
	assert.deepEqual((await roles()).permission, { companies: ['read'] });
	assert.equal((await boss.browser.post(`${ROLE}create-role`, { role: 'late',
		permission: { products: ['read'] } })).status, 400);
	// A change to the role affects only the visible resources.
	await good(boss.browser.post(`${ROLE}update-role`, { roleName: 'seller',
		data: { permission: { companies: ['read'], contacts: ['read'] } } }));
	await set(true);
	assert.deepEqual((await roles()).permission,
		{ companies: ['read'], contacts: ['read'], products: ['read', 'update'] });
	assert.equal((await seller.browser.get(`/api/products/${product.id}`)).status, 200);
	assert.deepEqual((await good(max.browser.get('/api/me'))).modules, ['b2b']);
});

test('the OpenAPI document contains the caller\'s routes, or all routes without an organization', async () => {
	const paths = async (rs) => Object.keys((await good(rs)).paths).filter((path) => path.startsWith('/api/products'));
	const get = (headers) => ask('GET', '/api/openapi.json', { headers });
	await set(true);
	assert.ok((await paths(boss.browser.get('/api/openapi.json'))).length > 3);
	await set(false);
	assert.deepEqual(await paths(boss.browser.get('/api/openapi.json')), []);
	assert.deepEqual(await paths(get({ 'x-api-key': key })), []);
	assert.deepEqual(await paths(get({ authorization: `Bearer ${max.token ?? boss.token}` })), []);
	assert.ok((await paths(get())).length > 3);
	const { components: { schemas } } = await good(boss.browser.get('/api/openapi.json'));
	assert.equal(schemas.products ?? schemas['products.input'], undefined);
});

test('without the module, MCP has no table, no rows and no writes', async () => {
	const count = { sql: 'SELECT count(*) FROM products' };
	await set(true);
	assert.match(await said('get_schema'), /^products \(table/m);
	assert.match(await said('query', count), /"count":1/);
	await set(false);
	assert.doesNotMatch(await said('get_schema'), /products/);
	for (const sql of [count.sql, 'SELECT c.id, p.id AS product FROM companies c LEFT JOIN products p ON p.principal_id = c.id'])
		assert.match(await said('query', { sql }), /relation "products" does not exist/);
	assert.match(await said('query', { sql: "SELECT set_config('app.modules', '{b2b}', true)" }), /ERROR|not allowed|may not/i);
});

test('batches refuse the resources of a module that is off', async () => {
	const read = () => good(boss.browser.get('/api/batch?get=%2Fapi%2Fproducts&get=%2Fapi%2Fcompanies'));
	const write = () => boss.browser.post('/api/batch', { operations: [
		{ method: 'POST', resource: 'companies', data: { name: 'Batched' } },
		{ method: 'POST', resource: 'products', data: sample('products', 'batched', { companies: company }) }] });
	const batched = () => sql(`SELECT count(*) FROM crm.companies WHERE name = 'Batched'`)[0][0];
	await set(false);
	const rs = await read();
	assert.deepEqual(rs.results.map(({ status }) => status), [404, 200]);
	assert.equal((await write()).status, 404);
	assert.equal(batched(), '0', 'nothing of the batch is done');
	await set(true);
	assert.equal((await write()).status, 200);
	assert.equal(batched(), '1');
});

test('rows in the trash are hidden, and restored with their company', async () => {
	await set(true);
	const other = await principal('Deleted');
	const row = await good(boss.browser.post('/api/products', sample('products', 'deleted', { companies: other })));
	await good(boss.browser.delete(`/api/companies/${other.id}`));
	const trash = async (resource) => good(boss.browser.get(`/api/trash${query({ range: [0, 9],
		filter: { resource, 'id@gt': 0 } })}`));
	assert.equal((await trash('products')).length, 1);
	await set(false);
	assert.deepEqual(await trash('products'), []);
	const [root] = await trash('companies');
	const { rows, left } = await good(boss.browser.post(`/api/trash/${root.id}/restore`, {}));
	assert.deepEqual([rows, left], [1, {}]);
	await set(true);
	assert.deepEqual(untimed(await good(boss.browser.get(`/api/products/${row.id}`))), untimed(row));
});

test('bulk changes and the audit log omit hidden rows', async () => {
	await set(true);
	const maker = await principal('Logged');
	const row = await good(boss.browser.post('/api/products', sample('products', 'logged', { companies: maker })));
	const { id } = await good(boss.browser.post('/api/products/bulk', { ids: [row.id], set: { unit: 'box' } }));
	const list = await good(boss.browser.post('/api/price_lists', sample('price_lists', 'logged', { companies: maker })));
	await good(boss.browser.delete(`/api/price_lists/${list.id}`));
	const [entry] = await good(boss.browser.get(`/api/trash${query({ filter: { row_id: list.id } })}`));
	const seen = async (path, key, filter) => (await good(boss.browser.get(`${path}${query({ range: [0, 99], filter })}`))).filter((one) =>
		hidden.includes(one[key]) || JSON.stringify(one.changes ?? null).includes('"price_lists"')).length;
	const hidden = ['products', 'price_lists', 'company_profiles', 'contact_organizations'];
	const log = () => seen('/api/audit_log', 'resource', {});
	await set(false);
	assert.equal((await boss.browser.post(`/api/trash/${entry.id}/restore`, {})).status, 404);
	await set(true);
	await good(boss.browser.delete(`/api/trash/${entry.id}`));
	const before = await log();
	assert.ok(before >= 5, `${before} entries`);
	assert.ok(await seen('/api/bulk_changes', 'resource', { id: [id] }) === 1);
	await set(false);
	assert.equal(await log(), 0);
	assert.equal(await seen('/api/bulk_changes', 'resource', { id: [id] }), 0);
	for (const rs of [await boss.browser.get(`/api/bulk_changes/${id}`), await boss.browser.post(`/api/bulk_changes/${id}/undo`, {})])
		assert.equal(rs.status, 404);
	await set(true);
	assert.equal(await log(), before);
	await good(boss.browser.post(`/api/bulk_changes/${id}/undo`, {}));
	assert.equal((await good(boss.browser.get(`/api/products/${row.id}`))).unit, row.unit);
});

test('a module that is off remains hidden while an administrator views a member', async () => {
	await set(false);
	await good(boss.browser.post('/api/access/view', { user_id: max.id, reason: 'x' }));
	assert.equal((await boss.browser.get('/api/products')).status, 404);
	assert.equal((await boss.browser.post('/api/products', {})).status, 404);
	await good(boss.browser.delete('/api/access/view'));
});
