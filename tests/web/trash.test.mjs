// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// The trash: searching, restoring one or many records, and permanent deletion.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { long } from '../lib/api.mjs';
import { LOOKS, VISITS, colleague, further, member } from './lib/browser.mjs';

async function deleted(who, name) {
	const { id } = await who.call('/api/companies', { name });
	await who.call('/api/contacts', { first_name: 'Grace', last_name: 'Hopper', company_id: id });
	await who.call(`/api/companies/${id}`, undefined, 'DELETE');
	return id;
}

for (const { name, ...look } of VISITS)
	long(`the trash matches its screenshots, full and empty (${name})`, async () => {
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

test('a company is restored with its contact, and another company is deleted permanently', async () => {
	const who = await member();
	const id = await deleted(who, 'Navy');
	await deleted(who, 'Army');
	// Only administrators can delete records permanently.
	const max = await colleague(who, 'member');
	await max.go('/trash');
	await max.page.getByRole('button', { name: 'Restore: Army' }).waitFor();
	assert.equal(await max.page.getByRole('button', { name: /^Delete permanently/ }).count(), 0);
	await max.close();
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

test('deleted records are found by name, and many are restored at once, parents first', async () => {
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
	await who.sees('The trash is empty');
	await who.close();
});

long('undoing a deletion on the page of a record restores the record, without a message that it is deleted', async () => {
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
		// The list is loaded after the feed reports the deletion, while the page is still shown.
		await who.page.route(/\/assets\/.*\.js$/, (route) => setTimeout(() => route.continue().catch(() => {}), 1500));
		await (page ? who.further('Delete') : who.press('Delete'));
		await who.page.waitForURL((url) => !url.href.includes(String(id)));
		await who.settled();
		await who.page.unroute(/\/assets\/.*\.js$/);
		await who.press('Undo');
		await who.sees('Undone');
		await who.settled();
		assert.equal(await who.page.getByText('This record was deleted').count(), 0, resource);
		assert.equal((await who.call(`/api/${resource}/${id}`)).id, id);
		await who.go(`/${resource}/${id}/${page}`);
		await (page ? await further(who.page, 'Delete') : who.page.getByRole('button', { name: 'Delete', exact: true })).waitFor();
	}
	await who.close();
});

long('an owner puts a hold on a contact, and erases the contact after releasing the hold', async () => {
	const who = await member();
	const { page } = who;
	who.expect(/^409 POST \/api\/contacts\/\d+\/erase$/);
	const { id } = await who.call('/api/contacts', { first_name: 'Erna', last_name: 'Erased' });
	const dialog = page.getByRole('dialog');
	const decide = async (name, reason) => {
		await who.further(name);
		await dialog.getByLabel('Reason').fill(reason);
		await dialog.getByRole('button', { name, exact: true }).click();
	};
	await who.go(`/contacts/${id}/show`);
	assert.equal(await (await further(page, 'All data')).getAttribute('href'), `/api/contacts/${id}/report`);
	await page.keyboard.press('Escape');
	await decide('Legal hold', 'court order 7');
	await dialog.waitFor({ state: 'detached' });
	await who.sees('Contact legal hold created');
	await decide('Erase', 'asked for it');
	await page.getByText('A legal hold prevents this. (a legal hold forbids this: court order 7)').first().waitFor();
	await who.looks('contact-erase', { fullPage: false });
	await who.go('/contact_holds');
	await page.getByRole('link', { name: 'court order 7' }).click();
	// Releasing a hold requires a confirmation.
	const released = async () => (await who.call('/api/contact_holds'))[0].released_at !== null;
	await page.getByRole('button', { name: 'Release' }).click();
	await dialog.getByText('This permanently releases the legal hold. This person can then be deleted and erased.').waitFor();
	await who.looks('contact-hold-release', { fullPage: false });
	await dialog.getByRole('button', { name: 'Cancel' }).click();
	await dialog.waitFor({ state: 'detached' });
	assert.equal(await released(), false);
	await page.getByRole('button', { name: 'Release' }).click();
	await dialog.getByRole('button', { name: 'Release' }).click();
	await dialog.waitFor({ state: 'detached' });
	await page.getByRole('button', { name: 'Release' }).waitFor({ state: 'detached' });
	assert.equal(await released(), true);
	await who.go(`/contacts/${id}/show`);
	await decide('Erase', 'asked for it');
	await page.waitForURL(/\/contact_erasures(\?|$)/);
	await page.getByRole('link', { name: 'asked for it' }).click();
	await page.getByText('SHA-256 of the rows').waitFor();
	await who.sees('contact (1)');
	await who.sees(String(id));
	await who.looks('contact-erasure');
	assert.deepEqual(await who.call('/api/contacts'), []);
	await who.close();
	// On a phone in French, the hold is added with its form.
	const french = await member(LOOKS[1]);
	const { id: other } = await french.call('/api/contacts', { last_name: 'Effacée' });
	await french.go(`/contacts/${other}/show`);
	await further(french.page, 'Effacer');
	for (const name of ['Toutes les données', 'Conservation légale', 'Effacer'])
		await french.page.getByLabel(name, { exact: true }).waitFor();
	await french.looks('contact-erase-phone');
	await french.go('/contact_holds');
	await french.sees('Conservations légales de contacts');
	await french.go('/contact_holds/create');
	await french.page.getByRole('heading', { name: 'Nouvelle conservation légale' }).waitFor();
	await french.page.getByRole('combobox', { name: 'Contact' }).click();
	await french.page.getByRole('option', { name: 'Effacée' }).click();
	await french.page.getByRole('textbox', { name: 'Motif' }).fill('Litige 7');
	await french.press('Enregistrer');
	await french.page.getByRole('button', { name: 'Lever' }).waitFor();
	await french.looks('contact-hold-phone');
	await french.press('Lever');
	await french.sees('La conservation légale prend fin définitivement. Cette personne peut ensuite être supprimée et effacée.');
	await french.press('Annuler');
	assert.deepEqual((await french.call('/api/contact_holds')).map(({ contact_id, reason }) => [contact_id, reason]), [[other, 'Litige 7']]);
	await french.close();
});
