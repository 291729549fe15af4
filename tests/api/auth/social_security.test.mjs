// stack: http_proxy=http://127.0.0.1:1 ALL_PROXY=http://127.0.0.1:1 SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_PRIVATE_PROVIDERS=on TENANTRY_PROVIDERS=plain,twin,bad,oidc TENANTRY_PROVIDER_PLAIN_AUTHORIZATION_URL=%IDP%/authorize TENANTRY_PROVIDER_PLAIN_TOKEN_URL=%IDP%/token TENANTRY_PROVIDER_PLAIN_USERINFO_URL=%IDP%/userinfo TENANTRY_PROVIDER_PLAIN_CLIENT_ID=plain-client TENANTRY_PROVIDER_PLAIN_CLIENT_SECRET=plain-secret TENANTRY_PROVIDER_TWIN_AUTHORIZATION_URL=%IDP%/authorize TENANTRY_PROVIDER_TWIN_TOKEN_URL=%IDP%/token TENANTRY_PROVIDER_TWIN_USERINFO_URL=%IDP%/userinfo TENANTRY_PROVIDER_TWIN_CLIENT_ID=twin-client TENANTRY_PROVIDER_BAD_ISSUER=%IDP%/bad TENANTRY_PROVIDER_BAD_CLIENT_ID=bad-client TENANTRY_PROVIDER_OIDC_ISSUER=%IDP% TENANTRY_PROVIDER_OIDC_CLIENT_ID=oidc-client TENANTRY_PROVIDER_OIDC_CLIENT_SECRET=oidc-secret
// Known weaknesses of social sign-in.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { after, test } from 'node:test';
import { dump, sql } from '../lib/database.mjs';
import { IDP, codeOf, comeBack, newcomer, session, setOut, setOutToLink, someone,
	start, travel } from '../lib/flows.mjs';
import { BASE, Browser, send } from '../lib/http.mjs';
import { Provider } from '../../lib/idp.mjs';
import { authClient, signUp } from '../lib/people.mjs';

const provider = new Provider();
await provider.start();
after(() => provider.stop());

const verify = (email) => sql(`UPDATE identity."user" SET email_verified = true
	WHERE email = $1`, email);
const users = (email) => sql(`SELECT id FROM identity."user" WHERE email = $1`,
	email.toLowerCase());
const accounts = (sub) => sql(`SELECT user_id FROM identity.account
	WHERE account_id = $1`, sub);
const json = (rs, body) => rs.writeHead(200, { 'content-type': 'application/json' })
	.end(JSON.stringify(body));

test('security 1: a userId next to the account id is ignored', async () => {
	const a = await newcomer('plain'), b = await newcomer('plain');
	await travel(b.browser, 'twin', b.profile);
	const [[id]] = sql(`SELECT id FROM identity.account WHERE user_id = $1`,
		a.user.id);
	for (const path of ['get-access-token', 'refresh-token']) {
		const rs = await b.browser.post(`/api/auth/${path}`,
			{ accountId: id, userId: a.user.id });
		assert.equal(rs.status, 400);
		assert.equal(rs.json.code, 'ACCOUNT_NOT_FOUND');
		const alone = await send('POST', `/api/auth/${path}`,
			{ body: { accountId: id, userId: a.user.id } });
		assert.equal(alone.status, 401);
		assert.equal(alone.text, '');
	}
	const query = `accountId=${id}&userId=${a.user.id}`;
	assert.equal((await b.browser.get(`/api/auth/account-info?${query}`)).json.code,
		'ACCOUNT_NOT_FOUND');
	assert.equal((await send('GET', `/api/auth/account-info?${query}`)).status, 401);
	assert.equal((await b.browser.post('/api/auth/unlink-account',
		{ accountId: id, userId: a.user.id })).json.code, 'ACCOUNT_NOT_FOUND');
	assert.equal(accounts(a.profile.sub).length, 1);
});

test('security 2: an earlier sign-up with a user\'s address does not give access to the user\'s account', async () => {
	const { email, id } = await signUp();
	for (const name of ['plain', 'oidc']) {
		const profile = someone({ email });
		const browser = new Browser();
		assert.equal(await travel(browser, name, profile),
			'/oops?error=account_not_linked');
		assert.equal(await session(browser), null);
		assert.equal(accounts(profile.sub).length, 0);
	}
	/* an address that the provider has not verified does not link the account either */
	verify(email);
	assert.equal(await travel(new Browser(), 'plain',
		someone({ email, email_verified: false })), '/oops?error=account_not_linked');
	assert.equal(await travel(new Browser(), 'plain', someone({ email })), '/dash');
	assert.deepEqual(users(email), [[id]]);
});

