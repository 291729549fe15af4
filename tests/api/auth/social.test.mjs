// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_PRIVATE_PROVIDERS=on TENANTRY_PROVIDERS=plain,twin,corp,oidc TENANTRY_PROVIDER_PLAIN_AUTHORIZATION_URL=%IDP%/authorize?tenant=1 TENANTRY_PROVIDER_PLAIN_TOKEN_URL=%IDP%/token TENANTRY_PROVIDER_PLAIN_USERINFO_URL=%IDP%/userinfo TENANTRY_PROVIDER_PLAIN_CLIENT_ID=plain-client TENANTRY_PROVIDER_PLAIN_CLIENT_SECRET=plain-secret TENANTRY_PROVIDER_TWIN_AUTHORIZATION_URL=%IDP%/authorize TENANTRY_PROVIDER_TWIN_TOKEN_URL=%IDP%/token TENANTRY_PROVIDER_TWIN_USERINFO_URL=%IDP%/userinfo TENANTRY_PROVIDER_TWIN_CLIENT_ID=twin-client TENANTRY_PROVIDER_TWIN_SIGNUP=off TENANTRY_PROVIDER_CORP_AUTHORIZATION_URL=%IDP%/authorize TENANTRY_PROVIDER_CORP_TOKEN_URL=%IDP%/token TENANTRY_PROVIDER_CORP_USERINFO_URL=%IDP%/userinfo TENANTRY_PROVIDER_CORP_CLIENT_ID=corp-client TENANTRY_PROVIDER_CORP_TRUSTED=on TENANTRY_PROVIDER_CORP_LABEL=ACME TENANTRY_PROVIDER_OIDC_ISSUER=%IDP% TENANTRY_PROVIDER_OIDC_CLIENT_ID=oidc-client TENANTRY_PROVIDER_OIDC_CLIENT_SECRET=oidc-secret
// The stock client signs in through providers, links accounts and uses their
// tokens.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { sql } from '../lib/database.mjs';
import { IDP, codeOf, comeBack, newcomer, session, setOut, someone, travel,
	travelToLink } from '../lib/flows.mjs';
import { BASE, Browser, send } from '../lib/http.mjs';
import { Provider, challenge, jwt, newKey } from '../../lib/idp.mjs';
import { authClient, signUp } from '../lib/people.mjs';

const provider = new Provider();
await provider.start();
after(() => provider.stop());

const verify = (email) => sql(`UPDATE identity."user" SET email_verified = true
	WHERE email = $1`, email);

async function good(call) {
	const { data, error } = await call;
	assert.equal(error, null, JSON.stringify(error));
	return data;
}

async function bad(call) {
	const { data, error } = await call;
	assert.equal(data, null);
	return error;
}

test('the pages get the list of providers, and no secrets', async () => {
	const { json } = await send('GET', '/api/init_state');
	assert.deepEqual(json.providers, [{ id: 'plain', name: 'Plain', sign_up: true }, { id: 'twin', name: 'Twin', sign_up: false },
		{ id: 'corp', name: 'ACME', sign_up: true }, { id: 'oidc', name: 'Oidc', sign_up: true }]);
});

test('A38: a new user signs in, and later signs in again', async () => {
	const browser = new Browser();
	const profile = someone({ picture: 'https://img.test/s.png' });
	assert.equal(await travel(browser, 'plain', profile), '/welcome');
	const { user } = await session(browser);
	assert.equal(user.email, profile.email);
	assert.equal(user.emailVerified, true);
	assert.equal(user.name, 'So Cial');
	assert.equal(user.image, 'https://img.test/s.png');
	assert.deepEqual(sql(`SELECT method FROM identity.session
		WHERE user_id = $1`, user.id), [['oauth:plain']]);
	const again = new Browser();
	assert.equal(await travel(again, 'plain', { ...profile, name: 'Other Name' }),
		'/dash');
	assert.equal((await session(again)).user.id, user.id);
	assert.equal((await session(again)).user.name, 'So Cial');
});

test('the address is not case-sensitive', async () => {
	const { user, profile } = await newcomer('plain',
		{ email: `UPPER.${process.pid}@Example.Test` });
	assert.equal(user.email, profile.email.toLowerCase());
});

