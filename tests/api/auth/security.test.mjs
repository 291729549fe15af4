// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_TRUSTED_ORIGINS=https://*.trusted.test
// Secrets that must not leak or be stored, and requests that must not be
// replayed or forged.
import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { dump, sql } from '../lib/database.mjs';
import { BASE, Browser, send } from '../lib/http.mjs';
import { PASSWORD, address, signIn, signUp } from '../lib/people.mjs';
import { computed, workers } from '../lib/workers.mjs';

const SIGN_IN = '/api/auth/sign-in/email';
const median = (list) => list.sort((a, b) => a - b)[list.length >> 1];

// Returns the workers' CPU time for sign-ins that alternate between the addresses. On a busy machine, elapsed time
// would include other processes.
async function race(emails, bytes) {
	const times = emails.map(() => []), pids = workers();
	for (let i = 0; i < 15; i++)
		for (const [n, email] of emails.entries()) {
			const start = computed(pids);
			const rs = await send('POST', SIGN_IN,
				{ body: { email, password: 'wrong one' } });
			times[n].push(computed(pids) - start);
			bytes.add(`${rs.status} ${rs.text}`);
		}
	return times.map(median);
}

test('security 47: an unknown user and a wrong password get the same response in the same time', async () => {
	const { email } = await signUp();
	const bytes = new Set(), seen = [];
	// A busy machine may distort a round, but a real difference would show in all rounds.
	for (let round = 0; round < 4; round++) {
		const [known, unknown] = await race([email, address('nobody')], bytes);
		assert.equal(bytes.size, 1);
		if (Math.abs(known - unknown) < 0.1 * Math.max(known, unknown))
			return;
		seen.push(`${known} and ${unknown} ms`);
	}
	assert.fail(seen.join(', '));
});

test('the database contains no token, password or invitation', async () => {
	const { browser, token } = await signUp({ password: 'a very secret word' });
	const slug = `kept-${process.pid}`;
	await browser.post('/api/auth/organization/create', { name: 'K', slug });
	const invite = await browser.post('/api/invites', {},
		{ 'idempotency-key': 'kept-invite' });
	const signed = await browser.post(SIGN_IN, {
		email: (await browser.get('/api/me')).json.email,
		password: 'a very secret word' }, { 'idempotency-key': 'kept-sign-in' });
	const stored = dump();
	for (const secret of [token, signed.json.token, invite.json.token,
		'a very secret word'])
		assert.ok(!stored.includes(secret), secret);
	const hash = createHash('sha256').update(token).digest('hex');
	assert.ok(stored.includes(hash));
	assert.equal((await browser.get('/api/auth/get-session',
		{ authorization: `Bearer ${hash}` })).status, 200);
});

test('security 70: the logs contain no token, password or cookie', async () => {
	const { browser, token, email } = await signUp({ password: 'never to be logged' });
	const slug = `logged-${process.pid}`;
	await browser.post('/api/auth/organization/create', { name: 'L', slug });
	const invite = await browser.post('/api/invites', {});
	await browser.get(`/invite/${invite.json.token}`);
	await send('POST', SIGN_IN, { body: { email, password: 'never to be logged' } });
	await browser.get('/api/me?token=a-token-in-the-query');
	const folder = `${process.env.STACK}/log`;
	await new Promise((r) => setTimeout(r, 1200)); // nginx buffers its log
	const logs = ['workers', 'nginx-access', 'nginx-error'].map((name) =>
		readFileSync(`${folder}/${name}.log`, 'utf8')).join('\n');
	for (const secret of [token, invite.json.token, 'never to be logged',
		'a-token-in-the-query'])
		assert.ok(!logs.includes(secret), secret);
	assert.match(logs, /\/api\/me/);
});

