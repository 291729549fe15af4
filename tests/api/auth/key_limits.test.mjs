// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// What a response says about the key's limit and about refused credentials, the key prefix, and who may raise a limit.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from '../lib/database.mjs';
import { send } from '../lib/http.mjs';
import { member, owner } from '../lib/people.mjs';

const api = (key, method = 'GET', path = '/api/tags', body = undefined, headers = {}) =>
	send(method, path, { headers: { 'x-api-key': key, ...headers }, body });
async function keyOf(who, body = {}) {
	const rs = await who.browser.post('/api/auth/api-key/create', body);
	assert.equal(rs.status, 200, rs.text);
	return rs.json;
}
const raise = (who, id, body) => who.browser.put('/api/api_keys/limit', { id, ...body });
// {"policy": ["key", 3, 60], "left": 2, "reset": 60}
function rate({ headers }) {
	const policy = /^"(\w+)";q=(\d+);w=(\d+)$/.exec(headers['ratelimit-policy']);
	const state = /^"(\w+)";r=(\d+);t=(\d+)$/.exec(headers.ratelimit);
	assert.ok(policy && state, JSON.stringify(headers));
	assert.equal(state[1], policy[1]);
	return { policy: [policy[1], Number(policy[2]), Number(policy[3])], left: Number(state[2]), reset: Number(state[3]) };
}

test('keys begin with a prefix that secret scanners find', async () => {
	const boss = await owner('prefix');
	const plain = await keyOf(boss), own = await keyOf(boss, { prefix: 'crm_' }), long = await keyOf(boss, { prefix: 'acme_exports_' });
	assert.match(plain.key, /^tenantry_[A-Za-z0-9]{64}$/);
	assert.deepEqual([plain.prefix, plain.start], ['tenantry_', plain.key.slice(0, 13)]);
	assert.deepEqual([own.prefix, own.start], ['crm_', own.key.slice(0, 6)]);
	assert.deepEqual([long.prefix, long.start], ['acme_exports_', long.key.slice(0, 17)]);
	const next = await boss.browser.post('/api/auth/api-key/rotate', { keyId: plain.id });
	assert.match(next.json.key, /^tenantry_[A-Za-z0-9]{64}$/);
	// Keys of earlier releases have no prefix, and do not get one.
	sql('UPDATE identity.api_key SET prefix = NULL WHERE id = $1', plain.id);
	const old = await boss.browser.post('/api/auth/api-key/rotate', { keyId: plain.id });
	assert.match(old.json.key, /^[A-Za-z0-9]{64}$/);
	assert.equal((await api(old.json.key)).status, 200);
});

