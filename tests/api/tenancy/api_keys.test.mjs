// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// own stack: it compares all rows of the CRM.
// Every documented operation with API keys that belong to another organization,
// are read-only, have no permissions, or are invalid.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { ask, checksum, openapi, operations, owner, query, sql } from '../../lib/api.mjs';
import { everywhere, missing as none, rowsOf, sample } from '../../lib/rows.mjs';

const CANARY = 'canaryofa5512';
let a, b, rowsA, rowsB, all;

before(async () => {
	a = await owner('Kaaa');
	b = await owner('Kbbb');
	rowsA = await rowsOf(a, CANARY);
	rowsB = await rowsOf(b, 'plain');
	all = operations(await openapi());
});

async function keyOf(who, body = {}) {
	const rs = await ask('POST', '/api/auth/api-key/create', { token: who.token, body });
	assert.equal(rs.status, 200, rs.text);
	return rs.json;
}

// Valid bodies for special routes, so that the key is the only reason for a refusal.
const bodies = {
	'/api/deals/{id}/move': { index: 0 },
	'/api/opportunities/{id}/move': { index: 0 },
	'/api/opportunities/weekly_mail': { enabled: false },
	'/api/configuration/rename-stage': { from: 'won', to: 'gained' },
	'/api/batch': { operations: [{ method: 'POST', resource: 'tags',
		data: { name: 'probe', color: '#000000' } }] },
	'/api/assistant/key': { key: 'k' },
	'/api/assistant/organization_key': { key: 'k' },
	'/api/assistant/search': { query: 'x' },
	'/api/assistant/chat': { messages: [{ role: 'user', content: 'x' }] },
	'/api/duplicates/check': { resource: 'contacts', candidate: {} },
	'/api/merge_contacts': { loserId: 1, winnerId: 2 },
	'/api/merge_contacts/preview': { loserId: 1, winnerId: 2 },
	'/api/sales': { first_name: 'Probe', email: 'probe@sales.test' },
};

const bodyFor = ({ operation, resource, path }) => {
	if (path.endsWith('/get-many'))
		return { ids: [] };
	if (path.endsWith('/bulk'))
		return { ids: [], delete: true };
	if (!operation.requestBody || !resource)
		return operation.requestBody ? bodies[path] ?? {} : undefined;
	if (resource === 'configuration')
		return { config: { title: 'probe' } };
	return resource === 'sales' ? bodies[path] ?? { first_name: 'Probe' }
		: sample(resource, 'probe', rowsB);
};

// Calls one operation, with the given row if it needs one.
function call(key, op, id, more = {}) {
	const list = op.resource && !op.one && ['PATCH', 'DELETE'].includes(op.method)
		? { filter: { id: [id] } } : {};
	const path = op.path.replace(/\{\w+\}/, id) + query({ ...list, ...more });
	return ask(op.method, path, { headers: { 'x-api-key': key },
		body: op.method === 'GET' ? undefined : bodyFor(op) });
}

const withRows = () => all.filter((op) => op.resource);
const guarded = () => all.filter((op) => op.path.startsWith('/api/')
	&& !op.path.startsWith('/api/auth/') && op.operation['x-needs'] !== 'anyone');
const plain = (rs, id) => [rs.status, rs.text.replaceAll(rs.headers['x-request-id'], 'REQUEST')
	.replaceAll(String(id), 'ID')];

test('requests for another organization\'s rows get the same response as for missing rows', async () => {
	let tried = 0, key;
	for (const op of withRows()) {
		if (tried % 20 === 0)	// each key has a rate limit
			({ key } = await keyOf(b));
		if (everywhere.includes(op.resource))
			continue;
		const missing = none(op.resource);
		const theirs = rowsA[op.resource].id;
		const real = await call(key, op, theirs), fake = await call(key, op, missing);
		assert.ok(!real.text.includes(CANARY), `${op.method} ${op.path}`);
		if (op.one || op.method !== 'POST' && op.method !== 'GET')
			assert.deepEqual(plain(real, theirs), plain(fake, missing), `${op.method} ${op.path}`);
		for (const other of [a.organization, '7f3d2c1a-5b6e-4f70-8a91-b2c3d4e5f607'])
			assert.equal((await call(key, op, theirs, { orgId: other })).status, 403);
		tried++;
	}
	assert.ok(tried > 40, `only ${tried}`);
});

