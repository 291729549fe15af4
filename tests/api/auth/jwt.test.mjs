// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_JWT_KEYS=%SOURCES%/tests/api/auth/jwt_keys.json TENANTRY_JWT_ISSUER=https://issuer.test/auth/v1 TENANTRY_JWT_AUDIENCE=authenticated
// Bearer tokens that another issuer signed, such as the tokens of a Supabase project.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHmac, createPrivateKey, createPublicKey, sign as signWith } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { ask, openapi, operations, owner as founder } from '../../lib/api.mjs';
import { sql } from '../lib/database.mjs';
import { until } from '../lib/files.mjs';
import { workers } from '../../lib/fcgi.mjs';
import { send } from '../lib/http.mjs';
import { member, owner, signUp } from '../lib/people.mjs';

// The private keys of jwt_keys.json.
const keys = JSON.parse(readFileSync(new URL('jwt_keys.json', import.meta.url))).keys;
const secret = Buffer.from(keys[0].k, 'base64url');
const d = { e1: 'pzQU2K5M2mulMqawxwUxI-YJefO2_ry1lKN2oqXdnVQ', e2: '5q3GS67JwUc_bk3LawFzfqrbz6pynHDPVTOKFIoYkDQ' };
const ec = Object.fromEntries(keys.slice(1).map(({ kty, crv, x, y, kid }) => [kid, createPrivateKey({ key: { kty, crv, x, y, d: d[kid] }, format: 'jwk' })]));

const b64 = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const now = () => Math.floor(Date.now() / 1000);
const claimsOf = (sub, more = {}) => ({ iss: 'https://issuer.test/auth/v1', aud: 'authenticated', role: 'authenticated', sub,
	iat: now() - 5, exp: now() + 3600, ...more });