test('each response to a request with a key states the limit and the remaining requests', async () => {
	const boss = await owner('states');
	const { key, id } = await keyOf(boss, { rateLimitMax: 17, rateLimitTimeWindow: 60000, permissions: { tags: ['read', 'write'], me: ['read'] } });
	const seen = [];
	const batch = (...parts) => `/api/batch?${parts.map((part) => `get=${encodeURIComponent(`/api/${part}`)}`).join('&')}`;
	for (const [method, path, body, status] of [['GET', '/api/tags', undefined, 200], ['POST', '/api/tags', { name: 'a', color: '#000' }, 201],
		['POST', '/api/tags', { nothing: 1 }, 422], ['GET', '/api/tags/1', undefined, 404], ['GET', '/api/contacts', undefined, 403],
		['POST', '/api/tags', 'not json', 400], ['POST', '/api/tags', { name: 'a', color: '#000' }, 409], ['GET', '/api/me', undefined, 200],
		['GET', '/api/nonesuch', undefined, 404], ['DELETE', '/api/tags/1/nonesuch', undefined, 404], ['DELETE', '/api/me', undefined, 405],
		['POST', '/api/batch', { operations: [{ method: 'POST', resource: 'tags', data: { name: 'a', color: 'nope' } }] }, 422],
		['GET', batch('tags', 'tags?sort=nope', 'contacts'), undefined, 200]]) {
		const rs = await api(key, method, path, body);
		assert.equal(rs.status, status, rs.text);
		const { policy, left, reset } = rate(rs);
		assert.deepEqual(policy, ['key', 17, 60]);
		assert.ok(reset >= 1 && reset <= 60, String(reset));
		seen.push(left);
	}
	// A refused request counts, too: otherwise, refused writes would be unlimited. Each part of a batch of reads counts.
	assert.deepEqual(seen, [16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 2]);
	assert.deepEqual([rate(await api(key)).left, rate(await api(key, 'POST', '/api/tags', { nothing: 1 })).left], [1, 0]);
	for (const [path, body] of [['tags', { nothing: 1 }], ['tags', 'not json'], ['tags', { name: 'a', color: '#000' }], ['contacts', {}], ['nonesuch', {}]]) {
		const rs = await api(key, 'POST', `/api/${path}`, body);
		assert.deepEqual([rs.status, rs.json.code, rate(rs).left], [429, 'key_too_often', 0], rs.text);
	}
	const over = await api(key);
	assert.equal(over.status, 429);
	assert.deepEqual([over.json.code, over.json.arguments, over.json.detail],
		['key_too_often', ['17', '60'], 'this API key may be used at most 17 times in 60 seconds']);
	const told = rate(over);
	assert.deepEqual([told.policy, told.left, String(told.reset)], [['key', 17, 60], 0, over.headers['retry-after']]);
	// After the window, the whole limit is available.
	sql(`UPDATE identity.api_key_use SET opened = opened - interval '60 seconds' WHERE key_id = $1`, id);
	assert.equal(rate(await api(key, 'GET', '/api/contacts')).left, 16);
	assert.equal(rate(await api(key)).left, 15);
	// Responses to requests with a session or an unknown key contain no such limit.
	assert.equal((await boss.browser.get('/api/tags')).headers.ratelimit, undefined);
	assert.equal((await api(`tenantry_${'x'.repeat(64)}`)).headers.ratelimit, undefined);
	// Each of several concurrent requests gets a different number.
	sql('DELETE FROM identity.api_key_use WHERE key_id = $1', id);
	const all = await Promise.all(Array.from({ length: 21 }, (_, n) => n % 2 ? api(key) : api(key, 'POST', '/api/tags', { nothing: 1 })));
	assert.deepEqual(all.filter(({ status }) => status !== 429).map((rs) => rate(rs).left).sort((a, b) => a - b), Array.from({ length: 17 }, (_, n) => n));
	// A key that refuses a request by itself does not count it, so that others cannot exhaust the limit.
	const bound = await keyOf(boss, { rateLimitMax: 5, rateLimitTimeWindow: 60000, addresses: ['192.0.2.1'] });
	for (let n = 0; n < 3; n++)
		assert.equal((await api(bound.key)).status, 403);
	assert.deepEqual(sql('SELECT * FROM identity.api_key_use WHERE key_id = $1', bound.id), []);
});

test('a 401 has a challenge and the reason', async () => {
	const boss = await owner('challenge');
	const { key, id } = await keyOf(boss);
	const none = await send('GET', '/api/tags');
	assert.deepEqual([none.status, none.json.code, none.headers['www-authenticate']], [401, 'no_credentials', 'Bearer realm="Tenantry"']);
	const said = async (headers) => {
		const rs = await send('GET', '/api/tags', { headers });
		return [rs.status, rs.json.code, rs.headers['www-authenticate']];
	};
	const challenge = (reason) => `Bearer realm="Tenantry", error="invalid_token", error_description="${reason}"`;
	assert.deepEqual(await said({ 'x-api-key': 'x"y\\z' }), [401, 'invalid_key', challenge('no such API key')]);
	assert.deepEqual(await said({ authorization: `Bearer ${'x'.repeat(32)}` }), [401, 'no_session', challenge('no session has this token: it is wrong, or the session was ended')]);
	sql('UPDATE identity.api_key SET enabled = false WHERE id = $1', id);
	assert.deepEqual(await said({ 'x-api-key': key }), [401, 'key_disabled', challenge('this API key is disabled')]);
	sql('UPDATE identity.api_key SET enabled = true, expires_at = now() WHERE id = $1', id);
	assert.deepEqual(await said({ authorization: `Bearer ${key}` }), [401, 'key_expired', challenge('this API key has expired')]);
	// Better Auth's routes respond like the original, with the header in addition.
	const auth = await send('POST', '/api/auth/api-key/create', { body: {} });
	assert.deepEqual([auth.status, auth.json.code, auth.headers['www-authenticate']], [401, 'UNAUTHORIZED', 'Bearer realm="Tenantry"']);
	const wrong = await send('POST', '/api/auth/sign-in/email', { body: { email: 'nobody@example.org', password: 'wrong password' } });
	assert.deepEqual([wrong.status, wrong.headers['www-authenticate']], [401, 'Bearer realm="Tenantry"']);
});

