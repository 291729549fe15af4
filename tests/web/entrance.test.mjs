// stack: STACK_HOST=localhost TENANTRY_RATE_LIMIT=off
// own stack: its first user signs up at a new installation.
// Sign-up, sign-in, and refused access.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { long } from '../lib/api.mjs';
import { lastMail } from '../lib/mail.mjs';
import { psqlRows } from '../lib/psql.mjs';
import { BASE, PASSWORD, VISITS, api, visitor } from './lib/browser.mjs';

test('the first user signs up and owns an organization, then signs out and in', async () => {
	const who = await visitor();
	await who.go('/');
	await who.sees('Welcome to Tenantry');
	await who.looks('first-run');
	await who.fill({ 'First name': 'Ada', 'Last name': 'Lovelace',
		'Email': 'ada@example.test', Password: PASSWORD });
	await who.press('Sign up');
	await who.page.getByRole('heading', { name: 'Dashboard', level: 1 }).waitFor();
	assert.equal((await (await who.context.request.get(`${BASE}/api/auth/list-sessions`)).json()).length, 1);
	await who.page.getByRole('button', { name: 'Ada Lovelace', exact: true }).click();
	await who.page.getByRole('menuitem', { name: 'Sign out' }).click();
	await who.page.waitForURL(`${BASE}/sign-in`);
	await who.fill({ 'Email': 'ada@example.test', Password: 'wrong one' });
	who.expect(/^401 POST \/api\/auth\/sign-in\/email/);
	await who.press('Sign in');
	await who.sees('Wrong email or password');
	await who.fill({ Password: PASSWORD });
	await who.press('Sign in');
	await who.page.getByRole('heading', { name: 'Dashboard', level: 1 }).waitFor();
	await who.close();
});

test('an inner URL redirects to the sign-in page, which leads back to the URL', async () => {
	const who = await visitor();
	await who.go('/contacts?page=1');
	await who.page.waitForURL(/\/sign-in\?next=/);
	await who.sees('Sign in to continue');
	await who.fill({ 'Email': 'ada@example.test', Password: PASSWORD });
	await who.press('Sign in');
	await who.page.waitForURL(/\/contacts/);
	await who.page.getByRole('heading', { name: 'Contacts', level: 1 }).waitFor();
	await who.close();
});

// Creates a session as the import stores it, and as supabase-js and supabase/ssr keep it in the browser.
function oldSession() {
	const id = randomUUID();
	psqlRows(['-f', '-'], `INSERT INTO identity.migrated_session (token_hash, expires_at)
		VALUES (sha256('${id}'), now() + interval '1 day')`);
	const token = ['{}', JSON.stringify({ session_id: id }), 'x'].map((s) => Buffer.from(s).toString('base64url'));
	return JSON.stringify({ access_token: token.join('.'), refresh_token: 'unknown' });
}

for (const [where, keep] of [
	['the storage', (who, value) => who.page.evaluate((text) => localStorage.setItem('sb-project-auth-token', text), value)],
	['a cookie', (who, value) => who.context.addCookies([{ name: 'sb-project-auth-token.0', url: BASE,
		value: 'base64-' + Buffer.from(value).toString('base64url') }])],
])
	test(`the sign-in page explains once that a session in ${where} was moved`, async () => {
		const who = await visitor();
		await who.go('/sign-in');
		await who.page.getByRole('heading', { name: 'Sign in' }).waitFor(); // this visit has already looked for a session
		await who.settled();
		await keep(who, oldSession());
		who.expect(/^401 GET \/api\/me/);
		await who.go('/sign-in');
		await who.sees('Your account has moved here');
		await who.go('/sign-in');
		await who.page.getByRole('heading', { name: 'Sign in' }).waitFor();
		assert.equal(await who.page.getByText('Your account has moved here').count(), 0);
		assert.equal(await who.page.evaluate(() => localStorage.getItem('sb-project-auth-token')), null);
		assert.deepEqual((await who.context.cookies()).filter(({ name }) => name.startsWith('sb-')), []);
		await who.close();
	});

