// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Custom fields whose values are computed from other fields.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { member, owner } from '../lib/people.mjs';

let who;
const make = async (resource, row, by = who) => {
	const rs = await by.browser.post(`/api/${resource}`, row);
	assert.equal(rs.status, 201, rs.text);
	return rs.json;
};
const field = (resource, key, kind, more = {}) => make('field_definitions', { resource, key, kind, label: key, ...more });
const change = async (path, body) => {
	const rs = await who.browser.patch(`/api/${path}`, body);
	assert.equal(rs.status, 200, rs.text);
	return rs.json;
};
const list = async (resource, filter = {}, by = who) => (await by.browser.get(`/api/${resource}?${new URLSearchParams({ filter: JSON.stringify(filter), sort: '["id","ASC"]' })}`)).json;
const refused = async (row, status, what) => {
	const rs = await who.browser.post('/api/field_definitions', { resource: 'deals', label: 'x', kind: 'number', ...row });
	assert.equal(rs.status, status, `${JSON.stringify(row)}: ${rs.text}`);
	assert.match(rs.json.errors?.formula ?? rs.json.detail, what);
};

before(async () => {
	who = await owner('formulas');
});

test('a formula has exact values in rows, filters, sorts, aggregates and exports, and is updated with each change', async () => {
	await make('deals', { name: 'Before', stage: 'opportunity', amount: 100 });
	await field('deals', 'cost', 'money');
	await field('deals', 'margin', 'money', { formula: 'amount - coalesce(cost, 0)', is_indexed: true });
	await field('deals', 'share', 'number', { formula: 'margin / amount * 100', digits: 1 });
	await field('deals', 'size', 'text', { formula: "if(margin > 500, 'large', 'small')" });
	const [before] = await list('deals');
	assert.deepEqual(before.custom, { margin: 100, share: 100, size: 'small' }, 'rows from before');
	const { id, custom } = await make('deals', { name: 'Big', stage: 'opportunity', amount: 1000, custom: { cost: 0.1, margin: 7 } });
	assert.deepEqual(custom, { cost: 0.1, margin: 999.9, share: 100, size: 'large' });
	assert.equal((await change(`deals/${id}`, { amount: 300 })).custom.margin, 299.9);
	assert.deepEqual((await change(`deals/${id}`, { custom: { cost: 100, margin: 1 } })).custom, { cost: 100, margin: 200, share: 66.7, size: 'small' });
	assert.deepEqual((await list('deals', { 'custom.margin@gt': 150 })).map(({ name }) => name), ['Big']);
	const rs = await who.browser.get(`/api/deals/aggregate?${new URLSearchParams({ values: '["sum:custom.margin"]' })}`);
	assert.equal(rs.json[0]['sum_custom.margin'], 300, rs.text);
	const csv = await who.browser.get('/api/deals/export?format=csv');
	assert.match(csv.text, /200/);
	const { json: catalogue } = await who.browser.get('/api/catalogue');
	assert.deepEqual([catalogue.deals.fields['custom.margin'].write, catalogue.deals.fields['custom.cost'].write], [undefined, 'always']);
});

test('a changed formula is computed for all rows, and so are the formulas that refer to it', async () => {
	const [margin] = await list('field_definitions', { resource: 'deals', key: 'margin' });
	await change(`field_definitions/${margin.id}`, { formula: 'amount * 2' });
	assert.deepEqual((await list('deals')).map(({ custom }) => [custom.margin, custom.share]), [[200, 200], [600, 200]]);
	await change(`field_definitions/${margin.id}`, { formula: 'amount - coalesce(cost, 0)' });
});

