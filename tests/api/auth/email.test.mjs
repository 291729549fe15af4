// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_DELETE_USER=on TENANTRY_TRUSTED_ORIGINS=https://app.trusted.test
// Verification, changes and deletion by email, with the real client. Each test follows the emailed links and enters the
// emailed codes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emailClient, follow, query } from '../lib/email.mjs';
import { sql } from '../lib/database.mjs';
import { BASE, Browser, send } from '../lib/http.mjs';
import { lastMail, mails } from '../../lib/mail.mjs';
import { PASSWORD, address, signIn, signUp } from '../lib/people.mjs';

const verified = (id) => sql(
	'SELECT email_verified FROM identity."user" WHERE id = $1', id)[0][0] === 't';
const whoami = async (browser) =>
	(await browser.get('/api/auth/get-session')).json?.user ?? null;

await signUp();

test('an emailed link verifies an address, and may be followed twice', async () => {
	const { browser, email, id } = await signUp();
	const auth = emailClient(browser);
	const sent = await auth.sendVerificationEmail({ email, callbackURL: '/welcome' });
	assert.deepEqual(sent.data, { status: true });
	const { url } = lastMail(email, 'verify-email').data;
	assert.match(url, new RegExp(`^${BASE}/api/auth/verify-email/confirm`
		+ '\\?token=eyJhbGciOiJIUzI1NiJ9\\.[\\w-]+\\.[\\w-]{43}&callbackURL=%2Fwelcome$'));
	const claims = JSON.parse(Buffer.from(query(url).token.split('.')[1], 'base64url'));
	assert.deepEqual(Object.keys(claims), ['email', 'userId', 'iat', 'exp']);
	assert.equal(claims.email, email);
	assert.equal(claims.userId, id);
	assert.equal(claims.exp, claims.iat + 3600);
	// Opening the link does nothing, because programs that scan mail also open links.
	for (const accept of ['text/html', '*/*', ''])
		for (const who of [new Browser(), browser]) {
			const page = await who.get(url.slice(BASE.length), { accept });
			assert.match(page.text, /<form method="post"/);
			assert.ok(page.text.includes(email));
			assert.deepEqual(page.cookies, []);
		}
	assert.match((await browser.get(url.slice(BASE.length).replace('/confirm?', '?'), { accept: 'text/html' })).text, /<form method="post"/);
	assert.equal(verified(id), false);
	const token = browser.jar.cookies.get('better-auth.session_token');
	for (const first of [true, false]) {
		const rs = await follow(browser, url);
		assert.equal(rs.status, 302);
		assert.equal(rs.headers.location, '/welcome');
		assert.equal(rs.cookies.length, first ? 1 : 0);
		assert.ok(verified(id));
	}
	// The user's session is now verified, but a copy of its old token is not.
	assert.notEqual(browser.jar.cookies.get('better-auth.session_token'), token);
	assert.equal((await send('GET', '/api/auth/get-session', { headers: { cookie: `better-auth.session_token=${token}` } })).json, null);
	assert.equal((await whoami(browser)).id, id);
	await signIn(email);
	const json = await auth.verifyEmail({ query: { token: query(url).token } });
	assert.deepEqual(json.data, { status: true, user: null });
	const again = await auth.sendVerificationEmail({ email });
	assert.equal(again.error.code, 'EMAIL_ALREADY_VERIFIED');
	const other = await auth.sendVerificationEmail({ email: address() });
	assert.equal(other.error.code, 'EMAIL_MISMATCH');
});

test('an emailed link resets the password and ends all sessions', async () => {
	const { browser, email, id } = await signUp();
	const stranger = new Browser();
	const auth = emailClient(stranger);
	const asked = await auth.requestPasswordReset({ email, redirectTo: '/reset?a=1' });
	assert.match(asked.data.message, /^If this email exists/);
	const { url } = lastMail(email, 'reset-password').data;
	assert.match(url, new RegExp(`^${BASE}/api/auth/reset-password/[A-Za-z0-9]{24}`
		+ '\\?callbackURL=%2Freset%3Fa%3D1$'));
	const rs = await follow(stranger, url);
	const { token } = query(rs.headers.location);
	assert.equal(rs.headers.location, `${BASE}/reset?a=1&token=${token}`);
	const short = await auth.resetPassword({ newPassword: 'short', token });
	assert.equal(short.error.code, 'PASSWORD_TOO_SHORT');
	const done = await auth.resetPassword({ newPassword: 'brand new password', token });
	assert.deepEqual(done.data, { status: true });
	assert.equal(await whoami(browser), null);
	assert.ok(verified(id));
	await signIn(email, 'brand new password');
	assert.equal((await send('POST', '/api/auth/sign-in/email',
		{ body: { email, password: PASSWORD } })).status, 401);
	const twice = await auth.resetPassword({ newPassword: 'another password', token });
	assert.equal(twice.error.code, 'INVALID_TOKEN');
	assert.equal(twice.error.status, 400);
	assert.equal((await follow(stranger, url)).headers.location,
		`${BASE}/reset?a=1&error=INVALID_TOKEN`);
	assert.ok(lastMail(email, 'password-changed'));
});