const text = (header, claims) => `${b64({ typ: 'JWT', ...header })}.${b64(claims)}`;
const hs256 = (claims, header = { kid: 'h1' }, key = secret) => {
	const t = text({ alg: 'HS256', ...header }, claims);
	return `${t}.${createHmac('sha256', key).update(t).digest('base64url')}`;
};
const es256 = (claims, kid = 'e1', header = { kid }) => {
	const t = text({ alg: 'ES256', ...header }, claims);
	return `${t}.${signWith('sha256', Buffer.from(t), { key: ec[kid], dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
};
const by = (token, method = 'GET', path = '/api/me', { body, headers = {} } = {}) => send(method, path, { body,
	headers: { authorization: `Bearer ${token}`, ...headers } });
const kind = (rs) => [rs.status, rs.json?.type?.split('/').pop()];
const sessions = (who) => sql(`SELECT id, method, round(extract(epoch FROM expires_at))::bigint, remember FROM identity.session
	WHERE user_id = $1 AND method = 'jwt' ORDER BY created_at, id`, who.id);

test('a token with either algorithm acts as its user', async () => {
	const boss = await owner('both');
	for (const token of [hs256(claimsOf(boss.id)), es256(claimsOf(boss.id)), es256(claimsOf(boss.id), 'e2'),
		hs256(claimsOf(boss.id), {}), es256(claimsOf(boss.id, { aud: ['other', 'authenticated'], nbf: now() - 5 }))]) {
		const rs = await by(token);
		assert.equal(rs.status, 200, rs.text);
		assert.deepEqual(rs.json, boss.me);
		assert.deepEqual(rs.cookies, []);
	}
	const made = await by(es256(claimsOf(boss.id)), 'POST', '/api/contacts', { body: { last_name: 'By token' } });
	assert.equal(made.status, 201, made.text);
	assert.equal(made.json.sales_id, boss.me.id);
	assert.deepEqual(made.cookies, []);
	// The scheme is case-insensitive, and no part of the token is stored in the database.
	assert.equal((await send('GET', '/api/me', { headers: { authorization: `bearer  ${hs256(claimsOf(boss.id))}` } })).status, 200);
});

test('an invalid token gets 401, which names the kind of fault', async () => {
	const { id } = await owner('wrong');
	const good = claimsOf(id), pem = createPublicKey(ec.e1).export({ type: 'spki', format: 'pem' });
	const der = createPublicKey(ec.e1).export({ type: 'spki', format: 'der' }), { x, y } = keys[1];
	const point = Buffer.concat([Buffer.from([4]), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
	const cut = (token) => token.slice(0, token.lastIndexOf('.') + 1);
	const [head, body, signature] = es256(good).split('.');
	const signatures = /signature of the token does not match/, algorithm = /algorithm of the token is not that of its key/,
		unknown = /names no key that is known/, header = /header of the token is not supported/, early = /not valid yet/, number = /not a number/;
	const faults = [
		[hs256(good, { kid: 'h1' }, 'another secret of the issuer 0123456789'), signatures],
		[`${head}.${b64({ ...good, sub: 'another' })}.${signature}`, signatures],
		[`${b64({ alg: 'ES256', kid: 'e2' })}.${body}.${signature}`, signatures],
		[cut(es256(good)), signatures], [cut(hs256(good)), signatures],
		[`${head}.${body}.${signWith('sha256', Buffer.from(`${head}.${body}`), ec.e1).toString('base64url')}`, signatures],
		// Tokens that use the public key as the secret of HS256, and tokens without an algorithm, are
		// refused.
		...[pem, pem.trim(), der, x, y, point, JSON.stringify(keys[1])].flatMap((key) => [
			[hs256(good, { kid: 'e1' }, key), algorithm], [hs256(good, {}, key), signatures], [hs256(good, { kid: 'h1' }, key), signatures]]),
		[cut(hs256(good, { alg: 'none', kid: 'h1' })), algorithm], [cut(hs256(good, { alg: 'none', kid: 'e1' })), algorithm],
		[cut(hs256(good, { alg: 'none' })), unknown], [hs256(good, { alg: 'none', kid: undefined }), unknown],
		[hs256(good, { alg: 'HS512', kid: 'h1' }), algorithm], [hs256(good, { alg: 'ES256', kid: 'h1' }), algorithm],
		[hs256(good, { kid: 'h9' }), unknown], [hs256(good, { kid: '' }), unknown], [hs256(good, { kid: '../h1' }), unknown],
		// The token could refer to either of two ES256 keys.
		[es256(good, 'e1', {}), unknown],
		[hs256(good, { kid: 1 }), header], [hs256(good, { alg: undefined }), header], [hs256(good, { kid: 'h1', crit: ['b64'] }), header],
		[hs256({ ...good, iss: 'https://issuer.test' }), /another issuer/], [hs256({ ...good, iss: undefined }), /another issuer/],
		[hs256({ ...good, aud: 'anon' }), /another audience/], [hs256({ ...good, aud: undefined }), /another audience/],
		[hs256({ ...good, sub: undefined }), /no subject/], [hs256({ ...good, sub: '' }), /no subject/], [hs256({ ...good, sub: 7 }), /no subject/],
		[hs256({ ...good, exp: undefined }), /no expiry/], [hs256({ ...good, exp: `${good.exp}` }), number], [hs256({ ...good, nbf: null }), number],
		[hs256({ ...good, exp: now() - 90 }), /has expired/], [hs256({ ...good, exp: 0 }), /has expired/],
		[hs256({ ...good, nbf: now() + 600 }), early], [hs256({ ...good, iat: now() + 600 }), early],
		[hs256([good]), /malformed/], [`${b64('{"alg":"HS256"')}.${body}.x`, /malformed/], [`${hs256(good)}.x`, /malformed/],
		[hs256({ ...good, pad: 'x'.repeat(20000) }), /malformed/],
		[hs256({ ...good, sub: 'nobody' }), /no user has the subject/], [hs256({ ...good, sub: `${id}'` }), /no user has the subject/],
	];
	for (const [token, why] of faults) {
		const rs = await by(token);
		assert.deepEqual(kind(rs), [401, 'invalid_token'], `${token.slice(0, 200)} ${rs.text}`);
		assert.match(rs.json.detail, why, token.slice(0, 300));
		assert.ok(!rs.text.includes(token.split('.')[1].slice(0, 20)) && !rs.text.includes('issuer.test'), rs.text);
	}
	// A small difference between clocks is accepted.
	for (const more of [{ exp: now() - 30 }, { nbf: now() + 30 }, { iat: now() + 30 }])
		assert.equal((await by(hs256({ ...good, ...more }))).status, 200, JSON.stringify(more));
});

test('no operation accepts an invalid token, with or without a cookie', async () => {
	const boss = await owner('every');
	const expired = es256(claimsOf(boss.id, { exp: now() - 3600 }));
	let tried = 0;
	for (const op of operations(await openapi())) {
		if (!op.path.startsWith('/api/') || op.path.startsWith('/api/auth/') || op.operation['x-needs'] === 'anyone')
			continue;
		const rs = await ask(op.method, op.path.replace(/\{\w+\}/, '1'), { token: expired, body: op.method === 'GET' ? undefined : {} });
		assert.equal(rs.status, 401, `${op.method} ${op.path} ${rs.text}`);
		tried++;
	}
	assert.ok(tried > 100, `only ${tried}`);
	assert.deepEqual(sessions(boss), []);
	assert.deepEqual(kind(await boss.browser.get('/api/me', { authorization: `Bearer ${expired}` })), [401, 'invalid_token']);
	assert.deepEqual(kind(await boss.browser.get('/api/me', { authorization: 'Bearer eyJ.x' })), [200, undefined]);
});

