// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Price lists of principals, and the prices of products in them.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { ask, owner, query, untimed } from '../../lib/api.mjs';
import { switchModules } from '../../lib/rows.mjs';
import { member, owner as founder } from '../lib/people.mjs';

let who, one, other, stranger, theirs;
const call = (method, path, body, by = who) => ask(method, path, { token: by.token, body });
const add = async (path, body, by) => {
	const rs = await call('POST', path, body, by);
	assert.equal(rs.status, 201, rs.text);
	return rs.json;
};
async function principal(name, by) {
	const company = await add('/api/companies', { name }, by);
	assert.equal((await call('PATCH', `/api/company_profiles/${company.id}`, { is_principal: true }, by)).status, 200);
	return company;
}
const list = (more) => call('POST', '/api/price_lists', { principal_id: one.id, name: 'Retail', currency: 'EUR', ...more });
const product = (sku, principal_id = one.id) => add('/api/products', { principal_id, sku, name: sku });

before(async () => {
	who = await owner('Prices');
	stranger = await owner('Stranger');
	for (const by of [who, stranger])
		await switchModules(by, true);
	[one, other] = await Promise.all(['One', 'Other'].map((name) => principal(name)));
	const company = await principal('Theirs', stranger);
	theirs = { company, list: await add('/api/price_lists', { principal_id: company.id, name: 'x', currency: 'EUR' }, stranger),
		product: await add('/api/products', { principal_id: company.id, sku: 'x', name: 'x' }, stranger) };
});

test('price lists with the same name and currency must not overlap', async () => {
	const rs = await list({ valid_from: '2026-01-01', valid_to: '2026-06-30' });
	assert.equal(rs.status, 201, rs.text);
	for (const period of [{ valid_from: '2026-06-30' }, { valid_to: '2026-01-01' }, {}, { valid_from: '2026-02-01', valid_to: '2026-02-01' },
		{ valid_from: '2025-01-01', valid_to: '2027-01-01', name: 'RETAIL' }]) {
		const refused = await list(period);
		assert.equal(refused.status, 409, refused.text);
		assert.ok(refused.json.errors.valid_from, refused.text);
		assert.deepEqual(refused.json.existing, { resource: 'price_lists', id: rs.json.id, name: 'Retail, 2026-01-01 – 2026-06-30' });
	}
	for (const more of [{ valid_from: '2026-07-01' }, { valid_to: '2025-12-31' }, { currency: 'USD' }, { name: 'Wholesale' },
		{ principal_id: other.id }])
		assert.equal((await list(more)).status, 201, JSON.stringify(more));
	const moved = await call('PATCH', `/api/price_lists/${rs.json.id}`, { valid_to: '2026-07-01' });
	assert.equal(moved.status, 409, moved.text);
	assert.equal((await call('PATCH', `/api/price_lists/${rs.json.id}`, { valid_to: '2026-06-29' })).status, 200);
	const gap = await list({ valid_from: '2026-06-30', valid_to: '2026-06-30' });
	assert.equal(gap.status, 201, gap.text);
});

test('of many concurrent conflicting writes, one succeeds', async () => {
	const answers = await Promise.all(Array.from({ length: 8 }, (_, n) =>
		list({ name: 'Race', valid_from: `2026-01-0${n + 1}`, valid_to: '2026-12-31' })));
	assert.deepEqual(answers.map(({ status }) => status).sort(), [201, ...Array(7).fill(409)]);
});

test('an invalid price list is refused with a message that names the fault', async () => {
	for (const [field, value] of [['currency', 'eur'], ['currency', 'EURO'], ['currency', ''], ['currency', null], ['name', ' '], ['name', null],
		['name', 'x'.repeat(201)], ['principal_id', 1], ['principal_id', theirs.company.id], ['valid_to', '2025-12-31']]) {
		const rs = await list({ name: 'Wrong', valid_from: '2026-01-01', [field]: value });
		assert.equal(rs.status, 422, `${field} ${value}: ${rs.text}`);
		assert.ok(rs.json.errors[field], rs.text);
	}
	for (const [field, value] of [['valid_from', '2026-02-30'], ['valid_from', 'infinity'], ['currency', {}], ['principal_id', 'x']]) {
		const rs = await list({ name: 'Wrong', [field]: value });
		assert.equal(rs.status, 400, rs.text);
		assert.ok(rs.json.errors[field], rs.text);
	}
});

