// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_TRUSTED_ORIGINS=https://*.trusted.test
// Invalid registrations and uses of passkeys, and what responses may reveal
// about them.
import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { Authenticator, BE, BS, ED, UP, UV, cbor } from '../lib/authenticator.mjs';
import { sql } from '../lib/database.mjs';
import { BASE, Browser, send } from '../lib/http.mjs';
import { assertion, creationOptions, enter, keyOf, register, requestOptions, signInWith,
	verify } from '../lib/passkeys.mjs';
import { PASSWORD, signUp } from '../lib/people.mjs';
import { totp } from '../../lib/totp.mjs';

const PATH = '/api/auth/passkey';
const LIST = `${PATH}/list-user-passkeys`;
const NOT_FOUND = [400, 'CHALLENGE_NOT_FOUND'];
const REFUSED = [400, 'AUTHENTICATION_FAILED'];
const FORGED = [401, 'AUTHENTICATION_FAILED'];
const UNFIT = [400, 'FAILED_TO_VERIFY_REGISTRATION'];
const KEPT = [200, undefined];

const outcome = (rs) => [rs.status, rs.json?.code];
const passkeys = async ({ browser }) => (await browser.get(LIST)).json;
const sessions = ({ id }) => Number(sql(`SELECT count(*) FROM identity.session
	WHERE user_id = $1`, id)[0][0]);

test('security 8: another user\'s passkey cannot be deleted or renamed', async () => {
	const ada = await signUp(), eve = await signUp();
	const { row } = await keyOf(ada, {}, { name: 'Mine' });
	const renamed = await eve.browser.post(`${PATH}/update-passkey`,
		{ id: row.id, name: 'stolen' });
	assert.deepEqual(outcome(renamed),
		[401, 'YOU_ARE_NOT_ALLOWED_TO_REGISTER_THIS_PASSKEY']);
	const deleted = await eve.browser.post(`${PATH}/delete-passkey`, { id: row.id });
	assert.deepEqual([deleted.status, deleted.text], [401, '']);
	assert.deepEqual(await passkeys(ada), [row]);
	assert.deepEqual(await passkeys(eve), []);
});

test('security 13: of 20 uses of one challenge, one succeeds', async () => {
	const user = await signUp();
	const key = await keyOf(user);
	const browser = new Browser();
	const body = await assertion(browser, key);
	const jar = browser.jar.header();
	const all = await Promise.all(Array.from({ length: 20 }, () => send('POST',
		`${PATH}/verify-authentication`,
		{ body, headers: { cookie: jar, origin: BASE } })));
	assert.equal(all.filter((rs) => rs.status === 200).length, 1);
	for (const rs of all.filter((r) => r.status !== 200))
		assert.deepEqual(outcome(rs), NOT_FOUND);
	assert.equal(sessions(user), 2);
});

test('security 49: passkey responses have the usual user and session fields', async () => {
	const user = await signUp();
	const rs = await register(user.browser, new Authenticator(), {},
		{ createSession: true });
	const own = (await user.browser.get('/api/auth/get-session')).json;
	const { user: account, session, ...passkey } = rs.json;
	assert.deepEqual({ user: account, session }, own);
	const key = await keyOf(user);
	const who = await enter(key);
	assert.deepEqual(Object.keys(who.user).sort(), Object.keys(own.user).sort());
	assert.deepEqual(Object.keys(who.session).sort(),
		Object.keys(own.session).sort());
	for (const row of [passkey, key.row, ...await passkeys(user)])
		assert.deepEqual(Object.keys(row).sort(), ['aaguid', 'backedUp', 'counter',
			'createdAt', 'credentialID', 'deviceType', 'id', 'name', 'publicKey',
			'transports', 'userId']);
});

test('security 62: the first cookie with the exact name and a valid signature is used',
	async () => {
		const key = await keyOf(await signUp());
		const name = 'better-auth.better-auth-passkey';
		const one = new Browser(), two = new Browser();
		const body = await assertion(one, key);
		await requestOptions(two);
		const mine = one.jar.cookies.get(name), other = two.jar.cookies.get(name);
		const secret = decodeURIComponent(mine).split('.')[0];
		const forged = `${secret}.${createHmac('sha256', 'another secret')
			.update(secret).digest('base64')}`;
		const tell = async (cookie) => outcome(await send('POST',
			`${PATH}/verify-authentication`,
			{ body, headers: { cookie, origin: BASE } }));
		for (const cookie of [`${name}=${other}x; ${name}=${mine}`,
			`__Secure-${name}=${mine}`, `x${name}=${mine}`, `${name}=${secret}`,
			`${name}=${encodeURIComponent(forged)}`, 'a=b'])
			assert.deepEqual(await tell(cookie), NOT_FOUND, cookie);
		assert.deepEqual(await tell(`${name}=${mine}; ${name}=${other}`), KEPT);
		assert.deepEqual(await tell(`${name}=${other}; ${name}=${mine}`), REFUSED);
	});

