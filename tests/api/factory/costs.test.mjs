// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Costs: rates for periods, calculations that are stored with their inputs, previews and comparisons.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { query } from '../../lib/api.mjs';
import { add, good, list } from '../lib/answers.mjs';
import { member, owner } from '../lib/people.mjs';

let boss, max, steel;
const INPUTS = { currency: 'EUR', quantity: 100, scrap_percent: 5,
	materials: [{ code: 'steel', quantity_per_unit: 2 }], labour: [{ code: 'welder', setup_hours: 1, hours_per_unit: 0.1 }],
	machines: [{ name: 'press', rate: '80', hours_per_unit: '0.025' }], overhead: [{ name: 'plant', percent: 12.5 }], breaks: [10, 1000] };
const rate = (more) => ({ kind: 'materials', code: 'steel', currency: 'EUR', rate: 2.5, valid_from: '2026-01-01', valid_to: '2026-12-31', ...more });

before(async () => {
	boss = await owner('costs');
	await good(boss.browser.put('/api/modules/factory', { enabled: true }));
	max = await member(boss);
	steel = await add(boss, 'cost_rates', rate());
	await add(boss, 'cost_rates', rate({ min_quantity: 200, rate: 2.25 }));
	await add(boss, 'cost_rates', rate({ kind: 'labour', code: 'welder', rate: 45, valid_to: null }));
	// A row of another organization.
	const stranger = await owner('stranger');
	await good(stranger.browser.put('/api/modules/factory', { enabled: true }));
	await add(stranger, 'cost_rates', rate({ rate: 999 }));
});

const calculate = (who, more = {}) => who.browser.post('/api/cost_calculations', { name: 'frame', inputs: INPUTS, priced_on: '2026-06-30', ...more });

test('a calculation uses the rates of its day, by quantity, and stores the result', async () => {
	const made = await good(calculate(max));
	// For 105 units: 210 of steel at 2.25, 11.5 hours at 45, 2.625 hours at 80, and 12.5 % of 1200.00.
	assert.deepEqual([made.sales_id, made.formula_version, made.currency, made.quantity, made.total_cost, made.unit_cost],
		[max.me.id, 1, 'EUR', 100, 1350, 13.5]);
	assert.deepEqual(made.result.lines.map(({ section, quantity, rate, cost }) => [section, quantity, rate, cost]),
		[['materials', 210, 2.25, 472.5], ['labour', 11.5, 45, 517.5], ['machines', 2.625, 80, 210], ['overhead', 1200, 12.5, 150]]);
	assert.deepEqual(made.result.breaks.map(({ quantity, total_cost }) => [quantity, total_cost]), [[10, 186.47], [1000, 13044.38]]);
	assert.deepEqual(made.rates, { materials: { steel: [{ min_quantity: 0, rate: 2.5 }, { min_quantity: 200, rate: 2.25 }] },
		labour: { welder: [{ min_quantity: 0, rate: 45 }] } });
	// A change to the rate does not change the calculation.
	await good(boss.browser.patch(`/api/cost_rates/${steel.id}`, { rate: 3 }));
	assert.deepEqual(await good(max.browser.get(`/api/cost_calculations/${made.id}`)), made);
	await good(boss.browser.patch(`/api/cost_rates/${steel.id}`, { rate: 2.5 }));
	for (const method of ['PATCH', 'DELETE'])
		assert.equal((await max.browser.send(method, `/api/cost_calculations/${made.id}`, method === 'PATCH' ? { name: 'x' } : undefined)).status, 405);
	// A result in the client's body is ignored.
	const said = await good(calculate(max, { total_cost: 1, result: { total_cost: 1 }, sales_id: boss.me.id }));
	assert.deepEqual([said.total_cost, said.sales_id], [1350, max.me.id]);
});