test('a price is for a product of the same principal, and unique for each quantity', async () => {
	const { json: { id: price_list_id } } = await list({ name: 'Items' });
	const [tea, foreign] = [await product('tea'), await product('foreign', other.id)];
	const price = (more) => call('POST', '/api/price_list_items', { price_list_id, product_id: tea.id, price: 1250, ...more });
	const made = await price();
	assert.equal(made.status, 201, made.text);
	assert.deepEqual([made.json.min_quantity, made.json.principal_id], [0, one.id]);
	assert.equal((await price({ min_quantity: 10, price: 1000 })).status, 201);
	const again = await price({ min_quantity: 10 });
	assert.equal(again.status, 409);
	assert.ok(again.json.errors.min_quantity, again.text);
	for (const [field, value] of [['price', -1], ['price', null], ['min_quantity', -1], ['product_id', foreign.id], ['product_id', 1],
		['product_id', theirs.product.id], ['price_list_id', 1], ['price_list_id', theirs.list.id]]) {
		const rs = await price({ min_quantity: 5, [field]: value });
		assert.equal(rs.status, 422, `${field} ${value}: ${rs.text}`);
		assert.ok(rs.json.errors[field], rs.text);
	}
	for (const [field, value] of [['price', 12.5], ['price', '1e3'], ['price', '9223372036854775808'], ['min_quantity', 'many']])
		assert.equal((await price({ min_quantity: 5, [field]: value })).status, 400, `${field} ${value}`);
	for (const path of [`/api/products/${tea.id}`, `/api/price_lists/${price_list_id}`]) {
		const moved = await call('PATCH', path, { principal_id: other.id });
		assert.equal(moved.status, 422, moved.text);
		assert.match(moved.json.errors.principal_id, /has prices/);
	}
	assert.equal((await call('PATCH', `/api/products/${foreign.id}`, { principal_id: one.id })).status, 200, 'without prices it moves');
	const embedded = await call('GET', `/api/price_list_items${query({ filter: { price_list_id }, sort: ['min_quantity', 'ASC'],
		embed: ['price_list', 'product'] })}`);
	assert.deepEqual(embedded.json.map((row) => [row.price, row.price_list.currency, row.product.sku]), [[1250, 'EUR', 'tea'], [1000, 'EUR', 'tea']]);
});

test('the prices of a product on a day are returned', async () => {
	const coffee = await product('coffee');
	const lists = {};
	for (const [name, currency, valid_from, valid_to] of [['A', 'EUR', '2026-01-01', '2026-06-30'], ['A', 'EUR', '2026-07-01', null],
		['B', 'USD', null, null]]) {
		const { json } = await list({ name: `Day ${name}`, currency, valid_from, valid_to });
		lists[`${name} ${valid_from}`] = json.id;
		for (const [min_quantity, price] of [[0, 100], [10, 90], [100, 80]])
			await add('/api/price_list_items', { price_list_id: json.id, product_id: coffee.id, min_quantity,
				price: price + (valid_from === '2026-07-01' ? 5 : 0) });
	}
	const prices = async (more) => (await call('GET', `/api/products/${coffee.id}/prices?${new URLSearchParams(more)}`)).json
		.map((row) => [row.price_list_id, row.currency, row.min_quantity, row.price]);
	assert.deepEqual(await prices({ on: '2026-06-30', currency: 'EUR' }), [[lists['A 2026-01-01'], 'EUR', 0, 100]]);
	assert.deepEqual(await prices({ on: '2026-06-30', currency: 'EUR', quantity: '9.9' }), [[lists['A 2026-01-01'], 'EUR', 0, 100]]);
	assert.deepEqual(await prices({ on: '2026-07-01', currency: 'EUR', quantity: '10' }), [[lists['A 2026-07-01'], 'EUR', 10, 95]]);
	assert.deepEqual((await prices({ on: '2025-12-31', quantity: '1000' })), [[lists['B null'], 'USD', 100, 80]]);
	assert.equal((await prices({ on: '2026-03-01' })).length, 2);
	assert.deepEqual(await prices({ currency: "EUR' OR true" }), []);
	for (const [name, value] of [['on', 'today'], ['on', '2026-02-30'], ['quantity', 'NaN'], ['quantity', '1e-']]) {
		const rs = await call('GET', `/api/products/${coffee.id}/prices?${name}=${value}`);
		assert.equal(rs.status, 400, rs.text);
		assert.ok(rs.json.errors[name], rs.text);
	}
	for (const id of [1, theirs.product.id])
		assert.equal((await call('GET', `/api/products/${id}/prices`)).status, 404);
});

