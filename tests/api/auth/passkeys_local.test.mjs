// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_TRUSTED_ORIGINS=http://localhost:*
// A server on an address of this machine, as script/up makes it: browsers bind
// no passkey to an address, so pages of localhost have them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Authenticator } from '../lib/authenticator.mjs';
import { BASE, Browser } from '../lib/http.mjs';
import { register, requestOptions, signInWith } from '../lib/passkeys.mjs';
import { signUp } from '../lib/people.mjs';

test('at 127.0.0.1 passkeys are those of localhost', async () => {
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
