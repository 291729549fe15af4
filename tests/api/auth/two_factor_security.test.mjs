// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_SESSION_DATA=on
// Ways to bypass a second factor, with their numbers in the checklist.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { sql } from '../lib/database.mjs';
import { BASE, Browser, send } from '../lib/http.mjs';
import { PASSWORD, signIn, signUp } from '../lib/people.mjs';
import { BACKUP, SIGN_IN, VERIFY, atOnce, challenged, code, counted, enrolled, forget,
	passed, signedIn, tally } from '../lib/second_factor.mjs';
import { wrong } from '../../lib/totp.mjs';

// Sends one request with this browser's cookies, without changing them.
const replay = (browser, path, body) => send('POST', path, { body,
	headers: { cookie: browser.jar.header(), origin: BASE } });

const opened = (id) => Number(sql('SELECT count(*) FROM identity.session'
	+ " WHERE user_id = $1 AND method = 'two-factor'", id)[0][0]);

test('security 9: a challenged sign-in returns no session', async () => {
	const user = await enrolled();
	const sessions = () => sql('SELECT count(*) FROM identity.session WHERE user_id = $1',
		user.id)[0][0];
	const before = sessions();
	for (const more of [{}, { rememberMe: false }, { callbackURL: '/dash' }]) {
		const browser = new Browser();
		const rs = await browser.post(SIGN_IN,
			{ email: user.email, password: PASSWORD, ...more });
		assert.deepEqual(rs.json, { twoFactorRedirect: true, twoFactorMethods: ['totp'] });
		assert.equal(rs.headers['set-auth-token'], undefined);
		for (const line of rs.cookies)
			if (/session_(token|data)/.test(line))
				assert.match(line, /^[\w.-]+=; Max-Age=0/);
		assert.ok(rs.cookies.some((c) => /^better-auth\.session_data=;/.test(c)));
		for (const [, value] of browser.jar.cookies) {
			const text = decodeURIComponent(value);
			for (const name of ['session_token', 'session_data'])
				assert.equal((await send('GET', '/api/auth/get-session', { headers: {
					cookie: `better-auth.${name}=${value}` } })).text, 'null');
			for (const bearer of [value, text, text.split('.')[0]])
				assert.equal((await send('GET', '/api/auth/get-session', { headers: {
					authorization: `Bearer ${bearer}` } })).text, 'null');
		}
		assert.ok(!await signedIn(browser));
		assert.equal((await browser.get('/api/me')).status, 401);
	}
	assert.equal(sessions(), before);
});

test('security 10: the password alone cannot replace an authenticator', async () => {
	const user = await enrolled();
	const kept = () => sql('SELECT * FROM identity.two_factor WHERE user_id = $1', user.id);
	const before = kept();
	const rs = await user.browser.post('/api/auth/two-factor/enable', { password: PASSWORD });
	assert.equal(rs.status, 400);
	assert.equal(rs.json.code, 'TOTP_ALREADY_ENABLED');
	assert.deepEqual(kept(), before);
	await passed(user);
});

test('security 11: the sixth attempt ends a challenge, even with a valid code', async () => {
	const user = await enrolled();
	const browser = await challenged(user);
	for (let i = 0; i < 5; i++)
		assert.equal((await browser.post(i % 2 ? VERIFY : BACKUP,
			{ code: wrong(user.uri) })).status, 401);
	const sixth = await browser.post(VERIFY, { code: await code(user) });
	assert.equal(sixth.status, 400);
	assert.equal(sixth.json.code, 'TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE');
	assert.match(sixth.cookies[0], /^better-auth\.two_factor=; Max-Age=0/);
	assert.ok(!await signedIn(browser));
});

test('security 11: twenty concurrent attempts do not exceed the limit', async () => {
	const user = await enrolled();
	const browser = await challenged(user);
	const answers = tally(await atOnce(20,
		() => replay(browser, VERIFY, { code: wrong(user.uri) })));
	assert.deepEqual(answers, { INVALID_CODE: 5,
		TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE: 1, INVALID_TWO_FACTOR_COOKIE: 14 });
	assert.equal((await replay(browser, VERIFY, { code: await code(user) })).json.code,
		'INVALID_TWO_FACTOR_COOKIE');
	assert.deepEqual(counted(user.id), ['5', 'f', '0']);
});

