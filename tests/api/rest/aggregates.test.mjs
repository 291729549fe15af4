// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Aggregates: order, pages, conditions on groups, fields of related rows, time zones, and refused requests.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { ask, owner, query } from '../../lib/api.mjs';
import { rowsOf } from '../../lib/rows.mjs';
import { member, owner as founder } from '../lib/people.mjs';

let who, other;

before(async () => {
	who = await owner('Aggregates');
	other = await owner('Others');
	const companies = {};
	for (const [name, sector] of [['Acme', 'energy'], ['Bolt', 'energy'], ['Cog', 'utilities']])
		companies[name] = (await ask('POST', '/api/companies', { token: who.token, body: { name, sector } })).json.id;
	for (const [name, stage, amount, company, at] of [['a', 'won', 10, 'Acme', '2026-01-31T23:30:00Z'], ['b', 'won', 15, 'Bolt', '2026-02-01T12:00:00Z'],
		['c', 'opportunity', 7, 'Cog', '2026-02-03T00:00:00Z'], ['d', 'lost', 40, 'Cog', null], ['e', 'lost', 2, null, null]]) {
		const rs = await ask('POST', '/api/deals', { token: who.token, body: { name, stage, amount, company_id: companies[company] ?? null, archived_at: at } });
		assert.equal(rs.status, 201, rs.text);
	}
	await rowsOf(other, 'others');
});

const get = (parameters, resource = 'deals', by = who) => ask('GET', `/api/${resource}/aggregate${query(parameters)}`, { token: by.token });
async function answer(...words) {
	const rs = await get(...words);
	assert.equal(rs.status, 200, rs.text);
	return rs.json;
}
const sums = { group: ['stage'], values: ['count', 'sum:amount'] };

test('groups are ordered by sort, and then by the group fields', async () => {
	const stages = async (parameters) => (await answer({ ...sums, ...parameters })).map(({ stage }) => stage);
	assert.deepEqual(await stages({}), ['lost', 'opportunity', 'won']);
	assert.deepEqual(await stages({ sort: ['sum_amount', 'DESC'] }), ['lost', 'won', 'opportunity']);
	assert.deepEqual(await stages({ sort: ['sum_amount', 'ASC'] }), ['opportunity', 'won', 'lost']);
	assert.deepEqual(await stages({ sort: ['count', 'DESC'] }), ['lost', 'won', 'opportunity']);
	assert.deepEqual(await stages({ sort: ['stage', 'DESC'] }), ['won', 'opportunity', 'lost']);
	// Nulls are sorted last.
	const [first] = await answer({ group: ['archived_at:month'], sort: ['archived_at_month', 'DESC'] });
	assert.deepEqual(first, { archived_at_month: '2026-02-01', count: 2 });
});

test('a page of groups contains the total number of groups', async () => {
	const page = async (range) => {
		const rs = await get({ ...sums, sort: ['sum_amount', 'DESC'], range });
		assert.equal(rs.status, 200, rs.text);
		return [rs.json.map(({ stage }) => stage), rs.headers['content-range']];
	};
	assert.deepEqual(await page([0, 1]), [['lost', 'won'], 'deals 0-1/3']);
	assert.deepEqual(await page([2, 9]), [['opportunity'], 'deals 2-2/3']);
	assert.deepEqual(await page([3, 4]), [[], 'deals */3']);
	assert.equal((await get(sums)).headers['content-range'], undefined);
});

test('having selects groups by their values', async () => {
	const stages = async (having, more) => (await answer({ ...sums, having, ...more })).map(({ stage }) => stage);
	assert.deepEqual(await stages({ 'sum_amount@gte': 25 }), ['lost', 'won']);
	assert.deepEqual(await stages({ 'sum_amount@lt': 42, 'count@gt': 1 }), ['won']);
	assert.deepEqual(await stages({ count: 1 }), ['opportunity']);
	assert.deepEqual(await stages({ 'count@neq': 1 }), ['lost', 'won']);
	assert.deepEqual(await stages({ 'sum_amount@lte': 25 }, { sort: ['sum_amount', 'ASC'], range: [0, 0] }), ['opportunity']);
	assert.equal((await get({ ...sums, having: { 'count@gt': 1 }, range: [0, 0] })).headers['content-range'], 'deals 0-0/2');
});