test('security 66: a challenge is bound to its ceremony and its user', async () => {
	const ada = await signUp(), eve = await signUp();
	const key = await keyOf(ada);
	const made = await creationOptions(ada.browser);
	assert.deepEqual(outcome(await verify(ada.browser,
		{ response: key.get({ ...made, rpId: made.rp.id }) })), NOT_FOUND);
	const asked = await requestOptions(ada.browser);
	assert.deepEqual(outcome(await ada.browser.post(`${PATH}/verify-registration`,
		{ response: new Authenticator().create({ ...asked, rp: { id: asked.rpId } }) })),
	NOT_FOUND);
	// Eve's session uses the challenge of Ada's browser.
	const options = await creationOptions(ada.browser);
	eve.browser.jar.cookies.set('better-auth.better-auth-passkey',
		ada.browser.jar.cookies.get('better-auth.better-auth-passkey'));
	const body = { response: new Authenticator().create(options) };
	assert.deepEqual(outcome(await eve.browser.post(`${PATH}/verify-registration`, body)),
		[401, 'YOU_ARE_NOT_ALLOWED_TO_REGISTER_THIS_PASSKEY']);
	assert.deepEqual(outcome(await ada.browser.post(`${PATH}/verify-registration`, body)),
		NOT_FOUND);
	assert.equal((await passkeys(ada)).length, 1);
	assert.deepEqual(await passkeys(eve), []);
});

test('security 66: the type in the client data must match the ceremony', async () => {
	const user = await signUp();
	const key = await keyOf(user);
	assert.deepEqual(outcome(await signInWith(new Browser(), key,
		{ type: 'webauthn.create' })), REFUSED);
	assert.deepEqual(outcome(await register(user.browser, new Authenticator(),
		{ type: 'webauthn.get' })), UNFIT);
});

test('security 67: a counter that does not increase is refused', async () => {
	const user = await signUp();
	const key = await keyOf(user);
	await signInWith(new Browser(), key, { counter: 10 });
	for (const counter of [10, 9, 1, 0])
		assert.deepEqual(outcome(await signInWith(new Browser(), key, { counter })),
			REFUSED, `counter ${counter}`);
	assert.equal((await passkeys(user))[0].counter, 10);
	assert.deepEqual(outcome(await signInWith(new Browser(), key, { counter: 11 })), KEPT);
	assert.deepEqual(outcome(await signInWith(new Browser(), key,
		{ counter: 0xffffffff })), KEPT);
	assert.deepEqual(outcome(await signInWith(new Browser(), key, { counter: 1 })),
		REFUSED);
});

test('security 67: of 20 concurrent uses with one counter, one succeeds', async () => {
	const user = await signUp();
	const key = await keyOf(user);
	const uses = await Promise.all(Array.from({ length: 20 }, async () => {
		const browser = new Browser();
		return [browser, await assertion(browser, key, { counter: 7 })];
	}));
	const all = await Promise.all(uses.map((use) => verify(...use)));
	assert.equal(all.filter((rs) => rs.status === 200).length, 1);
	for (const rs of all.filter((r) => r.status !== 200))
		assert.deepEqual(outcome(rs), REFUSED);
	assert.equal(sessions(user), 2);
});

