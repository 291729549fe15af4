// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Keys for servers: binding to addresses, rotation with an overlap, and log entries.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { dump, sql } from '../lib/database.mjs';
import { send } from '../lib/http.mjs';
import { member, owner } from '../lib/people.mjs';

const api = (key, method = 'GET', path = '/api/tags', body = undefined) => send(method, path, { headers: { 'x-api-key': key }, body });
const manage = (who, action, body, headers = {}) => who.browser.post(`/api/auth/api-key/${action}`, body, headers);
const good = async (answer) => {
	const rs = await answer;
	assert.equal(rs.status, 200, rs.text);
	return rs.json;
};
const keyOf = (who, body = {}) => good(manage(who, 'create', body));
const kind = (rs) => [rs.status, rs.json.type?.split('/').pop()];
const events = async (who) => (await good(who.browser.get('/api/events?limit=50'))).filter((e) => e.action.startsWith('api-key.'));

test('a key that is bound to addresses is refused from other addresses', async () => {
	const boss = await owner('bound');
	for (const addresses of [['127.0.0.1'], ['127.0.0.0/8'], ['192.0.2.0/24', '2001:db8::/32', '127.0.0.1'], ['::ffff:127.0.0.1'], ['0.0.0.0/0']]) {
		const made = await keyOf(boss, { addresses });
		assert.equal((await api(made.key)).status, 200, addresses.join());
	}
	for (const addresses of [['192.0.2.1'], ['127.0.0.2'], ['2001:db8::/32'], ['::/0'], ['::1']]) {
		const made = await keyOf(boss, { addresses });
		assert.deepEqual(made.addresses, addresses);
		for (const [method, path, body] of [['GET', '/api/tags'], ['POST', '/api/tags', { name: 'x', color: '#000' }], ['GET', '/api/me']]) {
			const rs = await api(made.key, method, path, body);
			assert.deepEqual(kind(rs), [403, 'key_address'], addresses.join());
			assert.equal(rs.json.detail, 'this API key may not be used from this address');
		}
		const bearer = await send('GET', '/api/tags', { headers: { authorization: `Bearer ${made.key}` } });
		assert.deepEqual(kind(bearer), [403, 'key_address']);
	}
	// A header from the client cannot change the address.
	const { key } = await keyOf(boss, { addresses: ['192.0.2.1'] });
	const forged = await send('GET', '/api/tags', { headers: { 'x-api-key': key, 'x-forwarded-for': '192.0.2.1', 'x-real-ip': '192.0.2.1' } });
	assert.deepEqual(kind(forged), [403, 'key_address']);
});

test('the addresses of a key can be changed and removed', async () => {
	const boss = await owner('moves');
	const { id, key, ...rest } = await keyOf(boss, { addresses: ['192.0.2.0/24'] });
	assert.deepEqual(rest.addresses, ['192.0.2.0/24']);
	assert.deepEqual((await good(manage(boss, 'update', { keyId: id, addresses: ['127.0.0.1'] }))).addresses, ['127.0.0.1']);
	assert.equal((await api(key)).status, 200);
	// Other changes do not affect the addresses.
	assert.deepEqual((await good(manage(boss, 'update', { keyId: id, name: 'x' }))).addresses, ['127.0.0.1']);
	await good(manage(boss, 'update', { keyId: id, addresses: ['192.0.2.1'] }));
	assert.equal((await api(key)).status, 403);
	assert.equal('addresses' in await good(manage(boss, 'update', { keyId: id, addresses: null })), false);
	assert.equal((await api(key)).status, 200);
	for (const addresses of ['127.0.0.1', {}, [], [''], ['x'], ['127.0.0.1/33'], ['127.0.0.1/8'], ['127.1'], ['2001:db8::1/32'], [7], [null],
		['127.0.0.1; DROP TABLE x'], [['127.0.0.1']], Array.from({ length: 51 }, () => '127.0.0.1')]) {
		const rs = await manage(boss, 'update', { keyId: id, addresses });
		assert.deepEqual([rs.status, rs.json.code], [400, 'VALIDATION_ERROR'], JSON.stringify(addresses));
	}
	assert.equal((await api(key)).status, 200);
});

