// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_PRIVATE_PROVIDERS=on TENANTRY_PROVIDERS=rsa,ec TENANTRY_PROVIDER_RSA_ISSUER=%IDP% TENANTRY_PROVIDER_RSA_CLIENT_ID=rsa TENANTRY_PROVIDER_RSA_CLIENT_SECRET=a/secret:with+signs% TENANTRY_PROVIDER_EC_ISSUER=%IDP% TENANTRY_PROVIDER_EC_CLIENT_ID=ec
// A certified OpenID Connect implementation as the issuer: discovery, PKCE, login and consent, signed ID tokens,
// refresh, key rotation, and logout.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import Oidc from 'oidc-provider';
import { sql } from '../lib/database.mjs';
import { session, setOut, start } from '../lib/flows.mjs';
import { BASE, Browser, Jar } from '../lib/http.mjs';
import { authClient, signUp, tenantry } from '../lib/people.mjs';
import { startIssuer, newKeys, IDP } from '../../lib/issuer.mjs';

let issuer = await startIssuer(Oidc, BASE);
after(() => issuer.stop());

// Sends one browser request to the issuer.
async function ask(jar, url, form) {
	const rs = await fetch(url, { redirect: 'manual', method: form ? 'POST' : 'GET',
		headers: { cookie: jar.header(), ...(form && {
			'content-type': 'application/x-www-form-urlencoded' }) },
		body: form && new URLSearchParams(form).toString() });
	jar.take((rs.headers.getSetCookie?.()
		?? rs.headers.get('set-cookie')?.split(/, (?=[^;,= ]+=)/) ?? [])
		.map((c) => c.replace(/; expires=Thu, 01 Jan 1970[^;]*/i, '; Max-Age=0')));
	const next = rs.headers.get('location');
	return next ? new URL(next, url).href : rs.text();
}

// Signs in and consents at the issuer. Returns the redirect back.
async function visit(url, login) {
	const jar = new Jar();
	let at = await ask(jar, url);
	for (let steps = 0; at.startsWith(IDP); steps++) {
		assert.ok(steps < 12, at);
		if (!at.includes('/interaction/')) {
			at = await ask(jar, at);
			continue;
		}
		const page = await ask(jar, at);
		const prompt = page.match(/name="prompt" value="(\w+)"/)?.[1];
		assert.ok(prompt, page);
		at = await ask(jar, at, { prompt, login, password: 'x' });
	}
	return at;
}

async function signIn(browser, provider, login, options) {
	const { url } = await setOut(browser, provider, options);
	const back = await visit(url.href, login);
	assert.ok(back.startsWith(`${BASE}/api/auth/callback/${provider}?`), back);
	const rs = await browser.get(back.slice(BASE.length));
	assert.equal(rs.status, 302, rs.text);
	return rs.headers.location;
}

const good = async (call) => {
	const { data, error } = await call;
	assert.equal(error, null, JSON.stringify(error));
	return data;
};

test('a client signs in with client_secret_basic and RS256', async () => {
	const browser = new Browser();
	assert.equal(await signIn(browser, 'rsa', 'ada'), '/welcome');
	const { user } = await session(browser);
	assert.equal(user.email, 'ada@issuer.test');
	assert.equal(user.emailVerified, true);
	assert.equal(user.name, 'ada Of Issuer');
	assert.equal(await signIn(new Browser(), 'rsa', 'ada'), '/dash');
});

test('a public client signs in with ES256, and two clients are two accounts of one user', async () => {
	const browser = new Browser();
	assert.equal(await signIn(browser, 'ec', 'ada'), '/dash');
	const accounts = await good(authClient(browser).listAccounts());
	assert.deepEqual(accounts.map((a) => [a.providerId, a.accountId]).sort(),
		[['ec', 'ada'], ['rsa', 'ada']]);
});

test('refreshed tokens are valid', async () => {
	const browser = new Browser();
	await signIn(browser, 'rsa', 'bob');
	const client = authClient(browser);
	const [{ id }] = await good(client.listAccounts());
	const first = await good(client.getAccessToken({ accountId: id }));
	sql(`UPDATE identity.account SET access_token_expires_at = now()
		WHERE id = $1`, id);
	const second = await good(client.getAccessToken({ accountId: id }));
	assert.notEqual(second.accessToken, first.accessToken);
	assert.equal(second.idToken.split('.').length, 3);
	const info = await good(client.accountInfo({ query: { accountId: id } }));
	assert.equal(info.data.sub, 'bob');
	assert.equal(info.user.email, 'bob@issuer.test');
});

