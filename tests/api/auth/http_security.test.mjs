// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_TRUSTED_ORIGINS=https://*.trusted.test,192.168.*,myapp://cb
// Malformed paths, headers, origins, cookies and hashes. The numbers refer to the checklist for the HTTP API.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { sql } from '../lib/database.mjs';
import { BASE, send } from '../lib/http.mjs';
import { PASSWORD, owner, signIn, signUp } from '../lib/people.mjs';

const SIGN_IN = '/api/auth/sign-in/email';

test('security 18: a path with a doubled or trailing slash returns 404', async () => {
	const { email } = await signUp();
	for (const path of ['/api/auth//sign-in/email', '/api/auth/sign-in//email', `${SIGN_IN}/`,
		'/api/auth/', '/api//auth/sign-in/email/']) {
		const rs = await send('POST', path, { body: { email, password: PASSWORD } });
		assert.deepEqual([rs.status, rs.cookies], [404, []], path);
	}
});

test('security 19: the base path matches whole segments, not a prefix', async () => {
	for (const path of ['/api/authx/ok', '/api/auth-ok', '/api/authok', '/api/auth.ok']) {
		const rs = await send('GET', path);
		assert.deepEqual([rs.status, rs.headers['content-type']], [404, 'application/problem+json'], path);
	}
	for (const path of ['/apix/auth/ok', '/xapi/auth/ok'])
		assert.equal((await send('GET', path)).status, 404, path);
	const rs = await send('GET', '/api/auth/ok');
	assert.deepEqual(rs.json, { ok: true });
	// nginx resolves dots before routing, so these are /api/authx/ok.
	for (const path of ['/api/auth/../authx/ok', '/api/auth/%2e%2e/authx/ok'])
		assert.equal((await send('GET', path)).status, 404, path);
});

const { browser: page } = await signUp();
const refused = async (origin) => {
	return (await page.post('/api/auth/update-user', { name: 'x' }, { origin })).json?.code;
};

test('security 21: look-alikes of a trusted origin are refused', async () => {
	const { host } = new URL(BASE);
	for (const origin of [`${BASE}.evil.test`, `http://evil.test/${host}`, `http://${host}@evil.test`,
		`https://${host}`, 'https://trusted.test.evil.test', 'https://app.trusted.test.evil.test',
		'https://app.trusted.test:444.evil.test', 'http://app.trusted.test', 'https://eviltrusted.test',
		'https://app.trusted.test@evil.test', 'null', 'file://'])
		assert.match(await refused(origin) ?? 'let in', /^(INVALID|MISSING_OR_NULL)_ORIGIN$/, origin);
	assert.equal(await refused('https://app.trusted.test'), undefined);
});

test('security 23: a wildcard for IP addresses matches only IP addresses', async () => {
	assert.equal(await refused('http://192.168.evil.test'), 'INVALID_ORIGIN');
	assert.equal(await refused('http://192.168.1.2.evil.test'), 'INVALID_ORIGIN');
	assert.equal(await refused('http://192.168.1.2'), undefined);
});

test('security 24: a custom scheme matches only its own host and path', async () => {
	const { email } = await signUp();
	const lead = async (callbackURL) => (await send('POST', SIGN_IN,
		{ body: { email, password: PASSWORD, callbackURL } })).status;
	for (const url of ['myapp://cb.evil', 'myapp://cbx', 'myapp://cb@evil', 'myapp://evil/cb',
		'myapp://cb/../x', 'myapp://cb/x/..', 'myapp://cb/%2e%2E/x', 'myapp://cb/\\..\\x', 'myappx://cb'])
		assert.equal(await lead(url), 403, url);
	assert.equal(await lead('myapp://cb'), 200);
	assert.equal(await lead('myapp://cb/done'), 200);
});

test('security 25: a cross-site page cannot sign a user in, even without cookies', async () => {
	const { email } = await signUp();
	const code = async (headers) => (await send('POST', SIGN_IN,
		{ body: { email, password: PASSWORD }, headers })).json.code;
	assert.equal(await code({ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }),
		'CROSS_SITE_NAVIGATION_LOGIN_BLOCKED');
	for (const site of ['same-origin', 'cross-site', 'none'])
		assert.equal(await code({ 'sec-fetch-site': site, 'sec-fetch-mode': 'cors' }),
			'MISSING_OR_NULL_ORIGIN', site);
	assert.equal(await code({ origin: 'https://evil.test' }), 'INVALID_ORIGIN');
	assert.equal(await code({}), undefined);
});

