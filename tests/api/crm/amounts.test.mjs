// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Deal amounts have the decimals of their currency, and are exact everywhere.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { ask, query, sql } from '../../lib/api.mjs';
import { add, good } from '../lib/answers.mjs';
import { owner } from '../lib/people.mjs';

const DIGITS = { EUR: 2, JPY: 0, KWD: 3, CLP: 0, TND: 3, USD: 2 };
const CASES = 40;	// number of amounts per currency
let boss, seed = 20261129;

const random = (n) => {	// the generator of Park and Miller, so that a failure can be reproduced
	seed = seed * 48271 % 2147483647;
	return seed % n;
};
// Formats an amount in minor units as text, without trailing zeros.
const text = (minor, digits) => {
	const all = String(minor).padStart(digits + 1, '0');
	const part = digits ? all.slice(-digits).replace(/0+$/, '') : '';
	return (digits ? all.slice(0, -digits) : all) + (part && `.${part}`);
};
// The amount exceeds the precision of a double, so it is compared as text.
const said = (rs, member = 'amount') => new RegExp(`"${member}" ?: ?([^,}]+)`).exec(rs.text)[1].trim();
const use = async (currency) => {
	const { config } = await good(boss.browser.get('/api/configuration/1'));
	await good(boss.browser.patch('/api/configuration/1', { config: { ...config, currency } }));
};
const send = (method, path, amount, more = '') => ask(method, path, { token: boss.token, body: `{"amount":${amount}${more}}` });
const made = async (amount, name = 'Sale') => {
	const rs = await send('POST', '/api/deals', amount, `,"name":"${name}","stage":"opportunity"`);
	assert.equal(rs.status, 201, rs.text);
	return { id: JSON.parse(rs.text).id, amount: said(rs) };
};
const sum = async (filter) => said(await boss.browser.get(`/api/deals/aggregate${query({ filter, values: ['sum:amount'] })}`), 'sum_amount');

before(async () => {
	boss = await owner('amounts');
});

for (const [currency, digits] of Object.entries(DIGITS))
	test(`random amounts in ${currency} are exact`, async () => {
		await use(currency);
		const name = `Sale ${currency}`;
		let total = 0n;
		for (let n = 0; n < CASES; n++) {
			const minor = BigInt(random(10 ** (1 + n % 8))) * 10n ** BigInt(n % 9);
			const padded = digits && n % 4 === 0 ? `${text(minor, digits)}${text(minor, digits).includes('.') ? '' : '.'}0` : text(minor, digits);
			const row = await made(padded, name);
			assert.equal(row.amount, text(minor, digits), padded);
			assert.equal(said(await boss.browser.get(`/api/deals/${row.id}`)), row.amount);
			total += minor;
		}
		assert.equal(await sum({ name }), text(total, digits));
		// The organization's archive and the exported file have the same
		// digits.
		const csv = (await boss.browser.get(`/api/deals/export${query({ filter: { name }, fields: ['amount'], bom: '0' })}`)).text.trim().split('\r\n').slice(1);
		const minorOf = (one) => BigInt(one.split('.')[0] + (one.split('.')[1] ?? '').padEnd(digits, '0'));
		assert.equal(csv.map(minorOf).reduce((a, b) => a + b), total);

		const one = `0.${'0'.repeat(digits)}1`;	// one decimal too many
		const { id } = await made('7', name);
		for (const [method, path, more] of [['POST', '/api/deals', ',"name":"x","stage":"won"'], ['PATCH', `/api/deals/${id}`, ''],
			['PUT', `/api/deals/${id}`, ',"name":"x","stage":"won"']]) {
			const rs = await send(method, path, one, more);
			assert.equal(rs.status, 422, rs.text);
			assert.match(rs.json.errors.amount.message ?? rs.json.errors.amount,
				new RegExp(`more decimals than an amount in ${currency}: ${digits}`));
		}
		assert.equal(said(await boss.browser.get(`/api/deals/${id}`)), '7');
	});

test('an invalid amount is refused', async () => {
	await use('EUR');
	for (const [amount, status] of [['-0.01', 422], ['"9223372036854775808"', 422], ['1e400', 400], ['"12,5"', 400], ['"NaN"', 400], ['null', 422], ['true', 400], ['[]', 400]]) {
		const rs = await send('POST', '/api/deals', amount, ',"name":"x","stage":"won"');
		assert.equal(rs.status, status, `${amount}: ${rs.text}`);
		assert.ok(rs.json.errors?.amount, `${amount}: ${rs.text}`);
	}
	assert.equal((await made('"12.50"')).amount, '12.5');
	assert.equal((await made('9223372036854775807')).amount, '9223372036854775807');
});