test('a token gives no access to routes below /api/auth, nor any permanent access', async () => {
	const boss = await owner('account');
	const token = hs256(claimsOf(boss.id));
	assert.equal((await by(token)).status, 200);
	assert.equal((await by(token, 'GET', '/api/auth/get-session')).text, 'null');
	for (const [method, path, body] of [['POST', '/api/auth/api-key/create', {}], ['GET', '/api/auth/list-sessions'],
		['POST', '/api/auth/update-user', { name: 'x' }], ['POST', '/api/auth/organization/create', { name: 'x', slug: 'x' }],
		['GET', '/api/auth/token'], ['GET', '/api/auth/passkey/generate-register-options']])
		assert.equal((await by(token, method, path, { body })).status, 401, path);
	// Responses to requests with a token set no cookies.
	for (const path of ['/api/me', '/api/events', '/api/invites', '/api/modules'])
		assert.deepEqual((await by(token, 'GET', path)).cookies, [], path);
});

test('a session of the issuer becomes a session here, and ends with its last token', async () => {
	const boss = await owner('sessions');
	const first = claimsOf(boss.id, { session_id: 's1', exp: now() + 600 });
	const answers = await Promise.all(Array.from({ length: 8 }, () => by(es256(first))));
	assert.deepEqual(answers.map((rs) => rs.status), Array(8).fill(200));
	const [[id, method, expires, remember], ...more] = sessions(boss);
	assert.deepEqual([method, expires, remember, more], ['jwt', String(first.exp + 60), 'f', []]);
	// The next token of this session extends it, and an older token does not shorten it.
	const next = claimsOf(boss.id, { session_id: 's1', exp: now() + 1800 });
	for (const token of [hs256(next), es256(first), es256(next)])
		assert.equal((await by(token)).status, 200);
	assert.deepEqual(sessions(boss).map(([a, , b]) => [a, b]), [[id, String(next.exp + 60)]]);
	// A different session ID, a token without a session ID, and the same session ID of a different user each open a
	// separate session.
	const max = await member(boss);
	for (const claims of [claimsOf(boss.id, { session_id: 's2' }), claimsOf(boss.id, { sid: 's3' }), claimsOf(boss.id, { jti: 'a' }), claimsOf(boss.id, { jti: 'b' })])
		assert.equal((await by(hs256(claims))).status, 200);
	assert.equal(sessions(boss).length, 5);
	assert.equal((await by(hs256(claimsOf(max.id, { session_id: 's1' })))).json.id, max.me.id);
	assert.equal(sessions(max).length, 1);
	// A token that is valid for years expires a day after its last use.
	await by(hs256(claimsOf(max.id, { session_id: 'long', exp: now() + 10 * 365 * 86400 })));
	assert.ok(sessions(max).every(([, , end]) => Number(end) < now() + 86400 + 60));
	// The sessions are logged as events of the account.
	const events = (await boss.browser.get('/api/events?limit=50')).json.filter((e) => e.action === 'session.created' && e.data.method === 'jwt');
	assert.equal(events.length, 5);
});

test('a write can be retried with the next token of the session', async () => {
	const boss = await owner('again');
	const write = (iat) => by(es256(claimsOf(boss.id, { session_id: 'w', iat })), 'POST', '/api/tags',
		{ body: { name: 'once', color: '#000' }, headers: { 'idempotency-key': 'w1' } });
	const one = await write(now() - 20), two = await write(now() - 10);
	assert.equal(one.status, 201, one.text);
	assert.deepEqual(two.json, one.json);
});

