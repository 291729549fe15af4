// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_TWO_FACTOR_MAIL=on
// Emailed codes as a second factor, if this is switched on.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { twoFactorClient } from 'better-auth/client/plugins';
import { dump, sql } from '../lib/database.mjs';
import { BASE, Browser, send } from '../lib/http.mjs';
import { lastMail, mails } from '../../lib/mail.mjs';
import { PASSWORD, authClient, signUp } from '../lib/people.mjs';
import { BACKUP, SIGN_IN, VERIFY, atOnce, challenged, code, counted, enrolled, signedIn,
	tally } from '../lib/second_factor.mjs';

const SEND = '/api/auth/two-factor/send-otp';
const MAILED = '/api/auth/two-factor/verify-otp';

const mailed = (email) => lastMail(email, 'two-factor-otp').data.code;
const other = (digits) => String((Number(digits) + 1) % 1000000).padStart(6, '0');

// Signs up a user whose second factor is an emailed code.
async function reached() {
	const user = await signUp();
	const rs = await user.browser.post('/api/auth/two-factor/enable',
		{ password: PASSWORD, method: 'otp' });
	assert.equal(rs.status, 200, rs.text);
	assert.deepEqual(rs.json, { method: 'otp' });
	return user;
}

test('the client signs in with an emailed code', async () => {
	const { browser, email } = await signUp();
	const auth = authClient(browser, twoFactorClient());
	const before = (await auth.getSession()).data.session.token;
	const on = await auth.twoFactor.enable({ password: PASSWORD, method: 'otp' });
	assert.deepEqual(on.data, { method: 'otp' });
	const now = (await auth.getSession()).data;
	assert.equal(now.user.twoFactorEnabled, true);
	assert.notEqual(now.session.token, before);
	await auth.signOut();
	assert.deepEqual((await auth.signIn.email({ email, password: PASSWORD })).data,
		{ twoFactorRedirect: true, twoFactorMethods: ['otp'] });
	assert.deepEqual((await auth.twoFactor.sendOtp()).data, { status: true });
	const mail = lastMail(email, 'two-factor-otp');
	assert.match(mail.data.code, /^\d{6}$/);
	const { data, error } = await auth.twoFactor.verifyOtp({ code: mail.data.code });
	assert.equal(error, null, JSON.stringify(error));
	assert.equal(data.user.email, email);
	assert.equal((await auth.getSession()).data.session.token, data.token);
});

test('with an authenticator, both methods are offered, and both work', async () => {
	const user = await enrolled();
	const browser = new Browser();
	const rs = await browser.post(SIGN_IN, { email: user.email, password: PASSWORD });
	assert.deepEqual(rs.json.twoFactorMethods, ['totp', 'otp']);
	await browser.post(SEND);
	assert.equal((await browser.post(MAILED, { code: mailed(user.email),
		trustDevice: true })).status, 200);
	assert.ok(browser.jar.cookies.has('better-auth.trust_device'));
	assert.ok(await signedIn(browser));
	const again = await challenged(user);
	assert.equal((await again.post(VERIFY, { code: await code(user) })).status, 200);
});

test('a code is bound to one challenge, works once, and expires in three minutes', async () => {
	const user = await reached();
	const browser = await challenged(user), second = await challenged(user);
	await browser.post(SEND);
	const sent = mailed(user.email);
	assert.equal((await second.post(MAILED, { code: sent })).json.code, 'OTP_HAS_EXPIRED');
	await second.post(SEND);
	const its = mailed(user.email);
	if (its !== sent)
		assert.equal((await browser.post(MAILED, { code: its })).json.code, 'INVALID_CODE');
	const cookie = browser.jar.header();
	assert.deepEqual(tally(await atOnce(20, () => send('POST', MAILED,
		{ headers: { cookie, origin: BASE }, body: { code: sent } }))),
	{ 200: 1, INVALID_TWO_FACTOR_COOKIE: 19 });
	assert.deepEqual(sql("SELECT expires_at BETWEEN now() + interval '170 s'"
		+ " AND now() + interval '3 minutes' FROM identity.two_factor_mail"
		+ ' WHERE user_id = $1', user.id), [['t']]);
	sql('UPDATE identity.two_factor_mail SET expires_at = now() WHERE user_id = $1', user.id);
	assert.equal((await second.post(MAILED, { code: its })).json.code, 'OTP_HAS_EXPIRED');
	assert.ok(!await signedIn(second));
});

