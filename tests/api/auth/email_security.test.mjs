// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_DELETE_USER=mail BETTER_AUTH_SECRET=a-secret-of-the-tests-0123456789-abcdefghij TENANTRY_TRUSTED_ORIGINS=https://app.trusted.test
// Known weaknesses of links, codes and emails, with their numbers in our list.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { sql } from '../lib/database.mjs';
import { emailClient, follow, query, written } from '../lib/email.mjs';
import { BASE, Browser, send } from '../lib/http.mjs';
import { lastMail, mails } from '../../lib/mail.mjs';
import { PASSWORD, address, signIn, signUp } from '../lib/people.mjs';

const AUTH = '/api/auth';
const post = (path, body, headers) => send('POST', AUTH + path, { body, headers });
const whoami = async (browser) => (await browser.get(`${AUTH}/get-session`)).json?.user ?? null;
const user = (id) => sql('SELECT email, email_verified FROM identity."user" WHERE id = $1', id)[0];
const verify = (id) =>
	sql('UPDATE identity."user" SET email_verified = true WHERE id = $1', id);
const answers = async (email, password = PASSWORD) =>
	(await post('/sign-in/email', { email, password })).status;

const base64 = (text) => Buffer.from(text).toString('base64url');
function jwt(claims, { header = { alg: 'HS256' },
	secret = 'a-secret-of-the-tests-0123456789-abcdefghij', hash = 'sha256' } = {}) {
	const now = Math.floor(Date.now() / 1000);
	const text = `${base64(JSON.stringify(header))}.`
		+ base64(JSON.stringify({ ...claims, iat: now, exp: now + 3600, ...claims }));
	return `${text}.${createHmac(hash, secret).update(text).digest('base64url')}`;
}
const click = (claims, options, browser = new Browser()) => browser.get(
	`${AUTH}/verify-email?token=${encodeURIComponent(jwt(claims, options))}`);

async function resetToken(email) {
	await post('/request-password-reset', { email });
	return lastMail(email, 'reset-password').data.url.match(/reset-password\/(\w+)/)[1];
}

await signUp();

test('security 5: verifying a mailbox removes earlier ways to sign in', async () => {
	const proofs = {
		link: async (email) => {
			const browser = new Browser();
			await emailClient(browser).signIn.magicLink({ email });
			await follow(browser, lastMail(email, 'magic-link').data.url);
			return browser;
		},
		code: async (email) => {
			const browser = new Browser();
			const auth = emailClient(browser);
			await auth.emailOtp.sendVerificationOtp({ email, type: 'sign-in' });
			await auth.signIn.emailOtp({ email, otp: lastMail(email, 'email-otp').data.code });
			return browser;
		},
		verification: async (email) => {
			await post('/send-verification-email', { email });
			await follow(new Browser(), lastMail(email, 'verify-email').data.url);
		},
		'verification by the client': async (email) => {
			await post('/send-verification-email', { email });
			await emailClient(new Browser()).verifyEmail({ query: { token: query(lastMail(email, 'verify-email').data.url).token } });
		},
		'verification code': async (email) => {
			const auth = emailClient(new Browser());
			await auth.emailOtp.sendVerificationOtp({ email, type: 'email-verification' });
			await auth.emailOtp.verifyEmail({ email, otp: lastMail(email, 'email-otp').data.code });
		},
		reset: async (email) => {
			await post('/reset-password',
				{ newPassword: 'of the owner', token: await resetToken(email) });
			return (await signIn(email, 'of the owner')).browser;
		},
	};
	for (const [name, prove] of Object.entries(proofs)) {
		const attacker = await signUp();
		sql(`INSERT INTO identity.account (id, account_id, provider_id, user_id)
			VALUES ($1, $1, 'elsewhere', $2)`, `acc-${attacker.id}`, attacker.id);
		sql(`INSERT INTO identity.passkey (id, user_id, public_key, credential_id, counter,
			device_type, backed_up, transports)
			SELECT $1, $1, 'x', $1, 0, 'singleDevice', false, ''
			WHERE EXISTS (SELECT FROM pg_tables WHERE tablename = 'passkey')`, attacker.id);
		const owner = await prove(attacker.email);
		if (owner !== undefined)
			assert.equal((await whoami(owner)).id, attacker.id, name);
		assert.deepEqual(user(attacker.id), [attacker.email, 't'], name);
		assert.equal(mails(attacker.email).filter((m) => m.template === 'password-removed').length, name === 'reset' ? 0 : 1, name);
		assert.equal(await whoami(attacker.browser), null, name);
		assert.equal(await answers(attacker.email), 401, name);
		assert.deepEqual(sql('SELECT provider_id FROM identity.account WHERE user_id = $1',
			attacker.id), name === 'reset' ? [['credential']] : [], name);
		assert.equal(sql('SELECT count(*) FROM identity.passkey WHERE user_id = $1',
			attacker.id)[0][0], '0', name);
	}
});

