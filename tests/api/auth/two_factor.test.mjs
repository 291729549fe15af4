// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off BETTER_AUTH_SECRET=fixture-secret-0123456789-abcdefghij-KLMNOP
// own stack: it causes all sessions to fail.
// The second factor with the stock client: enrollment, sign-in, backup codes and trusted devices.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import { twoFactorClient } from 'better-auth/client/plugins';
import { dump, sql } from '../lib/database.mjs';
import { BASE, Browser, send } from '../lib/http.mjs';
import { PASSWORD, authClient, signIn, signUp } from '../lib/people.mjs';
import { BACKUP, SIGN_IN, VERIFY, challenged, code, counted, enrolled, forget, passed,
	signedIn } from '../lib/second_factor.mjs';
import { early, totp, wrong } from '../../lib/totp.mjs';

const SECRET = 'fixture-secret-0123456789-abcdefghij-KLMNOP';

// Computes a code with an independent implementation of TOTP.
const oathtool = (uri, ...words) => execFileSync('oathtool', ['--base32', '--totp',
	...words, new URL(uri).searchParams.get('secret')], { encoding: 'utf8' }).trim();

function client(browser) {
	const asked = [];
	const auth = authClient(browser, twoFactorClient({
		onTwoFactorRedirect: (how) => asked.push(how),
	}));
	return { auth, asked };
}

test('A56: the client enrolls an independent authenticator', async () => {
	const { browser, email } = await signUp();
	const { auth, asked } = client(browser);
	const { data } = await auth.twoFactor.enable({ password: PASSWORD, issuer: 'A & B' });
	assert.equal(data.method, 'totp');
	assert.equal(data.backupCodes.length, 10);
	assert.equal(new Set(data.backupCodes).size, 10);
	for (const one of data.backupCodes)
		assert.match(one, /^[A-Za-z0-9]{5}-[A-Za-z0-9]{5}$/);
	const uri = new URL(data.totpURI);
	assert.equal(`${uri.protocol}//${uri.host}`, 'otpauth://totp');
	assert.equal(decodeURIComponent(uri.pathname), `/A & B:${email}`);
	assert.deepEqual([...uri.searchParams.keys()],
		['secret', 'issuer', 'digits', 'period']);
	assert.equal(uri.searchParams.get('issuer'), 'A & B');
	assert.match(uri.searchParams.get('secret'), /^[A-Z2-7]{52}$/);

	assert.equal((await auth.getSession()).data.user.twoFactorEnabled, false);
	const done = await auth.twoFactor.verifyTotp({ code: oathtool(data.totpURI) });
	assert.equal(done.error, null);
	const session = (await auth.getSession()).data;
	assert.equal(session.user.twoFactorEnabled, true);
	assert.equal(session.session.token, done.data.token);

	await auth.signOut();
	const first = await auth.signIn.email({ email, password: PASSWORD });
	assert.deepEqual(first.data,
		{ twoFactorRedirect: true, twoFactorMethods: ['totp'] });
	assert.deepEqual(asked, [{ twoFactorMethods: ['totp'] }]);
	assert.equal((await auth.getSession()).data, null);
	// The code that was used for enrollment is consumed, but the next code is valid.
	const next = oathtool(data.totpURI, '--now',
		new Date(Date.now() + 30000).toISOString().slice(0, 19) + ' UTC');
	const second = await auth.twoFactor.verifyTotp({ code: next });
	assert.equal(second.error, null, JSON.stringify(second.error));
	assert.equal(second.data.user.email, email);
	assert.equal((await auth.getSession()).data.session.token, second.data.token);
});

test('without an issuer, the authenticator shows the host', async () => {
	const { browser } = await signUp();
	const { auth } = client(browser);
	const { data } = await auth.twoFactor.enable({ password: PASSWORD });
	const host = new URL(BASE).host;
	assert.equal(new URL(data.totpURI).searchParams.get('issuer'), host);
	const again = await auth.twoFactor.getTotpUri({ password: PASSWORD });
	assert.equal(again.data.totpURI, data.totpURI);
});