test('a rotated key has two valid secrets during the overlap', async () => {
	const boss = await owner('turns');
	const made = await keyOf(boss, { name: 'erp', prefix: 'erp_', permissions: { tags: ['read', 'write'] }, rateLimitMax: 6, rateLimitTimeWindow: 60000 });
	const from = Date.now();
	const next = await good(manage(boss, 'rotate', { keyId: made.id, overlap: 3600 }));
	assert.match(next.key, /^erp_[A-Za-z0-9]{64}$/);
	assert.notEqual(next.key, made.key);
	assert.equal(next.start, next.key.slice(0, 6));
	assert.deepEqual([next.id, next.name, next.permissions], [made.id, 'erp', made.permissions]);
	const until = new Date(next.previousUntil) - from;
	assert.ok(until > 3500e3 && until < 3900e3, next.previousUntil);
	const mine = [];
	for (const { key, start } of [made, next]) {
		const rs = await api(key, 'POST', '/api/tags', { name: start, color: '#000' });
		assert.equal(rs.status, 201, rs.text);
		mine.push(String(rs.json.id));
		assert.deepEqual(kind(await api(key, 'GET', '/api/contacts')), [403, 'key_scope']);
	}
	// In the audit log and for the limit, both secrets count as one key.
	const audited = await good(boss.browser.get(`/api/audit_log?filter=${encodeURIComponent(JSON.stringify({ resource: 'tags' }))}`));
	assert.deepEqual(audited.filter(({ row_id }) => mine.includes(row_id)).map((e) => [e.api_key_id, e.user_id]), Array(2).fill([made.id, boss.id]));
	assert.ok(audited.every((e) => mine.includes(e.row_id) || e.api_key_id === null));
	assert.equal((await api(made.key)).status, 200);
	assert.equal((await api(next.key)).status, 200);
	assert.equal((await api(next.key)).status, 429);
	assert.equal((await api(made.key)).status, 429);
	sql('DELETE FROM identity.api_key_use WHERE key_id = $1', made.id);
	// The overlap ends.
	sql(`UPDATE identity.api_key SET previous_until = now() WHERE id = $1`, made.id);
	const ended = await api(made.key);
	assert.deepEqual([...kind(ended), ended.json.detail], [401, 'key_expired', 'this API key was replaced']);
	assert.equal((await api(next.key)).status, 200);
	assert.equal('previousUntil' in await good(boss.browser.get(`/api/auth/api-key/get?id=${made.id}`)), false);
	for (const { key } of [made, next]) {
		assert.ok(!dump().includes(key));
		assert.ok(dump().includes(createHash('sha256').update(key).digest('hex')));
	}
});

test('the next rotation ends an overlap, and with overlap 0 there is none', async () => {
	const boss = await owner('spins');
	const one = await keyOf(boss);
	const two = await good(manage(boss, 'rotate', { keyId: one.id }));
	const day = new Date(two.previousUntil) - Date.now();
	assert.ok(day > 86000e3 && day <= 86400e3, two.previousUntil);
	const three = await good(manage(boss, 'rotate', { keyId: one.id, overlap: 604800 }));
	const seen = async () => Promise.all([one, two, three].map(async ({ key }) => (await api(key)).status));
	assert.deepEqual(await seen(), [401, 200, 200]);
	const four = await good(manage(boss, 'rotate', { keyId: one.id, overlap: 0 }));
	assert.deepEqual([...await seen(), (await api(four.key)).status], [401, 401, 401, 200]);
	// After two concurrent rotations, one secret is the current secret, and the other is the previous secret.
	const [a, b] = await Promise.all([1, 2].map(() => good(manage(boss, 'rotate', { keyId: one.id, overlap: 60 }))));
	assert.deepEqual([(await api(a.key)).status, (await api(b.key)).status, (await api(four.key)).status], [200, 200, 401]);
	// A retry of the request gets the same secret.
	const once = { 'idempotency-key': 'turn' };
	const first = await good(manage(boss, 'rotate', { keyId: one.id }, once)), again = await good(manage(boss, 'rotate', { keyId: one.id }, once));
	assert.equal(again.key, first.key);
	assert.equal((await api(first.key)).status, 200);
});