test('security 5: verifying a mailbox in the session that signed up removes nothing', async () => {
	const code = async (auth, email, type) => {
		await auth.emailOtp.sendVerificationOtp({ email, type });
		return { email, otp: lastMail(email, 'email-otp').data.code };
	};
	const proofs = {
		'magic link': async (browser, email) => {
			await emailClient(browser).signIn.magicLink({ email });
			await follow(browser, lastMail(email, 'magic-link').data.url);
		},
		'sign-in code': async (browser, email, auth = emailClient(browser)) =>
			auth.signIn.emailOtp(await code(auth, email, 'sign-in')),
		'verification code': async (browser, email, auth = emailClient(browser)) =>
			auth.emailOtp.verifyEmail(await code(auth, email, 'email-verification')),
		'verification by the client': async (browser, email, auth = emailClient(browser)) => {
			await auth.sendVerificationEmail({ email });
			await auth.verifyEmail({ query: { token: query(lastMail(email, 'verify-email').data.url).token } });
		},
	};
	for (const [name, prove] of Object.entries(proofs)) {
		const { browser, email, id } = await signUp();
		const cookie = browser.jar.header();
		await prove(browser, email);
		assert.deepEqual(user(id), [email, 't'], name);
		assert.equal(await answers(email), 200, name);
		assert.equal((await whoami(browser)).id, id, name);
		// A copy of the token did not gain the session's permissions.
		assert.equal((await send('GET', `${AUTH}/get-session`, { headers: { cookie } })).json, null, name);
	}
	const proved = await signUp();
	verify(proved.id);
	await emailClient(new Browser()).signIn.magicLink({ email: proved.email });
	await follow(new Browser(), lastMail(proved.email, 'magic-link').data.url);
	assert.equal(await answers(proved.email), 200);
	assert.equal((await whoami(proved.browser)).id, proved.id);
});

test('security 9: a link or a code does not bypass the second factor', async () => {
	const { email, id } = await signUp();
	verify(id);
	sql('UPDATE identity."user" SET two_factor_enabled = true WHERE id = $1', id);
	const browser = new Browser();
	const auth = emailClient(browser);
	const cookies = (rs) => rs.cookies.filter((c) => !/=;/.test(c)).map((c) => c.split('=')[0]);
	await auth.signIn.magicLink({ email, callbackURL: '/in?a=1' });
	let rs = await follow(browser, lastMail(email, 'magic-link').data.url);
	assert.equal(rs.headers.location, `${BASE}/in?a=1&twoFactorRedirect=true`);
	assert.deepEqual(cookies(rs), ['better-auth.two_factor']);
	assert.equal(rs.text, '');
	assert.equal(await whoami(browser), null);
	await auth.signIn.magicLink({ email });
	rs = await browser.get(`${AUTH}/magic-link/verify?token=`
		+ query(lastMail(email, 'magic-link').data.url).token);
	assert.equal(rs.json.twoFactorRedirect, true);
	assert.deepEqual(cookies(rs), ['better-auth.two_factor']);
	await auth.emailOtp.sendVerificationOtp({ email, type: 'sign-in' });
	const { data } = await auth.signIn.emailOtp(
		{ email, otp: lastMail(email, 'email-otp').data.code });
	assert.equal(data.twoFactorRedirect, true);
	assert.equal(await whoami(browser), null);
	await post('/reset-password', { newPassword: 'brand new password',
		token: await resetToken(email) });
	assert.equal((await post('/sign-in/email',
		{ email, password: 'brand new password' })).json.twoFactorRedirect, true);
});