test('a reset voids earlier reset links', async () => {
	const { email } = await signUp();
	const auth = emailClient(new Browser());
	const tokens = [];
	for (let i = 0; i < 2; i++) {
		await auth.requestPasswordReset({ email });
		tokens.push(lastMail(email, 'reset-password').data.url
			.match(/reset-password\/(\w+)/)[1]);
	}
	assert.deepEqual((await auth.resetPassword(
		{ newPassword: 'the first one', token: tokens[0] })).data, { status: true });
	assert.equal((await auth.resetPassword(
		{ newPassword: 'the second one', token: tokens[1] })).error.code, 'INVALID_TOKEN');
});

test('a reset sets a password for an account without one', async () => {
	const { email, id } = await signUp();
	sql('DELETE FROM identity.account WHERE user_id = $1', id);
	const auth = emailClient(new Browser());
	await auth.requestPasswordReset({ email });
	const token = lastMail(email, 'reset-password').data.url
		.match(/reset-password\/(\w+)/)[1];
	assert.deepEqual((await auth.resetPassword(
		{ newPassword: 'my first password', token })).data, { status: true });
	await signIn(email, 'my first password');
	assert.deepEqual(sql('SELECT provider_id, account_id FROM identity.account'
		+ ' WHERE user_id = $1', id), [['credential', id]]);
});

test('changing a verified address needs a link to the old address and a link to the new address', async () => {
	const { browser, email, id } = await signUp();
	sql('UPDATE identity."user" SET email_verified = true WHERE id = $1', id);
	const auth = emailClient(browser);
	const next = address('next');
	assert.deepEqual((await auth.changeEmail(
		{ newEmail: next.toUpperCase(), callbackURL: '/settings' })).data, { status: true });
	assert.deepEqual(mails(next), []);
	const first = lastMail(email, 'change-email').data;
	assert.equal(first.newEmail, next);
	let rs = await follow(browser, first.url);
	assert.deepEqual([rs.status, rs.headers.location, rs.cookies], [302, '/settings', []]);
	assert.equal((await whoami(browser)).email, email);
	rs = await follow(browser, lastMail(next, 'new-address').data.url);
	assert.deepEqual([rs.status, rs.headers.location], [302, '/settings']);
	assert.equal(rs.cookies.length, 1);
	const me = await whoami(browser);
	assert.equal(me.email, next);
	assert.equal(me.emailVerified, true);
	assert.equal(lastMail(email, 'email-changed').data.newEmail, next);
	await signIn(next);
	const json = await auth.verifyEmail({ query:
		{ token: query(lastMail(next, 'new-address').data.url).token } });
	assert.equal(json.error.code, 'INVALID_TOKEN');
});

test('changing an unverified address needs one link, and leaves it unverified', async () => {
	const { browser, email, id } = await signUp();
	const auth = emailClient(browser);
	const next = address('next');
	await auth.changeEmail({ newEmail: next });
	assert.deepEqual(mails(email), []);
	const { url } = lastMail(next, 'new-address').data;
	const done = await auth.verifyEmail({ query: { token: query(url).token } });
	assert.equal(done.data.status, true);
	assert.equal(done.data.user.email, next);
	assert.equal(done.data.user.emailVerified, false);
	assert.equal(verified(id), false);
	assert.equal((await auth.changeEmail({ newEmail: next })).error.message,
		'Email is the same');
});

test('changing to a taken address returns success and sends no email', async () => {
	const { browser } = await signUp();
	const other = await signUp();
	assert.deepEqual((await emailClient(browser).changeEmail(
		{ newEmail: other.email })).data, { status: true });
	assert.deepEqual(mails(other.email), []);
});

