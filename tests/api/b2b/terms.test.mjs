// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// The terms of principals with distributors.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { ask, owner, query, sql } from '../../lib/api.mjs';
import { switchModules } from '../../lib/rows.mjs';
import { member, owner as founder } from '../lib/people.mjs';

let who, stranger, foreign, companies;
const call = (method, path, body, by = who) => ask(method, path, { token: by.token, body });
const company = async (name, by) => (await call('POST', '/api/companies', { name }, by)).json.id;
const terms = (more) => call('POST', '/api/distributor_terms', { principal_id: companies.principal, distributor_id: companies.one,
	territory: 'France', commission_rate: 12.5, valid_from: '2026-01-01', ...more });
const day = (offset) => new Date(Date.now() + offset * 864e5).toISOString().slice(0, 10);
// Adds terms that appear to have been created two days ago.
const old = async (more) => {
	const rs = await terms(more);
	assert.equal(rs.status, 201, rs.text);
	sql(`UPDATE crm.distributor_terms SET created_at = now() - interval '2 days' WHERE id = ${rs.json.id}`);
	return rs.json.id;
};

before(async () => {
	[who, stranger] = [await owner('Terms'), await owner('Stranger')];
	for (const by of [who, stranger])
		await switchModules(by, true);
	companies = Object.fromEntries(await Promise.all(['principal', 'one', 'two', 'aged', 'raced'].map(async (name) => [name, await company(name)])));
	for (const id of Object.values(companies))
		assert.equal((await call('PATCH', `/api/company_profiles/${id}`, { is_principal: true })).status, 200);
	foreign = await company('foreign', stranger);
});

test('a distributor has one rate at a time', async () => {
	const made = await terms({ valid_to: '2026-12-31', commission_rate: 7.125 });
	assert.equal(made.status, 201, made.text);
	assert.deepEqual([made.json.commission_rate, made.json.exclusive], [7.125, false]);
	for (const more of [{ valid_from: '2026-12-31' }, { valid_from: '2025-01-01' }, { territory: 'FRANCE' }, { territory: null }]) {
		const rs = await terms(more);
		assert.equal(rs.status, 409, rs.text);
		assert.ok(rs.json.errors.valid_from, rs.text);
		assert.deepEqual(rs.json.existing, { resource: 'distributor_terms', id: made.json.id, name: 'France, 2026-01-01 – 2026-12-31' });
	}
	for (const more of [{ valid_from: '2027-01-01', commission_rate: 8 }, { territory: 'Spain' }, { distributor_id: companies.two }]) {
		const rs = await terms(more);
		assert.equal(rs.status, 201, rs.text);
	}
	const sum = await call('GET', `/api/distributor_terms/aggregate${query({ filter: { distributor_id: companies.one, territory: 'France' },
		values: ['sum:commission_rate', 'max:commission_rate'] })}`);
	assert.deepEqual(sum.json, [{ sum_commission_rate: 15.125, max_commission_rate: 8 }], sum.text);
	const above = await call('GET', `/api/distributor_terms${query({ filter: { 'commission_rate@lt': 7.2 } })}`);
	assert.deepEqual(above.json.map(({ id }) => id), [made.json.id]);
});

test('an exclusive distributor is alone in its territory', async () => {
	const land = { territory: 'Italy', valid_to: '2026-12-31' };
	const made = await terms({ ...land, exclusive: true });
	assert.equal(made.status, 201, made.text);
	for (const more of [{ exclusive: true }, { exclusive: false }, { exclusive: false, territory: null, valid_from: '2026-06-01' }]) {
		const rs = await terms({ ...land, distributor_id: companies.two, ...more });
		assert.equal(rs.status, 409, rs.text);
		assert.ok(rs.json.errors.exclusive ?? rs.json.errors.valid_from, rs.text);
	}
	assert.equal((await terms({ ...land, distributor_id: companies.two, valid_from: '2027-01-01', valid_to: null })).status, 201);
	const shared = await terms({ distributor_id: companies.two, territory: 'Malta' });
	assert.equal(shared.status, 201, shared.text);
	assert.equal((await terms({ territory: 'Malta' })).status, 201);
	const rs = await call('PATCH', `/api/distributor_terms/${shared.json.id}`, { exclusive: true });
	assert.equal(rs.status, 409, rs.text);
	assert.ok(rs.json.errors.exclusive, rs.text);
});

test('of many concurrent conflicting writes, one succeeds', async () => {
	for (const more of [(n) => ({ valid_from: `2026-02-0${n + 1}` }),
		(n) => ({ exclusive: true, territory: 'Raced', distributor_id: [companies.one, companies.two, companies.raced, companies.aged][n % 4] })]) {
		const answers = await Promise.all(Array.from({ length: 8 }, (_, n) => terms({ distributor_id: companies.raced, territory: 'Race', ...more(n) })));
		assert.deepEqual(answers.map(({ status }) => status).sort(), [201, ...Array(7).fill(409)]);
	}
});