test('a read-only key changes nothing', async () => {
	const was = checksum((table) => table.startsWith('crm.') ? 'true' : 'false');
	let tried = 0, key;
	for (const op of guarded()) {
		if (tried++ % 400 === 0)	// refused requests count toward the rate limit
			({ key } = await keyOf(b, { permissions: { '*': ['read'] } }));
		const rs = await call(key, op, rowsB[op.resource]?.id ?? 1);
		if (op.operation['x-needs'] === 'session')
			assert.equal(rs.status, 403, `${op.path} ${rs.text}`);
		else if (/^\/api\/(webhook|audit_log|legal_holds|contact_holds|contact_erasures|system_audit_logs|user_audit_logs)/.test(op.path)) /* for administrators only, so the key must name them */
			assert.equal(rs.status, 403, `${op.path} ${rs.text}`);
		else if (op.method === 'GET' && op.resource)
			assert.equal(rs.status, 200, `${op.path} ${rs.text}`);
		else if (op.path.endsWith('/get-many'))
			assert.equal(rs.status, 200, rs.text);
		else if (op.path === '/api/data_mappings/preview') /* this route only reads, so only the missing members are refused */
			assert.equal(rs.status, 422, rs.text);
		else if (op.method !== 'GET')
			assert.equal(rs.status, 403, `${op.method} ${op.path} ${rs.text}`);
	}
	assert.deepEqual(checksum((table) => table.startsWith('crm.') ? 'true' : 'false'), was);
});

test('a key without permissions is refused everywhere', async () => {
	let tried = 0, key;
	for (const op of guarded()) {
		if (tried++ % 400 === 0)
			({ key } = await keyOf(b, { permissions: {} }));
		assert.equal((await call(key, op, rowsB[op.resource]?.id ?? 1)).status, 403, `${op.method} ${op.path}`);
	}
});

test('an expired, disabled, deleted or rate-limited key is refused', async () => {
	const [expired, disabled, deleted, over] = await Promise.all([1, 2, 3, 4].map(() => keyOf(b)));
	sql(`UPDATE identity.api_key SET expires_at = now() WHERE id = '${expired.id}';
		UPDATE identity.api_key SET enabled = false WHERE id = '${disabled.id}';
		DELETE FROM identity.api_key WHERE id = '${deleted.id}';
		INSERT INTO identity.api_key_use VALUES ('${over.id}', now(), 600);
		UPDATE identity.api_key SET rate_limit_window = 3600000 WHERE id = '${over.id}'`);
	const was = checksum((table) => table.startsWith('crm.') ? 'true' : 'false');
	for (const op of guarded())
		for (const [{ key }, status] of [[expired, 401], [disabled, 401], [deleted, 401], [over, 429]])
			assert.equal((await call(key, op, rowsB[op.resource]?.id ?? 1)).status, status,
				`${op.method} ${op.path}`);
	assert.deepEqual(checksum((table) => table.startsWith('crm.') ? 'true' : 'false'), was);
});

test('a key does not authenticate below /api/auth', async () => {
	const { key } = await keyOf(b);
	let tried = 0;
	for (const op of all) {
		if (!op.path.startsWith('/api/auth/') || op.operation['x-needs'] === 'anyone')
			continue;
		const mine = await call(key, op, 'x'), nobody = await ask(op.method,
			op.path.replace(/\{\w+\}/, 'x') + '?', { body: op.method === 'GET' ? undefined : {} });
		assert.deepEqual(plain(mine, 'x'), plain(nobody, 'x'), `${op.method} ${op.path}`);
		assert.ok(mine.status >= 400 || mine.text === 'null', `${op.method} ${op.path} ${mine.text}`);
		tried++;
	}
	assert.ok(tried > 10, `only ${tried}`);
});