test('a day without a rate, and invalid inputs, are refused', async () => {
	for (const priced_on of ['2026-01-01', '2026-12-31'])	// the first and the last day of the rate
		assert.equal((await good(calculate(max, { priced_on }))).total_cost, 1350);
	for (const [more, why] of [[{ priced_on: '2025-12-31' }, /has no rate/], [{ priced_on: '2027-01-01' }, /^inputs.materials\[0\].code: has no rate: steel$/],
		[{ inputs: { ...INPUTS, currency: 'USD' } }, /has no rate/], [{ inputs: { ...INPUTS, quantity: 0 } }, /more than 0/],
		[{ inputs: { ...INPUTS, quantity: 1e15 } }, /at most 12 digits/], [{ inputs: [] }, /must be an object/]]) {
		const rs = await calculate(max, more);
		assert.equal(rs.status, 422, rs.text);
		assert.match(Object.values(rs.json.errors).join(), why);
	}
	assert.equal((await calculate(max, { priced_on: 'soon' })).status, 400);
});

test('the periods of a rate must not overlap', async () => {
	const both = await boss.browser.post('/api/cost_rates', rate({ valid_from: '2026-12-31', valid_to: null }));
	assert.equal(both.status, 409, both.text);
	await good(boss.browser.post('/api/cost_rates', rate({ valid_from: '2027-01-01', valid_to: null })));
	const race = await Promise.all(Array.from({ length: 4 }, () => boss.browser.post('/api/cost_rates', rate({ code: 'race' }))));
	assert.deepEqual(race.map(({ status }) => status).sort(), [201, 409, 409, 409]);
	assert.equal((await boss.browser.post('/api/cost_rates', rate({ code: 'x', valid_to: '2025-01-01' }))).status, 422);
	assert.equal((await max.browser.post('/api/cost_rates', rate({ code: 'x' }))).status, 422, 'admins alone write');
	assert.ok((await list(max, 'cost_rates')).length > 3);
});

test('stored calculations are compared in decimal numbers', async () => {
	const keep = (name, price, quantity_per_unit = price.length > 9 ? '1000' : '1') => good(max.browser.post('/api/cost_calculations', { name, inputs: { currency: 'EUR', quantity: 1,
		materials: [{ name: 'x', price, quantity_per_unit }] } }));
	const compare = (...rows) => max.browser.post('/api/cost_calculations/preview', { scenarios: rows.map(({ id }) => ({ id })) });
	// Binary arithmetic would give a difference of 0.02 or 0.00 for the first pair, and 1.00 % for the second.
	for (const [a, b, difference, percent] of [['90071992547.40992', '90071992547.40993', '0.01', '0.00'], ['200', '202.01', '2.01', '1.01'], ['0.3', '0.1', '-0.20', '-66.67'],
		['202.01', '200', '-2.01', '-1.00'], ['0.00', '0.07', '0.07', 'null']]) {
		const [first, second] = [await keep('first', a), await keep('second', b)];
		const rs = await compare(first, second);
		const [now, then] = await good(rs);
		assert.deepEqual([now.name, now.difference, then.name, then.result], ['first', 0, 'second', second.result]);
		assert.match(rs.text, new RegExp(`"difference": ${difference.replace('.', '[.]')}[,}]`), rs.text);
		assert.match(rs.text, new RegExp(`"difference_percent": ${percent.replace('.', '[.]')}[,}]`), rs.text);
	}
	// A calculation keeps the rates of its date: later changes to a rate are ignored.
	const kept = await good(calculate(max));
	await good(boss.browser.patch(`/api/cost_rates/${steel.id}`, { rate: 4 }));
	const [as, since] = await good(max.browser.post('/api/cost_calculations/preview', { scenarios: [{ id: kept.id }, { inputs: { ...INPUTS, quantity: 50, breaks: [] }, priced_on: '2026-06-30' }] }));
	assert.deepEqual([as.result, as.rates], [kept.result, kept.rates]);
	assert.equal(since.difference, since.result.total_cost - 1350);
	await good(boss.browser.patch(`/api/cost_rates/${steel.id}`, { rate: 2.5 }));
	// A reader of the calculations can compare them. Other callers cannot see that they exist.
	const [colleague, stranger] = [await member(boss), await owner('cost-stranger')];
	await good(stranger.browser.put('/api/modules/factory', { enabled: true }));
	const one = (who, id) => who.browser.post('/api/cost_calculations/preview', { scenarios: [{ id }] });
	assert.equal((await good(one(boss, `${kept.id}`)))[0].name, 'frame');
	for (const who of [colleague, stranger])
		for (const id of [kept.id, 1, 'x', null, -1, 1.5, {}, '9'.repeat(40)]) {
			const rs = await one(who, id);
			const number = id === null || /^-?\d{1,18}$/.test(id);
			assert.deepEqual([rs.status, rs.json.errors], number ? [422, { scenarios: 'scenarios: contain a calculation that does not exist' }]
				: [400, { 'scenarios.0.id': 'scenarios.0.id: must be a whole number' }], JSON.stringify(id));
		}
});

