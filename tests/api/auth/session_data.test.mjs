// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_SESSION_DATA=on BETTER_AUTH_SECRET=fixture-secret-0123456789-abcdefghij-KLMNOP
// long: auth/recorded_session_data replays the cookie.
// The session_data cookie, which other servers may trust, but this server does not.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { getCookieCache } from 'better-auth/cookies';
import { sql } from '../lib/database.mjs';
import { BASE, Browser, send } from '../lib/http.mjs';
import { PASSWORD, address, authClient, member, owner, signIn, signUp } from '../lib/people.mjs';

const SECRET = 'fixture-secret-0123456789-abcdefghij-KLMNOP';
const NAME = 'better-auth.session_data';

// Reads the browser's cookies with the helper of the npm package.
const cached = (browser) => getCookieCache(new Headers({ cookie: browser.jar.header() }),
	{ secret: SECRET, isSecure: false });
const names = (rs) => rs.cookies.map((line) => line.split('=')[0]);
const line = (rs, name = NAME) => rs.cookies.find((c) => c.startsWith(`${name}=`) && !c.includes('Max-Age=0'));

test('the reference\'s helper accepts the sign-up cookie, with get-session\'s data', async () => {
	const { browser, token } = await signUp({ name: 'Zo\u00eb "Z" <b>\u2028\u{1f511}/\\\b\u007f' });
	const data = await cached(browser);
	const { json } = await browser.get('/api/auth/get-session');
	assert.deepEqual(JSON.parse(JSON.stringify(data.session)), json.session);
	assert.deepEqual(JSON.parse(JSON.stringify(data.user)), json.user);
	assert.equal(data.session.token, token);
	assert.equal(data.version, '1');
	assert.ok(Math.abs(data.updatedAt - Date.now()) < 5000);
});

test('a sign-in sends the cookie last, and without rememberMe for one minute', async () => {
	const { email } = await signUp();
	const first = await send('POST', '/api/auth/sign-in/email', { body: { email, password: PASSWORD } });
	assert.deepEqual(names(first), ['better-auth.session_token', NAME]);
	assert.match(line(first), /; Max-Age=300; Path=\/; HttpOnly; SameSite=Lax$/);
	const short = await send('POST', '/api/auth/sign-in/email',
		{ body: { email, password: PASSWORD, rememberMe: false } });
	assert.deepEqual(names(short), ['better-auth.session_token', 'better-auth.dont_remember', NAME]);
	assert.doesNotMatch(line(short), /Max-Age/);
	const life = (rs) => JSON.parse(Buffer.from(line(rs).split(/[=;]/)[1], 'base64url')).expiresAt - Date.now();
	assert.ok(life(first) > 290e3 && life(first) <= 300e3);
	assert.ok(life(short) > 50e3 && life(short) <= 60e3);
});

test('get-session replaces a missing, expired, broken or forged cookie', async () => {
	const { browser } = await signUp();
	const good = browser.jar.cookies.get(NAME);
	const ask = async (value, query = '') => {
		if (value === null)
			browser.jar.cookies.delete(NAME);
		else
			browser.jar.cookies.set(NAME, value);
		return browser.get(`/api/auth/get-session${query}`);
	};
	assert.deepEqual((await ask(good)).cookies, []);
	assert.deepEqual(names(await ask(good, '?disableCookieCache=true')), [NAME]);
	assert.deepEqual(names(await ask(null)), [NAME]);
	const seal = (inner, expiresAt, secret = SECRET) => Buffer.from(JSON.stringify({ session: inner, expiresAt,
		signature: createHmac('sha256', secret).update(JSON.stringify({ ...inner, expiresAt })).digest('base64url') }))
		.toString('base64url');
	const { session: inner } = JSON.parse(Buffer.from(good, 'base64url'));
	assert.deepEqual((await ask(seal(inner, Date.now() + 60e3))).cookies, []);
	const bad = { expired: seal(inner, Date.now() - 1), forged: seal(inner, Date.now() + 60e3, 'x'.repeat(40)),
		cut: good.slice(0, -8), text: 'nonsense', other: seal({ ...inner,
			user: { ...inner.user, role: 'admin' } }, Date.now() + 60e3) };
	for (const [what, value] of Object.entries(bad)) {
		const rs = await ask(value);
		assert.equal(rs.json.user.role, 'user', what);
		assert.ok(line(rs), what);
		assert.equal((await cached(browser)).user.role, 'user', what);
	}
	// Like the reference, the server first clears a broken cookie.
	assert.deepEqual((await ask('nonsense')).cookies.map((c) => c.split(';')[0] === `${NAME}=`), [true, false]);
});

