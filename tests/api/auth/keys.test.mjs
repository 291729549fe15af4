// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// API keys with the stock client, and what keys can access.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { apiKeyClient } from '@better-auth/api-key/client';
import { createAuthClient } from 'better-auth/client';
import { patiently } from '../../lib/patiently.mjs';
import { dump, sql } from '../lib/database.mjs';
import { BASE, send } from '../lib/http.mjs';
import { PASSWORD, member, owner, signUp } from '../lib/people.mjs';

const client = (browser) => createAuthClient({ baseURL: BASE, plugins: [apiKeyClient()],
	fetchOptions: { customFetchImpl: browser.fetch } });
const api = (key, method, path, body) => send(method, path,
	{ headers: { 'x-api-key': key }, body });

// Creates an API key for the user with the stock client.
async function keyOf(who, options = {}) {
	const { data, error } = await client(who.browser).apiKey.create(options);
	assert.equal(error, null, JSON.stringify(error));
	return data;
}

const members = ['configId', 'createdAt', 'enabled', 'expiresAt', 'id', 'key', 'lastRefillAt',
	'lastRequest', 'metadata', 'name', 'organizationId', 'permissions', 'prefix',
	'rateLimitEnabled', 'rateLimitMax', 'rateLimitTimeWindow', 'referenceId', 'refillAmount',
	'refillInterval', 'remaining', 'requestCount', 'start', 'updatedAt'];

test('the stock client creates, reads, updates and deletes a key', async () => {
	const boss = await owner('keys');
	const { apiKey } = client(boss.browser);
	const made = await keyOf(boss, { name: 'nightly', prefix: 'crm_', expiresIn: 86400 * 7,
		metadata: { job: 'export' } });
	assert.deepEqual(Object.keys(made).sort(), members);
	assert.match(made.key, /^crm_[A-Za-z0-9]{64}$/);
	assert.equal(made.start, made.key.slice(0, 6));
	assert.equal(made.referenceId, boss.id);
	assert.equal(made.organizationId, boss.organization.id);
	assert.ok(made.expiresAt instanceof Date);
	const { key, ...rest } = made;
	assert.deepEqual((await apiKey.get({ query: { id: made.id } })).data, rest);
	const listed = (await apiKey.list({ query: { limit: 10 } })).data;
	assert.deepEqual(listed, { apiKeys: [rest], total: 1, limit: 10 });
	const changed = (await apiKey.update({ keyId: made.id, name: 'weekly', enabled: false })).data;
	assert.equal(changed.name, 'weekly');
	assert.equal(changed.enabled, false);
	assert.ok(!('key' in changed));
	assert.deepEqual((await apiKey.delete({ keyId: made.id })).data, { success: true });
	const gone = await apiKey.get({ query: { id: made.id } });
	assert.deepEqual([gone.error.status, gone.error.code], [404, 'KEY_NOT_FOUND']);
	assert.equal((await api(key, 'GET', '/api/me')).status, 401);
});

test('errors have the codes of the plugin', async () => {
	const boss = await owner('flaws');
	const create = async (body) => (await boss.browser.post('/api/auth/api-key/create', body)).json.code;
	assert.equal(await create({ name: 'x'.repeat(33) }), 'INVALID_NAME_LENGTH');
	assert.equal(await create({ prefix: 'x'.repeat(33) }), 'INVALID_PREFIX_LENGTH');
	assert.equal(await create({ prefix: 'a b' }), 'VALIDATION_ERROR');
	assert.equal(await create({ expiresIn: 60 }), 'EXPIRES_IN_IS_TOO_SMALL');
	assert.equal(await create({ expiresIn: 366 * 86400 }), 'EXPIRES_IN_IS_TOO_LARGE');
	assert.equal(await create({ expiresIn: '60' }), 'VALIDATION_ERROR');
	assert.equal(await create({ metadata: 'text' }), 'INVALID_METADATA_TYPE');
	assert.equal(await create({ refillAmount: 5 }), 'REFILL_INTERVAL_AND_AMOUNT_REQUIRED');
	assert.equal(await create({ refillInterval: 5 }), 'REFILL_AMOUNT_AND_INTERVAL_REQUIRED');
	assert.equal(await create({ rateLimitEnabled: false }), 'SERVER_ONLY_PROPERTY');
	assert.equal(await create({ rateLimitMax: 601 }), 'SERVER_ONLY_PROPERTY');
	assert.equal(await create({ organizationId: 'none' }), 'USER_NOT_MEMBER_OF_ORGANIZATION');
	for (const permissions of ['all', [], { contacts: 'read' }, { contacts: ['own'] }, { 'a b': ['read'] }])
		assert.equal(await create({ permissions }), 'VALIDATION_ERROR', JSON.stringify(permissions));
	const made = await keyOf(boss);
	const update = async (body) => (await boss.browser.post('/api/auth/api-key/update',
		{ keyId: made.id, ...body })).json.code;
	assert.equal(await update({}), 'NO_VALUES_TO_UPDATE');
	assert.equal(await update({ name: '' }), 'INVALID_NAME_LENGTH');
	for (const path of ['verify', 'delete-all-expired-api-keys'])
		assert.equal((await boss.browser.post(`/api/auth/api-key/${path}`, { key: made.key })).status, 404);
	assert.equal((await send('POST', '/api/auth/api-key/create', { body: {} })).status, 401);
});

