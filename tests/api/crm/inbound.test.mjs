// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off POSTMARK_WEBHOOK_USER=hook POSTMARK_WEBHOOK_PASSWORD=the-secret-of-the-hook POSTMARK_WEBHOOK_AUTHORIZED_IPS=192.0.2.1
// Inbound mail from an address that is not allowed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { owner } from '../lib/people.mjs';
import { bring, mail } from '../lib/postmark.mjs';

test('only the client address that nginx sees is checked', async () => {
	const me = await owner('inbox');
	for (const headers of [{}, { 'x-forwarded-for': '192.0.2.1' },
		{ 'x-real-ip': '192.0.2.1' }, { forwarded: 'for=192.0.2.1' }]) {
		const rs = await bring(mail(me.email, 'x@y.example'), headers);
		assert.equal(rs.status, 401, rs.text);
	}
});