test('bans, memberships and the organization\'s policy apply as they do for a session', async () => {
	const boss = await owner('policy'), max = await member(boss), gone = await member(boss), stopped = await member(boss), banned = await member(boss),
		stranger = await owner('stranger');
	const token = (who, more) => es256(claimsOf(who.id, more));
	for (const who of [gone, stopped, banned])
		assert.equal((await by(token(who))).status, 200);
	sql('DELETE FROM identity.organization_member WHERE user_id = $1', gone.id);
	assert.deepEqual(kind(await by(token(gone))), [409, 'no_organization']);
	sql('UPDATE identity.organization_member SET disabled = true WHERE user_id = $1', stopped.id);
	assert.ok([401, 403].includes((await by(token(stopped))).status));
	sql('UPDATE identity."user" SET banned = true WHERE id = $1', banned.id);
	assert.deepEqual(sessions(banned), []);
	const refused = await by(token(banned));
	assert.deepEqual([refused.status, refused.json.code ?? kind(refused)[1]], [403, 'BANNED_USER'], refused.text);
	assert.deepEqual(sessions(banned), []);
	assert.deepEqual(kind(await by(token(stranger), 'GET', `/api/me?orgId=${boss.organization.id}`)), [403, 'not_member']);
	// The role comes from the membership, regardless of the contents of the token.
	const role = { role: 'service_role', app_metadata: { role: 'owner' }, aal: 'aal2', amr: [{ method: 'totp' }] };
	assert.equal((await by(token(max, role), 'PUT', '/api/configuration/1', { body: { config: { title: 'x' } } })).status, 403);
	sql('UPDATE identity.organization SET staff_second_factor = true WHERE id = $1', boss.organization.id);
	assert.deepEqual(kind(await by(token(boss, role))), [403, 'staff_second_factor']);
	sql('UPDATE identity.organization SET staff_second_factor = false, staff_max_minutes = 30 WHERE id = $1', boss.organization.id);
	assert.equal((await by(token(boss, { jti: 'm1' }))).status, 200);
	assert.deepEqual(kind(await by(token(boss, { jti: 'm2', auth_time: now() - 3600 }))), [401, 'staff_session_ended']);
	assert.deepEqual(kind(await by(token(boss, { jti: 'm3', iat: now() - 3600 }))), [401, 'staff_session_ended']);
	sql('UPDATE identity.organization SET staff_max_minutes = NULL, suspended_at = now() WHERE id = $1', boss.organization.id);
	assert.deepEqual(kind(await by(token(boss))), [403, 'organization_suspended']);
});

test('orgId and a publishable key select the organization', async () => {
	const boss = await owner('one');
	const second = await boss.browser.post('/api/auth/organization/create', { name: 'Two', slug: `two-${process.pid}` });
	const token = es256(claimsOf(boss.id));
	const { key } = (await boss.browser.post('/api/auth/api-key/create', { publishable: true, organizationId: boss.organization.id })).json;
	for (const [path, headers, org] of [[`/api/me?orgId=${second.json.id}`, {}, second.json.id], [`/api/me?orgId=${boss.organization.id}`, {}, boss.organization.id],
		['/api/me', { 'x-api-key': key }, boss.organization.id]]) {
		const rs = await by(token, 'GET', path, { headers });
		assert.deepEqual([rs.status, rs.json.organization_id], [200, org], rs.text);
	}
	// A secret key in x-api-key determines the caller.
	const other = await owner('key');
	const made = (await other.browser.post('/api/auth/api-key/create', {})).json.key;
	assert.deepEqual((await by(token, 'GET', '/api/me', { headers: { 'x-api-key': made } })).json, other.me);
});

test('with a provider, the subject is the ID of a linked account', async () => {
	const boss = await owner('linked');
	sql(`INSERT INTO identity.account (id, account_id, provider_id, user_id) VALUES ('jwt-' || $1, 'subject of ' || $1, 'supabase', $1)`, boss.id);
	const pool = await workers({ TENANTRY_JWT_PROVIDER: 'supabase', TENANTRY_JWT_SKEW: '0' });
	const asked = async (sub, more) => (await pool.ask('GET', '/api/me', { token: es256(claimsOf(sub, more)) })).status;
	assert.equal(await asked(`subject of ${boss.id}`, { session_id: 'a' }), 200);
	assert.equal(await asked(boss.id), 401);
	assert.equal(await asked(`subject of ${boss.id}`, { exp: now() - 2 }), 401);
	// Unlinking the account ends the session.
	sql(`DELETE FROM identity.account WHERE id = 'jwt-' || $1`, boss.id);
	assert.equal(await asked(`subject of ${boss.id}`, { session_id: 'a' }), 401);
	// Now the account at the issuer belongs to another user.
	const { id } = await signUp();
	sql(`INSERT INTO identity.account (id, account_id, provider_id, user_id) VALUES ('jwt2-' || $1, 'subject of ' || $1, 'supabase', $2)`, boss.id, id);
	assert.equal(await asked(`subject of ${boss.id}`, { session_id: 'a' }), 409);
	const before = sql('SELECT count(*) FROM identity."user"');
	assert.equal(await asked('nobody'), 401);
	assert.deepEqual(sql('SELECT count(*) FROM identity."user"'), before);
});

