// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// The roles of an organization, and the editor for their permissions.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { long } from '../lib/api.mjs';
import { VISITS, colleague, member } from './lib/browser.mjs';

const rep = { contacts: ['read:team', 'create:own', 'update:own'], deals: ['read', 'export'], invitation: ['create'] };
const create = (who, role, permission) => who.call('/api/auth/organization/create-role', { role, permission });
const roles = (who) => who.call('/api/auth/organization/list-roles');
const cell = (who, name) => who.page.getByRole('combobox', { name, exact: true });
// Sets a checkbox like setChecked(), but waits until a busy page shows the change.
async function set(box, on) {
	if (await box.isChecked() !== on)
		await box.click();
	for (let tries = 0; await box.isChecked() !== on; tries++) {
		assert.ok(tries < 300, 'nothing changes');
		await box.page().waitForTimeout(100);
	}
}
const details = (who, name) => who.press(`Individual actions: ${name}`);

for (const { name, ...look } of VISITS)
	long(`the list, the editor and a built-in role match their screenshots (${name})`, async () => {
		const who = await member(look);
		await create(who, 'rep', rep);
		await who.go('/organization/roles');
		await who.sees(/^rep$/);
		await who.looks(`organization-roles-${name}`);
		await who.page.getByRole('link', { name: 'rep' }).click();
		await who.page.getByRole('table').first().waitFor();
		await who.looks(`organization-role-${name}`);
		await who.go('/organization/roles/viewer');
		await who.page.getByRole('table').first().waitFor();
		assert.equal(await who.page.getByRole('main').getByRole('combobox').count(), 0);
		await who.looks(`organization-role-viewer-${name}`);
		await who.close();
	});

