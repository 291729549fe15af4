// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// The settings of an organization: name, members, invitations, lists, tags.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { long, until } from '../lib/api.mjs';
import { BASE, PASSWORD, VISITS, isRead, member } from './lib/browser.mjs';

for (const { name, ...look } of VISITS)
	long(`every page matches its screenshot (${name})`, async () => {
		const who = await member(look);
		for (const part of ['general', 'members', 'invitations', 'lists', 'tags']) {
			await who.go(`/organization/${part}`);
			await who.page.getByRole('heading', { level: 2 }).first().waitFor();
			await who.looks(`organization-${part}-${name}`);
		}
		await who.close();
	});

test('an owner changes the name, the currency and the time zone', async () => {
	const who = await member();
	await who.go('/organization');
	await who.page.getByRole('textbox', { name: 'Organization name' }).fill('Difference Engines');
	await who.page.getByRole('button', { name: 'Save' }).first().click();
	await who.sees(/^Saved$/);
	assert.ok((await who.call('/api/organizations')).some(({ name }) => name === 'Difference Engines'));
	await who.page.getByRole('combobox', { name: 'Currency' }).fill('CHF');
	await who.page.getByRole('option', { name: /^CHF/ }).click();
	await who.page.getByRole('combobox', { name: 'Time zone' }).fill('Europe/Zurich');
	await who.page.getByRole('option', { name: 'Europe/Zurich' }).click();
	const saved = who.page.waitForResponse((rs) => rs.request().method() === 'PUT');
	await who.page.getByRole('button', { name: 'Save' }).nth(1).click();
	assert.equal((await saved).status(), 200);
	const { config, time_zone } = await who.call('/api/configuration/1');
	assert.deepEqual([config.currency, time_zone], ['CHF', 'Europe/Zurich']);
	await who.close();
});

test('a second user joins with a link, gets a role, and is removed', async () => {
	const who = await member(), other = await member({ first_name: 'Grace', last_name: 'Hopper' });
	await who.go('/organization/invitations');
	await who.press('Invite');
	const dialog = who.page.getByRole('dialog');
	await dialog.getByLabel('Email').fill(other.email);
	await dialog.getByRole('button', { name: 'Invite' }).click();
	const first = await who.page.getByRole('group', { name: 'Invitation link' }).locator('pre').innerText();
	await who.press('Close');
	// A second invitation to the same address replaces the first invitation after a confirmation.
	await who.press('Invite');
	await dialog.getByLabel('Email').fill(other.email);
	await dialog.getByRole('combobox', { name: 'Role' }).click();
	await who.page.getByRole('option', { name: 'Viewer' }).click();
	who.expect(/^400 POST \/api\/auth\/organization\/invite-member/);
	await dialog.getByRole('button', { name: 'Invite' }).click();
	await dialog.getByText('This email has a pending invitation.').waitFor();
	await who.looks('invitation-pending', { fullPage: false });
	// The button that replaces an invitation is shown only for that address.
	await dialog.getByLabel('Email').fill('somebody.else@mail.test');
	await dialog.getByRole('button', { name: 'Invite' }).waitFor();
	assert.equal(await dialog.getByRole('button', { name: 'Replace invitation' }).count(), 0);
	await dialog.getByLabel('Email').fill(other.email);
	await dialog.getByRole('button', { name: 'Replace invitation' }).click();
	const link = await who.page.getByRole('group', { name: 'Invitation link' }).locator('pre').innerText();
	await who.press('Close');
	assert.deepEqual((await who.call('/api/invites')).map(({ email, role }) => [email, role]), [[other.email, 'viewer']]);
	await other.clearCookies();
	other.expect(/^404 GET \/invite/);
	await other.page.goto(first);
	await other.sees('Invitation not valid');
	await other.page.goto(link);
	await other.sees(`The invitation is for ${other.email}.`);
	await other.fill({ Password: PASSWORD });
	await other.press('Sign in and join');
	await other.page.waitForURL(`${BASE}/`);
	await who.go('/organization/members');
	await who.page.getByRole('combobox', { name: 'Role: Grace Hopper' }).click();
	await who.page.getByRole('option', { name: 'Administrator' }).click();
	await who.sees(/^Saved$/);
	const roles = async () => (await who.call('/api/auth/organization/list-members')).members
		.map(({ role }) => role).sort();
	assert.deepEqual(await roles(), ['admin', 'owner']);
	// Selects several roles in a dialog.
	const several = async (...names) => {
		await who.page.getByRole('combobox', { name: 'Role: Grace Hopper' }).click();
		await who.page.getByRole('option', { name: 'Several roles…' }).click();
		const choice = who.page.getByRole('dialog', { name: 'Roles of Grace Hopper' });
		for (const name of names)
			await choice.getByRole('checkbox', { name }).click();
		await choice.getByRole('button', { name: 'Save' }).click();
		return choice;
	};
	const none = await several('Administrator');
	await none.getByText('Choose at least one role.').waitFor();
	await none.getByRole('checkbox', { name: 'Member' }).click();
	await none.getByRole('checkbox', { name: 'Viewer' }).click();
	await none.getByRole('button', { name: 'Save' }).click();
	await who.page.getByRole('combobox', { name: 'Role: Grace Hopper' }).getByText('Member, Viewer').waitFor();
	await several('Member', 'Viewer', 'Administrator');
	await who.page.getByRole('combobox', { name: 'Role: Grace Hopper' }).getByText(/^Administrator$/).waitFor();
	// An admin can neither create nor change owners.
	await other.go('/organization/members');
	await other.sees(who.email);
	assert.equal(await other.page.getByRole('combobox', { name: /^Role: / }).count(), 0);
	await other.page.getByRole('tab', { name: 'Invitations' }).click();
	await other.press('Invite');
	await other.page.getByRole('dialog').getByRole('combobox', { name: 'Role' }).click();
	assert.deepEqual(await other.page.getByRole('option').allInnerTexts(), ['Administrator', 'Member', 'Viewer', 'Portal user']);
	await who.page.getByRole('button', { name: 'Remove: Grace Hopper' }).click();
	await who.press('Remove');
	await who.page.getByText(other.email).waitFor({ state: 'detached' });
	assert.deepEqual(await roles(), ['owner']);
	await who.go('/organization/invitations');
	await who.press('Invite');
	await who.page.getByRole('dialog').getByRole('button', { name: 'Invite' }).click();
	await who.press('Close');
	await who.page.getByRole('button', { name: 'Revoke: Anyone with the link' }).click();
	await who.sees('No pending invitations');
	await other.context.close();
	await who.close();
});

