// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// The user's account: name, password, sessions, passkeys, second factor and keys.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { long } from '../lib/api.mjs';
import { BASE, PASSWORD, VISITS, member, visitor } from './lib/browser.mjs';
import { lastMail } from '../lib/mail.mjs';
import { totpOf } from '../lib/totp.mjs';

async function signIn(who, email) {
	await who.go('/sign-in');
	await who.fill({ 'Email': email, Password: PASSWORD });
	await who.press('Sign in');
}

const dashboard = (who) => who.page.getByRole('heading', { name: 'Dashboard', level: 1 }).waitFor();

for (const { name, ...look } of VISITS)
	long(`every page matches its screenshot (${name})`, async () => {
		const who = await member(look);
		for (const part of ['me', 'security', 'keys', 'events']) {
			await who.go(`/profile/${part}`);
			await who.page.getByRole('heading', { level: 2 }).first().waitFor();
			await who.looks(`profile-${part}-${name}`);
		}
		await who.close();
	});

test('a user changes the name, and changes the password, which ends the other sessions', async () => {
	const who = await member(), other = await visitor();
	await signIn(other, who.email);
	await dashboard(other);
	await who.go('/profile');
	await who.fill({ 'First name': 'Augusta' });
	await who.press('Save');
	await who.sees(/^Saved$/);
	assert.equal((await who.call('/api/me')).first_name, 'Augusta');
	await who.page.getByRole('tab', { name: 'Security' }).click();
	await who.press('Change password');
	const dialog = who.page.getByRole('dialog');
	await dialog.getByLabel('Current password').fill('not this one');
	await dialog.getByLabel('New password').fill('another horse battery');
	who.expect(/^400 POST \/api\/auth\/change-password/);
	await dialog.getByRole('button', { name: 'Change' }).click();
	await who.sees('Wrong password.');
	who.expect(/^401 GET \/api\/changes\/stream/); // a request of the previous session may overlap
	await dialog.getByLabel('Current password').fill(PASSWORD);
	await dialog.getByRole('button', { name: 'Change' }).click();
	await who.sees('Password changed');
	assert.equal((await who.call('/api/auth/list-sessions')).length, 1);
	await other.context.close();
	await who.close();
});

long('emailed links verify the address and reset a forgotten password', async () => {
	const who = await member();
	const { page } = who;
	const link = (template) => lastMail(who.email, template).data.url;
	await who.go('/organization/invitations');
	await who.press('Send verification email');
	await who.sees('Verification email sent');
	await page.goto(link('verify-email'));
	await page.getByRole('button', { name: 'Confirm' }).click();
	await page.waitForURL(`${BASE}/organization/invitations`);
	await who.sees('No invitations');
	await who.clearCookies();
	await who.go('/sign-in');
	await page.getByRole('link', { name: 'Forgot your password?' }).click();
	await page.getByRole('button', { name: 'Send reset link' }).waitFor(); // waits for this page, because the other page has the same field
	await who.fill({ 'Email': who.email });
	await who.press('Send reset link');
	await who.sees('we’ve sent a link');
	await page.goto(link('reset-password'));
	await page.getByRole('heading', { name: 'Choose a password' }).waitFor();
	await who.fill({ Password: 'quite another one' });
	await who.press('Save');
	await dashboard(who);
	assert.equal((await who.call('/api/me')).email, who.email);
	await who.clearCookies();
	await who.call('/api/auth/sign-in/email', { email: who.email, password: 'quite another one' });
	await who.close();
});