test('security 12: ten consecutive wrong codes of any kind lock the account', async () => {
	const user = await enrolled();
	let browser;
	for (let i = 0; i < 10; i++) {
		if (i % 3 === 0)
			browser = await challenged(user);
		assert.equal((await browser.post(i % 2 ? VERIFY : BACKUP,
			{ code: i % 2 ? wrong(user.uri) : 'aaaaa-bbbbb' })).status, 401, `${i}`);
	}
	browser = await challenged(user);
	for (const [path, body] of [[VERIFY, { code: await code(user) }],
		[BACKUP, { code: user.codes[0] }]]) {
		const rs = await browser.post(path, body);
		assert.equal(rs.status, 429);
		assert.equal(rs.json.code, 'ACCOUNT_TEMPORARILY_LOCKED');
		const wait = Number(rs.headers['retry-after']);
		assert.ok(wait > 890 && wait <= 900, rs.headers['retry-after']);
	}
	// The lock affects only the second factor of this account.
	assert.equal((await user.browser.get('/api/auth/list-sessions')).status, 200);
	await passed(await enrolled());

	sql("UPDATE identity.two_factor SET locked_until = now() - interval '1 s'"
		+ ' WHERE user_id = $1', user.id);
	assert.equal((await browser.post(VERIFY, { code: wrong(user.uri) })).json.code,
		'INVALID_CODE');
	assert.deepEqual(counted(user.id).slice(0, 2), ['1', 'f']);
	assert.equal((await browser.post(BACKUP, { code: user.codes[0] })).status, 200);
	assert.deepEqual(counted(user.id).slice(0, 2), ['0', 'f']);
});

test('security 12: a valid code resets the count', async () => {
	const user = await enrolled();
	for (let round = 0; round < 3; round++) {
		const browser = await challenged(user);
		for (let i = 0; i < 4; i++)
			await browser.post(VERIFY, { code: wrong(user.uri) });
		forget(user.id);
		assert.equal((await browser.post(VERIFY, { code: await code(user) })).status, 200);
	}
});

test('security 12: concurrent attempts on many challenges count at most ten', async () => {
	const user = await enrolled();
	const browsers = [];
	for (let i = 0; i < 6; i++)
		browsers.push(await challenged(user));
	const answers = tally(await atOnce(30,
		(i) => replay(browsers[i % 6], i % 2 ? VERIFY : BACKUP, { code: wrong(user.uri) })));
	assert.equal(answers.INVALID_CODE + answers.INVALID_BACKUP_CODE, 10);
	assert.equal(answers.ACCOUNT_TEMPORARILY_LOCKED, 20);
	assert.deepEqual(counted(user.id), ['10', 't', '10']);
});

test('security 13: of twenty concurrent uses of a challenge, one succeeds', async () => {
	const user = await enrolled();
	const browser = await challenged(user);
	const now = await code(user);
	assert.deepEqual(tally(await atOnce(20, () => replay(browser, VERIFY, { code: now }))),
		{ 200: 1, INVALID_TWO_FACTOR_COOKIE: 19 });
	assert.equal(opened(user.id), 1);
});

test('security 13: of twenty concurrent uses of a backup code, one succeeds', async () => {
	const user = await enrolled();
	const browsers = [];
	for (let i = 0; i < 20; i++)
		browsers.push(await challenged(user));
	const answers = await atOnce(20,
		(i) => replay(browsers[i], BACKUP, { code: user.codes[0] }));
	const { 200: good, ...bad } = tally(answers);
	assert.equal(good, 1);
	assert.ok(Object.keys(bad).every((name) =>
		['INVALID_BACKUP_CODE', 'ACCOUNT_TEMPORARILY_LOCKED'].includes(name)), bad);
	assert.equal(opened(user.id), 1);
	assert.equal(sql('SELECT count(*) FROM identity.backup_code WHERE user_id = $1',
		user.id)[0][0], '9');
});

test('security 13: of twenty concurrent uses of a trusted device, one succeeds', async () => {
	const user = await enrolled();
	const browser = await passed(user, { trustDevice: true });
	await browser.post('/api/auth/sign-out');
	const sessions = () => Number(sql('SELECT count(*) FROM identity.session'
		+ " WHERE user_id = $1 AND method = 'password'", user.id)[0][0]);
	const before = sessions();
	const answers = await atOnce(20, () => replay(browser, SIGN_IN,
		{ email: user.email, password: PASSWORD }));
	assert.equal(sessions(), before + 1);
	assert.ok(answers.filter((rs) => rs.json.token).length <= 1);
	// A busy machine may refuse some requests with 503.
	assert.ok(answers.every((rs) => rs.json.token || rs.json.twoFactorRedirect
		|| rs.status >= 503));
});

test('security 13: twenty concurrent enrollments rotate the session once', async () => {
	const user = await signUp();
	const on = await user.browser.post('/api/auth/two-factor/enable', { password: PASSWORD });
	const now = await code({ uri: on.json.totpURI });
	const { 200: good, ...bad } = tally(await atOnce(20,
		() => replay(user.browser, VERIFY, { code: now })));
	assert.equal(good, 1, JSON.stringify(bad));
	assert.deepEqual(Object.keys(bad), ['INVALID_TWO_FACTOR_COOKIE']);
});