test('an error is a value with a name, and filters treat it as no value', async () => {
	const { resource } = await make('object_definitions', { label: 'Ratio', plural: 'Ratios' });
	for (const key of ['a', 'b'])
		await field(resource, key, 'number');
	await field(resource, 'word', 'text');
	await field(resource, 'ratio', 'number', { formula: 'a / b' });
	await field(resource, 'sum', 'number', { formula: 'a + word' });
	await field(resource, 'after', 'date', { formula: 'add_days(word, a)' });
	await field(resource, 'twice', 'number', { formula: 'ratio * 2' });
	const row = await make(resource, { name: 'x', custom: { a: 1, b: 0, word: 'soon' } });
	assert.deepEqual(row.custom, { a: 1, b: 0, word: 'soon', ratio: '#division_by_zero', sum: '#not_a_number', after: '#not_of_date_format', twice: '#not_a_number' });
	const good = await make(resource, { name: 'y', custom: { a: 1, b: 3, word: '2027-02-27' } });
	assert.deepEqual([good.custom.ratio, good.custom.after, good.custom.sum], [0.3333333333, '2027-02-28', '#not_a_number']);
	assert.deepEqual((await make(resource, { name: 'z' })).custom, { ratio: null, sum: null, after: null, twice: null });
	assert.deepEqual((await list(resource, { 'custom.ratio@gt': 0 })).map(({ name }) => name), ['y']);
	assert.deepEqual((await list(resource, { 'custom.ratio': null })).map(({ name }) => name), ['x', 'z']);
});

test('neither an error nor a missing value has an index row', async () => {
	const { resource } = await make('object_definitions', { label: 'Test', plural: 'Tests' });
	for (const [key, kind] of [['a', 'number'], ['b', 'number'], ['word', 'text']])
		await field(resource, key, kind);
	await field(resource, 'ratio', 'number', { formula: 'a / b', is_indexed: true });
	await field(resource, 'day', 'date', { formula: 'date(word)', is_indexed: true });
	await field(resource, 'whole', 'integer', { formula: 'a * 999999999999999999' });	// out of range if a is at least 2
	for (const custom of [{ a: 1, b: 0 }, { a: 2, b: 0, word: 'soon' }, { a: 3, b: 2, word: '2027-01-31' }, {}, {}])
		await make(resource, { name: String(custom.a), custom });
	// Two errors do not count as equal values.
	await field(resource, 'sole', 'number', { formula: 'a / b * 2', is_unique: true });
	await make(resource, { name: 'more', custom: { a: 7, b: 0 } });
	assert.equal((await who.browser.post(`/api/${resource}`, { name: 'taken', custom: { a: 6, b: 4 } })).status, 409);
	for (const filter of [{ 'custom.ratio@gt': 1 }, { 'custom.day@gt': '2027-01-01' }, { 'custom.sole': 3 }, { 'custom.ratio': 1.5, 'custom.whole': null }])
		assert.deepEqual((await list(resource, filter)).map(({ name }) => name), ['3'], JSON.stringify(filter));
});

test('a formula uses columns that triggers set, and restored rows and definitions are computed', async () => {
	const { resource } = await make('object_definitions', { label: 'Item', plural: 'Items' });
	await field(resource, 'n', 'number');
	await field(resource, 'owner', 'text', { formula: 'sales_id' });
	const twice = await field(resource, 'twice', 'number', { formula: 'n * 2' });
	const { id, sales_id, custom } = await make(resource, { name: 'x', custom: { n: 1 } });
	assert.deepEqual(custom, { n: 1, owner: String(sales_id), twice: 2 });
	const restore = async (of, row) => {
		const [kept] = await list('trash', { resource: of, row_id: row });
		assert.equal((await who.browser.post(`/api/trash/${kept.id}/restore`)).status, 200);
		return (await list(resource))[0].custom.twice;
	};
	assert.equal((await who.browser.delete(`/api/field_definitions/${twice.id}`)).status, 200);
	await change(`${resource}/${id}`, { custom: { n: 10 } });
	assert.equal(await restore('field_definitions', twice.id), 20);
	assert.equal((await who.browser.delete(`/api/${resource}/${id}`)).status, 200);
	await change(`field_definitions/${twice.id}`, { formula: 'n * 3' });
	assert.equal(await restore('records', id), 30);
});

test('the formulas of a merged contact use the merged values', async () => {
	await field('contacts', 'points', 'integer');
	await field('contacts', 'about', 'text', { formula: "title & ' ' & points" });
	const winner = await make('contacts', { last_name: 'Win', title: 'Dr' }), loser = await make('contacts', { last_name: 'Lose', custom: { points: 5 } });
	const rs = await who.browser.post('/api/merge_contacts', { winnerId: winner.id, loserId: loser.id });
	assert.equal(rs.status, 200, rs.text);
	assert.deepEqual((await list('contacts', { id: winner.id }))[0].custom, { points: 5, about: 'Dr 5' });
});