test('session lists show handles, and a handle is not a session token', async () => {
	const { browser, email, token } = await signUp();
	const other = await signIn(email);
	const { json: sessions } = await browser.get('/api/auth/list-sessions');
	const tokens = sessions.map((s) => s.token);
	assert.ok(tokens.includes(token));
	assert.ok(!tokens.includes(other.token));
	const handle = tokens.find((t) => t !== token);
	assert.equal((await send('GET', '/api/auth/list-sessions',
		{ headers: { authorization: `Bearer ${handle}` } })).status, 401);
	const stranger = await signUp();
	await stranger.browser.post('/api/auth/revoke-session', { token: handle });
	await stranger.browser.post('/api/auth/revoke-session', { token: other.token });
	assert.equal((await other.browser.get('/api/auth/list-sessions')).status, 200);
	await browser.post('/api/auth/revoke-session', { token: handle });
	assert.equal((await other.browser.get('/api/auth/list-sessions')).status, 401);
});

test('a bcrypt hash works, and becomes scrypt at the next sign-in', async () => {
	// The hash of PASSWORD. $2b$ and $2y$ differ only in the prefix.
	const bcrypt = '$2a$06$abcdefghijklmnopqrstuu50eFBEC8vQwBnuFXMHE45jBnqvQ8xz.';
	for (const prefix of ['$2a$', '$2b$', '$2y$']) {
		const { email, id } = await signUp();
		const stored = () => sql(
			'SELECT password FROM identity.account WHERE user_id = $1', id)[0][0];
		sql('UPDATE identity.account SET password = $1 WHERE user_id = $2',
			bcrypt.replace('$2a$', prefix), id);
		assert.equal((await send('POST', SIGN_IN,
			{ body: { email, password: 'wrong one' } })).status, 401);
		assert.ok(stored().startsWith(prefix));
		await signIn(email);
		assert.match(stored(), /^[0-9a-f]{32}:[0-9a-f]{128}$/);
		await signIn(email);
	}
});

test('security 74: a broken or costly stored hash counts as a wrong password', async () => {
	const { email, id } = await signUp();
	for (const hash of ['', 'x', 'a:b', '$2a$31$abcdefghijklmnopqrstuu50eFBEC8vQw'
		+ 'BnuFXMHE45jBnqvQ8xz.', 'z'.repeat(161)]) {
		sql('UPDATE identity.account SET password = $1 WHERE user_id = $2',
			hash, id);
		const rs = await send('POST', SIGN_IN, { body: { email, password: PASSWORD } });
		assert.equal(rs.status, 401, hash);
	}
});

test('composed and decomposed letters count as the same password', async () => {
	const { email } = await signUp({ password: 'p\u00c5ssword \ufb01' });
	await signIn(email, 'pA\u030assword fi');
});

test('the password length is counted in UTF-16 units, as in the client', async () => {
	const tell = async (password) => (await send('POST', '/api/auth/sign-up/email',
		{ body: { name: 'x', email: address(), password } })).json.code ?? 'fits';
	assert.equal(await tell('1234567'), 'PASSWORD_TOO_SHORT');
	assert.equal(await tell('\u{1f511}'.repeat(4)), 'fits');
	assert.equal(await tell('\u{1f511}'.repeat(64)), 'fits');
	assert.equal(await tell('\u{1f511}'.repeat(64) + 'x'), 'PASSWORD_TOO_LONG');
	assert.equal(await tell('x'.repeat(128)), 'fits');
});

