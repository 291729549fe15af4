// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// What users type and press: numbers in the page's language, Save after a change, and actions that need a second user.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LOOKS, colleague, member } from './lib/browser.mjs';

const enable = (who, ...modules) => Promise.all(modules.map((one) => who.call(`/api/modules/${one}`, { enabled: true }, 'PUT')));

test('an amount is typed with the page\'s decimal mark, and a limit is shown with the same mark', async () => {
	const who = await member({ ...LOOKS[1], width: 1440 }), { page } = who;
	await enable(who, 'membership');
	const { id } = await who.call('/api/user_profiles', { first_name: 'Mia', last_name: 'Member' });
	const form = page.getByRole('dialog');
	for (const [typed, cents] of [['1250,5', 125050], ['1 250.75', 125075]]) {
		await who.go(`/user_profiles/${id}/show?tab=user_billing_schedules`);
		await who.press('Nouvelle échéance');
		await form.getByLabel('Montant *').click();
		await page.keyboard.type(typed);
		await form.getByRole('button', { name: 'Enregistrer' }).click();
		await form.waitFor({ state: 'detached' });
		assert.equal((await who.call('/api/user_billing_schedules?sort=["id","DESC"]'))[0].amount, cents, typed);
	}
	const { id: payment } = await who.call('/api/user_payments', { member_id: id, currency: 'EUR', amount: 1250050 });
	await who.call(`/api/user_payments/${payment}/succeed`, {});
	await who.go(`/user_payments/${payment}/show`);
	await who.press('Rembourser');
	await form.getByLabel('Montant').fill('99999');
	await form.getByRole('button', { name: 'Rembourser' }).click();
	await who.sees(/^12\s500,5 au plus$/);
	await form.getByLabel('Montant').fill('0.5');
	await form.getByRole('button', { name: 'Rembourser' }).click();
	await form.waitFor({ state: 'detached' });
	// The history omits a change without visible values, and French has a space before a colon.
	await who.sees(/Montant remboursé\s:/);
	const entries = await page.getByRole('tabpanel').getByRole('listitem').allInnerTexts();
	assert.deepEqual(entries.filter((text) => /^Modification/.test(text.trim())), []);
	await who.close();
});

test('Save is active while a settings form differs from the stored values', async () => {
	const who = await member({ width: 1440 }), { page } = who;
	await enable(who, 'membership');
	let forms = 0;
	for (const [path, last] of [['/organization/general', '#tiers'], ['/profile', '#email']]) {
		await who.go(path);
		await page.locator(last).waitFor();
		await who.settled();
		const button = page.getByRole('button', { name: /^(Save|Change)$/ });
		for (const form of await page.locator('main form').filter({ has: button }).all()) {
			const save = form.getByRole('button', { name: /^(Save|Change)$/ }), field = form.locator('input[name]:not([type=checkbox], [role=combobox]), textarea[name]').first();
			if (await field.count() === 0)	// a list of choices
				continue;
			const before = await field.inputValue(), name = await field.getAttribute('name');
			assert.ok(await save.isDisabled(), `${path}: ${name}`);
			await field.fill(before ? `1${before}` : '77');
			assert.ok(await save.isEnabled(), `${path}: ${name}, changed`);
			await field.fill(before);
			assert.ok(await save.isDisabled(), `${path}: ${name}, as before`);
			forms++;
		}
	}
	assert.equal(forms, 5);
	await who.go('/organization/general');
	await page.locator('#name').fill('Another name');
	const save = page.locator('form', { has: page.locator('#name') }).getByRole('button', { name: 'Save' });
	await save.click();
	await who.sees('Saved');
	await who.settled();
	assert.ok(await save.isDisabled(), 'saved');
	await who.close();
});

test('the user who requests a payout is informed that another user must approve it', async () => {
	const who = await member({ width: 1440 });
	await enable(who, 'membership');
	const second = await colleague(who, 'admin', { width: 1440 });
	const { id } = await who.call('/api/user_profiles', { first_name: 'Mia', last_name: 'Member' });
	const { id: account } = await who.call('/api/payout_accounts', { member_id: id, holder: 'Mia', iban: 'DE89370400440532013000' });
	const { id: payout } = await who.call('/api/user_payouts', { account_id: account, currency: 'EUR', amount: 2500, description: 'Prize' });
	const told = 'Another person must approve this payout, because you requested it.';
	for (const one of [who, second]) {
		await one.go(`/user_payouts/${payout}/show`);
		await one.page.getByRole('button', { name: 'Cancel payout' }).waitFor();
		assert.equal(await one.page.getByText(told).count(), one === who ? 1 : 0);
		assert.equal(await one.page.getByRole('button', { name: 'Approve' }).count(), one === who ? 0 : 1);
	}
	await second.close();
	await who.close();
});

test('a picker that finds nothing says so without covering the button below it', async () => {
	const who = await member(), { page } = who;
	await enable(who, 'b2b');
	const { id } = await who.call('/api/companies', { name: 'Golden Grain' });
	await who.call('/api/companies', { name: 'Brightlane' });
	await who.call(`/api/company_profiles/${id}`, { is_principal: true }, 'PATCH');
	await who.go('/products');
	await who.press('New product');
	await page.getByRole('dialog').getByRole('combobox', { name: /^Principal/ }).click();
	await page.keyboard.type('Bright');
	await who.sees('Nothing matches “Bright”');
	await page.getByRole('button', { name: 'Make a company a principal' }).click();
	await page.getByRole('dialog').last().getByRole('combobox', { name: 'Company' }).waitFor();
	await who.close();
});