test('before the first code, no challenge is required, and enable starts over', async () => {
	const { browser, email } = await signUp();
	const enable = () => browser.post('/api/auth/two-factor/enable', { password: PASSWORD });
	const first = (await enable()).json, second = (await enable()).json;
	assert.notEqual(first.totpURI, second.totpURI);
	await signIn(email);
	await early();
	assert.equal((await browser.post(VERIFY, { code: totp(first.totpURI) })).json.code,
		'INVALID_CODE');
	assert.equal((await browser.post(BACKUP, { code: first.backupCodes[0] })).json.code,
		'INVALID_BACKUP_CODE');
	assert.equal((await browser.post(VERIFY, { code: totp(second.totpURI) })).status, 200);
});

test('A58: only the current code and its neighbours are valid', async () => {
	const user = await enrolled();
	for (const [later, status] of [[-2, 401], [-1, 200], [0, 200], [1, 200], [2, 401]]) {
		forget(user.id);
		const browser = await challenged(user);
		const rs = await browser.post(VERIFY, { code: await code(user, later) });
		assert.equal(rs.status, status, `${later}: ${rs.text}`);
		assert.equal(await signedIn(browser), status === 200);
	}
});

test('malformed codes are invalid, and are counted', async () => {
	const user = await enrolled();
	const browser = await challenged(user);
	for (const odd of ['', '12ab', '１２３４５６'])
		assert.equal((await browser.post(VERIFY, { code: odd })).json.code, 'INVALID_CODE');
	assert.equal((await browser.post(VERIFY, { code: 123456 })).json.code,
		'VALIDATION_ERROR');
	assert.equal((await browser.post(BACKUP, { code: 'x'.repeat(10000) })).json.code,
		'INVALID_BACKUP_CODE');
	assert.deepEqual(counted(user.id), ['4', 'f', '4']);
});

test('A60: a backup code works once, and a new set voids the old set', async () => {
	const user = await enrolled();
	for (const one of user.codes.slice(0, 2)) {
		const browser = await challenged(user);
		const rs = await browser.post(BACKUP, { code: one });
		assert.equal(rs.status, 200, rs.text);
		assert.ok(await signedIn(browser));
		const again = await challenged(user);
		assert.equal((await again.post(BACKUP, { code: one })).json.code,
			'INVALID_BACKUP_CODE');
	}
	const { auth } = client(user.browser);
	const { data } = await auth.twoFactor.generateBackupCodes({ password: PASSWORD });
	assert.equal(data.status, true);
	assert.equal(data.backupCodes.length, 10);
	const browser = await challenged(user);
	assert.equal((await browser.post(BACKUP, { code: user.codes[2] })).json.code,
		'INVALID_BACKUP_CODE');
	assert.equal((await browser.post(BACKUP, { code: data.backupCodes[0] })).status, 200);
	// Another user's codes are refused.
	const other = await challenged(await enrolled());
	assert.equal((await other.post(BACKUP, { code: data.backupCodes[1] })).json.code,
		'INVALID_BACKUP_CODE');
});

test('a code may have spaces in and around it', async () => {
	const user = await enrolled();
	const spaced = async (path, code) => (await (await challenged(user)).post(path, { code })).status;
	for (const shape of [(c) => ` ${c}\n`, (c) => `${c.slice(0, 3)} ${c.slice(3)}`, (c) => c.split('').join(' '), (c) => `\t${c.slice(0, 2)}  ${c.slice(2)}`]) {
		forget(user.id);
		const now = shape(await code(user));
		assert.equal(await spaced(VERIFY, now), 200, JSON.stringify(now));
	}
	assert.equal(await spaced(BACKUP, ` ${user.codes[0].slice(0, 4)} ${user.codes[0].slice(4)} `), 200);
	for (const text of ['', ' ', '12 34', `${await code(user)} 1`])
		assert.equal(await spaced(VERIFY, text), 401, JSON.stringify(text));
});

test('a backup code may be used without creating a session', async () => {
	const user = await enrolled();
	const browser = await challenged(user);
	const rs = await browser.post(BACKUP, { code: user.codes[0], disableSession: true });
	assert.equal(rs.status, 200);
	assert.deepEqual(Object.keys(rs.json), ['user']);
	assert.deepEqual(rs.cookies, []);
	assert.ok(!await signedIn(browser));
	assert.equal((await browser.post(BACKUP, { code: user.codes[1] })).json.code,
		'INVALID_TWO_FACTOR_COOKIE');
});

