// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// A record is shared on its page; a portal user has one page, with what is shared with them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LOOKS, colleague, member } from './lib/browser.mjs';

const button = (page, name) => page.getByRole('button', { name });

for (const { name, ...look } of LOOKS)
	test(`a record is shared with a portal user, who sees no other (${name})`, async () => {
		const boss = await member(look);
		const { id } = await boss.call('/api/contacts', { first_name: 'Grace', last_name: 'Hopper', title: 'Admiral' });
		await boss.call('/api/contacts', { first_name: 'Alan', last_name: 'Turing' });
		const paula = await colleague(boss, 'portal', { ...look, first_name: 'Paula', last_name: 'Partner' });
		await paula.go('/');
		await paula.sees(/^(Nothing is shared with you yet|Rien n’est encore partagé avec vous)\.$/);
		await boss.go(`/contacts/${id}/show`);
		await button(boss.page, /^(Share|Partager)$/).click();
		const dialog = boss.page.getByRole('dialog');
		await dialog.getByText(/^(Not shared with anyone yet|Pas encore partagée)\.$/).waitFor();
		const choice = dialog.getByRole('combobox', { name: /^(With|Avec)/ });
		await choice.fill('Paula');
		await boss.page.getByRole('option', { name: /^Paula Partner/ }).click();
		await dialog.locator('input[type=date]').fill('2099-12-31');
		await boss.looks(`sharing-${name}`);
		await button(dialog, /^(Share|Partager)$/).click();
		await dialog.getByText(/31 (Dec|déc\.) 2099/).waitFor();
		await boss.looks(`shared-${name}`);
		await paula.go('/contacts');
		await paula.sees('Grace Hopper');
		await paula.looks(`portal-${name}`);
		assert.match(await paula.page.locator('main').innerText(), /Admiral/);
		assert.equal(await paula.page.getByText('Alan Turing').count(), 0);
		assert.equal(await paula.page.getByRole('navigation').count(), 0);
		await button(dialog, /^(Stop sharing|Ne plus partager): Paula Partner$/).click();
		await dialog.getByText(/^(Not shared with anyone yet|Pas encore partagée)\.$/).waitFor();
		await paula.go('/');
		await paula.sees(/^(Nothing is shared with you yet|Rien n’est encore partagé avec vous)\.$/);
		await button(paula.page, /^(Sign out|Se déconnecter)$/).click();
		await paula.page.waitForURL(/\/sign-in/);
		await paula.close();
		await boss.close();
	});
