// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// Passkeys are registered, used, listed, renamed and deleted.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Authenticator, BE, BS, UP, UV } from '../lib/authenticator.mjs';
import { sql } from '../lib/database.mjs';
import { Browser } from '../lib/http.mjs';
import { creationOptions, enter, keyOf, register, requestOptions, signInWith,
	verify, assertion } from '../lib/passkeys.mjs';
import { signUp } from '../lib/people.mjs';

const LIST = '/api/auth/passkey/list-user-passkeys';
const RENAME = '/api/auth/passkey/update-passkey';
const DELETE = '/api/auth/passkey/delete-passkey';
const NOT_FOUND = { message: 'Passkey not found', code: 'PASSKEY_NOT_FOUND' };

for (const algorithm of ['ES256', 'EdDSA', 'RS256'])
	test(`A62: a passkey of ${algorithm} creates a session, twice`, async () => {
		const user = await signUp();
		const key = await keyOf(user, { algorithm });
		for (let i = 1; i <= 2; i++) {
			const who = await enter(key);
			assert.equal(who.user.id, user.id);
			assert.equal(who.user.email, user.email);
			const { json } = await who.browser.get('/api/auth/get-session');
			assert.equal(json.session.id, who.session.id);
			assert.equal(json.session.token, who.session.token);
			assert.equal((await user.browser.get(LIST)).json[0].counter, i);
		}
		assert.deepEqual(sql(`SELECT DISTINCT method FROM identity.session
			WHERE user_id = $1 ORDER BY 1`, user.id), [['passkey'], ['sign-up']]);
	});

test('the options have the documented members', async () => {
	const { browser, email } = await signUp();
	const options = await creationOptions(browser,
		'?name=My%20Key&authenticatorAttachment=cross-platform');
	assert.match(options.challenge, /^[A-Za-z0-9_-]{43}$/);
	assert.match(options.user.id, /^[A-Za-z0-9_-]{43}$/);
	assert.deepEqual({ ...options, challenge: '', user: { ...options.user, id: '' } }, {
		challenge: '',
		rp: { name: 'Tenantry', id: 'localhost' },
		user: { id: '', name: 'My Key', displayName: email },
		pubKeyCredParams: [-8, -7, -257].map((alg) => ({ alg, type: 'public-key' })),
		timeout: 60000,
		attestation: 'none',
		excludeCredentials: [],
		authenticatorSelection: { residentKey: 'preferred',
			userVerification: 'preferred', authenticatorAttachment: 'cross-platform',
			requireResidentKey: false },
		extensions: { credProps: true },
		hints: [],
	});
	const again = await creationOptions(browser);
	assert.notEqual(again.challenge, options.challenge);
	assert.notEqual(again.user.id, options.user.id);
	assert.equal(again.user.name, email);
	const rs = await browser.get('/api/auth/passkey/generate-register-options'
		+ '?authenticatorAttachment=any');
	assert.equal(rs.status, 400);
	assert.equal(rs.json.code, 'VALIDATION_ERROR');
});

test('a passkey is stored as the authenticator described it', async () => {
	const user = await signUp();
	const synced = await keyOf(user, { counter: 0, flags: UP | UV | BE | BS,
		transports: ['internal', 'hybrid'] }, { name: '  Phone ' });
	const single = await keyOf(user, { flags: UP, transports: [] });
	assert.deepEqual({ ...synced.row, id: '', createdAt: '' }, {
		name: 'Phone', publicKey: synced.cose.toString('base64'), userId: user.id,
		credentialID: synced.id.toString('base64url'), counter: 0,
		deviceType: 'multiDevice', backedUp: true, transports: 'internal,hybrid',
		createdAt: '', id: '',
		aaguid: synced.aaguid.toString('hex')
			.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5'),
	});
	assert.deepEqual([single.row.name, single.row.deviceType, single.row.backedUp,
		single.row.transports], [null, 'singleDevice', false, '']);
	const { json } = await user.browser.get(LIST);
	assert.deepEqual(json, [synced.row, single.row]);
	assert.deepEqual((await creationOptions(user.browser)).excludeCredentials, [
		{ id: synced.row.credentialID, transports: ['internal', 'hybrid'],
			type: 'public-key' },
		{ id: single.row.credentialID, type: 'public-key' }]);
	assert.deepEqual(sql(`SELECT user_verified FROM identity.passkey
		WHERE user_id = $1 ORDER BY created_at`, user.id), [['t'], ['f']]);
});

test('a passkey with counter 0 stays usable, and may become backed up', async () => {
	const user = await signUp();
	const key = await keyOf(user, { counter: 0, flags: UP | UV | BE });
	await enter(key);
	key.flags |= BS;
	await enter(key);
	const [row] = (await user.browser.get(LIST)).json;
	assert.deepEqual([row.counter, row.deviceType, row.backedUp],
		[0, 'multiDevice', true]);
});

test('with createSession, the browser gets a new session', async () => {
	const user = await signUp();
	const key = new Authenticator();
	const rs = await register(user.browser, key, {}, { createSession: true });
	assert.equal(rs.status, 200, rs.text);
	assert.equal(rs.json.user.id, user.id);
	assert.equal(rs.json.credentialID, key.id.toString('base64url'));
	assert.notEqual(rs.json.session.token, user.token);
	assert.match(rs.cookies[0], /^better-auth\.session_token=.*; Max-Age=604800; /);
	const { json } = await user.browser.get('/api/auth/get-session');
	assert.equal(json.session.token, rs.json.session.token);
});

