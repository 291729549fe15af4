// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// The dashboard shows the API's numbers, and a guide in an empty organization.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { LOOKS, demonstrator, member, seedDemo } from './lib/browser.mjs';

before(seedDemo);

for (const { name, ...look } of LOOKS)
	test(`matches its screenshot (${name})`, async () => {
		const who = await demonstrator(look);
		await who.go('/');
		await who.page.locator('.recharts-bar-rectangle').first().waitFor();
		await who.looks(`dashboard-${name}`);
		await who.close();
	});

test('its numbers are equal to those of the API', async () => {
	const who = await demonstrator();
	await who.go('/');
	const stages = await who.call('/api/deals/aggregate?group=["stage"]&values=["sum:amount"]');
	for (const { stage, sum_amount } of stages)
		await who.page.getByRole('row', { name: new RegExp(`${stage}.*${sum_amount.toLocaleString('en')}`, 'i') })
			.waitFor({ state: 'attached' });
	const people = await who.call('/api/contacts');
	await who.page.getByRole('paragraph').filter({ hasText: String(people.length) }).first().waitFor();
	await who.close();
});

test('every page shows the demo data, also on a wide screen', async () => {
	const who = await demonstrator({ width: 1920 });
	const { page } = who;
	await who.go('/');
	await page.locator('.recharts-bar-rectangle').first().waitFor();
	await who.looks('dashboard-wide');
	for (const [name, rows, one] of [['contacts', 10, 'Maya Okafor'], ['companies', 4, 'Harbor Dental']]) {
		await who.go(`/${name}`);
		await page.getByRole('row').filter({ hasText: one }).waitFor();
		assert.equal(await page.locator('tbody tr').count(), rows);
		await who.looks(`${name}-wide`);
	}
	await who.go('/deals');
	await page.locator('[data-card]').first().waitFor();
	assert.deepEqual(await page.locator('[data-stage]').evaluateAll((all) => all.map((one) =>
		[one.dataset.stage, one.querySelectorAll('[data-card]').length])),
	[['lead', 1], ['qualified', 1], ['proposal', 1], ['won', 1], ['lost', 1]]);
	await who.looks('deals-wide');
	for (const [show, tasks] of [['', 3], ['?show=done', 1]]) {
		await who.go(`/tasks${show}`);
		await page.getByRole('tabpanel').getByRole('listitem').first().waitFor();
		await who.settled();
		assert.equal(await page.getByRole('tabpanel').getByRole('checkbox').count(), tasks);
	}
	await who.close();
});

test('a new organization shows the first steps', async () => {
	const who = await member();
	await who.go('/');
	await who.page.getByRole('button', { name: 'Add your first contact' }).waitFor();
	await who.looks('dashboard-empty');
	await who.page.getByRole('button', { name: 'Add your first contact' }).click();
	await who.page.getByLabel('First name').waitFor();
	await who.close();
});