test('an invalid formula is refused', async () => {
	await refused({ formula: 'nothing + 1' }, 422, /nothing/);
	await refused({ formula: 'amount +' }, 422, /./);
	await refused({ resource: 'contacts', formula: 'nb_tasks + 1' }, 422, /nb_tasks/);	// nb_tasks is not a column of the table
	await refused({ formula: 'evil(amount)' }, 422, /evil/);
	await refused({ formula: "today()", kind: 'date' }, 422, /today/);
	await refused({ formula: "field('am' & 'ount')" }, 422, /field/);
	await refused({ formula: 'amount', kind: 'choice', choices: ['a'] }, 422, /kind/);
	await refused({ key: 'own', formula: 'custom.own + 1' }, 422, /own/);
	await refused({ formula: '('.repeat(100) + '1' + ')'.repeat(100) }, 422, /./);
	await refused({ formula: "1; DROP TABLE crm.deals" }, 422, /./);
	const [cost] = await list('field_definitions', { resource: 'deals', key: 'cost' }), [margin] = await list('field_definitions', { resource: 'deals', key: 'margin' });
	for (const [path, body, status] of [[margin.id, { formula: 'share + 1' }, 422], [margin.id, { formula: null }, 422], [cost.id, { formula: 'amount' }, 422]])
		assert.equal((await who.browser.patch(`/api/field_definitions/${path}`, body)).status, status, JSON.stringify(body));
	assert.equal((await who.browser.delete(`/api/field_definitions/${cost.id}`)).status, 409);
});

test('a formula that uses a field that a role cannot read is hidden from the role', async () => {
	const rs = await who.browser.post('/api/auth/organization/create-role', { role: 'shop', permission: { deals: ['read', 'update'],
		'deals.read': ['name', 'amount', 'custom.margin', 'custom.share', 'custom.size'] } });
	assert.equal(rs.status, 200, rs.text);
	const shop = await member(who, 'shop');
	assert.deepEqual((await list('deals', {}, shop)).map(({ custom }) => custom), [{}, {}], 'margin tells cost');
	assert.equal((await shop.browser.get('/api/deals?filter={"custom.margin@gt":1}')).status, 400);
	assert.equal((await shop.browser.get('/api/deals?sort=["custom.share","ASC"]')).status, 400);
	const changed = await shop.browser.patch(`/api/deals/${(await list('deals'))[0].id}`, { amount: 50 });
	assert.equal(changed.status, 200, changed.text);
	assert.equal((await list('deals'))[0].custom.margin, 50);
});

test('a field whose key equals a hidden column does not reveal it, and nested formulas inherit their inputs', async () => {
	await field('companies', 'revenue', 'text');
	await field('companies', 'told', 'text', { formula: 'revenue' });
	await make('companies', { name: 'Rich', revenue: 'secret', custom: { revenue: 'open' } });
	const { resource } = await make('object_definitions', { label: 'Chain', plural: 'Chains' });
	for (const key of ['secret', 'open'])
		await field(resource, key, 'number');
	const first = await field(resource, 'first', 'number', { formula: 'open' }), last = await field(resource, 'last', 'number', { formula: 'open' });
	await field(resource, 'middle', 'number', { formula: 'first' });
	await change(`field_definitions/${last.id}`, { formula: 'middle' });
	await change(`field_definitions/${first.id}`, { formula: 'secret' });
	await make(resource, { name: 'x', custom: { secret: 42, open: 1 } });
	const rs = await who.browser.post('/api/auth/organization/create-role', { role: 'outside', permission: { companies: ['read'], [resource]: ['read'],
		'companies.read': ['name', 'custom.revenue', 'custom.told'], [`${resource}.read`]: ['name', 'custom.open', 'custom.first', 'custom.middle', 'custom.last'] } });
	assert.equal(rs.status, 200, rs.text);
	const outside = await member(who, 'outside');
	assert.deepEqual((await list('companies', {}, outside)).map(({ custom }) => custom), [{ revenue: 'open' }]);
	assert.deepEqual((await list(resource, {}, outside)).map(({ custom }) => custom), [{ open: 1 }]);
});