test('security 26: JSON routes reject form and text bodies', async () => {
	const { browser } = await owner('types');
	const { json: { paths } } = await send('GET', '/api/openapi.json');
	let tried = 0;
	for (const path of Object.keys(paths).filter((p) => p.startsWith('/api/auth/') && paths[p].post
		&& paths[p].post.requestBody && !/sign-(in|up)\/email$|sign-out|callback/.test(p)))
		for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data',
			'application/jsonx', 'text/json']) {
			const rs = await browser.post(path.replace(/\{\w+\}/, 'x'), '{"name":"x"}', { 'content-type': type });
			assert.deepEqual([rs.status, rs.json?.code], [415, 'UNSUPPORTED_MEDIA_TYPE'], `${path} ${type} ${rs.text}`);
			tried++;
		}
	assert.ok(tried > 50, `only ${tried} combinations`);
});

test('security 30: an invalid Authorization header counts as absent', async () => {
	for (const value of ['Bearer %E0%A4%A', 'Bearer', 'Bearer ', 'Bearer  ', 'Bearer \u00ff', 'Bearer %', 'Bearer %%%.%%%',
		'Bearer .', 'Bearer a.b', `Bearer ${'x'.repeat(32)}`, `Bearer ${'x'.repeat(4000)}`, `Bearer ${'%41'.repeat(1000)}`,
		'Basic Og==', 'bearer', 'Bearer null', `Bearer ${'x'.repeat(32)}.${'A'.repeat(43)}=`]) {
		const rs = await send('GET', '/api/auth/get-session', { headers: { authorization: value } });
		assert.deepEqual([rs.status, rs.text], [200, 'null'], value);
		assert.equal((await send('GET', '/api/me', { headers: { authorization: value } })).status, 401, value);
	}
	const huge = await send('GET', '/api/auth/get-session', { headers: { authorization: `Bearer ${'x'.repeat(65536)}` } });
	assert.ok([200, 400, 431].includes(huge.status), String(huge.status));
});

test('security 37: update-session changes no built-in column and no revoked session', async () => {
	const { browser, id } = await signUp();
	const row = () => sql('SELECT row(s.*)::text FROM identity.session s WHERE user_id = $1', id)[0][0];
	const before = row();
	for (const body of [{ userId: 'x' }, { expiresAt: '2999-01-01' }, { token: 'x' }, { id: 'x' }, { impersonatedBy: 'x' },
		{ activeOrganizationId: 'x' }, { ipAddress: '1.1.1.1' }, { createdAt: '2999-01-01' }, {}]) {
		const rs = await browser.post('/api/auth/update-session', body);
		assert.equal(rs.status, 400, JSON.stringify(body));
		assert.equal(row(), before);
	}
	sql('DELETE FROM identity.session WHERE user_id = $1', id);
	assert.equal((await browser.post('/api/auth/update-session', { x: 1 })).status, 401);
});

test('security 54: responses about a session are not cacheable', async () => {
	const { browser, email } = await signUp();
	const answers = [await browser.get('/api/auth/get-session'), await send('GET', '/api/auth/get-session'),
		await browser.post('/api/auth/update-user', { name: 'y' }), await browser.get('/api/auth/list-sessions'),
		await send('POST', SIGN_IN, { body: { email, password: PASSWORD } }), await browser.get('/api/me'),
		await browser.post('/api/auth/sign-out', {})];
	for (const rs of answers)
		assert.equal(rs.headers['cache-control'], 'no-store');
	assert.equal(answers[0].headers.pragma, 'no-cache');
	assert.equal(answers[1].headers.pragma, 'no-cache');
});