test('A63: a use with any invalid part creates no session', async () => {
	const user = await signUp();
	const key = await keyOf(user);
	const stranger = await keyOf(await signUp());
	const small = cbor({ credProtect: 2 });
	const cases = [
		['origin', { origin: 'https://evil.test' }, REFUSED],
		['origin with a path', { origin: `${BASE}/` }, REFUSED],
		['origin of another port', { origin: `${BASE}1` }, REFUSED],
		['another origin that is trusted', { origin: 'https://app.trusted.test' }, REFUSED],
		['a frame of another origin', { crossOrigin: true }, REFUSED],
		['relying party', { rpId: 'evil.test' }, REFUSED],
		['relying party above', { rpId: 'host' }, REFUSED],
		['challenge', { challenge: randomBytes(32).toString('base64url') }, REFUSED],
		['challenge with padding', { challenge: 'x=' }, REFUSED],
		['nobody there', { flags: UV }, REFUSED],
		['backed up, yet not able to be', { flags: UP | BS }, REFUSED],
		['a new key in it', { flags: UP | 64 }, REFUSED],
		['extensions that are not there', { flags: UP | ED }, REFUSED],
		['extensions that are not told of', { extensions: small }, REFUSED],
		['too short', { authData: Buffer.alloc(36) }, REFUSED],
		['signature of another', { signer: stranger }, FORGED],
		['signature of nothing', { signature: 'AAAA' }, FORGED],
		['no signature', { signature: '' }, REFUSED],
		['another id in rawId', { rawId: 'AAAA' }, REFUSED],
		['another kind', { kind: 'password' }, REFUSED],
		['unknown credential', { id: 'AAAA' }, [401, 'PASSKEY_NOT_FOUND']],
		['no id', { id: 7 }, [401, 'PASSKEY_NOT_FOUND']],
		['foreign credential', { id: stranger.row.credentialID }, FORGED],
	];
	const before = sessions(user);
	for (const [name, wrong, wanted] of cases) {
		const browser = new Browser();
		const rs = await signInWith(browser, key, wrong);
		assert.deepEqual(outcome(rs), wanted, name);
		assert.deepEqual(rs.cookies, [], name);
	}
	assert.equal(sessions(user), before);
	assert.deepEqual(outcome(await signInWith(new Browser(), key,
		{ flags: UP | UV | ED, extensions: small })), KEPT);
});

test('A63: a registration with any invalid part stores nothing', async () => {
	const user = await signUp();
	const key = new Authenticator();
	const rsa = new Map([[1, 3], [3, -257], [-1, Buffer.alloc(512, 7)],
		[-2, Buffer.from([1, 0, 1])]]);
	const curve = new Map([[1, 2], [3, -7], [-1, 1], [-2, Buffer.alloc(32, 1)],
		[-3, Buffer.alloc(32, 2)]]);
	const cases = {
		origin: { origin: 'https://evil.test' },
		'a frame of another origin': { crossOrigin: true },
		'relying party': { rpId: 'evil.test' },
		challenge: { challenge: randomBytes(32).toString('base64url') },
		'nobody there': { flags: UV },
		'backed up, yet not able to be': { flags: UP | BS },
		'another id': { id: randomBytes(16).toString('base64url') },
		'another id, and a short one': { id: 'AAAA' },
		'another rawId': { rawId: 'AAAA' },
		'another kind': { kind: 'password' },
		'an algorithm nobody offered': { cose: cbor(new Map([[1, 2], [3, -35], [-1, 2],
			[-2, Buffer.alloc(48, 1)], [-3, Buffer.alloc(48, 2)]])) },
		'a point off the curve': { cose: cbor(curve) },
		'a key of 4096 bits': { cose: cbor(rsa) },
		'no key': { cose: Buffer.alloc(0) },
		'something behind the key': { extensions: Buffer.from([0]) },
		'extensions that are not there': { flags: UP | ED },
		'a text for transports': { transports: 'usb' },
		'a number among transports': { transports: ['usb', 1] },
		'a comma within a transport': { transports: ['usb,nfc'] },
		'too many transports': { transports: Array(9).fill('usb') },
		'no attestation': { attestation: Buffer.alloc(0) },
		'no data in the attestation': { attestation: cbor({ fmt: 'none', attStmt: {} }) },
	};
	for (const [name, wrong] of Object.entries(cases))
		assert.deepEqual(outcome(await register(user.browser, key, wrong)), UNFIT, name);
	assert.deepEqual(await passkeys(user), []);
	assert.deepEqual(outcome(await register(user.browser, key,
		{ flags: UP | BE | ED, extensions: cbor({ credProtect: 2 }) })), KEPT);
});

// Returns a pseudorandom generator with a fixed seed.
function numbers(seed) {
	let n = seed;
	return (below) => {
		n = Math.imul(n ^ n >>> 15, 0x2c1b3c6d) + 0x9e3779b9 | 0;
		return (n >>> 8) % below;
	};
}

// Flips a bit, truncates, removes bytes, or inserts a wrong length.
function broken(bytes, random) {
	const at = random(bytes.length), copy = Buffer.from(bytes);
	copy[at] ^= 1 << random(8);
	return [copy, bytes.subarray(0, at),
		Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random(8))]),
		Buffer.concat([bytes.subarray(0, at), Buffer.alloc(1 + random(9), 0x9b),
			bytes.subarray(at)])][random(4)];
}

