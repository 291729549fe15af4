// stack: SIGNUP=open TENANTRY_RATE_LIMIT=on TENANTRY_REQUIRE_VERIFICATION=on
// long: auth/limits tests the limits per address.
// The number of emails that sign-ins send to an unverified address is limited.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from '../lib/database.mjs';
import { send } from '../lib/http.mjs';
import { mails } from '../../lib/mail.mjs';
import { PASSWORD, address } from '../lib/people.mjs';

const post = (path, body) => send('POST', `/api/auth${path}`, { body });

test('repeated sign-ins do not flood another person\'s mailbox', async () => {
	const email = address();
	assert.equal((await post('/sign-up/email',
		{ email, name: 'N', password: PASSWORD })).status, 200);
	for (let i = 0; i < 7; i++) {
		sql("DELETE FROM identity.rate_limit WHERE key NOT LIKE 'mail|%'"); // resets all limits except those for emails
		const rs = await post('/sign-in/email', { email, password: PASSWORD });
		assert.equal(rs.json.code, 'EMAIL_NOT_VERIFIED', rs.text);
	}
	assert.equal(mails(email).length, 6); // one more, because the sign-up sent an email
});
