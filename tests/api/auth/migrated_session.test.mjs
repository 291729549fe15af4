// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_WORKERS=1
// Sessions of an imported Supabase project. Their client is notified once that the user must sign in again.
import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { sql } from '../lib/database.mjs';
import { send } from '../lib/http.mjs';
import { owner } from '../lib/people.mjs';

const CODE = 'SESSION_MIGRATED';
const b64 = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const hash = (text) => createHash('sha256').update(text).digest('hex');
const jwt = (session, more = {}) => [{ alg: 'HS256', typ: 'JWT' }, { sub: randomUUID(), role: 'authenticated',
	session_id: session, ...more }].map(b64).join('.') + '.' + b64('no signature');

// Returns the data that the import stores about a session.
function imported(life = '1 day') {
	const session = randomUUID(), refresh = randomUUID().slice(0, 12);
	for (const text of [session, refresh])
		sql(`INSERT INTO identity.migrated_session (token_hash, user_id, expires_at)
			VALUES (decode('${hash(text)}', 'hex'), 'someone', now() + '${life}')`);
	return { session, refresh, bearer: { authorization: `Bearer ${jwt(session)}` },
		value: { access_token: jwt(session), refresh_token: refresh, token_type: 'bearer' } };
}
const told = (s) => sql(`SELECT told_at IS NOT NULL FROM identity.migrated_session
	WHERE token_hash = decode('${hash(s)}', 'hex')`)[0][0];
const me = (headers) => send('GET', '/api/me', { headers });
const plain = (rs) => {
	assert.equal(rs.status, 401, rs.text);
	assert.ok(['no_credentials', 'token_malformed'].includes(rs.json.code), rs.text);
	assert.equal(rs.json.type, '/problems/unauthenticated');
};
const explained = (rs) => {
	assert.equal(rs.status, 401, rs.text);
	assert.equal(rs.json.code, CODE);
	assert.equal(rs.json.type, '/problems/session_migrated');
	assert.match(rs.json.message, /sign in again/);
};

test('without such sessions, the database is queried once per cache epoch', async () => {
	assert.deepEqual(sql('SELECT count(*) FROM identity.migrated_session'), [['0']]);
	plain(await me({ authorization: `Bearer ${jwt(randomUUID())}` }));
	const s = imported();
	plain(await me(s.bearer));
	assert.equal(told(s.session), 'f');
	sql('SELECT ops.new_cache_epoch()');
	let rs;
	do rs = await me(s.bearer); while (rs.json.code !== CODE && told(s.session) === 'f');
	explained(rs);
});

test('an old access token is refused with the reason only once', async () => {
	const s = imported();
	explained(await me(s.bearer));
	assert.equal(told(s.session), 't');
	plain(await me(s.bearer));
	assert.deepEqual((await me(s.bearer)).cookies, []);
	assert.equal((await send('GET', '/problems/session_migrated')).status, 200);
});

test('routes below /api/auth also refuse the token, and get-session remains null', async () => {
	const s = imported();
	const rs = await send('GET', '/api/auth/get-session', { headers: s.bearer });
	assert.deepEqual([rs.status, rs.json], [200, null]);
	assert.equal(told(s.session), 'f');
	const list = await send('GET', '/api/auth/list-sessions', { headers: s.bearer });
	assert.equal(list.status, 401);
	assert.deepEqual(Object.keys(list.json).sort(), ['code', 'message']);
	assert.equal(list.json.code, CODE);
	const again = await send('GET', '/api/auth/list-sessions', { headers: s.bearer });
	assert.equal(again.status, 401);
	assert.notEqual(again.json?.code, CODE);
});

test('each form of the cookie is recognized and deleted', async () => {
	const name = 'sb-abcdefghijklmnopqrst-auth-token';
	const text = (s) => JSON.stringify(s.value);
	const whole = [(s) => `base64-${b64(text(s))}`, (s) => encodeURIComponent(text(s)),
		(s) => encodeURIComponent(JSON.stringify([s.value.access_token, s.refresh, null])),
		(s) => `base64-${b64({ refresh_token: s.refresh })}`];
	for (const form of whole) {
		const s = imported(), cookie = `theme=dark; ${name}=${form(s)}; other=1`;
		const rs = await me({ cookie });
		explained(rs);
		assert.equal(rs.cookies.length, 1);
		assert.match(rs.cookies[0], new RegExp(`^${name}=; Max-Age=0; Path=/;`));
		const later = await me({ cookie });
		plain(later);
		assert.match(later.cookies[0], new RegExp(`^${name}=;`));
	}
	const s = imported(), value = `base64-${b64(text(s))}`, half = value.length >> 1;
	const rs = await me({ cookie: `${name}.0=${value.slice(0, half)}; ${name}.1=${value.slice(half)}` });
	explained(rs);
	assert.deepEqual(rs.cookies.map((c) => c.split('=')[0]), [`${name}.0`, `${name}.1`]);
});

