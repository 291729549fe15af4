// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// long: api/tenancy/view_as tests the rules.
// An administrator sees the pages as a member does.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { READ_AHEAD, VISITS, colleague, member } from './lib/browser.mjs';

for (const { name, ...look } of VISITS)
	test(`an administrator views the pages as a member, and can change nothing (${name})`, async () => {
		const boss = await member(look);
		boss.expect(/^(403|422) /);
		await boss.call('/api/auth/organization/create-role', { role: 'rep',
			permission: { contacts: ['read:own', 'update:own'], tasks: ['read:own'] } });
		const rita = await colleague(boss, 'rep', { first_name: 'Rita', last_name: 'Rep' });
		const { id: hers } = await rita.call('/api/me');
		await boss.call('/api/contacts', { first_name: 'Grace', last_name: 'Hopper', sales_id: hers });
		await boss.call('/api/contacts', { first_name: 'Alan', last_name: 'Turing' });
		await boss.go('/organization/members');
		await boss.page.getByRole('button', { name: /^(View as|Voir comme): Rita Rep$/ }).click();
		const dialog = boss.page.getByRole('dialog');
		await dialog.getByRole('textbox').fill('ticket 7');
		await boss.looks(`view-as-${name}`);
		await dialog.getByRole('button', { name: /^(View as|Voir comme)$/ }).click();
		const banner = boss.page.getByRole('status').filter({ hasText: 'Rita Rep' });
		await banner.waitFor();
		await boss.go('/contacts');
		await boss.sees('Grace Hopper');
		assert.equal(await boss.page.getByText('Alan Turing').count(), 0);
		await banner.waitFor();
		await boss.looks(`viewing-${name}`);
		// An action that the member may perform is refused with a message.
		const [{ id }] = await boss.call('/api/contacts');
		await boss.go(`/contacts/${id}`);
		await boss.page.getByRole('textbox', { name: /^(Position|Fonction)/ }).fill('Admiral');
		const save = boss.page.getByRole('button', { name: /^(Save|Enregistrer)$/ });
		await save.evaluate((button) => button.scrollIntoView({ block: 'center' }));	// moves the button above the banner
		await save.click();
		await boss.sees(/viewing as another member|comme un autre membre/);
		assert.equal((await rita.call(`/api/contacts/${id}`)).title, null);
		await banner.getByRole('button').click();
		const leave = boss.page.getByRole('button', { name: /^(Leave|Quitter|Discard|Abandonner)/ });
		await Promise.race([leave.click(), boss.page.waitForURL('**/organization/members')]).catch(() => {});
		await boss.page.waitForURL('**/organization/members');
		await boss.go('/contacts');
		await boss.sees('Alan Turing');
		assert.equal(await banner.count(), 0);
		await rita.close();
		await boss.close();
	});

test('an administrator views the pages as a portal user, and returns', async () => {
	const boss = await member();
	const paula = await colleague(boss, 'portal', { first_name: 'Paula', last_name: 'Partner' });
	boss.expect(READ_AHEAD);
	const { id } = await boss.call('/api/contacts', { first_name: 'Grace', last_name: 'Hopper' });
	await boss.call('/api/shares', { resource: 'contacts', row_id: id, user_id: (await paula.call('/api/me')).user_id });
	await boss.go('/organization/members');
	await boss.page.getByRole('button', { name: 'View as: Paula Partner' }).click();
	const dialog = boss.page.getByRole('dialog');
	await dialog.getByRole('textbox').fill('ticket 8');
	await dialog.getByRole('button', { name: 'View as' }).click();
	const banner = boss.page.getByRole('status').filter({ hasText: 'Paula Partner' });
	await banner.waitFor();
	await boss.sees('Grace Hopper');
	// The account pages would show the administrator's account, so they are not offered.
	assert.equal(await boss.page.getByRole('link', { name: 'Profile and security' }).count(), 0);
	await boss.looks('viewing-portal');
	await banner.getByRole('button').click();
	await boss.page.waitForURL('**/organization/members');
	await boss.page.getByRole('button', { name: 'View as: Paula Partner' }).waitFor();
	await paula.close();
	await boss.close();
});
