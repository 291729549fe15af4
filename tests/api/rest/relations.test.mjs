// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Filters by the fields of other rows.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { member, owner } from '../lib/people.mjs';

let who;
const make = async (resource, row, by = who) => {
	const rs = await by.browser.post(`/api/${resource}`, row);
	assert.equal(rs.status, 201, rs.text);
	return rs.json;
};
const ask = (resource, filter, by = who, more = '') => by.browser.get(`/api/${resource}${more}?${new URLSearchParams({ filter: JSON.stringify(filter), sort: '["id","ASC"]' })}`);
const found = async (resource, filter, by = who) => {
	const rs = await ask(resource, filter, by);
	assert.equal(rs.status, 200, `${JSON.stringify(filter)}: ${rs.text}`);
	return rs.json.map(({ last_name, name, text }) => last_name ?? name ?? text);
};

before(async () => {
	who = await owner('relations');
	const acme = await make('companies', { name: 'Acme', sector: 'energy' }), works = await make('companies', { name: 'Works', sector: 'materials' });
	const ada = await make('contacts', { last_name: 'Ada', company_id: acme.id }), bob = await make('contacts', { last_name: 'Bob', company_id: works.id });
	await make('contacts', { last_name: 'Cid' });
	await make('tasks', { text: 'call', type: 'call', contact_id: ada.id });
	await make('tasks', { text: 'mail', type: 'email', contact_id: bob.id });
	await make('deals', { name: 'Big', stage: 'opportunity', amount: 900, company_id: acme.id });
	await make('deals', { name: 'Won', stage: 'won', amount: 50, company_id: acme.id });
	await make('deals', { name: 'Small', stage: 'opportunity', amount: 10, company_id: works.id });
	const { resource } = await make('object_definitions', { label: 'Machine', plural: 'Machines' });
	for (const [of, refers] of [[resource, 'companies'], ['contacts', resource]])
		await make('field_definitions', { resource: of, label: 'Of', key: 'of', kind: 'relation', refers });
	const lathe = await make(resource, { name: 'Lathe', custom: { of: acme.id } });
	await who.browser.patch(`/api/contacts/${bob.id}`, { custom: { of: lathe.id } });
});

test('a filter uses a field of the row to which a row refers', async () => {
	assert.deepEqual(await found('contacts', { 'company.sector': 'energy' }), ['Ada']);
	assert.deepEqual(await found('contacts', { 'company.name@ilike': 'o' }), ['Bob']);
	assert.deepEqual(await found('contacts', { company: { sector: ['energy', 'materials'], name: 'Works' } }), ['Bob']);
	assert.deepEqual(await found('contacts', { 'company.sector@neq': 'energy', last_name: 'Bob' }), ['Bob']);
	assert.deepEqual(await found('tasks', { 'contact.company.sector': 'energy' }), ['call']);
	assert.deepEqual(await found('contacts', { '@or': [{ 'company.sector': 'energy' }, { company_id: null }] }), ['Ada', 'Cid']);
	assert.deepEqual(await found('contacts', { company: {} }), ['Ada', 'Bob']);
});

test('a word of a pattern counts once, also in a field of a related row', async () => {
	const words = (n) => Array.from({ length: n }, () => 'o').join(' ');
	for (const name of ['company.name@ilike', 'company.deals.any.name@ilike']) {
		const ten = { [name]: words(10) };
		await found('contacts', { '@and': [ten, ten] });
		const rs = await ask('contacts', { '@and': [ten, ten, { [name]: words(1) }] });
		assert.equal(rs.json.code, 'too_many_pattern_words', `${name}: ${rs.text}`);
	}
});

test('a filter uses a field of the rows that refer to a row', async () => {
	assert.deepEqual(await found('companies', { 'deals.any.amount@gte': 100 }), ['Acme']);
	assert.deepEqual(await found('companies', { 'deals.any': { stage: 'won', 'amount@lt': 100 } }), ['Acme']);
	assert.deepEqual(await found('companies', { 'deals.any': { stage: 'won', 'amount@gt': 100 } }), []);
	assert.deepEqual(await found('companies', { 'deals.none.stage': 'won' }), ['Works']);
	assert.deepEqual(await found('contacts', { 'tasks.none': {} }), ['Cid']);
	assert.deepEqual(await found('companies', { 'contacts.any.tasks.any.type': 'email' }), ['Works']);
	assert.deepEqual(await found('contacts', { 'company.deals.any.name': 'Big' }), ['Ada']);
});

