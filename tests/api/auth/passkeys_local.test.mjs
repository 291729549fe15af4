// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_TRUSTED_ORIGINS=http://localhost:*
// long: auth/passkeys tests the rules.
// A server on a local IP address, as script/up starts it. Browsers accept no IP address as a relying party, so passkeys
// belong to localhost.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Authenticator } from '../lib/authenticator.mjs';
import { BASE, Browser } from '../lib/http.mjs';
import { register, requestOptions, signInWith } from '../lib/passkeys.mjs';
import { signUp } from '../lib/people.mjs';

test('at 127.0.0.1, the relying party of passkeys is localhost', async () => {
	const origin = BASE.replace('127.0.0.1', 'localhost');
	const { browser, id } = await signUp();
	browser.origin = origin;
	const key = new Authenticator();
	const made = await register(browser, key, { origin });
	assert.equal(made.status, 200, made.text);
	const other = new Browser({ origin });
	assert.equal((await requestOptions(other)).rpId, 'localhost');
	const rs = await signInWith(other, key, { origin });
	assert.equal(rs.json.user?.id, id, rs.text);
});
