// stack: BETTER_AUTH_URL=https://auth.example.test SIGNUP=open TENANTRY_RATE_LIMIT=off
// Behind https the cookies have other names and more attributes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BASE, Browser, send } from './lib/http.mjs';
import { PASSWORD, address } from './lib/people.mjs';

const browser = new Browser({ origin: 'https://auth.example.test' });

test('cookies are Secure and say so in their names', async () => {
	const rs = await browser.post('/api/auth/sign-up/email',
		{ email: address(), name: 'x', password: PASSWORD, rememberMe: false });
	assert.equal(rs.status, 200, rs.text);
	assert.deepEqual(rs.cookies.map((c) => c.replace(/=[^;]*/, '')), [
		'__Secure-better-auth.session_token; Path=/; HttpOnly; Secure; SameSite=Lax',
		'__Secure-better-auth.dont_remember; Path=/; HttpOnly; Secure; SameSite=Lax']);
});

test('the plain spelling is not read', async () => {
	const value = browser.jar.cookies.get('__Secure-better-auth.session_token');
	const whoami = async (name) => (await send('GET', '/api/auth/get-session',
		{ headers: { cookie: `${name}=${value}` } })).text;
	assert.equal(await whoami('better-auth.session_token'), 'null');
	assert.notEqual(await whoami('__Secure-better-auth.session_token'), 'null');
});

test('links and trust follow the base URL, not the request', async () => {
	assert.equal((await browser.post('/api/auth/update-user', { name: 'y' },
		{ origin: BASE })).status, 403);
	await browser.post('/api/auth/organization/create', { name: 'S', slug: 's' });
	const { json } = await browser.post('/api/invites', {});
	assert.ok(json.url.startsWith('https://auth.example.test/invite/'));
});

test('signing out clears them', async () => {
	const rs = await browser.post('/api/auth/sign-out', {});
	assert.ok(rs.cookies.every((c) => /^__Secure-.*=; Max-Age=0; .*Secure/.test(c)));
	assert.equal(browser.jar.cookies.size, 0);
});
