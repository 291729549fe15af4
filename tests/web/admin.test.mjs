// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_PRIVATE_WEBHOOKS=on
// long: api/auth/admin and api/operations test the routes, and days.test.mjs the daily work.
// The administration of the installation (users, bans, impersonation), and the webhooks of an organization.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { BASE, PASSWORD, VISITS, WIDTHS, api, member, visitor } from './lib/browser.mjs';

async function operator(options) {
	const who = await member({ first_name: 'Olive', last_name: 'Operator', ...options });
	execFileSync(`${process.env.BUILD}/tenantry`, ['user', 'role', who.email, 'admin']);
	return who;
}

const sql = (text) => execFileSync('psql', ['-XqAtc', text], { encoding: 'utf8' }).trim();

const find = async (who, other) => {
	await who.go('/administration');
	await who.page.getByLabel('Search by email').fill(other.email);
	await who.sees(other.email);
};

for (const { name, ...look } of VISITS)
	test(`every page matches its screenshot (${name})`, async () => {
		const who = await operator(look);
		await who.call('/api/webhooks', { url: 'https://hooks.example/crm', events: ['contacts.*'], description: 'The warehouse' });
		for (const path of ['administration/users', 'administration/organizations', 'administration/mail', 'administration/jobs',
			'administration/log', 'administration/console', 'administration/system', 'webhooks']) {
			await who.go(`/${path}`);
			await who.page.getByRole('heading', { level: 2 }).first().waitFor();
			await who.looks(`${path.replace('/', '-')}-${name}`);
		}
		await who.close();
	});

test('a user without the admin role sees no link and is refused', async () => {
	const who = await member();
	await who.go('/');
	await who.page.getByRole('menuitem', { name: 'Settings' }).click();
	await who.page.getByRole('menuitem', { name: 'Trash' }).waitFor();
	assert.equal(await who.page.getByRole('menuitem', { name: 'Administration' }).count(), 0);
	who.expect(/^403 GET /);
	await who.go('/administration');
	await who.page.getByRole('alert').waitFor();
	await who.close();
});

test('an operator without an organization opens the administration', async () => {
	const who = await visitor();
	who.email = `alone.${process.pid}@example.test`;
	await api(who.context, '/api/auth/sign-up/email', { email: who.email, password: PASSWORD, name: 'Olive Alone' });
	execFileSync(`${process.env.BUILD}/tenantry`, ['user', 'role', who.email, 'admin']);
	await who.go('/');
	await who.sees('No organization');
	await who.page.getByRole('link', { name: 'Administration' }).click();
	await who.page.getByLabel('Search by email').fill(who.email);
	await who.sees(who.email);
	await who.page.getByRole('tab', { name: 'Organizations' }).click();
	await who.page.waitForURL(/\/administration\/organizations$/);
	await who.go('/contacts');
	await who.sees('No organization');
	await who.close();
});

test('an operator impersonates a user, under a banner, and stops', async () => {
	const who = await operator({ width: WIDTHS.phone }), other = await member({ first_name: 'Grace', last_name: 'Hopper' });
	await find(who, other);
	await who.settled(); // Grace may not read the list of users, so it must be loaded before the impersonation
	await who.page.getByRole('button', { name: 'Impersonate: Grace Hopper' }).last().click();
	await who.page.getByRole('dialog').getByLabel('Reason').fill('asked for help');
	await who.page.getByRole('dialog').getByLabel('Access').click();
	await who.page.getByRole('option', { name: 'Read and change' }).click();
	await who.page.getByRole('dialog').getByRole('button', { name: 'Impersonate' }).click();
	await who.sees('You’re impersonating Grace Hopper.');
	await who.looks('impersonation');
	assert.equal((await who.call('/api/me')).email, other.email);
	await who.go('/organization/lists');
	await who.page.getByRole('button', { name: 'Add', exact: true }).last().waitFor();
	await who.sees('You’re impersonating Grace Hopper.');
	// The banner never covers the focused element.
	assert.deepEqual(await who.page.evaluate(() => {
		const banner = document.querySelector('#root .MuiAlert-filled');
		const all = [...document.querySelectorAll('main :is(a[href], button, input)')].filter((one) => !one.disabled);
		return [all.length > 30, all.filter((one) => {
			one.focus();
			const { top, height } = one.getBoundingClientRect();
			return top + height / 2 > banner.getBoundingClientRect().top;
		}).map((one) => one.outerHTML.slice(0, 120))];
	}), [true, []]);
	await who.press('Stop impersonating');
	await who.page.getByRole('heading', { name: 'Users', level: 2 }).waitFor();
	assert.equal((await who.call('/api/me')).email, who.email);
	await other.close();
	await who.close();
});