test('security 14: a code works for one challenge, and earlier codes no longer work', async () => {
	const user = await enrolled();
	const now = await code(user), before = await code(user, -1);
	const first = await challenged(user), second = await challenged(user);
	assert.equal((await first.post(VERIFY, { code: now })).status, 200);
	for (const spent of [now, before])
		assert.equal((await second.post(VERIFY, { code: spent })).json.code, 'INVALID_CODE');
	assert.equal((await second.post(VERIFY, { code: await code(user, 1) })).status, 200);
});

test('security 14: a code that was verified in a session no longer works', async () => {
	const user = await enrolled();
	const now = await code(user);
	assert.equal((await user.browser.post(VERIFY, { code: now })).status, 200);
	const browser = await challenged(user);
	assert.equal((await browser.post(VERIFY, { code: now })).json.code, 'INVALID_CODE');
});

test('security 14: of twenty challenges, a code completes only one', async () => {
	const user = await enrolled();
	const browsers = [];
	for (let i = 0; i < 20; i++)
		browsers.push(await challenged(user));
	const now = await code(user);
	const { 200: good } = tally(await atOnce(20,
		(i) => replay(browsers[i], VERIFY, { code: now })));
	assert.equal(good, 1);
	assert.equal(opened(user.id), 1);
});

test('security 15: a second factor without a method still requires a challenge', async () => {
	const broken = [
		'DELETE FROM identity.two_factor WHERE user_id = $1',
		'UPDATE identity.two_factor SET verified = false WHERE user_id = $1',
		'UPDATE identity.two_factor SET secret = NULL WHERE user_id = $1',
	];
	for (const statement of broken) {
		const user = await enrolled();
		sql(statement, user.id);
		const browser = new Browser();
		const rs = await browser.post(SIGN_IN, { email: user.email, password: PASSWORD });
		assert.deepEqual(rs.json, { twoFactorRedirect: true, twoFactorMethods: [] });
		for (const [path, body, told] of [
			[VERIFY, { code: await code(user) }, 'TOTP_NOT_ENABLED'],
			[BACKUP, { code: user.codes[0] }, 'BACKUP_CODES_NOT_ENABLED'],
			['/api/auth/two-factor/verify-otp', { code: '000000' }, 'OTP_NOT_CONFIGURED']])
			assert.equal((await browser.post(path, body)).json.code, told, statement);
		assert.ok(!await signedIn(browser));
		assert.equal(opened(user.id), 0);
	}
});

test('security 16: a revoked or expired session cannot verify', async () => {
	for (const end of ['DELETE FROM identity.session WHERE user_id = $1',
		'UPDATE identity.session SET expires_at = now() WHERE user_id = $1']) {
		const user = await enrolled();
		const now = await code(user);
		sql(end, user.id);
		for (const [path, body] of [[VERIFY, { code: now }],
			[BACKUP, { code: user.codes[0] }]]) {
			const rs = await replay(user.browser, path, body);
			assert.equal(rs.status, 401);
			assert.equal(rs.json.code, 'INVALID_TWO_FACTOR_COOKIE');
		}
		assert.equal((await replay(user.browser, '/api/auth/two-factor/disable',
			{ password: PASSWORD })).status, 401);
		assert.equal(sql('SELECT count(*) FROM identity.backup_code WHERE user_id = $1',
			user.id)[0][0], '10');
	}
});

test('security 17: an old, foreign, forged or expired trust cookie is refused', async () => {
	const user = await enrolled(), other = await enrolled();
	const browser = await passed(user, { trustDevice: true });
	const foreign = await passed(other, { trustDevice: true });
	const trust = (b) => b.jar.cookies.get('better-auth.trust_device');
	const old = trust(browser);
	const ask = async (cookie) => {
		const rs = await send('POST', SIGN_IN, { body: { email: user.email,
			password: PASSWORD }, headers: { origin: BASE,
			cookie: `better-auth.trust_device=${cookie}` } });
		return [rs.json.twoFactorRedirect ?? false,
			rs.cookies.some((c) => /^better-auth\.trust_device=; Max-Age=0/.test(c))];
	};
	await browser.post('/api/auth/sign-out');
	await browser.post(SIGN_IN, { email: user.email, password: PASSWORD });
	assert.ok(await signedIn(browser));
	assert.deepEqual(await ask(old), [true, true]);
	assert.deepEqual(await ask(trust(foreign)), [true, true]);
	const present = decodeURIComponent(trust(browser));
	const forged = createHmac('sha256', 'another secret')
		.update(present.split('.')[0]).digest('base64');
	assert.deepEqual(await ask(encodeURIComponent(`${present.split('.')[0]}.${forged}`)),
		[true, false]);
	assert.deepEqual(await ask(present.split('.')[0]), [true, false]);
	sql("UPDATE identity.trusted_device SET expires_at = now() - interval '1 s'"
		+ ' WHERE user_id = $1', user.id);
	assert.deepEqual(await ask(trust(browser)), [true, true]);
	// The other user's trust is unaffected.
	await foreign.post('/api/auth/sign-out');
	assert.equal((await foreign.post(SIGN_IN, { email: other.email,
		password: PASSWORD })).json.redirect, false);
});

