// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Related rows in responses: the rows to which a row refers and the rows that refer to it, with options, at three levels.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { member, owner } from '../lib/people.mjs';

let who, resource, ids;
const good = async (asked, status = 200) => {
	const rs = await asked;
	assert.equal(rs.status, status, rs.text);
	return rs.json;
};
const make = (path, body, by = who) => good(by.browser.post(`/api/${path}`, body), 201);
const read = (path, embed, more = {}, by = who) => by.browser.get(`/api/${path}?${new URLSearchParams({
	embed: JSON.stringify(embed), ...Object.fromEntries(Object.entries(more).map(([name, value]) => [name, JSON.stringify(value)])) })}`);
const rows = (path, embed, more, by) => good(read(path, embed, more, by));

before(async () => {
	who = await owner('embed');
	({ resource } = await make('object_definitions', { label: 'Machine', plural: 'Machines' }));
	await make('field_definitions', { resource: 'deals', key: 'machine', label: 'Machine', kind: 'relation', refers: resource });
	const lathe = await make(resource, { name: 'Lathe' });
	const works = await make('companies', { name: 'Works', sector: 'industrials' }), bare = await make('companies', { name: 'Bare' });
	const ada = await make('contacts', { first_name: 'Ada', last_name: 'Lovelace', company_id: works.id });
	const deals = [];
	for (const [name, amount] of [['Small', 10], ['Large', 900], ['Middle', 50]])
		deals.push(await make('deals', { name, amount, stage: 'opportunity', company_id: works.id, custom: { machine: lathe.id } }));
	await make('tasks', { text: 'Call', type: 'call', contact_id: ada.id });
	ids = { works: works.id, bare: bare.id, ada: ada.id, deals: deals.map(({ id }) => id), lathe: lathe.id };
});

test('the rows that refer to a row are embedded, with fields, filter, order and limit', async () => {
	const [works, bare] = await rows('companies', ['deals'], { sort: ['id', 'ASC'], fields: ['name'] });
	assert.deepEqual(works.deals.map(({ name }) => name), ['Small', 'Large', 'Middle']);
	assert.deepEqual(works.deals[0], (({ id }) => id === ids.deals[0] && works.deals[0])(works.deals[0]));
	assert.deepEqual([works.name, bare], ['Works', { name: 'Bare', deals: [] }]);
	const alone = await good(who.browser.get(`/api/deals/${ids.deals[0]}`));
	assert.deepEqual(works.deals[0], alone);

	const embed = [{ deals: { fields: ['name', 'amount'], filter: { 'amount@gte': 20 }, sort: ['amount', 'DESC'], limit: 1 } }, { contacts: { fields: ['last_name'] } }];
	const expected = { name: 'Works', deals: [{ name: 'Large', amount: 900 }], contacts: [{ last_name: 'Lovelace' }] };
	const more = { fields: ['name'] };
	assert.deepEqual(await rows(`companies/${ids.works}`, embed, more), expected);
	assert.deepEqual((await rows('companies', embed, { ...more, filter: { id: [ids.works] } })), [expected]);
	assert.deepEqual((await good(who.browser.post(`/api/companies/get-many?${new URLSearchParams({ embed: JSON.stringify(embed), fields: '["name"]' })}`, { ids: [ids.works] }))), [expected]);
	// Filters of the list and of the embedded rows have separate values, also on later pages and with deleted rows.
	for (const params of [{ filter: { 'name@ilike': 'works', sector: 'industrials' } }, { filter: { 'name@ilike': 'works' }, range: [0, 0] }, { filter: { 'deals.any.amount': 900 } }])
		assert.deepEqual((await rows('companies', embed, { ...more, ...params })), [expected], JSON.stringify(params));
	const paged = await who.browser.get(`/api/companies?${new URLSearchParams({ embed: JSON.stringify(embed), fields: '["name"]', sort: '["name","ASC"]', range: '[1,1]', include: 'deleted' })}`);
	assert.deepEqual(paged.json.map(({ deleted_at: _, ...row }) => row), [expected]);
});

test('embedded rows embed rows, up to three levels', async () => {
	const [task] = await rows('tasks', [{ contact: { fields: ['last_name'], embed: [{ company: { fields: ['name'], embed: [{ deals: { fields: ['name'], sort: ['name', 'ASC'] } }] } }] } }], { fields: ['text'] });
	assert.deepEqual(task, { text: 'Call', contact: { last_name: 'Lovelace', company: { name: 'Works', deals: [{ name: 'Large' }, { name: 'Middle' }, { name: 'Small' }] } } });
	const deal = await rows(`deals/${ids.deals[0]}`, [{ 'custom.machine': { fields: ['name'] } }, { company: { fields: ['name'], filter: { name: 'Other' } } }, 'etag'], { fields: ['name'] });
	assert.deepEqual([deal.name, deal['custom.machine'], deal.company, typeof deal.etag], ['Small', { name: 'Lathe' }, null, 'string']);
	const nested = await rows(`companies/${ids.works}`, [{ deals: { fields: ['name'], limit: 1, embed: ['changed', 'etag', 'external_ids', { company: { fields: ['name'] } }] } }], { fields: ['id'] });
	assert.deepEqual(Object.keys(nested.deals[0]), ['name', 'company', 'changed', 'etag', 'external_ids']);
	const archive = await good(who.browser.get(`/api/companies/export?format=ndjson&${new URLSearchParams({ embed: '[{"deals":{"fields":["name"],"limit":2}}]', fields: '["name"]', filter: '{"name":"Works"}' })}`).then((rs) => ({ ...rs, json: JSON.parse(rs.text) })));
	assert.deepEqual(archive.deals, [{ name: 'Small' }, { name: 'Large' }]);
});