test('security 13: of twenty concurrent uses of a secret, one succeeds', async () => {
	const twenty = (fn) => Promise.all(Array.from({ length: 20 }, (_, i) => fn(i)));
	const won = (list) => list.filter((rs) => rs.status < 400
		&& !/error=/.test(rs.headers.location ?? '')).length;

	const { email } = await signUp();
	const token = await resetToken(email);
	assert.equal(won(await twenty((i) => post('/reset-password',
		{ newPassword: `password ${i} of twenty`, token }))), 1, 'reset');

	await post('/sign-in/magic-link', { email });
	const { url } = lastMail(email, 'magic-link').data;
	assert.equal(won(await twenty(() => follow(new Browser(), url))), 1, 'link');

	await post('/email-otp/send-verification-otp', { email, type: 'sign-in' });
	const otp = lastMail(email, 'email-otp').data.code;
	assert.equal(won(await twenty(() => post('/sign-in/email-otp', { email, otp }))), 1, 'code');

	const gone = await signUp();
	await gone.browser.post(`${AUTH}/delete-user`);
	const end = lastMail(gone.email, 'delete-account').data.url;
	const cookie = gone.browser.jar.header();
	assert.equal(won(await twenty(() => send('GET', end.slice(BASE.length),
		{ headers: { cookie } }))), 1, 'deletion');
});

test('security 13: concurrent guesses are counted like sequential ones', async () => {
	const { email } = await signUp();
	await post('/email-otp/send-verification-otp', { email, type: 'sign-in' });
	const right = lastMail(email, 'email-otp').data.code;
	const wrong = String((Number(right) + 1) % 1000000).padStart(6, '0');
	const list = await Promise.all(Array.from({ length: 20 },
		() => post('/sign-in/email-otp', { email, otp: wrong })));
	assert.equal(list.filter((rs) => rs.json.code === 'TOO_MANY_ATTEMPTS').length, 1);
	assert.equal((await post('/sign-in/email-otp', { email, otp: right })).json.code,
		'INVALID_OTP');
});

test('security 20: headers do not affect the URL of an emailed link', async () => {
	const { email } = await signUp();
	const port = new URL(BASE).port;
	const headers = { host: `localhost:${port}`, 'x-forwarded-host': 'evil.test',
		'x-forwarded-proto': 'https', forwarded: 'host=evil.test' };
	for (const [path, body, template] of [
		['/request-password-reset', { email }, 'reset-password'],
		['/send-verification-email', { email }, 'verify-email'],
		['/sign-in/magic-link', { email }, 'magic-link']]) {
		assert.equal((await post(path, body, headers)).status, 200);
		assert.ok(lastMail(email, template).data.url.startsWith(`${BASE}/`), path);
	}
	const rs = await send('GET', lastMail(email, 'magic-link').data.url.slice(BASE.length).replace('/confirm?', '/verify?'),
		{ headers });
	assert.equal(rs.headers.location, `${BASE}/`);
});

const smuggled = ['https://evil.test/x', '//evil.test', '/\\evil.test', '/%5cevil.test',
	'/%2f/evil.test', `${BASE}@evil.test`, `${BASE}\\@evil.test`, `${BASE}.evil.test/`, 'javascript:alert(1)',
	'data:text/html,x', '/a\r\nset-cookie: x=y', '/a\tb', 'evil'];

test('security 22: emailed links redirect only to trusted URLs', async () => {
	const { browser, email } = await signUp();
	const token = await resetToken(email);
	for (const url of smuggled) {
		for (const [path, body] of [
			['/request-password-reset', { email, redirectTo: url }],
			['/send-verification-email', { email, callbackURL: url }],
			['/sign-in/magic-link', { email, callbackURL: url }],
			['/sign-in/magic-link', { email, newUserCallbackURL: url }],
			['/sign-in/magic-link', { email, errorCallbackURL: url }]])
			assert.equal((await post(path, body)).status, 403, `${path} ${url}`);
		for (const [path, body] of [['/change-email', { newEmail: address(), callbackURL: url }],
			['/delete-user', { callbackURL: url }]])
			assert.equal((await browser.post(AUTH + path, body)).status, 403, `${path} ${url}`);
		const name = encodeURIComponent(url);
		for (const path of [`/verify-email?token=x&callbackURL=${name}`,
			`/reset-password/${token}?callbackURL=${name}`,
			`/magic-link/verify?token=x&callbackURL=${name}`,
			`/magic-link/verify?token=x&errorCallbackURL=${name}`,
			`/magic-link/verify?token=x&newUserCallbackURL=${name}`,
			`/delete-user/callback?token=x&callbackURL=${name}`]) {
			const rs = await browser.get(AUTH + path);
			assert.equal(rs.status, 403, path);
			assert.equal(rs.headers.location, undefined);
		}
	}
	const good = encodeURIComponent('https://app.trusted.test/reset#top');
	assert.equal((await browser.get(`${AUTH}/reset-password/${token}?callbackURL=${good}`))
		.headers.location, `https://app.trusted.test/reset?token=${token}#top`);
});

