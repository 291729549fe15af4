// stack: BETTER_AUTH_URL=https://auth.example.test SIGNUP=open TENANTRY_RATE_LIMIT=off
// Behind https, the cookies have different names and the Secure attribute.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BASE, Browser, send } from '../lib/http.mjs';
import { PASSWORD, address, tenantry } from '../lib/people.mjs';
import { early, totp } from '../../lib/totp.mjs';

const browser = new Browser({ origin: 'https://auth.example.test' });

test('cookies are Secure and have the __Secure- prefix', async () => {
	const rs = await browser.post('/api/auth/sign-up/email',
		{ email: address(), name: 'x', password: PASSWORD, rememberMe: false });
	assert.equal(rs.status, 200, rs.text);
	assert.deepEqual(rs.cookies.map((c) => c.replace(/=[^;]*/, '')), [
		'__Secure-better-auth.session_token; Path=/; HttpOnly; Secure; SameSite=Lax',
		'__Secure-better-auth.dont_remember; Path=/; HttpOnly; Secure; SameSite=Lax']);
});

test('the name without the prefix is ignored', async () => {
	const value = browser.jar.cookies.get('__Secure-better-auth.session_token');
	const whoami = async (name) => (await send('GET', '/api/auth/get-session',
		{ headers: { cookie: `${name}=${value}` } })).text;
	assert.equal(await whoami('better-auth.session_token'), 'null');
	assert.notEqual(await whoami('__Secure-better-auth.session_token'), 'null');
});

test('links and origin checks use the base URL, not the request', async () => {
	assert.equal((await browser.post('/api/auth/update-user', { name: 'y' },
		{ origin: BASE })).status, 403);
	await browser.post('/api/auth/organization/create', { name: 'S', slug: 's' });
	const { json } = await browser.post('/api/invites', {});
	assert.ok(json.url.startsWith('https://auth.example.test/invite/'));
});

test('signing out clears the cookies', async () => {
	const rs = await browser.post('/api/auth/sign-out', {});
	assert.ok(rs.cookies.every((c) => /^__Secure-.*=; Max-Age=0; .*Secure/.test(c)));
	assert.equal(browser.jar.cookies.size, 0);
});

// Matches exchanges 594 to 597 of the reference, except for the domain and session_data.
test('the cookies of a second factor are Secure, too', async () => {
	const self = new Browser({ origin: 'https://auth.example.test' });
	const email = address('second');
	await self.post('/api/auth/sign-up/email', { name: 'Sec', email, password: PASSWORD });
	const on = await self.post('/api/auth/two-factor/enable', { password: PASSWORD });
	await early();
	await self.post('/api/auth/two-factor/verify-totp', { code: totp(on.json.totpURI) });
	await self.post('/api/auth/sign-out', {});
	const shown = (rs) => rs.cookies.map((c) => c.replace(/^__Secure-better-auth\.(\w+)=([^;]*)/,
		(_, name, value) => `${name}=${value && 'VALUE'}`));
	const rest = 'Path=/; HttpOnly; Secure; SameSite=Lax';
	const asked = await self.post('/api/auth/sign-in/email',
		{ email, password: PASSWORD, rememberMe: false });
	assert.deepEqual(shown(asked), [`dont_remember=VALUE; ${rest}`,
		`session_token=; Max-Age=0; ${rest}`, `session_data=; Max-Age=0; ${rest}`,
		`two_factor=VALUE; Max-Age=600; ${rest}`]);
	const done = await self.post('/api/auth/two-factor/verify-backup-code',
		{ code: on.json.backupCodes[0], trustDevice: true });
	// Only the last dont_remember cookie takes effect. The reference sends only that cookie.
	assert.deepEqual(shown(done), [`session_token=VALUE; ${rest}`,
		`dont_remember=VALUE; ${rest}`, `two_factor=; Max-Age=0; ${rest}`,
		`trust_device=VALUE; Max-Age=2592000; ${rest}`,
		`dont_remember=; Max-Age=0; ${rest}`]);
	assert.ok(!self.jar.cookies.has('__Secure-better-auth.dont_remember'));
});

// Matches exchanges 599 and 600 of the reference, except for the domain and session_data.
test('impersonation stores the operator\'s session in a Secure cookie', async () => {
	const self = new Browser({ origin: 'https://auth.example.test' });
	const email = address('boss');
	const sign = (who, to) => self.post('/api/auth/sign-up/email',
		{ email: to, name: who, password: PASSWORD });
	const victim = (await sign('T', address('t'))).json.user;
	await sign('Sec', email);
	tenantry('user', 'role', email, 'admin');
	const shown = (rs) => rs.cookies.map((c) => c.replace(/^__Secure-better-auth\.(\w+)=([^;]*)/,
		(_, name, value) => `${name}=${value && 'VALUE'}`));
	const rest = 'Path=/; HttpOnly; Secure; SameSite=Lax';
	const begun = await self.post('/api/auth/admin/impersonate-user', { userId: victim.id, reason: 'asked for help' });
	assert.equal(begun.status, 200, begun.text);
	assert.deepEqual(shown(begun), [`session_token=; Max-Age=0; ${rest}`,
		`session_data=; Max-Age=0; ${rest}`, `dont_remember=; Max-Age=0; ${rest}`,
		`admin_session=VALUE; Max-Age=604800; ${rest}`, `session_token=VALUE; ${rest}`,
		`dont_remember=VALUE; ${rest}`]);
	assert.equal(begun.headers['set-auth-token'].split('.')[0], begun.json.session.token);
	const ended = await self.post('/api/auth/admin/stop-impersonating', {});
	assert.deepEqual(shown(ended), [`session_token=VALUE; Max-Age=604800; ${rest}`,
		`dont_remember=; Max-Age=0; ${rest}`, `admin_session=; Max-Age=0; ${rest}`]);
	assert.equal(ended.json.user.email, email);
});