test('unsafe methods with a cookie need a trusted Origin header on every route', async () => {
	const { browser } = await signUp();
	const slug = `csrf-${process.pid}`;
	await browser.post('/api/auth/organization/create', { name: 'C', slug });
	const attempt = async (method, path, body, headers) => (await send(method, path,
		{ headers: { 'content-type': 'application/json', ...headers },
			body, jar: browser.jar })).status;
	const calls = [['POST', '/api/contacts', { last_name: 'x' }],
		['PUT', '/api/contacts/1', { last_name: 'x' }],
		['PATCH', '/api/contacts?filter={"id":[1]}', { last_name: 'x' }],
		['DELETE', '/api/contacts/1'],
		['POST', '/api/invites', {}],
		['POST', '/api/auth/organization/create', { name: 'D', slug: 'd' }],
		['POST', '/api/auth/sign-out', {}]];
	for (const [method, path, body] of calls)
		for (const headers of [{}, { origin: 'null' }, { origin: 'https://evil.test' },
			{ origin: `${BASE}.evil.test` }, { origin: `${BASE}@evil.test` },
			{ origin: 'https://trusted.test.evil.test' },
			{ referer: 'https://evil.test/' + BASE },
			{ origin: 'https://evil.test', referer: BASE }])
			assert.equal(await attempt(method, path, body, headers), 403,
				`${method} ${path} ${JSON.stringify(headers)}`);
	assert.equal(await attempt('POST', '/api/contacts', { last_name: 'x' },
		{ origin: 'https://app.trusted.test' }), 201);
	assert.equal(await attempt('POST', '/api/contacts', { last_name: 'x' },
		{ referer: `${BASE}/a/page` }), 201);
});