test('a change fails at the end if the address was taken in the meantime', async () => {
	const { browser } = await signUp();
	const next = address('next');
	await emailClient(browser).changeEmail({ newEmail: next, callbackURL: '/s' });
	const { url } = lastMail(next, 'new-address').data;
	await signUp({ email: next });
	const rs = await follow(browser, url);
	assert.equal(rs.headers.location, '/s?error=USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL');
});

test('a magic link signs in, and signs up', async () => {
	const { email, id } = await signUp();
	sql('UPDATE identity."user" SET email_verified = true WHERE id = $1', id);
	const browser = new Browser();
	const auth = emailClient(browser);
	assert.deepEqual((await auth.signIn.magicLink({ email, callbackURL: '/in',
		newUserCallbackURL: '/new', errorCallbackURL: '/oops' })).data, { status: true });
	const { url } = lastMail(email, 'magic-link').data;
	assert.match(url, new RegExp(`^${BASE}/api/auth/magic-link/confirm\\?token=\\w{32}`
		+ '&callbackURL=%2Fin&newUserCallbackURL=%2Fnew&errorCallbackURL=%2Foops$'));
	let rs = await follow(browser, url);
	assert.deepEqual([rs.status, rs.headers.location], [302, `${BASE}/in`]);
	assert.equal((await whoami(browser)).id, id);
	await signIn(email);
	rs = await follow(new Browser(), url);
	assert.equal(rs.headers.location, `${BASE}/oops?error=INVALID_TOKEN`);
	assert.deepEqual(rs.cookies, []);

	const newcomer = address('newcomer');
	const fresh = new Browser();
	await emailClient(fresh).signIn.magicLink({ email: newcomer, name: 'New Comer',
		newUserCallbackURL: '/new' });
	rs = await follow(fresh, lastMail(newcomer, 'magic-link').data.url);
	assert.equal(rs.headers.location, `${BASE}/new`);
	const me = await whoami(fresh);
	assert.deepEqual([me.email, me.name, me.emailVerified], [newcomer, 'New Comer', true]);
});

test('opening a magic link without pressing the button of its page does not use it up', async () => {
	const { email, id } = await signUp();
	sql('UPDATE identity."user" SET email_verified = true WHERE id = $1', id);
	await emailClient(new Browser()).signIn.magicLink({ email, callbackURL: '/in?a=%22<b>' });
	const { url } = lastMail(email, 'magic-link').data;
	const verify = url.replace('/confirm?', '/verify?');
	const browser = new Browser();
	// A scanner may send any Accept header, and a browser may open either address.
	for (const [link, accept] of [[url, undefined], [url, '*/*'], [url, 'text/html'],
		[verify, 'text/html,application/xhtml+xml,*/*;q=0.8']]) {
		const page = await browser.get(link.slice(BASE.length), { accept });
		assert.deepEqual([page.status, page.headers['content-type'], page.cookies],
			[200, 'text/html; charset=utf-8', []]);
		assert.match(page.text, /<form method="post" action="verify\?[^"<>]+">\n<button>Sign in<\/button>/);
		assert.doesNotMatch(page.text, /<script|<b>/);
		assert.match(page.headers['content-security-policy'], /^default-src 'none'; style-src 'self'/);
		assert.doesNotMatch(page.headers['content-security-policy'], /form-action/);
	}
	const french = await browser.get(url.slice(BASE.length), { 'accept-language': 'fr' });
	assert.match(french.text, /<html lang="fr">[^]*<button>Se connecter</);
	const foreign = await send('POST', verify.slice(BASE.length),
		{ body: '', headers: { origin: 'https://evil.test' } });
	assert.equal(foreign.status, 403);
	assert.equal(sql('SELECT count(*) FROM identity.session WHERE user_id = $1', id)[0][0], '1');
	const rs = await follow(browser, url);
	assert.deepEqual([rs.status, rs.headers.location], [302, `${BASE}/in?a=%22<b>`]);
	assert.equal((await whoami(browser)).id, id);
});

