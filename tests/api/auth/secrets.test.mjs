// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off BETTER_AUTH_SECRET=the-oldest-secret-0123456789-abcdefghij BETTER_AUTH_SECRETS=3:the-current-secret-0123456789-abcdefghij,2:the-former-secret-0123456789-abcdefghij
// Several secrets: the first secret signs, and the signatures of older secrets remain valid.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { sql } from '../lib/database.mjs';
import { Browser, send } from '../lib/http.mjs';
import { owner, signUp } from '../lib/people.mjs';

const secret = (age) => `the-${age}-secret-0123456789-abcdefghij`;
const hmac = (age, text, form = 'base64') => createHmac('sha256', secret(age)).update(text).digest(form);
const AUTH = '/api/auth';

test('a session cookie that an older secret signed is accepted, and one that an unknown secret signed is not', async () => {
	const { browser, id } = await signUp();
	const [token, mac] = decodeURIComponent(browser.jar.cookies.get('better-auth.session_token')).split('.');
	assert.equal(mac, hmac('current', token));
	for (const age of ['current', 'former', 'oldest', 'stolen']) {
		const cookie = `better-auth.session_token=${encodeURIComponent(`${token}.${hmac(age, token)}`)}`;
		const { json } = await send('GET', `${AUTH}/get-session`, { headers: { cookie } });
		assert.equal(json?.user.id, age === 'stolen' ? undefined : id, age);
	}
});

test('an emailed link that an older secret signed verifies the address', async () => {
	for (const age of ['former', 'oldest', 'stolen']) {
		const { email, id } = await signUp();
		const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
		const now = Math.floor(Date.now() / 1000);
		const text = `${part({ alg: 'HS256' })}.${part({ email, userId: id, iat: now, exp: now + 600 })}`;
		const rs = await send('GET', `${AUTH}/verify-email?token=${text}.${hmac(age, text, 'base64url')}&callbackURL=/`);
		assert.equal(sql('SELECT email_verified FROM identity."user" WHERE id = $1', id)[0][0],
			age === 'stolen' ? 'f' : 't', `${age}: ${rs.status} ${rs.headers.location}`);
	}
});

test('a backup code that an older secret hashed works once', async () => {
	const { email, id, password, browser } = await signUp();
	const enabled = await browser.post(`${AUTH}/two-factor/enable`, { password });
	assert.equal(enabled.status, 200, enabled.text);
	sql('UPDATE identity."user" SET two_factor_enabled = true WHERE id = $1', id);
	sql('UPDATE identity.two_factor SET verified = true WHERE user_id = $1', id);
	sql('DELETE FROM identity.backup_code WHERE user_id = $1', id);
	for (const age of ['former', 'oldest', 'stolen'])
		sql('INSERT INTO identity.backup_code (user_id, code_hash) VALUES ($1, $2)', id,
			`\\x${hmac(age, `backup-code:of-${age}`, 'hex')}`);
	for (const [age, status] of [['former', 200], ['former', 401], ['oldest', 200], ['stolen', 401]]) {
		const fresh = new Browser();
		assert.equal((await fresh.post(`${AUTH}/sign-in/email`, { email, password })).json.twoFactorRedirect, true);
		const rs = await fresh.post(`${AUTH}/two-factor/verify-backup-code`, { code: `of-${age}` });
		assert.equal(rs.status, status, `${age}: ${rs.text}`);
	}
});

test('a signed inbound message is checked even with older secrets', async () => {
	const boss = await owner('Rotated');
	const { json } = await boss.browser.post('/api/message_channels', { channel: 'whatsapp', signed: true });
	const token = json.url.split('/').pop();
	// The encryption key is derived from the token in the address.
	const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
	const derived = (age) => {
		let key = '';
		for (let round = 0; key.length < 32; round++)
			for (const byte of createHmac('sha256', secret(age))
				.update(`message signature:${round}:${token}`).digest())
				if (byte < 248 && key.length < 32)
					key += letters[byte % 62];
		return key;
	};
	assert.equal(derived('current'), json.signing_secret);
	for (const [age, status] of [['current', 200], ['former', 200], ['oldest', 200], ['stolen', 401]]) {
		const body = JSON.stringify({ external_id: age, from: '+49301', body: 'x' });
		const signature = createHmac('sha256', derived(age)).update(body).digest('hex');
		const rs = await send('POST', new URL(json.url).pathname, { body,
			headers: { 'content-type': 'application/json', 'x-signature': `sha256=${signature}` } });
		assert.equal(rs.status, status, `${age}: ${rs.text}`);
	}
});