test('a missing name falls back to the address, an invalid picture to none', async () => {
	const { user, profile } = await newcomer('plain',
		{ name: undefined, picture: 'javascript:alert(1)' });
	assert.equal(user.name, profile.email.split('@')[0]);
	assert.equal(user.image, null);
});

test('a number is accepted as the subject', async () => {
	const { user } = await newcomer('plain', { sub: 4711000 + process.pid });
	assert.deepEqual(sql(`SELECT account_id FROM identity.account
		WHERE user_id = $1`, user.id), [[String(4711000 + process.pid)]]);
});

test('the authorization URL has the expected parameters', async () => {
	const asked = await setOut(new Browser(), 'plain', { scopes: ['calendar'],
		loginHint: 'a b@c.de', additionalParams: { prompt: 'login' } });
	assert.equal(asked.redirect, false);
	assert.equal(asked.url.href.split('?')[0], `${IDP}/authorize`);
	assert.deepEqual([...asked.url.searchParams.keys()], ['tenant',
		'response_type', 'client_id', 'state', 'scope', 'redirect_uri',
		'login_hint', 'code_challenge_method', 'code_challenge', 'prompt']);
	assert.equal(asked.scope, 'calendar');
	assert.equal(asked.redirect_uri, `${BASE}/api/auth/callback/plain`);
	assert.equal(asked.state.length, 32);
	assert.equal(asked.login_hint, 'a b@c.de');
	const oidc = await setOut(new Browser(), 'oidc');
	assert.equal(oidc.scope, 'openid email profile');
	assert.equal(oidc.nonce.length, 32);
	assert.notEqual(oidc.nonce, oidc.state);
});

test('A39: the code verifier of the exchange matches the challenge', async () => {
	for (const name of ['plain', 'oidc']) {
		const browser = new Browser();
		const asked = await setOut(browser, name);
		await comeBack(browser, name,
			{ code: codeOf(someone(), asked), state: asked.state });
		const { form, headers } = provider.last('/token');
		assert.equal(asked.code_challenge_method, 'S256');
		assert.equal(challenge(form.code_verifier), asked.code_challenge);
		assert.equal(form.code_verifier.length, 128);
		assert.equal(form.grant_type, 'authorization_code');
		assert.equal(form.redirect_uri, asked.redirect_uri);
		assert.equal(form.client_secret, `${name}-secret`);
		assert.equal(headers.authorization, undefined);
	}
});

test('a public client sends no secret', async () => {
	const { profile } = await newcomer('corp');
	await travel(new Browser(), 'corp', profile);
	const { form, headers } = provider.last('/token');
	assert.equal(form.client_id, 'corp-client');
	assert.equal('client_secret' in form, false);
	assert.equal(headers.authorization, undefined);
});

test('OpenID Connect works with RS256, ES256 and rotated keys', async () => {
	const profile = someone();
	assert.equal(await travel(new Browser(), 'oidc', profile), '/welcome');
	const asked = provider.count('/jwks');
	assert.equal(await travel(new Browser(), 'oidc', profile), '/dash');
	provider.keys = [newKey('ES256', 'k2')];
	await new Promise((r) => setTimeout(r, 3200)); /* the keys of the provider are fetched again */
	assert.equal(await travel(new Browser(), 'oidc', profile), '/dash');
	assert.ok(provider.count('/jwks') > asked);
	provider.keys = [newKey('RS256', 'k3'), { ...newKey('ES256', 'k4') }];
	await new Promise((r) => setTimeout(r, 3200));
	assert.equal(await travel(new Browser(), 'oidc', profile), '/dash');
});

test('a missing email in the ID token is read from userinfo', async () => {
	const profile = someone();
	const { email, email_verified, name, ...bare } = profile;
	const browser = new Browser();
	const asked = await setOut(browser, 'oidc');
	provider.extra = () => ({ id_token: provider.idToken(
		{ ...bare, nonce: asked.nonce }) });
	let rs = await comeBack(browser, 'oidc',
		{ code: codeOf(profile, {}), state: asked.state });
	assert.equal(rs.headers.location, '/welcome');
	/* a userinfo response with a different subject is ignored */
	const other = await setOut(browser, 'oidc');
	provider.extra = () => ({ id_token: provider.idToken(
		{ sub: 'else', nonce: other.nonce }) });
	rs = await comeBack(browser, 'oidc',
		{ code: codeOf(profile, {}), state: other.state });
	assert.equal(rs.headers.location, '/oops?error=email_not_found');
	provider.extra = undefined;
});