test('A64: malformed authenticator data returns 400, never a server error', async () => {
	const user = await signUp();
	const random = numbers(20);
	const deep = Buffer.alloc(12000, 0x81);
	const huge = Buffer.from('a1686175746844617461bbffffffffffffffff', 'hex');
	for (const attestation of [deep, huge, Buffer.alloc(20000)])
		assert.deepEqual(outcome(await register(user.browser, new Authenticator(),
			{ attestation })), UNFIT);
	// Changes to unchecked bytes (AAGUID, counter) are accepted.
	const tell = (rs) => assert.ok([200, 400].includes(rs.status),
		`${rs.status} ${rs.text}`);
	for (let i = 0; i < 60; i++) {
		const made = new Authenticator({ algorithm: ['ES256', 'EdDSA'][i % 2] });
		const { response } = made.create({ challenge: '', rp: { id: 'localhost' } });
		const attestation = broken(
			Buffer.from(response.attestationObject, 'base64url'), random);
		tell(await register(user.browser, made, { attestation }));
	}
	const key = await keyOf(user);
	for (let i = 0; i < 40; i++) {
		const authData = broken(key.authData('localhost', UP | UV, 1000 + i), random);
		tell(await signInWith(new Browser(), key, { authData }));
	}
});

test('A63: a known credential id is refused for any user', async () => {
	const ada = await signUp(), eve = await signUp();
	const key = await keyOf(ada);
	const copy = Object.assign(new Authenticator(), { id: key.id });
	for (const user of [ada, eve])
		assert.deepEqual(outcome(await register(user.browser, copy)),
			[400, 'PREVIOUSLY_REGISTERED']);
	assert.deepEqual(await passkeys(ada), [key.row]);
	const all = await Promise.all(Array.from({ length: 10 }, async (_, i) => {
		const browser = new Browser();
		browser.jar.take([...(i % 2 ? ada : eve).browser.jar.cookies]
			.map((pair) => pair.join('=')));
		return register(browser, Object.assign(new Authenticator(),
			{ id: Buffer.from(`raced ${process.pid}`) }));
	}));
	assert.equal(all.filter((rs) => rs.status === 200).length, 1);
});

test('A63: a response is accepted once, within five minutes', async () => {
	const user = await signUp();
	const key = await keyOf(user);
	const browser = new Browser();
	const used = await assertion(browser, key);
	assert.deepEqual(outcome(await verify(browser, used)), KEPT);
	assert.deepEqual(outcome(await verify(browser, used)), NOT_FOUND);
	const failed = await assertion(browser, key, { signature: 'AAAA' });
	assert.deepEqual(outcome(await verify(browser, failed)), FORGED);
	assert.deepEqual(outcome(await verify(browser, failed)), NOT_FOUND);
	for (const [seconds, wanted] of [[299, KEPT], [301, NOT_FOUND]]) {
		const body = await assertion(browser, key);
		sql(`UPDATE identity.verification SET expires_at = expires_at
			- make_interval(secs => $1) WHERE identifier LIKE 'passkey:%'`, seconds);
		assert.deepEqual(outcome(await verify(browser, body)), wanted);
	}
	const options = await creationOptions(user.browser);
	sql(`UPDATE identity.verification SET expires_at = now()
		WHERE identifier LIKE 'passkey:%'`);
	assert.deepEqual(outcome(await user.browser.post(`${PATH}/verify-registration`,
		{ response: new Authenticator().create(options) })), NOT_FOUND);
});

test('A63: the page must send a trusted Origin', async () => {
	const user = await signUp();
	const key = await keyOf(user);
	const browser = new Browser();
	const tell = async (origin, headers) => outcome(await verify(browser,
		await assertion(browser, key, { origin }), headers));
	assert.deepEqual(await tell('https://evil.test', { origin: 'https://evil.test' }),
		[403, 'INVALID_ORIGIN']);
	assert.deepEqual(await tell(BASE, { origin: null }), [403, 'MISSING_OR_NULL_ORIGIN']);
	assert.deepEqual(await tell('null', { origin: 'null',
		'sec-fetch-site': 'same-origin' }), REFUSED);
	const bare = await verify(browser, await assertion(browser, key),
		{ origin: null, referer: `${BASE}/page` });
	assert.deepEqual([bare.status, bare.json], [400, { message: 'origin missing' }]);
	const site = 'https://app.trusted.test';
	assert.deepEqual(await tell(site, { origin: site }), KEPT);
	const options = await creationOptions(user.browser);
	const made = await user.browser.post(`${PATH}/verify-registration`,
		{ response: new Authenticator().create(options) },
		{ origin: null, referer: `${BASE}/page` });
	assert.deepEqual(outcome(made), UNFIT);
});

