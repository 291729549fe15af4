// stack: SIGNUP=open TENANTRY_RATE_LIMIT=on TENANTRY_TWO_FACTOR_MAIL=on
// long: auth/limits tests the limits per address, and auth/recorded_limits those of the reference.
// Each path of the second factor allows three requests in ten seconds.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql, stay } from '../lib/database.mjs';
import { send } from '../lib/http.mjs';
import { mails } from '../../lib/mail.mjs';
import { PASSWORD, signUp } from '../lib/people.mjs';
import { enrolled } from '../lib/second_factor.mjs';

const forgive = (what = '') =>
	sql('DELETE FROM identity.rate_limit WHERE key LIKE $1', `%${what}%`);

test('the fourth attempt returns 429, with or without a session', async () => {
	const { browser } = await signUp();
	for (const path of ['verify-totp', 'verify-backup-code', 'verify-otp', 'send-otp',
		'enable', 'disable', 'get-totp-uri', 'generate-backup-codes']) {
		forgive();
		const statuses = [];
		for (let i = 0; i < 4; i++) {
			statuses.push((await browser.post(`/api/auth/two-factor/${path}`,
				{ code: '1', password: `guess number ${i}` })).status);
			stay();
		}
		assert.equal(statuses.filter((s) => s === 429).length, 1, `${path} ${statuses}`);
		assert.equal(statuses[3], 429, path);
	}
	forgive();
	const rs = [];
	for (let i = 0; i < 4; i++) {
		rs.push(await send('POST', '/api/auth/two-factor/verify-totp', { body: { code: '1' } }));
		stay();
	}
	assert.deepEqual(rs.map((r) => r.status), [401, 401, 401, 429]);
	assert.deepEqual(rs[3].json, { message: 'Too many requests. Please try again later.' });
	const wait = Number(rs[3].headers['x-retry-after']);
	assert.ok(wait >= 1 && wait <= 10, rs[3].headers['x-retry-after']);
});

test('of a burst of thirty requests, three are accepted', async () => {
	forgive();
	const user = await enrolled();
	forgive();
	const all = await Promise.all(Array.from({ length: 30 }, () => user.browser.post(
		'/api/auth/two-factor/verify-totp', { code: '1' })));
	assert.equal(all.filter((rs) => rs.status === 401).length, 3);
	assert.equal(all.filter((rs) => rs.status === 429).length, 27);
});

test('a mailbox gets at most three codes per minute', async () => {
	const { browser, email } = await signUp();
	for (let i = 0; i < 5; i++) {
		forgive('/two-factor/');
		await browser.post('/api/auth/two-factor/send-otp', { password: PASSWORD });
	}
	assert.equal(mails(email).length, 3);
});