test('a token response without an ID token is refused', async () => {
	const browser = new Browser();
	const { state } = await setOut(browser, 'oidc');
	const rs = await comeBack(browser, 'oidc',
		{ code: codeOf(someone(), {}), state });
	assert.equal(rs.headers.location, '/oops?error=unable_to_get_user_info');
	assert.equal(await session(browser), null);
});

test('A41: an ID token signs the user in', async () => {
	const profile = someone();
	const call = (token, nonce, browser = new Browser()) =>
		authClient(browser).signIn.social(
			{ provider: 'oidc', idToken: { token, nonce } });
	const browser = new Browser();
	const data = await good(call(provider.idToken(profile), undefined, browser));
	assert.equal(data.redirect, false);
	assert.equal(data.user.email, profile.email);
	assert.equal((await session(browser)).session.token, data.token);
	const key = newKey('RS256', provider.keys[0].kid);
	const seconds = Math.floor(Date.now() / 1000);
	const wrong = {
		'another key': provider.idToken(profile, { key }),
		'another issuer': provider.idToken(profile, { iss: 'https://evil.test' }),
		'another audience': provider.idToken(profile, { aud: 'else' }),
		'several audiences': provider.idToken(profile,
			{ aud: ['oidc-client', 'else'] }),
		'another party': provider.idToken(profile,
			{ aud: ['oidc-client', 'else'], azp: 'else' }),
		'another party with one audience': provider.idToken(profile, { azp: 'else' }),
		'the same in a list': provider.idToken(profile, { aud: ['oidc-client'], azp: 'else' }),
		'a party that is no text': provider.idToken(profile, { azp: 5 }),
		'expired': provider.idToken(profile, { exp: seconds - 120 }),
		'without an end': provider.idToken(profile, { exp: undefined }),
		'of tomorrow': provider.idToken(profile, { nbf: seconds + 3600 }),
		'about nobody': provider.idToken(profile, { sub: '' }),
		'a critical header': provider.idToken(profile, { header: { crit: ['b64'] } }),
		'algorithm none': `${jwt({ ...profile }, provider.keys[0],
			{ alg: 'none' }).split('.').slice(0, 2).join('.')}.`,
		'a public key as a secret': jwt({ ...profile, iss: IDP,
			aud: 'oidc-client', exp: seconds + 60 }, provider.keys[0],
		{ alg: 'HS256' }),
		'cut off': provider.idToken(profile).slice(0, -4),
		'no token': 'a.b.c',
		'nothing': '',
	};
	for (const [what, token] of Object.entries(wrong)) {
		const error = await bad(call(token));
		assert.equal(error.code, 'INVALID_TOKEN', what);
		assert.equal(error.status, 401);
	}
	const bound = provider.idToken({ ...profile, nonce: 'n-1' });
	await good(call(bound, 'n-1'));
	assert.equal((await bad(call(bound, 'n-2'))).code, 'INVALID_TOKEN');
	for (const aud of ['oidc-client', ['oidc-client'], ['oidc-client', 'else']])
		await good(call(provider.idToken(profile, { aud, azp: 'oidc-client' })));
	assert.equal((await bad(authClient(new Browser()).signIn.social(
		{ provider: 'plain', idToken: { token: 'a.b.c' } }))).code,
	'ID_TOKEN_NOT_SUPPORTED');
	const { email, ...nameless } = profile;
	assert.equal((await bad(call(provider.idToken({ ...nameless, sub: 'x9' }))))
		.code, 'USER_EMAIL_NOT_FOUND');
});

test('an ID token with an unverified address does not link an account', async () => {
	const { email } = await signUp();
	const error = await bad(authClient(new Browser()).signIn.social(
		{ provider: 'oidc', idToken: { token: provider.idToken(someone({ email })) } }));
	assert.equal(error.code, 'OAUTH_LINK_ERROR');
	assert.equal(error.message, 'account not linked');
	assert.equal(error.status, 401);
});