test('security 3: the same subject at two providers is two users', async () => {
	const sub = `same-${process.pid}`;
	const a = await newcomer('plain', { sub });
	const b = await newcomer('twin', { sub });
	assert.notEqual(a.user.id, b.user.id);
	assert.deepEqual(accounts(sub).flat().sort(), [a.user.id, b.user.id].sort());
});

test('security 4: invalid subjects such as undefined are refused', async () => {
	for (const sub of [undefined, null, '', 'undefined', 'null', {}, [], true,
		'x'.repeat(256)]) {
		const profile = someone({ sub });
		const browser = new Browser();
		assert.equal(await travel(browser, 'plain', profile),
			'/oops?error=unable_to_get_user_info', String(sub));
		assert.equal(await session(browser), null);
		assert.equal(users(profile.email).length, 0);
	}
	assert.equal(sql(`SELECT id FROM identity.account WHERE account_id IN
		('', 'undefined', 'null', '{}', '[object Object]')`).length, 0);
});

test('security 13, A39: a state works once, even with concurrent callbacks', async () => {
	const browser = new Browser();
	const profile = someone();
	const asked = await setOut(browser, 'plain');
	const cookie = browser.jar.header();
	const exchanged = provider.count('/token');
	const all = await Promise.all(Array.from({ length: 20 }, () =>
		send('GET', `/api/auth/callback/plain?${new URLSearchParams(
			{ code: codeOf(profile, asked), state: asked.state })}`,
		{ headers: { cookie } })));
	const led = all.map((rs) => rs.headers.location);
	assert.equal(led.filter((l) => l === '/welcome').length, 1);
	assert.equal(led.filter((l) => l ===
		`${BASE}/api/auth/error?error=state_mismatch`).length, 19);
	assert.equal(provider.count('/token'), exchanged + 1);
	assert.equal(sql(`SELECT id FROM identity.session WHERE user_id = $1`,
		users(profile.email)[0][0]).length, 1);
});

test('security 13: twenty concurrent first sign-ins create one user', async () => {
	const profile = someone();
	const ways = await Promise.all(Array.from({ length: 20 }, async (_, i) => {
		const browser = new Browser();
		const name = i % 2 ? 'plain' : 'twin';
		return { browser, name, asked: await setOut(browser, name) };
	}));
	const all = await Promise.all(ways.map(({ browser, name, asked }) =>
		comeBack(browser, name,
			{ code: codeOf(profile, asked), state: asked.state })));
	const led = all.map((rs) => rs.headers.location).sort();
	assert.deepEqual(led, [...Array(19).fill('/dash'), '/welcome']);
	assert.equal(users(profile.email).length, 1);
	assert.equal(accounts(profile.sub).length, 2);
});

test('security 27: the callback must come from the browser that started', async () => {
	const victim = new Browser(), attacker = new Browser();
	const profile = someone();
	const asked = await setOut(attacker, 'plain');
	const query = { code: codeOf(profile, asked), state: asked.state };
	const mine = await setOut(victim, 'plain');
	assert.notEqual(mine.state, asked.state);
	for (const browser of [new Browser(), victim]) {
		const rs = await comeBack(browser, 'plain', query);
		assert.equal(rs.headers.location, '/oops?error=state_mismatch');
		assert.equal(rs.cookies.length, 0);
		assert.equal(await session(browser), null);
	}
	/* a cookie that contains the state is refused if this server has not signed it */
	const forged = await send('GET', `/api/auth/callback/plain?${
		new URLSearchParams(query)}`, { headers: {
		cookie: `better-auth.state=${asked.state}.${'A'.repeat(43)}%3D` } });
	assert.equal(forged.headers.location, '/oops?error=state_mismatch');
	assert.equal(users(profile.email).length, 0);
	/* the victim's own sign-in still works */
	assert.equal((await comeBack(victim, 'plain', { code: codeOf(someone(), mine),
		state: mine.state })).headers.location, '/welcome');
});

