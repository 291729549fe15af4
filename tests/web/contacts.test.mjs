// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// Contacts: search, tags, export, notes, concurrent edits.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { long } from '../lib/api.mjs';
import { PASSWORD, VISITS, api, demonstrator, member, seedDemo, visitor } from './lib/browser.mjs';

before(seedDemo);

const row = (who, name) => who.page.getByRole('row').filter({ hasText: name });
const open = async (who, name) => {
	await who.go('/contacts');
	await row(who, name).getByRole('link', { name }).click();
	await who.page.getByRole('heading', { name, level: 1 }).waitFor();
};

for (const { name, ...look } of VISITS)
	long(`the list, a contact and the form match their screenshots (${name})`, async () => {
		const who = await demonstrator(look);
		const [contact] = await who.call('/api/contacts?filter={"q":"okafor"}');
		await who.go('/contacts');
		await who.sees('Maya Okafor');
		await who.looks(`contacts-${name}`);
		await who.go(`/contacts/${contact.id}/show`);
		await who.sees('Showed the first drafts');
		await who.looks(`contact-${name}`);
		await who.go(`/contacts/${contact.id}`);
		await who.page.locator('input[name=first_name]').waitFor();
		await who.looks(`contact-edit-${name}`);
		await who.close();
	});

test('the list is searched, filtered and sorted, and the URL contains all of it', async () => {
	const who = await demonstrator();
	await who.go('/contacts');
	await who.page.getByPlaceholder('Search').fill('svensson');
	await row(who, 'Liam Svensson').waitFor();
	await row(who, 'Maya Okafor').waitFor({ state: 'detached' });
	await who.page.reload();
	await row(who, 'Liam Svensson').waitFor();
	assert.equal(await who.page.getByRole('row').count(), 2);
	await who.page.getByPlaceholder('Search').fill('');
	await row(who, 'Maya Okafor').waitFor();
	await who.press('Add filter');
	await who.page.getByRole('menuitemcheckbox', { name: 'Status' }).click();
	await who.page.getByRole('combobox', { name: 'Status' }).click();
	await who.page.getByRole('option', { name: 'Hot' }).click();
	await who.page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 2);
	await who.close();
});

test('many contacts are tagged and deleted, and both changes are undone', async () => {
	const who = await demonstrator();
	const tagged = async () => (await who.call('/api/contacts')).filter((c) => c.tags.length === 0).length;
	const without = await tagged();
	await who.go('/contacts');
	await row(who, 'Maya Okafor').getByRole('checkbox').check();
	await row(who, 'Liam Svensson').getByRole('checkbox').check();
	await who.press('Edit');
	const dialog = who.page.getByRole('dialog', { name: 'Edit 2 records' });
	await who.page.getByRole('option', { name: 'Tags' }).click();
	await dialog.getByRole('combobox', { name: 'Tags', exact: true }).fill('part');
	await who.page.getByRole('option', { name: 'partner', exact: true }).click();
	await who.looks('contacts-tag', { fullPage: false });
	await dialog.getByRole('button', { name: 'Update 2 records' }).click();
	await who.sees('Tags: 2 records updated');
	await row(who, 'Maya Okafor').getByText('partner').waitFor();
	await who.press('Undo');
	await row(who, 'Maya Okafor').getByText('partner').waitFor({ state: 'detached' });
	assert.equal(await tagged(), without);
	await row(who, 'Liam Svensson').getByRole('checkbox').check();
	await who.press('Delete');
	await row(who, 'Liam Svensson').waitFor({ state: 'detached' });
	await who.press('Undo');
	await row(who, 'Liam Svensson').waitFor();
	await who.close();
});

long('the filtered contacts are exported', async () => {
	const who = await demonstrator();
	await who.go('/contacts');
	await who.page.getByPlaceholder('Search').fill('okafor');
	await row(who, 'Liam Svensson').waitFor({ state: 'detached' });
	await who.press('Export');
	const [file] = await Promise.all([who.page.waitForEvent('download'),
		who.page.getByRole('menuitem', { name: 'CSV' }).click()]);
	const text = (await (await file.createReadStream()).toArray()).join('');
	assert.match(text, /Okafor/);
	assert.doesNotMatch(text, /Svensson/);
	await who.close();
});