test('options list a user\'s own passkeys, and none without a session', async () => {
	const user = await signUp();
	const key = await keyOf(user);
	assert.deepEqual((await requestOptions(user.browser)).allowCredentials,
		[{ id: key.row.credentialID, transports: ['internal'], type: 'public-key' }]);
	const { challenge, ...rest } = await requestOptions(new Browser());
	assert.match(challenge, /^[A-Za-z0-9_-]{43}$/);
	assert.deepEqual(rest,
		{ rpId: 'localhost', timeout: 60000, userVerification: 'preferred' });
	assert.equal((await requestOptions((await signUp()).browser)).allowCredentials,
		undefined);
});

test('A65: a user lists, renames and deletes their own passkeys', async () => {
	const user = await signUp();
	const one = await keyOf(user), two = await keyOf(user);
	const renamed = await user.browser.post(RENAME, { id: one.row.id, name: '  New ' });
	assert.deepEqual(renamed.json, { passkey: { ...one.row, name: 'New' } });
	const blank = await user.browser.post(RENAME, { id: one.row.id, name: ' ' });
	assert.equal(blank.status, 400);
	assert.deepEqual((await user.browser.post(DELETE, { id: two.row.id })).json,
		{ status: true });
	assert.deepEqual((await user.browser.get(LIST)).json,
		[{ ...one.row, name: 'New' }]);
	assert.equal((await signInWith(new Browser(), two)).json.code, 'PASSKEY_NOT_FOUND');
	await enter(one);
});

test('A65: an unknown passkey returns 404, and a request without a session 401', async () => {
	const { browser } = await signUp();
	for (const rs of [await browser.post(RENAME, { id: 'nope', name: 'x' }),
		await browser.post(DELETE, { id: 'nope' })]) {
		assert.equal(rs.status, 404);
		assert.deepEqual(rs.json, NOT_FOUND);
	}
	assert.deepEqual((await browser.get(LIST)).json, []);
	const nobody = new Browser();
	for (const rs of [await nobody.get(LIST), await nobody.post(DELETE, { id: 'x' }),
		await nobody.post(RENAME, { id: 'x', name: 'x' }),
		await nobody.get('/api/auth/passkey/generate-register-options'),
		await nobody.post('/api/auth/passkey/verify-registration', { response: {} })])
		assert.deepEqual([rs.status, rs.json],
			[401, { message: 'Unauthorized', code: 'UNAUTHORIZED' }]);
});

test('registration needs a fresh session, and a sign-in does not', async () => {
	const user = await signUp();
	const key = await keyOf(user);
	sql(`UPDATE identity.session SET created_at = now() - interval '2 days'
		WHERE user_id = $1`, user.id);
	for (const rs of [
		await user.browser.get('/api/auth/passkey/generate-register-options'),
		await user.browser.post('/api/auth/passkey/verify-registration',
			{ response: {} })])
		assert.deepEqual([rs.status, rs.json.code], [403, 'SESSION_NOT_FRESH']);
	assert.equal((await user.browser.get(LIST)).status, 200);
	assert.equal((await signInWith(user.browser, key)).status, 200);
	await creationOptions(user.browser);
});

test('a user has at most a hundred passkeys', async () => {
	const user = await signUp();
	sql(`INSERT INTO identity.passkey (id, user_id, credential_id, public_key,
		device_type, backed_up) SELECT $1 || n, $1, $1 || n, 'x', 'singleDevice', false
		FROM generate_series(1, 99) n`, user.id);
	await keyOf(user);
	const rs = await register(user.browser, new Authenticator());
	assert.deepEqual([rs.status, rs.json.code], [403, 'PASSKEY_LIMIT_REACHED']);
});

test('a repeated idempotency key returns the same response and session', async () => {
	const user = await signUp();
	const key = new Authenticator();
	const headers = { 'idempotency-key': 'passkey-1' };
	const body = { response: key.create(await creationOptions(user.browser)) };
	const made = () => user.browser.post('/api/auth/passkey/verify-registration',
		body, headers);
	const first = await made(), second = await made();
	assert.equal(first.status, 200, first.text);
	assert.deepEqual(second.json, first.json);
	const browser = new Browser();
	const use = await assertion(browser, key);
	const jar = new Map(browser.jar.cookies);
	const one = await verify(browser, use, headers);
	browser.jar.cookies = jar;
	const two = await verify(browser, use, headers);
	assert.equal(one.status, 200, one.text);
	assert.deepEqual(two.json, one.json);
	assert.deepEqual(sql(`SELECT count(*) FROM identity.session
		WHERE user_id = $1 AND method = 'passkey'`, user.id), [['1']]);
});

test('events record creation, use and deletion of a passkey, without secrets', async () => {
	const user = await signUp();
	const key = await keyOf(user, {}, { name: 'Ring' });
	await enter(key);
	await user.browser.post(RENAME, { id: key.row.id, name: 'Watch' });
	await user.browser.post(DELETE, { id: key.row.id });
	const events = sql(`SELECT action, data FROM identity.event
		WHERE user_id = $1 ORDER BY at, id`, user.id);
	assert.deepEqual(events.map(([action]) => action)
		.filter((action) => action.startsWith('passkey.')),
	['passkey.created', 'passkey.updated', 'passkey.deleted']);
	assert.ok(events.some(([action, data]) => action === 'session.created'
		&& JSON.parse(data).method === 'passkey'));
	assert.ok(!JSON.stringify(events).includes(key.row.publicKey.slice(0, 40)));
});