test('a token needs as many round trips as a session', async () => {
	const boss = await founder('Trips');
	const pool = await workers({});
	const trips = async (options) => {
		const counted = async () => Number((await pool.ask('GET', '/metrics')).text.match(/^tenantry_db_round_trips_total (\d+)/m)[1]);
		const was = await counted();
		assert.equal((await pool.ask('GET', '/api/me', options)).status, 200);
		return await counted() - was;
	};
	const token = es256(claimsOf(boss.user.id, { session_id: 't' }));
	for (const first of [token, boss.token])
		await trips({ token: first });
	assert.equal(await trips({ token }), await trips({ token: boss.token }));
});

test('a new key file is read on SIGHUP, and an invalid key file changes nothing', async () => {
	const boss = await founder('Reload');
	const folder = mkdtempSync(`${tmpdir()}/keys-`), file = `${folder}/keys.json`;
	const write = (...list) => writeFileSync(file, JSON.stringify({ keys: list }));
	const tokens = [hs256(claimsOf(boss.user.id)), es256(claimsOf(boss.user.id)), es256(claimsOf(boss.user.id), 'e2')];
	write(keys[0], keys[1]);
	const pool = await workers({ TENANTRY_WORKERS: '2', TENANTRY_JWT_KEYS: file });
	const all = async () => (await Promise.all(tokens.map((token) => pool.ask('GET', '/api/me', { token })))).map(({ status }) => status);
	// Waits until only new workers are running.
	const reload = async () => {
		const old = pool.pids();
		pool.child.kill('SIGHUP');
		await until(() => pool.pids().length >= 2 && !pool.pids().some((pid) => old.includes(pid)));
		return all();
	};
	assert.deepEqual(await all(), [200, 200, 401]);
	write(keys[1], keys[2]);
	assert.deepEqual(await all(), [200, 200, 401], 'not before');
	assert.deepEqual(await reload(), [401, 200, 200], 'one more, and one less');
	for (const broken of ['{', '', JSON.stringify({ keys: [{ kty: 'RSA' }] })]) {
		const said = pool.log().split('kept=yes').length;
		writeFileSync(file, broken);
		assert.deepEqual(await reload(), [401, 200, 200], broken);
		assert.equal(pool.log().split('kept=yes').length, said + 1);
	}
	rmSync(file);
	assert.deepEqual(await reload(), [401, 200, 200], 'no file');
	write(keys[0]);
	assert.deepEqual(await reload(), [200, 401, 401]);
	assert.match(pool.log(), /TENANTRY_JWT_KEYS=.*keys.json: /);
	await pool.stop();
	rmSync(folder, { recursive: true });
});

test('the program refuses unsupported keys, and incomplete combinations of settings', () => {
	const folder = mkdtempSync(`${tmpdir()}/keys-`), file = `${folder}/keys.json`;
	const start = (content, more = {}) => {
		if (content !== null)
			writeFileSync(file, content);
		const { status, stderr } = spawnSync(`${process.env.BUILD}/tenantry-fcgi`, { encoding: 'utf8', timeout: 20000,
			env: { ...process.env, TENANTRY_SOCKET: `${folder}/socket`, TENANTRY_JWT_KEYS: file, ...more } });
		assert.equal(status, 1, stderr);
		return stderr;
	};
	assert.match(start(null), /TENANTRY_JWT_KEYS=.*No such file/);
	for (const [set, why] of [['', /must be JSON/], [{ keys: [] }, /1 to 64 keys/], [{ keys: [{ kty: 'RSA' }] }, /key 1: must be a key of the type oct, EC or RSA/],
		[{ keys: [keys[1], keys[1]] }, /key 2: kid must be unique/], [{ keys: [{ kty: 'oct', k: 'c2hvcnQ' }] }, /long enough/],
		[{ keys: [{ ...keys[1], y: keys[2].y }] }, /key 1: must be a key of the type/], [' '.repeat(70000), /less than 64 KiB/]])
		assert.match(start(typeof set === 'string' ? set : JSON.stringify(set)), why);
	writeFileSync(file, JSON.stringify({ keys }));
	for (const missing of ['TENANTRY_JWT_KEYS', 'TENANTRY_JWT_ISSUER', 'TENANTRY_JWT_AUDIENCE'])
		assert.match(start(null, { [missing]: '' }), /require each other/);
	for (const skew of ['-1', '301', 'x'])
		assert.match(start(null, { TENANTRY_JWT_SKEW: skew }), /TENANTRY_JWT_SKEW=.*from 0 to 300/);
	rmSync(folder, { recursive: true });
});
