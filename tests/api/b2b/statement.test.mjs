// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// The commission statement.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { query, sql } from '../../lib/api.mjs';
import { good } from '../lib/answers.mjs';
import { member, owner } from '../lib/people.mjs';

let boss, maker, other, seller, second;
const post = (path, body, who = boss) => who.browser.post(`/api/${path}`, body);
const make = (...args) => good(post(...args));
const company = async (name, flags, more) => {
	const { id } = await make('companies', { name, ...more });
	if (flags)
		await good(boss.browser.patch(`/api/company_profiles/${id}`, flags));
	return id;
};
const join = (opportunity_id, role, company_id, is_lead = true) => make('opportunity_participants', { opportunity_id, role, company_id, is_lead });
const terms = (more) => make('distributor_terms', { principal_id: maker, distributor_id: seller, commission_rate: 10, valid_from: '2020-01-01', ...more });
// Creates an opportunity of the principal and the distributor that was won at the given time.
const won = async (closed_at, more, { principal = maker, distributor = seller } = {}) => {
	const { id } = await make('opportunities', { name: 'Sale', stage: 'won', currency: 'EUR', amount: 100, ...more });
	sql(`UPDATE crm.deals SET closed_at = '${closed_at}' WHERE id = ${id}`);
	if (principal)
		await join(id, 'principal', principal);
	if (distributor)
		await join(id, 'distributor', distributor);
	return id;
};
const statement = (params, who = boss) => who.browser.get(`/api/distributor_terms/statement${query(params)}`);
const read = (...args) => good(statement(...args));
const year = (n, more) => ({ from: `${n}-01-01`, to: `${n}-12-31`, ...more });
const money = ({ lines }) => lines.map((line) => [line.opportunity_id, line.base, line.commission, line.reason]);

before(async () => {
	boss = await owner('statement');
	await good(boss.browser.put('/api/modules/b2b', { enabled: true }));
	await good(boss.browser.patch('/api/configuration/1', { time_zone: 'Pacific/Auckland' }));
	[maker, other] = [await company('Maker', { is_principal: true }), await company('Other', { is_principal: true })];
	[seller, second] = [await company('=Seller', { is_distributor: true }), await company('Second', { is_distributor: true })];
});

test('the statement has a line for each won opportunity, and totals', async () => {
	const rate = await terms({ commission_rate: 12.5, valid_to: '2021-06-30' });
	await terms({ commission_rate: 2, valid_from: '2021-07-01', valid_to: '2021-12-31' });
	const [product, foreign] = await Promise.all([maker, other].map(async (principal_id) =>
		(await make('products', { principal_id, sku: 'S', name: 'S' })).id));
	const whole = await won('2021-03-01T12:00:00Z', { amount: 101 });
	const items = await won('2021-08-01T12:00:00Z');
	for (const [product_id, unit_price] of [[product, 1025], [product, 200], [foreign, 5000], [null, 700]])
		await make('opportunity_items', { opportunity_id: items, product_id, name: 'x', unit_price, tax_percent: 20 });
	const yen = await won('2021-08-02T12:00:00Z', { currency: 'JPY', amount: 125 });
	const none = await won('2021-09-01T12:00:00Z', { amount: 1 }, { distributor: second });
	await won('2021-09-01T12:00:00Z', {}, { distributor: null });
	await won('2021-09-01T12:00:00Z', {}, { principal: null });
	await won('2021-09-01T12:00:00Z', { stage: 'opportunity' });
	const { lines, totals } = await read(year(2021));
	assert.deepEqual(new Set(money({ lines }).map(String)), new Set([[whole, 10100, 1262, null],	// 1262.5, rounded half to even
		[items, 1225, 24, null],	// 24.5, rounded half to even
		[yen, 125, 2, null],		// 2.5, likewise
		[none, 100, null, 'no_terms']].map(String)));
	const line = lines.find((one) => one.opportunity_id === whole);
	assert.deepEqual(line, { opportunity_id: whole, name: 'Sale', closed_on: '2021-03-02', principal_id: maker, principal_name: 'Maker', distributor_id: seller,
		distributor_name: '=Seller', currency: 'EUR', terms_id: rate.id, territory: null, commission_rate: 12.5, base: 10100, commission: 1262, reason: null });
	const total = (distributor_id, currency) => totals.find((one) => one.distributor_id === distributor_id && one.currency === currency);
	assert.equal(totals.length, 3);
	assert.deepEqual(total(seller, 'EUR'), { principal_id: maker, principal_name: 'Maker', distributor_id: seller, distributor_name: '=Seller', currency: 'EUR',
		count: 2, without_terms: 0, base: 11325, commission: 1286 });
	assert.deepEqual([total(seller, 'JPY').commission, total(second, 'EUR').without_terms, total(second, 'EUR').base], [2, 1, 0]);
	assert.deepEqual(money(await read(year(2021, { distributor_id: second }))), [[none, 100, null, 'no_terms']]);
	assert.deepEqual((await read(year(2021, { principal_id: other }))), { lines: [], totals: [] });
});