for (const { name, ...look } of VISITS)
	long(`the public pages match their screenshots (${name})`, async () => {
		const who = await visitor(look);
		for (const path of ['/sign-in', '/sign-up', '/forgot-password', '/choose-password', '/password.html#token', '/operator.html',
			'/invite/nothing']) {
			who.expect(/^404 GET \/invite\/nothing/);
			await who.go(path);
			await who.page.getByRole('heading', { level: 1 }).waitFor();
			await who.looks(`${path.slice(1).replace(/[./].*/, '')}-${name}`);
		}
		await who.close();
	});

long('pages are in French if the browser prefers French', async () => {
	const who = await visitor({ locale: 'fr-FR' });
	await who.go('/sign-in');
	await who.page.getByRole('heading', { name: 'Se connecter' }).waitFor();
	assert.equal(await who.page.getAttribute('html', 'lang'), 'fr');
	await who.press('English');
	await who.page.getByRole('heading', { name: 'Sign in' }).waitFor();
	await who.close();
});

test('a refused password is explained in the page\'s language', async () => {
	const who = await visitor({ locale: 'fr-FR' });
	who.expect(/^400 POST \/api\/auth\/reset-password/);
	await who.go('/password.html#token');
	await who.page.getByLabel('Nouveau mot de passe').fill('x'.repeat(129));
	await who.press('Enregistrer');
	await who.sees('Choisissez un autre mot de passe : il doit compter de 8 à 128 caractères');
	await who.close();
});

test('emailed links open our pages, and their secrets stay in the fragment', async () => {
	const who = await visitor();
	await who.go('/#/set-password?access_token=secret&refresh_token=secret&type=recovery');
	await who.page.waitForURL(`${BASE}/choose-password#access_token=secret&refresh_token=secret&type=recovery`);
	await who.page.getByRole('heading', { name: 'Choose a password' }).waitFor();
	await who.close();
});

test('the sign-in page never redirects to another host, and nothing is saved with an expired session', async () => {
	const who = await visitor();
	const signIn = async () => {
		await who.fill({ 'Email': 'ada@example.test', Password: PASSWORD });
		await who.press('Sign in');
		await who.page.getByRole('heading', { level: 1, name: /Dashboard|New company|Create/ }).waitFor();
	};
	await who.go('/sign-in?next=/%09/evil.example/');
	await signIn();
	assert.equal(who.page.url(), `${BASE}/`);
	await who.go('/companies/create');
	await who.fill({ 'Name *': 'Kept by nobody' });
	const cookies = await who.context.cookies();
	await who.context.clearCookies();
	who.expect(/^401 /);
	who.page.on('dialog', (dialog) => dialog.accept());
	await who.press('Save');
	await who.page.waitForURL(/\/sign-in\?next=%2Fcompanies%2Fcreate/);
	await who.sees('Your session has ended. Sign in again.');
	await who.context.addCookies(cookies);
	const rs = await who.context.request.get(`${BASE}/api/companies`);
	assert.deepEqual(await rs.json(), []);
	await who.close();
});

test('the initial load is small, comes only from our host, and is cached', async () => {
	const who = await visitor();
	const answers = [];
	who.page.on('response', (rs) => answers.push(rs));
	await who.go('/sign-in');
	await who.page.getByRole('button', { name: 'Sign in' }).waitFor();
	const sizes = await Promise.all(answers.map((rs) => rs.request().sizes()));
	const all = sizes.reduce((sum, { responseBodySize }) => sum + responseBodySize, 0);
	assert.ok(all < 300_000, `${all} bytes before sign-in`);
	assert.ok(answers.length < 20, `${answers.length} requests`);
	for (const rs of answers.filter((rs) => rs.url().includes('/assets/')))
		assert.match(rs.headers()['cache-control'], /immutable/);
	const [page] = answers;
	assert.equal(page.headers()['cache-control'], 'no-cache');
	assert.match(page.headers()['content-security-policy'], /script-src 'self'/);
	assert.doesNotMatch(page.headers()['content-security-policy'], /unsafe|https?:/);
	await who.close();
});