test('a client that was notified through one credential of a session is not notified through the other', async () => {
	const s = imported();
	const cookie = `sb-x-auth-token=base64-${b64(s.value)}`;
	explained(await me({ cookie }));
	assert.deepEqual([told(s.session), told(s.refresh)], ['t', 't']);
	plain(await me(s.bearer));
});

test('of concurrent requests, one gets the notice', async () => {
	const s = imported();
	const all = await Promise.all(Array.from({ length: 12 }, () => me(s.bearer)));
	assert.equal(all.filter((rs) => rs.json.code === CODE).length, 1);
});

test('an unknown, expired or native session gets the ordinary response', async () => {
	plain(await me({ authorization: `Bearer ${jwt(randomUUID())}` }));
	plain(await me(imported('-1 second').bearer));
	const unknown = await me({ cookie: `sb-x-auth-token=base64-${b64({ refresh_token: 'none' })}` });
	plain(unknown);
	assert.deepEqual(unknown.cookies, []);
	const who = await owner('migrated'), s = imported();
	const cookie = `${who.browser.jar.header()}; sb-x-auth-token=base64-${b64(s.value)}`;
	assert.equal((await me({ cookie })).status, 200);
	assert.equal(told(s.session), 'f');
	const wrong = await send('POST', '/api/auth/sign-in/email', { headers: { ...s.bearer,
		origin: process.env.BASE }, body: { email: 'none@example.test', password: 'wrong password' } });
	assert.deepEqual([wrong.status, wrong.json.code], [401, 'INVALID_EMAIL_OR_PASSWORD']);
	assert.equal(told(s.session), 'f');
});

test('the paths of Supabase itself are not served', async () => {
	const s = imported();
	for (const [method, path] of [['POST', '/auth/v1/token?grant_type=refresh_token'], ['GET', '/auth/v1/user']]) {
		const rs = await send(method, path, { headers: s.bearer, body: method === 'POST'
			? { refresh_token: s.refresh } : undefined });
		assert.ok([404, 405].includes(rs.status), `${path} ${rs.status} ${rs.text}`);
	}
	assert.equal(told(s.session), 'f');
});

test('hostile tokens and cookies only cause a 401', async () => {
	const s = imported();
	const deep = '['.repeat(5000) + ']'.repeat(5000);
	for (const headers of [
		...['..', 'a.b.c', `x.${b64('null')}.x`, `x.${b64('[1]')}.x`, `x.${b64({ session_id: 7 })}.x`, `x.${b64(deep)}.x`,
			`x.${b64({ session_id: '' })}.x`, `x.${b64({ session_id: 'x'.repeat(2000) })}.x`,
			`x.${b64({ session_id: `",NULL,"${s.session}` })}.x`, `x.${b64({ session_id: '\\x00"}' })}.x`,
			`x.${'A'.repeat(30000)}.x`, jwt(`${s.session} `)].map((token) => ({ authorization: `Bearer ${token}` })),
		...['base64-', 'base64-%%%', '%', '%00', '{', '[]', '[1,2]', 'null', b64(deep), 'base64-' + 'A'.repeat(30000)]
			.map((value) => ({ cookie: `sb-x-auth-token=${value}` })),
		{ cookie: `sb-${'x'.repeat(200)}-auth-token=base64-${b64(s.value)}` },
		{ cookie: `sb-%0d%0a-auth-token=base64-${b64(s.value)}` },
		{ cookie: Array.from({ length: 400 }, (_, i) => `sb-x-auth-token.${i}=A`).join('; ') },
	])
		plain(await me(headers));
	assert.equal(told(s.session), 'f');
	explained(await me(s.bearer));
});
