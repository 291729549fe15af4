// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// A field that an administrator defines in the settings appears immediately in forms, pages, lists and filters.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { member } from './lib/browser.mjs';

const choose = async (page, label, option) => {
	await page.getByRole('combobox', { name: label }).click();
	await page.getByRole('option', { name: option, exact: true }).click();
};

test('a field is defined, filled in, shown, sorted, filtered and edited in place', async () => {
	const who = await member();
	const { page } = who;
	await who.call('/api/companies', { name: 'Other' });
	await who.go('/companies');
	await page.getByRole('button', { name: 'Columns' }).click();
	await page.getByRole('button', { name: 'New field' }).click();
	const drawer = page.getByRole('dialog').filter({ hasText: 'Kind' });
	await drawer.getByRole('combobox', { name: 'Records' }).getByText('Companies').waitFor();
	await drawer.getByRole('textbox', { name: 'Name' }).fill('Contract end');
	await choose(page, 'Kind', 'Date');
	await drawer.getByRole('button', { name: 'Save' }).click();
	await drawer.waitFor({ state: 'hidden' });
	await who.go('/field_definitions/create');
	await choose(page, 'Records', 'Companies');
	await page.getByRole('textbox', { name: 'Name' }).fill('Service level');
	await choose(page, 'Kind', 'Choice');
	await page.getByLabel('Choices').click();
	for (const one of ['Gold', 'Silver']) {
		await page.keyboard.type(one);
		await page.keyboard.press('Enter');
	}
	await page.getByRole('textbox', { name: 'Section' }).fill('Service');
	await page.getByRole('button', { name: 'Save' }).click();
	await page.getByRole('heading', { name: 'Service level' }).waitFor();

	await who.go('/companies/create');
	await page.getByRole('heading', { name: 'Service', exact: true }).waitFor();
	await page.getByRole('textbox', { name: 'Name' }).fill('Juniper Legal');
	await page.getByLabel('Contract end').fill('2027-03-31');
	await choose(page, 'Service level', 'Gold');
	await page.getByRole('button', { name: 'Save' }).click();
	const about = page.getByRole('region', { name: 'About' });
	await about.getByText('31 Mar 2027').waitFor();
	await about.getByRole('button', { name: /^Edit Service level/ }).click();
	await page.getByRole('option', { name: 'Silver' }).click();
	await about.getByText('Silver').waitFor();
	const [other] = await who.call('/api/companies?filter={"name":"Other"}');
	await who.call(`/api/companies/${other.id}`, { custom: { service_level: 'Gold' } }, 'PATCH');

	await who.go('/companies');
	await page.getByRole('button', { name: 'Columns' }).click();
	await page.getByRole('dialog').getByRole('checkbox', { name: 'Contract end' }).check();
	await page.keyboard.press('Escape');
	await page.getByRole('cell', { name: /31 Mar 2027/ }).waitFor();
	await page.getByRole('columnheader', { name: 'Contract end' }).getByRole('button').click();
	await page.getByRole('link', { name: 'Juniper Legal' }).waitFor();
	await page.getByRole('button', { name: 'Add filter' }).click();
	await page.getByRole('menuitemcheckbox', { name: 'Service level' }).click();
	await choose(page, 'Service level', 'Gold');
	await page.getByRole('link', { name: 'Juniper Legal' }).waitFor({ state: 'detached' });
	await page.getByRole('link', { name: 'Other' }).waitFor();
	// Adds a formula that uses the fields, and shows its error.
	await who.go('/field_definitions/create');
	await choose(page, 'Records', 'Deals');
	await page.getByRole('textbox', { name: 'Name' }).fill('Per month');
	await choose(page, 'Kind', 'Decimal number');
	who.expect(/^422 POST \/api\/field_definitions/);
	await page.getByRole('textbox', { name: 'Formula' }).fill('amount / (probability - 20)');
	await page.getByRole('button', { name: 'Save' }).click();
	await page.getByText(/no field “probability”/).first().waitFor();
	await page.getByRole('textbox', { name: 'Formula' }).fill('12 / (amount - 100)');
	await page.getByRole('button', { name: 'Save' }).click();
	await page.getByRole('heading', { name: 'Per month' }).waitFor();
	const deal = await who.call('/api/deals', { name: 'Fair', stage: 'opportunity', amount: 100 });
	await who.go(`/deals/${deal.id}/show`);
	await about.getByText('Division by zero').waitFor();
	assert.equal(await about.getByRole('button', { name: /Edit Per month/ }).count(), 0);
	await who.call(`/api/deals/${deal.id}`, { amount: 124 }, 'PATCH');
	await who.go(`/deals/${deal.id}/show`);
	await about.getByText('0.5', { exact: true }).waitFor();
	// Adds a rollup of the company's deals.
	const [row] = await who.call('/api/companies?filter={"name":"Juniper Legal"}');
	for (const [stage, amount] of [['won', 700], ['won', 50], ['opportunity', 9]])
		await who.call('/api/deals', { name: 'Sale', stage, amount, company_id: row.id });
	await who.go('/field_definitions/create');
	await choose(page, 'Records', 'Companies');
	await page.getByRole('textbox', { name: 'Name' }).fill('Won');
	await choose(page, 'Kind', 'Rollup of related records');
	await choose(page, 'Related rows', 'Deals (Company)');
	await choose(page, 'Function', 'Sum');
	await choose(page, 'Field', 'Amount');
	await page.getByRole('textbox', { name: 'Condition' }).fill("stage = 'won'");
	await page.getByRole('button', { name: 'Save' }).click();
	await page.getByRole('heading', { name: 'Won' }).waitFor();
	await about.getByText('Deals (Company)').waitFor();
	await who.go(`/companies/${row.id}/show`);
	await about.getByText(/750/).waitFor();
	assert.equal(await about.getByRole('button', { name: /Edit Won/ }).count(), 0);
	// Changes a text to a number, with a preview, and undoes the change.
	const size = await who.call('/api/field_definitions', { resource: 'companies', label: 'Size', key: 'employees', kind: 'text' });
	await who.call(`/api/companies/${row.id}`, { custom: { employees: '12' } }, 'PATCH');
	await who.call(`/api/companies/${other.id}`, { custom: { employees: 'many' } }, 'PATCH');
	await who.go(`/field_definitions/${size.id}/show`);
	await page.getByRole('button', { name: 'Change kind' }).click();
	const dialog = page.getByRole('dialog');
	await dialog.getByRole('combobox', { name: 'Kind' }).click();
	await page.getByRole('option', { name: 'Whole number' }).click();
	await dialog.getByRole('button', { name: 'Preview' }).click();
	await dialog.getByText('1 of 2 values can’t be converted and will be removed.').waitFor();
	await dialog.getByText(/^many: /).waitFor();
	await dialog.getByRole('button', { name: 'Change', exact: true }).click();
	await about.getByText('Whole number').waitFor();
	const sizes = async () => (await who.call('/api/companies?sort=["id","ASC"]')).map(({ custom }) => custom.employees);
	assert.deepEqual(await sizes(), [undefined, 12]);
	await page.getByRole('button', { name: 'Undo: Text' }).click();
	await about.getByText('Text', { exact: true }).waitFor();
	assert.deepEqual(await sizes(), ['many', '12']);
	// A change to amounts asks for their currency, which decides which values are lost.
	await who.call(`/api/companies/${other.id}`, { custom: { employees: '12.5' } }, 'PATCH');
	await page.getByRole('button', { name: 'Change kind' }).click();
	await dialog.getByRole('combobox', { name: 'Kind' }).click();
	assert.equal(await dialog.getByRole('combobox', { name: 'Currency' }).count(), 0);
	await page.getByRole('option', { name: 'Money' }).click();
	await dialog.getByRole('combobox', { name: 'Currency' }).fill('JPY');
	await page.getByRole('option', { name: 'JPY' }).click();
	await dialog.getByRole('button', { name: 'Preview' }).click();
	await dialog.getByText('1 of 2 values can’t be converted and will be removed.').waitFor();
	await dialog.getByRole('combobox', { name: 'Currency' }).fill('EUR');
	await page.getByRole('option', { name: 'EUR' }).click();
	await dialog.getByRole('button', { name: 'Preview' }).click();
	await dialog.getByText('All 2 values can be converted.').waitFor();
	await dialog.getByRole('button', { name: 'Change', exact: true }).click();
	await about.getByText('EUR', { exact: true }).waitFor();
	assert.deepEqual(await sizes(), [12.5, 12]);
	assert.deepEqual(row.custom, { contract_end: '2027-03-31', service_level: 'Silver' });
	await who.close();
});
