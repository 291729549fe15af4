// stack: SIGNUP=open TENANTRY_RATE_LIMIT=on TENANTRY_DELETE_USER=mail
// long: auth/limits tests the limits per address, and auth/recorded_limits those of the reference.
// Requests that send email are limited per client address and per mailbox.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql, stay } from '../lib/database.mjs';
import { send } from '../lib/http.mjs';
import { mails } from '../../lib/mail.mjs';
import { address, owner, signUp } from '../lib/people.mjs';

const post = (path, body) => send('POST', `/api/auth${path}`, { body });
const forget = (what = '') =>
	sql('DELETE FROM identity.rate_limit WHERE key LIKE $1', `%${what}%`);

// Returns the number of accepted requests with different addresses.
async function allowed(path, body) {
	forget();
	for (let n = 0; n < 10; n++) {
		const rs = await post(path, body(address()));
		if (rs.status === 429) {
			const seconds = Number(rs.headers['x-retry-after']);
			assert.ok(seconds > 50 && seconds <= 60, path);
			return n;
		}
		stay();
	}
	return Infinity;
}

test('requests that send email or guess codes are limited per minute', async () => {
	for (const [path, body, times] of [
		['/request-password-reset', (email) => ({ email }), 3],
		['/send-verification-email', (email) => ({ email }), 3],
		['/sign-in/magic-link', (email) => ({ email }), 5],
		['/email-otp/send-verification-otp', (email) => ({ email, type: 'sign-in' }), 3],
		['/email-otp/request-password-reset', (email) => ({ email }), 3],
		['/forget-password/email-otp', (email) => ({ email }), 3],
		['/email-otp/check-verification-otp',
			(email) => ({ email, type: 'sign-in', otp: '1' }), 3],
		['/sign-in/email-otp', (email) => ({ email, otp: '1' }), 3],
		['/email-otp/verify-email', (email) => ({ email, otp: '1' }), 3],
		['/email-otp/reset-password',
			(email) => ({ email, otp: '1', password: 'a long password' }), 3],
	])
		assert.equal(await allowed(path, body), times, path);
});

test('a known or unknown mailbox receives at most five emails in ten minutes, from any client', async () => {
	forget();
	const { email, browser } = await signUp();
	for (const one of [email, address('stranger')]) {
		forget();
		const seen = [];
		for (let i = 0; i < 7; i++) {
			seen.push((await post('/request-password-reset', { email: one })).status);
			forget('/request-password-reset');
		}
		assert.deepEqual(seen, [200, 200, 200, 200, 200, 429, 429]);
	}
	assert.equal(mails(email).length, 5);
	assert.equal((await browser.post('/api/auth/delete-user')).status, 200);
	forget();
});

test('change-email requests are limited, too', async () => {
	forget();
	const { browser } = await signUp();
	for (let i = 0; i < 3; i++)
		assert.equal((await browser.post('/api/auth/change-email',
			{ newEmail: address() })).status, 200);
	assert.equal((await browser.post('/api/auth/change-email',
		{ newEmail: address() })).status, 429);
});

test('a user sends at most 100 invitations per hour, to any addresses', async () => {
	forget();
	const me = await owner('inviter');
	const invite = async () => {
		const { status, headers } = await me.browser.post('/api/auth/organization/invite-member',
			{ email: address(), role: 'member', organizationId: me.organization.id });
		// A refusal names the limit.
		assert.equal(headers['ratelimit-policy'], status === 429 ? '"attempts";q=100;w=3600' : undefined);
		if (status === 429)
			assert.equal(headers.ratelimit, `"attempts";r=0;t=${headers['retry-after']}`);
		return status;
	};
	sql(`INSERT INTO identity.rate_limit VALUES ('invitation by|' || $1::text, 99, now())`, me.id);
	assert.deepEqual([await invite(), await invite()], [200, 429]);
	forget();
});