test('security 1: a key belongs to the user of the session, not of the body', async () => {
	const boss = await owner('victim'), thief = await owner('thief');
	const count = () => sql('SELECT count(*) FROM identity.api_key WHERE user_id = $1', boss.id)[0][0];
	for (const browser of [thief.browser, null])
		for (const [path, body] of [['create', { userId: boss.id }], ['update', { keyId: 'x', userId: boss.id, name: 'y' }]]) {
			const rs = browser ? await browser.post(`/api/auth/api-key/${path}`, body)
				: await send('POST', `/api/auth/api-key/${path}`, { body });
			assert.equal(rs.status, 401, rs.text);
		}
	assert.equal(count(), '0');
	assert.equal(sql('SELECT count(*) FROM identity.api_key WHERE user_id = $1', thief.id)[0][0], '0');
	const made = await keyOf(thief, {});
	assert.equal(made.referenceId, thief.id);
});

test('a key acts as its user in its organization', async () => {
	const boss = await owner('acts');
	const { key } = await keyOf(boss);
	const me = await api(key, 'GET', '/api/me');
	assert.deepEqual(me.json, boss.me);
	const bearer = await send('GET', '/api/me', { headers: { authorization: `Bearer ${key}` } });
	assert.deepEqual(bearer.json, boss.me);
	const made = await api(key, 'POST', '/api/contacts', { first_name: 'By', last_name: 'Key' });
	assert.equal(made.status, 201, made.text);
	assert.equal(made.json.sales_id, boss.me.id);
	assert.equal((await api(key, 'GET', `/api/contacts/${made.json.id}`)).status, 200);
	const headers = { 'x-api-key': key, 'idempotency-key': 'once' };
	const one = await send('POST', '/api/tags', { headers, body: { name: 'k', color: '#111' } });
	const two = await send('POST', '/api/tags', { headers, body: { name: 'k', color: '#111' } });
	assert.equal(one.json.id, two.json.id);
	assert.ok(!dump().includes(key));
	assert.ok(dump().includes(createHash('sha256').update(key).digest('hex')));
});

test('a key cannot access account routes', async () => {
	const boss = await owner('account');
	const { key, id } = await keyOf(boss);
	for (const headers of [{ 'x-api-key': key }, { authorization: `Bearer ${key}` }]) {
		assert.equal((await send('GET', '/api/auth/get-session', { headers })).text, 'null');
		for (const [method, path, body] of [['POST', '/api/auth/api-key/create', {}],
			['POST', '/api/auth/api-key/delete', { keyId: id }],
			['POST', '/api/auth/api-key/update', { keyId: id, name: 'x' }],
			['GET', '/api/auth/api-key/list'], ['GET', '/api/auth/list-sessions'],
			['POST', '/api/auth/update-user', { name: 'x' }],
			['POST', '/api/auth/change-password', { currentPassword: PASSWORD, newPassword: 'another horse' }],
			['GET', '/api/auth/organization/list'], ['GET', '/api/events']])
			assert.ok([401, 403].includes((await send(method, path, { headers, body })).status), path);
	}
	// A session cookie does not replace an invalid key.
	const both = await boss.browser.get('/api/me', { 'x-api-key': 'not a key' });
	assert.equal(both.status, 401);
});