test('an operator bans a user, whose sessions end immediately, and lifts the ban, and the log records both', async () => {
	const who = await operator(), other = await member({ first_name: 'Mallory', last_name: 'Black' });
	await find(who, other);
	await who.page.getByRole('button', { name: 'Ban: Mallory Black' }).click();
	await who.fill({ Reason: 'spam' });
	await who.page.getByRole('dialog').getByRole('button', { name: 'Ban' }).click();
	await who.page.getByRole('button', { name: 'Unban: Mallory Black' }).waitFor();
	assert.equal(await other.context.request.get(`${BASE}/api/me`).then((rs) => rs.status()), 401);
	await who.page.getByRole('button', { name: 'Unban: Mallory Black' }).click();
	await who.page.getByRole('button', { name: 'Ban: Mallory Black' }).waitFor();
	await who.page.getByRole('link', { name: 'Audit log: Mallory Black' }).click();
	await who.page.getByRole('heading', { name: 'Audit log of Mallory Black' }).waitFor();
	await who.sees(/Mallory Black · by Olive Operator/);
	await who.sees('Signed out');
	await other.context.close();
	await who.close();
});

for (const { name, ...look } of VISITS)
	test(`an operator filters, retries and cancels jobs, and reads their log (${name})`, async () => {
		const who = await operator(look), french = name === 'phone', { page } = who;
		const email = `late.${process.pid}.${name}@example.test`, of = `${french ? 'Vérification de l’e-mail' : 'Email verification'}: ${email}`;
		const id = sql(`INSERT INTO ops.mail (template, recipient, language, data, attempts) VALUES ('verify-email', '${email}', 'en', '{"url":"x"}', 1) RETURNING id`);
		sql(`SELECT ops.end_mail(${id}, 1, 'deferred', '451 try later', interval '1 hour')`);
		await who.go('/administration/jobs');
		const jobs = page.getByRole('region', { name: french ? 'Travaux en file d’attente' : 'Queued work' });
		const line = jobs.getByRole('listitem').filter({ hasText: email });
		const button = (word) => line.getByRole('button', { name: `${word}: ${of}`, exact: true });
		await line.getByText('451 try later').waitFor();
		await button(french ? 'Journal' : 'Log').click();
		const dialog = page.getByRole('dialog');
		await dialog.getByText('451 try later').waitFor();
		await who.looks(`administration-job-log-${name}`);
		await dialog.getByRole('button', { name: french ? 'Fermer' : 'Close' }).click();
		await button(french ? 'Relancer' : 'Retry now').click();
		await who.sees(french ? 'Remis en file d’attente' : 'Queued again');
		assert.equal(sql(`SELECT due_at <= now() FROM ops.mail WHERE id = ${id}`), 't');
		await button(french ? 'Annuler le travail' : 'Cancel job').click();
		await dialog.getByRole('button', { name: french ? 'Annuler le travail' : 'Cancel job' }).click();
		await line.waitFor({ state: 'detached' });
		assert.equal(sql(`SELECT status FROM ops.mail WHERE id = ${id}`), 'failed');
		sql(`UPDATE ops.mail SET error = '550 no such user' WHERE id = ${id}`);
		await jobs.getByRole('combobox', { name: french ? 'État' : 'State' }).click();
		await page.getByRole('option', { name: french ? 'Échec' : 'Failed' }).click();
		await line.getByText('550 no such user').waitFor();
		assert.equal(await button(french ? 'Annuler le travail' : 'Cancel job').count(), 0);
		await jobs.getByRole('combobox', { name: french ? 'File' : 'Queue' }).click();
		await page.getByRole('option', { name: 'Imports' }).click();
		await who.sees(french ? 'Aucun travail correspondant' : 'No matching entries');
		sql(`DELETE FROM ops.mail WHERE id = ${id}`);
		await who.close();
	});