test('an ID token links an account', async () => {
	const { browser, email } = await signUp();
	const client = authClient(browser);
	const link = (profile) => client.linkSocial(
		{ provider: 'oidc', idToken: { token: provider.idToken(profile) } });
	const profile = someone({ email });
	assert.equal((await bad(link({ ...profile, email_verified: false }))).code,
		'LINKING_NOT_ALLOWED');
	assert.equal((await bad(link(someone()))).code,
		'LINKING_DIFFERENT_EMAILS_NOT_ALLOWED');
	assert.deepEqual(await good(link(profile)),
		{ url: '', status: true, redirect: false });
	await good(link(profile));
	const accounts = await good(client.listAccounts());
	assert.deepEqual(accounts.map((a) => a.providerId).sort(),
		['credential', 'oidc']);
	const other = await signUp();
	sql(`UPDATE identity."user" SET email = $1 WHERE id = $2`,
		`x.${email}`, accounts[0].userId);
	sql(`UPDATE identity."user" SET email = $1 WHERE id = $2`, email, other.id);
	const taken = await bad(authClient(other.browser).linkSocial(
		{ provider: 'oidc', idToken: { token: provider.idToken(profile) } }));
	assert.equal(taken.code, 'SOCIAL_ACCOUNT_ALREADY_LINKED');
	assert.equal(taken.status, 409);
});

test('a trusted provider may omit email_verified', async () => {
	const { email } = await signUp();
	verify(email);
	const { email_verified, ...silent } = someone({ email });
	assert.equal(await travel(new Browser(), 'plain', silent),
		'/oops?error=account_not_linked');
	assert.equal(await travel(new Browser(), 'corp',
		{ ...silent, email_verified: false }), '/oops?error=account_not_linked');
	assert.equal(await travel(new Browser(), 'corp', silent), '/dash');
});

test('A38: sign-up can be disabled for a provider', async () => {
	assert.equal(await travel(new Browser(), 'twin', someone()),
		'/oops?error=signup_disabled');
	assert.equal(await travel(new Browser(), 'twin', someone(),
		{ requestSignUp: true }), '/oops?error=signup_disabled');
	const { email } = await signUp();
	verify(email);
	assert.equal(await travel(new Browser(), 'twin', someone({ email })), '/dash');
});

test('a linked account with a verified address verifies the user', async () => {
	const { user, profile } = await newcomer('plain', { email_verified: false });
	assert.equal(user.emailVerified, false);
	const browser = new Browser();
	await travel(browser, 'plain', { ...profile, email_verified: true });
	assert.equal((await session(browser)).user.emailVerified, true);
	await travel(browser, 'plain', { ...profile, email_verified: false });
	assert.equal((await session(browser)).user.emailVerified, true);
});

test('events record accounts, sessions and rejections', async () => {
	const { browser, email, id } = await signUp();
	await travel(new Browser(), 'plain', someone({ email }));
	verify(email);
	const profile = someone({ email });
	await travel(new Browser(), 'plain', profile);
	await browser.post('/api/auth/unlink-account', { accountId: (await good(
		authClient(browser).listAccounts())).find((a) => a.providerId === 'plain').id });
	const events = (await browser.get('/api/events')).json.map((e) => e.action);
	for (const action of ['sign-in.refused', 'account.linked', 'account.unlinked'])
		assert.ok(events.includes(action), events.join());
	assert.deepEqual(sql(`SELECT DISTINCT data->>'method' FROM identity.event
		WHERE user_id = $1 AND action = 'session.created' ORDER BY 1`, id),
	[['oauth:plain'], ['sign-up']]);
});

test('a banned user cannot sign in, and no account is linked', async () => {
	const { id, email } = await signUp();
	verify(email);
	sql(`UPDATE identity."user" SET banned = true WHERE id = $1`, id);
	const browser = new Browser();
	assert.match(await travel(browser, 'plain', someone({ email })),
		/^\/oops\?error=BANNED_USER&error_description=You\+have\+been\+banned/);
	assert.equal(await session(browser), null);
	assert.deepEqual(sql(`SELECT provider_id FROM identity.account
		WHERE user_id = $1`, id), [['credential']]);
});

