// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// own stack: it replaces the signing keys of the installation.
// Tokens for third parties, which verify them with only the published keys.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { createAuthClient } from 'better-auth/client';
import { jwtClient } from 'better-auth/client/plugins';
import { SignJWT, createLocalJWKSet, createRemoteJWKSet, decodeJwt, decodeProtectedHeader,
	generateKeyPair, jwtVerify } from 'jose';
import { dump, sql } from '../lib/database.mjs';
import { BASE, send } from '../lib/http.mjs';
import { member, owner, signUp } from '../lib/people.mjs';

const JWKS = `${BASE}/api/auth/jwks`;
const claims = { issuer: BASE, audience: BASE };
const tokenOf = async (who) => (await who.browser.get('/api/auth/token')).json.token;
const published = async () => createLocalJWKSet((await send('GET', '/api/auth/jwks')).json);
const keys = (...args) => execFileSync(`${process.env.BUILD}/tenantry`, ['keys', ...args],
	{ encoding: 'utf8' });

test('concurrent requests for the first key create one key', async () => {
	const answers = await Promise.all(Array.from({ length: 20 }, () => send('GET', '/api/auth/jwks')));
	assert.equal(new Set(answers.map((rs) => rs.text)).size, 1);
	const [{ status, json }] = answers;
	assert.equal(status, 200);
	assert.equal(json.keys.length, 1);
	assert.deepEqual(Object.keys(json.keys[0]).sort(), ['alg', 'crv', 'kid', 'kty', 'use', 'x']);
});

test('jose verifies the token, which contains the user, organization and role', async () => {
	const boss = await owner('jwt'), max = await member(boss);
	const set = createRemoteJWKSet(new URL(JWKS));
	for (const [who, role] of [[boss, 'owner'], [max, 'member']]) {
		const { payload, protectedHeader } = await jwtVerify(await tokenOf(who), set, claims);
		assert.equal(protectedHeader.alg, 'EdDSA');
		assert.equal(payload.sub, who.id);
		assert.equal(payload.org, boss.organization.id);
		assert.equal(payload.role, role);
		assert.equal(payload.exp - payload.iat, 900);
		assert.ok(Math.abs(payload.iat - Date.now() / 1000) < 5);
		assert.deepEqual(Object.keys(payload).sort(),
			['aud', 'exp', 'iat', 'iss', 'org', 'role', 'sub']);
	}
	const alone = await signUp();
	assert.deepEqual(Object.keys(decodeJwt(await tokenOf(alone))).sort(),
		['aud', 'exp', 'iat', 'iss', 'sub']);
});

test('the stock client reads the keys', async () => {
	const { browser } = await signUp();
	const client = createAuthClient({ baseURL: BASE, plugins: [jwtClient()],
		fetchOptions: { customFetchImpl: browser.fetch } });
	assert.deepEqual((await client.jwks()).data, (await send('GET', '/api/auth/jwks')).json);
	assert.match((await client.token()).data.token, /^[\w-]+\.[\w-]+\.[\w-]{86}$/);
	assert.equal((await send('GET', '/api/auth/token')).status, 401);
	const { data, error } = await client.getSession({ fetchOptions: {} });
	assert.equal(error, null);
	assert.ok(data.user);
});

test('security 56: a wrong key, alg none or a changed claim is refused', async () => {
	const who = await owner('forged');
	const token = await tokenOf(who);
	const set = await published();
	const [head, body, mac] = token.split('.');
	const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
	const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519' });
	const forged = await new SignJWT(decodeJwt(token))
		.setProtectedHeader(decodeProtectedHeader(token)).sign(privateKey);
	for (const bad of [forged, `${encode({ alg: 'none' })}.${body}.`,
		`${head}.${encode({ ...decodeJwt(token), role: 'admin' })}.${mac}`,
		`${encode({ alg: 'HS256', kid: decodeProtectedHeader(token).kid })}.${body}.${mac}`])
		await assert.rejects(jwtVerify(bad, set, claims));
	await jwtVerify(token, set, claims);
	// This server does not accept the token as a session either.
	for (const headers of [{ authorization: `Bearer ${token}` }, { 'x-api-key': token }])
		assert.equal((await send('GET', '/api/me', { headers })).status, 401);
});

test('private keys are never published, and are stored encrypted', async () => {
	const rs = await send('GET', '/api/auth/jwks');
	assert.doesNotMatch(rs.text, /"d":/);
	const [[sealed]] = sql('SELECT private_key FROM identity.signing_key WHERE retired_at IS NULL');
	assert.match(sealed, /^[0-9a-f]{166}$/);
	assert.ok(!rs.text.includes(sealed));
	assert.ok(dump().includes(sealed));
});

test('after a rotation, old tokens remain valid until they expire, and new tokens are valid immediately', async () => {
	const who = await owner('rotated');
	const before = await tokenOf(who);
	assert.match(keys('rotate'), / signs from now on\n$/);
	const after = await tokenOf(who);
	assert.notEqual(decodeProtectedHeader(after).kid, decodeProtectedHeader(before).kid);
	const set = await published();
	await jwtVerify(before, set, claims);
	await jwtVerify(after, set, claims);
	assert.deepEqual(keys('list').trimEnd().split('\n').map((line) => line.split('  ')[2]),
		['published', 'signs']);
	sql(`UPDATE identity.signing_key SET retired_at = now() - interval '20 minutes'
		WHERE retired_at IS NOT NULL`);
	await assert.rejects(jwtVerify(before, await published(), claims));
	await jwtVerify(after, await published(), claims);
});

test('rotate --at-once withdraws a leaked key', async () => {
	const who = await owner('leaked');
	const before = await tokenOf(who);
	keys('rotate', '--at-once');
	await assert.rejects(jwtVerify(before, await published(), claims));
	await jwtVerify(await tokenOf(who), await published(), claims);
	assert.throws(() => keys('rotate', '--now'), { status: 2 });
	assert.throws(() => keys(), { status: 2 });
	assert.match(execFileSync(`${process.env.BUILD}/tenantry`, ['audit', '--action', 'signing-key'],
		{ encoding: 'utf8' }), /signing-key\.created/);
});

test('a key encrypted with another secret is replaced', async () => {
	const who = await owner('resealed');
	sql('UPDATE identity.signing_key SET private_key = $1 WHERE retired_at IS NULL', 'ab'.repeat(83));
	const tokens = await Promise.all(Array.from({ length: 8 }, () => tokenOf(who)));
	const set = await published();
	for (const token of tokens)
		await jwtVerify(token, set, claims);
	assert.equal(new Set(tokens.map((t) => decodeProtectedHeader(t).kid)).size, 1);
});
