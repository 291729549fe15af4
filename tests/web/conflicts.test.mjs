// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// Two people work on the same record: both change fields, one deletes the record, or one loses the permission to edit
// it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { long } from '../lib/api.mjs';
import { colleague, member } from './lib/browser.mjs';

// Creates two users and a contact, whose form the first user has opened.
async function opened(role = 'member') {
	const boss = await member();
	const who = await colleague(boss, role);
	const { id } = await boss.call('/api/contacts', { first_name: 'Nina', last_name: 'North', title: 'Buyer', background: 'Coffee' });
	await who.go(`/contacts/${id}`);
	await who.page.getByLabel('Position').waitFor();
	return { boss, who, id, read: () => boss.call(`/api/contacts/${id}`), close: async () => { await who.close(); await boss.close(); } };
}

const dialog = ({ page }, name) => page.getByRole('dialog', { name });

long('the user is asked only about fields that both have changed, and all other changes are kept', async () => {
	const { boss, who, id, read, close } = await opened();
	await who.fill({ Position: 'Head buyer', 'First name': 'Ninette' });
	await boss.call(`/api/contacts/${id}`, { title: 'Director', background: 'Tea' }, 'PATCH');
	who.expect(/^412 PUT /);
	await who.press('Save');
	const asks = dialog(who, 'Someone else edited this');
	await asks.getByText('Before: Buyer').waitFor();
	assert.equal(await asks.getByRole('radiogroup').count(), 1);
	// Escape returns to the form, which keeps the input.
	await who.page.keyboard.press('Escape');
	await asks.waitFor({ state: 'detached' });
	assert.equal(await who.page.getByLabel('Position').inputValue(), 'Head buyer');
	await who.press('Save');
	await asks.getByText('Theirs: Director').click();
	await who.looks('conflict', { fullPage: false });
	await asks.getByRole('button', { name: 'Save selection' }).click();
	await who.sees('Ninette');
	const { title, background, first_name } = await read();
	assert.deepEqual([title, background, first_name], ['Director', 'Tea', 'Ninette']);
	await close();
});

long('changes to different fields are merged without a question', async () => {
	const { boss, who, id, read, close } = await opened();
	await who.fill({ Position: 'Head buyer' });
	await boss.call(`/api/contacts/${id}`, { background: 'Tea' }, 'PATCH');
	who.expect(/^412 PUT /);
	await who.press('Save');
	await who.page.waitForURL(`**/contacts/${id}/show`);
	const { title, background } = await read();
	assert.deepEqual([title, background], ['Head buyer', 'Tea']);
	await close();
});

test('a record that was deleted in the meantime is restored with the changes, or left', async () => {
	const { boss, who, id, read, close } = await opened();
	who.expect(/^404 /);
	for (const choice of ['Restore and save my changes', 'Leave without saving']) {
		await who.go(`/contacts/${id}`);
		await who.fill({ Position: choice });
		await boss.call(`/api/contacts/${id}`, undefined, 'DELETE');
		await who.page.getByRole('alert').filter({ hasText: 'Ada Lovelace just deleted this.' }).waitFor();
		await who.press('Save');
		await dialog(who, 'This was deleted').getByRole('button', { name: choice }).waitFor();
		await who.page.keyboard.press('Escape');
		await dialog(who, 'This was deleted').waitFor({ state: 'detached' });
		assert.equal(await who.page.getByLabel('Position').inputValue(), choice);
		await who.press('Save');
		await dialog(who, 'This was deleted').getByRole('button', { name: choice }).waitFor();
		if (choice.startsWith('Restore'))
			await who.looks('deleted', { fullPage: false });
		await dialog(who, 'This was deleted').getByRole('button', { name: choice }).click();
		await who.page.waitForURL(choice.startsWith('Restore') ? `**/contacts/${id}/show` : '**/contacts');
	}
	const [{ id: item }] = await boss.call(`/api/trash?filter=${JSON.stringify({ resource: 'contacts', row_id: id })}`);
	await boss.call(`/api/trash/${item}/restore`, {});
	assert.equal((await read()).title, 'Restore and save my changes');
	await close();
});

long('a user who has lost the permission to edit is informed', async () => {
	const { boss, who, read, close } = await opened();
	await who.fill({ Position: 'Head buyer' });
	const { members } = await boss.call('/api/auth/organization/list-members');
	const { id: memberId } = members.find(({ role }) => role === 'member');
	await boss.call('/api/auth/organization/update-member-role', { memberId, role: 'viewer' });
	who.expect(/^4\d\d PUT /);
	await who.press('Save');
	await who.sees(/^Your role has changed, so you can’t edit this any more/);
	assert.equal((await read()).title, 'Buyer');
	await close();
});