test('security 31: look-alike addresses are refused', async () => {
	const { browser } = await signUp();
	for (const email of ['a\uff20b.test', 'a\ufe6bb.test', 'a@b\u3002test', '\u0430@b.test',
		'a@b.test\u200b', 'a@b.test ', 'a b@c.test', 'a@b', 'a@b.test\u0000']) {
		for (const [path, body] of [['/request-password-reset', { email }],
			['/send-verification-email', { email }], ['/sign-in/magic-link', { email }],
			['/email-otp/send-verification-otp', { email, type: 'sign-in' }],
			['/email-otp/request-password-reset', { email }],
			['/sign-in/email-otp', { email, otp: '123456' }]])
			assert.equal((await post(path, body)).status, 400, `${path} ${email}`);
		assert.equal((await browser.post(`${AUTH}/change-email`, { newEmail: email })).status,
			400, email);
	}
});

// Requests that send email, for known and unknown addresses.
const asking = [
	['/request-password-reset', (email) => ({ email, redirectTo: '/x' })],
	['/send-verification-email', (email) => ({ email })],
	['/email-otp/request-password-reset', (email) => ({ email })],
	['/email-otp/send-verification-otp', (email) => ({ email, type: 'email-verification' })],
	['/email-otp/send-verification-otp', (email) => ({ email, type: 'forget-password' })],
];

test('security 47: known and unknown addresses get the same response', async () => {
	const { email } = await signUp();
	for (const [path, body] of asking) {
		const stranger = address('stranger');
		const sent = mails(email).length;
		const [known, unknown] = [await post(path, body(email)), await post(path, body(stranger))];
		assert.equal(known.status, 200, known.text);
		assert.equal(known.text, unknown.text);
		assert.deepEqual(Object.keys(known.headers).sort(), Object.keys(unknown.headers).sort());
		assert.equal(mails(email).length, sent + 1, path);
		assert.deepEqual(mails(stranger), [], path);
	}
	const codes = [];
	for (const one of [email, address('stranger')]) {
		await post('/email-otp/send-verification-otp', { email: one, type: 'forget-password' });
		const seen = [];
		for (let i = 0; i < 5; i++) {
			const rs = await post('/email-otp/check-verification-otp',
				{ email: one, type: 'forget-password', otp: 'x' });
			seen.push(`${rs.status} ${rs.text}`);
		}
		codes.push(seen);
	}
	assert.deepEqual(codes[0], codes[1]);
});

test('security 47: requests for known and unknown addresses write the same amount of data', async () => {
	const { browser, email } = await signUp();
	const taken = await signUp();
	const near = (name, a, b) => assert.ok(a > 0 && b > 0 && Math.abs(a - b) / a < 0.3,
		`${name}: ${a} and ${b} bytes`);
	const stranger = address('stranger'), free = address();
	for (const [path, body] of asking)
		near(path, await written(() => post(path, body(email))),
			await written(() => post(path, body(stranger))));
	near('change-email',
		await written(() => browser.post(`${AUTH}/change-email`, { newEmail: free })),
		await written(() => browser.post(`${AUTH}/change-email`, { newEmail: taken.email })));
});

