// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Custom fields whose values are computed from related rows, as the reader may read them.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { withoutNames } from '../lib/answers.mjs';
import { fill } from '../lib/database.mjs';
import { send } from '../lib/http.mjs';
import { member, owner } from '../lib/people.mjs';

let who, rich, poor;
const make = async (resource, row, by = who) => {
	const rs = await by.browser.post(`/api/${resource}`, row);
	assert.equal(rs.status, 201, rs.text);
	return rs.json;
};
const field = (resource, key, kind, more = {}) => make('field_definitions', { resource, key, kind, label: key, ...more });
const rollup = (resource, key, relation, fn, more = {}) => field(resource, key, 'rollup', { relation, function: fn, ...more });
const ask = (path, params = {}, by = who) => by.browser.get(`/api/${path}?${new URLSearchParams(Object.entries(params).map(([k, v]) => [k, JSON.stringify(v)]))}`);
const list = async (resource, params = {}, by = who) => {
	const rs = await ask(resource, { sort: ['id', 'ASC'], ...params }, by);
	assert.equal(rs.status, 200, rs.text);
	return rs.json;
};
const role = async (name, permission) => {
	const rs = await who.browser.post('/api/auth/organization/create-role', { role: name, permission });
	assert.equal(rs.status, 200, rs.text);
	return member(who, name);
};

before(async () => {
	who = await owner('rollups');
	rich = await make('companies', { name: 'Rich' });
	poor = await make('companies', { name: 'Poor' });
	for (const [company, stage, amount] of [[rich, 'won', 100], [rich, 'won', 50], [rich, 'opportunity', 7], [poor, 'opportunity', 3]])
		await make('deals', { name: `${stage} ${amount}`, company_id: company.id, stage, amount });
	await rollup('companies', 'won', 'deals', 'sum', { field: 'amount', condition: "stage = 'won'" });
	await rollup('companies', 'count', 'deals', 'count');
});

