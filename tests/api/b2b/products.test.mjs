// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Products of principals.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { ask, owner, query } from '../../lib/api.mjs';
import { switchModules } from '../../lib/rows.mjs';

let who, one, other;
const call = (method, path, body) => ask(method, path, { token: who.token, body });
const create = (more) => call('POST', '/api/products', { principal_id: one.id, sku: 'A-1', name: 'Tea', ...more });

before(async () => {
	who = await owner('Products');
	await switchModules(who, true);
	[one, other] = await Promise.all(['One', 'Other'].map(async (name) => {
		const { json } = await call('POST', '/api/companies', { name });
		await call('PATCH', `/api/company_profiles/${json.id}`, { type: 'principal' });
		return json;
	}));
});

test('a SKU is unique per principal', async () => {
	assert.equal((await create()).status, 201);
	const again = await create({ name: 'Another' });
	assert.equal(again.status, 409, again.text);
	assert.ok(again.json.errors.sku, again.text);
	assert.equal((await create({ principal_id: other.id })).status, 201);
});

test('an invalid product is refused with a message that names the fault', async () => {
	for (const [field, value] of [['sku', ''], ['sku', ' A'], ['sku', 'x'.repeat(101)], ['name', ''], ['principal_id', 1],
		['unit', 'x'.repeat(51)]]) {
		const rs = await create({ sku: 'B', [field]: value });
		assert.equal(rs.status, 422, rs.text);
		assert.ok(rs.json.errors[field], rs.text);
	}
});

test('a product can be archived, but not deleted', async () => {
	const { json: made } = await create({ sku: 'C' });
	const rs = await call('DELETE', `/api/products/${made.id}`);
	assert.equal(rs.status, 405);
	const bulk = await call('POST', '/api/products/bulk', { ids: [made.id], delete: true });
	assert.equal(bulk.status, 422, bulk.text);
	const archived = await call('PATCH', `/api/products/${made.id}`, { archived_at: '2026-01-31T12:00:00Z' });
	assert.equal(archived.status, 200, archived.text);
	assert.ok(archived.json.updated_at > made.updated_at);
	const offered = await call('GET', `/api/products${query({ filter: { 'archived_at@is': null, sku: 'C' } })}`);
	assert.deepEqual(offered.json, []);
	const embedded = await call('GET', `/api/products${query({ filter: { sku: 'C' }, embed: ['principal'] })}`);
	assert.equal(embedded.json[0].principal.name, 'One');
});