long('unknown paths return 404 to programs and the page to browsers, with a text if scripts are disabled', async () => {
	const ask = (path, accept) => fetch(BASE + path, { headers: { accept } });
	assert.equal((await ask('/contacts/1/show', 'text/html,*/*')).status, 200);
	assert.equal((await ask('/contacts/1/show', '*/*')).status, 404);
	assert.match((await ask('/api/nothing', 'text/html')).headers.get('content-type'), /problem\+json/);
	assert.match((await ask('/invite/nothing', '*/*')).headers.get('content-type'), /problem\+json/);
	assert.match(await (await ask('/invite/nothing', 'text/html')).text(), /Invitation not valid[^]*ask for a new invitation/);
	const page = await (await ask('/', '*/*')).text();
	assert.match(page, /<noscript>[^]*openapi\.json[^]*<\/noscript>/);
	const who = await visitor({ javaScriptEnabled: false });
	who.expect(/^csp .*\/assets\//); // the script that the policy blocked
	await who.go('/');
	await who.page.getByRole('heading', { name: 'Tenantry', level: 1 }).waitFor();
	assert.match(await who.page.getByRole('paragraph').first().innerText(), /needs JavaScript/);
	const [routes] = await Promise.all([who.page.waitForResponse('**/api/openapi.json'),
		who.page.getByRole('link', { name: '/api/openapi.json' }).click()]);
	assert.equal(routes.status(), 200);
	await who.close();
});

// Returns the owner of the first organization, and the link in an invitation that the owner sends.
async function inviter(body) {
	const who = await visitor();
	await api(who.context, '/api/auth/sign-in/email', { email: 'ada@example.test', password: PASSWORD });
	const { url } = await api(who.context, '/api/invites', body);
	return { who, url };
}

test('a server without open sign-up says so instead of showing a form', async () => {
	const who = await visitor();
	await who.go('/sign-up');
	await who.sees('This server is invite-only.');
	assert.equal(await who.page.getByLabel('Email').count(), 0);
	await who.page.getByRole('link', { name: 'Sign in instead' }).click();
	await who.page.getByRole('heading', { name: 'Sign in', level: 1 }).waitFor();
	await who.close();
});

test('an invitation names the organization, the inviter and the address, and a second use is refused', async () => {
	const { who: boss, url } = await inviter({ email: 'grace@example.test' });
	const who = await visitor({ width: 360 });
	who.expect(/^500 POST \/api\/invitation/);
	await who.page.route('**/api/invitation', (route) => route.fulfill({ status: 500, json: {} }));
	await who.page.goto(url);
	const again = who.page.getByRole('button', { name: 'Try again' });
	await again.waitFor();
	assert.equal(await who.page.getByText('The invitation was used').count(), 0);
	await who.page.unroute('**/api/invitation');
	await again.click();
	await who.sees(/^Ada Lovelace invites you to join .+\. The invitation is for grace@example\.test\.$/);
	assert.equal(await who.page.getByLabel('Email').inputValue(), 'grace@example.test');
	await who.looks('invitation');
	await who.fill({ 'First name': 'Grace', 'Last name': 'Hopper', Password: PASSWORD });
	await who.press('Create account and join');
	await who.page.getByRole('heading', { name: 'Dashboard', level: 1 }).waitFor();
	who.expect(/^404 GET \/invite/);
	await who.page.goto(url);
	await who.sees('It was already used. If it was you, sign in.');
	await who.page.getByRole('link', { name: 'Sign in' }).click();
	await who.page.getByRole('heading', { name: 'Sign in', level: 1 }).waitFor();
	await who.close();
	await boss.close();
});

test('a signed-in user joins with the link, unless the invitation is for a different address', async () => {
	const { who, url } = await inviter({ email: 'lin@example.test' });
	await who.page.goto(url);
	await who.sees('You’re signed in as ada@example.test, but the invitation is for another email.');
	assert.equal(await who.page.getByLabel('First name').count(), 0);
	await who.looks('invitation-foreign');
	const open = await inviter({});
	const { page } = open.who;
	await page.goto(open.url);
	const { user_id } = await api(who.context, '/api/me');
	await who.page.evaluate((user) => localStorage.setItem(`RaStore${user}.other.records.recent`, '[]'), user_id);
	await who.press('Sign out');
	await who.page.getByLabel('First name').waitFor();
	assert.equal(await who.page.evaluate((user) => Object.keys(localStorage).filter((key) => key.includes(user)).length, user_id), 0);
	assert.equal(await who.page.getByText('You’re signed in as').count(), 0);
	// A member who opens an invitation link does not use it up. Someone else can join with the link.
	open.who.expect(/^400 POST \/api\/auth\/organization\/accept-invitation/);
	await page.getByRole('button', { name: /^Join / }).click();
	await open.who.sees('Already a member of this organization.');
	const org = await api(open.who.context, '/api/auth/organization/create', { name: 'Second', slug: 'second' });
	await api(open.who.context, '/api/auth/organization/set-active', { organizationId: org.id });
	const { url: other } = await api(open.who.context, '/api/invites', {});
	const grace = await visitor();
	await api(grace.context, '/api/auth/sign-in/email', { email: 'grace@example.test', password: PASSWORD });
	await grace.page.goto(other);
	await grace.page.getByRole('button', { name: 'Join Second' }).click();
	await grace.page.getByRole('heading', { name: 'Dashboard', level: 1 }).waitFor();
	assert.equal((await api(grace.context, '/api/me')).organization_id, org.id);
	await who.close();
	await open.who.close();
	await grace.close();
});

test('an expired reset link leads to a form for a new link, and the page says why', async () => {
	const who = await visitor();
	await who.go('/api/auth/reset-password/nothing?callbackURL=%2Fset-password');
	await who.sees('This link was used or has expired. Request a new one.');
	await who.page.getByRole('button', { name: 'Send reset link' }).waitFor();
	await who.looks('reset-expired');
	await who.close();
});

long('where passkeys cannot work, the page says why', async () => {
	const who = await visitor();
	await who.page.addInitScript(() => { delete window.PublicKeyCredential; });
	await who.go('/sign-in');
	await who.sees('Passkeys don’t work at this address: they need https');
	assert.equal(await who.page.getByRole('button', { name: 'Use a passkey' }).count(), 0);
	await who.close();
});

test('an emailed link signs the user in with a button, once and without scripts', async () => {
	const who = await visitor({ javaScriptEnabled: false });
	who.expect(/^csp .*\/assets\//); // the script of the page at /
	await api(who.context, '/api/auth/sign-in/magic-link', { email: 'ada@example.test' });
	const { url } = lastMail('ada@example.test', 'magic-link').data;
	const session = async () => (await who.context.request.get(`${BASE}/api/auth/get-session`)).json();
	await who.page.goto(url);
	await who.page.getByRole('heading', { name: 'Sign in', level: 1 }).waitFor();
	await who.sees('This link works once');
	assert.equal(await session(), null);
	await who.press('Sign in');
	await who.page.waitForURL(`${BASE}/`);
	assert.equal((await session()).user.email, 'ada@example.test');
	await who.clearCookies();
	await who.page.goto(url);
	who.expect(/^404 POST \/api\/auth\/magic-link\/verify/);
	await who.press('Sign in');
	await who.page.getByRole('heading', { name: 'Link not valid', level: 1 }).waitFor();
	await who.sees('This link has expired or was used. Ask for a new one.');
	assert.equal(await session(), null);
	await who.close();
});
