// stack: SIGNUP=open TENANTRY_RATE_LIMIT=on TENANTRY_PROOF_OF_WORK=10
// A proof of work replaces the delay that other people's failed sign-ins cause.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { sql } from '../lib/database.mjs';
import { Browser, send } from '../lib/http.mjs';
import { PASSWORD, address } from '../lib/people.mjs';

const bits = (proof) => {
	const digest = createHash('sha256').update(proof).digest();
	const i = digest.findIndex((byte) => byte > 0);
	return 8 * i + Math.clz32(digest[i]) - 24;
};
const solve = (challenge, wanted) => {
	for (let n = 0; ; n++)
		if (wanted(bits(`${challenge}:${n}`)))
			return `${challenge}:${n}`;
};
const challenge = async () => (await send('GET', '/api/proof-of-work')).json;
const signIn = (email, proof) => {
	sql("DELETE FROM identity.rate_limit WHERE key LIKE '%/sign-in/email' OR key ~ '^account[|][0-9a-f]+[|]'");
	return send('POST', '/api/auth/sign-in/email',
		{ body: { email, password: PASSWORD }, headers: proof ? { 'x-captcha-response': proof } : {} });
};

// Creates an account that is under attack from many networks.
async function attacked() {
	const email = address();
	await new Browser().post('/api/auth/sign-up/email', { name: 'x', email, password: PASSWORD });
	sql('DELETE FROM identity.session');
	sql(`INSERT INTO identity.rate_limit SELECT identity.account_key($1), 40, now()
		ON CONFLICT (key) DO UPDATE SET count = 40, last_request = now()`, email);
	return email;
}

test('a proof lets the owner sign in immediately', async () => {
	const email = await attacked();
	assert.equal((await signIn(email)).status, 429);
	const offer = await challenge();
	assert.equal(offer.bits, 10);
	assert.equal((await signIn(email, solve(offer.challenge, (n) => n >= 10))).status, 200);
});

test('a proof is accepted once', async () => {
	const email = await attacked();
	const proof = solve((await challenge()).challenge, (n) => n >= 10);
	assert.equal((await signIn(email, proof)).status, 200);
	await attacked();
	sql(`INSERT INTO identity.rate_limit VALUES (identity.account_key($1), 40, now())`, email);
	sql('DELETE FROM identity.session');
	assert.equal((await signIn(email, proof)).status, 429);
});

test('too little work, a changed or foreign challenge, and other texts are not accepted as proof', async () => {
	const email = await attacked();
	const { challenge: text } = await challenge();
	const forged = text.replace(/.$/, (c) => (c === 'A' ? 'B' : 'A'));
	for (const proof of [solve(text, (n) => n < 10), solve(forged, (n) => n >= 10), solve('x', (n) => n >= 10),
		text, ':', '', 'x'.repeat(5000), solve(`${text}:${'0'.repeat(600)}`, (n) => n >= 10)])
		assert.equal((await signIn(email, proof)).status, 429, proof.slice(0, 300));
});

test('a challenge is not accepted as any other token', async () => {
	const { challenge: text } = await challenge();
	const rs = await send('GET', `/api/auth/verify-email?token=${text}`);
	assert.ok(rs.status >= 400, String(rs.status));
	assert.equal(rs.headers['set-cookie'], undefined);
});