test('security 28, A40: a state of one provider is refused at another', async () => {
	for (const [from, to] of [['plain', 'twin'], ['plain', 'oidc'],
		['oidc', 'plain']]) {
		const browser = new Browser();
		const profile = someone();
		const asked = await setOut(browser, from);
		const seen = provider.asked.length;
		const rs = await comeBack(browser, to,
			{ code: codeOf(profile, asked), state: asked.state });
		assert.equal(rs.headers.location, '/oops?error=state_mismatch');
		assert.equal(provider.asked.length, seen, 'the code was sent to a provider');
		assert.equal(await session(browser), null);
		assert.equal(users(profile.email).length, 0);
	}
});

const BROKEN = {
	'of another issuer': { issuer: IDP },
	'without an issuer': { issuer: undefined },
	'without keys': { jwks_uri: undefined },
	'without a token endpoint': { token_endpoint: undefined },
	'without an authorization endpoint': { authorization_endpoint: undefined },
	'with a file': { jwks_uri: 'file:///etc/passwd' },
	'with a gopher': { token_endpoint: 'gopher://127.0.0.1/x' },
	'with a line break': { token_endpoint: `${IDP}/token\r\nX-A: b` },
};

test('security 29: an invalid issuer creates no session', async () => {
	const client = authClient(new Browser());
	const ask = async () => (await client.signIn.social(
		{ provider: 'bad', ...start, disableRedirect: true })).error;
	const path = '/bad/.well-known/openid-configuration';
	for (const [what, changes] of Object.entries(BROKEN)) {
		provider.odd[path] = (rq, rs) => json(rs, { ...provider.discovery(),
			issuer: `${IDP}/bad`, ...changes });
		assert.equal((await ask())?.code, 'INVALID_OAUTH_CONFIGURATION', what);
	}
	for (const answer of [(rq, rs) => rs.writeHead(200).end('no JSON'),
		(rq, rs) => rs.writeHead(200).end('[]'),
		(rq, rs) => rs.writeHead(500).end('{}'),
		(rq, rs) => rs.writeHead(204).end(),
		(rq, rs) => rs.destroy()]) {
		provider.odd[path] = answer;
		const error = await ask();
		assert.ok([400, 503].includes(error?.status), JSON.stringify(error));
	}
	provider.odd[path] = (rq, rs) => rs.writeHead(200).end('null');
	const token = provider.idToken(someone(), { iss: `${IDP}/bad`, aud: 'bad-client' });
	const { error } = await client.signIn.social(
		{ provider: 'bad', idToken: { token } });
	assert.equal(error.code, 'INVALID_TOKEN');
	/* the discovery document becomes invalid between the start and the callback */
	provider.odd[path] = (rq, rs) => json(rs, { ...provider.discovery(),
		issuer: `${IDP}/bad` });
	const browser = new Browser();
	const asked = await setOut(browser, 'bad');
	provider.odd[path] = (rq, rs) => json(rs, provider.discovery());
	process.kill(Number(process.env.WORKERS), 'SIGHUP');
	await new Promise((r) => setTimeout(r, 1000));
	const rs = await comeBack(browser, 'bad',
		{ code: codeOf(someone(), asked), state: asked.state });
	assert.equal(rs.headers.location, '/oops?error=internal_server_error');
	assert.equal(await session(browser), null);
	delete provider.odd[path];
});

test('security 32: additionalData does not change the sign-in', async () => {
	const { browser, id } = await signUp();
	const traveller = new Browser();
	const profile = someone();
	const additionalData = {
		callbackURL: 'https://evil.test', callback_url: 'https://evil.test',
		errorURL: 'https://evil.test', new_user_url: 'https://evil.test',
		link: { userId: id, email: 'x@y.zz' }, user: id, session: 'x',
		expiresAt: 1, codeVerifier: 'v', verifier: 'v', provider: 'twin' };
	for (const end of ['/welcome', '/dash'])
		assert.equal(await travel(traveller, 'plain', profile, { additionalData }),
			end);
	assert.notEqual((await session(traveller)).user.id, id);
	assert.notEqual(provider.last('/token').form.code_verifier, 'v');
	assert.equal((await authClient(browser).listAccounts()).data.length, 1);
});

test('security 33: reserved parameters of the authorization URL cannot be set', async () => {
	for (const name of ['state', 'client_id', 'redirect_uri', 'response_type',
		'code_challenge', 'code_challenge_method', 'nonce', 'scope']) {
		const rs = await new Browser().post('/api/auth/sign-in/social',
			{ provider: 'plain', additionalParams: { [name]: 'x' } });
		assert.equal(rs.status, 400, name);
		assert.equal(rs.json.code, 'VALIDATION_ERROR');
	}
	assert.equal((await new Browser().post('/api/auth/sign-in/social',
		{ provider: 'plain', additionalParams: { a: 1 } })).status, 400);
	const { url } = await setOut(new Browser(), 'plain',
		{ additionalParams: { 'a&state': 'x&client_id=evil' } });
	assert.equal(url.searchParams.getAll('state').length, 1);
	assert.deepEqual(url.searchParams.getAll('client_id'), ['plain-client']);
});

