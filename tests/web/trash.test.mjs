// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// The trash: searching, restoring one or many, and permanent deletion.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LOOKS, member } from './lib/browser.mjs';

async function deleted(who, name) {
	const { id } = await who.call('/api/companies', { name });
	await who.call('/api/contacts', { first_name: 'Grace', last_name: 'Hopper', company_id: id });
	await who.call(`/api/companies/${id}`, undefined, 'DELETE');
	return id;
}

for (const { name, ...look } of LOOKS)
	test(`the trash matches its screenshots, full and empty (${name})`, async () => {
		const who = await member(look);
		await who.go('/trash');
		await who.page.getByRole('heading', { level: 1 }).waitFor();
		await who.looks(`trash-empty-${name}`);
		await deleted(who, 'Navy');
		await who.go('/trash');
		await who.sees('Navy');
		await who.looks(`trash-${name}`);
		await who.close();
	});

test('restores a company with its contact, and deletes another permanently', async () => {
	const who = await member();
	const id = await deleted(who, 'Navy');
	await deleted(who, 'Army');
	await who.go('/trash');
	await who.page.getByRole('button', { name: 'Restore: Navy' }).click();
	await who.sees('Restored');
	await who.page.getByRole('button', { name: 'Restore: Navy' }).waitFor({ state: 'detached' });
	assert.equal((await who.call(`/api/companies/${id}`)).nb_contacts, 1);
	await who.page.getByRole('button', { name: 'Delete permanently: Army' }).click();
	await who.page.getByRole('dialog').getByRole('button', { name: 'Delete permanently' }).click();
	await who.page.getByText('Army').first().waitFor({ state: 'detached' });
	assert.deepEqual(await who.call('/api/trash'), []);
	await who.close();
});

test('finds deleted records by name and restores many at once, parents first', async () => {
	const who = await member();
	const { page } = who;
	const { id } = await who.call('/api/companies', { name: 'Bletchley Park' });
	const contact = await who.call('/api/contacts', { first_name: 'Joan', last_name: 'Clarke', company_id: id });
	await who.call(`/api/contacts/${contact.id}`, undefined, 'DELETE');
	await who.call(`/api/companies/${id}`, undefined, 'DELETE');
	await deleted(who, 'Navy');
	await who.go('/trash');
	await page.getByRole('textbox', { name: 'Search' }).fill('letchl');
	await who.sees('Bletchley Park');
	await page.getByText('Navy').waitFor({ state: 'detached' });
	await page.getByRole('textbox', { name: 'Search' }).fill('nobody');
	await who.sees('No results for these filters');
	await page.getByRole('textbox', { name: 'Search' }).fill('');
	await page.getByRole('checkbox', { name: 'Select: Bletchley Park' }).press('Space');
	await page.getByRole('checkbox', { name: 'Select: Joan Clarke' }).click();
	await who.sees('2 selected');
	await who.looks('trash-selected');
	await page.getByRole('button', { name: 'Restore', exact: true }).click();
	await who.sees('2 items restored');
	await page.getByText('Joan Clarke').waitFor({ state: 'detached' });
	assert.equal((await who.call(`/api/contacts/${contact.id}`)).company_id, id);
	await page.getByRole('checkbox', { name: 'Select all' }).click();
	await who.sees('1 selected');
	await page.getByRole('button', { name: 'Restore', exact: true }).click();
	await who.sees('Trash is empty');
	await who.close();
});

test('undoing a deletion from the page of a record brings it back, without a message that it is gone', async () => {
	const who = await member();
	const contact = await who.call('/api/contacts', { first_name: 'Grace', last_name: 'Hopper' });
	const soon = new Date(Date.now() + 86_400_000).toISOString();
	const made = {
		contacts: [contact, 'show'],
		companies: [await who.call('/api/companies', { name: 'Navy' }), 'show'],
		tasks: [await who.call('/api/tasks', { contact_id: contact.id, text: 'Call', due_date: soon }), ''],
	};
	for (const [resource, [{ id }, page]] of Object.entries(made)) {
		await who.go(`/${resource}/${id}/${page}`);
		await who.settled();
		// The list comes after what the feed tells, while the page is still shown.
		await who.page.route(/\/assets\/.*\.js$/, (route) => setTimeout(() => route.continue().catch(() => {}), 1500));
		await who.press('Delete');
		await who.page.waitForURL((url) => !url.href.includes(String(id)));
		await who.settled();
		await who.page.unroute(/\/assets\/.*\.js$/);
		await who.press('Undo');
		await who.sees('Undone');
		await who.settled();
		assert.equal(await who.page.getByText('This record was deleted').count(), 0, resource);
		assert.equal((await who.call(`/api/${resource}/${id}`)).id, id);
		await who.go(`/${resource}/${id}/${page}`);
		await who.page.getByRole('button', { name: 'Delete', exact: true }).waitFor();
	}
	await who.close();
});
