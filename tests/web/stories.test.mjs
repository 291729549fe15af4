// stack: STACK_HOST=localhost TENANTRY_RATE_LIMIT=off
// own stack: its first user signs up at a new installation.
// long: first_user.test.mjs is a longer story.
// A story of two users. The first user signs up on a new server and invites the second, and both work in the same
// organization.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BASE, PASSWORD, visitor } from './lib/browser.mjs';

const signUp = async (who, first_name, email, action = 'Sign up') => {
	await who.fill({ 'First name': first_name, 'Last name': 'Hopper', 'Email': email, Password: PASSWORD });
	await who.press(action);
	await who.page.getByRole('heading', { name: 'Dashboard', level: 1 }).waitFor();
};

test('the first user signs up, and an invited colleague sees the company, contact, deal, note and task', async () => {
	const one = await visitor(), other = await visitor();
	const { page } = one;
	await one.go('/');
	await one.sees('Welcome to Tenantry');
	await signUp(one, 'Ada', 'ada@stories.test');

	await one.go('/organization/invitations');
	await one.press('Invite');
	await page.getByRole('dialog').getByRole('button', { name: 'Invite' }).click();
	await other.page.goto(await page.getByRole('group', { name: 'Invitation link' }).locator('pre').innerText());
	await other.sees(/^Ada Hopper invites you to join /);
	await signUp(other, 'Grace', 'grace@stories.test', 'Create account and join');
	await other.page.getByRole('menuitem', { name: 'Companies' }).click();
	await other.page.getByRole('heading', { name: 'Companies', level: 1 }).waitFor();

	await one.go('/companies/create');
	await one.fill({ 'Name *': 'Compilers Ltd' });
	await one.press('Save');
	await other.sees('Compilers Ltd');
	await page.getByRole('tab', { name: 'Contacts' }).click();
	await one.press('New contact');
	await one.fill({ 'First name': 'Jean', 'Last name': 'Sammet' });
	await one.press('Save');
	await page.getByRole('tabpanel').getByRole('link', { name: 'Jean Sammet' }).click();
	await one.fill({ 'Write a note': 'Wrote the committee' });
	await one.press('Add note');
	await page.getByRole('listitem').filter({ hasText: 'Wrote the committee' }).waitFor();
	await one.press('Add');
	await page.getByLabel('Task', { exact: true }).fill('Send the draft');
	await page.locator('form').filter({ hasText: 'Due' }).getByRole('button', { name: 'Save' }).click();
	await page.getByRole('checkbox', { name: 'Send the draft' }).waitFor();
	await page.getByRole('menuitem', { name: 'Deals' }).click();
	await one.press('New deal');
	await one.fill({ 'Name *': 'A common language', 'Amount *': '1959' });
	await one.press('Save');
	await one.sees('$1,959');

	await other.page.getByRole('menuitem', { name: 'Contacts' }).click();
	await other.page.getByRole('row').filter({ hasText: 'Jean Sammet' }).getByRole('link', { name: 'Jean Sammet' }).click();
	await other.sees('Wrote the committee');
	await other.page.getByRole('checkbox', { name: 'Send the draft' }).waitFor();
	await other.page.getByRole('menuitem', { name: 'Deals' }).click();
	await other.sees('A common language');
	const rs = await other.context.request.get(`${BASE}/api/sales`);
	assert.deepEqual((await rs.json()).map(({ first_name }) => first_name).sort(), ['Ada', 'Grace']);
	await one.close();
	await other.close();
});