long('an existing user accepts an open invitation link', async () => {
	const who = await member({ organization: 'Open House' }), other = await member();
	const { url } = await who.call('/api/invites', { role: 'member' });
	await other.clearCookies();
	await other.page.goto(url);
	await other.page.getByRole('link', { name: 'Sign in instead' }).click();
	await other.page.getByRole('button', { name: 'Sign in and join' }).waitFor(); // waits for this page, because the other page has the same fields
	await other.fill({ 'Email': other.email, Password: PASSWORD });
	await other.press('Sign in and join');
	await other.page.waitForURL(`${BASE}/`);
	assert.ok((await other.call('/api/organizations')).some(({ name }) => name === 'Open House'));
	// A revoked invitation gives no access, but does not block the user's own organization.
	const { id, url: late } = await who.call('/api/invites', { role: 'member' });
	await other.clearCookies();
	await other.page.goto(late);
	await other.page.getByRole('link', { name: 'Sign in instead' }).click();
	await other.page.getByRole('button', { name: 'Sign in and join' }).waitFor();
	await who.call(`/api/invites/${id}`, undefined, 'DELETE');
	await other.fill({ 'Email': other.email, Password: PASSWORD });
	other.expect(/^400 POST \/api\/auth\/organization\/accept-invitation/);
	await other.press('Sign in and join');
	await other.sees('we couldn’t accept the invitation. The invitation was used');
	await other.page.getByRole('heading', { name: 'Dashboard', level: 1 }).waitFor();
	await other.looks('not-joined', { fullPage: false });
	await other.press('Close');
	await other.page.getByText('we couldn’t accept the invitation').waitFor({ state: 'detached' });
	await who.close();
	await other.close();
});

test('an administrator limits how long messages and deleted contacts are kept', async () => {
	const who = await member();
	await who.go('/organization');
	await who.page.getByRole('tab', { name: 'Retention' }).click();
	const logs = who.page.getByRole('form', { name: 'Logs and messages' });
	await logs.getByLabel('Messages').fill('29');
	await logs.getByRole('button', { name: 'Save' }).click();
	await who.sees(/30/);
	await logs.getByLabel('Messages').fill('730');
	await logs.getByRole('button', { name: 'Save' }).click();
	await who.sees(/^Saved$/);
	const trash = who.page.getByRole('form', { name: 'Trash' });
	await trash.getByLabel('Contacts', { exact: true }).fill('7');
	await trash.getByRole('button', { name: 'Save' }).click();
	await who.sees(/^Saved$/);
	const { config } = await who.call('/api/configuration/1');
	assert.deepEqual([config.retentionDays, config.trashDays], [{ messages: 730 }, { contacts: 7 }]);
	await who.go('/organization/retention');
	assert.equal(await logs.getByLabel('Messages').inputValue(), '730');
	// The current tab is visible, although the tabs are wider than the page.
	const shown = () => who.page.getByRole('tab', { name: 'Retention' }).evaluate((tab) =>
		document.elementFromPoint(tab.getBoundingClientRect().right - 12, tab.getBoundingClientRect().top + 8) === tab);
	await until(shown);
	await who.looks('retention');
	await logs.getByLabel('Messages').fill('');
	await logs.getByRole('button', { name: 'Save' }).click();
	await who.sees(/^Saved$/);
	assert.deepEqual((await who.call('/api/configuration/1')).config.retentionDays, {});
	await who.close();
});