test('security 56: a token is valid only for its purpose', async () => {
	const { email, id } = await signUp();
	const { error } = await emailClient(new Browser()).verifyEmail(
		{ query: { token: jwt({ email, userId: id, iat: 1, exp: 2 }) } });
	assert.deepEqual([error.status, error.code], [401, 'TOKEN_EXPIRED']);
	const wrong = [
		[{ email, userId: id }, { header: { alg: 'none' } }],
		[{ email, userId: id }, { header: { alg: 'HS512' }, hash: 'sha512' }],
		[{ email, userId: id }, { header: { alg: 'HS512' } }],
		[{ email, userId: id }, { header: { alg: 'HS256', typ: 'JWT' } }],
		[{ email, userId: id }, { secret: 'another secret of the right length' }],
		[{ email, userId: id, exp: 'never' }],
		[{ email }],
		[{ email, userId: 'somebody else' }],
		[{ email, userId: id, updateTo: address() }],
		[{ email, userId: id, requestType: 'change-email-verification' }],
		[{ email, userId: id, updateTo: address(), requestType: 'other' }],
		[{ email, userId: id, updateTo: 'bad', requestType: 'change-email-verification' }],
		[{ email: 'bad', userId: id }],
		[{ userId: id }],
	];
	for (const [claims, options] of wrong) {
		const rs = await click(claims, options);
		assert.deepEqual([rs.status, rs.json.code], [401, 'INVALID_TOKEN'],
			JSON.stringify([claims, options]));
	}
	const unsigned = jwt({ email, userId: id }, { header: { alg: 'none' } }).replace(/[^.]*$/, '');
	assert.equal((await send('GET', `${AUTH}/verify-email?token=${unsigned}`)).json.code,
		'INVALID_TOKEN');
	assert.equal((await click({ email: address('ghost'), userId: id })).json.code,
		'USER_NOT_FOUND');
	// An address change verifies no user, and a verification changes no address.
	await click({ email, userId: id, updateTo: address(),
		requestType: 'change-email-confirmation' });
	assert.deepEqual(user(id), [email, 'f']);
	await click({ email, userId: id });
	assert.deepEqual(user(id), [email, 't']);
});

test('an address change that was not requested, or was canceled, is refused', async () => {
	const { browser, email, id } = await signUp();
	const claims = { email, userId: id, requestType: 'change-email-verification' };
	assert.equal((await click({ ...claims, updateTo: address() })).json.code, 'INVALID_TOKEN');
	const updateTo = await requested(browser);
	// The owner of the mailbox recovers the account.
	const token = await resetToken(email);
	assert.equal((await post('/reset-password', { newPassword: 'brand new password', token }))
		.status, 200);
	assert.equal((await click({ ...claims, updateTo })).json.code, 'INVALID_TOKEN');
	assert.equal(user(id)[0], email);
});

// Requests a change to a new address, and returns it.
async function requested(browser) {
	const newEmail = address('next');
	assert.equal((await browser.post(`${AUTH}/change-email`, { newEmail })).status, 200);
	return newEmail;
}

test('security 57: a change-email token creates no session and is valid for one user', async () => {
	const { browser, email, id } = await signUp();
	const stranger = await signUp();
	const next = await requested(browser);
	const change = (claims, who) => click({ email, userId: id, updateTo: next,
		requestType: 'change-email-verification', ...claims }, {}, who);
	for (const requestType of ['change-email-verification', 'change-email-confirmation']) {
		assert.equal((await change({ requestType }, stranger.browser)).json.code,
			'INVALID_USER');
		assert.equal((await change({ requestType, userId: undefined })).json.code,
			'INVALID_TOKEN');
		assert.equal((await change({ requestType, userId: stranger.id })).json.code,
			'INVALID_TOKEN');
		assert.equal((await change({ requestType, email: stranger.email })).json.code,
			'INVALID_TOKEN');
	}
	assert.deepEqual(user(id), [email, 'f']);
	// Without a session of the account, the address is not changed to the new mailbox.
	const stray = await change({});
	assert.deepEqual([stray.status, stray.json.code], [401, 'INVALID_USER']);
	assert.deepEqual(user(id), [email, 'f']);
	const sessions = () => sql('SELECT id FROM identity.session WHERE user_id = $1 ORDER BY 1', id);
	const before = sessions();
	assert.deepEqual(stray.cookies, []);
	const rs = await change({}, browser);
	assert.equal(rs.json.status, true);
	assert.match(user(id)[0], /^next/);
	assert.deepEqual(sessions(), before);
	assert.equal((await change({}, browser)).json.code, 'INVALID_TOKEN');
	assert.equal((await whoami(browser)).id, id);
});