test('rows are grouped by a field of the row to which they refer', async () => {
	assert.deepEqual(await answer({ group: ['company.sector'], values: ['sum:amount'] }), [
		{ 'company.sector': 'energy', sum_amount: 25 }, { 'company.sector': 'utilities', sum_amount: 47 }, { 'company.sector': null, sum_amount: 2 }]);
	const [top] = await answer({ group: ['company.name', 'stage'], values: ['sum:amount'], sort: ['sum_amount', 'DESC'], range: [0, 0] });
	assert.deepEqual(top, { 'company.name': 'Cog', stage: 'lost', sum_amount: 40 });
	const years = await answer({ group: ['company.created_at:year'] });
	assert.deepEqual(years.map((g) => [typeof g['company.created_at_year'], g.count]), [['string', 4], ['object', 1]]);
	assert.ok(!JSON.stringify(await answer({ group: ['company.name'] }, 'deals', other)).includes('Cog'));
	// A key requires both permissions.
	for (const [permissions, status] of [[{ deals: ['read'] }, 403], [{ deals: ['read'], companies: ['read'] }, 200]]) {
		const { key } = (await ask('POST', '/api/auth/api-key/create', { token: who.token, body: { permissions } })).json;
		const rs = await ask('GET', `/api/deals/aggregate${query({ group: ['company.sector'] })}`, { headers: { 'x-api-key': key } });
		assert.equal(rs.status, status, rs.text);
	}
});

test('groups are custom fields of related rows, and fields of the rows to which custom fields refer', async () => {
	const boss = await founder('related');
	const post = async (resource, body) => {
		const rs = await boss.browser.post(`/api/${resource}`, body);
		assert.equal(rs.status, 201, rs.text);
		return rs.json;
	};
	const ships = (await post('object_definitions', { label: 'Ship', plural: 'Ships' })).resource;
	const define = (resource, key, kind, more = {}) => post('field_definitions', { resource, key, label: key, kind, ...more });
	await define('companies', 'region', 'text');
	await define('companies', 'since', 'date', { is_indexed: true });
	await define('companies', 'hidden', 'text');
	await define('companies', 'deals', 'rollup', { relation: 'deals', function: 'count' });
	await define('deals', 'ship', 'relation', { refers: ships });
	await define(ships, 'flag', 'choice', { choices: ['FR', 'CH'] });
	const company = (name, region, since) => post('companies', { name, custom: { region, since, hidden: 'secret' } });
	const [north, south] = [await company('N', 'north', '2026-01-31'), await company('S', 'south', '2026-02-01')];
	const one = await post(ships, { name: 'Aurora', custom: { flag: 'FR' } });
	for (const [company_id, amount, ship] of [[north.id, 1, one.id], [north.id, 2], [south.id, 4, one.id], [undefined, 8]])
		await post('deals', { name: 'x', stage: 'won', amount, company_id, ...ship && { custom: { ship } } });
	const seen = (parameters, by = boss) => by.browser.get(`/api/deals/aggregate${query(parameters)}`);
	const groups = async (group, more = {}) => {
		const rs = await seen({ group, values: ['sum:amount'], ...more });
		assert.equal(rs.status, 200, rs.text);
		return rs.json.map((row) => Object.values(row));
	};
	assert.deepEqual(await groups(['company.custom.region']), [['north', 3], ['south', 4], [null, 8]]);
	assert.deepEqual(await groups(['company.custom.region'], { sort: ['company.custom.region', 'DESC'], filter: { 'company.custom.region@in': ['north', 'south'] } }),
		[['south', 4], ['north', 3]]);
	assert.deepEqual(await groups(['company.custom.since:month', 'stage']), [['2026-01-01', 'won', 3], ['2026-02-01', 'won', 4], [null, 'won', 8]]);
	assert.deepEqual(await groups(['company.custom.deals']), [[1, 4], [2, 3], [null, 8]]);
	assert.deepEqual(await groups(['custom.ship.name']), [['Aurora', 5], [null, 10]]);
	assert.deepEqual(await groups(['custom.ship.custom.flag', 'company.custom.region']), [['FR', 'north', 1], ['FR', 'south', 4], [null, 'north', 2], [null, null, 8]]);
	for (const group of ['company.custom.nope', 'company.custom', 'company.custom.', 'custom.ship.nope', 'contacts.any.name', 'company.custom.region:month'])
		assert.deepEqual(Object.keys((await seen({ group: [group] })).json.errors), ['group'], group);
	const role = await boss.browser.post('/api/auth/organization/create-role', { role: 'some', permission: { deals: ['read'], companies: ['read'],
		'companies.read': ['name', 'custom.region'] } });
	assert.equal(role.status, 200, role.text);
	const some = await member(boss, 'some');
	assert.equal((await seen({ group: ['company.custom.region'] }, some)).status, 200);
	const hidden = await seen({ group: ['company.custom.hidden'] }, some);
	assert.equal(hidden.status, 422, hidden.text);
	assert.doesNotMatch(hidden.text, /secret/);
	assert.equal((await get({ group: ['company.custom.region'] })).status, 422, 'another organization does not have the field');
});

