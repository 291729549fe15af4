// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_TRUSTED_ORIGINS=https://app.trusted.test TENANTRY_REDIRECT_URLS=https://app.trusted.test/in,https://other.test:8443/x?tab=2,myapp://cb
// The absolute URLs to which a sign-in or an emailed link may redirect.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BASE, send } from '../lib/http.mjs';
import { lastMail } from '../../lib/mail.mjs';
import { PASSWORD, signUp } from '../lib/people.mjs';

const AUTH = '/api/auth';
const listed = ['https://app.trusted.test/in', 'HTTPS://APP.trusted.test/in', 'https://other.test:8443/x?tab=2', 'myapp://cb'];
const ours = ['/', '/a?next=//evil.test#x', `${BASE}/any/page?x=1`, BASE];
const refused = ['https://app.trusted.test/', 'https://app.trusted.test/in/', 'https://app.trusted.test/IN',
	'https://app.trusted.test/in?x=1', 'https://app.trusted.test/in#x', 'https://app.trusted.test:443/in',
	'http://app.trusted.test/in', 'https://x@app.trusted.test/in', 'https://other.test:8443/x', 'https://other.test/x?tab=2',
	'https://app.trusted.test/in,https://other.test:8443/x?tab=2', 'myapp://cb/x', `${BASE}.evil.test/`, '//app.trusted.test/in'];

test('every route that redirects accepts only the listed URLs and those of its origin', async () => {
	const { browser, email } = await signUp();
	const codes = { callbackURL: 'INVALID_CALLBACK_URL', redirectTo: 'INVALID_REDIRECT_URL',
		errorCallbackURL: 'INVALID_ERROR_CALLBACK_URL', newUserCallbackURL: 'INVALID_NEW_USER_CALLBACK_URL' };
	const routes = [['POST', '/sign-in/email', { email, password: PASSWORD }, 'callbackURL'],
		['POST', '/sign-up/email', {}, 'callbackURL'],
		['POST', '/sign-in/social', { provider: 'nobody' }, 'callbackURL', 'errorCallbackURL', 'newUserCallbackURL'],
		['POST', '/sign-in/magic-link', { email: 'x' }, 'callbackURL', 'errorCallbackURL', 'newUserCallbackURL'],
		['POST', '/request-password-reset', { email }, 'redirectTo'],
		['POST', '/send-verification-email', { email }, 'callbackURL'],
		['POST', '/change-email', { newEmail: 'x' }, 'callbackURL'],
		['GET', '/verify-email?token=x', null, 'callbackURL'],
		['GET', '/reset-password/x?', null, 'callbackURL'],
		['GET', '/magic-link/verify?token=x', null, 'callbackURL', 'errorCallbackURL', 'newUserCallbackURL'],
		['GET', '/delete-user/callback?token=x', null, 'callbackURL']];
	const call = async (method, path, body, member, url) => (body
		? await browser.post(AUTH + path, { ...body, [member]: url })
		: await browser.get(`${AUTH}${path}&${member}=${encodeURIComponent(url)}`)).json?.code;
	for (const [method, path, body, ...members] of routes)
		for (const member of members) {
			for (const url of refused)
				assert.equal(await call(method, path, body, member, url), codes[member], `${path} ${member} ${url}`);
			for (const url of [...listed, ...ours])
				assert.notEqual(await call(method, path, body, member, url), codes[member], `${path} ${member} ${url}`);
		}
});

test('an emailed link redirects to a listed URL, with the parameters that the server adds', async () => {
	const { email } = await signUp();
	const redirectTo = 'https://other.test:8443/x?tab=2';
	assert.equal((await send('POST', `${AUTH}/request-password-reset`, { body: { email, redirectTo } })).status, 200);
	const link = lastMail(email, 'reset-password').data.url.slice(BASE.length);
	const { headers } = await send('GET', link);
	assert.match(headers.location, /^https:\/\/other\.test:8443\/x\?tab=2&token=\w+$/);
	const other = await send('GET', link.replace(/callbackURL=.*/, `callbackURL=${encodeURIComponent('https://app.trusted.test/')}`));
	assert.deepEqual([other.status, other.headers.location], [403, undefined]);
});

test('a trusted origin can still write', async () => {
	const { browser } = await signUp();
	const write = async (origin) => (await browser.post(`${AUTH}/update-user`, { name: 'x' }, { origin })).status;
	assert.deepEqual([await write('https://app.trusted.test'), await write('https://other.test:8443')], [200, 403]);
});

test('the web server can send a redirect of any length', async () => {
	const long = 'a'.repeat(30000);
	for (const path of [`/api/auth/error?error=${long}`, `/api/auth/error?error_description=${long}`, `/set-password?token=${long}`,
		`${AUTH}/verify-email?token=x&callbackURL=/${long}`, `${AUTH}/reset-password/x?callbackURL=/%3Fx=${long}`,
		`${AUTH}/magic-link/verify?token=x&callbackURL=/&errorCallbackURL=/${long}`, `${AUTH}/callback/nobody?error=${long}`]) {
		const rs = await send('GET', path);
		assert.ok([302, 403, 404].includes(rs.status), `${path.slice(0, 80)}: ${rs.status} ${rs.text.slice(0, 200)}`);
		assert.ok((rs.headers.location ?? '').length <= 8000, path.slice(0, 80));
	}
});

test('HEAD for an emailed link returns 200, and does not use up the link', async () => {
	const { browser, email } = await signUp();
	assert.equal((await browser.post(`${AUTH}/request-password-reset`, { email, redirectTo: '/' })).status, 200);
	const link = lastMail(email, 'reset-password').data.url.slice(BASE.length);
	for (const path of [link, `${AUTH}/verify-email?token=x`, `${AUTH}/magic-link/confirm?token=x`, `${AUTH}/delete-user/callback?token=x`]) {
		const rs = await send('HEAD', path);
		assert.deepEqual([rs.status, rs.text], [200, ''], path);
	}
	assert.equal((await send('GET', link)).status, 302);
	assert.equal((await send('HEAD', `${AUTH}/get-session`)).status, 404);
});