test('a verified account does not get another person\'s address because that person opens the link', async () => {
	const { browser, email, id } = await signUp();
	verify(id);
	const foreign = address('foreign');
	await browser.post(`${AUTH}/change-email`, { newEmail: foreign });
	await follow(browser, lastMail(email, 'change-email').data.url);
	const { url, ...names } = lastMail(foreign, 'new-address').data;
	assert.deepEqual(names, { email, newEmail: foreign });
	for (const accept of ['text/html', '*/*']) {
		const page = await new Browser().get(url.slice(BASE.length), { accept });
		assert.ok(page.text.includes(email) && page.text.includes(foreign));
	}
	// If the owner of the mailbox presses the button, the address is still not verified. The page explains that a
	// session is missing.
	const html = { accept: 'text/html' }, rs = await follow(new Browser(), url, html);
	assert.deepEqual([rs.status, /sign in to the account/.test(rs.text)], [404, true]);
	assert.equal((await follow((await signUp()).browser, url, html)).status, 404);
	assert.deepEqual(user(id), [email, 't']);
	assert.equal((await follow(browser, url)).status, 302);
	assert.deepEqual(user(id), [foreign, 't']);
});

test('security 57: a change voids the links that were sent to the former address', async () => {
	const { browser, email, id } = await signUp();
	const token = await resetToken(email);
	await click({ email, userId: id, updateTo: await requested(browser),
		requestType: 'change-email-verification' }, {}, browser);
	assert.equal((await post('/reset-password', { newPassword: 'brand new password', token }))
		.json.code, 'INVALID_TOKEN');
});

test('security 58: a reset that fails halfway does not consume the token', async () => {
	const { browser, email } = await signUp();
	const token = await resetToken(email);
	sql(`CREATE FUNCTION public.fail() RETURNS trigger LANGUAGE plpgsql AS
		$f$BEGIN RAISE 'no'; END$f$;
		CREATE TRIGGER fail BEFORE INSERT OR UPDATE ON identity.account
		FOR EACH ROW EXECUTE FUNCTION public.fail()`);
	const body = { newPassword: 'brand new password', token };
	assert.equal((await post('/reset-password', body)).status, 500);
	sql('DROP FUNCTION public.fail CASCADE');
	assert.equal(await answers(email), 200);
	assert.notEqual(await whoami(browser), null);
	assert.deepEqual((await post('/reset-password', body)).json, { status: true });
	assert.equal(await whoami(browser), null);
});

test('security 59: an ended session cannot delete the account', async () => {
	const { browser, email, id } = await signUp();
	await browser.post(`${AUTH}/delete-user`);
	const { url } = lastMail(email, 'delete-account').data;
	const cookie = browser.jar.header();
	await browser.post(`${AUTH}/sign-out`);
	const rs = await send('GET', url.slice(BASE.length), { headers: { cookie } });
	assert.deepEqual([rs.status, rs.json.code], [404, 'FAILED_TO_GET_USER_INFO']);
	assert.deepEqual(user(id), [email, 'f']);
});

test('security 60: a deletion link works only for its own user', async () => {
	const [one, other] = [await signUp(), await signUp()];
	await one.browser.post(`${AUTH}/delete-user`);
	const { url } = lastMail(one.email, 'delete-account').data;
	const { token } = query(url);
	for (const rs of [await follow(other.browser, url),
		await other.browser.post(`${AUTH}/delete-user`, { token })])
		assert.deepEqual([rs.status, rs.json.code], [404, 'INVALID_TOKEN']);
	assert.deepEqual([user(one.id)[0], user(other.id)[0]], [one.email, other.email]);
	assert.equal((await follow(one.browser, url)).status, 302);
});

test('security 61: a link or a code creates a new session', async () => {
	const { email, token, id } = await signUp();
	verify(id);
	const planted = 'P'.repeat(32);
	for (const enter of [async (browser) => {
		await post('/sign-in/magic-link', { email });
		return follow(browser, lastMail(email, 'magic-link').data.url,
			{ cookie: `better-auth.session_token=${planted}` });
	}, async (browser) => {
		await post('/email-otp/send-verification-otp', { email, type: 'sign-in' });
		return browser.post(`${AUTH}/sign-in/email-otp`,
			{ email, otp: lastMail(email, 'email-otp').data.code },
			{ cookie: `better-auth.session_token=${planted}` });
	}]) {
		const browser = new Browser();
		await enter(browser);
		const given = decodeURIComponent(
			browser.jar.cookies.get('better-auth.session_token')).split('.')[0];
		assert.equal(given.length, 32);
		assert.ok(![token, planted].includes(given));
	}
	assert.equal(sql("SELECT count(*) FROM identity.session WHERE token_hash = sha256($1)",
		planted)[0][0], '0');
});

