// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// Custom fields with an address, and amounts in another currency: defined, filled in, shown, filtered and edited in place.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { member } from './lib/browser.mjs';

const choose = async (page, label, option) => {
	await page.getByRole('combobox', { name: label }).click();
	await page.getByRole('option', { name: option, exact: true }).click();
};

test('an address and an amount in another currency', async () => {
	const who = await member();
	const { page } = who;
	const define = async (name, kind, more = async () => {}) => {
		await who.go('/field_definitions/create');
		await choose(page, 'Records', 'Companies');
		await page.getByRole('textbox', { name: 'Name' }).fill(name);
		await choose(page, 'Kind', kind);
		await more();
		await page.getByRole('button', { name: 'Save' }).click();
		await page.getByRole('heading', { name }).waitFor();
	};
	await define('Depot', 'Address', async () => assert.equal(await page.getByLabel('Default').count(), 0));
	await define('Budget', 'Money', () => choose(page, 'Currency', 'JPY'));
	await who.call('/api/companies', { name: 'Other', custom: { depot: { city: 'Lyon' } } });

	await who.go('/companies/create');
	await page.getByRole('textbox', { name: 'Name' }).fill('Juniper Legal');
	const depot = page.getByRole('group', { name: 'Depot' });
	await depot.getByLabel('Street and number').fill('1 Hafenweg');
	await depot.getByLabel('Postal code').fill('10115');
	await depot.getByLabel('City').fill('Berlin');
	await page.getByLabel('Budget').fill('500');
	await who.looks('custom-address-form');
	await page.getByRole('button', { name: 'Save' }).click();
	const about = page.getByRole('region', { name: 'About' });
	await about.getByText('10115 Berlin').waitFor();
	await about.getByText('JP¥500').waitFor();

	await about.getByRole('button', { name: /^Edit Depot/ }).click();
	const inline = page.getByRole('group', { name: 'Depot' });
	await inline.getByLabel('City').fill('Potsdam');
	await inline.getByLabel('Country').fill('Germany');
	await page.getByRole('button', { name: 'Save', exact: true }).click();
	await about.getByText('10115 Potsdam').waitFor();
	await who.looks('custom-address');
	const [{ custom }] = await who.call('/api/companies?filter={"name":"Juniper Legal"}');
	assert.deepEqual(custom, { budget: 500, depot: { address: '1 Hafenweg', zipcode: '10115', city: 'Potsdam', country: 'Germany' } });

	await who.go('/companies');
	await page.getByRole('button', { name: 'Columns' }).click();
	await page.getByRole('dialog').getByRole('checkbox', { name: 'Depot' }).check();
	await page.keyboard.press('Escape');
	await page.getByRole('cell', { name: '1 Hafenweg, 10115 Potsdam, Germany' }).waitFor();
	await page.getByRole('button', { name: 'Add filter' }).click();
	await page.getByRole('menuitemcheckbox', { name: 'Depot' }).click();
	await page.getByRole('textbox', { name: 'Depot' }).fill('lyon');
	await page.getByRole('link', { name: 'Juniper Legal' }).waitFor({ state: 'detached' });
	await page.getByRole('link', { name: 'Other' }).waitFor();
});

test('a rule compares and sets a member of an address', async () => {
	const who = await member();
	const { page } = who;
	await who.call('/api/field_definitions', { resource: 'contacts', key: 'home', kind: 'address', label: 'Home' });
	await who.call('/api/field_definitions', { resource: 'contacts', key: 'cv', kind: 'file', label: 'CV' });
	await who.go('/automation_rules/create');
	await page.getByLabel(/^Name/).fill('French');
	await choose(page, 'Trigger', 'Contact created');
	await page.getByRole('button', { name: 'Add condition' }).click();
	await page.getByRole('combobox', { name: /^Field/ }).click();
	await page.getByRole('option', { name: 'CV: File name' }).waitFor();
	await page.getByRole('option', { name: 'Home: City' }).click();
	await choose(page, /^Operator/, 'is');
	await page.getByLabel(/^Value/).fill('Lyon');
	await choose(page, 'Action', 'Set a field');
	await page.getByRole('combobox', { name: /^Field/ }).last().click();
	await page.getByRole('option', { name: 'Home: Country' }).click();
	await page.getByLabel(/^Value/).last().fill('France');
	await page.getByRole('button', { name: 'Save' }).click();
	await page.getByText('Home: City', { exact: false }).first().waitFor();
	const { custom } = await who.call('/api/contacts', { last_name: 'Durand', custom: { home: { city: 'Lyon' } } });
	assert.deepEqual(custom, { home: { city: 'Lyon', country: 'France' } });
});
