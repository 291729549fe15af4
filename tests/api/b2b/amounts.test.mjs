// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Sums of opportunities are exact to the cent, for each currency.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { add, good } from '../lib/answers.mjs';
import { owner } from '../lib/people.mjs';

test('the forecast, the outcomes and the items are exact in each currency', async () => {
	const boss = await owner('cents');
	await good(boss.browser.put('/api/modules/b2b', { enabled: true }));
	const day = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
	for (const [currency, amounts, refused] of [['EUR', [0.1, 0.2, 12.34], 0.001], ['JPY', [1, 2, 3], 0.5], ['KWD', [0.001, 1.5, 2.125], 0.0001]]) {
		const make = (amount, stage) => boss.browser.post('/api/opportunities', { name: 'Sale', stage, currency, amount, probability: 33,
			expected_closing_date: day, is_committed: true });
		for (const amount of amounts)
			for (const stage of ['opportunity', 'won'])
				await good(make(amount, stage));
		const rs = await make(refused, 'opportunity');
		assert.equal(rs.status, 422, rs.text);
		assert.ok(rs.json.errors.amount, rs.text);
	}
	const month = (await good(boss.browser.get('/api/opportunities/forecast'))).filter((row) => row.open);
	assert.deepEqual(Object.fromEntries(month.map((row) => [row.currency, [row.open, row.amount, row.weighted_amount, row.committed_amount]])),
		{ EUR: [3, 12.64, 4.17, 12.64], JPY: [3, 6, 2, 6], KWD: [3, 3.626, 1.196, 3.626] });	// each rounded to the currency's digits: 0.03 + 0.07 + 4.07
	const closed = await good(boss.browser.get('/api/opportunities/outcomes'));
	assert.deepEqual(Object.fromEntries(closed.map((row) => [row.currency, row.amount])), { EUR: 12.64, JPY: 6, KWD: 3.626 });

	// A currency with fewer digits is refused for an amount that has more.
	const deal = await add(boss, 'opportunities', { name: 'Sale', stage: 'opportunity', currency: 'EUR', amount: 12.34 });
	assert.equal((await boss.browser.patch(`/api/opportunities/${deal.id}`, { currency: 'JPY' })).status, 422);
	await good(boss.browser.patch(`/api/opportunities/${deal.id}`, { currency: 'KWD' }));

	for (const [currency, price, amount] of [['EUR', 1234, 12.34], ['JPY', 1234, 1234], ['KWD', 1234, 1.234]]) {
		const { id } = await add(boss, 'opportunities', { name: 'Items', stage: 'opportunity', currency, amount: 1 });
		const item = await add(boss, 'opportunity_items', { opportunity_id: id, name: 'Thing', unit_price: price });
		assert.equal((await good(boss.browser.get(`/api/opportunities/${id}`))).amount, amount);
		assert.equal((await boss.browser.patch(`/api/deals/${id}`, { amount: amount + 1 })).status, 422);
		await good(boss.browser.patch(`/api/deals/${id}`, { amount }));
		await good(boss.browser.delete(`/api/opportunity_items/${item.id}`));
		assert.equal((await good(boss.browser.get(`/api/opportunities/${id}`))).amount, 1);
	}
});