test('security 70: the logs contain no link, code or password', async () => {
	const { browser, email } = await signUp();
	const secrets = ['never to be logged, either'];
	const token = await resetToken(email);
	await browser.get(`${AUTH}/reset-password/${token}?callbackURL=/x`);
	await post('/reset-password', { newPassword: secrets[0], token });
	await post('/sign-in/magic-link', { email });
	const link = lastMail(email, 'magic-link').data.url;
	await follow(browser, link);
	await post('/email-otp/send-verification-otp', { email, type: 'sign-in' });
	const { code } = lastMail(email, 'email-otp').data;
	await post('/sign-in/email-otp', { email, otp: code });
	await browser.post(`${AUTH}/delete-user`);
	const end = lastMail(email, 'delete-account').data.url;
	await follow(new Browser(), end);
	const jwt = await click({ email: address(), userId: 'x' });
	assert.equal(jwt.status, 401);
	secrets.push(token, query(link).token, query(end).token, ` ${code}`, `"${code}"`, 'eyJ');
	await new Promise((r) => setTimeout(r, 1200)); // nginx buffers its log
	const logs = ['workers', 'nginx-access', 'nginx-error'].map((name) =>
		readFileSync(`${process.env.STACK}/log/${name}.log`, 'utf8')).join('\n');
	for (const secret of secrets)
		assert.ok(!logs.includes(secret), secret);
	assert.match(logs, /\/api\/auth\/reset-password\/-/);
});

test('security 70: the database stores no usable secret', async () => {
	const { email } = await signUp();
	const token = await resetToken(email);
	await post('/sign-in/magic-link', { email });
	await post('/email-otp/send-verification-otp', { email, type: 'sign-in' });
	const { code } = lastMail(email, 'email-otp').data;
	const rows = JSON.stringify(sql('SELECT * FROM identity.verification'));
	for (const secret of [token, query(lastMail(email, 'magic-link').data.url).token,
		`"${code}`, ` ${code}`, `:${code}`])
		assert.ok(!rows.includes(secret), secret);
});

test('security 72: input cannot inject headers into a response or an email', async () => {
	const { email, id } = await signUp();
	for (const [path, callback] of [['/verify-email?token=x', '/caf\u00e9 now'],
		['/magic-link/verify?token=x', '/caf\u00e9 now'],
		['/reset-password/x?', '/caf\u00e9 now']]) {
		const rs = await send('GET', `${AUTH}${path}&callbackURL=${encodeURIComponent(callback)}`);
		assert.equal(rs.status, 302, path);
		assert.match(rs.headers.location, /\/caf%C3%A9%20now\?error=INVALID_TOKEN$/);
	}
	for (const name of ['a\r\nBcc: x@evil.test', 'a\nb'])
		await post('/sign-in/magic-link', { email: address(), name });
	assert.deepEqual(user(id), [email, 'f']);
	assert.equal(sql("SELECT count(*) FROM ops.mail WHERE recipient ~ '[[:cntrl:]]'")[0][0], '0');
});

test('security 73: a huge password is refused before hashing', async () => {
	const { browser, email } = await signUp();
	const token = await resetToken(email);
	const huge = 'x'.repeat(500000);
	assert.equal((await post('/reset-password', { newPassword: huge, token })).json.code,
		'PASSWORD_TOO_LONG');
	assert.equal((await post('/email-otp/reset-password',
		{ email, otp: '123456', password: huge })).json.code, 'PASSWORD_TOO_LONG');
	assert.equal((await browser.post(`${AUTH}/delete-user`, { password: huge })).json.code,
		'PASSWORD_TOO_LONG');
	assert.equal((await browser.post(`${AUTH}/verify-password`, { password: huge })).json.code,
		'INVALID_PASSWORD');
	assert.deepEqual((await post('/reset-password',
		{ newPassword: 'brand new password', token })).json, { status: true });

	const other = await signUp();
	async function quickest(password) {
		let least = Infinity;
		for (let i = 0; i < 5; i++) {
			const start = performance.now();
			await other.browser.post(`${AUTH}/verify-password`, { password });
			least = Math.min(least, performance.now() - start);
		}
		return least;
	}
	assert.ok(await quickest('x'.repeat(129)) < await quickest('wrong-wrong') / 2);
});