test('a preview compares scenarios and stores nothing', async () => {
	const count = async () => (await max.browser.get('/api/cost_calculations')).headers.get?.('content-range')
		?? (await list(max, 'cost_calculations')).length;
	const before = await count();
	const preview = (scenarios) => max.browser.post('/api/cost_calculations/preview', { scenarios });
	const [now, cheap, dollars] = await good(preview([{ name: 'now', inputs: INPUTS, priced_on: '2026-06-30' },
		{ name: 'cheap', inputs: { ...INPUTS, scrap_percent: 0 }, priced_on: '2026-06-30' },
		{ name: 'usd', inputs: { currency: 'USD', quantity: 1, materials: [{ name: 'x', price: 1, quantity_per_unit: 1 }] } }]));
	assert.deepEqual([now.result.total_cost, now.difference, cheap.name, cheap.result.total_cost, cheap.difference, cheap.difference_percent],
		[1350, 0, 'cheap', 1288.12, -61.88, -4.58]);
	assert.deepEqual([dollars.difference, dollars.difference_percent], [null, null]);
	for (const scenarios of [[], [1], Array(11).fill({ inputs: INPUTS }), [{}]])
		assert.equal((await preview(scenarios)).status, 422, JSON.stringify(scenarios));
	assert.deepEqual((await preview([{ inputs: INPUTS, priced_on: 'x' }])).json.errors, { 'scenarios.0.priced_on': 'scenarios.0.priced_on: must be a date, YYYY-MM-DD' });
	const long = { ...INPUTS, materials: Array(180).fill({ name: 'm', price: 1, quantity_per_unit: 1 }), breaks: Array.from({ length: 20 }, (_, i) => i + 1) };
	await good(preview([{ inputs: long }]));
	assert.match((await preview(Array(2).fill({ inputs: long }))).json.errors.scenarios, /at most 5000 lines/);
	assert.match((await calculate(max, { inputs: { ...long, labour: Array(180).fill({ name: 'l', rate: 1 }) } })).json.errors.inputs, /at most 5000 lines/);
	assert.equal(await count(), before);
	const { id } = await good(calculate(max));
	for (const both of [{ id, inputs: INPUTS }, { id, inputs: null }, { id: null, inputs: INPUTS }]) {
		const rs = await preview([{ id }, both]);
		assert.deepEqual([rs.status, rs.json.errors], [422, { scenarios: 'scenarios: must each have either id or inputs' }], JSON.stringify(both));
	}
});

test('an export contains only calculations that the caller may read', async () => {
	await good(calculate(boss, { name: 'of the boss' }));
	const csv = async (who) => (await who.browser.get(`/api/cost_calculations/export${query({ sort: ['id', 'ASC'] })}`)).text;
	assert.match(await csv(boss), /frame[^]*of the boss/);
	assert.match(await csv(max), /^id,.*total_cost/);
	assert.ok(!(await csv(max)).includes('of the boss'));
});