test('days begin in the time zone of the parameter', async () => {
	const months = { group: ['archived_at:month'], values: ['sum:amount'], filter: { 'archived_at@not.is': null } };
	assert.deepEqual((await answer(months)).map((g) => g.sum_amount), [10, 22]);
	assert.deepEqual((await answer({ ...months, time_zone: 'Europe/Paris' })).map((g) => g.sum_amount), [32]);
	assert.deepEqual((await answer({ ...months, time_zone: 'America/New_York' })).map((g) => [g.archived_at_month, g.sum_amount]), [['2026-01-01', 10], ['2026-02-01', 22]]);
	for (const time_zone of ['Mars/Olympus', '+02:00', "UTC'; --", 'EST5EDT,M3']) {
		const rs = await get({ ...months, time_zone });
		assert.deepEqual([rs.status, Object.keys(rs.json.errors)], [422, ['time_zone']], rs.text);
	}
});

test('a column that the result lacks is refused, and the text names the columns of the result', async () => {
	for (const [parameters, status, field, text] of [
		[{ sort: ['amount', 'DESC'] }, 422, 'sort', /: count, sum_amount, stage$/], [{ sort: ['sum_amount'] }, 400, 'sort'], [{ sort: ['sum_amount', 'down'] }, 400, 'sort'],
		[{ sort: 'sum_amount' }, 400, 'sort'], [{ having: { amount: 1 } }, 422, 'having', /: count, sum_amount$/], [{ having: { 'stage@gt': 1 } }, 422, 'having'],
		[{ having: { 'count@like': 1 } }, 400, 'having'], [{ having: { count: '1' } }, 400, 'having'], [{ having: ['count'] }, 400, 'having'],
		[{ range: [0, 1000] }, 400, 'range'], [{ range: [5, 1] }, 400, 'range'], [{ range: [-1, 1] }, 400, 'range'], [{ range: [0] }, 400, 'range'],
		[{ group: ['company.nothing'] }, 422, 'group'], [{ group: ['nothing.name'] }, 422, 'group'], [{ group: ['company.sector:month'] }, 422, 'group'],
		[{ group: ['company.'] }, 422, 'group'], [{ group: ['company.id; --'] }, 422, 'group'], [{ limit: 5 }, 400, 'limit'],
		[{ having: Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`v${i}`, 1])) }, 400, 'having']]) {
		const rs = await get({ ...sums, ...parameters });
		assert.deepEqual([rs.status, Object.keys(rs.json.errors ?? {})], [status, [field]], `${JSON.stringify(parameters)}: ${rs.text}`);
		if (text)
			assert.match(rs.json.detail, text);
	}
});