test('invalid terms are refused with a message that names the fault', async () => {
	for (const [field, value, status = 422] of [['commission_rate', 100.001], ['commission_rate', -1], ['commission_rate', 1.2345],
		['commission_rate', null], ['commission_rate', 'NaN', 400], ['commission_rate', '1e', 400], ['commission_rate', '9'.repeat(101), 400],
		['commission_rate', true, 400], ['territory', ''], ['territory', ' x'], ['territory', 'x'.repeat(201)],
		['distributor_id', companies.principal], ['distributor_id', foreign], ['principal_id', foreign], ['principal_id', 1],
		['valid_from', null], ['valid_to', '2025-12-31'], ['exclusive', 'maybe', 400]]) {
		const rs = await terms({ territory: 'Wrong', [field]: value });
		assert.equal(rs.status, status, `${field} ${value}: ${rs.text}`);
		assert.ok(rs.json.errors[field], `${field} ${value}: ${rs.text}`);
	}
});

test('terms that have begun can be ended, but not changed', async () => {
	const of = { distributor_id: companies.aged };
	const path = (id) => `/api/distributor_terms/${id}`;
	const fresh = await terms({ ...of, territory: 'Fresh' });
	assert.equal((await call('PATCH', path(fresh.json.id), { commission_rate: 13 })).status, 200, 'a day for corrections');
	assert.equal((await call('DELETE', path(fresh.json.id))).status, 200);

	const id = await old({ ...of, territory: 'Begun' });
	for (const change of [{ commission_rate: 13 }, { territory: 'Elsewhere' }, { exclusive: true }, { valid_from: '2025-01-01' }]) {
		const rs = await call('PATCH', path(id), change);
		assert.equal(rs.status, 409, rs.text);
		assert.match(rs.json.detail, /have begun: end them with valid_to/);
	}
	const bulk = await call('POST', '/api/distributor_terms/bulk', { ids: [id], set: { commission_rate: 1 } });
	assert.equal((await call('GET', path(id))).json.commission_rate, 12.5, bulk.text);
	assert.equal((await call('DELETE', path(id))).status, 409);
	const { json: row } = await call('GET', path(id));
	assert.equal((await call('PUT', path(id), row)).status, 200, 'the same row');
	assert.equal((await call('PATCH', path(id), { valid_to: day(0) })).status, 200, 'ends today');
	assert.equal((await call('PATCH', path(id), { valid_to: day(-2) })).status, 409, 'commissions were due');
	assert.equal((await call('PATCH', path(id), { valid_to: day(-1) })).status, 200, 'or rather yesterday');
	const reopened = await call('PATCH', path(id), { valid_to: null });
	assert.equal(reopened.status, 409);
	assert.ok(reopened.json.errors.valid_to, reopened.text);
	assert.equal((await terms({ ...of, territory: 'Begun', valid_from: day(0), commission_rate: 13 })).status, 201, 'new ones');

	const later = await old({ ...of, territory: 'Later', valid_from: day(2) });
	assert.equal((await call('PATCH', path(later), { commission_rate: 1 })).status, 200, 'they have not begun');
	assert.equal((await call('DELETE', path(later))).status, 200);
});

test('terms are deleted and restored with their company', async () => {
	const id = await company('Dissolved');
	const kept = await old({ distributor_id: id });
	assert.equal((await call('DELETE', `/api/companies/${id}`)).status, 200);
	assert.equal((await call('GET', `/api/distributor_terms/${kept}`)).status, 404);
	const { json: [root] } = await call('GET', `/api/trash${query({ filter: { row_id: id } })}`);
	const rs = await call('POST', `/api/trash/${root.id}/restore`, {});
	assert.equal(rs.status, 200, rs.text);
	assert.equal((await call('GET', `/api/distributor_terms/${kept}`)).status, 200);
});

test('a role that may not read companies cannot name a company', async () => {
	const boss = await founder('terms-roles');
	await switchModules(boss, true);
	const [principal_id, distributor_id] = await Promise.all(['P', 'D'].map(async (name) =>
		(await boss.browser.post('/api/companies', { name })).json.id));
	await boss.browser.post('/api/auth/organization/create-role', { role: 'clerk', permission: { distributor_terms: ['read', 'create'],
		companies: ['read:own', 'create'] } });
	const clerk = await member(boss, 'clerk');
	const { json: own } = await clerk.browser.post('/api/companies', { name: 'Own' });
	for (const [field, more] of [['principal_id', { distributor_id: own.id }], ['distributor_id', { principal_id: own.id }]]) {
		const rs = await clerk.browser.post('/api/distributor_terms', { principal_id, distributor_id, commission_rate: 1, valid_from: '2026-01-01', ...more });
		assert.equal(rs.status, 422, rs.text);
		assert.ok(rs.json.errors[field], rs.text);
	}
});

test('the constraints refuse restored terms that conflict with existing terms', async () => {
	assert.equal((await terms({ territory: 'Kept', exclusive: true })).status, 201);
	const insert = (distributor) => sql(`DO $$ BEGIN
		PERFORM set_config('app.restoring', 'on', true), set_config('app.org_id', org_id::text, true)
		   FROM crm.companies WHERE id = ${companies.principal};
		INSERT INTO crm.distributor_terms (principal_id, distributor_id, territory, commission_rate, valid_from)
		VALUES (${companies.principal}, ${distributor}, 'kept', 1, '2027-01-01'); END $$`);
	assert.throws(() => insert(companies.one), /distributor_terms_valid_from_excl/);
	assert.throws(() => insert(companies.two), /distributor_terms_exclusive_excl/);
});
