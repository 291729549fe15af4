// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// A team adapts an empty organization through the pages: a company field, and an object with fields, a relation, a
// board and 1,000 rows from a file.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { carry } from './lib/board.mjs';
import { colleague, member } from './lib/browser.mjs';

const choose = async (scope, page, label, option) => {
	await scope.getByRole('combobox', { name: label }).click();
	await page.getByRole('option', { name: option, exact: true }).click();
};

async function drop(page, name, text) {
	const data = await page.evaluateHandle(([title, content]) => {
		const transfer = new DataTransfer();
		transfer.items.add(new File([content], title, { type: 'text/csv' }));
		return transfer;
	}, [name, text]);
	for (const type of ['dragover', 'drop'])
		await page.dispatchEvent('[data-drop]', type, { dataTransfer: data });
}

test('a new company field is filled in for three rows, and used as a filter', async () => {
	const who = await member();
	const { page } = who;
	await who.go('/field_definitions');
	await page.getByRole('button', { name: 'New field' }).first().click();
	const drawer = page.getByRole('dialog');
	await choose(drawer, page, 'Records', 'Companies');
	await drawer.getByRole('textbox', { name: 'Name', exact: true }).fill('Contract end');
	await choose(drawer, page, 'Kind', 'Date');
	await drawer.getByRole('button', { name: 'Save' }).click();
	await page.getByRole('link', { name: 'Contract end' }).waitFor();
	await who.go('/companies');
	for (const [name, end] of [['Acme', '2027-03-31'], ['Bolt', '2028-06-30'], ['Cargo', '2029-01-31']]) {
		await page.getByRole('button', { name: 'New company' }).first().click();
		const form = page.getByRole('dialog');
		await form.getByRole('textbox', { name: 'Name' }).first().fill(name);
		await form.getByLabel('Contract end').fill(end);
		await form.getByRole('button', { name: 'Save' }).click();
		await form.waitFor({ state: 'hidden' });
		await page.getByRole('link', { name }).first().waitFor();
	}
	await page.getByRole('button', { name: 'Add filter' }).click();
	await page.getByRole('menuitem', { name: 'Contract end before' }).or(page.getByRole('menuitemcheckbox', { name: 'Contract end before' })).click();
	await page.getByLabel('Contract end before').fill('2028-12-31');
	await page.getByRole('link', { name: 'Cargo' }).waitFor({ state: 'hidden' });
	assert.deepEqual((await page.locator('.name a').allInnerTexts()).sort(), ['Acme', 'Bolt']);
	await who.close();
});

test('a field is added from the page of a record and from the columns of a list', async () => {
	const who = await member();
	const { page } = who;
	const { id } = await who.call('/api/companies', { name: 'Acme' });
	const add = async (label) => {
		await page.getByRole('button', { name: 'New field' }).click();
		const drawer = page.getByRole('dialog').filter({ hasText: 'Kind' });
		await drawer.getByRole('textbox', { name: 'Name', exact: true }).fill(label);
		await choose(drawer, page, 'Kind', 'Text');
		await drawer.getByRole('button', { name: 'Save' }).click();
		await drawer.waitFor({ state: 'hidden' });
	};
	await who.go(`/companies/${id}/show`);
	await add('Region');
	await page.getByRole('button', { name: /Show \d+ empty fields/ }).click();
	await page.getByRole('term').getByText('Region').waitFor();
	await who.go('/companies');
	await page.getByRole('button', { name: 'Columns' }).click();
	await add('Rank');
	await page.getByRole('button', { name: 'Columns' }).click();
	await page.getByRole('checkbox', { name: 'Rank' }).check();
	await page.keyboard.press('Escape');
	await page.getByRole('columnheader', { name: 'Rank' }).waitFor();
	assert.deepEqual((await who.call('/api/field_definitions?sort=["position","ASC"]')).map(({ resource, key }) => [resource, key]),
		[['companies', 'region'], ['companies', 'rank']]);
	const reader = await colleague(who, 'member');
	await reader.go(`/companies/${id}/show`);
	await reader.sees('Acme');
	assert.equal(await reader.page.getByRole('button', { name: 'New field' }).count(), 0);
	await reader.close();
	await who.close();
});