test('a user links, lists and unlinks accounts', async () => {
	const { browser, email } = await signUp();
	const client = authClient(browser);
	const profile = someone({ email });
	assert.equal(await travelToLink(browser, 'plain', profile), '/dash');
	const [own, linked] = await good(client.listAccounts());
	assert.equal(own.providerId, 'credential');
	assert.deepEqual([linked.providerId, linked.accountId, linked.scopes],
		['plain', profile.sub, ['profile', 'email']]);
	assert.ok(linked.createdAt instanceof Date);
	assert.equal((await bad(client.unlinkAccount({ accountId: 'nope' }))).code,
		'ACCOUNT_NOT_FOUND');
	assert.deepEqual(await good(client.unlinkAccount({ accountId: own.id })),
		{ status: true });
	assert.equal((await bad(client.unlinkAccount({ accountId: linked.id }))).code,
		'FAILED_TO_UNLINK_LAST_ACCOUNT');
});

test('linking again adds scopes', async () => {
	const { browser, profile } = await newcomer('plain');
	provider.extra = () => ({ scope: 'email calendar' });
	await travelToLink(browser, 'plain', profile, { scopes: ['calendar'] });
	provider.extra = undefined;
	const [account] = await good(authClient(browser).listAccounts());
	assert.deepEqual(account.scopes, ['profile', 'email', 'calendar']);
});

test('two concurrent unlink requests leave one account', async () => {
	const { browser, email } = await signUp();
	await travelToLink(browser, 'plain', someone({ email }));
	const accounts = await good(authClient(browser).listAccounts());
	const all = await Promise.all(accounts.map(({ id }) =>
		browser.post('/api/auth/unlink-account', { accountId: id })));
	assert.deepEqual(all.map((rs) => rs.status).sort(), [200, 400]);
	assert.equal((await good(authClient(browser).listAccounts())).length, 1);
});

test('A42: an access token is refreshed shortly before it expires', async () => {
	const { browser, user } = await newcomer('plain');
	const client = authClient(browser);
	const [{ id }] = await good(client.listAccounts());
	const first = await good(client.getAccessToken({ accountId: id }));
	assert.match(first.accessToken, /^at-ey/);
	assert.deepEqual(first.scopes, ['profile', 'email']);
	assert.ok(first.accessTokenExpiresAt > new Date(Date.now() + 3500e3));
	const kept = () => sql(`SELECT access_token, refresh_token FROM identity.account
		WHERE user_id = $1`, user.id)[0];
	const before = kept();
	sql(`UPDATE identity.account SET access_token_expires_at =
		now() + interval '4 seconds' WHERE id = $1`, id);
	const second = await good(client.getAccessToken({ accountId: id }));
	assert.equal(second.accessToken, 'at-refreshed');
	assert.ok(second.accessTokenExpiresAt > new Date(Date.now() + 3500e3));
	assert.notDeepEqual(kept(), before);
	const third = await good(client.refreshToken({ accountId: id }));
	assert.equal(third.refreshToken, 'rt-2');
	assert.equal(third.providerId, 'plain');
	assert.equal(third.accountId, id);
	assert.equal(provider.last('/token').form.refresh_token, 'rt-2');
	const info = await good(client.accountInfo({ query: { accountId: id } }));
	assert.equal(info.user.email, 'refreshed@idp.test');
	assert.equal(info.data.sub, 'x1');
	assert.equal(info.account.providerId, 'plain');
});