long('stages are renamed, reordered and added, and tags are added and removed', async () => {
	const who = await member();
	await who.go('/organization/lists');
	await who.page.getByLabel('Deal stages 1', { exact: true }).fill('Lead');
	await who.page.getByRole('button', { name: 'Move down: Lead' }).click();
	const stages = who.page.getByRole('region', { name: 'Deal stages' });
	await stages.getByRole('button', { name: 'Add' }).click();
	await who.page.getByLabel('Deal stages 7', { exact: true }).fill('Signé à Zürich');
	await stages.getByRole('button', { name: 'Save' }).click();
	await who.sees(/^Saved$/);
	const { config } = await who.call('/api/configuration/1');
	assert.deepEqual(config.dealStages.slice(0, 2).map(({ label }) => label), ['Proposal sent', 'Lead']);
	assert.deepEqual(config.dealStages.at(-1), { value: 'signe-a-zurich', label: 'Signé à Zürich' });
	// A colleague adds a stage while the user edits other stages, and no change is lost.
	await who.page.getByLabel('Deal stages 1', { exact: true }).fill('Mine');
	const read = who.page.waitForResponse((rs) => isRead('/api/configuration/1')(rs) && rs.request().method() === 'GET');
	await who.call('/api/configuration/1', { config: { ...config, dealStages: [...config.dealStages, { value: 'later', label: 'Later' }] } }, 'PATCH');
	await read;
	who.expect(/^412 PUT /);
	await stages.getByRole('button', { name: 'Save' }).click();
	await who.sees('Someone else edited this');
	await stages.getByRole('button', { name: 'Cancel' }).click();
	assert.equal(await who.page.getByLabel('Deal stages 8', { exact: true }).inputValue(), 'Later');
	await who.go('/organization/tags');
	await who.press('New tag');
	await who.fill({ Name: '<img src=x onerror=alert(1)>' });
	await who.press('Save');
	await who.page.getByRole('button', { name: 'Delete: <img src=x onerror=alert(1)>' }).click();
	await who.sees('No tags yet');
	await who.press('Undo');
	await who.sees('<img src=x onerror=alert(1)>');
	// The typed text remains after another stage has become the first stage.
	await who.go('/deals/create');
	const stage = who.page.getByRole('combobox', { name: 'Stage' });
	await stage.filter({ hasText: 'Proposal sent' }).waitFor();
	await who.fill({ 'Name *': 'Half a deal' });
	const [first, ...others] = config.dealStages;
	await who.call('/api/configuration/1', { config: { ...config, dealStages: [...others, { ...first, label: 'Offer' }] } }, 'PATCH');
	await stage.filter({ hasText: 'Offer' }).waitFor();
	assert.equal(await who.page.getByLabel('Name *').inputValue(), 'Half a deal');
	await who.close();
});

long('duplicates are refused beside the field, or cause a warning with a link', async () => {
	const who = await member();
	const { id } = await who.call('/api/companies', { name: 'Navy' });
	const choose = async (label, choice) => {
		await who.go('/organization');
		await who.page.getByRole('combobox', { name: label }).click();
		await who.page.getByRole('option', { name: choice }).click();
		const saved = who.page.waitForResponse((rs) => rs.request().method() === 'PUT');
		await who.page.getByRole('region', { name: 'Duplicates' }).getByRole('button', { name: 'Save' }).click();
		assert.deepEqual([(await saved).status(), (await saved).url()], [200, `${BASE}/api/configuration/1`]);
		await who.sees(/^Saved$/);
	};
	await choose('Company names', 'Refuse');
	assert.equal((await who.call('/api/configuration/1')).config.uniqueCompanyNames, 'refuse');
	await who.go('/companies/create');
	await who.fill({ 'Name *': 'navy' });
	who.expect(/^409 POST \/api\/companies$/);
	await who.press('Save');
	await who.sees('Already used by Navy');
	await choose('Company names', 'Warn');
	await choose('Contact email addresses', 'Refuse');
	await who.go('/companies/create');
	await who.fill({ 'Name *': 'navy' });
	await who.press('Save');
	await who.sees('Another record has the same value');
	await who.page.getByRole('alert').getByRole('link').click();
	await who.page.waitForURL((url) => url.pathname.endsWith(`/companies/${id}/show`));
	await who.call('/api/contacts', { first_name: 'Grace', last_name: 'Hopper',
		email_jsonb: [{ email: 'grace@navy.test', type: 'Work' }] });
	const other = await who.call('/api/contacts', { last_name: 'Other', email_jsonb: [{ email: 'free@navy.test', type: 'Work' }] });
	await who.go(`/contacts/${other.id}`);
	who.expect(/^409 PUT \/api\/contacts\//);
	await who.page.getByRole('textbox', { name: /^Email/ }).first().fill('Grace@navy.test');
	await who.press('Save');
	await who.sees('Already used by Grace Hopper');
	await who.close();
});