test('verifying a code in a session changes nothing', async () => {
	const user = await enrolled();
	const now = await code(user);
	for (let i = 0; i < 2; i++) {
		const rs = await user.browser.post(VERIFY, { code: now });
		assert.equal(rs.status, 200, rs.text);
		assert.equal(rs.json.token, user.token);
		assert.deepEqual(rs.cookies, []);
	}
	for (let i = 0; i < 12; i++)
		assert.equal((await user.browser.post(VERIFY, { code: wrong(user.uri) })).json.code,
			'INVALID_CODE');
	assert.deepEqual(counted(user.id), ['0', 'f', '0']);
});

test('rememberMe: false applies after the second factor', async () => {
	const user = await enrolled();
	const browser = await challenged(user, { rememberMe: false });
	const rs = await browser.post(VERIFY, { code: await code(user) });
	assert.match(rs.cookies[0], /^better-auth\.session_token=[^;]+; Path=/);
	assert.deepEqual(sql(`SELECT remember, expires_at <= now() + interval '1 day', method
		FROM identity.session WHERE user_id = $1 ORDER BY created_at DESC LIMIT 1`,
	user.id), [['f', 't', 'two-factor']]);
});

test('A61: a trusted device skips the second factor and rotates its cookie', async () => {
	const user = await enrolled();
	const browser = await passed(user, { trustDevice: true });
	const seen = new Set();
	for (let i = 0; i < 3; i++) {
		const cookie = browser.jar.cookies.get('better-auth.trust_device');
		assert.match(decodeURIComponent(cookie),
			/^[\w-]{43}!trust-device-[A-Za-z0-9]{32}\.[\w+/]{43}=$/);
		seen.add(cookie);
		await browser.post('/api/auth/sign-out');
		const rs = await browser.post(SIGN_IN, { email: user.email, password: PASSWORD });
		assert.equal(rs.json.redirect, false, rs.text);
		assert.ok(await signedIn(browser));
	}
	assert.equal(seen.size, 3);
	assert.deepEqual(sql('SELECT count(*), bool_and(expires_at'
		+ " BETWEEN now() + interval '29 days' AND now() + interval '30 days')"
		+ ' FROM identity.trusted_device WHERE user_id = $1', user.id), [['1', 't']]);
	const off = await browser.post('/api/auth/two-factor/disable', { password: PASSWORD });
	assert.match(off.cookies.at(-1), /^better-auth\.trust_device=; Max-Age=0/);
	assert.deepEqual(sql('SELECT * FROM identity.trusted_device WHERE user_id = $1',
		user.id), []);
});

test('an account without a password needs a fresh session', async () => {
	const { browser, id } = await signUp();
	const post = (what, body = {}) => browser.post(`/api/auth/two-factor/${what}`, body);
	assert.equal((await post('enable')).json.code, 'INVALID_PASSWORD');
	sql('DELETE FROM identity.account WHERE user_id = $1', id);
	const age = (days) => sql('UPDATE identity.session SET created_at = now()'
		+ ` - interval '${days} days' WHERE user_id = $1`, id);
	age(2);
	for (const what of ['enable', 'disable'])
		assert.equal((await post(what)).json.code, 'SESSION_NOT_FRESH');
	age(0.5);
	const { totpURI } = (await post('enable')).json;
	assert.equal((await post('get-totp-uri')).json.totpURI, totpURI);
	await early();
	assert.equal((await post('verify-totp', { code: totp(totpURI) })).status, 200);
	assert.equal((await post('generate-backup-codes')).status, 200);
	assert.equal((await post('disable')).status, 200);
});

