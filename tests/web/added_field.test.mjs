// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// own stack: it adds a field to the contacts of all organizations.
// long: web/tests/records.test.ts tests that pages take fields from the catalogue.
// After the two steps in CONTRIBUTING.md, the pages contain a new field of contacts in both languages.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addField } from '../lib/added_field.mjs';
import { until } from '../lib/api.mjs';
import { member } from './lib/browser.mjs';

test('a new field is entered, shown, edited in place, chosen as a column, filtered and compared by rules', async () => {
	addField();
	const who = await member({ locale: 'fr-FR' });
	const { page } = who;
	await until(async () => 'nickname' in (await who.call('/api/catalogue')).contacts.fields);
	await who.go('/contacts/create');
	await page.getByLabel('Nom de famille').fill('Hopper');
	await page.getByLabel('Surnom').fill('Amazing Grace');
	await page.getByRole('button', { name: 'Enregistrer' }).click();
	const about = page.getByRole('region', { name: 'À propos' });
	await about.getByText('Surnom').waitFor();
	await about.getByRole('button', { name: /^Modifier Surnom/ }).click();
	await page.getByRole('textbox', { name: 'Surnom' }).fill('Grace');
	await page.keyboard.press('Enter');
	await about.getByText('Grace', { exact: true }).waitFor();
	await who.go('/contacts');
	await page.getByRole('button', { name: 'Colonnes' }).click();
	await page.getByRole('dialog').getByRole('checkbox', { name: 'Surnom' }).check();
	await page.keyboard.press('Escape');
	await page.getByRole('columnheader', { name: 'Surnom' }).waitFor();
	await page.getByRole('button', { name: 'Ajouter un filtre' }).click();
	await page.getByRole('menuitemcheckbox', { name: 'Surnom' }).click();
	await page.getByRole('textbox', { name: 'Surnom' }).fill('nobody');
	await page.getByText('Amazing').waitFor({ state: 'detached' });
	await who.go('/automation_rules/create');
	await page.getByRole('button', { name: 'Ajouter une condition' }).click();
	await page.getByRole('combobox', { name: 'Champ' }).click();
	await page.getByRole('option', { name: 'Surnom' }).click();
	assert.equal(await page.getByText('{{nickname}}').count(), 1);
	await who.close();
});