long('an email address is changed with two emailed links, which say what comes next', async () => {
	const who = await member();
	const { page } = who, next = `next.${process.pid}@example.test`;
	await who.call('/api/auth/send-verification-email', { email: who.email });
	await page.goto(lastMail(who.email, 'verify-email').data.url);
	await who.press('Confirm');
	await who.go('/profile');
	await page.locator('#email').fill(next);
	await who.press('Change');
	await who.sees('Check your email');
	await page.goto(lastMail(who.email, 'change-email').data.url);
	await page.getByText(`Replace the address ${who.email} of your account with ${next}?`).waitFor();
	await who.press('Confirm');
	await who.sees(`Almost done: open the link that we’ve sent to ${next}, in this browser.`);
	await who.looks('profile-changing');
	// Without a session of the account, the link changes nothing, and the page says so after the sign-in.
	const { url } = lastMail(next, 'new-address').data, other = await visitor();
	await other.page.goto(url);
	await other.press('Confirm');
	other.expect(/^401 GET /);
	await other.page.getByRole('heading', { name: 'Sign in' }).waitFor();
	await other.fill({ Email: who.email, Password: PASSWORD });
	await other.press('Sign in');
	await other.sees('Sign in to the account whose email is changing, and open the link again.');
	await other.close();
	await page.goto(url);
	await who.press('Confirm');
	await who.sees(`Your email is now ${next}.`);
	assert.equal((await who.call('/api/me')).email, next);
	await who.close();
});

long('the sessions are listed, and one of them is ended', async () => {
	const who = await member(), other = await visitor();
	await signIn(other, who.email);
	await dashboard(other);
	await who.go('/profile/security');
	await who.sees('This device');
	const ends = who.page.getByRole('button', { name: /^Sign out: / });
	for (let left = await ends.count(); left > 0; left--) {
		await ends.first().click();
		await who.page.waitForFunction((n) =>
			document.querySelectorAll('button[aria-label^="Sign out: "]').length === n, left - 1);
	}
	assert.equal(await other.context.request.get(`${BASE}/api/me`).then((rs) => rs.status()), 401);
	await other.context.close();
	await who.close();
});

test('a user turns on two-factor sign-in, signs in with a code and with a backup code, and turns it off', async () => {
	const who = await member();
	await who.go('/profile/security');
	await who.press('Turn on');
	await who.page.getByRole('dialog').getByLabel('Password').fill(PASSWORD);
	await who.press('Continue');
	await who.page.getByRole('img', { name: 'QR code for the authenticator app' }).waitFor();
	await who.looks('profile-two-factor');
	const secret = await who.page.getByRole('group', { name: 'Secret for the authenticator app' }).locator('pre').innerText();
	await who.fill({ Code: totpOf(secret) });
	await who.press('Confirm');
	await who.sees('Two-factor authentication is on.');
	const [code] = (await who.page.getByRole('group', { name: 'Backup codes' }).locator('pre').innerText()).split('\n');
	await who.press('Close');
	const other = await visitor();
	await signIn(other, who.email);
	await other.fill({ Code: totpOf(secret, 1) });
	await other.press('Confirm');
	await dashboard(other);
	await other.close();
	const third = await visitor();
	await signIn(third, who.email);
	await third.press('Use a backup code');
	await third.fill({ Code: code });
	await third.press('Confirm');
	await dashboard(third);
	await third.close();
	await who.press('Turn off');
	await who.page.getByRole('dialog').getByLabel('Password').fill(PASSWORD);
	await who.press('Continue');
	await who.sees('Two-factor authentication is off.');
	await who.close();
});

long('a passkey is added, renamed, used to sign in, and deleted', async () => {
	const who = await member();
	const devtools = await who.context.newCDPSession(who.page);
	await devtools.send('WebAuthn.enable');
	await devtools.send('WebAuthn.addVirtualAuthenticator', { options: { protocol: 'ctap2', transport: 'internal',
		hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true } });
	await who.go('/profile/security');
	await who.press('Add passkey');
	await who.page.getByRole('dialog').getByLabel('Name').fill('Telephone');
	await who.press('Continue');
	await who.page.getByRole('button', { name: 'Rename: Telephone' }).click();
	await who.page.getByRole('dialog').getByLabel('Name').fill('Old telephone');
	await who.press('Save');
	await who.page.getByRole('button', { name: 'Rename: Old telephone' }).waitFor();
	await who.clearCookies();
	await who.go('/sign-in');
	await who.press('Use a passkey');
	await dashboard(who);
	await who.go('/profile/security');
	await who.page.getByRole('button', { name: 'Delete: Old telephone' }).click();
	await who.press('Delete');
	await who.sees('No passkeys yet');
	await who.close();
});