test('an impersonator cannot change or use the second factor', async () => {
	const user = await enrolled();
	sql('UPDATE identity.session SET impersonated_by = $1 WHERE user_id = $1', user.id);
	const post = (what, body = { password: PASSWORD }) =>
		user.browser.post(`/api/auth/two-factor/${what}`, body);
	for (const rs of [await post('disable'), await post('generate-backup-codes'),
		await post('get-totp-uri'),
		await post('verify-backup-code', { code: user.codes[0] }),
		await post('verify-totp', { code: await code(user) })])
		assert.equal(rs.json.code, 'NOT_WHILE_IMPERSONATING');
	const other = await signUp();
	sql('UPDATE identity.session SET impersonated_by = $1 WHERE user_id = $1', other.id);
	assert.equal((await other.browser.post('/api/auth/two-factor/enable',
		{ password: PASSWORD })).json.code, 'NOT_WHILE_IMPERSONATING');
	assert.equal(sql('SELECT count(*) FROM identity.backup_code WHERE user_id = $1',
		user.id)[0][0], '10');
});

test('secrets that the reference encrypted or that were imported work', async () => {
	const seal = (text) => {
		const key = createHash('sha256').update(SECRET).digest();
		const nonce = Buffer.alloc(24, 7);
		return Buffer.concat([nonce, xchacha20poly1305(key, nonce)
			.encrypt(Buffer.from(text))]).toString('hex');
	};
	const base32 = 'OFHUONDXONFXI23TMM4W4ZCNKJNFA6CIHFLDQWK2JNSTKUSIN52A';
	// The first value is from a row of the reference.
	for (const sealed of ['9667aa7cbf1f6e20cf73094493c614e0fb183509fa8607d964b51b2393c1'
		+ '0b775baef8ea1b4f25f7d4722d3b26af8cfe017e2ef851b6539d8063e7884645b4ab961f71e5'
		+ '767e6bee', seal('qOG4wsKtksc9ndMRZPxH9V8YZKe5RHot'), seal(`base32:${base32}`)]) {
		const user = await enrolled();
		sql('UPDATE identity.two_factor SET secret = $1 WHERE user_id = $2', sealed, user.id);
		const rs = await user.browser.post('/api/auth/two-factor/get-totp-uri',
			{ password: PASSWORD });
		assert.equal(new URL(rs.json.totpURI).searchParams.get('secret'), base32);
		await passed({ ...user, uri: rs.json.totpURI });
	}
});

test('a server error does not count as an attempt', async () => {
	const user = await enrolled();
	const browser = await challenged(user);
	const kept = sql('SELECT secret FROM identity.two_factor WHERE user_id = $1', user.id)[0][0];
	sql("UPDATE identity.two_factor SET secret = 'sealed by nobody' WHERE user_id = $1",
		user.id);
	for (let i = 0; i < 6; i++)
		assert.equal((await browser.post(VERIFY, { code: '000000' })).status, 500);
	sql('UPDATE identity.two_factor SET secret = $1 WHERE user_id = $2', kept, user.id);
	sql(`ALTER TABLE identity.session ADD CONSTRAINT broken
		CHECK (user_id <> '${user.id}' OR method <> 'two-factor') NOT VALID`);
	for (let i = 0; i < 6; i++) {
		const rs = await browser.post(VERIFY, { code: await code(user) });
		assert.ok(rs.status >= 500 || rs.status === 400 || rs.status === 422, rs.text);
		const backup = await browser.post(BACKUP, { code: user.codes[0] });
		assert.equal(backup.status, rs.status);
	}
	sql('ALTER TABLE identity.session DROP CONSTRAINT broken');
	assert.deepEqual(counted(user.id), ['0', 'f', '0']);
	assert.equal((await browser.post(BACKUP, { code: user.codes[0] })).status, 200);
});