long('a role is created, edited, renamed and deleted, even with the keyboard', async () => {
	const who = await member();
	await who.go('/organization/roles');
	await who.sees('No custom roles yet');
	await who.page.getByRole('link', { name: 'New role' }).click();
	const name = who.page.getByRole('textbox', { name: 'Name' });
	await name.fill('rep, head');
	await cell(who, 'Contacts: See').selectOption('Team');
	await who.press('Save');
	await who.sees('Commas aren’t allowed');
	await name.fill('Rep');
	await details(who, 'Contacts');
	await cell(who, 'Contacts: Edit').focus();
	await who.page.keyboard.type('Own');
	const exports = who.page.getByRole('checkbox', { name: 'Contacts: Export', exact: true });
	await exports.focus();
	await who.page.keyboard.press('Space');
	assert.equal(await cell(who, 'Contacts: Change').inputValue(), 'mixed');
	await cell(who, 'Invitations: Change').selectOption('All');
	await who.fill({ 'Find a type of record': 'invit' });
	assert.deepEqual(await who.page.getByRole('rowheader').allInnerTexts(), ['Invitations']);
	await who.fill({ 'Find a type of record': '' });
	await details(who, 'Invitations');
	await set(who.page.getByRole('checkbox', { name: 'Invitations: Cancel', exact: true }), false);
	const preview = who.page.getByRole('region', { name: 'What people with this role see' });
	await preview.getByText('Their team’s: Contacts', { exact: true }).waitFor();
	assert.deepEqual(await preview.getByRole('listitem').allInnerTexts(),
		['Contacts: View, – → Team', 'Contacts: Edit, – → Own', 'Contacts: Export, added', 'Invitations: Create, added']);
	await who.press('Save');
	await who.page.waitForURL((url) => url.pathname === '/organization/roles');
	assert.deepEqual((await roles(who)).map(({ role, permission }) => ({ role, permission })), [{ role: 'rep',
		permission: { contacts: ['export', 'read:team', 'update:own'], invitation: ['create'] } }]);
	// A setting for "Everything" applies to all resources.
	await who.page.getByRole('link', { name: 'rep' }).click();
	for (const one of ['Everything', 'Contacts', 'Deals', 'Audit log'])
		await details(who, one);
	await cell(who, 'Everything: See').selectOption('Team');
	assert.equal(await cell(who, 'Deals: See').inputValue(), 'team');
	assert.equal(await cell(who, 'Deals: View').inputValue(), 'team');
	for (const one of ['See', 'View'])
		assert.ok(await cell(who, `Deals: ${one}`).getByRole('option', { name: 'Own' }).isDisabled());
	const everything = who.page.getByRole('checkbox', { name: 'Everything: Export', exact: true });
	await set(everything, true);
	assert.ok(await exports.isDisabled());
	const log = who.page.getByRole('checkbox', { name: 'Audit log: Export', exact: true });
	assert.ok(await log.isEnabled() && !await log.isChecked());
	await set(everything, false);
	await set(who.page.getByRole('checkbox', { name: 'Everything: Administer', exact: true }), true);
	assert.equal(await cell(who, 'Deals: Delete').inputValue(), 'all');
	assert.ok(await who.page.getByRole('checkbox', { name: 'Contacts: Merge', exact: true }).isDisabled());
	// Leaving the page requires a confirmation.
	const asked = [];
	who.page.on('dialog', (dialog) => { asked.push(dialog.message()); return asked.length === 1 ? dialog.dismiss() : dialog.accept(); });
	const raised = who.page.waitForEvent('dialog');
	await who.page.getByRole('tab', { name: 'Members' }).click();
	await raised;
	assert.match(asked[0], /unsaved changes/);
	await who.settled();
	assert.equal(await cell(who, 'Deals: Delete').inputValue(), 'all');
	await who.page.getByRole('link', { name: 'Cancel' }).click();
	await who.page.waitForURL((url) => url.pathname === '/organization/roles');
	assert.equal(asked.length, 2);
	// An error beside the field reports that a name is taken, and the next attempt succeeds.
	await create(who, 'taken', {});
	await who.page.getByRole('link', { name: 'rep' }).click();
	await name.fill('taken');
	who.expect(/^400 POST \/api\/auth\/organization\/update-role$/);
	await who.press('Save');
	await who.page.getByRole('main').getByText('Another role has this name.').waitFor();
	assert.equal(await name.getAttribute('aria-invalid'), 'true');
	await name.fill('seller');
	await who.press('Save');
	await who.page.waitForURL((url) => url.pathname === '/organization/roles');
	await who.sees(/^seller$/);
	assert.equal(asked.length, 2, 'saving asks nothing');
	// A role that is assigned to a member cannot be deleted.
	const sam = await colleague(who, 'seller');
	await who.page.getByRole('button', { name: 'Delete: seller' }).click();
	who.expect(/^400 POST \/api\/auth\/organization\/delete-role$/);
	const dialog = who.page.getByRole('dialog');
	await dialog.getByRole('button', { name: 'Delete' }).click();
	await dialog.getByText('Members or pending invitations have this role').waitFor();
	await dialog.getByRole('button', { name: 'Cancel' }).click();
	await who.page.getByRole('button', { name: 'Delete: taken' }).click();
	await dialog.getByRole('button', { name: 'Delete' }).click();
	// While the dialog is open, elements behind it have no role.
	await dialog.waitFor({ state: 'detached' });
	await who.page.getByRole('link', { name: 'taken' }).waitFor({ state: 'detached' });
	assert.deepEqual((await roles(who)).map(({ role }) => role), ['seller']);
	await sam.close();
	await who.close();
});

for (const locale of ['en-GB', 'fr-FR'])
	long(`with all modules, each resource has a unique name, below the name of its module (${locale})`, async () => {
		const who = await member({ locale, width: 1440 });
		for (const module of ['b2b', 'factory', 'membership'])
			await who.call(`/api/modules/${module}`, { enabled: true }, 'PUT');
		await who.go('/organization/roles/new');
		await who.page.getByRole('table').nth(3).waitFor();
		const names = await who.page.getByRole('rowheader').allInnerTexts();
		const { resources } = await who.call('/api/access/resources');
		assert.equal(names.length, resources.length);
		assert.deepEqual(names.filter((one) => resources.some(({ name }) => name === one || name.replaceAll('_', ' ') === one)), []);
		assert.deepEqual(names.filter((one, n) => names.indexOf(one) !== n), []);
		// The CRM, the organization, b2b and membership have tables. The roles of the factory module are built in.
		assert.equal(await who.page.getByRole('table').count(), 4);
		// A new role starts from a built-in role.
		await who.page.locator('#role-base').click();
		await who.page.getByRole('option', { name: locale === 'fr-FR' ? 'Membre' : 'Member', exact: true }).click();
		await who.page.getByRole('listitem').filter({ hasText: / → / }).first().waitFor();
		await who.looks(`organization-role-base-${locale}`);
		await who.close();
	});

