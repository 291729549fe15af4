// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// The requests with each key in the last 24 hours: what the log contains about them, and who can read the log.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../../lib/api.mjs';
import { sql } from '../lib/database.mjs';
import { BASE, send } from '../lib/http.mjs';
import { member, owner } from '../lib/people.mjs';

const api = (key, method = 'GET', path = '/api/tags', body = undefined) => send(method, path,
	{ headers: { 'x-api-key': key, ...typeof body === 'string' && { 'content-type': 'application/json' } }, body });
async function keyOf(who, body = {}) {
	const rs = await who.browser.post('/api/auth/api-key/create', body);
	assert.equal(rs.status, 200, rs.text);
	return rs.json;
}
const read = (who, params) => who.browser.get(`/api/api_keys/requests?${new URLSearchParams(params)}`);
// Waits until there are this many entries, and returns them.
async function entries(who, params, n) {
	let found;
	await until(async () => {
		const rs = await read(who, params);
		assert.equal(rs.status, 200, rs.text);
		found = rs.json;
		return found.length >= n;
	});
	assert.equal(found.length, n, JSON.stringify(found));
	return found;
}

test('each request with a key is logged', async () => {
	const boss = await owner('logged');
	const { key, id } = await keyOf(boss, { permissions: { tags: ['read', 'write'] } });
	const from = Date.now();
	const answers = [];
	for (const [method, path, body] of [['GET', '/api/tags'], ['POST', '/api/tags', { name: 'a', color: '#000' }], ['GET', '/api/contacts'], ['POST', '/api/tags', { nothing: 'secret' }],
		['GET', '/api/tags/123'], ['GET', '/api/nowhere'], ['POST', '/api/tags', '{"name"']])
		answers.push(await api(key, method, path, body));
	const made = answers[1].json.id;
	answers.push(await api(key, 'DELETE', `/api/tags/${made}`));
	const log = (await entries(boss, { id }, 8)).sort((one, other) => one.at < other.at ? -1 : 1);
	assert.deepEqual(log.map((e) => [e.method, e.route, e.status, e.code]), [['GET', '/api/tags', 200, null], ['POST', '/api/tags', 201, null],
		['GET', '/api/contacts', 403, 'key_scope'], ['POST', '/api/tags', 422, 'member_unknown'], ['GET', '/api/tags/{id}', 404, 'not_found'],
		['GET', '-', 404, log[5].code], ['POST', '/api/tags', 400, log[6].code], ['DELETE', '/api/tags/{id}', 200, null]]);
	assert.deepEqual(log.map((e) => e.id), answers.map((rs) => rs.headers['x-request-id']));
	for (const e of log) {
		assert.ok(e.duration > 0 && e.duration < 60_000, String(e.duration));
		assert.ok(new Date(e.at) >= from - 1000 && new Date(e.at) <= Date.now() + 1000, e.at);
		assert.equal(e.body, null);
	}
	// Entries can be filtered by request ID and by result, and read page by page.
	assert.deepEqual((await read(boss, { id, request_id: answers[2].headers['x-request-id'] })).json.map((e) => e.route), ['/api/contacts']);
	assert.deepEqual((await read(boss, { id, request_id: 'none' })).json, []);
	assert.deepEqual((await read(boss, { id, refused: 'true' })).json.map((e) => e.status), [400, 404, 404, 422, 403]);
	assert.deepEqual((await read(boss, { id, refused: 'false' })).json.map((e) => e.status), [200, 201, 200]);
	const all = (await read(boss, { id })).json, paged = [];
	for (let before; paged.length < 8; before = paged.at(-1).id) {
		const page = (await read(boss, { id, limit: 3, ...before && { before } })).json;
		assert.ok(page.length > 0);
		paged.push(...page);
	}
	assert.deepEqual(paged, all);
	for (const params of [{}, { id, limit: 'x' }, { id, refused: 'maybe' }, { id, before: 'none' }, { id, other: 1 }])
		assert.ok([400, 422].includes((await read(boss, params)).status), JSON.stringify(params));
	// Older requests are neither shown nor stored.
	sql(`UPDATE identity.api_key_request SET at = at - interval '24 hours' WHERE key_id = $1 AND status < 400`, id);
	assert.equal((await read(boss, { id })).json.length, 5);
	sql('SELECT ops.sweep()');
	assert.equal(sql('SELECT count(*) FROM identity.api_key_request WHERE key_id = $1', id)[0][0], '5');
});