test('an address that the issuer has not verified is not linked', async () => {
	const { email } = await signUp({ email: 'mallory@issuer.test' });
	sql(`UPDATE identity."user" SET email_verified = true WHERE email = $1`, email);
	assert.equal(await signIn(new Browser(), 'rsa', 'mallory'),
		'/oops?error=account_not_linked');
});

test('groups grant roles', async () => {
	const boss = await signUp();
	assert.equal((await boss.browser.post('/api/auth/organization/create',
		{ name: 'Groups', slug: 'groups' })).status, 200);
	tenantry('org', 'map', 'groups', 'rsa', 'staff', 'member', '--joins');
	tenantry('org', 'map', 'groups', 'rsa', 'heads', 'admin');
	const browser = new Browser();
	const role = async () => (await good(authClient(browser).organization
		.getActiveMember())).role;
	issuer.groups.gus = ['staff'];
	assert.equal(await signIn(browser, 'rsa', 'gus'), '/welcome');
	assert.equal(await role(), 'member');
	issuer.groups.gus = ['staff', 'heads'];
	assert.equal(await signIn(browser, 'rsa', 'gus'), '/dash');
	assert.equal(await role(), 'member,admin');
	issuer.groups.gus = ['heads'];
	await signIn(browser, 'rsa', 'gus');
	assert.equal(await role(), 'admin');
	delete issuer.groups.gus;
	assert.match(await signIn(new Browser(), 'rsa', 'gus'), /BANNED_USER/);
});

test('a denied consent redirects to the error page', async () => {
	const browser = new Browser();
	const { url } = await setOut(browser, 'rsa');
	const jar = new Jar();
	let at = await ask(jar, url.href);
	at = await ask(jar, at.replace(/$/, '/abort'));
	at = await ask(jar, at);
	const rs = await browser.get(at.slice(BASE.length));
	assert.match(rs.headers.location, /^\/oops\?error=access_denied&error_description=/);
});

test('the issuer refuses a code that is used twice', async () => {
	const browser = new Browser();
	const one = await setOut(browser, 'rsa');
	const back = new URL(await visit(one.url.href, 'eve'));
	assert.equal((await browser.get(back.href.slice(BASE.length))).headers.location,
		'/welcome');
	const two = await setOut(browser, 'rsa');
	back.searchParams.set('state', two.state);
	assert.equal((await browser.get(back.href.slice(BASE.length))).headers.location,
		'/oops?error=invalid_code');
});

test('the response must have the issuer\'s iss parameter', async () => {
	for (const [change, error] of [[(q) => q.set('iss', 'https://evil.test'),
		'issuer_mismatch'], [(q) => q.delete('iss'), 'issuer_missing']]) {
		const browser = new Browser();
		const { url } = await setOut(browser, 'rsa');
		const back = new URL(await visit(url.href, 'ada'));
		change(back.searchParams);
		assert.equal((await browser.get(back.href.slice(BASE.length)))
			.headers.location, `/oops?error=${error}`);
	}
});

test('new keys are accepted as soon as they are published', async () => {
	await issuer.stop();
	issuer = await startIssuer(Oidc, BASE, newKeys('new'));
	await new Promise((r) => setTimeout(r, 3200));
	assert.equal(await signIn(new Browser(), 'rsa', 'ada'), '/dash');
	assert.equal(await signIn(new Browser(), 'ec', 'ada'), '/dash');
});

test('signing out redirects to the issuer\'s logout', async () => {
	const browser = new Browser();
	await signIn(browser, 'rsa', 'ada');
	const data = await good(authClient(browser).signOut(
		{ callbackURL: '/bye', disableRedirect: true }));
	assert.equal(data.redirect, false);
	assert.equal(await session(browser), null);
	const jar = new Jar();
	const page = await ask(jar, data.url);
	const [xsrf] = page.match(/(?<=name="xsrf" value=")\w+/);
	assert.equal(await ask(jar, `${IDP}/session/end/confirm`,
		{ xsrf, logout: 'yes' }), `${BASE}/bye`);
});

test('linking needs the same session and the same address', async () => {
	const { browser } = await signUp({ email: 'zoe@issuer.test' });
	const { data } = await authClient(browser).linkSocial({ provider: 'rsa',
		...start, disableRedirect: true });
	const back = await visit(data.url, 'zoe');
	assert.equal((await browser.get(back.slice(BASE.length))).headers.location,
		'/dash');
	assert.equal((await good(authClient(browser).listAccounts())).length, 2);
});