test('a key is limited to its scopes and its user\'s permissions', async () => {
	const boss = await owner('scopes');
	const reader = (await keyOf(boss, { permissions: { '*': ['read'] } })).key;
	assert.equal((await api(reader, 'GET', '/api/contacts')).status, 200);
	const refused = await api(reader, 'POST', '/api/contacts', { last_name: 'x' });
	assert.deepEqual([refused.status, refused.json.code ?? refused.json.type.split('/').pop()],
		[403, 'key_scope']);
	assert.equal(refused.json.detail, 'this API key lacks the permission to write contacts');
	const tags = (await keyOf(boss, { permissions: { tags: ['read', 'write'] } })).key;
	assert.equal((await api(tags, 'POST', '/api/tags', { name: 'x', color: '#111' })).status, 201);
	assert.equal((await api(tags, 'GET', '/api/contacts')).status, 403);
	// Invitations require an explicit scope.
	const all = (await keyOf(boss)).key;
	assert.equal((await api(all, 'POST', '/api/invites', {})).status, 403);
	const any = (await keyOf(boss, { permissions: { '*': ['read', 'write'] } })).key;
	assert.equal((await api(any, 'POST', '/api/invites', {})).status, 403);
	const inviter = (await keyOf(boss, { permissions: { invites: ['write'] } })).key;
	assert.equal((await api(inviter, 'POST', '/api/invites', {})).status, 201);
	const max = await member(boss);
	const theirs = (await keyOf(max, { permissions: { invites: ['write'] } })).key;
	assert.equal((await api(theirs, 'POST', '/api/invites', {})).status, 403);
	const change = { config: { title: 'not mine' } };
	const own = await max.browser.put('/api/configuration/1', change);
	const named = { permissions: { configuration: ['write'] } };
	const byKey = await api((await keyOf(max, named)).key, 'PUT', '/api/configuration/1', change);
	// Browser sessions get 422, which react-admin shows in the form.
	assert.deepEqual([own.status, byKey.status], [422, 403]);
	assert.equal((await api((await keyOf(boss)).key, 'PUT', '/api/configuration/1', change)).status, 403);
	assert.equal((await api((await keyOf(boss, named)).key, 'PUT', '/api/configuration/1', change)).status, 200);
});

test('a key belongs to one organization', async () => {
	const a = await owner('first'), b = await owner('second');
	const { key } = await keyOf(a);
	const theirs = await b.browser.post('/api/contacts', { last_name: 'secret' });
	assert.equal((await api(key, 'GET', `/api/contacts/${theirs.json.id}`)).status, 404);
	assert.equal((await api(key, 'GET', `/api/me?orgId=${b.organization.id}`)).status, 403);
	assert.equal((await api(key, 'GET', `/api/me?orgId=${a.organization.id}`)).status, 200);
	// Other organizations of the same user are also inaccessible.
	const c = await a.browser.post('/api/auth/organization/create',
		{ name: 'third', slug: `third-${process.pid}` });
	assert.equal((await api(key, 'GET', `/api/me?orgId=${c.json.id}`)).status, 403);
	assert.deepEqual((await api(key, 'GET', '/api/me')).json, a.me);
});

test('expired, disabled, deleted and unknown keys are refused', async () => {
	const boss = await owner('dead');
	const made = await keyOf(boss);
	const told = async () => {
		const rs = await api(made.key, 'GET', '/api/me');
		return [rs.status, rs.json.detail];
	};
	sql('UPDATE identity.api_key SET expires_at = now() WHERE id = $1', made.id);
	assert.deepEqual(await told(), [401, 'this API key has expired']);
	sql('UPDATE identity.api_key SET expires_at = NULL WHERE id = $1', made.id);
	assert.equal((await told())[0], 200);
	await client(boss.browser).apiKey.update({ keyId: made.id, enabled: false });
	assert.deepEqual(await told(), [401, 'this API key is disabled']);
	for (const key of ['', 'x', `${made.key}x`, made.key.slice(0, -1), 'x'.repeat(5000)])
		assert.equal((await send('GET', '/api/me', { headers: { 'x-api-key': key } })).status, 401);
	const hash = createHash('sha256').update(made.key).digest('hex');
	assert.equal((await api(hash, 'GET', '/api/me')).status, 401);
});

test('a key becomes invalid with its membership, its user, or a ban', async () => {
	const boss = await owner('ends');
	const status = async (key) => (await api(key, 'GET', '/api/me')).status;
	const left = await member(boss), stopped = await member(boss), banned = await member(boss),
		gone = await member(boss);
	const keys = new Map();
	for (const who of [left, stopped, banned, gone])
		keys.set(who, await keyOf(who));
	for (const { key } of keys.values())
		assert.equal(await status(key), 200);
	sql('DELETE FROM identity.organization_member WHERE user_id = $1', left.id);
	sql('UPDATE identity.organization_member SET disabled = true WHERE user_id = $1', stopped.id);
	sql('UPDATE identity."user" SET banned = true WHERE id = $1', banned.id);
	sql('DELETE FROM identity."user" WHERE id = $1', gone.id);
	for (const { key } of keys.values())
		assert.equal(await status(key), 401);
	// Lifting the ban does not restore the key, which an intruder may have
	// created.
	sql('UPDATE identity."user" SET banned = false WHERE id = $1', banned.id);
	assert.equal(await status(keys.get(banned).key), 401);
});