// If the request named a page for errors or for the result, that page gets the code.
test('a used magic link is explained to browsers unless the request named a page for errors', async () => {
	const { email } = await signUp();
	const again = async (more, accept = 'text/html') => {
		await emailClient(new Browser()).signIn.magicLink({ email, ...more });
		const { url } = lastMail(email, 'magic-link').data;
		const verify = url.slice(BASE.length).replace('/confirm?', '/verify?');
		const post = () => new Browser().post(verify, undefined, { accept });
		assert.equal((await post()).status, 302);
		const rs = await post();
		return [rs.status, rs.headers.location ?? rs.text.match(/<h1>(.*)<\/h1>/)[1]];
	};
	assert.deepEqual(await again({}), [404, 'Link not valid']);
	assert.deepEqual(await again({}, '*/*'), [302, `${BASE}/?error=INVALID_TOKEN`]);
	assert.deepEqual(await again({ callbackURL: '/in' }), [302, `${BASE}/in?error=INVALID_TOKEN`]);
	assert.deepEqual(await again({ errorCallbackURL: '/oops' }), [302, `${BASE}/oops?error=INVALID_TOKEN`]);
});

test('a magic link without a callback URL returns JSON', async () => {
	const { email } = await signUp();
	const browser = new Browser();
	const auth = emailClient(browser);
	await auth.signIn.magicLink({ email });
	const { token } = query(lastMail(email, 'magic-link').data.url);
	const { data } = await auth.magicLink.verify({ query: { token } });
	assert.equal(data.user.email, email);
	assert.equal(data.session.token, data.token);
	assert.equal(data.session.userId, data.user.id);
	assert.equal((await whoami(browser)).email, email);
});

test('a code signs in, and signs up', async () => {
	const email = address('coder');
	const browser = new Browser();
	const auth = emailClient(browser);
	for (const name of ['Co Der', 'Another']) {
		assert.deepEqual((await auth.emailOtp.sendVerificationOtp(
			{ email, type: 'sign-in' })).data, { success: true });
		const { code } = lastMail(email, 'email-otp').data;
		assert.match(code, /^\d{6}$/);
		const { data } = await auth.signIn.emailOtp({ email: email.toUpperCase(),
			otp: code, name });
		assert.equal(data.user.name, 'Co Der');
		assert.equal(data.user.emailVerified, true);
		assert.equal((await whoami(browser)).email, email);
		assert.equal((await auth.signIn.emailOtp({ email, otp: code })).error.code,
			'INVALID_OTP');
	}
});

test('a code verifies an address, and can be checked without using it', async () => {
	const { browser, email, id } = await signUp();
	const auth = emailClient(browser);
	await auth.emailOtp.sendVerificationOtp({ email, type: 'email-verification' });
	const otp = lastMail(email, 'email-otp').data.code;
	for (let i = 0; i < 2; i++)
		assert.deepEqual((await auth.emailOtp.checkVerificationOtp(
			{ email, type: 'email-verification', otp })).data, { success: true });
	assert.equal((await auth.emailOtp.checkVerificationOtp(
		{ email, type: 'sign-in', otp })).error.code, 'INVALID_OTP');
	const { data } = await auth.emailOtp.verifyEmail({ email, otp });
	assert.deepEqual([data.status, data.token, data.user.emailVerified], [true, null, true]);
	assert.ok(verified(id));
	assert.equal((await whoami(browser)).id, id);
});

test('a code resets a password, through both route names', async () => {
	for (const ask of [(auth, email) => auth.emailOtp.requestPasswordReset({ email }),
		(auth, email) => auth.forgetPassword.emailOtp({ email })]) {
		const { browser, email } = await signUp();
		const auth = emailClient(new Browser());
		assert.deepEqual((await ask(auth, email)).data, { success: true });
		const otp = lastMail(email, 'email-otp').data.code;
		const set = (password) => auth.emailOtp.resetPassword({ email, otp, password });
		assert.equal((await set('short')).error.code, 'PASSWORD_TOO_SHORT');
		assert.deepEqual((await set('brand new password')).data, { success: true });
		assert.equal((await set('another password')).error.code, 'INVALID_OTP');
		assert.equal(await whoami(browser), null);
		await signIn(email, 'brand new password');
	}
});

test('three wrong attempts invalidate a code', async () => {
	const { email } = await signUp();
	const auth = emailClient(new Browser());
	await auth.emailOtp.sendVerificationOtp({ email, type: 'sign-in' });
	const otp = lastMail(email, 'email-otp').data.code;
	const wrong = String((Number(otp) + 1) % 1000000).padStart(6, '0');
	for (let i = 0; i < 3; i++)
		assert.equal((await auth.signIn.emailOtp({ email, otp: wrong })).error.code,
			'INVALID_OTP');
	const { error } = await auth.signIn.emailOtp({ email, otp });
	assert.deepEqual([error.status, error.code], [403, 'TOO_MANY_ATTEMPTS']);
	assert.equal((await auth.signIn.emailOtp({ email, otp })).error.code, 'INVALID_OTP');
});

