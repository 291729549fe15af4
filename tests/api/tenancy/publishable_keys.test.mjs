// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off STACK_PROXIES=127.0.0.1
// Publishable keys with every documented operation. Alone, they grant no access, and with a session, they only select
// the organization.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { ask, checksum, openapi, operations, owner, person, query, sql } from '../../lib/api.mjs';
import { rowsOf } from '../../lib/rows.mjs';

let a, b, member, rows, key, all;

async function keyOf(who, body = {}) {
	const rs = await ask('POST', '/api/auth/api-key/create', { token: who.token, body: { publishable: true, ...body } });
	assert.equal(rs.status, 200, rs.text);
	return rs.json;
}

before(async () => {
	a = await owner('Paaa');
	b = await owner('Pbbb');
	rows = await rowsOf(b, 'plain');
	member = await person('Plain Member');
	const invited = await ask('POST', '/api/auth/organization/invite-member', { token: b.token, body: { email: member.email, role: 'member' } });
	const joined = await ask('POST', '/api/auth/organization/accept-invitation', { token: member.token, body: { invitationId: invited.json.id } });
	assert.equal(joined.status, 200, joined.text);
	member.token = joined.headers['set-auth-token'];
	({ key } = await keyOf(b));
	all = operations(await openapi());
});

// Each call comes from a separate client, so that the rate limit does not apply.
let clients = 0;
const client = () => `10.${clients >> 16 & 255}.${clients >> 8 & 255}.${++clients & 255}`;
const call = (op, { token, published = key, params = {}, address = client() } = {}) => ask(op.method,
	op.path.replace(/\{\w+\}/, rows[op.resource]?.id ?? 1) + query(params),
	{ token, headers: { ...(published && { 'x-api-key': published }), 'x-forwarded-for': address }, body: op.method === 'GET' ? undefined : {} });
const needs = (op) => op.operation['x-needs'];
const guarded = () => all.filter((op) => op.path.startsWith('/api/') && !op.path.startsWith('/api/auth/') && needs(op) !== 'anyone');
const kind = (rs) => [rs.status, rs.json?.type?.split('/').pop()];
const plain = (rs) => [rs.status, rs.text.replaceAll(rs.headers['x-request-id'], 'REQUEST')];
const state = () => checksum((table) => /^(crm|membership|factory_app)\./.test(table) ? 'true' : 'false');
const tags = { method: 'GET', path: '/api/tags' };

test('a publishable key alone grants no access', async () => {
	const was = state();
	let tried = 0;
	for (const op of guarded()) {
		const rs = await call(op);
		if (rs.headers['www-authenticate']?.startsWith('Basic'))
			assert.equal(rs.status, 401, `${op.method} ${op.path}`);
		else
			assert.deepEqual(kind(rs), [401, 'publishable_key'], `${op.method} ${op.path} ${rs.text}`);
		tried++;
	}
	assert.ok(tried > 100, `only ${tried}`);
	assert.deepEqual(state(), was);
});

test('a publishable key in another header is not an API key', async () => {
	for (const headers of [{ authorization: `Bearer ${key}` }, { authorization: `Bearer ${key}`, 'x-api-key': key },
		{ cookie: `better-auth.session_token=${key}` }]) {
		const rs = await ask('GET', '/api/tags', { headers });
		assert.equal(rs.status, 401, rs.text);
	}
	const basic = Buffer.from(`x:${key}`).toString('base64');
	for (const path of ['/carddav/', '/.well-known/carddav'])
		assert.ok([301, 401].includes((await ask('PROPFIND', path, { headers: { authorization: `Basic ${basic}` } })).status));
	const secret = await ask('POST', '/api/auth/api-key/create', { token: b.token, body: {} });
	const both = await ask('GET', '/api/tags', { headers: { 'x-api-key': key, authorization: `Bearer ${secret.json.key}` } });
	assert.deepEqual(kind(both), [401, 'publishable_key']);
});

test('a publishable key gives no access to a session of another organization', async () => {
	const was = state();
	for (const op of guarded()) {
		const rs = await call(op, { token: a.token });
		if (!rs.headers['www-authenticate']?.startsWith('Basic'))
			assert.deepEqual(kind(rs), [403, 'not_member'], `${op.method} ${op.path} ${rs.text}`);
	}
	assert.deepEqual(state(), was);
});