test('the bodies of refused requests are logged for keys with logBodies', async () => {
	const boss = await owner('bodies');
	const made = await keyOf(boss, { logBodies: true });
	assert.equal(made.logBodies, true);
	const long = `{"name":"${'é'.repeat(5000)}"`;
	const bodies = ['{"nothing":"x"}', '{"name', 'caf\u00e9 "\\', '\u0000\u0001', long];
	for (const body of bodies)
		assert.ok((await api(made.key, 'POST', '/api/tags', body)).status >= 400);
	assert.equal((await api(made.key, 'POST', '/api/tags', { name: 'fine', color: '#000' })).status, 201);
	// Several requests can have the same time.
	const logged = (await entries(boss, { id: made.id }, 6)).map((e) => e.body);
	for (const body of bodies.slice(0, 3))
		assert.ok(logged.includes(body), JSON.stringify(logged));
	// The body with control characters, and the body of a successful request, are not stored.
	assert.equal(logged.filter((body) => body === null).length, 2);
	assert.ok(logged.some((body) => body?.length > 3900 && long.startsWith(body)), JSON.stringify(logged));
	// Invalid UTF-8 is removed, and the other entries are stored.
	const bytes = await fetch(`${BASE}/api/tags`, { method: 'POST', body: Buffer.from([0x7b, 0xff, 0xfe, 0xc3]),
		headers: { 'x-api-key': made.key, 'content-type': 'application/json' } });
	assert.equal(bytes.status, 400);
	assert.equal((await entries(boss, { id: made.id }, 7))[0].body, null);
	// After logBodies is switched off, later bodies are not stored.
	const off = await boss.browser.post('/api/auth/api-key/update', { keyId: made.id, logBodies: false });
	assert.equal('logBodies' in off.json, false);
	await api(made.key, 'POST', '/api/tags', '{"late":1}');
	assert.equal((await entries(boss, { id: made.id }, 8))[0].body, null);
	for (const logBodies of ['yes', 1, null, {}])
		assert.equal((await boss.browser.post('/api/auth/api-key/update', { keyId: made.id, logBodies })).status, 400, String(logBodies));
});

test('only the key\'s user and administrators of the organization can read the log', async () => {
	const boss = await owner('reads'), max = await member(boss), moritz = await member(boss), stranger = await owner('not');
	const { key, id } = await keyOf(max);
	await Promise.all(Array.from({ length: 5 }, () => api(key)));
	for (const who of [max, boss])
		assert.equal((await entries(who, { id }, 5)).length, 5);
	for (const who of [moritz, stranger]) {
		const rs = await read(who, { id });
		assert.deepEqual([rs.status, rs.json.code], [404, 'key_not_found'], rs.text);
	}
	assert.equal((await read(max, { id: 'none' })).status, 404);
	assert.equal((await send('GET', `/api/api_keys/requests?id=${id}`)).status, 401);
	assert.equal((await api(key, 'GET', `/api/api_keys/requests?id=${id}`)).status, 403);
	// An entry of a different key is not a valid cursor.
	const other = await keyOf(boss);
	await api(other.key);
	const [{ id: before }] = await entries(boss, { id: other.id }, 1);
	assert.equal((await read(max, { id, before })).status, 422);
	// Both secrets of a rotated key count as the same key, and unknown keys are not logged.
	const next = await max.browser.post('/api/auth/api-key/rotate', { keyId: id });
	await api(next.json.key);
	await api(key);
	await entries(max, { id }, 8);	// includes the refused request to read the log
	const count = () => sql(`SELECT count(*) FROM identity.api_key_request r WHERE NOT EXISTS (SELECT FROM identity.api_key k WHERE k.id = r.key_id)`)[0][0];
	assert.equal(count(), '0');
	await api(`tenantry_${'x'.repeat(64)}`);
	await max.browser.post('/api/auth/api-key/delete', { keyId: id });
	assert.equal((await read(max, { id })).status, 404);
});