test('a rollup has the same value in rows, lists, filters, order, aggregates, exports and the catalogue', async () => {
	assert.deepEqual((await who.browser.get(`/api/companies/${rich.id}`)).json.custom, { won: 150, count: 3 });
	assert.deepEqual((await list('companies')).map(({ custom }) => custom), [{ won: 150, count: 3 }, { won: 0, count: 1 }]);
	assert.deepEqual((await list('companies', { filter: { 'custom.won@gt': 100 } })).map(({ name }) => name), ['Rich']);
	for (const [order, names] of [['ASC', ['Poor', 'Rich']], ['DESC', ['Rich', 'Poor']]])
		assert.deepEqual((await list('companies', { sort: ['custom.won', order] })).map(({ name }) => name), names);
	assert.deepEqual(await list('companies', { fields: ['name', 'custom.count'] }), [{ name: 'Rich', 'custom.count': 3 }, { name: 'Poor', 'custom.count': 1 }]);
	const [total] = (await ask('companies/aggregate', { values: ['sum:custom.won', 'max:custom.count'] })).json;
	assert.deepEqual([total['sum_custom.won'], total['max_custom.count']], [150, 3]);
	const grouped = await ask('companies/aggregate', { group: ['custom.count'] });
	assert.equal(grouped.status, 200, grouped.text);
	assert.deepEqual(grouped.json.map((g) => g['custom.count']).sort(), [1, 3]);
	assert.match((await who.browser.get('/api/companies/export?format=csv')).text, /Rich.*150/);
	assert.match((await who.browser.get('/api/companies/export?format=ndjson')).text, /"won": ?150/);
	const { json: catalogue } = await who.browser.get('/api/catalogue');
	const { kind, type, write, rules } = catalogue.companies.fields['custom.won'];
	assert.deepEqual([kind, type, write, rules], ['money', 'numeric', undefined, undefined]);
	const { json: api } = await who.browser.get('/api/openapi.json');
	assert.match(JSON.stringify(api), /"won":\{"type":\["number","string","null"\]/);
	const [deal] = await list('deals', { filter: { 'company.custom.won@gt': 100 }, embed: ['company'] });
	assert.equal(deal.company.custom.won, 150);
});

test('a rollup follows each change of the related rows, and cannot be written', async () => {
	const { id } = await make('deals', { name: 'more', company_id: poor.id, stage: 'won', amount: 5 });
	const of = async () => (await list('companies', { filter: { id: poor.id } }))[0].custom;
	assert.deepEqual(await of(), { won: 5, count: 2 });
	const rs = await who.browser.patch(`/api/companies/${poor.id}`, { custom: { won: 9 } });
	assert.deepEqual([rs.status, rs.json.custom], [200, { won: 5, count: 2 }], rs.text);
	assert.equal((await who.browser.delete(`/api/deals/${id}`)).status, 200);
	assert.deepEqual(await of(), { won: 0, count: 1 });
});

test('every function, over fields of an object, by a relation between objects', async () => {
	const { resource } = await make('object_definitions', { label: 'Machine', plural: 'Machines' });
	await field(resource, 'company', 'relation', { refers: 'companies' });
	await field(resource, 'power', 'integer');
	await field(resource, 'hours', 'number');
	await field(resource, 'built', 'date');
	await field(resource, 'checked', 'time');
	await field(resource, 'ratio', 'number', { formula: 'hours / power' });
	for (const [company, power, hours, built, checked] of [[rich, 2, 1, '2020-01-31', '2027-01-01T10:00:00Z'], [rich, 3, 2.5, '2021-01-31', '2026-01-01T10:00:00Z'], [poor, 0, 1]])
		await make(resource, { name: 'm', custom: { company: company.id, power, hours, built, checked } });
	const made = [['machines', 'count'], ['power', 'sum'], ['hours', 'avg'], ['built', 'min'], ['checked', 'max'], ['ratio', 'max']];
	for (const [of, fn] of made)
		await rollup('companies', `${fn}_${of}`, resource, fn, { field: of, digits: fn === 'max' && of === 'ratio' ? 2 : null });
	await rollup('companies', 'strong', resource, 'count', { condition: 'custom.power * 2 >= 5 and not empty(built)' });
	await rollup('companies', 'broken', resource, 'count', { condition: 'hours / power > 0' });
	const [first, second] = (await list('companies')).map(({ custom: { won, count, ...more } }) => more);
	assert.deepEqual(first, { count_machines: 2, sum_power: 5, avg_hours: 1.75, min_built: '2020-01-31', max_checked: '2027-01-01T10:00:00.000Z', max_ratio: 0.83, strong: 1, broken: 2 });
	assert.deepEqual(second, { count_machines: 1, sum_power: 0, avg_hours: 1, min_built: null, max_checked: null, max_ratio: '#division_by_zero', strong: 0, broken: '#division_by_zero' });
	for (const [filter, names] of [[{ 'custom.max_ratio@gt': 0 }, ['Rich']], [{ 'custom.broken': null }, ['Poor']], [{ 'custom.min_built@lt': '2020-02-01' }, ['Rich']]])
		assert.deepEqual((await list('companies', { filter })).map(({ name }) => name), names, JSON.stringify(filter));
	const [definition] = await list('field_definitions', { filter: { resource, key: 'company' } });
	assert.equal((await who.browser.patch(`/api/field_definitions/${definition.id}`, { is_indexed: true })).status, 200);
	assert.equal((await list('companies'))[0].custom.sum_power, 5, 'by the index');
	const [power] = await list('field_definitions', { filter: { resource, key: 'power' } });
	for (const { id } of [definition, power])
		assert.equal((await who.browser.delete(`/api/field_definitions/${id}`)).status, 409);
	const [object] = await list('object_definitions');
	assert.equal((await who.browser.delete(`/api/object_definitions/${object.id}`)).status, 200);
	const [lost] = await list('companies');
	assert.deepEqual([lost.custom.sum_power, lost.custom.won], ['#missing_field', 150]);
	assert.deepEqual(await list('companies', { filter: { 'custom.sum_power@gt': 0 } }), []);
	const { json: [kept] } = await ask('trash', { filter: { resource: 'object_definitions', row_id: object.id } });
	assert.equal((await who.browser.post(`/api/trash/${kept.id}/restore`)).status, 200);
	assert.equal((await list('companies'))[0].custom.sum_power, 5);
});

test('a condition has the same result as SQL and as an expression', async () => {
	const { resource } = await make('object_definitions', { label: 'Case', plural: 'Cases' }), { resource: parts } = await make('object_definitions', { label: 'Part', plural: 'Parts' });
	await field(parts, 'of', 'relation', { refers: resource });
	const fields = { word: 'text', n: 'number', day: 'date', at: 'time', done: 'boolean', pick: 'choice' };
	for (const [key, kind] of Object.entries(fields))
		await field(parts, key, kind, kind === 'choice' ? { choices: ['a', 'b'] } : {});
	const { id } = await make(resource, { name: 'x' });
	const rows = [{}, { word: 'a', n: 1, day: '2027-01-01', at: '2027-01-01T00:00:00Z', done: true, pick: 'a' }, { word: 'B', n: -2.5, day: '2026-06-30', at: '2026-06-30T12:00:00Z', done: false, pick: 'b' }, { word: '5', n: 0 }];
	for (const custom of rows)
		await make(parts, { name: 'p', custom: { ...custom, of: id } });
	const constants = { word: ["'a'", "''"], n: ['0', '1'], day: ["'2027-01-01'"], at: ["'2027-01-01'"], done: ['true', 'false'], pick: ["'b'"], name: ["'p'"] };
	const conditions = Object.entries(constants).flatMap(([key, some]) => [`empty(${key})`, `not empty(${key}) or n = 0`,
		...some.flatMap((c) => ['=', '<>', '<', '>', '<=', '>='].flatMap((op) => [`${key} ${op} ${c}`, `${c} ${op} ${key}`]))]);
	const [sql, tree] = [await rollup(resource, 'sql', parts, 'count'), await rollup(resource, 'tree', parts, 'count')];
	for (const condition of conditions) {
		// coalesce() is evaluated for each row.
		for (const [{ id: of }, text] of [[sql, condition], [tree, `coalesce(${condition}, false)`]])
			assert.equal((await who.browser.patch(`/api/field_definitions/${of}`, { condition: text })).status, 200, condition);
		const { json } = await who.browser.get(`/api/${resource}/${id}`);
		assert.equal(typeof json.custom.sql, 'number', condition);
		assert.equal(json.custom.sql, json.custom.tree, condition);
	}
	assert.ok(conditions.length > 90);
});

test('a definition that cannot be is refused', async () => {
	const refused = async (row, member, what = /./) => {
		const rs = await who.browser.post('/api/field_definitions', { resource: 'companies', label: 'x', kind: 'rollup', relation: 'deals', function: 'count', ...row });
		assert.equal(rs.status, 422, `${JSON.stringify(row)}: ${rs.text}`);
		assert.match(rs.json.errors?.[member] ?? '', what, rs.text);
	};
	await refused({ relation: null }, 'relation');
	await refused({ relation: 'nothing' }, 'relation', /nothing/);
	await refused({ relation: 'deals.contact_id' }, 'relation');
	await refused({ relation: 'custom_ghosts' }, 'relation');
	await refused({ relation: 'records' }, 'relation');
	await refused({ relation: 'sales.id' }, 'relation');
	await refused({ function: 'median' }, 'function');
	await refused({ function: 'sum' }, 'field');
	await refused({ function: 'sum', field: 'name' }, 'field', /number/);
	await refused({ function: 'sum', field: 'created_at' }, 'field');
	await refused({ function: 'sum', field: 'nothing' }, 'field');
	await refused({ condition: 'stage =' }, 'condition');
	await refused({ condition: 'nothing = 1' }, 'condition', /nothing/);
	await refused({ condition: "lookup('a', 'b')" }, 'condition', /lookup/);
	await refused({ formula: '1 + 1' }, 'formula');
	await refused({ is_unique: true }, 'is_unique');
	await refused({ is_indexed: true }, 'is_indexed');
	await refused({ resource: 'companies', kind: 'number', formula: 'won + 1', relation: null }, 'formula', /won/);
});

test('a reader has the sum of the deals that the reader may read, and none without the right to all of their fields', async () => {
	const own = await role('own_deals', { companies: ['read'], deals: ['read:own', 'create'] });
	await make('deals', { name: 'mine', company_id: rich.id, stage: 'won', amount: 1 }, own);
	assert.deepEqual((await list('companies', {}, own)).map(({ custom }) => [custom.won, custom.count]), [[1, 1], [0, 0]]);
	assert.deepEqual((await list('companies', { filter: { 'custom.won@gt': 1 } }, own)), []);
	const { json: { key } } = await who.browser.post('/api/auth/api-key/create', { name: 'x', permissions: { companies: ['read'] } });
	const byKey = await send('GET', '/api/companies', { headers: { 'x-api-key': key } });
	assert.deepEqual(byKey.json.map(({ custom }) => custom.won), [undefined, undefined], byKey.text);
	const blind = await role('no_deals', { companies: ['read', 'export'] }), narrow = await role('few_fields', { companies: ['read', 'export'], deals: ['read'], 'deals.read': ['name', 'amount', 'stage', 'company_id'] });
	for (const by of [blind, narrow]) {
		for (const { custom } of await list('companies', {}, by))
			assert.deepEqual([custom.won, custom.count], [undefined, undefined]);
		for (const [path, say] of [['companies', (key) => ({ filter: { [`custom.${key}@gt`]: 1 } })], ['companies', (key) => ({ sort: [`custom.${key}`, 'ASC'] })],
			['companies', (key) => ({ fields: [`custom.${key}`] })], ['companies/aggregate', (key) => ({ values: [`sum:custom.${key}`] })],
			['companies/aggregate', (key) => ({ group: [`custom.${key}`] })]]) {
			const [hidden, unknown] = [await ask(path, say('won'), by), await ask(path, say('nix'), by)];
			assert.ok(hidden.status >= 400 && hidden.status < 500, hidden.text);
			assert.equal(withoutNames(hidden).replaceAll('won', 'nix'), withoutNames(unknown));
			assert.doesNotMatch(unknown.text, /custom\.won/);
		}
		assert.doesNotMatch((await by.browser.get('/api/companies/export?format=csv')).text, /custom.won|won/);
		assert.equal((await by.browser.get('/api/catalogue')).json.companies.fields['custom.won'], undefined);
	}
});

test('a resource with many rows is read with rollups, but not filtered, sorted or aggregated by them', async () => {
	const many = await owner('many');
	const { json: made } = await many.browser.post('/api/field_definitions', { resource: 'companies', label: 'Deals', key: 'n', kind: 'rollup', relation: 'deals' });
	assert.equal(made.function, 'count');
	const add = (from, to) => fill(many.organization.id, 'INSERT INTO crm.companies (org_id, id, name) SELECT $1, i, i FROM generate_series($2::bigint, $3::bigint) i', many.organization.id, from, to);
	add(1, 20000);
	assert.equal((await ask('companies', { sort: ['custom.n', 'ASC'] }, many)).status, 200);
	add(20001, 20001);
	for (const [path, params] of [['companies', { sort: ['custom.n', 'ASC'] }], ['companies', { filter: { 'custom.n': 1 } }], ['companies/aggregate', { values: ['sum:custom.n'] }],
		['companies/aggregate', { group: ['custom.n'] }], ['deals', { filter: { 'company.custom.n': 1 } }]]) {
		const rs = await ask(path, params, many);
		assert.deepEqual([rs.status, rs.json.code], [400, 'rollup_too_many_rows'], rs.text);
	}
	assert.deepEqual((await list('companies', { fields: ['custom.n'], range: [0, 0] }, many)), [{ 'custom.n': 0 }]);
});
