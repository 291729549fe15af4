// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_PRIVATE_PROVIDERS=on GITHUB_URL=%IDP% GITHUB_CLIENT_ID=gh GITHUB_CLIENT_SECRET=gh-secret
// GitHub returns the profile and the addresses from two endpoints.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { sql } from '../lib/database.mjs';
import { IDP, comeBack, session, setOut } from '../lib/flows.mjs';
import { BASE, Browser } from '../lib/http.mjs';
import { Provider } from '../../lib/idp.mjs';
import { address, signUp } from '../lib/people.mjs';

const provider = new Provider();
await provider.start();
after(() => provider.stop());

let n = 0;
const json = (rs, body, status = 200) => rs.writeHead(status,
	{ 'content-type': 'application/json' }).end(JSON.stringify(body));

// Signs in with the profile and these addresses. null means that the list returns 404.
async function travel(browser, profile, emails) {
	provider.odd['/login/oauth/access_token'] = (rq, rs) =>
		json(rs, { access_token: 'gho_x', token_type: 'bearer',
			scope: 'read:user,user:email' });
	provider.odd['/api/v3/user'] = (rq, rs) => json(rs, profile);
	provider.odd['/api/v3/user/emails'] = (rq, rs) =>
		json(rs, emails ?? { message: 'Not Found' }, emails ? 200 : 404);
	const { state } = await setOut(browser, 'github');
	return (await comeBack(browser, 'github', { code: 'c', state }))
		.headers.location;
}

const octocat = (more) => ({ id: 583231 + ++n, login: `octo${n}`, name: null,
	email: null, avatar_url: 'https://avatars.test/u/1', ...more });

test('the account has the numeric ID, the login as its name, and the primary address', async () => {
	const email = address(), browser = new Browser();
	const profile = octocat();
	assert.equal(await travel(browser, profile, [
		{ email: address(), primary: false, verified: true },
		{ email, primary: true, verified: true }]), '/welcome');
	const { user } = await session(browser);
	assert.deepEqual([user.email, user.emailVerified, user.name, user.image],
		[email, true, profile.login, 'https://avatars.test/u/1']);
	assert.deepEqual(sql(`SELECT account_id, scope FROM identity.account
		WHERE user_id = $1`, user.id),
	[[String(profile.id), 'read:user,user:email']]);
	const { form, headers } = provider.last('/login/oauth/access_token');
	assert.equal(headers.accept, 'application/json');
	assert.deepEqual([form.client_id, form.client_secret, form.redirect_uri],
		['gh', 'gh-secret', `${BASE}/api/auth/callback/github`]);
	const asked = provider.last('/api/v3/user').headers;
	assert.equal(asked.authorization, 'Bearer gho_x');
	assert.match(asked['user-agent'], /^tenantry\//);
});

test('a public address counts as verified only if the address list says so', async () => {
	const email = address();
	const { id } = await signUp({ email });
	sql(`UPDATE identity."user" SET email_verified = true WHERE id = $1`, id);
	for (const emails of [null, [], {}, [{ email, primary: true, verified: false }],
		[{ email: address(), primary: true, verified: true }]])
		assert.equal(await travel(new Browser(), octocat({ email }), emails),
			'/oops?error=account_not_linked');
	assert.equal(await travel(new Browser(), octocat({ email }),
		[{ email, primary: false, verified: true }]), '/dash');
});

test('a sign-in without an address, ID or token fails', async () => {
	assert.equal(await travel(new Browser(), octocat(), null),
		'/oops?error=email_not_found');
	assert.equal(await travel(new Browser(), octocat({ id: undefined }),
		[{ email: address(), primary: true, verified: true }]),
	'/oops?error=unable_to_get_user_info');
	const browser = new Browser();
	const { state, url } = await setOut(browser, 'github', { scopes: ['repo'] });
	assert.equal(url.href.split('?')[0], `${IDP}/login/oauth/authorize`);
	assert.equal(url.searchParams.get('scope'), 'read:user user:email repo');
	provider.odd['/login/oauth/access_token'] = (rq, rs) =>
		json(rs, { error: 'bad_verification_code' });
	assert.equal((await comeBack(browser, 'github', { code: 'c', state }))
		.headers.location, '/oops?error=invalid_code');
});