test('a member can read the same with a publishable key as with orgId', async () => {
	// The member's session has a different active organization.
	const own = await ask('POST', '/api/auth/organization/create', { token: member.token, body: { name: 'Own', slug: `own-${process.pid}` } });
	assert.equal(own.status, 200, own.text);
	let read = 0, refused = 0;
	for (const op of guarded()) {
		if (op.method !== 'GET' || op.path.endsWith('/stream') || op.file)
			continue;
		const by = await call(op, { token: member.token });
		const orgId = await call(op, { token: member.token, published: null, params: { orgId: b.organization } });
		assert.equal(by.status, orgId.status, `${op.path} ${by.text}`);
		if (op.resource)
			assert.deepEqual(plain(by), plain(orgId), op.path);
		read += by.status === 200;
		refused += by.status >= 400;
	}
	assert.ok(read > 20 && refused > 2, `${read} read, ${refused} refused`);
	const created = await ask('POST', '/api/tags', { token: member.token, headers: { 'x-api-key': key }, body: { name: 'by member', color: '#000' } });
	assert.equal(created.status, 201, created.text);
	assert.ok((await ask('GET', '/api/tags', { token: b.token })).json.some((tag) => tag.name === 'by member'));
});

test('a publishable key does not extend what a member may change', async () => {
	for (const op of guarded()) {
		if (op.method === 'GET' || needs(op) !== 'admin')
			continue;
		const rs = await call(op, { token: member.token }), without = await call(op, { token: member.token, published: null, params: { orgId: b.organization } });
		assert.deepEqual([rs.status, rs.status >= 400], [without.status, true], `${op.method} ${op.path} ${rs.text}`);
	}
});

test('orgId of another organization is refused', async () => {
	for (const orgId of [a.organization, 'x', ''])
		assert.deepEqual(kind(await call(tags, { token: member.token, params: { orgId } })), [403, 'not_member']);
	assert.equal((await call(tags, { token: member.token, params: { orgId: b.organization } })).status, 200);
});

test('with a valid publishable key, public routes respond as they do without a key', async () => {
	const anyone = all.filter((op) => op.method === 'GET' && needs(op) === 'anyone' && op.path.startsWith('/api/') && !/health|openapi|live|ready/.test(op.path));
	assert.ok(anyone.length > 0);
	for (const op of anyone)
		assert.deepEqual((await call(op)).status, (await call(op, { published: null })).status, op.path);
	// Below /api/auth, a publishable key has no effect.
	assert.equal((await ask('GET', '/api/auth/get-session', { token: member.token, headers: { 'x-api-key': 'publishable_x' } })).json.user.email, member.email);
});

test('a disabled, expired, replaced, deleted or unknown publishable key is refused, even with a session', async () => {
	const told = async (published) => kind(await call(tags, { token: b.token, published }));
	const change = async (action, keyId, body) => assert.equal((await ask('POST', `/api/auth/api-key/${action}`, { token: b.token, body: { keyId, ...body } })).status, 200);
	const made = await keyOf(b);
	assert.deepEqual(await told(made.key), [200, undefined]);
	await change('update', made.id, { enabled: false });
	assert.deepEqual(await told(made.key), [401, 'key_disabled']);
	await change('update', made.id, { enabled: true });
	const next = await ask('POST', '/api/auth/api-key/rotate', { token: b.token, body: { keyId: made.id, overlap: 60 } });
	assert.match(next.json.key, /^publishable_[A-Za-z0-9]{64}$/);
	assert.deepEqual([await told(made.key), await told(next.json.key)], [[200, undefined], [200, undefined]]);
	sql(`UPDATE identity.api_key SET previous_until = now() WHERE id = '${made.id}'`);
	assert.deepEqual([await told(made.key), await told(next.json.key)], [[401, 'key_expired'], [200, undefined]]);
	sql(`UPDATE identity.api_key SET expires_at = now() WHERE id = '${made.id}'`);
	assert.deepEqual(await told(next.json.key), [401, 'key_expired']);
	await change('delete', made.id);
	for (const unknown of [next.json.key, 'publishable_', `publishable_${'x'.repeat(64)}`, `${key}x`])
		assert.deepEqual(await told(unknown), [401, 'invalid_key']);
	// A secret key cannot be used as a publishable key under another prefix.
	const secret = await ask('POST', '/api/auth/api-key/create', { token: b.token, body: {} });
	sql(`UPDATE identity.api_key SET key_hash = sha256('publishable_${'y'.repeat(64)}') WHERE id = '${secret.json.id}'`);
	assert.deepEqual(await told(`publishable_${'y'.repeat(64)}`), [401, 'invalid_key']);
	// The key becomes invalid when its user's membership ends.
	const theirs = await ask('POST', '/api/auth/api-key/create', { token: member.token, body: { publishable: true, organizationId: b.organization } });
	assert.deepEqual(await told(theirs.json.key), [200, undefined]);
	sql(`UPDATE identity.organization_member SET disabled = true WHERE user_id = '${member.user.id}' AND organization_id = '${b.organization}'`);
	assert.deepEqual(await told(theirs.json.key), [401, 'invalid_key']);
	sql(`UPDATE identity.organization_member SET disabled = false WHERE user_id = '${member.user.id}' AND organization_id = '${b.organization}'`);
});