test('each key has its own rate limit', async () => {
	const boss = await owner('limits');
	const { key, id } = await keyOf(boss, { rateLimitMax: 3, rateLimitTimeWindow: 60000 });
	const other = (await keyOf(boss)).key;
	// A request that gets 503 because it waited too long does not count.
	const tries = await Promise.all(Array.from({ length: 10 }, () => patiently(() => api(key, 'GET', '/api/me'))));
	const refused = tries.filter((rs) => rs.status !== 200);
	assert.deepEqual(refused.map((rs) => rs.status), Array(7).fill(429));
	for (const { headers } of refused)
		assert.ok(headers['retry-after'] >= 1 && headers['retry-after'] <= 60, headers['retry-after']);
	assert.equal((await api(other, 'GET', '/api/me')).status, 200);
	assert.equal((await client(boss.browser).apiKey.get({ query: { id } })).data.requestCount, 3);
	sql("UPDATE identity.api_key_use SET opened = opened - interval '60 seconds' WHERE key_id = $1", id);
	assert.equal((await api(key, 'GET', '/api/me')).status, 200);
});

test('a key\'s quota runs out, and is refilled', async () => {
	const boss = await owner('quota');
	const status = async (key) => (await patiently(() => api(key, 'GET', '/api/me'))).status;
	const few = (await keyOf(boss, { remaining: 2 })).key;
	const seen = await Promise.all(Array.from({ length: 8 }, () => status(few)));
	assert.equal(seen.filter((s) => s === 200).length, 2);
	assert.equal(seen.filter((s) => s === 429).length, 6);
	const { key: filled, id } = await keyOf(boss, { refillAmount: 1, refillInterval: 60000 });
	assert.equal(await status(filled), 200);
	assert.equal(await status(filled), 429);
	sql(`UPDATE identity.api_key SET created_at = created_at - interval '60 seconds',
		last_refill_at = last_refill_at - interval '60 seconds' WHERE id = $1`, id);
	assert.equal(await status(filled), 200);
	assert.equal(await status(filled), 429);
});

test('the last use is written once a minute', async () => {
	const boss = await owner('last');
	const { key, id } = await keyOf(boss);
	const last = () => sql('SELECT last_request FROM identity.api_key WHERE id = $1', id)[0][0];
	await api(key, 'GET', '/api/me');
	const first = last();
	assert.match(first, /./);
	await api(key, 'GET', '/api/me');
	assert.equal(last(), first);
	sql(`UPDATE identity.api_key SET last_request = now() - interval '61 seconds' WHERE id = $1`, id);
	await api(key, 'GET', '/api/me');
	assert.notEqual(last(), first);
});

test('only administrators can list and delete the keys of their organization', async () => {
	const boss = await owner('sees'), max = await member(boss), moritz = await member(boss),
		stranger = await owner('not');
	const made = await keyOf(max);
	const see = (who) => client(who.browser).apiKey.list({ query: { organizationId: boss.organization.id } });
	assert.deepEqual((await see(boss)).data.apiKeys.map((k) => k.id), [made.id]);
	assert.equal((await see(moritz)).data.total, 0);
	assert.equal((await see(stranger)).error.code, 'USER_NOT_MEMBER_OF_ORGANIZATION');
	for (const who of [moritz, stranger]) {
		assert.equal((await client(who.browser).apiKey.get({ query: { id: made.id } })).error.status, 404);
		assert.equal((await client(who.browser).apiKey.delete({ keyId: made.id })).error.status, 404);
		assert.equal((await client(who.browser).apiKey.update({ keyId: made.id, name: 'x' })).error.status, 404);
	}
	assert.equal((await client(boss.browser).apiKey.update({ keyId: made.id, name: 'x' })).error.status, 404);
	assert.equal((await client(boss.browser).apiKey.delete({ keyId: made.id })).error, null);
	assert.equal((await api(made.key, 'GET', '/api/me')).status, 401);
	const told = (await max.browser.get('/api/events?limit=2')).json;
	assert.deepEqual(told.map((e) => [e.action, e.actor_id]),
		[['api-key.deleted', boss.id], ['api-key.created', max.id]]);
});

test('an impersonator cannot create a key', async () => {
	const boss = await owner('worn');
	sql('UPDATE identity.session SET impersonated_by = $1 WHERE user_id = $2', 'operator', boss.id);
	const rs = await boss.browser.post('/api/auth/api-key/create', {});
	assert.deepEqual([rs.status, rs.json.code], [403, 'NOT_WHILE_IMPERSONATING']);
});
