// stack: SIGNUP=open TENANTRY_PRIVATE_PROVIDERS=on TENANTRY_PROVIDERS=plain TENANTRY_PROVIDER_PLAIN_AUTHORIZATION_URL=%IDP%/authorize TENANTRY_PROVIDER_PLAIN_TOKEN_URL=%IDP%/token TENANTRY_PROVIDER_PLAIN_USERINFO_URL=%IDP%/userinfo TENANTRY_PROVIDER_PLAIN_CLIENT_ID=plain-client TENANTRY_PROVIDER_PLAIN_CLIENT_SECRET=plain-secret
// long: auth/limits tests the limits per address.
// Attempts are limited per route.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { comeBack, someone, travelToLink } from '../lib/flows.mjs';
import { Browser, send } from '../lib/http.mjs';
import { Provider } from '../../lib/idp.mjs';
import { signUp } from '../lib/people.mjs';

const provider = new Provider();
await provider.start();
after(() => provider.stop());

const social = (body) => send('POST', '/api/auth/sign-in/social',
	{ body: { provider: 'plain', ...body } });

test('the fourth sign-in in ten seconds returns 429', async () => {
	for (let i = 0; i < 3; i++)
		assert.equal((await social()).status, 200);
	for (const body of [{}, { idToken: { token: 'a.b.c' } }]) {
		const rs = await social(body);
		assert.equal(rs.status, 429);
		assert.deepEqual(rs.json,
			{ message: 'Too many requests. Please try again later.' });
		const wait = Number(rs.headers['x-retry-after']);
		assert.ok(wait >= 1 && wait <= 10, String(wait));
	}
	const { browser, email } = await signUp();
	assert.equal(await travelToLink(browser, 'plain', someone({ email })), '/dash');
	assert.equal((await comeBack(new Browser(), 'plain', { state: 'x' })).status, 302);
});