test('security 34: an ended session links nothing', async () => {
	const ends = {
		revoked: ({ browser }) => browser.post('/api/auth/revoke-sessions', {}),
		'signed out': ({ browser }) => browser.post('/api/auth/sign-out', {}),
		expired: ({ id }) => sql(`UPDATE identity.session
			SET expires_at = now() WHERE user_id = $1`, id),
	};
	for (const [what, end] of Object.entries(ends)) {
		const who = await signUp();
		const profile = someone({ email: who.email });
		const asked = await setOutToLink(who.browser, 'plain');
		const state = who.browser.jar.cookies.get('better-auth.state');
		await end(who);
		who.browser.jar.cookies.set('better-auth.state', state);
		const rs = await comeBack(who.browser, 'plain',
			{ code: codeOf(profile, asked), state: asked.state });
		// Revoking all sessions also ends the state of the link.
		assert.equal(rs.headers.location, what === 'revoked'
			? `${BASE}/api/auth/error?error=state_mismatch`
			: '/oops?error=unable_to_link_account', what);
		assert.equal(accounts(profile.sub).length, 0);
	}
});

test('security 35: the text "false" does not count as true', async () => {
	for (const said of ['false', 'False', '', '0', 0, null, 'yes', 1, [], {}]) {
		const { user } = await newcomer('plain', { email_verified: said });
		assert.equal(user.emailVerified, false, JSON.stringify(said));
	}
	assert.equal((await newcomer('plain', { email_verified: 'true' }))
		.user.emailVerified, true);
	const { email } = await signUp();
	verify(email);
	assert.equal(await travel(new Browser(), 'plain',
		someone({ email, email_verified: 'false' })), '/oops?error=account_not_linked');
});

test('security 36: a profile sets no internal fields', async () => {
	for (const name of ['plain', 'oidc']) {
		const { user } = await newcomer(name, { role: 'admin', banned: true,
			banReason: 'x', twoFactorEnabled: true, createdAt: '2000-01-01',
			email_verified: false, emailVerified: true });
		assert.equal(user.role, 'user');
		assert.equal(user.banned, false);
		assert.equal(user.banReason, null);
		assert.equal(user.twoFactorEnabled, false);
		assert.equal(user.emailVerified, false);
		assert.ok(new Date(user.createdAt) > new Date(Date.now() - 60e3));
	}
});

test('security 37: a revoked session gets no provider tokens', async () => {
	const { browser, user } = await newcomer('plain');
	const [[id]] = sql(`SELECT id FROM identity.account WHERE user_id = $1`, user.id);
	const ask = async () => [
		await browser.post('/api/auth/get-access-token', { accountId: id }),
		await browser.post('/api/auth/refresh-token', { accountId: id }),
		await browser.get(`/api/auth/account-info?accountId=${id}`)];
	for (const rs of await ask())
		assert.equal(rs.status, 200, rs.text);
	sql(`DELETE FROM identity.session WHERE user_id = $1`, user.id);
	browser.jar.cookies.set('better-auth.session_data', 'eyJzZXNzaW9uIjp7fX0');
	for (const rs of await ask()) {
		assert.equal(rs.status, 401);
		assert.equal(rs.text, '');
	}
});