test('a wrong element of embed is refused and named', async () => {
	const four = { deals: { embed: [{ company: { embed: [{ deals: { embed: [{ company: {} }] } }] } }] } };
	for (const [embed, code, said] of [[['nothing'], 'no_such_field', /nothing/], [[{ nothing: {} }], 'no_such_field', /nothing/], [['contcts'], 'no_such_field', /first: contacts/], [[{ deals: { fiels: [] } }], 'embed_option', /fields/],
		[[{ deals: { limit: 'x' } }], 'embed_option', /limit/], [[{ deals: { limit: 0 } }], 'embed_limit', /100/], [[{ deals: { limit: 101 } }], 'embed_limit', /100/],
		[[{ deals: 5 }], 'embed_option', /deals/], [[{ deals: null }], 'embed_option', /deals/], [[5], 'no_such_field', /companies/], [[[]], 'no_such_field', /companies/],
		[[{ deals: { fields: ['nmae'] } }], 'no_such_field', /name/], [[{ deals: { fields: [] } }], 'empty', /fields/], [[{ deals: { filter: { nothing: 1 } } }], 'not_filtered', /nothing/],
		[[{ deals: { sort: ['custom', 'ASC'] } }], 'not_sorted', /deals/], [[{ deals: { sort: [] } }], 'sort_invalid', /./],
		[[four], 'embed_depth', /3/], [Array.from({ length: 21 }, () => 'deals'), 'embed_many', /20/], [['deals.any'], 'no_such_field', /deals/],
		[[{ "deals'": {} }], 'no_such_field', /deals/], [['audit_log'], 'no_such_field', /audit_log/], [['records'], 'no_such_field', /records/],
		[['deals', 'deals'], 'embed_twice', /deals/], [['sales', { sales: {} }], 'embed_twice', /sales/], [['deals.'], 'no_such_field', /deals/], [['custom->machine'], 'no_such_field', /machine/]]) {
		const rs = await read('companies', embed);
		assert.deepEqual([rs.status, rs.json.code], [400, code], `${JSON.stringify(embed)}: ${rs.text}`);
		assert.match(rs.text, said, JSON.stringify(embed));
	}
	const company = await read('deals', [{ company: { limit: 3 } }]);
	assert.deepEqual([company.status, company.json.code], [400, 'embed_option'], company.text);
});

test('embedded rows and fields are those that the caller may read', async () => {
	const role = async (name, permission) => {
		await good(who.browser.post('/api/auth/organization/create-role', { role: name, permission }));
		return member(who, name);
	};
	const blind = await role('blind', { companies: ['read'] });
	const refused = await read('companies', ['deals'], {}, blind);
	assert.ok([403, 422].includes(refused.status), refused.text);
	const own = await role('own', { companies: ['read'], deals: ['read:own', 'create'] });
	const mine = await make('deals', { name: 'Mine', stage: 'opportunity', company_id: ids.works }, own);
	const [seen] = await rows('companies', [{ deals: { fields: ['id'] } }], { filter: { id: [ids.works] }, fields: ['name'] }, own);
	assert.deepEqual(seen.deals, [{ id: mine.id }]);
	const narrow = await role('narrow', { companies: ['read'], deals: ['read'], 'deals.read': ['name', 'company_id'] });
	const [limited] = await rows('companies', ['deals'], { filter: { id: [ids.works] }, fields: ['name'] }, narrow);
	assert.ok(limited.deals.every((deal) => deal.name && !('amount' in deal)), JSON.stringify(limited));
	for (const embed of [[{ deals: { fields: ['amount'] } }], [{ deals: { filter: { amount: 900 } } }], [{ deals: { sort: ['amount', 'ASC'] } }]])
		assert.equal((await read('companies', embed, {}, narrow)).status, 400, JSON.stringify(embed));
	const stranger = await owner('stranger');
	assert.deepEqual(await rows('companies', ['deals', 'contacts'], {}, stranger), []);
});

