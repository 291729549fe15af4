// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// A record is shared on its page; a portal user has one page, with what is shared with them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LOOKS, colleague, member } from './lib/browser.mjs';

const button = (page, name) => page.getByRole('button', { name });
const share = async (boss, resource, row, to) => {
	const { id } = await boss.call(`/api/${resource}`, row);
	await boss.call('/api/shares', { resource, row_id: id, ...to });
	return id;
};
const team = (boss, name) => boss.call('/api/auth/organization/create-team', { name });
const idOf = async (who) => (await who.call('/api/me')).user_id;
const portalUser = (boss, look) => colleague(boss, 'portal', { first_name: 'Paula', last_name: 'Partner', ...look });

for (const { name, ...look } of LOOKS)
	test(`a record is shared with a portal user, who sees no other (${name})`, async () => {
		const boss = await member(look);
		const { id } = await boss.call('/api/contacts', { first_name: 'Grace', last_name: 'Hopper', title: 'Admiral' });
		await boss.call('/api/contacts', { first_name: 'Alan', last_name: 'Turing' });
		const paula = await portalUser(boss, look);
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

test('the dialog has all shares of a record, with the names of all recipients', async () => {
	const boss = await member(), paula = await portalUser(boss), user_id = await idOf(paula);
	const row_id = await share(boss, 'contacts', { last_name: 'Hopper' }, { user_id });
	for (let n = 0; n < 26; n++) {
		const { id } = await team(boss, `Team ${n}`);
		await boss.call('/api/shares', { resource: 'contacts', row_id, team_id: id });
	}
	// As in an organization with more members than one request returns.
	await boss.page.route('**/list-members?limit=*', async (route) => {
		const rs = await route.fetch(), { members, total } = await rs.json();
		await route.fulfill({ json: { members: members.filter((one) => one.userId !== user_id), total } });
	});
	await boss.go(`/contacts/${row_id}/show`);
	await button(boss.page, 'Share').click();
	const dialog = boss.page.getByRole('dialog');
	await button(dialog, 'Stop sharing: Paula Partner').waitFor();
	assert.equal(await button(dialog, /^Stop sharing: /).count(), 27);
	await paula.close();
	await boss.close();
});