test('a filter uses a field of rows to which custom fields refer', async () => {
	assert.deepEqual(await found('custom_machines', { 'custom.of.name': 'Acme' }), ['Lathe']);
	assert.deepEqual(await found('custom_machines', { 'custom.of': { 'deals.any.stage': 'won' } }), ['Lathe']);
	assert.deepEqual(await found('contacts', { 'custom.of.name': 'Lathe' }), ['Bob']);
	assert.deepEqual(await found('contacts', { 'custom->of.custom.of.sector': 'energy' }), ['Bob']);
	assert.deepEqual(await found('contacts', { 'custom.of@not.is': null }), ['Bob']);
});

test('@not returns the rows that do not match, including rows without a value', async () => {
	assert.deepEqual(await found('contacts', { '@not': { 'company.sector': 'energy' } }), ['Bob', 'Cid']);
	assert.deepEqual(await found('companies', { '@not': { sector: 'energy', name: 'Acme' } }), ['Works']);
	assert.deepEqual(await found('contacts', { 'company.@not': { sector: 'energy' } }), ['Bob']);
});

test('counts, aggregates, exports, bulk changes and saved views accept such filters', async () => {
	const filter = { 'company.sector': 'energy' };
	assert.equal((await ask('contacts', filter)).headers['content-range'], 'contacts 0-0/1');
	const sums = await who.browser.get(`/api/deals/aggregate?${new URLSearchParams({ filter: JSON.stringify(filter), values: '["sum:amount"]' })}`);
	assert.equal(sums.json[0].sum_amount, 950, sums.text);
	assert.match((await who.browser.get(`/api/contacts/export?${new URLSearchParams({ format: 'csv', filter: JSON.stringify(filter) })}`)).text, /Ada/);
	const view = await make('views', { resource: 'contacts', name: 'Energy', filters: filter });
	assert.deepEqual((await who.browser.get(`/api/contacts?view=${view.id}`)).json.map(({ last_name }) => last_name), ['Ada']);
});

test('a path that is not a relation is refused', async () => {
	for (const [resource, filter] of [['contacts', { 'company.nothing': 1 }], ['contacts', { 'nothing.name': 1 }], ['contacts', { company: 5 }], ['contacts', { company: null }],
		['companies', { 'deals.all.name': 'x' }], ['companies', { 'deals.name': 'x' }], ['companies', { 'deals.any': 5 }], ['contacts', { 'company.q': 'x' }],
		['contacts', { 'company.sector@odd': 'x' }], ['tasks', { 'companies.any.name': 'x' }], ['contacts', { 'last_name.x': 1 }], ['contacts', { '@not': 5 }],
		['contacts', { 'company.contacts.any.company.contacts.any.company.name': 'x' }], ['audit_log', { 'sales.last_name': 'x' }], ['contacts', { "company.name'": 'x' }]]) {
		const rs = await ask(resource, filter);
		assert.equal(rs.status, 400, `${JSON.stringify(filter)}: ${rs.status} ${rs.text}`);
	}
});

test('a role that may not read the related rows or their field cannot filter by them', async () => {
	for (const [role, permission] of Object.entries({
		people: { contacts: ['read'] },
		part: { contacts: ['read'], companies: ['read'], 'companies.read': ['name'] },
		own: { contacts: ['read'], companies: ['read:own'] },
	})) {
		const rs = await who.browser.post('/api/auth/organization/create-role', { role, permission });
		assert.equal(rs.status, 200, rs.text);
	}
	const people = await member(who, 'people'), part = await member(who, 'part'), own = await member(who, 'own');
	assert.equal((await ask('contacts', { 'company.sector': 'energy' }, people)).status, 422);
	assert.equal((await ask('contacts', { 'deals.any.amount@gt': 1 }, people)).status, 400);
	assert.equal((await ask('contacts', { 'company.deals.any.amount@gt': 1 }, part)).status, 422);
	assert.equal((await ask('contacts', { 'company.sector': 'energy' }, part)).status, 400);
	assert.deepEqual(await found('contacts', { 'company.name': 'Acme' }, part), ['Ada']);
	assert.deepEqual(await found('contacts', { 'company.sector': 'energy' }, own), []);
	assert.deepEqual(await found('contacts', { 'company.sector@neq': 'energy' }, own), []);
	const other = await owner('relations-other');
	assert.deepEqual(await found('contacts', { 'company.sector': 'energy' }, other), []);
});

