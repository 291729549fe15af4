// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// long: api/auth/teams tests the rules.
// The team tree of an organization, and the members of the teams.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VISITS, colleague, member } from './lib/browser.mjs';

const team = (who, name, parentId) => who.call('/api/auth/organization/create-team', { name, ...(parentId && { parentId }) });
const teams = async (who) => {
	const all = await who.call('/api/auth/organization/list-teams');
	return Object.fromEntries(all.map(({ name, parentId }) => [name, all.find(({ id }) => id === parentId)?.name ?? null]));
};
const join = (who, teamId, userId) => who.call('/api/auth/organization/add-team-member', { teamId, userId });
const me = (who) => who.call('/api/me');
const option = (who, name) => who.page.getByRole('option', { name, exact: true });

for (const { name, ...look } of VISITS)
	test(`the tree matches its screenshot (${name})`, async () => {
		const who = await member(look);
		const sales = await team(who, 'Sales'), north = await team(who, 'North', sales.id);
		await team(who, 'Helsinki', north.id);
		await team(who, 'Support');
		await join(who, north.id, (await me(who)).user_id);
		await who.go('/organization/teams');
		await who.page.getByRole('button', { name: 'North', exact: true }).click();
		await who.sees('Ada Lovelace');
		await who.looks(`organization-teams-${name}`);
		await who.close();
	});

test('teams are created, renamed, moved and deleted, and members are added and removed', async () => {
	const who = await member();
	const grace = await colleague(who, 'member', { first_name: 'Grace', last_name: 'Hopper' });
	await who.go('/organization/teams');
	await who.sees('No teams yet');
	const dialog = who.page.getByRole('dialog');
	const make = async (name, parent) => {
		await who.press('New team');
		await dialog.getByLabel('Name').fill(name);
		if (parent) {
			await dialog.getByRole('combobox', { name: 'Parent team' }).click();
			await option(who, parent).click();
		}
		await dialog.getByRole('button', { name: 'Save' }).click();
		await who.page.getByRole('button', { name, exact: true }).waitFor();
	};
	await make('Sales');
	await make('Nord', 'Sales');
	await make('Helsinki', 'Sales › Nord');
	await make('Support');
	assert.deepEqual(await teams(who), { Sales: null, Nord: 'Sales', Helsinki: 'Nord', Support: null });
	// A team cannot be moved below itself.
	await who.page.getByRole('button', { name: 'Edit: Nord' }).click();
	await dialog.getByLabel('Name').fill('North');
	await dialog.getByRole('combobox', { name: 'Parent team' }).click();
	assert.deepEqual(await who.page.getByRole('option').allInnerTexts(), ['None', 'Sales', 'Support']);
	await option(who, 'Support').click();
	await dialog.getByRole('button', { name: 'Save' }).click();
	await who.page.getByRole('button', { name: 'North', exact: true }).waitFor();
	assert.deepEqual(await teams(who), { Sales: null, North: 'Support', Helsinki: 'North', Support: null });
	// Members are added and removed by keyboard.
	await who.page.getByRole('button', { name: 'North', exact: true }).focus();
	await who.page.keyboard.press('Enter');
	await who.sees('No members yet');
	await who.press('Add member');
	await dialog.getByRole('combobox', { name: 'Member' }).fill('hopper');
	await option(who, 'Grace Hopper').waitFor();
	await who.page.keyboard.press('Enter');
	assert.equal(await dialog.getByRole('combobox', { name: 'Member' }).inputValue(), 'Grace Hopper');
	await dialog.getByRole('button', { name: 'Add' }).click();
	await who.page.getByRole('button', { name: 'Remove: Grace Hopper' }).waitFor();
	// A user sees the tree, and the members of the user's own teams.
	await grace.go('/organization/teams');
	await grace.page.getByRole('button', { name: 'North', exact: true }).click();
	await grace.sees('Grace Hopper');
	const buttons = await grace.page.getByRole('tabpanel').getByRole('button').allInnerTexts();
	assert.deepEqual(buttons, ['North']);
	await grace.looks('organization-teams-member');
	await who.page.getByRole('button', { name: 'Remove: Grace Hopper' }).click();
	await who.sees('No members yet');
	// The teams below a deleted team move up one level.
	await who.page.getByRole('button', { name: 'Delete: North' }).click();
	await dialog.getByText('The teams below it move to “Support”: Helsinki.').waitFor();
	await dialog.getByRole('button', { name: 'Delete' }).click();
	await dialog.waitFor({ state: 'detached' }); // elements behind an open dialog have no role
	await who.page.getByRole('button', { name: 'North', exact: true }).waitFor({ state: 'detached' });
	assert.deepEqual(await teams(who), { Sales: null, Helsinki: 'Support', Support: null });
	// A parent team that was deleted in the meantime is refused.
	await who.page.getByRole('button', { name: 'Edit: Sales' }).click();
	await dialog.getByRole('combobox', { name: 'Parent team' }).click();
	await option(who, 'Support › Helsinki').click();
	const [{ id }] = (await who.call('/api/auth/organization/list-teams')).filter(({ name }) => name === 'Helsinki');
	await who.call('/api/auth/organization/remove-team', { teamId: id });
	who.expect(/^400 POST \/api\/auth\/organization\/update-team$/);
	await dialog.getByRole('button', { name: 'Save' }).click();
	await dialog.getByText('This team was deleted.').waitFor();
	await grace.close();
	await who.close();
});