test('banned users are refused, and deleting a user deletes the passkeys', async () => {
	const user = await signUp();
	const key = await keyOf(user);
	sql('UPDATE identity."user" SET banned = true WHERE id = $1', user.id);
	assert.deepEqual(outcome(await signInWith(new Browser(), key)), [403, 'BANNED_USER']);
	sql('UPDATE identity."user" SET ban_expires = now() WHERE id = $1', user.id);
	assert.deepEqual(outcome(await signInWith(new Browser(), key)), KEPT);
	sql('DELETE FROM identity."user" WHERE id = $1', user.id);
	assert.deepEqual(outcome(await signInWith(new Browser(), key)),
		[401, 'PASSKEY_NOT_FOUND']);
});

test('an impersonator cannot add, rename or delete passkeys', async () => {
	const user = await signUp(), operator = await signUp();
	const { row } = await keyOf(user);
	sql(`UPDATE identity."user" SET role = 'admin' WHERE id = $1`, operator.id);
	const rs = await operator.browser.post('/api/auth/admin/impersonate-user',
		{ userId: user.id, reason: 'asked for help' });
	assert.equal(rs.status, 200, rs.text);
	assert.deepEqual(await passkeys(operator), [row]);
	for (const answer of [
		await operator.browser.get(`${PATH}/generate-register-options`),
		await operator.browser.post(`${PATH}/verify-registration`,
			{ response: {}, createSession: true }),
		await operator.browser.post(`${PATH}/update-passkey`, { id: row.id, name: 'x' }),
		await operator.browser.post(`${PATH}/delete-passkey`, { id: row.id })])
		assert.deepEqual(outcome(answer), [403, 'NOT_WHILE_IMPERSONATING']);
	assert.deepEqual(await passkeys(user), [row]);
});

test('a refused use is recorded in the user\'s events', async () => {
	const user = await signUp();
	const key = await keyOf(user);
	await signInWith(new Browser(), key, { counter: 5 });
	await signInWith(new Browser(), key, { counter: 5 });
	await signInWith(new Browser(), key, { signature: 'AAAA' });
	assert.deepEqual(sql(`SELECT count(*) FROM identity.event
		WHERE user_id = $1 AND action = 'passkey.refused'`, user.id), [['2']]);
});

// Enables the second factor. Returns its otpauth URI.
async function secondFactor({ browser }) {
	const enabled = await browser.post('/api/auth/two-factor/enable',
		{ password: PASSWORD });
	assert.equal(enabled.status, 200, enabled.text);
	const { totpURI } = enabled.json;
	const verified = await browser.post('/api/auth/two-factor/verify-totp',
		{ code: totp(totpURI) });
	assert.equal(verified.status, 200, verified.text);
	return totpURI;
}

test('a passkey without user verification needs the second factor, if it is enabled',
	async () => {
		const user = await signUp();
		const strong = await keyOf(user), weak = await keyOf(user, { flags: UP });
		const uri = await secondFactor(user);
		assert.deepEqual(outcome(await signInWith(new Browser(), strong)), KEPT);
		const before = sessions(user);
		// The user is not verified, neither now nor at registration.
		for (const [key, flags] of [[strong, UP], [weak, UP], [weak, UP | UV]]) {
			const browser = new Browser();
			const rs = await signInWith(browser, key, { flags });
			assert.deepEqual(rs.json,
				{ twoFactorRedirect: true, twoFactorMethods: ['totp'] });
			assert.ok(!browser.jar.cookies.get('better-auth.session_token'));
			assert.equal((await browser.get('/api/auth/get-session')).text, 'null');
			assert.equal(sessions(user), before);
		}
		const browser = new Browser();
		await signInWith(browser, weak);
		const rs = await browser.post('/api/auth/two-factor/verify-totp',
			{ code: totp(uri, 1) });
		assert.equal(rs.status, 200, rs.text);
		assert.equal((await browser.get('/api/auth/get-session')).json.user.id, user.id);
	});

test('without a second factor, a passkey without user verification signs the user in', async () => {
	const user = await signUp();
	await enter(await keyOf(user, { flags: UP }));
});
