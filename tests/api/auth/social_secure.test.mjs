// stack: BETTER_AUTH_URL=https://auth.example.test SIGNUP=open TENANTRY_RATE_LIMIT=off GOOGLE_CLIENT_ID=g GOOGLE_CLIENT_SECRET=s TENANTRY_PRIVATE_PROVIDERS=on TENANTRY_PROVIDERS=plain TENANTRY_PROVIDER_PLAIN_AUTHORIZATION_URL=%IDP%/authorize TENANTRY_PROVIDER_PLAIN_TOKEN_URL=%IDP%/token TENANTRY_PROVIDER_PLAIN_USERINFO_URL=%IDP%/userinfo TENANTRY_PROVIDER_PLAIN_CLIENT_ID=plain-client TENANTRY_PROVIDER_PLAIN_CLIENT_SECRET=plain-secret
// Behind https, the state cookie is Secure like the other cookies, and all URLs use the base URL.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { codeOf, comeBack, setOut, someone } from '../lib/flows.mjs';
import { Browser } from '../lib/http.mjs';
import { Provider } from '../../lib/idp.mjs';

const provider = new Provider();
await provider.start();
after(() => provider.stop());
const origin = 'https://auth.example.test';

test('a user signs in through a provider', async () => {
	const browser = new Browser({ origin });
	const rs = await browser.post('/api/auth/sign-in/social',
		{ provider: 'google', callbackURL: '/d' });
	assert.equal(rs.cookies.length, 1);
	assert.match(rs.cookies[0], /^__Secure-better-auth\.state=[^;]+; Max-Age=300; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
	const url = new URL(rs.json.url);
	assert.equal(url.host, 'accounts.google.com');
	assert.equal(url.searchParams.get('redirect_uri'),
		`${origin}/api/auth/callback/google`);
	assert.equal(url.searchParams.get('include_granted_scopes'), 'true');
	const asked = await setOut(browser, 'plain', { callbackURL: undefined });
	const back = await comeBack(browser, 'plain',
		{ code: codeOf(someone(), asked), state: asked.state });
	assert.equal(back.headers.location, '/welcome');
	assert.match(back.cookies[0], /^__Secure-better-auth\.state=; Max-Age=0; /);
	assert.match(back.cookies[1], /^__Secure-better-auth\.session_token=/);
	assert.equal((await comeBack(browser, 'plain', {})).headers.location,
		`${origin}/api/auth/error?error=state_not_found`);
});

test('without a callback URL, a sign-in redirects home, and a cookie without the prefix is ignored', async () => {
	const browser = new Browser({ origin });
	const asked = await setOut(browser, 'plain',
		{ callbackURL: undefined, newUserCallbackURL: undefined });
	const value = browser.jar.cookies.get('__Secure-better-auth.state');
	browser.jar.cookies.clear();
	browser.jar.cookies.set('better-auth.state', value);
	const query = { code: codeOf(someone(), asked), state: asked.state };
	assert.equal((await comeBack(browser, 'plain', query)).headers.location,
		'/oops?error=state_mismatch');
	browser.jar.cookies.set('__Secure-better-auth.state', value);
	assert.equal((await comeBack(browser, 'plain', query)).headers.location, origin);
});