test('an operator retries an email and suspends an organization', async () => {
	const who = await operator(), other = await member({ organization: `Mallory ${process.pid} Ltd` });
	const email = `lost.${process.pid}@example.test`;
	await who.call('/api/auth/organization/invite-member', { email, role: 'member' });
	sql(`UPDATE ops.mail SET status = 'uncertain', attempts = 2, error = 'the sender died' WHERE recipient = '${email}'`);
	sql(`SELECT ops.record_periodic_task('seal', 12, false), ops.record_periodic_task('trash', 3, true)`);
	await who.go('/administration/jobs');
	await who.sees('1 email failed.');
	await who.sees('no mail server is configured. Set SMTP_URL');
	await who.looks('administration-jobs-late');
	await who.page.getByRole('link', { name: 'Mail' }).click();
	await who.page.getByRole('button', { name: `Resend: ${email}` }).click();
	await who.sees(/The recipient may get it twice/);
	await who.looks('administration-mail-again');
	await who.page.getByRole('dialog').getByRole('button', { name: 'Resend' }).click();
	await who.page.getByRole('button', { name: `Resend: ${email}` }).waitFor({ state: 'detached' });
	assert.equal(sql(`SELECT status FROM ops.mail WHERE recipient = '${email}'`), 'waiting');
	await who.go('/administration/organizations');
	await who.fill({ 'Search by name': `mallory ${process.pid}` });
	const name = `Mallory ${process.pid} Ltd`;
	await who.page.getByRole('button', { name: `Suspend: ${name}` }).click();
	await who.page.getByRole('dialog').getByRole('button', { name: 'Suspend' }).click();
	await who.page.getByRole('button', { name: `Reactivate: ${name}` }).waitFor();
	await who.looks('administration-suspended');
	assert.equal(await other.context.request.get(`${BASE}/api/contacts`).then((rs) => rs.status()), 403);
	await who.page.getByRole('button', { name: `Reactivate: ${name}` }).click();
	await who.page.getByRole('button', { name: `Suspend: ${name}` }).waitFor();
	assert.equal(await other.context.request.get(`${BASE}/api/contacts`).then((rs) => rs.status()), 200);
	await other.close();
	await who.close();
});

test('an owner creates a webhook, whose secret is shown once, and tests and disables it', async () => {
	const who = await member();
	await who.go('/webhooks');
	await who.press('New webhook');
	await who.fill({ URL: `${BASE}/nowhere` });
	const dialog = who.page.getByRole('dialog');
	await dialog.getByRole('checkbox', { name: 'All changes' }).uncheck();
	for (const one of await dialog.getByRole('checkbox', { checked: true }).all().then((all) => all.reverse()))
		await one.uncheck();
	await who.press('Save');	// no event is chosen
	await dialog.getByText('Required', { exact: true }).waitFor();
	await who.fill({ 'Find a type': 'cont' });
	assert.deepEqual(await dialog.getByRole('rowheader').allInnerTexts(), ['Contact', 'Contact note']);
	for (const verb of ['Created', 'Updated', 'Deleted'])
		await dialog.getByRole('checkbox', { name: `Contact: ${verb}` }).check();
	await who.fill({ 'Find a type': '' });
	await dialog.getByRole('checkbox', { name: 'Deal: Deleted' }).check();
	// Nothing is saved yet. The address belongs to this server, which responds that it does not exist.
	await who.press('Send a test event');
	await dialog.getByRole('status').getByText(/^Contact: created · status 40\d · [\d,]+ ms/).waitFor();
	await dialog.getByRole('status').locator('pre').waitFor();
	assert.deepEqual(await who.call('/api/webhooks'), []);
	await who.looks('webhook-address-test', { fullPage: false });
	await who.press('Save');
	assert.match(await who.page.getByRole('group', { name: 'Signing secret' }).locator('pre').innerText(), /^whsec_/);
	await who.press('Close');
	await who.page.getByRole('button', { name: /^Test: / }).click();
	await who.sees('Test event queued');
	await who.sees(/^https?:.*\n?Contact, Deal: deleted/);
	await who.page.getByText(/Test, .* · (waiting|failed)/).waitFor();
	// A new secret requires a second confirmation.
	await who.page.getByRole('button', { name: /^New secret: / }).click();
	await dialog.getByText('The current one works for one more day.').waitFor();
	await who.press('Replace secret');
	assert.match(await who.page.getByRole('group', { name: 'Signing secret' }).locator('pre').innerText(), /^whsec_/);
	await who.press('Close');
	await who.page.getByRole('link', { name: `${BASE}/nowhere` }).click();
	await who.sees('Test');
	await who.looks('webhook-deliveries');
	await who.go('/webhooks');
	await who.page.getByRole('switch').click();
	await who.page.waitForFunction(() => document.querySelector('input[role=switch]')?.checked === false);
	const [{ enabled, events }] = await who.call('/api/webhooks');
	assert.deepEqual([enabled, events], [false, ['contacts.*', 'deals.delete']]);
	// The server knows each kind that the page offers, and the page offers each kind that the server knows.
	await who.press('New webhook');
	await dialog.getByRole('checkbox', { name: 'All changes' }).uncheck();
	const offered = await dialog.getByRole('rowheader').count();
	assert.equal(offered, Number(sql("SELECT count(*) FROM ops.change_resource WHERE resource <> 'records'")));	// this organization has no objects
	await who.fill({ URL: `${BASE}/all` });
	await dialog.getByRole('checkbox', { name: 'Tag: Created' }).uncheck();
	await who.press('Save');
	await who.press('Close');
	const [, { events: all }] = await who.call('/api/webhooks?sort=["id","ASC"]');
	assert.equal(all.length, offered + 1);
	await who.close();
});
