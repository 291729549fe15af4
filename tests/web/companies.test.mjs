// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// long: forms.test.mjs and records.test.mjs create and edit companies.
// Companies: search, creation and related records.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { VISITS, demonstrator, member, seedDemo } from './lib/browser.mjs';

before(seedDemo);

for (const { name, ...look } of VISITS)
	test(`the list, a company and the form match their screenshots (${name})`, async () => {
		const who = await demonstrator(look);
		const [company] = await who.call('/api/companies?filter={"q":"brightlane"}');
		await who.go('/companies');
		await who.sees('Brightlane Studio');
		await who.looks(`companies-${name}`);
		await who.go(`/companies/${company.id}/show`);
		await who.sees('Maya Okafor');
		await who.looks(`company-${name}`);
		await who.page.getByRole('tab', { name: /^Activit/ }).click();
		await who.sees('Showed the first drafts');
		await who.looks(`company-activity-${name}`);
		await who.go(`/companies/${company.id}`);
		await who.page.locator('input[name=name]').waitFor();
		await who.looks(`company-edit-${name}`);
		await who.close();
	});

test('a company is created and edited, and gets a contact and a deal', async () => {
	const who = await demonstrator();
	await who.go('/companies/create');
	await who.fill({ 'Name *': '<b>Quillworks</b>', Website: 'javascript:alert(1)', City: 'Oslo' });
	await who.press('Save');
	await who.sees('Enter a valid URL');
	await who.fill({ Website: 'quillworks.test' });
	await who.press('Save');
	await who.page.getByRole('tab', { name: 'Contacts' }).click();
	await who.sees('No contacts yet');
	assert.equal(await who.page.getByRole('link', { name: 'quillworks.test' }).getAttribute('href'),
		'https://quillworks.test/');
	await who.press('New contact');
	await who.fill({ 'First name': 'Nils', 'Last name': 'Quill' });
	await who.press('Save');
	await who.page.getByRole('tabpanel').getByRole('link', { name: 'Nils Quill' }).waitFor();
	const [company] = await who.call('/api/companies?filter={"q":"quillworks"}');
	assert.equal(company.nb_contacts, 1);
	await who.go(`/companies/${company.id}/show`);
	await who.page.getByRole('tab', { name: 'Deals' }).click();
	await who.press('New deal');
	await who.fill({ 'Name *': 'Printing press', 'Amount *': '4200' });
	await who.press('Save');
	await who.page.getByRole('tabpanel').getByText('$4,200').waitFor();
	await who.go(`/companies/${company.id}`);
	await who.fill({ City: 'Bergen' });
	await who.press('Save');
	await who.sees('Bergen');
	await who.page.getByRole('tab', { name: 'Activity' }).click();
	await who.page.getByRole('tabpanel').getByText('Printing press').waitFor();
	await who.close();
});

test('a company shows the tasks of its last contacts, and says so', async () => {
	const who = await member();
	const { page } = who;
	const { id: company_id } = await who.call('/api/companies', { name: 'Crowd' });
	const add = (n) => who.call('/api/batch', { operations: Array.from({ length: n }, (_, i) =>
		({ method: 'POST', resource: 'contacts', data: { last_name: `Number ${i}`, company_id, last_seen: new Date().toISOString() } })) });
	const { results: [{ data: { id: contact_id } }] } = await add(100);
	await who.call('/api/tasks', { contact_id, text: 'Count them' });
	await add(100);
	const tasks = async () => {
		await who.go(`/companies/${company_id}/show`);
		await page.getByRole('tab', { name: /^Tasks/ }).click();
		await who.sees('Count them');
	};
	await tasks();
	assert.equal(await page.getByText('with the latest activity').count(), 0);
	await who.call('/api/contacts', { last_name: 'One more', company_id });
	await tasks();
	await who.sees('Shows only records of the 200 most recently active contacts, out of 201.');
	await who.close();
});