test('only administrators can raise the limit of a key', async () => {
	const boss = await owner('raises'), max = await member(boss), moritz = await member(boss), stranger = await owner('not');
	const { key, id } = await keyOf(max, { name: 'sync' });
	const raised = await raise(boss, id, { requests: 6000, seconds: 60 });
	assert.deepEqual([raised.status, raised.json.rateLimitMax, raised.json.rateLimitTimeWindow, raised.json.key], [200, 6000, 60000, undefined], raised.text);
	assert.deepEqual(rate(await api(key)).policy, ['key', 6000, 60]);
	for (const [who, status, code] of [[max, 422, 'role'], [moritz, 404, 'key_not_found'], [stranger, 404, 'key_not_found']]) {
		const rs = await raise(who, id, { requests: 9000, seconds: 60 });
		assert.deepEqual([rs.status, rs.json.code], [status, code], rs.text);
	}
	// The user of a key may change its other fields and lower its limit, but may not raise the limit.
	const update = async (body) => (await max.browser.post('/api/auth/api-key/update', { keyId: id, ...body })).json;
	assert.equal((await update({ name: 'renamed' })).rateLimitMax, 6000);
	assert.equal((await update({ rateLimitMax: 7000 })).code, 'SERVER_ONLY_PROPERTY');
	assert.equal((await update({ rateLimitMax: 100 })).rateLimitMax, 100);
	for (const [body, at] of [[{ requests: 0, seconds: 60 }, 'requests'], [{ requests: 60001, seconds: 60 }, 'requests'], [{ requests: 1.5, seconds: 60 }, 'requests'],
		[{ requests: '9'.repeat(40), seconds: 60 }, 'requests'], [{ requests: [], seconds: 60 }, 'requests'], [{ requests: 1, seconds: 0 }, 'seconds'],
		[{ requests: 1, seconds: 86401 }, 'seconds'], [{ requests: 1 }, 'seconds'], [{ requests: 1, seconds: null }, 'seconds'], [{ requests: 1, seconds: 1, more: 1 }, 'more']]) {
		const rs = await raise(boss, id, body);
		assert.ok([400, 422].includes(rs.status), `${JSON.stringify(body)} ${rs.text}`);
		assert.ok(at in rs.json.errors, rs.text);
	}
	assert.equal((await raise(boss, 'none', { requests: 1, seconds: 1 })).status, 404);
	// Neither a key nor an impersonator may raise a limit.
	const strong = await keyOf(boss, { permissions: { api_keys: ['read', 'write'] } });
	assert.equal((await api(strong.key, 'PUT', '/api/api_keys/limit', { id, requests: 1, seconds: 1 })).status, 403);
	assert.equal((await send('PUT', '/api/api_keys/limit', { body: { id, requests: 1, seconds: 1 } })).status, 401);
	// Of two concurrent requests, one succeeds.
	const both = await Promise.all([700, 800].map((requests) => raise(boss, id, { requests, seconds: 60 })));
	assert.deepEqual(both.map(({ status }) => status), [200, 200]);
	assert.ok([700, 800].includes((await raise(boss, id, { requests: 900, seconds: 60 })).json.rateLimitMax) === false);
	assert.equal((await boss.browser.get(`/api/auth/api-key/get?id=${id}`)).json.rateLimitMax, 900);
	const worn = await owner('worn');
	const theirs = await keyOf(worn);
	sql('UPDATE identity.session SET impersonated_by = $1 WHERE user_id = $2', 'operator', worn.id);
	assert.equal((await raise(worn, theirs.id, { requests: 1, seconds: 1 })).status, 403);
});