test('prices go to the trash with their list, and are restored with it', async () => {
	const milk = await product('milk');
	const { json: made } = await list({ name: 'Gone', valid_from: '2026-01-01' });
	const item = await add('/api/price_list_items', { price_list_id: made.id, product_id: milk.id, price: 1 });
	assert.equal((await call('DELETE', `/api/price_lists/${made.id}`)).status, 200);
	assert.equal((await call('GET', `/api/price_list_items/${item.id}`)).status, 404);
	const { json: [root] } = await call('GET', `/api/trash${query({ filter: { row_id: made.id } })}`);
	const { json: taker } = await list({ name: 'Gone', valid_from: '2026-05-01' });
	const refused = await call('POST', `/api/trash/${root.id}/restore`, {});
	assert.equal(refused.status, 409, refused.text);
	assert.equal((await call('DELETE', `/api/price_lists/${taker.id}`)).status, 200);
	assert.equal((await call('POST', `/api/trash/${root.id}/restore`, {})).status, 200);
	assert.deepEqual(untimed((await call('GET', `/api/price_list_items/${item.id}`)).json), untimed(item));
});

test('a role that may not read products or lists cannot refer to them', async () => {
	const boss = await founder('prices-roles');
	await switchModules(boss, true);
	const send = async (path, body, by = boss) => by.browser.post(path, body);
	const { json: company } = await send('/api/companies', { name: 'Hidden' });
	await boss.browser.patch(`/api/company_profiles/${company.id}`, { is_principal: true });
	const { json: cup } = await send('/api/products', { principal_id: company.id, sku: 'c', name: 'c' });
	const { json: prices } = await send('/api/price_lists', { principal_id: company.id, name: 'l', currency: 'EUR' });
	await send('/api/auth/organization/create-role', { role: 'clerk', permission: { price_list_items: ['read', 'create'],
		price_lists: ['read', 'create'] } });
	await send('/api/auth/organization/create-role', { role: 'blind', permission: { price_list_items: ['read', 'create'], products: ['read'] } });
	const [clerk, blind] = [await member(boss, 'clerk'), await member(boss, 'blind')];
	for (const [by, field] of [[clerk, 'product_id'], [blind, 'price_list_id']]) {
		const rs = await send('/api/price_list_items', { price_list_id: prices.id, product_id: cup.id, price: 1 }, by);
		assert.equal(rs.status, 422, rs.text);
		assert.ok(rs.json.errors[field], rs.text);
	}
	const rs = await send('/api/price_lists', { principal_id: company.id, name: 'm', currency: 'EUR' }, clerk);
	assert.ok(rs.status === 422 && rs.json.errors.principal_id, rs.text);
});

test('the search finds products, and their history omits the times of changes', async () => {
	const { id } = await add('/api/products', { principal_id: one.id, sku: 'ZZ-77', name: 'Oolong', description: 'from Fujian' });
	for (const q of ['oolo', 'ZZ-77', 'fujian'])
		assert.deepEqual((await call('GET', `/api/products${query({ filter: { q } })}`)).json.map((row) => row.id), [id], q);
	const hits = await call('GET', '/api/search?q=oolong&types=products');
	assert.deepEqual(hits.json.map?.((hit) => [hit.resource, hit.id]) ?? hits.text, [['products', id]]);
	await switchModules(who, false);
	assert.equal((await call('GET', '/api/search?q=oolong')).text.includes('Oolong'), false);
	await switchModules(who, true);
	await call('PATCH', `/api/products/${id}`, { unit: 'kg' });
	const { json } = await call('GET', `/api/products/${id}/history`);
	assert.deepEqual(json[0].changes, { unit: { old: null, new: 'kg' } });
});