test('a disabled, expired or bound key remains so when it is rotated', async () => {
	const boss = await owner('stays');
	const made = await keyOf(boss, { addresses: ['192.0.2.1'] });
	const next = await good(manage(boss, 'rotate', { keyId: made.id }));
	for (const { key } of [made, next])
		assert.equal((await api(key)).status, 403);
	await good(manage(boss, 'update', { keyId: made.id, addresses: null, enabled: false }));
	for (const { key } of [made, next])
		assert.deepEqual(kind(await api(key)), [401, 'key_disabled']);
	await good(manage(boss, 'update', { keyId: made.id, enabled: true }));
	sql(`UPDATE identity.api_key SET expires_at = now() WHERE id = $1`, made.id);
	for (const { key } of [made, next])
		assert.deepEqual(kind(await api(key)), [401, 'key_expired']);
	await good(manage(boss, 'delete', { keyId: made.id }));
	for (const { key } of [made, next])
		assert.deepEqual(kind(await api(key)), [401, 'invalid_key']);
});

test('only its user can rotate a key, in a session that is less than a day old', async () => {
	const boss = await owner('rules'), max = await member(boss), stranger = await owner('not');
	const made = await keyOf(max);
	for (const who of [boss, stranger])
		assert.deepEqual([(await manage(who, 'rotate', { keyId: made.id })).json.code], ['KEY_NOT_FOUND']);
	assert.equal((await manage(max, 'rotate', { keyId: made.id, userId: boss.id })).status, 401);
	assert.equal((await manage(max, 'rotate', {})).status, 400);
	for (const overlap of [-1, 1.5, 604801, '60', {}, true])
		assert.equal((await manage(max, 'rotate', { keyId: made.id, overlap })).json.code, 'VALIDATION_ERROR', String(overlap));
	assert.equal((await send('POST', '/api/auth/api-key/rotate', { body: { keyId: made.id } })).status, 401);
	assert.equal((await send('POST', '/api/auth/api-key/rotate', { body: { keyId: made.id }, headers: { 'x-api-key': made.key } })).status, 401);
	sql(`UPDATE identity.session SET created_at = now() - interval '25 hours' WHERE user_id = $1`, max.id);
	assert.equal((await manage(max, 'rotate', { keyId: made.id })).json.code, 'SESSION_NOT_FRESH');
	assert.equal((await api(made.key)).status, 200);
});

test('the account\'s log contains each change and each refused use', async () => {
	const boss = await owner('logs');
	const made = await keyOf(boss, { name: 'erp', addresses: ['192.0.2.1'] });
	assert.equal((await api(made.key)).status, 403);
	await good(manage(boss, 'update', { keyId: made.id, addresses: null }));
	const next = await good(manage(boss, 'rotate', { keyId: made.id, overlap: 0 }));
	assert.equal((await api(made.key)).status, 401);
	assert.equal((await api(next.key)).status, 200);
	await good(manage(boss, 'update', { keyId: made.id, enabled: false }));
	assert.equal((await api(next.key)).status, 401);
	await good(manage(boss, 'delete', { keyId: made.id }));
	const all = (await events(boss)).reverse();
	assert.deepEqual(all.map((e) => [e.action, e.data.reason]), [['api-key.created', undefined], ['api-key.refused', 'key_address'],
		['api-key.updated', undefined], ['api-key.updated', undefined], ['api-key.refused', 'key_expired'],
		['api-key.updated', undefined], ['api-key.refused', 'key_disabled'], ['api-key.deleted', undefined]]);
	assert.deepEqual(all[0].data.addresses, ['192.0.2.1']);
	assert.deepEqual(all[2].data, { addresses: [['192.0.2.1'], null] });
	assert.deepEqual(all[3].data.start, [made.start, next.start]);
	for (const e of all.filter(({ action }) => action === 'api-key.refused')) {
		assert.deepEqual([e.user_id, e.actor_id, e.organization_id, e.address, e.data.id, e.data.name],
			[boss.id, null, boss.organization.id, '127.0.0.1', made.id, 'erp']);
		assert.match(e.request_id, /./);
	}
	assert.deepEqual(all.filter(({ data }) => 'replaced' in data).map(({ data }) => data.replaced), [false, true, false]);
	assert.ok(!JSON.stringify(all).includes(made.key) && !JSON.stringify(all).includes(next.key));
	// The number of logged refusals of a key is limited.
	const noisy = await keyOf(boss, { addresses: ['192.0.2.1'] });
	for (let i = 0; i < 25; i++)
		assert.equal((await api(noisy.key)).status, 403);
	assert.equal((await events(boss)).filter((e) => e.action === 'api-key.refused' && e.data.id === noisy.id).length, 20);
});