test('a contact is created, and gets a note with a file and a task, which is completed', async () => {
	const who = await demonstrator();
	await who.go('/contacts/create');
	// The keyboard removes an added line.
	await who.page.locator('input[type=email]').focus();
	await who.page.keyboard.press('Tab');
	await who.page.keyboard.press('Tab');
	await who.page.keyboard.press('Enter');
	await who.page.locator('input[type=email]').waitFor({ state: 'detached' });
	await who.fill({ 'First name': 'Grace', 'Last name': '<script>alert(1)</script>' });
	await who.press('Save');
	await who.fill({ 'Write a note': 'Called about\nthe compiler' });
	await who.page.setInputFiles('input[type=file]',
		{ name: 'plan.txt', mimeType: 'text/plain', buffer: Buffer.from('a plan') });
	await who.page.getByRole('tab', { name: 'Deals' }).click();
	await who.page.getByRole('tab', { name: 'Activity' }).click();
	await who.press('Add note');
	await who.page.getByRole('link', { name: 'plan.txt' }).waitFor();
	await who.press('Add');
	await who.page.getByLabel('Task', { exact: true }).fill('Send the manual');
	await who.page.locator('form').filter({ hasText: 'Due' }).getByRole('button', { name: 'Save' }).click();
	const id = Number(/\d+/.exec(new URL(who.page.url()).pathname)[0]);
	await who.call('/api/batch', { operations: [...'BCDEFGHIJKLM'].map((letter, i) => ({ method: 'POST', resource: 'tasks',
		data: { contact_id: id, text: `Plan ${letter}`, due_date: new Date(Date.now() + (i + 1) * 86_400_000).toISOString() } })) });
	const tasks = who.page.getByRole('region', { name: 'Tasks' }), manual = tasks.getByRole('checkbox', { name: 'Send the manual' });
	await tasks.getByText('Plan J').waitFor();
	await tasks.getByRole('button', { name: 'Show more' }).click();
	await tasks.getByText('Plan M').waitFor();
	await manual.click();
	await who.sees('Done: Send the manual');
	await manual.waitFor({ state: 'detached' });
	await tasks.getByRole('button', { name: 'Done', exact: true }).click();
	await manual.and(who.page.locator(':checked')).waitFor();
	await who.page.getByRole('tabpanel').getByText('Send the manual').waitFor();
	await who.call(`/api/contacts/${id}`, { title: '2026-13-45' }, 'PATCH'); // not a valid date
	await who.page.getByRole('tabpanel').getByText('Created').waitFor();
	await who.page.getByRole('tabpanel').getByText('→ 2026-13-45').waitFor();
	// A draft for one contact does not appear on the page of another contact.
	await who.fill({ 'Write a note': 'Half a note' });
	const [other] = await who.call('/api/contacts?filter={"q":"okafor"}');
	await who.lead(`/contacts/${other.id}/show`);
	await who.page.getByRole('heading', { name: /Okafor/ }).first().waitFor();
	assert.equal(await who.page.getByLabel('Write a note').inputValue(), '');
	await who.close();
});

test('when two users edit a contact, the second sees both versions', async () => {
	const one = await demonstrator(), other = await demonstrator();
	const [{ id }] = await one.call('/api/contacts?filter={"q":"okafor"}');
	await one.go(`/contacts/${id}`);
	await one.page.getByLabel('Position').fill('Head of design');
	await other.go(`/contacts/${id}`);
	await other.fill({ Position: 'Art director', Background: 'Likes tea.' });
	await other.press('Save');
	await other.sees('Art director');
	one.expect(/^412 PUT /);
	await one.press('Save');
	const dialog = one.page.getByRole('dialog', { name: 'Someone else edited this' });
	await dialog.getByText('Yours: Head of design').waitFor();
	await dialog.getByText('Theirs: Art director').waitFor();
	await one.looks('stale', { fullPage: false });
	const saved = one.page.waitForResponse((rs) => rs.request().method() === 'PUT' && rs.ok());
	await dialog.getByRole('button', { name: 'Save selection' }).click();
	await saved;
	await one.page.getByText('Head of design').first().waitFor();
	const after = await one.call(`/api/contacts/${id}`);
	assert.equal(after.title, 'Head of design');
	assert.equal(after.background, 'Likes tea.');

	await one.go(`/contacts/${id}`);
	await one.page.getByLabel('Position').fill('Nobody’s');
	await other.call(`/api/contacts/${id}`, { title: 'Art director', email_jsonb: [{ email: 'tea@example.test', type: 'Work' }] }, 'PATCH');
	await one.press('Save');
	await dialog.getByRole('button', { name: 'Discard my changes' }).click();
	await one.sees('Art director');
	assert.equal(await one.page.getByText('Contact updated').count(), 0, 'discarding updated the contact');
	await one.page.getByText('→ tea@example.test (Work)').waitFor();
	await one.close();
	await other.close();
});

long('the form shows the name of a colleague who has edited the same contact', async () => {
	const one = await member(), other = await visitor();
	const { id } = await one.call('/api/contacts', { first_name: 'Maya', last_name: 'Okafor' });
	const { token } = await one.call('/api/invites', { role: 'member' });
	const email = `colleague.${process.pid}@example.test`;
	await api(other.context, '/api/signup', { email, password: PASSWORD, first_name: 'Max', last_name: 'Member', invite_token: token });
	await api(other.context, '/api/auth/sign-in/email', { email, password: PASSWORD });
	const listens = one.page.waitForResponse((rs) => rs.url().includes('/stream') && rs.ok());
	await one.go(`/contacts/${id}`);
	await one.page.getByLabel('Position').waitFor();
	await listens;
	await api(other.context, `/api/contacts/${id}`, { title: 'Art director' }, 'PATCH');
	await one.sees('Max Member just edited this.');
	await one.close();
	await other.close();
});

long('changes by a colleague appear without reload', async () => {
	const one = await demonstrator(), other = await demonstrator();
	await one.go('/contacts');
	await row(one, 'Maya Okafor').waitFor();
	const [{ id }] = await other.call('/api/contacts?filter={"q":"okafor"}');
	await other.call(`/api/contacts/${id}`, { first_name: 'Maia' }, 'PATCH');
	await row(one, 'Maia Okafor').waitFor();
	await one.close();
	await other.close();
});
