// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// A portal user has one page, with the records that are shared with them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LOOKS, colleague, member } from './lib/browser.mjs';

for (const { name, ...look } of LOOKS)
	test(`a portal user sees what is shared (${name})`, async () => {
		const boss = await member(look);
		const { id: row_id } = await boss.call('/api/contacts', { first_name: 'Grace', last_name: 'Hopper', title: 'Admiral' });
		await boss.call('/api/contacts', { first_name: 'Alan', last_name: 'Turing' });
		const paula = await colleague(boss, 'portal', look);
		await paula.go('/');
		await paula.sees(/^(Nothing is shared with you yet|Rien n’est encore partagé avec vous)\.$/);
		const { user_id } = await paula.call('/api/me');
		await boss.call('/api/shares', { resource: 'contacts', row_id, user_id });
		await paula.go('/contacts');
		await paula.sees('Grace Hopper');
		await paula.looks(`portal-${name}`);
		assert.match(await paula.page.locator('main').innerText(), /Admiral/);
		assert.equal(await paula.page.getByText('Alan Turing').count(), 0);
		assert.equal(await paula.page.getByRole('navigation').count(), 0);
		await paula.page.getByRole('button', { name: /^(Log ?out|Sign out|Se déconnecter|Déconnexion)$/ }).click();
		await paula.page.waitForURL(/\/sign-in/);
		await paula.close();
		await boss.close();
	});