test('a user creates an API key, which is shown once and can read', async () => {
	const who = await member();
	await who.go('/profile/keys');
	await who.press('Create API key');
	await who.fill({ Name: 'export' });
	await who.press('Create');
	const key = await who.page.getByRole('group', { name: 'Your new API key' }).locator('pre').innerText();
	const asked = (method) => fetch(`${BASE}/api/tags`, { method, headers: { 'x-api-key': key, 'Content-Type': 'application/json' },
		...(method === 'POST' && { body: '{"name":"a","color":"#fff"}' }) });
	assert.equal((await asked('GET')).status, 200);
	assert.equal((await asked('POST')).status, 403);
	await who.press('Close');
	await who.page.getByRole('button', { name: 'Replace: export' }).click();
	await who.press('Replace');
	const next = await who.page.getByRole('group', { name: 'Your new API key' }).locator('pre').innerText();
	assert.notEqual(next, key);
	for (const secret of [key, next])
		assert.equal((await fetch(`${BASE}/api/tags`, { headers: { 'x-api-key': secret } })).status, 200);
	await who.press('Close');
	await who.sees(/old secret valid until/);
	await who.page.getByRole('switch', { name: 'Enabled: export' }).click();
	await who.page.waitForFunction(() => !document.querySelector('input[role=switch]')?.checked);
	assert.equal((await asked('GET')).status, 401);
	await who.page.getByRole('button', { name: 'Delete: export' }).click();
	await who.press('Delete');
	await who.sees('No API keys yet');
	await who.close();
});

test('an API key is limited to some actions', async () => {
	const who = await member();
	await who.go('/profile/keys');
	await who.press('Create API key');
	await who.fill({ Name: 'form' });
	const dialog = who.page.getByRole('dialog');
	await dialog.getByLabel('Access').click();
	await who.page.getByRole('option', { name: 'Choose by type of record' }).click();
	for (const name of ['Contacts: Create', 'Contacts: Export', 'Tags: Read', 'Tags: Edit'])
		await dialog.getByRole('checkbox', { name, exact: true }).check();
	await dialog.getByRole('checkbox', { name: 'Contacts: Export', exact: true }).uncheck();
	await who.looks('profile-key-scopes');
	await who.press('Create');
	const key = await who.page.getByRole('group', { name: 'Your new API key' }).locator('pre').innerText();
	const asked = (method, path, body) => fetch(`${BASE}/api/${path}`, { method, body: body && JSON.stringify(body),
		headers: { 'x-api-key': key, 'Content-Type': 'application/json' } });
	const made = await asked('POST', 'contacts', { last_name: 'Of a form' });
	assert.equal(made.status, 201);
	assert.deepEqual(Object.keys(await made.json()), ['id']);
	assert.equal((await asked('GET', 'tags')).status, 200);
	for (const [method, path, body] of [['GET', 'contacts'], ['GET', 'contacts/export'], ['POST', 'tags', { name: 'a', color: '#fff' }]])
		assert.equal((await asked(method, path, body)).status, 403, path);
	await who.press('Close');
	await who.sees(/Contacts: Create; Tags: Read, Edit/);
	// The key was last used for this request.
	await who.page.getByRole('button', { name: 'Requests: form' }).click();
	await who.sees('POST /api/contacts');
	await who.looks('profile-key-requests');
	await dialog.getByLabel('Refused ones only').check();
	await who.page.getByText('GET /api/tags', { exact: true }).waitFor({ state: 'detached' });
	await who.sees(/key_scope/);
	await dialog.getByLabel('Keep the contents of refused requests').check();
	await who.press('Close');
	assert.equal((await asked('POST', 'contacts', { nothing: 'here' })).status, 422);
	await who.page.getByRole('button', { name: 'Requests: form' }).click();
	await who.sees('{"nothing":"here"}');
	await who.press('Close');
	await who.close();
});