test('the day is in the time zone of the organization', async () => {
	await terms({ valid_from: '2022-01-01', valid_to: '2022-01-01', commission_rate: 1 });
	await terms({ valid_from: '2022-01-02', valid_to: '2022-12-31', commission_rate: 2 });
	const early = await won('2021-12-31T12:00:00Z'), late = await won('2022-01-01T11:00:00Z');
	assert.deepEqual((await read({ from: '2022-01-01', to: '2022-01-01' })).lines.map((line) => [line.opportunity_id, line.commission]), [[early, 100]]);
	assert.deepEqual((await read({ from: '2022-01-02', to: '2022-01-02' })).lines.map((line) => [line.opportunity_id, line.commission]), [[late, 200]]);
	const now = await won(new Date().toISOString());
	assert.deepEqual(money(await read({})), [[now, 10000, null, 'no_terms']]);
});

test('of several territories, the customer\'s applies', async () => {
	for (const [territory, commission_rate] of [['France', 3], ['Italy', 4]])
		await terms({ territory, commission_rate, valid_from: '2023-01-01', valid_to: '2023-12-31' });
	await terms({ territory: 'Peru', commission_rate: 5, valid_from: '2024-01-01', valid_to: '2024-12-31' });
	const [french, italian, landless] = [await company('F', null, { country: 'france ' }), await company('I', null, { country: 'Italy' }), await company('L')];
	const of = async (company_id, customer, when = '2023-05-05T00:00:00Z') => {
		const id = await won(when, { company_id });
		if (customer)
			await join(id, 'customer', customer);
		return id;
	};
	const expected = [[await of(french, italian), 10000, 300, null], [await of(landless, italian), 10000, 400, null], [await of(undefined, french), 10000, 300, null],
		[await of(landless), 10000, null, 'several_territories']];
	assert.deepEqual(money(await read(year(2023))).sort(), expected.sort());
	const only = await of(french, null, '2024-05-05T00:00:00Z');
	assert.deepEqual(money(await read(year(2024))), [[only, 10000, 500, null]]);
});

test('of several distributors, the lead gets the commission', async () => {
	await terms({ valid_from: '2025-01-01', valid_to: '2025-12-31' });
	const unclear = await won('2025-05-05T00:00:00Z', {}, { distributor: null });
	for (const id of [seller, second])
		await join(unclear, 'distributor', id, false);
	const led = await won('2025-05-05T00:00:00Z');
	await join(led, 'distributor', second, false);
	assert.deepEqual(money(await read(year(2025))).sort(), [[unclear, 10000, null, 'several_distributors'], [led, 10000, 1000, null]].sort());
	assert.deepEqual(money(await read(year(2025, { distributor_id: second }))).length, 2);
});

test('the CSV file is protected against formulas', async () => {
	await won('2019-05-05T00:00:00Z', { name: '=HYPERLINK("x"),\n1', amount: 7 });
	const rs = await statement(year(2019, { format: 'csv' }));
	assert.match(rs.headers['content-type'], /^text\/csv/);
	assert.match(rs.headers['content-disposition'], /attachment; filename="commissions.csv"/);
	const [{ opportunity_id }] = (await read(year(2019))).lines;
	assert.equal(rs.text, 'kind,opportunity_id,name,closed_on,principal_id,principal_name,distributor_id,distributor_name,currency,terms_id,territory,'
		+ 'commission_rate,base,commission,reason,count,without_terms\r\n'
		+ `opportunity,${opportunity_id},"'=HYPERLINK(""x""),\n1",2019-05-05,${maker},Maker,${seller},"'=Seller",EUR,,,,700,,no_terms,,\r\n`
		+ `total,,,,${maker},Maker,${seller},"'=Seller",EUR,,,,0,0,,1,1\r\n`);
	const { id } = await terms({ territory: '=1+1', valid_from: '2018-01-01', valid_to: '2018-12-31' });
	await won('2018-05-05T00:00:00Z');
	assert.match((await statement(year(2018, { format: 'csv' }))).text, new RegExp(`,EUR,${id},"'=1\\+1",10,10000,1000,`));
});

test('an invalid parameter is refused', async () => {
	for (const [name, value] of [['from', 'yesterday'], ['to', '2021-02-30'], ['principal_id', 'x'], ['distributor_id', '1e3'], ['format', 'pdf']]) {
		const rs = await statement({ [name]: value });
		assert.equal(rs.status, 400, `${name}: ${rs.text}`);
		assert.ok(rs.json.errors[name], rs.text);
	}
});

test('the statement requires the permission to read the terms and the opportunities', async () => {
	const role = async (name, permission) => {
		await make('auth/organization/create-role', { role: name, permission });
		return member(boss, name);
	};
	const all = await role('all', { deals: ['read'], distributor_terms: ['read'] });
	const found = await read(year(2021), all);
	assert.deepEqual(money(found), money(await read(year(2021))));
	assert.equal(found.lines[0].principal_name, null);
	const own = await role('own', { deals: ['read:own'], distributor_terms: ['read'] });
	assert.deepEqual(await read(year(2021), own), { lines: [], totals: [] });
	for (const [name, permission] of [['nodeals', { distributor_terms: ['read'] }], ['noterms', { deals: ['read'] }]]) {
		const who = await role(name, permission);
		for (const format of ['json', 'csv']) {
			const rs = await statement(year(2021, { format }), who);
			assert.equal(rs.status, 422, rs.text);
			assert.match(rs.json.detail, /your role does not allow this/);
		}
	}
	const stranger = await owner('statement-stranger');
	assert.equal((await statement(year(2021), stranger)).status, 404);
	await good(stranger.browser.put('/api/modules/b2b', { enabled: true }));
	assert.deepEqual(await read(year(2021, { principal_id: maker }), stranger), { lines: [], totals: [] });
});
