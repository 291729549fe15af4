// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// An object that an administrator defines in the settings has a list, a form, a page, and a tab on the pages of the
// records to which it refers.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VISITS, colleague, member } from './lib/browser.mjs';

const choose = async (page, label, option) => {
	await page.getByRole('combobox', { name: label }).click();
	await page.getByRole('option', { name: option, exact: true }).click();
};

test('an object is defined with fields, filled in, found from a contact, and shown to a colleague', async () => {
	const who = await member();
	const { page } = who;
	const ada = await who.call('/api/contacts', { first_name: 'Ada', last_name: 'Smith' });
	await who.go('/object_definitions');
	await page.getByRole('button', { name: 'New object' }).first().click();
	await page.getByRole('textbox', { name: 'Name of one' }).fill('Machine');
	await page.getByRole('textbox', { name: 'Name of several' }).fill('Machines');
	await choose(page, 'Icon', 'Machine');
	await page.getByRole('textbox', { name: 'Help' }).fill('What stands in the hall.');
	await page.getByRole('button', { name: 'Save' }).click();
	await page.getByRole('heading', { name: 'Machines' }).waitFor();
	for (const [name, kind, refers] of [['Power', 'Decimal number'], ['Customer', 'Link to a record', 'Contacts']]) {
		await page.getByRole('button', { name: 'New field' }).click();
		const drawer = page.getByRole('dialog');
		await drawer.getByRole('combobox', { name: 'Records' }).getByText('Machines').waitFor();
		await drawer.getByRole('textbox', { name: 'Name', exact: true }).fill(name);
		await choose(page, 'Kind', kind);
		if (refers)
			await choose(page, 'Refers to', refers);
		await drawer.getByRole('button', { name: 'Save' }).click();
		await page.getByRole('tabpanel').getByText(name).waitFor();
	}
	await page.getByRole('link', { name: 'Open Machines' }).click();
	await who.sees('No Machines yet');
	await who.sees('What stands in the hall.');
	await page.getByRole('button', { name: 'New Machine' }).first().click();
	const form = page.getByRole('dialog');
	await form.getByRole('textbox', { name: 'Name' }).fill('Lathe');
	await form.getByLabel('Power').fill('7.5');
	await form.getByRole('combobox', { name: 'Customer' }).fill('Smi');
	await page.getByRole('option', { name: /Ada Smith/ }).click();
	await form.getByRole('button', { name: 'Save' }).click();
	await page.getByRole('link', { name: 'Lathe' }).click();
	await page.getByRole('heading', { name: 'Lathe' }).waitFor();
	const about = page.getByRole('region', { name: 'About' });
	await about.getByText('7.5').waitFor();
	await about.getByText('Ada Smith').waitFor();
	const [row] = await who.call('/api/custom_machines');
	assert.deepEqual([row.name, row.custom], ['Lathe', { power: 7.5, customer: ada.id }]);

	// The object is in the menu, in the list with its filter, and on the contact's page.
	await page.getByRole('menuitem', { name: 'Machines' }).click();
	await page.getByRole('cell', { name: '7.5' }).waitFor();
	await page.getByRole('columnheader', { name: 'Power' }).getByRole('button').click();
	await page.getByRole('link', { name: 'Lathe' }).waitFor();
	await who.go(`/contacts/${ada.id}/show?tab=custom_machines`);
	await page.getByRole('link', { name: /Lathe/ }).waitFor();
	await page.getByRole('button', { name: 'New Machine' }).click();
	await page.getByRole('dialog').getByRole('textbox', { name: 'Name' }).fill('Drill');
	await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
	await page.getByRole('link', { name: /Drill/ }).waitFor();

	const reader = await colleague(who, 'viewer');
	await reader.go('/custom_machines');
	await reader.page.getByRole('link', { name: 'Lathe' }).click();
	await reader.page.getByRole('region', { name: 'About' }).getByText('7.5').waitFor();
	assert.equal(await reader.page.getByRole('button', { name: /Edit|Delete/ }).count(), 0);
	await reader.close();
	await who.close();
});

test('a rule and a webhook work for an object', async () => {
	const who = await member();
	const { page } = who;
	const { resource } = await who.call('/api/object_definitions', { label: 'Machine', plural: 'Machines' });
	await who.call('/api/field_definitions', { resource, label: 'State', kind: 'text' });
	await who.call('/api/field_definitions', { resource, label: 'Power', kind: 'number' });
	await who.go('/automation_rules/create');
	await page.getByLabel(/^Name/).fill('Mark strong machines');
	await choose(page, /^Trigger/, 'Machine created');
	await page.getByRole('button', { name: 'Add condition' }).click();
	await choose(page, /^Field/, 'Power');
	await choose(page, /^Operator/, 'is more than');
	await page.getByLabel(/^Value/).first().fill('5.5');
	await page.getByRole('combobox', { name: /^Action/ }).click();
	assert.deepEqual(await page.getByRole('option').allInnerTexts(), ['Send an email', 'Set a field', 'Assign owner']);
	await page.getByRole('option', { name: 'Set a field' }).click();
	await page.getByRole('combobox', { name: /^Field/ }).last().click();
	await page.getByRole('option', { name: 'State', exact: true }).click();
	await page.getByLabel(/^Value/).last().fill('strong');
	await who.press('Save');
	await page.waitForURL(/automation_rules(?!\/create)/);
	await page.getByText('Machine created').first().waitFor();
	const [rule] = await who.call('/api/automation_rules');
	assert.deepEqual([rule.trigger_type, rule.trigger_config.conditions, rule.action_config],
		[`${resource}.created`, [{ field: 'custom.power', op: 'gt', value: 5.5 }], { field: 'custom.state', value: 'strong' }]);
	const row = await who.call(`/api/${resource}`, { name: 'Press', custom: { power: 9 } });
	assert.equal(row.custom.state, 'strong');

	await who.go('/webhooks');
	await page.getByRole('button', { name: /webhook/i }).first().click();
	const dialog = page.getByRole('dialog');
	await dialog.getByRole('checkbox', { name: 'All changes' }).uncheck();
	for (const one of await dialog.getByRole('checkbox', { checked: true }).all().then((all) => all.reverse()))
		await one.uncheck();
	await dialog.getByRole('checkbox', { name: 'Machine: Created' }).check();
	assert.equal(await dialog.locator('input[name=events]').inputValue(), `${resource}.create`);
	await who.close();
});

for (const { name, ...look } of VISITS)
	test(`the pages of an object are complete (${name})`, async () => {
		const who = await member(look);
		const { resource, id } = await who.call('/api/object_definitions', { label: 'Contract', plural: 'Contracts', icon: 'document' });
		await who.call('/api/field_definitions', { resource, label: 'End', kind: 'date' });
		const row = await who.call(`/api/${resource}`, { name: 'Lease', custom: { end: '2031-03-04' } });
		for (const path of [`object_definitions/${id}/show`, resource, `${resource}/create`, `${resource}/${row.id}/show`, `${resource}/${row.id}`]) {
			await who.go(`/${path}`);
			await who.settled();
			await who.looks(`objects-${path.replaceAll(/\d+/g, 'id').replaceAll('/', '-')}-${name}`);
		}
		assert.doesNotMatch(await who.page.locator('body').innerText(), /resources\.|customObjects\./);
		await who.close();
	});