test('filters, sorts, groups, rules, the history and an undo keep the decimals', async () => {
	await use('EUR');
	const name = 'Parts';
	for (const amount of ['0.1', '0.2', '12.34', '12.35', '12'])
		await made(amount, name);
	const amounts = async (filter) => (await good(boss.browser.get(`/api/deals${query({ filter: { name, ...filter }, sort: ['amount', 'ASC'] })}`)))
		.map((row) => row.amount);
	assert.deepEqual(await amounts({}), [0.1, 0.2, 12, 12.34, 12.35]);
	assert.deepEqual(await amounts({ amount: 12.34 }), [12.34]);
	assert.deepEqual(await amounts({ 'amount@gt': 12.34 }), [12.35]);
	assert.deepEqual(await amounts({ 'amount@in': [0.1, 12] }), [0.1, 12]);
	assert.equal(await sum({ name, 'amount@lt': 1 }), '0.3');
	assert.deepEqual(await good(boss.browser.get(`/api/deals/aggregate${query({ filter: { name }, group: ['stage'], values: ['sum:amount', 'min:amount'],
		having: { 'sum_amount@gte': 36.99 } })}`)), [{ stage: 'opportunity', sum_amount: 36.99, min_amount: 0.1 }]);

	await add(boss, 'automation_rules', { name: 'large', trigger_type: 'deal.amount_above', trigger_config: { amount: 99.99 },
		action_type: 'set_field', action_config: { field: 'description', value: 'large: {{amount}}' } });
	const deal = await add(boss, 'deals', { name: 'Rule', stage: 'opportunity', amount: 99.99 });
	assert.equal(deal.description, null);
	const above = await good(boss.browser.patch(`/api/deals/${deal.id}`, { amount: 100.01 }));
	assert.equal(above.description, 'large: {{amount}}');
	const history = await good(boss.browser.get(`/api/deals/${deal.id}/history`));
	const entry = history.find(({ changes }) => changes.amount);
	assert.deepEqual(entry.changes.amount, { old: 99.99, new: 100.01 });
	// Deleting, restoring and merging do not change the amount.
	await good(boss.browser.delete(`/api/deals/${deal.id}`));
	const [gone] = await good(boss.browser.get(`/api/trash${query({ filter: { row_id: deal.id, resource: 'deals' } })}`));
	await good(boss.browser.post(`/api/trash/${gone.id}/restore`, {}));
	assert.equal(said(await boss.browser.get(`/api/deals/${deal.id}`)), '100.01');
});

test('a change to a currency with fewer digits does not change existing amounts', async () => {
	await use('EUR');
	const { id } = await made('12.34', 'Kept');
	await use('JPY');
	assert.equal((await good(boss.browser.patch(`/api/deals/${id}`, { name: 'Renamed' }))).amount, 12.34);
	const row = await good(boss.browser.get(`/api/deals/${id}`));
	assert.equal((await good(boss.browser.put(`/api/deals/${id}`, row))).amount, 12.34, 'sent back as it was');
	assert.equal((await boss.browser.patch(`/api/deals/${id}`, { amount: 12.33 })).status, 422);
	assert.equal((await good(boss.browser.patch(`/api/deals/${id}`, { amount: 12 }))).amount, 12);
});

test('an email and the metrics contain the decimals', async () => {
	assert.deepEqual(sql(`SELECT crm.money_text(v, c, l) FROM (VALUES (1200, 'USD', 'en'), (12.5, 'USD', 'en'), (-1234.56, 'EUR', 'en'),
		(1234.5, 'EUR', 'fr'), (1234567.125, 'KWD', 'fr'), (12, 'JPY', 'en'), (0.3, 'CHF', 'en')) x (v, c, l)`).map(([one]) => one),
	['$1,200', '$12.50', '-€1,234.56', '1\u202f234,50\u00a0€', '1\u202f234\u202f567,125\u00a0KWD', '¥12', 'CHF\u00a00.30']);
});

test('an amount may have an exponent, in rows and in filters', async () => {
	await use('EUR');
	for (const [sent, stored] of [['1.0E7', '10000000'], ['1e1', '10'], ['1E+3', '1000'], ['125e-1', '12.5'], ['"2.5e1"', '25']]) {
		const { id, amount } = await made(sent);
		assert.equal(amount, stored, sent);
		const found = await good(boss.browser.get(`/api/deals?filter=${encodeURIComponent(`{"amount":${sent},"id":${id}}`)}`));
		assert.deepEqual(found.map((row) => row.id), [id], sent);
	}
	for (const sent of ['1e30', '1e101', '1e300', '1e400', '1e-400', '"1e99999999999999999999"']) {
		const rs = await send('POST', '/api/deals', sent, ',"name":"Sale","stage":"opportunity"');
		assert.ok([400, 422].includes(rs.status), `${sent}: ${rs.status}`);
		assert.match(rs.json.errors.amount, /out of range|at most 100 digits|must be between 0 and|decimals/, sent);
	}
});