test('a new object gets five fields, a relation to contacts, a board, and 1,000 rows from a file', async () => {
	const who = await member();
	const { page } = who;
	for (const [first_name, last_name] of [['Ada', 'Lovelace'], ['Charles', 'Babbage']])
		await who.call('/api/contacts', { first_name, last_name });
	await who.go('/object_definitions');
	await page.getByRole('button', { name: 'New object' }).first().click();
	await page.getByRole('textbox', { name: 'Name of one' }).fill('Machine');
	await page.getByRole('textbox', { name: 'Name of several' }).fill('Machines');
	await page.getByRole('button', { name: 'Save' }).click();
	await page.getByRole('heading', { name: 'Machines' }).waitFor();
	for (const [name, kind, more] of [['Power', 'Decimal number'], ['Bought', 'Date'], ['In use', 'Yes or no'],
		['State', 'Choice', ['new', 'worn']], ['Customer', 'Link to a record', 'Contacts']]) {
		await page.getByRole('button', { name: 'New field' }).click();
		const drawer = page.getByRole('dialog');
		await drawer.getByRole('textbox', { name: 'Name', exact: true }).fill(name);
		await choose(drawer, page, 'Kind', kind);
		if (kind === 'Choice')
			for (const choice of more) {
				await drawer.getByRole('combobox', { name: 'Choices' }).fill(choice);
				await page.keyboard.press('Enter');
			}
		else if (more)
			await choose(drawer, page, 'Refers to', more);
		await drawer.getByRole('button', { name: 'Save' }).click();
		await page.getByRole('tabpanel').getByText(name).waitFor();
	}
	await page.getByRole('link', { name: 'Open Machines' }).click();
	await page.getByRole('link', { name: 'Import', exact: true }).click();
	const rows = Array.from({ length: 1000 }, (_, n) => [`Machine ${n + 1}`, (n + 1) / 2, '2026-01-31', n % 2 ? 'yes' : 'no',
		n % 3 ? 'new' : 'worn', n % 2 ? 'Ada Lovelace' : 'Charles Babbage', n + 100].join(';'));
	rows[999] = 'Broken;many;2026-01-31;yes;new;Nobody;1';
	await drop(page, 'machines.csv', `Name;Power;Bought;In use;State;Customer;Shelf\n${rows.join('\n')}\n`);
	await who.sees('1,000 rows in the file');
	await who.press('Continue');
	await page.getByRole('combobox', { name: 'Field for Customer' }).filter({ hasText: 'Customer' }).waitFor();
	// A new field is created for a column without a field.
	await page.getByRole('combobox', { name: 'Field for Shelf' }).click();
	await page.getByRole('option', { name: 'New field…' }).click();
	const dialog = page.getByRole('dialog');
	assert.equal(await dialog.getByRole('textbox', { name: 'Name' }).inputValue(), 'Shelf');
	await dialog.getByRole('combobox', { name: 'Kind' }).filter({ hasText: 'Whole number' }).waitFor();
	await dialog.getByRole('button', { name: 'Create' }).click();
	await page.getByRole('combobox', { name: 'Field for Shelf' }).filter({ hasText: 'Shelf' }).waitFor();
	await page.getByRole('columnheader', { name: 'Shelf' }).waitFor();
	await who.press('Import 1,000 rows');
	await page.getByRole('heading', { name: 'Done' }).waitFor({ timeout: 60000 });
	const [done] = await who.call('/api/imports');
	assert.deepEqual([done.created, done.failed], [999, 1]);
	const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Download failed rows' }).click()]);
	assert.match((await (await file.createReadStream()).toArray()).join(''), /Broken.*custom\.power: must be a number/);
	const { custom } = (await who.call(`/api/custom_machines?filter=${encodeURIComponent('{"name":"Machine 2"}')}`))[0];
	const [ada] = await who.call('/api/contacts?filter={"last_name":"Lovelace"}');
	assert.deepEqual(custom, { power: 1, bought: '2026-01-31', in_use: true, state: 'new', customer: ada.id, shelf: 101 });

	await who.go('/custom_machines');
	await page.getByRole('searchbox').or(page.getByPlaceholder('Search')).first().fill('Machine 777');
	await page.getByRole('link', { name: 'Machine 777' }).waitFor();
	await page.getByRole('button', { name: 'View as' }).click();
	await page.getByRole('menuitem', { name: 'Board: State' }).click();
	await page.getByRole('region', { name: 'new', exact: true }).getByText('Machine 777').waitFor();
	await carry(who, 'Machine 777', 'ArrowRight');
	await page.getByRole('region', { name: 'worn', exact: true }).getByText('Machine 777').waitFor();
	await who.sees('“Machine 777” moved to worn');
	await page.keyboard.press('Control+k');
	await page.getByRole('combobox', { name: 'Search' }).fill('machine 778');
	await page.getByRole('option', { name: /^Machine 778/ }).first().click();
	await page.getByRole('heading', { name: 'Machine 778' }).waitFor();
	await page.getByRole('region', { name: 'About' }).getByRole('link', { name: 'Ada Lovelace' }).waitFor();
	await who.close();
});

test('only administrators can create a field for a column', async () => {
	const who = await member();
	const clerk = await colleague(who, 'member');
	await clerk.go('/imports/create?resource=companies');
	await drop(clerk.page, 'companies.csv', 'Name;Shelf\nAcme;1\n');
	await clerk.press('Continue');
	await clerk.page.getByRole('combobox', { name: 'Field for Shelf' }).click();
	await clerk.page.getByRole('option', { name: 'Don’t import' }).waitFor();
	assert.equal(await clerk.page.getByRole('option', { name: 'New field…' }).count(), 0);
	await clerk.close();
	await who.close();
});
