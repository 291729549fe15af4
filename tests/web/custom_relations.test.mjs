// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// Custom relations between records of the CRM: each side shows the other.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { member } from './lib/browser.mjs';

const choose = async (page, label, option) => {
	await page.getByRole('combobox', { name: label }).click();
	await page.getByRole('option', { name: option, exact: true }).click();
};

test('a company shows the deals and the companies that name it in a custom field', async () => {
	const who = await member();
	const { page } = who;
	for (const [resource, label] of [['deals', 'Partner'], ['companies', 'Parent']])
		await who.call('/api/field_definitions', { resource, label, kind: 'relation', refers: 'companies' });
	const top = await who.call('/api/companies', { name: 'Holding' });
	const part = await who.call('/api/companies', { name: 'Works', custom: { parent: top.id } });
	await who.call('/api/deals', { name: 'Sale to Works', stage: 'opportunity', company_id: part.id, custom: { partner: top.id } });
	await who.go(`/companies/${part.id}/show`);
	await page.getByRole('region', { name: 'About' }).getByRole('link', { name: 'Holding' }).click();
	await page.getByRole('heading', { name: 'Holding' }).waitFor();
	const open = async (name) => {
		const tab = page.getByRole('tab', { name }).or(page.getByRole('button', { name }));
		if (await tab.getAttribute('aria-expanded') !== 'true' && await tab.getAttribute('aria-selected') !== 'true')
			await tab.click();
	};
	await page.getByText('Deals (Partner)').first().waitFor();
	await open('Deals (Partner)');
	await page.getByRole('link', { name: 'Sale to Works' }).waitFor();
	await open('Companies (Parent)');
	await page.getByRole('link', { name: 'Works', exact: true }).waitFor();
	await who.close();
});

test('a field with several records is defined, filled and shown on both sides', async () => {
	const who = await member();
	const { page } = who;
	const [one, other] = [await who.call('/api/companies', { name: 'Harbour Works' }), await who.call('/api/companies', { name: 'Quay Services' })];
	await who.go('/field_definitions/create');
	await choose(page, 'Records', 'Deals');
	await page.getByRole('textbox', { name: 'Name' }).fill('Suppliers');
	await choose(page, 'Kind', 'Links to records');
	await choose(page, 'Refers to', 'Companies');
	await choose(page, 'When that record is deleted', 'Refuse to delete that record');
	await page.getByRole('button', { name: 'Save' }).click();
	await page.getByRole('heading', { name: 'Suppliers' }).waitFor();
	const deal = await who.call('/api/deals', { name: 'Pier', stage: 'opportunity' });
	await who.go(`/deals/${deal.id}`);
	const input = page.getByRole('combobox', { name: 'Suppliers' });
	for (const name of ['Harbour Works', 'Quay Services']) {
		await input.fill(name.split(' ')[0]);
		await page.getByRole('option', { name, exact: true }).click();
	}
	await page.getByRole('button', { name: 'Save' }).click();
	await who.go(`/deals/${deal.id}/show`);
	await page.getByRole('link', { name: 'Quay Services' }).waitFor();
	await page.getByRole('link', { name: 'Harbour Works' }).click();
	await page.getByRole('heading', { name: 'Harbour Works' }).waitFor();
	await page.getByText('Deals (Suppliers)').first().click();
	await page.getByRole('link', { name: 'Pier' }).waitFor();
	await page.getByRole('button', { name: 'More actions' }).click();
	who.expect(/^422 /);
	await page.getByRole('button', { name: 'Delete', exact: true }).click();
	await page.getByText(/refer to this record by the field/).waitFor();
	assert.equal((await who.call(`/api/companies/${other.id}`)).name, 'Quay Services');
	assert.equal((await who.call(`/api/companies/${one.id}`)).name, 'Harbour Works');
	await who.close();
});