test('security 55: the error redirect keeps only a safe error code', async () => {
	for (const error of ['<script>alert(1)</script>', 'a b', '"', "x'y;z", '../x', 'a\nb', 'javascript:alert(1)', '%3Cb%3E']) {
		const rs = await send('GET', `/api/auth/error?${new URLSearchParams({ error,
			error_description: '<img src=x onerror=alert(1)>' })}`);
		assert.equal(rs.status, 302);
		assert.equal(rs.text, '');
		assert.match(rs.headers.location, /^\/\?error=[A-Za-z0-9'_-]+(&error_description=[A-Za-z0-9%*._+-]*)?$/, error);
		assert.doesNotMatch(rs.headers.location, /[<>"]/);
	}
});

test('security 62: the first cookie with the exact name and a valid signature is used', async () => {
	const one = await signUp(), two = await signUp();
	const name = 'better-auth.session_token';
	const [a, b] = [one, two].map((who) => who.browser.jar.cookies.get(name));
	const who = async (cookie) => (await send('GET', '/api/auth/get-session', { headers: { cookie } })).json?.user?.id;
	assert.equal(await who(`${name}=${a}; ${name}=${b}`), one.id);
	assert.equal(await who(`${name}=${b}; ${name}=${a}`), two.id);
	for (const other of ['__Secure-better-auth.session_token', '__Host-better-auth.session_token', 'session_token',
		'xbetter-auth.session_token', 'Better-Auth.session_token', 'better-auth.session_token.0'])
		assert.equal(await who(`${other}=${a}`), undefined, other);
	const forged = encodeURIComponent(`${one.token}.${createHmac('sha256', 'another secret').update(one.token).digest('base64')}`);
	assert.equal(await who(`${name}=${forged}`), undefined);
	assert.equal(await who(`${name}=${one.token}`), undefined, 'unsigned');
});

test('security 63: no cookie lifetime exceeds the browser limit', async () => {
	const { browser, email } = await signUp();
	const answers = [await send('POST', SIGN_IN, { body: { email, password: PASSWORD } }),
		await browser.post('/api/auth/update-user', { name: 'z' }), await browser.get('/api/auth/passkey/generate-authenticate-options')];
	let seen = 0;
	for (const rs of answers)
		for (const line of rs.cookies) {
			const age = /Max-Age=(\d+)/.exec(line)?.[1];
			assert.ok(Number(age ?? 0) <= 400 * 86400, line);
			seen++;
		}
	assert.ok(seen >= 2);
});

test('security 68, 75: unsupported and server-only routes return 404', async () => {
	const { browser } = await signUp();
	for (const path of ['device/code', 'device/token', 'sso/register', 'scim/v2/Users', 'mcp/register', 'stripe/webhook',
		'oauth2/authorize', 'phone-number/send-otp', 'siwe/nonce', 'sign-in/anonymous', 'multi-session/list-device-sessions',
		'one-time-token/generate', 'forget-password', 'set-password', 'organization/add-member', 'two-factor/view-backup-codes',
		'two-factor/generate-totp', 'sign-jwt', 'verify-jwt', 'api-key/verify', 'api-key/delete-all-expired-api-keys'])
		for (const method of ['GET', 'POST']) {
			const rs = await browser.send(method, `/api/auth/${path}`, method === 'POST' ? {} : undefined);
			assert.deepEqual([rs.status, rs.text], [404, ''], `${method} ${path}`);
		}
});

test('security 74: a malformed stored hash counts as a wrong password, and crashes nothing', async () => {
	const { email, id } = await signUp();
	const [[good]] = sql('SELECT password FROM identity.account WHERE user_id = $1', id);
	const [salt, key] = good.split(':');
	for (const hash of [good.slice(0, -1), good.slice(1), good.toUpperCase(), `${good}00`, `${salt}${key}`, `${salt}:`, `:${key}`,
		`${salt}:${key}:`, `${salt}::${key}`, `${'0'.repeat(32)}:${key}`, `${salt}:${'0'.repeat(128)}`, `${salt}\u00e9:${key}`,
		'$2a$31$abcdefghijklmnopqrstuu50eFBEC8vQwBnuFXMHE45jBnqvQ8xz.', '$2a$06$', '$2a$', '$2b$99$x',
		'$argon2id$v=19$m=4294967295,t=1,p=1$c2FsdA$aGFzaA', 'x'.repeat(100000), ' ', '%s%n', '\\x00']) {
		sql('UPDATE identity.account SET password = $1 WHERE user_id = $2', hash, id);
		const rs = await send('POST', SIGN_IN, { body: { email, password: PASSWORD } });
		assert.ok(rs.status === 401 || rs.status === 403, `${hash.slice(0, 60)} ${rs.status} ${rs.text}`);
	}
	sql('UPDATE identity.account SET password = $1 WHERE user_id = $2', good, id);
	await signIn(email);
	for (const password of ['a\u0000b', '\u0000', `${PASSWORD}\u0000`])
		assert.ok((await send('POST', SIGN_IN, { body: { email, password } })).status >= 400);
});