test('a revoked session ends immediately, regardless of the cookie', async () => {
	const { browser, email } = await signUp();
	const other = await signIn(email);
	assert.ok(await cached(other.browser));
	await browser.post('/api/auth/revoke-other-sessions', {});
	assert.ok(await cached(other.browser), 'others trust the cookie for five minutes');
	const copy = other.browser.jar.header();
	const rs = await other.browser.get('/api/auth/get-session');
	assert.equal(rs.text, 'null');
	assert.deepEqual(names(rs), ['better-auth.session_token', NAME, 'better-auth.dont_remember']);
	const refused = await send('POST', '/api/auth/change-password', { headers: { cookie: copy, origin: BASE },
		body: { currentPassword: PASSWORD, newPassword: 'another password 1' } });
	assert.equal(refused.status, 401);
	assert.deepEqual(names(refused), ['better-auth.session_token', NAME, 'better-auth.dont_remember']);
	// The cookie alone is not a session.
	for (const cookie of copy.split('; ').filter((c) => c.startsWith(NAME)))
		assert.equal((await send('GET', '/api/auth/get-session', { headers: { cookie } })).text, 'null');
});

test('the cookie is sent again when the session or its user changes', async () => {
	const boss = await owner('data');
	const told = async () => (await cached(boss.browser));
	assert.equal((await told()).session.activeOrganizationId, boss.organization.id);
	await authClient(boss.browser).updateUser({ name: 'New Name' });
	assert.equal((await told()).user.name, 'New Name');
	await authClient(boss.browser).organization.setActive({ organizationId: null });
	assert.equal((await told()).session.activeOrganizationId, null);
	await authClient(boss.browser).organization.setActive({ organizationId: boss.organization.id });
	assert.equal((await told()).session.activeOrganizationId, boss.organization.id);
	const made = await boss.browser.post('/api/auth/organization/create',
		{ name: 'Second', slug: `data-second-${process.pid}` });
	assert.equal((await told()).session.activeOrganizationId, made.json.id);
	const before = (await told()).session.token;
	await boss.browser.post('/api/auth/change-password', { currentPassword: PASSWORD,
		newPassword: 'another horse', revokeOtherSessions: true });
	assert.notEqual((await told()).session.token, before);
	const max = await member(boss);
	assert.equal((await cached(max.browser)).user.email, max.email);
	await boss.browser.post('/api/auth/sign-out', {});
	assert.deepEqual([...boss.browser.jar.cookies.keys()], ['better-auth.known_device']);
});

test('refused and unrelated requests do not send the cookie', async () => {
	const { browser } = await signUp();
	for (const [method, path, body] of [['POST', '/api/auth/update-user', {}],
		['POST', '/api/auth/sign-in/email', { email: address(), password: 'wrong one' }],
		['GET', '/api/auth/list-sessions'], ['GET', '/api/auth/ok'], ['POST', '/api/tags', { name: 'x' }]])
		assert.deepEqual((await browser.send(method, path, body)).cookies, [], path);
});

test('a cookie above four kilobytes is split, and shrinking clears the extra parts', async () => {
	const { browser, id } = await signUp();
	const image = (n) => browser.post('/api/auth/update-user', { image: `https://img.test/${'a'.repeat(n)}` });
	const big = await image(9000);
	const pieces = names(big).filter((n) => n.startsWith(`${NAME}.`));
	assert.ok(pieces.length >= 4, pieces.join());
	for (const cookie of big.cookies)
		assert.ok(cookie.length <= 4096, `${cookie.length}`);
	assert.ok(!browser.jar.cookies.has(NAME));
	assert.equal((await cached(browser)).user.image.length, 9000 + 'https://img.test/'.length);
	assert.deepEqual((await browser.get('/api/auth/get-session')).cookies, []);
	await image(5000);
	const fewer = [...browser.jar.cookies.keys()].filter((n) => n.startsWith(`${NAME}.`));
	assert.ok(fewer.length >= 2 && fewer.length < pieces.length);
	assert.ok(await cached(browser));
	await image(3);
	assert.deepEqual([...browser.jar.cookies.keys()].filter((n) => n.startsWith(NAME)), [NAME]);
	assert.equal((await cached(browser)).user.id, id);
	await image(9000);
	await browser.post('/api/auth/sign-out', {});
	assert.equal(browser.jar.cookies.size, 0, [...browser.jar.cookies.keys()].join());
});

test('security 9: a sign-in with a pending second factor sets no session cookie', async () => {
	const { browser, email } = await signUp();
	const { json } = await browser.post('/api/auth/two-factor/enable', { password: PASSWORD });
	if (!json?.totpURI)
		return;
	sql(`UPDATE identity."user" SET two_factor_enabled = true WHERE email = $1`, email);
	sql(`UPDATE identity.two_factor SET verified = true WHERE user_id =
		(SELECT id FROM identity."user" WHERE email = $1)`, email);
	const rs = await send('POST', '/api/auth/sign-in/email', { body: { email, password: PASSWORD } });
	assert.equal(rs.json.twoFactorRedirect, true, rs.text);
	assert.ok(!rs.cookies.some((c) => /session_(token|data)[^=]*=[^;]/.test(c)), rs.cookies.join());
});

test('a new browser gets no cookie', async () => {
	const rs = await new Browser().get('/api/auth/get-session');
	assert.deepEqual([rs.text, rs.cookies], ['null', []]);
});