test('users see permissions that they cannot edit, and cannot grant permissions that they lack', async () => {
	const boss = await member();
	await create(boss, 'rep', rep);
	await create(boss, 'designer', { crm: ['read', 'update:own'], ac: ['create', 'read', 'update', 'delete'] });
	const vera = await colleague(boss, 'viewer'), dan = await colleague(boss, 'designer');
	await vera.go('/organization/roles');
	await vera.page.getByRole('link', { name: 'rep' }).click();
	await vera.sees('You can view the permissions of this role');
	assert.equal(await vera.page.getByRole('main').getByRole('combobox').count(), 0);
	await vera.go('/organization/roles');
	await vera.sees('Built-in roles');
	await vera.settled();
	assert.equal(await vera.page.getByRole('tabpanel').getByRole('button').count(), 0);
	await vera.go('/organization/roles/missing');
	await vera.sees('Page not found');
	await dan.go('/organization/roles');
	await dan.page.getByRole('link', { name: 'rep' }).click();
	await dan.sees('This role permits more than your own roles do');
	assert.equal(await dan.page.getByRole('main').getByRole('combobox').count(), 0);
	await dan.go('/organization/roles/new');
	await dan.page.getByRole('textbox', { name: 'Name' }).fill('reader');
	await details(dan, 'Contacts');
	const option = (name) => cell(dan, 'Contacts: Edit').getByRole('option', { name });
	assert.deepEqual([await option('Own').isDisabled(), await option('Team').isDisabled()], [false, true]);
	assert.deepEqual(await cell(dan, 'Contacts: Change').getByRole('option').evaluateAll((all) => all.map((one) => one.disabled)), [false, false, true, true]);
	await cell(dan, 'Contacts: See').selectOption('All');
	// The server refuses permissions that the user has lost in the meantime.
	await boss.call('/api/auth/organization/update-role', { roleName: 'designer', data: { permission: { ac: ['create', 'read'] } } });
	dan.expect(/^403 POST \/api\/auth\/organization\/create-role$/);
	await dan.press('Save');
	await dan.page.getByRole('main').getByText('You can only give permissions that you have yourself.').waitFor();
	await boss.call('/api/auth/organization/update-role', { roleName: 'designer', data: { permission: { crm: ['read'], ac: ['create', 'read'] } } });
	await dan.press('Save');
	await dan.page.getByRole('link', { name: 'reader' }).waitFor();
	// Without permission to list custom roles, only the built-in roles are shown.
	await boss.call('/api/auth/organization/update-role', { roleName: 'designer', data: { permission: { contacts: ['read'] } } });
	dan.expect(/^403 GET \/api\/auth\/organization\/list-roles$/);
	await dan.go('/organization/roles');
	await dan.sees('Your role doesn’t permit viewing custom roles.');
	await dan.sees('Owner');
	for (const who of [vera, dan, boss])
		await who.close();
});

long('a custom role called portal that is older than the built-in role replaces the built-in role', async () => {
	const boss = await member();
	const sql = (text) => execFileSync('psql', ['-XqAtc', text], { encoding: 'utf8' });
	await create(boss, 'partner', { contacts: ['read'] });
	const pat = await colleague(boss, 'partner', { first_name: 'Pat', last_name: 'Partner' });
	const { organization_id } = await boss.call('/api/me');
	sql(`UPDATE identity.organization_role SET role = 'portal' WHERE organization_id = '${organization_id}'`);
	assert.equal((await pat.call('/api/me')).portal, undefined);
	await boss.go('/organization/members');
	const role = boss.page.getByRole('combobox', { name: 'Role: Pat Partner' });
	await role.filter({ hasText: /^portal$/ }).waitFor();
	await role.click();
	const options = boss.page.getByRole('option');
	await options.first().waitFor();
	assert.deepEqual(await options.allInnerTexts(), ['Owner', 'Administrator', 'Member', 'Viewer', 'portal', 'Several roles…']);
	await boss.page.keyboard.press('Escape');
	await boss.page.getByRole('button', { name: 'Access: Pat Partner' }).waitFor();
	await boss.go('/organization/invitations');
	await boss.press('Invite');
	await boss.page.getByRole('dialog').getByRole('combobox', { name: 'Role' }).click();
	await options.first().waitFor();
	assert.deepEqual((await options.allInnerTexts()).filter((text) => /portal/i.test(text)), ['portal']);
	await boss.go('/organization/roles');
	await boss.page.getByRole('link', { name: 'portal' }).waitFor();
	await boss.sees(/^Viewer$/);
	await boss.settled();
	assert.equal(await boss.page.getByText(/^Portal user$/).count(), 0);
	await boss.page.getByRole('link', { name: 'portal' }).click();
	await boss.page.getByRole('textbox', { name: 'Name' }).waitFor();
	// Pat's role does not permit listing the roles.
	await pat.go('/organization/members');
	await pat.page.getByRole('button', { name: 'Access: Pat Partner' }).waitFor();
	await pat.sees(/^portal$/);
	await pat.settled();
	await pat.close();
	await boss.close();
});