test('a repeated idempotency key returns the same response', async () => {
	const { browser } = await signUp();
	const on = (key) => browser.post('/api/auth/two-factor/enable',
		{ password: PASSWORD }, { 'idempotency-key': key });
	const first = await on('enable-1');
	assert.equal((await on('enable-1')).text, first.text);
	assert.notEqual((await on('enable-2')).text, first.text);

	const user = await enrolled();
	const before = new Browser();
	const sign = () => before.post(SIGN_IN, { email: user.email, password: PASSWORD },
		{ 'idempotency-key': 'challenge-1' });
	const asked = await sign();
	assert.deepEqual((await sign()).cookies, asked.cookies);
	const cookie = before.jar.header();
	const body = { code: await code(user), trustDevice: true };
	const verify = () => send('POST', VERIFY, { body, headers: { cookie, origin: BASE,
		'idempotency-key': 'verify-1' } });
	const done = await verify(), again = await verify();
	assert.equal(done.status, 200, done.text);
	assert.equal(again.text, done.text);
	assert.deepEqual(again.cookies, done.cookies);
	assert.equal(sql('SELECT count(*) FROM identity.session WHERE user_id = $1'
		+ " AND method = 'two-factor'", user.id)[0][0], '1');
});

test('a ban between the factors prevents sign-in', async () => {
	const user = await enrolled();
	const browser = await challenged(user);
	sql('UPDATE identity."user" SET banned = true WHERE id = $1', user.id);
	// The ban ends the challenge.
	assert.equal((await browser.post(VERIFY, { code: await code(user) })).json.code,
		'INVALID_TWO_FACTOR_COOKIE');
	assert.equal((await send('POST', SIGN_IN, { body: { email: user.email,
		password: PASSWORD } })).json.code, 'BANNED_USER');
	assert.ok(!await signedIn(browser));
});

test('events record the second factor, without secrets', async () => {
	const user = await enrolled();
	const browser = await challenged(user);
	await browser.post(VERIFY, { code: wrong(user.uri) }, { 'user-agent': 'a guess' });
	await browser.post(BACKUP, { code: user.codes[0], trustDevice: true });
	await browser.post('/api/auth/two-factor/generate-backup-codes', { password: PASSWORD });
	await browser.post('/api/auth/two-factor/disable', { password: PASSWORD });
	const { json: events } = await browser.get('/api/events');
	assert.deepEqual(events.map((e) => e.action).reverse().slice(3), [
		'two-factor.created', 'backup-codes.replaced',
		'two-factor.updated', 'user.updated', 'session.rotated',
		'second-factor.refused',
		'backup-code.used', 'session.created', 'device.trusted',
		'backup-codes.replaced',
		'user.updated', 'two-factor.deleted', 'session.rotated']);
	assert.equal(events.find((e) => e.action === 'second-factor.refused').user_agent,
		'a guess');
	assert.deepEqual(events.find((e) => e.action === 'two-factor.updated').data,
		{ verified: [false, true] });
});

test('deleting the user deletes all second-factor data', async () => {
	const user = await enrolled();
	await passed(user, { trustDevice: true });
	await challenged(user);
	sql('DELETE FROM identity."user" WHERE id = $1', user.id);
	for (const table of ['two_factor', 'backup_code', 'two_factor_challenge',
		'two_factor_mail', 'trusted_device'])
		assert.deepEqual(sql(`SELECT * FROM identity.${table} WHERE user_id = $1`, user.id),
			[], table);
});

test('the database and the logs contain no usable secret', async () => {
	const user = await enrolled();
	const secrets = [...user.codes];
	const uri = new URL(user.uri).searchParams.get('secret');
	secrets.push(uri);
	const browser = await challenged(user);
	const challenge = () => decodeURIComponent(
		browser.jar.cookies.get('better-auth.two_factor')).split('.')[0];
	secrets.push(challenge());
	const now = await code(user);
	const rs = await browser.post(VERIFY, { code: now, trustDevice: true },
		{ 'idempotency-key': 'kept-verify' });
	secrets.push(rs.json.token, /trust-device-(\w{32})/.exec(decodeURIComponent(
		browser.jar.cookies.get('better-auth.trust_device')))[1]);
	await challenged(user, { browser: new Browser() });
	const stored = dump();
	await new Promise((r) => setTimeout(r, 1200)); // nginx buffers its log
	const logs = ['workers', 'nginx-access', 'nginx-error'].map((name) =>
		readFileSync(`${process.env.STACK}/log/${name}.log`, 'utf8')).join('\n');
	for (const secret of secrets) {
		assert.ok(!stored.includes(secret), secret);
		assert.ok(!logs.includes(secret), secret);
	}
	assert.ok(!logs.includes(now));
});