test('security 69: requests use no proxy, follow no redirect, and have size and time limits', async () => {
	const way = async () => {
		const began = Date.now();
		const led = await travel(new Browser(), 'plain', someone());
		return { led, ms: Date.now() - began };
	};
	let sent = 0;
	const endless = (rq, rs) => {
		rs.writeHead(200, { 'content-type': 'application/json' });
		rs.write('{"access_token":"');
		const more = () => {
			do
				sent += 1 << 16;
			while (rs.write('x'.repeat(1 << 16)));
		};
		rs.on('drain', more);
		more();
	};
	const drip = (rq, rs) => {
		rs.writeHead(200, { 'content-type': 'application/json' });
		const timer = setInterval(() => rs.write(' '), 200);
		rs.on('close', () => clearInterval(timer));
	};
	for (const status of [301, 302, 303, 307, 308]) {
		provider.odd['/token'] = (rq, rs) =>
			rs.writeHead(status, { location: `${IDP}/inside` }).end('{}');
		assert.equal((await way()).led, '/oops?error=invalid_code');
	}
	assert.equal(provider.count('/inside'), 0);
	provider.odd['/token'] = endless;
	const big = await way();
	assert.equal(big.led, '/oops?error=invalid_code');
	assert.ok(sent < 32 << 20, `${sent} bytes were taken`);
	provider.odd['/token'] = (rq, rs) => rs.socket.write(
		`HTTP/1.1 200 OK\r\n${'X-A: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n'.repeat(4000)}`);
	const tall = await way();
	assert.equal(tall.led, '/oops?error=invalid_code');
	provider.odd['/token'] = drip;
	const slow = await way();
	assert.equal(slow.led, '/oops?error=invalid_code');
	assert.ok(slow.ms > 3000 && slow.ms < 25000, `${slow.ms} ms`);
	assert.ok(tall.ms < slow.ms, `too many headers were not refused but waited for: ${tall.ms} ms`);
	delete provider.odd['/token'];
	provider.odd['/userinfo'] = (rq, rs) =>
		rs.writeHead(302, { location: `${IDP}/inside` }).end('{}');
	assert.equal((await way()).led, '/oops?error=unable_to_get_user_info');
	assert.equal(provider.count('/inside'), 0);
	delete provider.odd['/userinfo'];
});

test('security 72: line breaks in input reach no header', async () => {
	const evil = 'x\r\nSet-Cookie: a=b\r\n\r\nhello';
	for (const name of ['callbackURL', 'errorCallbackURL', 'newUserCallbackURL'])
		assert.equal((await new Browser().post('/api/auth/sign-in/social',
			{ provider: 'plain', [name]: `/${evil}` })).status, 403);
	const browser = new Browser();
	const { state } = await setOut(browser, 'plain',
		{ errorCallbackURL: '/ö?q=ü&r="<' });
	const rs = await comeBack(browser, 'plain',
		{ error: evil, error_description: `${evil} ö`, state });
	assert.equal(rs.status, 302);
	assert.equal(rs.cookies.length, 1);
	assert.match(rs.headers.location, /^\/%C3%B6\?q=%C3%BC&r="<&error=x%0D%0ASet-/);
	assert.match(rs.headers.location, /%C3%B6$/);
	const asked = await setOut(new Browser(), 'plain',
		{ loginHint: evil, scopes: [evil], additionalParams: { [evil]: evil } });
	assert.equal(asked.login_hint, evil);
	/* an access token is also sent in a header */
	provider.extra = () => ({ access_token: 'at-x\r\nX-Evil: 1' });
	assert.equal(await travel(new Browser(), 'plain', someone()),
		'/oops?error=invalid_code');
	provider.extra = undefined;
});

test('callback URLs on other sites are refused', async () => {
	for (const name of ['callbackURL', 'errorCallbackURL', 'newUserCallbackURL'])
		for (const url of ['https://evil.test', '//evil.test', '/\\evil.test',
			'javascript:alert(1)', '/%5cevil.test'])
			for (const path of ['sign-in/social', 'link-social'])
				assert.equal((await new Browser().post(`/api/auth/${path}`,
					{ provider: 'plain', [name]: url })).status, 403);
});

test('stored secrets are encrypted or hashed, and the logs contain none', async () => {
	const { browser, user } = await newcomer('oidc');
	const asked = await setOut(browser, 'plain');
	const token = provider.last('/token').form;
	const text = dump();
	const [[sealed]] = sql(`SELECT id_token FROM identity.account
		WHERE user_id = $1`, user.id);
	assert.match(sealed, /^[0-9a-f]{200,}$/);
	const secrets = ['at-ey', 'rt-1', token.code, token.code_verifier,
		asked.state, asked.code_challenge];
	for (const secret of secrets)
		assert.equal(text.includes(secret), false, secret.slice(0, 8));
	const folder = `${process.env.STACK}/log`;
	const logs = readdirSync(folder)
		.map((name) => readFileSync(`${folder}/${name}`, 'utf8')).join('');
	assert.match(logs, /api\/auth\/callback\/oidc/);
	for (const secret of [...secrets, 'plain-secret', 'oidc-secret'])
		assert.equal(logs.includes(secret), false, secret.slice(0, 8));
});
