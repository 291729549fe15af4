// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// A record is shared on its page. A portal user has one page with the records that are shared with the user.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { long } from '../lib/api.mjs';
import { PASSWORD, READ_AHEAD, VISITS, colleague, member, mockReads, readsOf } from './lib/browser.mjs';

const button = (page, name) => page.getByRole('button', { name });
const share = async (boss, resource, row, to) => {
	const { id } = await boss.call(`/api/${resource}`, row);
	await boss.call('/api/shares', { resource, row_id: id, ...to });
	return id;
};
const team = (boss, name) => boss.call('/api/auth/organization/create-team', { name });
const idOf = async (who) => (await who.call('/api/me')).user_id;
const portalUser = async (boss, look) => {
	const paula = await colleague(boss, 'portal', { first_name: 'Paula', last_name: 'Partner', ...look });
	paula.expect(READ_AHEAD);
	return paula;
};
const operator = (who) => execFileSync(`${process.env.BUILD}/tenantry`, ['user', 'role', who.email, 'admin']);

for (const { name, ...look } of VISITS)
	test(`a record is shared with a portal user, who sees no other records (${name})`, async () => {
		const boss = await member(look);
		const { id } = await boss.call('/api/contacts', { first_name: 'Grace', last_name: 'Hopper', title: 'Admiral' });
		await boss.call('/api/contacts', { first_name: 'Alan', last_name: 'Turing' });
		const paula = await portalUser(boss, look);
		await paula.go('/');
		await paula.sees(/^(Nothing is shared with you yet|Rien n’est encore partagé avec vous)\.$/);
		await boss.go(`/contacts/${id}/show`);
		await boss.further(/^(Share|Partager)$/);
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

for (const { name, ...look } of VISITS)
	long(`each shared record is listed once, in words (${name})`, async () => {
		const boss = await member(look), paula = await portalUser(boss, look);
		const user_id = await idOf(paula), { id: team_id } = await team(boss, 'Partners');
		await boss.call('/api/auth/organization/add-team-member', { teamId: team_id, userId: user_id });
		const grace = await share(boss, 'contacts', { first_name: 'Grace', last_name: 'Hopper', title: 'Admiral' },
			{ user_id, expires_at: '2090-01-01T00:00:00Z' });
		await boss.call('/api/shares', { resource: 'contacts', row_id: grace, team_id, expires_at: '2099-12-15T12:00:00Z' });
		await share(boss, 'contacts', { first_name: 'Alan', last_name: 'Turing', status: 'warm' }, { team_id });
		await share(boss, 'deals', { name: 'Compiler', stage: 'opportunity', category: 'ui-design',
			expected_closing_date: '2031-03-04' }, { user_id });
		await share(boss, 'tasks', { contact_id: grace, type: 'call', text: 'Ring her', due_date: '2031-05-06T12:00:00Z' }, { user_id });
		await share(boss, 'appointments', { title: 'Launch', starts_at: '2031-07-08T09:30:00Z', ends_at: '2031-07-08T10:30:00Z' }, { user_id });
		await share(boss, 'contact_notes', { contact_id: grace, text: 'Likes clocks' }, { user_id });
		const asked = [];
		paula.page.on('request', (rq) => asked.push(...readsOf(rq.url()).map(({ pathname }) => decodeURI(pathname))));
		await paula.go('/');
		await paula.sees('Grace Hopper');
		await paula.settled();
		const lines = await paula.page.getByRole('listitem').allInnerTexts();
		assert.equal(lines.length, 6, lines.join('\n'));
		assert.equal(asked.filter((path) => path.startsWith('/api/contacts')).length, 1, asked.join('\n'));
		const of = (text) => lines.find((line) => line.includes(text));
		assert.match(of('Grace'), name === 'phone' ? /Contact · Admiral · jusqu’au 15 déc\. 2099/ : /Contact · Admiral · until 15 Dec 2099/);
		assert.match(of('Alan'), /\bContact$/);
		assert.match(of('Compiler'), name === 'phone' ? /Affaire · 4 mars 2031$/ : /Deal · 4 Mar 2031$/);
		assert.match(of('Ring her'), name === 'phone' ? /Tâche · 6 mai 2031$/ : /Task · 6 May 2031$/);
		assert.match(of('Launch'), name === 'phone' ? /Rendez-vous · 8 juil\. 2031,? [^·]*11:30$/ : /Appointment · 8 Jul 2031,? [^·]*10:30$/);
		assert.match(of('clocks'), name === 'phone' ? /Note de contact$/ : /Contact note$/);
		await paula.looks(`portal-list-${name}`);
		await paula.close();
		await boss.close();
	});

long('a server error does not look like the end of a share', async () => {
	const boss = await member(), paula = await portalUser(boss), user_id = await idOf(paula);
	await share(boss, 'contacts', { last_name: 'Hopper' }, { user_id });
	await share(boss, 'companies', { name: 'Navy' }, { user_id });
	const answer = (status) => mockReads(paula.page, ({ pathname }) => pathname === '/api/contacts', { status, json: {} });
	paula.expect(/^(404|422|429) GET \/api\/contacts/);
	const end = await answer(429);
	await paula.go('/');
	await paula.sees('Too many requests');
	await end();
	await paula.press('Try again');
	await paula.sees('Hopper');
	for (const status of [404, 422]) {
		await answer(status);
		await paula.go('/');
		await paula.sees('Navy');
		assert.equal(await paula.page.getByText('Hopper').count(), 0);
	}
	await paula.close();
	await boss.close();
});

long('the dialog lists all shares of a record, with the names of all recipients', async () => {
	const boss = await member(), paula = await portalUser(boss), user_id = await idOf(paula);
	const row_id = await share(boss, 'contacts', { last_name: 'Hopper' }, { user_id });
	for (let n = 0; n < 26; n++) {
		const { id } = await team(boss, `Team ${n}`);
		await boss.call('/api/shares', { resource: 'contacts', row_id, team_id: id });
	}
	// Simulates an organization with more members than one request returns.
	await boss.page.route('**/list-members?limit=*', async (route) => {
		const rs = await route.fetch(), { members, total } = await rs.json();
		await route.fulfill({ json: { members: members.filter((one) => one.userId !== user_id), total } });
	});
	await boss.go(`/contacts/${row_id}/show`);
	await boss.further('Share');
	const dialog = boss.page.getByRole('dialog');
	await button(dialog, 'Stop sharing: Paula Partner').waitFor();
	assert.equal(await button(dialog, /^Stop sharing: /).count(), 27);
	await paula.close();
	await boss.close();
});

for (const { name, ...look } of VISITS)
	test(`a portal user has a page for their account (${name})`, async () => {
		const boss = await member(), paula = await portalUser(boss, look), english = name !== 'phone';
		await paula.go('/');
		await paula.page.getByRole('link', { name: english ? 'Profile and security' : 'Profil et sécurité' }).click();
		await paula.page.getByRole('textbox', { name: /^(Name|Nom)/ }).fill('Paula Pan');
		await paula.looks(`portal-account-${name}`);
		await button(paula.page, /^(Save|Enregistrer)$/).click();
		await paula.sees(/^(Saved|Enregistré)$/);
		const { first_name, last_name } = await paula.call('/api/me');
		assert.deepEqual([first_name, last_name], ['Paula', 'Pan']);
		assert.equal(await paula.page.getByRole('tab').count(), 3);
		await paula.page.getByRole('tab').nth(1).click();
		await paula.sees(/^(This device|Cet appareil)$/);
		await paula.looks(`portal-security-${name}`);
		await button(paula.page, /^(Change password|Changer le mot de passe|Modifier le mot de passe)$/).click();
		const dialog = paula.page.getByRole('dialog');
		await dialog.locator('input[name=current]').fill(PASSWORD);
		await dialog.locator('input[name=password]').fill('another horse battery');
		await dialog.locator('button[type=submit]').click();
		await paula.sees(/^(Password changed|Mot de passe modifié)$/);
		await paula.page.getByRole('tab').nth(2).click();
		await paula.page.getByRole('listitem').first().waitFor();
		await paula.looks(`portal-events-${name}`);
		await paula.page.getByRole('link', { name: english ? 'Back' : 'Retour' }).click();
		await paula.sees(/^(Nothing is shared with you yet|Rien n’est encore partagé avec vous)\.$/);
		await paula.close();
		await boss.close();
	});

long('an operator who is a portal user opens the administration, and impersonates a portal user', async () => {
	const boss = await member(), olive = await colleague(boss, 'portal', { first_name: 'Olive', last_name: 'Operator' });
	olive.expect(READ_AHEAD);
	const paula = await portalUser(boss);
	assert.equal(await (await paula.go('/administration')).status(), 200);
	await paula.sees('Nothing is shared with you yet.');
	assert.equal(await paula.page.getByRole('link', { name: 'Administration' }).count(), 0);
	operator(olive);
	await olive.go('/');
	await olive.page.getByRole('link', { name: 'Administration' }).click();
	await olive.page.getByLabel('Search by email').fill(paula.email);
	await olive.page.getByRole('tab', { name: 'Organizations' }).waitFor();
	await olive.sees(paula.email);
	await olive.settled();
	await olive.looks('portal-administration');
	await button(olive.page, 'Impersonate: Paula Partner').click();
	await olive.page.getByRole('dialog').getByLabel('Reason').fill('asked for help');
	await button(olive.page.getByRole('dialog'), 'Impersonate').click();
	await olive.sees('You’re impersonating Paula Partner.');
	await olive.sees('Nothing is shared with you yet.');
	await olive.looks('portal-impersonation');
	await olive.press('Stop impersonating');
	await olive.page.getByRole('heading', { name: 'Users', level: 2 }).waitFor();
	assert.equal((await olive.call('/api/me')).email, olive.email);
	await olive.page.getByRole('link', { name: 'Back' }).click();
	await olive.sees('Nothing is shared with you yet.');
	await olive.close();
	await paula.close();
	await boss.close();
});

long('an operator impersonates a user without an organization, and stops', async () => {
	const olive = await member({ first_name: 'Olive', last_name: 'Operator' });
	const boss = await member(), lone = await portalUser(boss);
	await boss.call('/api/auth/organization/remove-member', { memberIdOrEmail: lone.email });
	operator(olive);
	await olive.go('/administration');
	await olive.page.getByLabel('Search by email').fill(lone.email);
	await olive.sees(lone.email);
	await olive.settled();
	await button(olive.page, 'Impersonate: Paula Partner').first().click();
	await olive.page.getByRole('dialog').getByLabel('Reason').fill('asked for help');
	await button(olive.page.getByRole('dialog'), 'Impersonate').click();
	await olive.sees('You’re impersonating Paula Partner.');
	await olive.sees('No organization');
	await olive.press('Stop impersonating');
	await olive.page.getByRole('heading', { name: 'Users', level: 2 }).waitFor();
	await olive.close();
	await lone.close();
	await boss.close();
});