long('an API key is bound to IP addresses, or made publishable', async () => {
	const who = await member();
	await who.go('/profile/keys');
	await who.press('Create API key');
	await who.fill({ Name: 'erp' });
	await who.page.getByRole('dialog').getByLabel('Only from these addresses').fill('192.0.2.7, 198.51.100.0/24');
	await who.press('Create');
	const key = await who.page.getByRole('group', { name: 'Your new API key' }).locator('pre').innerText();
	assert.equal((await fetch(`${BASE}/api/tags`, { headers: { 'x-api-key': key } })).status, 403);
	await who.press('Close');
	await who.sees(/only from 192\.0\.2\.7, 198\.51\.100\.0\/24/);
	// Sets the IP addresses from which an existing key may be used.
	const addresses = async (text) => {
		await who.page.getByRole('button', { name: 'Addresses: erp' }).click();
		const field = who.page.getByRole('dialog').getByLabel('Only from these addresses');
		await who.looks('profile-key-addresses');
		const before = await field.inputValue();
		await field.fill(text);
		await who.press('Save');
		return before;
	};
	const closed = () => who.page.getByRole('dialog').waitFor({ state: 'detached' });
	assert.equal(await addresses('127.0.0.0/8 ::1'), '192.0.2.7, 198.51.100.0/24');
	await closed();
	await who.sees(/only from 127\.0\.0\.0\/8, ::1/);
	assert.equal((await fetch(`${BASE}/api/tags`, { headers: { 'x-api-key': key } })).status, 200);
	who.expect(/^400 POST \/api\/auth\/api-key\/update$/);
	await addresses('nowhere');
	await who.sees(/expected addresses or networks/);
	await who.page.getByRole('dialog').getByLabel('Only from these addresses').fill('');
	await who.press('Save');
	await closed();
	await who.page.getByText(/only from/).waitFor({ state: 'detached' });
	assert.equal((await fetch(`${BASE}/api/tags`, { headers: { 'x-api-key': key } })).status, 200);
	await who.press('Create API key');
	await who.fill({ Name: 'app' });
	await who.page.getByRole('dialog').getByLabel('Access').click();
	await who.page.getByRole('option', { name: /^None/ }).click();
	await who.press('Create');
	assert.match(await who.page.getByRole('group', { name: 'Your new API key' }).locator('pre').innerText(), /^publishable_/);
	await who.press('Close');
	await who.sees(/None: only identifies the organization/);
	assert.equal(await who.page.getByRole('button', { name: /^Addresses: / }).count(), 1, 'a publishable key has none');
	await who.close();
});

long('a profile picture is uploaded and removed', async () => {
	const who = await member();
	await who.go('/');
	await who.press('Ada Lovelace');
	await who.page.getByRole('menuitem', { name: 'Profile and security' }).click();
	await who.page.getByRole('heading', { name: 'Profile picture' }).waitFor();
	await who.page.setInputFiles('input[type=file]', { name: 'me.gif', mimeType: 'image/gif',
		buffer: Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64') });
	await who.sees(/^Saved$/);
	await who.page.locator('header img').waitFor(); // the header shows the picture, too
	await who.press('Remove');
	await who.page.locator('header img').waitFor({ state: 'detached' });
	assert.equal((await who.call('/api/me')).avatar, null);
	await who.close();
});

long('an emailed link deletes the account', async () => {
	const who = await member();
	await who.go('/profile/security');
	await who.press('Delete my account');
	const dialog = who.page.getByRole('dialog');
	await dialog.getByLabel('Password').fill('not this one');
	who.expect(/^400 POST \/api\/auth\/delete-user/);
	await dialog.getByRole('button', { name: 'Delete' }).click();
	await dialog.getByText('Wrong password.').waitFor();
	await dialog.getByLabel('Password').fill(PASSWORD);
	await dialog.getByRole('button', { name: 'Delete' }).click();
	await who.sees('follow the link to delete your account');
	const [mail] = JSON.parse(execFileSync(`${process.env.BUILD}/tenantry`, ['mail', '--to', who.email, '--json'],
		{ encoding: 'utf8' })).filter(({ data }) => data.url?.includes('delete-user'));
	await who.page.goto(mail.data.url);
	await who.page.waitForURL(`${BASE}/sign-in`);
	assert.equal((await who.context.request.get(`${BASE}/api/me`)).status(), 401);
	await who.close();
});