test('a failed refresh is an error, unless a concurrent one succeeded', async () => {
	const { browser } = await newcomer('plain');
	const client = authClient(browser);
	const [{ id }] = await good(client.listAccounts());
	const expire = () => sql(`UPDATE identity.account
		SET access_token_expires_at = now() WHERE id = $1`, id);
	expire();
	provider.odd['/token'] = (rq, rs) => { rs.writeHead(400).end('{}'); };
	assert.equal((await bad(client.getAccessToken({ accountId: id }))).code,
		'FAILED_TO_GET_ACCESS_TOKEN');
	assert.equal((await bad(client.refreshToken({ accountId: id }))).code,
		'FAILED_TO_REFRESH_ACCESS_TOKEN');
	/* two concurrent requests use a refresh token that is valid only once */
	let uses = 0;
	provider.odd['/token'] = (rq, rs) => {
		const first = ++uses === 1;
		setTimeout(() => rs.writeHead(first ? 200 : 400,
			{ 'content-type': 'application/json' })
			.end(JSON.stringify(first ? { access_token: 'at-once',
				refresh_token: 'rt-new', expires_in: 600 } : {})),
		first ? 100 : 400);
	};
	const both = await Promise.all([1, 2].map(() =>
		client.getAccessToken({ accountId: id })));
	delete provider.odd['/token'];
	assert.deepEqual(both.map((b) => b.data?.accessToken), ['at-once', 'at-once']);
	sql(`UPDATE identity.account SET refresh_token = NULL,
		access_token = NULL WHERE id = $1`, id);
	assert.equal((await bad(client.refreshToken({ accountId: id }))).code,
		'REFRESH_TOKEN_NOT_FOUND');
	assert.equal((await bad(client.accountInfo({ query: { accountId: id } }))).code,
		'ACCESS_TOKEN_NOT_FOUND');
});

test('an account of a removed provider returns an error', async () => {
	const { browser, user } = await newcomer('plain');
	sql(`UPDATE identity.account SET provider_id = 'gone' WHERE user_id = $1`,
		user.id);
	const client = authClient(browser);
	const [{ id }] = await good(client.listAccounts());
	const error = await bad(client.getAccessToken({ accountId: id }));
	assert.equal(error.code, 'PROVIDER_NOT_SUPPORTED');
	assert.equal(error.message, 'Provider gone is not supported.');
	assert.equal((await bad(client.accountInfo({ query: { accountId: id } }))).code,
		'PROVIDER_NOT_CONFIGURED');
});

test('A43: signing out also ends the session at the issuer', async () => {
	const { browser } = await newcomer('oidc');
	const rs = await browser.post('/api/auth/sign-out',
		{ callbackURL: '/bye', state: 's t' });
	const url = new URL(rs.json.url);
	assert.equal(url.href.split('?')[0], `${IDP}/logout`);
	assert.deepEqual([...url.searchParams.keys()], ['id_token_hint',
		'post_logout_redirect_uri', 'client_id', 'state']);
	assert.equal(url.searchParams.get('post_logout_redirect_uri'), `${BASE}/bye`);
	assert.equal(url.searchParams.get('id_token_hint').split('.').length, 3);
	assert.equal(rs.headers.location, rs.json.url);
	assert.equal(rs.json.redirect, true);
	assert.equal(await session(browser), null);
});

test('signing out of a password session does not involve the issuer', async () => {
	const { browser, email } = await signUp();
	await travelToLink(browser, 'oidc', someone({ email }));
	const rs = await browser.post('/api/auth/sign-out', {});
	assert.deepEqual(rs.json, { success: true });
	assert.equal(rs.headers.location, undefined);
});

test('form_post redirects to the same callback with GET', async () => {
	const browser = new Browser();
	const profile = someone();
	const asked = await setOut(browser, 'plain');
	const rs = await send('POST', '/api/auth/callback/plain',
		{ headers: { origin: IDP,
			'content-type': 'application/x-www-form-urlencoded' },
		body: new URLSearchParams({ code: codeOf(profile, asked),
			state: asked.state, other: 'x' }).toString() });
	assert.equal(rs.status, 302);
	assert.ok(!rs.headers.location.includes('other'));
	assert.ok(rs.headers.location.startsWith(`${BASE}/api/auth/callback/plain?code=`));
	const next = await browser.get(rs.headers.location.slice(BASE.length));
	assert.equal(next.headers.location, '/welcome');
	assert.equal((await send('POST', '/api/auth/callback/none', { body: {} }))
		.headers.location, `${BASE}/api/auth/error?error=oauth_provider_not_found`);
});

test('errors are added to the page\'s own query, before its fragment', async () => {
	const browser = new Browser();
	for (const [page, want] of [['/o', '/o?error=no_code'],
		['/o?a=1', '/o?a=1&error=no_code'], ['/o#top', '/o?error=no_code#top'],
		['/o?a=1#/b?c', '/o?a=1&error=no_code#/b?c']]) {
		const { state } = await setOut(browser, 'plain', { errorCallbackURL: page });
		const rs = await comeBack(browser, 'plain', { state });
		assert.equal(rs.headers.location, want);
	}
});