test('a new code replaces the previous code, and codes expire', async () => {
	const { email } = await signUp();
	const auth = emailClient(new Browser());
	const codes = [];
	for (let i = 0; i < 2; i++) {
		await auth.emailOtp.sendVerificationOtp({ email, type: 'sign-in' });
		codes.push(lastMail(email, 'email-otp').data.code);
	}
	if (codes[0] !== codes[1])
		assert.equal((await auth.signIn.emailOtp({ email, otp: codes[0] })).error.code,
			'INVALID_OTP');
	sql("UPDATE identity.verification SET expires_at = now() WHERE identifier LIKE 'sign-in-otp:%'");
	assert.equal((await auth.signIn.emailOtp({ email, otp: codes[1] })).error.code,
		'OTP_EXPIRED');
});

test('requests for a code are validated', async () => {
	const post = (path, body) => send('POST', `/api/auth${path}`, { body });
	const refused = async (path, body) => (await post(path, body)).json;
	assert.equal((await refused('/email-otp/send-verification-otp',
		{ email: 'bad', type: 'sign-in' })).code, 'INVALID_EMAIL');
	assert.deepEqual(await refused('/email-otp/send-verification-otp',
		{ email: address(), type: 'change-email' }), { message: 'Invalid OTP type' });
	assert.match((await refused('/email-otp/send-verification-otp',
		{ email: address(), type: 'x' })).message, /^\[body.type\] Invalid option/);
	assert.equal((await post('/email-otp/request-email-change',
		{ newEmail: address() })).status, 404);
});

test('deleting an account requires the password or a session that is less than a day old', async () => {
	const one = await signUp();
	const auth = emailClient(one.browser);
	assert.equal((await auth.deleteUser({ password: 'wrong-wrong' })).error.code,
		'INVALID_PASSWORD');
	sql("UPDATE identity.session SET created_at = now() - interval '2 days'"
		+ ' WHERE user_id = $1', one.id);
	assert.equal((await auth.deleteUser({})).error.code, 'SESSION_EXPIRED');
	assert.deepEqual((await auth.deleteUser({ password: PASSWORD })).data,
		{ success: true, message: 'User deleted' });
	assert.equal(await whoami(one.browser), null);
	const two = await signUp();
	assert.deepEqual((await emailClient(two.browser).deleteUser({})).data,
		{ success: true, message: 'User deleted' });
	assert.equal((await send('GET', '/api/auth/get-session',
		{ headers: { authorization: `Bearer ${two.token}` } })).text, 'null');
});

test('verify-password checks the current password', async () => {
	const { browser } = await signUp();
	const tell = (password) => browser.post('/api/auth/verify-password', { password });
	assert.deepEqual((await tell(PASSWORD)).json, { status: true });
	assert.equal((await tell('wrong-wrong')).json.code, 'INVALID_PASSWORD');
	assert.equal((await tell('x'.repeat(129))).json.code, 'INVALID_PASSWORD');
	assert.equal((await send('POST', '/api/auth/verify-password',
		{ body: { password: PASSWORD } })).status, 401);
});

test('an email uses the request\'s language', async () => {
	const { email } = await signUp();
	for (const [header, language] of [['fr-CA,en;q=0.5', 'fr'], ['de', 'en']]) {
		await send('POST', '/api/auth/request-password-reset',
			{ body: { email }, headers: { 'accept-language': header } });
		assert.equal(lastMail(email, 'reset-password').language, language);
	}
});

test('a request that is repeated with the same key sends one email', async () => {
	const { email } = await signUp();
	const headers = { 'idempotency-key': `once-${process.pid}` };
	for (const [path, body] of [['request-password-reset', { email }],
		['send-verification-email', { email }], ['sign-in/magic-link', { email }],
		['email-otp/send-verification-otp', { email, type: 'sign-in' }]]) {
		const before = mails(email).length;
		for (let i = 0; i < 2; i++)
			assert.equal((await send('POST', `/api/auth/${path}`, { body,
				headers: { 'idempotency-key': headers['idempotency-key'] + path } })).status,
				200);
		assert.equal(mails(email).length, before + 1, path);
	}
});
