// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// Inputs that find records by name: the selection matches the typed text, and new records are created together with the
// form's record.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { long } from '../lib/api.mjs';
import { member } from './lib/browser.mjs';

const drawer = (who) => who.page.getByRole('dialog', { name: 'New contact' });
const company = (who) => drawer(who).getByRole('combobox', { name: 'Company' });
const companies = async (who) => (await who.call('/api/companies')).map(({ name }) => name).sort();

// Creates a member with companies, and opens the drawer for a new contact. The server responds to searches with a
// delay.
async function opened(...names) {
	const who = await member();
	for (const name of names)
		await who.call('/api/companies', { name });
	await who.go('/contacts');
	await who.press('New contact');
	await who.page.route(({ pathname, search }) => pathname.startsWith('/api/') && decodeURIComponent(search).includes('"q":'), async (route) => {
		await new Promise((resolve) => setTimeout(resolve, 300));
		await route.continue();
	});
	await drawer(who).getByLabel('Last name').fill('Hopper');
	return who;
}

async function saved(who) {
	await drawer(who).getByRole('button', { name: 'Save' }).click();
	await drawer(who).waitFor({ state: 'detached' });
	return (await who.call('/api/contacts'))[0];
}

test('an immediate Enter selects the matching company, and does not create a company', async () => {
	const who = await opened('Juniper Legal', 'Acme', 'Northwind');
	await company(who).focus();
	await who.page.keyboard.type('Juniper');
	await who.page.keyboard.press('Enter');
	await who.page.waitForFunction(() => document.activeElement.value === 'Juniper Legal');
	assert.equal((await saved(who)).company_name, 'Juniper Legal');
	assert.deepEqual(await companies(who), ['Acme', 'Juniper Legal', 'Northwind']);
	await who.close();
});

long('nothing can be selected while the server searches, and a new company comes last', async () => {
	const who = await opened('Juniper Legal', 'Acme');
	const { page } = who;
	await company(who).click();
	await page.getByRole('option', { name: 'Acme' }).waitFor();
	await page.keyboard.type('Jun');
	assert.equal(await page.getByRole('option').count(), 0);
	await page.getByRole('option').first().waitFor();
	assert.deepEqual(await page.getByRole('option').allInnerTexts(), ['Juniper Legal', 'Create “Jun”']);
	// Escape closes only the list: the drawer stays open and the text is kept.
	await page.keyboard.press('Escape');
	await page.getByRole('option').first().waitFor({ state: 'detached' });
	await page.keyboard.press('Escape');
	assert.equal(await company(who).inputValue(), 'Jun');
	// Outside a picker, Escape closes the drawer after a confirmation.
	await drawer(who).getByRole('button', { name: 'Cancel' }).focus();
	page.once('dialog', (dialog) => dialog.accept());
	await page.keyboard.press('Escape');
	await drawer(who).waitFor({ state: 'detached' });
	await who.close();
});

long('an immediate Tab selects the first match, and Save waits for it', async () => {
	const who = await opened('Northwind', 'Acme');
	const { page } = who;
	await company(who).focus();
	await page.keyboard.type('Northw');
	await page.keyboard.press('Tab');
	await page.waitForFunction(() => [...document.querySelectorAll('input')].some(({ value }) => value === 'Northwind'));
	assert.equal(await company(who).inputValue(), 'Northwind');
	await company(who).fill('acm');
	assert.equal((await saved(who)).company_name, 'Acme');
	await who.close();
});

test('a new company is created with the contact, once, and not by a form that is cancelled or refused', async () => {
	const who = await opened();
	const { page } = who;
	await company(who).focus();
	await page.keyboard.type('Navy');
	await page.keyboard.press('Tab');
	const is = (text) => page.waitForFunction((all) => [...document.querySelectorAll('input')].some(({ value }) => value === all), text);
	await is('Navy (new)');
	await drawer(who).getByRole('combobox', { name: 'Tags' }).fill('compiler');
	await page.getByRole('option', { name: 'Create “compiler”' }).click();
	await drawer(who).getByText('compiler (new)').waitFor();
	await who.looks('picker-new', { fullPage: false });
	page.once('dialog', (dialog) => dialog.accept());
	await drawer(who).getByRole('button', { name: 'Cancel' }).click();
	await drawer(who).waitFor({ state: 'detached' });
	assert.deepEqual([await companies(who), await who.call('/api/tags')], [[], []]);

	await who.press('New contact');
	await drawer(who).getByLabel('Last name').fill('Hopper');
	await company(who).fill('Navy');
	await page.keyboard.press('Enter');
	await is('Navy (new)');
	who.expect(/^422 POST \/api\/batch/);
	await page.route('**/api/batch', (route) => route.fulfill({ status: 422,
		json: { type: '/problems/invalid', title: 'Invalid content', status: 422, errors: { 'operations[1].last_name': 'is odd' } } }));
	await drawer(who).getByRole('button', { name: 'Save' }).click();
	await drawer(who).getByText('is odd').waitFor();
	await page.unroute('**/api/batch');
	assert.deepEqual(await companies(who), []);
	await drawer(who).getByLabel('Last name').fill('Hoppers');
	assert.equal((await saved(who)).company_name, 'Navy');
	assert.deepEqual(await companies(who), ['Navy']);
	await who.close();
});

long('existing and new records can be selected on the page of a record and in a cell', async () => {
	const who = await member();
	const { page } = who;
	await who.call('/api/companies', { name: 'Juniper Legal' });
	await who.call('/api/tags', { name: 'partner', color: '#eddcd2' });
	const { id } = await who.call('/api/contacts', { last_name: 'Hopper', title: 'Captain' });
	const contact = () => who.call(`/api/contacts/${id}`);
	await who.go(`/contacts/${id}`);
	await page.getByRole('combobox', { name: 'Tags' }).focus();
	await page.keyboard.type('part');
	await page.keyboard.press('Enter');
	await page.getByRole('button', { name: 'partner' }).waitFor();
	await page.keyboard.type('zebra');
	await page.keyboard.press('Tab');
	await page.getByText('zebra (new)').waitFor();
	await who.press('Save');
	await page.waitForURL(`**/contacts/${id}/show`);
	assert.equal((await contact()).tags.length, 2);
	// In a cell, Tab also waits for the record, and then opens the next field.
	const about = page.getByRole('region', { name: 'About' });
	await about.getByRole('button', { name: /^Show \d+ empty fields$/ }).click();
	await about.getByRole('button', { name: /^Edit Company/ }).click();
	await page.keyboard.type('Navy');
	await page.keyboard.press('Tab');
	await page.getByRole('listbox', { name: 'Status' }).waitFor();
	await page.keyboard.press('Escape');
	await page.keyboard.press('Escape');
	await about.getByText('Navy').waitFor();
	await who.settled();
	assert.equal((await contact()).company_name, 'Navy');
	await about.getByRole('button', { name: /^Edit Company/ }).click();
	await page.keyboard.press('Control+a');
	await page.keyboard.type('Juniper');
	await page.keyboard.press('Enter');
	await about.getByText('Juniper Legal').waitFor();
	await who.settled();
	assert.equal((await contact()).company_name, 'Juniper Legal');
	assert.deepEqual(await companies(who), ['Juniper Legal', 'Navy']);
	// A text without matches causes a message, and prevents the submit.
	await about.getByRole('button', { name: /^Edit Owner|^Edit Account manager/ }).click();
	await page.keyboard.press('Control+a');
	await page.keyboard.type('nobody');
	await page.keyboard.press('Enter');
	await page.getByRole('dialog').getByText('Nothing matches “nobody”').waitFor();
	await who.close();
});