test('a list is sorted by a field of the row to which its rows refer', async () => {
	const alpha = await make('companies', { name: 'Alpha', sector: 'energy' });
	await make('contacts', { last_name: 'First', company_id: alpha.id });
	await make('contacts', { last_name: 'Alone' });
	const names = async (sort, more = {}, by = who, resource = 'contacts') => (await good(by.browser.get(`/api/${resource}?${new URLSearchParams({
		sort: JSON.stringify(sort), fields: '["last_name"]', ...more })}`))).map(({ last_name }) => last_name);
	assert.deepEqual(await names(['company.name', 'ASC']), ['First', 'Lovelace', 'Alone']);
	assert.deepEqual(await names(['company.name', 'DESC']), ['Lovelace', 'First', 'Alone']);
	assert.deepEqual(await names(['company.sales.last_name', 'ASC'], { filter: '{"last_name":"First"}' }), ['First']);
	// Pages after a cursor continue the order.
	const pages = [];
	for (let path = `/api/contacts?${new URLSearchParams({ sort: '["company.name","ASC"]', fields: '["last_name"]', range: '[0,0]', after: '' })}`; path;) {
		const rs = await who.browser.get(path);
		assert.equal(rs.status, 200, rs.text);
		pages.push(...rs.json.map(({ last_name }) => last_name));
		path = /<([^>]*)>; rel="next"/.exec(rs.headers.link ?? '')?.[1];
	}
	assert.deepEqual(pages, ['First', 'Lovelace', 'Alone']);
	await make('field_definitions', { resource: 'companies', key: 'rank', label: 'Rank', kind: 'integer' });
	await good(who.browser.patch(`/api/companies/${alpha.id}`, { custom: { rank: 2 } }));
	await good(who.browser.patch(`/api/companies/${ids.works}`, { custom: { rank: 1 } }));
	assert.deepEqual(await names(['company.custom.rank', 'ASC']), ['Lovelace', 'First', 'Alone']);
	const deals = await rows('companies', [{ deals: { fields: ['name'], sort: ['custom.machine.name', 'ASC'], limit: 1 } }], { filter: { id: [ids.works] }, fields: ['name'] });
	assert.equal(deals[0].deals.length, 1);
	for (const name of ['company.nothing', 'nothing.name', 'company', 'deals.any.name', 'company.custom', 'company.nb_contacts', "company.name'"]) {
		const rs = await who.browser.get(`/api/contacts?${new URLSearchParams({ sort: JSON.stringify([name, 'ASC']) })}`);
		assert.deepEqual([rs.status, rs.json.code], [400, 'not_sorted'], `${name}: ${rs.text}`);
	}
	// The order does not reveal a field that the caller may not read, nor rows that the caller cannot see.
	await good(who.browser.post('/api/auth/organization/create-role', { role: 'nameless', permission: { contacts: ['read'], companies: ['read'], 'companies.read': ['sector'] } }));
	const nameless = await member(who, 'nameless');
	assert.equal((await nameless.browser.get(`/api/contacts?sort=["company.name","ASC"]`)).status, 400);
	assert.deepEqual(await names(['company.sector', 'ASC'], {}, nameless), ['First', 'Lovelace', 'Alone']);
	await good(who.browser.post('/api/auth/organization/create-role', { role: 'companyless', permission: { contacts: ['read'] } }));
	const companyless = await member(who, 'companyless');
	assert.ok((await companyless.browser.get(`/api/contacts?sort=["company.name","ASC"]`)).status >= 400);
});

test('limits to some rows of the related resource do not limit the list', async () => {
	await good(who.browser.post('/api/auth/organization/create-role', { role: 'part', permission: { contacts: ['read'], companies: ['read:own'] } }));
	const part = await member(who, 'part'), all = (await good(who.browser.get('/api/contacts'))).length;
	await make('field_definitions', { resource: 'companies', key: 'tier', label: 'Tier', kind: 'integer' });
	for (const query of [{}, { sort: '["company.custom.tier","ASC"]' }, { embed: '[{"company":{"fields":["name","custom.tier"]}}]' }, { filter: '{"company.@not":{"custom.tier":1}}' }]) {
		const found = await good(part.browser.get(`/api/contacts?${new URLSearchParams(query)}`));
		assert.equal(found.length, query.filter ? 0 : all, JSON.stringify(query));
	}
});

test('a list is sorted and embeds by the same relation, and a long chain of relations is refused', async () => {
	const first = await good(who.browser.get(`/api/deals?${new URLSearchParams({ sort: '["custom.machine","ASC"]', embed: '["custom.machine"]' })}`));
	assert.equal(first[0]['custom.machine'].name, 'Lathe');
	await make('field_definitions', { resource: 'companies', key: 'p', label: 'P', kind: 'relation', refers: 'companies' });
	const sorted = (levels) => who.browser.get(`/api/companies?${new URLSearchParams({ sort: JSON.stringify([`${'custom.p.'.repeat(levels)}name`, 'ASC']) })}`);
	assert.equal((await sorted(3)).status, 200);
	assert.equal((await sorted(4)).status, 400);
	assert.equal((await sorted(800)).status, 400);
});