// Wrong members, and what puts a filter around them. Each is a function of the wrong member's name and value.
const WRONG = [['colour', 1], ['name@near', 1], ['id', 'x'], ['id@in', 'x'], ['name@is', 'x'], ['@or', 5], ['@and', []], ['@or', [5], '@or.0'], ['@not', 'x'], ['custom.none', 1], ['company_id.x', 1]];
const AROUND = [
	['companies', '', (f) => f],
	['companies', '@not.', (f) => ({ '@not': f })],
	['companies', '@or.', (f) => ({ '@or': { name: 'x', ...f } })],
	['companies', '@or.1.', (f) => ({ '@or': [{ name: 'x' }, f] })],
	['companies', '@and.0.@not.', (f) => ({ '@and': [{ '@not': f }, { id: 1 }] })],
	['contacts', 'company.', (f) => ({ company: f })],
	['contacts', 'company.', (f) => Object.fromEntries(Object.entries(f).map(([name, value]) => [`company.${name}`, value]))],
	['deals', '@or.0.company.', (f) => ({ '@or': [{ company: f }] })],
	['contacts', 'custom.of.custom.of.', (f) => ({ 'custom.of': { 'custom.of': f } })],
	['contacts', 'custom.of.custom.of.', (f) => Object.fromEntries(Object.entries(f).map(([name, value]) => [`custom.of.custom.of.${name}`, value]))],
	['tasks', 'contact.company.', (f) => ({ 'contact.company': f })],
];

test('the refusal of a wrong member names its path in the filter, also in embed', async () => {
	const paths = [];
	let tried = 0;
	for (const [name, value, end = name] of WRONG)
		for (const [resource, begin, around] of AROUND) {
			const filter = around({ [name]: value }), embedded = (inner) => `/api/companies?${new URLSearchParams({ embed: JSON.stringify(inner) })}`;
			const tries = [[ask(resource, filter), `${begin}${end}`]];
			if (resource === 'contacts')
				tries.push([who.browser.get(embedded([{ contacts: { filter } }])), `embed.0.contacts.filter.${begin}${end}`]);
			if (resource === 'deals')
				tries.push([who.browser.get(embedded(['contacts', { deals: { filter } }])), `embed.1.deals.filter.${begin}${end}`]);
			if (resource === 'tasks')
				tries.push([who.browser.get(embedded([{ contacts: { embed: [{ tasks: { filter } }] } }])), `embed.0.contacts.embed.0.tasks.filter.${begin}${end}`]);
			for (const [sent, path] of tries) {
				const rs = await sent;
				tried++;
				if (rs.status !== 400 || !rs.json.errors?.[path]?.startsWith(`${path}: `) || rs.json.detail !== rs.json.errors[path])
					paths.push(`${path}: ${rs.status} ${rs.text}`);
			}
		}
	assert.deepEqual(paths, []);
	assert.ok(tried > 150, `${tried}`);
	for (const [options, path] of [[{ limit: 0 }, 'limit'], [{ sort: ['colour', 'ASC'] }, 'sort'], [{ fields: ['colour'] }, 'fields'], [{ colour: 1 }, 'colour'],
		[{ filter: 5 }, 'filter'], [{ filter: { 'name@ilike': 'a b c', '@or': Array(9).fill({ 'name@ilike': 'a b c' }) } }, 'filter'], [{ embed: ['colour'] }, 'embed']]) {
		const rs = await who.browser.get(`/api/companies?${new URLSearchParams({ embed: JSON.stringify([{ deals: options }]) })}`);
		assert.deepEqual([rs.status, Object.keys(rs.json.errors)], [400, [`embed.0.deals.${path}`]], rs.text);
	}
});