test('security 17: disabling the second factor ends the trust of devices', async () => {
	const user = await enrolled();
	const browser = await passed(user, { trustDevice: true });
	const jar = browser.jar.header();
	await user.browser.post('/api/auth/two-factor/disable', { password: PASSWORD });
	const again = await enrolled({ ...user });
	const rs = await send('POST', SIGN_IN, { body: { email: again.email,
		password: PASSWORD }, headers: { origin: BASE, cookie: jar } });
	assert.equal(rs.json.twoFactorRedirect, true);
});

test('security 61: a session gets a new token whenever its permissions change', async () => {
	const user = await signUp();
	const seen = new Set(), ids = new Set();
	const look = async (browser) => {
		const { session } = (await browser.get('/api/auth/get-session')).json;
		seen.add(session.token);
		ids.add(session.id);
	};
	const dead = async (token) => assert.equal((await send('GET', '/api/auth/get-session',
		{ headers: { authorization: `Bearer ${token}` } })).text, 'null');
	await look(user.browser);
	const on = await user.browser.post('/api/auth/two-factor/enable', { password: PASSWORD });
	const first = await user.browser.post(VERIFY,
		{ code: await code({ uri: on.json.totpURI }) });
	await look(user.browser);
	await dead(user.token);
	assert.equal((await user.browser.post('/api/auth/two-factor/disable',
		{ password: PASSWORD })).status, 200);
	await look(user.browser);
	await dead(first.json.token);
	assert.equal(seen.size, 3);
	assert.equal(ids.size, 3);
});

test('security 61: values from the client never become a session', async () => {
	const user = await enrolled();
	const mine = 'A'.repeat(32);
	const sign = (value) => encodeURIComponent(`${value}.${createHmac('sha256',
		process.env.BETTER_AUTH_SECRET).update(value).digest('base64')}`);
	const browser = new Browser();
	browser.jar.cookies.set('better-auth.session_token', sign(mine));
	browser.jar.cookies.set('better-auth.two_factor', sign('2fa-' + 'B'.repeat(20)));
	browser.jar.cookies.set('better-auth.trust_device',
		sign(`mac!trust-device-${'C'.repeat(32)}`));
	const cookies = browser.jar.header();
	const rs = await browser.post(SIGN_IN, { email: user.email, password: PASSWORD });
	assert.equal(rs.json.twoFactorRedirect, true);
	assert.ok(!decodeURIComponent(browser.jar.cookies.get('better-auth.two_factor'))
		.includes('B'.repeat(20)));
	assert.equal((await send('POST', VERIFY, { headers: { cookie: cookies, origin: BASE },
		body: { code: await code(user) } })).json.code, 'INVALID_TWO_FACTOR_COOKIE');
	const done = await browser.post(VERIFY, { code: await code(user), trustDevice: true });
	assert.equal(done.status, 200, done.text);
	assert.notEqual(done.json.token, mine);
	assert.ok(!decodeURIComponent(browser.jar.cookies.get('better-auth.trust_device'))
		.includes('C'.repeat(32)));
});

test('a challenge expires in ten minutes, and is bound to its user', async () => {
	const user = await enrolled(), other = await enrolled();
	const browser = await challenged(user);
	assert.equal((await browser.post(VERIFY, { code: await code(other) })).json.code,
		'INVALID_CODE');
	sql("UPDATE identity.two_factor_challenge SET expires_at = now() WHERE user_id = $1",
		user.id);
	assert.equal((await browser.post(VERIFY, { code: await code(user) })).json.code,
		'INVALID_TWO_FACTOR_COOKIE');
	await challenged(user);
	assert.equal(sql('SELECT count(*) FROM identity.two_factor_challenge WHERE user_id = $1',
		user.id)[0][0], '1');
});

test('a wrong password creates no challenge', async () => {
	const user = await enrolled();
	const rs = await send('POST', SIGN_IN, { body: { email: user.email,
		password: 'wrong one' } });
	assert.equal(rs.status, 401);
	assert.deepEqual(rs.cookies, []);
	await signIn((await signUp()).email);
});