test('sign-up through the CRM checks the origin even without a cookie', async () => {
	const body = { email: address(), password: PASSWORD, first_name: 'A', last_name: 'B' };
	for (const headers of [{ origin: 'https://evil.test' },
		{ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' },
		{ 'sec-fetch-site': 'same-origin' }])
		assert.equal((await send('POST', '/api/signup', { headers, body })).status, 403);
	assert.equal((await send('POST', '/api/signup', { body })).status, 201);
});

test('preflight allows a trusted origin, and reveals nothing to others', async () => {
	const preflight = (origin) => send('OPTIONS', '/api/contacts',
		{ headers: { origin, 'access-control-request-method': 'POST' } });
	const yes = await preflight('https://app.trusted.test');
	assert.equal(yes.status, 204);
	assert.equal(yes.headers['access-control-allow-origin'], 'https://app.trusted.test');
	assert.equal(yes.headers['access-control-allow-credentials'], 'true');
	const no = await preflight('https://evil.test');
	assert.equal(no.headers['access-control-allow-origin'], undefined);
});

test('callbackURL cannot inject a header', async () => {
	const { email, password } = await signUp();
	for (const callbackURL of ['/a\r\nset-cookie: x=y', '/a\nb', '/a\tb', '/\u0000',
		`${BASE}/a\r\nx: y`, `${BASE}\\@evil.test\n`])
		assert.ok([400, 403].includes((await send('POST', SIGN_IN,
			{ body: { email, password, callbackURL } })).status), callbackURL);
	const rs = await send('POST', SIGN_IN,
		{ body: { email, password, callbackURL: '/caf\u00e9 now' } });
	assert.equal(rs.status, 200);
	assert.equal(rs.headers.location, '/caf%C3%A9%20now');
	for (const path of ['/api/auth/ok', '/api/auth/get-session', '/api/auth/list-sessions'])
		assert.equal((await send('GET',
			`${path}?callbackURL=https%3A%2F%2Fevil.test`)).status, 403, path);
});

test('security 26: a malformed body is refused before any lookup', async () => {
	const tell = (body, type = 'application/json', path = SIGN_IN) =>
		send('POST', path, { headers: { 'content-type': type }, body });
	for (const body of ['{', '{"email":"a@b.co","email":"c@d.co"}', '{"email":"\\u0000"}',
		'{"email":"\\ud800"}', '{} x', 'nul', '[1,]', '{"a":1e999}',
		'['.repeat(1000) + ']'.repeat(1000)]) {
		const rs = await tell(body);
		assert.equal(rs.status, 400, body);
		assert.deepEqual(rs.json,
			{ message: 'Invalid JSON in request body', code: 'BAD_REQUEST' });
	}
	const form = 'application/x-www-form-urlencoded';
	for (const body of ['email=%zz', 'email=%00', 'email=%ff', 'email=a&email=b'])
		assert.equal((await tell(body, form)).json.code, 'BAD_REQUEST', body);
	assert.match((await tell('email=a%40b.co&&x', form)).json.message,
		/^\[body.password\] Invalid input: expected string, received undefined$/);
	assert.equal((await tell('a=b', form, '/api/signup')).status, 415);
	const long = await tell(JSON.stringify({ email: 'a@b.co', password: 'x'.repeat(1e6) }));
	assert.equal(long.json.code, 'PASSWORD_TOO_LONG');
	assert.equal((await tell(`"${'x'.repeat(2 << 20)}"`)).status, 413);
	for (const email of ['a@b', 'a b@c.de', '\u0430@example.org', 'a@b@c.de', '@b.co',
		'.a@b.co', 'a..b@c.de', `${'x'.repeat(65)}@b.co`])
		assert.equal((await tell(JSON.stringify({ email, password: 'x' }))).json.code,
			'INVALID_EMAIL', email);
});

test('malformed cookies count as no session and cause no error', async () => {
	const { browser, token } = await signUp();
	const signed = decodeURIComponent(
		browser.jar.cookies.get('better-auth.session_token'));
	const own = createHmac('sha256', 'another secret').update(token).digest('base64');
	const whoami = async (cookie) => (await send('GET', '/api/auth/get-session',
		{ headers: { cookie } })).text;
	for (const value of ['', '.', '..', token, `${token}.`, `${token}.${own}`,
		`${signed}=`, `x${signed}`, `${token}.${signed}`, signed.slice(0, -1),
		signed.toLowerCase(), '%', '%zz', '%00', '"', 'a'.repeat(30000)])
		assert.equal(await whoami(`better-auth.session_token=${value}`), 'null', value);
	assert.equal(await whoami(`__Secure-better-auth.session_token=${signed}`), 'null');
	assert.equal(await whoami(`xbetter-auth.session_token=${signed}`), 'null');
	const first = `better-auth.session_token=${signed}`;
	assert.notEqual(await whoami(`${first}; better-auth.session_token=bad`), 'null');
	assert.equal(await whoami(`better-auth.session_token=bad; ${first}`), 'null');
	assert.notEqual(await whoami(`a=b;  ${first} ; c`), 'null');
});

test('the user agent is stored as text, regardless of its bytes', async () => {
	const { email, password } = await signUp();
	for (const [sent, kept] of [['plain/1.0', /^plain\/1\.0$/],
		['caf\u00e9', /^caf\?+$/], ['x'.repeat(2000), /^x{512}$/]]) {
		const browser = new Browser();
		assert.equal((await browser.post(SIGN_IN, { email, password },
			{ 'user-agent': sent })).status, 200);
		const { json } = await browser.get('/api/auth/get-session');
		assert.match(json.session.userAgent, kept);
	}
});

test('a session is renewed once a day, unless disableRefresh is set', async () => {
	const { browser, id } = await signUp();
	const left = () => Number(sql('SELECT extract(epoch FROM expires_at - now())'
		+ ' FROM identity.session WHERE user_id = $1', id)[0][0]);
	const age = (days) => sql('UPDATE identity.session SET expires_at = now()'
		+ ` + interval '7 days' - interval '${days} days' WHERE user_id = $1`, id);
	age(0.5);
	assert.deepEqual((await browser.get('/api/auth/get-session')).cookies, []);
	age(2);
	assert.deepEqual((await browser.get(
		'/api/auth/get-session?disableRefresh=true')).cookies, []);
	assert.ok(left() < 6 * 86400);
	const rs = await browser.get('/api/auth/get-session');
	assert.match(rs.cookies[0], /^better-auth\.session_token=.*Max-Age=604800/);
	assert.ok(left() > 6.9 * 86400);
	age(2);
	assert.match((await browser.get('/api/auth/organization/list')).cookies[0],
		/Max-Age=604800/);
	assert.ok(left() > 6.9 * 86400);
});

test('a session without rememberMe is not renewed', async () => {
	const { email, password } = await signUp();
	const browser = new Browser();
	const rs = await browser.post(SIGN_IN, { email, password, rememberMe: false });
	assert.deepEqual(rs.cookies.map((c) => [c.split('=')[0], /Max-Age/.test(c)]),
		[['better-auth.session_token', false], ['better-auth.dont_remember', false]]);
	sql("UPDATE identity.session SET expires_at = now() + interval '1 hour'"
		+ ' WHERE NOT remember');
	assert.deepEqual((await browser.get('/api/auth/get-session')).cookies, []);
	const update = await browser.post('/api/auth/update-user', { name: 'y' });
	assert.ok(update.cookies.every((c) => !/Max-Age/.test(c)), update.cookies);
	const again = await browser.post(SIGN_IN, { email, password });
	assert.match(again.cookies[1], /^better-auth\.dont_remember=; Max-Age=0/);
});

test('an old session must sign in again before it can list sessions', async () => {
	const { browser, id } = await signUp();
	sql("UPDATE identity.session SET created_at = now() - interval '2 days'"
		+ ' WHERE user_id = $1', id);
	const rs = await browser.get('/api/auth/list-sessions');
	assert.equal(rs.status, 403);
	assert.deepEqual(rs.json,
		{ message: 'Session is not fresh', code: 'SESSION_NOT_FRESH' });
	assert.equal((await browser.get('/api/auth/organization/list')).status, 200);
});

test('an expired session is refused, and its cookies are cleared', async () => {
	const { browser, id } = await signUp();
	sql("UPDATE identity.session SET expires_at = now() - interval '1 second'"
		+ ' WHERE user_id = $1', id);
	const dead = browser.jar.header();
	for (const [path, status] of [['organization/list', 401], ['get-session', 200]]) {
		const rs = await send('GET', `/api/auth/${path}`, { headers: { cookie: dead } });
		assert.equal(rs.status, status);
		assert.deepEqual(rs.cookies.map((c) => c.split(';')[0]),
			['better-auth.session_token=', 'better-auth.session_data=',
				'better-auth.dont_remember=']);
	}
	await browser.get('/api/auth/get-session');
	assert.equal(browser.jar.cookies.size, 0);
});

test('a ban ends sessions immediately and prevents sign-in', async () => {
	const { browser, email, id } = await signUp();
	sql('UPDATE identity."user" SET banned = true WHERE id = $1', id);
	assert.equal((await browser.get('/api/auth/get-session')).text, 'null');
	const rs = await send('POST', SIGN_IN, { body: { email, password: PASSWORD } });
	assert.equal(rs.status, 403);
	assert.equal(rs.json.code, 'BANNED_USER');
	assert.equal((await send('POST', SIGN_IN,
		{ body: { email, password: 'wrong one' } })).status, 401);
	sql('UPDATE identity."user" SET ban_expires = now() - interval \'1 s\' WHERE id = $1',
		id);
	await signIn(email);
});

test('with open sign-up, a later user creates an organization, and has one session', async () => {
	for (const last_name of ['One', 'Two']) {
		const browser = new Browser();
		const rs = await browser.post('/api/signup', { email: address(), password: PASSWORD,
			first_name: 'Founder', last_name });
		assert.equal(rs.status, 201, rs.text);
		const me = await browser.get('/api/me');
		assert.deepEqual([me.status, me.json.administrator], [200, true], me.text);
		assert.deepEqual((await browser.get('/api/organizations')).json.map((o) => o.name),
			[`Founder ${last_name}'s organization`]);
		assert.equal((await browser.get('/api/auth/list-sessions')).json.length, 1);
	}
});

test('an unknown invitation is refused even with open sign-up', async () => {
	const rs = await send('POST', '/api/signup', { body: { email: address(),
		password: PASSWORD, first_name: 'A', last_name: 'B',
		invite_token: 'A'.repeat(32) } });
	assert.equal(rs.status, 409);
	assert.match(rs.json.message, /invitation/);
});

test('S2-19 the development header is refused and logged unless enabled', async () => {
	const { id } = await signUp();
	assert.equal((await send('GET', '/api/me',
		{ headers: { 'x-user-id': id } })).status, 400);
	assert.match(readFileSync(`${process.env.STACK}/log/workers.log`, 'utf8'),
		/user_id_refused address=127\.0\.0\.1/);
});