long('a user whose role can only create records has a form for new records', async () => {
	const boss = await member();
	await create(boss, 'scout', { crm: ['read'], contacts: ['read', 'create'] });
	const who = await colleague(boss, 'scout');
	await who.go('/contacts/create');
	await who.page.getByRole('textbox', { name: 'Last name' }).fill('Found');
	await who.press('Save');
	await who.page.getByRole('heading', { name: 'Found', level: 1 }).waitFor();
	assert.equal(await who.page.getByRole('link', { name: 'Edit' }).count(), 0);
	assert.deepEqual((await boss.call('/api/contacts')).map(({ last_name }) => last_name), ['Found']);
	await who.close();
	await boss.close();
});

test('the menu omits resources in which the user can read only rows about themselves', async () => {
	const who = await member();
	await who.call('/api/modules/membership', { enabled: true }, 'PUT');
	await create(who, 'reader', { contacts: ['read'] });
	const other = await colleague(who, 'reader');
	await other.go('/');
	await other.page.getByRole('menuitem', { name: 'Contacts' }).waitFor();
	const entries = await other.page.getByRole('menuitem').allInnerTexts();
	assert.deepEqual(entries.filter((name) => /Members|Memberships|Payments/.test(name)), []);
	await other.close();
	await who.close();
});

long('a role is limited to fields, and its users see and change only these fields', async () => {
	const who = await member();
	await create(who, 'rep', { crm: ['read'], contacts: ['read', 'create', 'update'] });
	await who.go('/organization/roles');
	await who.page.getByRole('link', { name: 'rep' }).click();
	const fields = who.page.getByRole('region', { name: 'Fields' });
	const choose = async (input, ...names) => {
		await input.click();
		for (const name of names)
			await who.page.getByRole('option', { name, exact: true }).click();
	};
	await choose(fields.getByRole('combobox', { name: 'Limit the fields of…' }), 'Contacts: View');
	await choose(fields.getByRole('combobox', { name: 'Contacts: View' }), 'First name', 'Last name', 'Position');
	await who.page.keyboard.press('Escape');
	await choose(fields.getByRole('combobox', { name: 'Limit the fields of…' }), 'Contacts: Edit');
	await choose(fields.getByRole('combobox', { name: 'Contacts: Edit' }), 'First name', 'Last name');
	await who.page.keyboard.press('Escape');
	await choose(fields.getByRole('combobox', { name: 'Limit the fields of…' }), 'Deals: View');
	await fields.getByRole('button', { name: 'Remove the limit on Deals: View' }).click();
	await who.page.evaluate(() => scrollTo(0, 0));
	await who.page.getByRole('heading', { level: 1 }).waitFor();
	await who.looks('organization-role-fields');
	await who.press('Save');
	await who.page.waitForURL((url) => url.pathname === '/organization/roles');
	const [{ permission }] = await roles(who);
	assert.deepEqual([permission['contacts.read'].sort(), permission['contacts.update'].sort(), permission['deals.read']],
		[['first_name', 'last_name', 'title'], ['first_name', 'last_name'], undefined]);
	// A change to other permissions keeps the limits, even an empty limit.
	await who.call('/api/auth/organization/update-role', { roleName: 'rep', data: { permission: { ...permission, 'deals.update': [] } } });
	await who.go('/organization/roles');
	await who.page.getByRole('link', { name: 'rep' }).click();
	await details(who, 'Contacts');
	await set(who.page.getByRole('checkbox', { name: 'Contacts: Export', exact: true }), true);
	await who.press('Save');
	await who.page.waitForURL((url) => url.pathname === '/organization/roles');
	assert.deepEqual((await roles(who))[0].permission, { ...permission, contacts: ['create', 'export', 'read', 'update'], 'deals.update': [] });
	const other = await colleague(who, 'rep');
	await other.go('/contacts/create');
	await other.page.getByRole('textbox', { name: 'Last name' }).fill('Limited');
	// No heading is shown without content.
	assert.deepEqual(await other.page.locator('form').getByRole('heading').allInnerTexts(), []);
	await other.press('Save');
	await other.sees('Limited');
	await other.close();
	await who.close();
});
