// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=on TENANTRY_PROOF_OF_WORK=8
// long: api/auth/proof_of_work tests the rules.
// Signing in to an account whose password others are trying to guess.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { psqlRows } from '../lib/psql.mjs';
import { PASSWORD, member, visitor } from './lib/browser.mjs';

test('the sign-in page does a proof of work instead of waiting', async () => {
	const owner = await member();
	const { email } = owner;
	await owner.close();
	const sql = (text) => psqlRows(['-c', text]);
	sql('DELETE FROM identity.session');
	sql('DELETE FROM identity.rate_limit');
	sql(`INSERT INTO identity.rate_limit SELECT identity.account_key(email), 40, now() + interval '1 minute'
		FROM identity."user"`);
	const who = await visitor();
	await who.go('/sign-in');
	await who.fill({ Email: email, Password: PASSWORD });
	who.expect(/^429 POST \/api\/auth\/sign-in\/email/);
	await who.press('Sign in');
	await who.page.getByRole('heading', { name: 'Dashboard', level: 1 }).waitFor();
	assert.equal(sql("SELECT count(*) FROM identity.rate_limit WHERE key LIKE 'work|%'")[0][0], '1');
	await who.close();
});
