// stack: STACK_HOST=localhost TENANTRY_RATE_LIMIT=off
// Sign-up, sign-in, and rejected access.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lastMail } from '../lib/mail.mjs';
import { BASE, PASSWORD, LOOKS, api, visitor } from './lib/browser.mjs';

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

test('an inner URL redirects to sign-in, and from there back', async () => {
	const who = await visitor();
	await who.go('/contacts?page=1');
	await who.page.waitForURL(/\/sign-in\?next=/);
	await who.fill({ 'Email': 'ada@example.test', Password: PASSWORD });
	await who.press('Sign in');
	await who.page.waitForURL(/\/contacts/);
	await who.page.getByRole('heading', { name: 'Contacts', level: 1 }).waitFor();
	await who.close();
});

for (const { name, ...look } of LOOKS)
	test(`the public pages match their screenshots (${name})`, async () => {
		const who = await visitor(look);
		for (const path of ['/sign-in', '/sign-up', '/forgot-password', '/choose-password']) {
			await who.go(path);
			await who.page.getByRole('heading', { level: 1 }).waitFor();
			await who.looks(`${path.slice(1)}-${name}`);
		}
		await who.close();
	});

test('uses French if the browser prefers it', async () => {
	const who = await visitor({ locale: 'fr-FR' });
	await who.go('/sign-in');
	await who.page.getByRole('heading', { name: 'Se connecter' }).waitFor();
	assert.equal(await who.page.getAttribute('html', 'lang'), 'fr');
	await who.press('English');
	await who.page.getByRole('heading', { name: 'Sign in' }).waitFor();
	await who.close();
});

test('mailed links open our pages, and their secrets stay in the fragment', async () => {
	const who = await visitor();
	await who.go('/#/set-password?access_token=secret&refresh_token=secret&type=recovery');
	await who.page.waitForURL(`${BASE}/choose-password#access_token=secret&refresh_token=secret&type=recovery`);
	await who.page.getByRole('heading', { name: 'Choose a password' }).waitFor();
	await who.close();
});

test('sign-in never redirects to another host, and an expired session saves nothing', async () => {
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
	await who.context.addCookies(cookies);
	const rs = await who.context.request.get(`${BASE}/api/companies`);
	assert.deepEqual(await rs.json(), []);
	await who.close();
});

test('the initial load is small, from our host only, and cached', async () => {
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

test('unknown paths return 404 to programs and the page to browsers, with a text if scripts are off', async () => {
	const ask = (path, accept) => fetch(BASE + path, { headers: { accept } });
	assert.equal((await ask('/contacts/1/show', 'text/html,*/*')).status, 200);
	assert.equal((await ask('/contacts/1/show', '*/*')).status, 404);
	assert.match((await ask('/api/nothing', 'text/html')).headers.get('content-type'), /problem\+json/);
	assert.match((await ask('/invite/nothing', '*/*')).headers.get('content-type'), /problem\+json/);
	assert.match(await (await ask('/invite/nothing', 'text/html')).text(), /This invitation has expired or was used/);
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

test('a mailed link signs in by its button, once and without scripts', async () => {
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
	await who.context.clearCookies();
	await who.page.goto(url);
	who.expect(/^404 POST \/api\/auth\/magic-link\/verify/);
	await who.press('Sign in');
	await who.page.getByRole('heading', { name: 'Link not valid', level: 1 }).waitFor();
	await who.sees('This link has expired or was used. Ask for a new one.');
	assert.equal(await session(), null);
	await who.close();
});
