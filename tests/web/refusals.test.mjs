// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// The server's refusals are shown next to the field, in the user's language, without names of JSON members.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { member } from './lib/browser.mjs';

const WORDS = {
	'en-GB': { principal: /^Principal/, sku: 'SKU *', name: 'Name *', save: 'Save', taken: /^Already exists|^Already used by/, told: /^Archived.*: Must be a date$/ },
	'fr-FR': { principal: /^Mandant/, sku: 'Référence *', name: 'Nom *', save: 'Enregistrer', taken: /^Existe déjà|^Déjà utilisé par/, told: /^Archiv.*: Doit être une date$/ },
};

for (const [locale, words] of Object.entries(WORDS))
	test(`the error for a taken SKU appears next to its field, and an error without a field appears below the form (${locale})`, async () => {
		const who = await member({ locale }), { page } = who;
		await who.call('/api/modules/b2b', { enabled: true }, 'PUT');
		const { id } = await who.call('/api/companies', { name: 'Brightlane' });
		await who.call(`/api/company_profiles/${id}`, { is_principal: true }, 'PATCH');
		await who.call('/api/products', { principal_id: id, sku: 'T-1', name: 'Green tea' });
		who.expect(/^(409|422) POST \/api\/products/);
		await who.go('/products/create');
		await page.getByRole('combobox', { name: words.principal }).fill('Bright');
		await page.getByRole('option', { name: 'Brightlane' }).first().click();
		await who.fill({ [words.sku]: 'T-1', [words.name]: 'Black tea' });
		await who.press(words.save);
		const field = page.getByLabel(words.sku, { exact: true });
		await page.locator('p.Mui-error').filter({ hasText: words.taken }).waitFor();
		assert.equal(await field.getAttribute('aria-invalid'), 'true');
		await page.waitForFunction(() => document.activeElement.name === 'sku');
		await page.route('**/api/products', (route) => route.request().method() === 'POST'
			? route.fulfill({ status: 422, json: { type: '/problems/invalid', title: 'Invalid content', status: 422,
				detail: 'archived_at: must be a date', message: 'archived_at: must be a date', errors: { archived_at: 'archived_at: must be a date' } } })
			: route.continue());
		await who.fill({ [words.sku]: 'T-2' });
		await who.press(words.save);
		await page.getByRole('alert').filter({ hasText: words.told }).waitFor();
		await page.unroute('**/api/products');
		await who.press(words.save);
		await page.waitForURL(/show$/);
		await who.close();
	});

for (const [locale, { required, email, save, hook, keep }] of Object.entries({
	'en-GB': { required: 'Required', email: 'Enter a valid email', save: 'Invite', hook: 'New webhook', keep: 'Save' },
	'fr-FR': { required: 'Ce champ est requis', email: 'Saisissez une adresse e-mail valide', save: 'Inviter', hook: 'Nouveau webhook', keep: 'Enregistrer' },
}))
	test(`a refusal by the browser is also shown next to its field, until the value is corrected (${locale})`, async () => {
		const who = await member({ locale }), { page } = who;
		await who.go('/organization/invitations');
		await who.press(save);
		const dialog = page.getByRole('dialog'), field = dialog.getByLabel(/^(E-mail|Email)/);
		await field.fill('nobody');
		await dialog.getByRole('button', { name: save }).click();
		await dialog.getByText(email, { exact: true }).waitFor();
		assert.equal(await page.locator(`[id="${(await field.getAttribute('aria-describedby')).split(' ')[0]}"]`).innerText(), email);
		await page.waitForFunction(() => document.activeElement.type === 'email' && document.activeElement.ariaInvalid === 'true');
		await who.looks(`invalid-${locale}`);
		await field.fill('nobody@example.test');
		await dialog.getByText(email, { exact: true }).waitFor({ state: 'detached' });
		await who.go('/webhooks');
		await who.press(hook);
		await page.getByRole('dialog').getByRole('button', { name: keep, exact: true }).click();
		await page.getByRole('dialog').getByText(required, { exact: true }).waitFor();
		await who.close();
	});

test('several errors are shown at once, errors in lists are next to their inputs, and the form can be saved again', async () => {
	const who = await member(), { page } = who;
	await who.go('/contacts/create');
	await page.locator('input[type=email]').fill('ada@example.test');
	await who.fill({ 'First name': 'Ada', 'Last name': 'Lovelace' });
	who.expect(/^400 POST \/api\/contacts/);
	// Sends values that the form itself would not send.
	await page.route('**/api/contacts', (route) => route.request().method() === 'POST'
		? route.continue({ postData: JSON.stringify({ ...route.request().postDataJSON(), last_name: 7,
			email_jsonb: [{ email: 7, type: 'Work' }], phone_jsonb: [{ number: true }] }) })
		: route.continue());
	await who.press('Save');
	for (const input of [page.locator('input[type=email]'), page.getByLabel('Last name', { exact: true })]) {
		await input.and(page.locator('[aria-invalid=true]')).waitFor();
		const told = await input.getAttribute('aria-describedby');
		assert.match(await page.locator(`[id="${told}"]`).innerText(), /^must be text$/i);
	}
	await page.getByRole('alert').filter({ hasText: /^(phone )?number: must be text( or a whole number)?$/i }).waitFor();
	await page.unroute('**/api/contacts');
	await who.press('Save');
	await page.waitForURL(/show$/);
	await who.sees('Ada Lovelace');
	await who.close();
});