test('a publishable key has no permissions, addresses or usage limit, and a separate prefix', async () => {
	const made = await keyOf(b, { name: 'app' });
	assert.match(made.key, /^publishable_[A-Za-z0-9]{64}$/);
	assert.deepEqual([made.publishable, made.prefix, made.permissions, made.remaining], [true, 'publishable_', null, null]);
	const create = (body) => ask('POST', '/api/auth/api-key/create', { token: b.token, body });
	for (const odd of [{ permissions: { '*': ['read'] } }, { permissions: {} }, { addresses: ['127.0.0.1'] }, { remaining: 5 },
		{ refillAmount: 1, refillInterval: 1000 }]) {
		assert.equal((await create({ publishable: true, ...odd })).json.code, 'VALIDATION_ERROR', JSON.stringify(odd));
		const rs = await ask('POST', '/api/auth/api-key/update', { token: b.token, body: { keyId: made.id, ...odd } });
		assert.equal(rs.json.code, 'VALIDATION_ERROR', JSON.stringify(odd));
	}
	for (const body of [{ publishable: true, prefix: 'x_' }, { prefix: 'publishable_' }, { prefix: 'publishable_x' }, { publishable: 'yes' }])
		assert.equal((await create(body)).json.code, 'VALIDATION_ERROR', JSON.stringify(body));
	// A key's type cannot be changed.
	await ask('POST', '/api/auth/api-key/update', { token: b.token, body: { keyId: made.id, name: 'x', publishable: false } });
	assert.deepEqual(kind(await call(tags, { published: made.key })), [401, 'publishable_key']);
});

test('each client has a separate limit, which other clients cannot exhaust', async () => {
	const made = await keyOf(b, { rateLimitMax: 3, rateLimitTimeWindow: 3600000 });
	const from = (address) => call(tags, { token: b.token, published: made.key, address });
	const many = await Promise.all(Array.from({ length: 8 }, () => from('203.0.113.7')));
	assert.equal(many.filter((rs) => rs.status === 200).length, 3);
	const over = many.find((rs) => rs.status !== 200);
	assert.deepEqual([over.status, Number(over.headers['retry-after']) > 3500], [429, true]);
	assert.equal((await from('203.0.113.8')).status, 200);
	// An IPv6 client counts as a whole network.
	for (const n of [1, 2, 3])
		assert.equal((await from(`2001:db8::${n}`)).status, 200);
	assert.equal((await from('2001:db8::4')).status, 429);
	assert.equal((await from('2001:db8:1::4')).status, 200);
	const shown = await ask('GET', `/api/auth/api-key/get?id=${made.id}`, { token: b.token });
	assert.equal(shown.json.requestCount, 8);
});

test('the address of a request with a service key is the client\'s, as a trusted proxy reports it', async () => {
	const rs = await ask('POST', '/api/auth/api-key/create', { token: b.token, body: { addresses: ['203.0.113.0/24', '2001:db8::/32'] } });
	const from = async (address) => (await ask('GET', '/api/tags', { headers: { 'x-api-key': rs.json.key, 'x-forwarded-for': address } })).status;
	assert.deepEqual([await from('203.0.113.9'), await from('2001:db8:7::1'), await from('203.0.114.9'), await from('2001:db9::1')], [200, 200, 403, 403]);
});