test('a new code voids the previous code', async () => {
	const user = await reached();
	const browser = await challenged(user);
	await browser.post(SEND);
	const first = mailed(user.email);
	await browser.post(SEND);
	const second = mailed(user.email);
	assert.equal(mails(user.email).length, 2);
	if (first !== second)
		assert.equal((await browser.post(MAILED, { code: first })).json.code, 'INVALID_CODE');
	assert.equal((await browser.post(MAILED, { code: second })).status, 200);
});

test('security 11 and 12: attempts with emailed codes count like those with other codes', async () => {
	const user = await reached();
	const browser = await challenged(user);
	await browser.post(SEND);
	const sent = mailed(user.email);
	for (let i = 0; i < 5; i++)
		assert.equal((await browser.post(MAILED, { code: other(sent) })).json.code,
			'INVALID_CODE');
	const rs = await browser.post(MAILED, { code: sent });
	assert.equal(rs.json.code, 'TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE');
	assert.match(rs.cookies[0], /^better-auth\.two_factor=; Max-Age=0/);
	const last = await challenged(user);
	await last.post(SEND);
	for (let i = 0; i < 5; i++)
		await last.post(MAILED, { code: other(mailed(user.email)) });
	assert.deepEqual(counted(user.id).slice(0, 2), ['10', 't']);
	const locked = await challenged(user);
	for (const path of [SEND, MAILED])
		assert.equal((await locked.post(path, { code: '000000' })).json.code,
			'ACCOUNT_TEMPORARILY_LOCKED');
});

test('verifying an emailed code in a session enables the second factor', async () => {
	const user = await signUp();
	assert.equal((await user.browser.post(MAILED, { code: '000000' })).json.code,
		'OTP_HAS_EXPIRED');
	await user.browser.post(SEND);
	const sent = mailed(user.email);
	for (let i = 0; i < 5; i++)
		assert.equal((await user.browser.post(MAILED, { code: other(sent) })).json.code,
			'INVALID_CODE');
	assert.equal((await user.browser.post(MAILED, { code: sent })).json.code,
		'TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE');
	assert.equal((await user.browser.post(MAILED, { code: sent })).json.code,
		'OTP_HAS_EXPIRED');
	await user.browser.post(SEND);
	const rs = await user.browser.post(MAILED, { code: mailed(user.email) });
	assert.equal(rs.status, 200, rs.text);
	assert.notEqual(rs.json.token, user.token);
	assert.equal(rs.json.user.twoFactorEnabled, true);
	await challenged(user);
});

test('backup and authenticator codes are refused if not set up', async () => {
	const user = await reached();
	const browser = await challenged(user);
	assert.equal((await browser.post(VERIFY, { code: '000000' })).json.code,
		'TOTP_NOT_ENABLED');
	assert.equal((await browser.post(BACKUP, { code: 'aaaaa-bbbbb' })).json.code,
		'BACKUP_CODES_NOT_ENABLED');
	assert.equal((await user.browser.post('/api/auth/two-factor/generate-backup-codes',
		{ password: PASSWORD })).json.code, 'TWO_FACTOR_NOT_ENABLED');
	assert.deepEqual(counted(user.id), ['0', 'f', '0']);
});

test('without a challenge, no code is sent', async () => {
	for (const path of [SEND, MAILED])
		assert.equal((await send('POST', path, { body: { code: '000000' } })).json.code,
			'INVALID_TWO_FACTOR_COOKIE');
});

test('the table of codes stores only hashes', async () => {
	const user = await reached();
	const browser = await challenged(user);
	await browser.post(SEND);
	const sent = mailed(user.email);
	const [[hash]] = sql("SELECT encode(code_hash, 'hex') FROM identity.two_factor_mail"
		+ ' WHERE user_id = $1', user.id);
	const rows = dump().split('\n').filter((l) => /INTO identity\.two_factor_mail/.test(l));
	assert.ok(rows.some((line) => line.includes(hash)));
	assert.ok(!rows.some((line) => line.includes(`'${sent}'`)));
});

test('an unknown method returns a validation error', async () => {
	const user = await signUp();
	const rs = await user.browser.post('/api/auth/two-factor/enable',
		{ password: PASSWORD, method: 'sms' });
	assert.deepEqual(rs.json, { code: 'VALIDATION_ERROR',
		message: '[body.method] Invalid option: expected one of "otp"|"totp"' });
});
