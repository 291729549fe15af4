// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// own stack: it counts the rows of all organizations.
// A request that is repeated with its Idempotency-Key returns the first
// response. The stored response is committed together with the change, or not
// at all.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { PASSWORD, ask, openapi, operations, owner, query, sql, until }
	from '../../lib/api.mjs';
import { hold, waiting } from '../../lib/database.mjs';
import { change, rowsOf, sample } from '../../lib/rows.mjs';

let who, rows, document, made = 0;

before(async () => {
	who = await owner('Keys');
	rows = await rowsOf(who, 'keys');
	document = await openapi();
});

const newKey = () => `key-${++made}`;

function keyed(method, url, key, body, token = who.token) {
	return ask(method, url,
		{ token, body, headers: { 'Idempotency-Key': key } });
}

function count(table) {
	// Table names are unique across the schemas.
	const [[name]] = sql(`SELECT c.oid::regclass FROM pg_class c WHERE c.relkind IN ('r', 'v')
		AND c.relnamespace::regnamespace::text IN ('crm', 'factory_app', 'membership') AND c.relname = '${table === 'opportunities' ? 'deals' : table}'`);
	return Number(sql(`SELECT count(*) FROM ${name}`)[0][0]);
}

// Repeats the same request, and checks for the same bytes and a single change.
async function repeats(method, url, body, table) {
	const key = newKey();
	const first = await keyed(method, url, key, body);
	assert.ok(first.status < 300, `${method} ${url} ${first.text}`);
	const rows = table && count(table);
	const audited = sql('SELECT count(*) FROM ops.audit_log')[0][0];
	for (let i = 0; i < 3; i++) {
		const again = await keyed(method, url, key, body);
		assert.equal(again.status, first.status, `${method} ${url}`);
		assert.equal(again.text, first.text);
		assert.deepEqual([first, again].map((rs) => rs.headers['idempotent-replayed']), [undefined, 'true'], url);
		assert.equal(again.headers['content-type'],
			first.headers['content-type']);
	}
	if (table)
		assert.equal(count(table), rows);
	assert.equal(sql('SELECT count(*) FROM ops.audit_log')[0][0], audited);
	return first.json;
}

test('each kind of write returns the same bytes again and runs once', async () => {
	for (const { method, path, resource } of operations(document)) {
		if (!resource || method !== 'POST')
			continue;
		const row = await repeats('POST', path,
			sample(resource, 'first', rows), resource);
		const other = await repeats('POST', path,
			sample(resource, 'other', rows), resource);
		if (document.paths[`${path}/{id}`].put) {
			await repeats('PUT', `${path}/${row.id}`,
				change(resource, 'put', rows));
			await repeats('PATCH', `${path}/${row.id}`,
				change(resource, 'patch', rows));
			await repeats('PATCH', path + query({ filter: { id: [row.id] } }),
				change(resource, 'many', rows));
		}
		if (!document.paths[path].delete)
			continue;
		await repeats('DELETE', `${path}/${row.id}`, undefined, resource);
		await repeats('DELETE', path + query({ filter: { id: [other.id] } }),
			undefined, resource);
	}
});

test('a key that was used for a different request returns 422', async () => {
	const key = newKey(), body = { name: 'one', color: '#111' };
	assert.equal((await keyed('POST', '/api/tags', key, body)).status, 201);
	for (const [method, url, other] of [
		['POST', '/api/tags', { ...body, name: 'two' }],
		['POST', '/api/companies', { name: 'one' }],
		['PUT', `/api/tags/${rows.tags.id}`, body],
		['POST', `/api/tags?orgId=${who.organization}`, body]]) {
		const rs = await keyed(method, url, key, other);
		assert.equal(rs.status, 422, rs.text);
		assert.match(rs.json.detail, /Idempotency-Key/);
	}
});

test('another user can use the same key', async () => {
	const other = await owner('Others');
	const key = newKey(), body = { name: 'shared', color: '#222' };
	const mine = await keyed('POST', '/api/tags', key, body);
	const theirs = await keyed('POST', '/api/tags', key, body, other.token);
	assert.equal(theirs.status, 201, theirs.text);
	assert.notEqual(mine.json.id, theirs.json.id);
});

test('while the first request is running, a second request returns 409', async () => {
	const key = newKey(), body = { name: 'slow', color: '#333' };
	const url = `/api/tags/${rows.tags.id}`;
	const lock = await hold(`SELECT FROM crm.tags
		WHERE id = ${rows.tags.id} FOR UPDATE`);
	const first = keyed('PUT', url, key, body);
	await until(() => waiting() > 0);
	const second = await keyed('PUT', url, key, body);
	assert.equal(second.status, 409, second.text);
	assert.equal(second.json.type, '/problems/running');
	assert.equal(second.headers['retry-after'], '1');
	await lock.release();
	const done = await first;
	assert.equal(done.status, 200, done.text);
	assert.equal((await keyed('PUT', url, key, body)).text, done.text);
});

test('of twelve concurrent requests with the same key, one is executed', async () => {
	for (let round = 0; round < 10; round++) {
		const key = newKey(), body = { name: `race ${round}`, color: '#444' };
		const all = await Promise.all(Array.from({ length: 12 }, () =>
			keyed('POST', '/api/tags', key, body)));
		for (const rs of all)
			assert.ok([201, 409].includes(rs.status), rs.text);
		const good = new Set(all.filter((rs) => rs.status === 201)
			.map((rs) => rs.text));
		assert.equal(good.size, 1);
		assert.equal(sql(`SELECT count(*) FROM crm.tags
			WHERE name = 'race ${round}'`)[0][0], '1');
	}
});

test('a failed request leaves its key unused', async () => {
	const key = newKey();
	const bad = { text: 'x', contact_id: 1 };
	assert.equal((await keyed('POST', '/api/tasks', key, bad)).status, 422);
	assert.equal(sql(`SELECT count(*) FROM ops.idempotency_key
		WHERE t::text LIKE '%${key}%'`.replace('WHERE t', 't WHERE t'))[0][0],
	'0');
	const good = { text: 'x', contact_id: rows.contacts.id };
	assert.equal((await keyed('POST', '/api/tasks', key, good)).status, 201);
});

test('a request that timed out on a lock leaves nothing behind', async () => {
	const key = newKey(), body = { name: 'locked', color: '#555' };
	const lock = await hold('LOCK TABLE crm.tags');
	const rs = await keyed('POST', '/api/tags', key, body);
	assert.equal(rs.status, 503, rs.text);
	assert.ok(rs.headers['retry-after']);
	await lock.release();
	assert.equal(sql(`SELECT count(*) FROM crm.tags
		WHERE name = 'locked'`)[0][0], '0');
	assert.equal((await keyed('POST', '/api/tags', key, body)).status, 201);
});

test('a repeated sign-up returns the token of the first sign-up',
	async () => {
		const key = newKey();
		const body = { name: 'Retry', email: 'retry@people.test',
			password: PASSWORD };
		const first = await keyed('POST', '/api/auth/sign-up/email', key, body,
			null);
		assert.equal(first.status, 200, first.text);
		const again = await keyed('POST', '/api/auth/sign-up/email', key, body,
			null);
		assert.equal(again.status, 200, again.text);
		assert.equal(again.json.token, first.json.token);
		assert.equal(again.headers['set-cookie'][0],
			first.headers['set-cookie'][0]);
		assert.equal((await ask('GET', '/api/auth/get-session',
			{ token: again.json.token })).json.user.email, body.email);
		assert.equal(sql(`SELECT count(*) FROM identity."user"
			WHERE email = 'retry@people.test'`)[0][0], '1');
	});

test('every unsafe route accepts a key, and a request with an expired key is executed again',
	async () => {
		for (const { method, operation, path } of operations(document))
			assert.equal(operation.parameters.some((p) =>
				p.name === 'Idempotency-Key'),
			!['GET', 'HEAD'].includes(method), `${method} ${path}`);
		const key = newKey(), body = { name: 'old', color: '#666' };
		const first = await keyed('POST', '/api/tags', key, body);
		sql(`UPDATE ops.idempotency_key SET created_at = created_at
			- interval '25 hours'`);
		sql(`UPDATE crm.tags SET name = 'older' WHERE id = ${first.json.id}`);
		const again = await keyed('POST', '/api/tags', key, body);
		assert.equal(again.status, 201, again.text);
		assert.notEqual(again.json.id, first.json.id);
	});

test('a sign-in or API key request that is repeated after a day returns a new secret, not the revoked one', async () => {
	const user = await owner('Again');
	const expire = () => sql("UPDATE ops.idempotency_key SET created_at = created_at - interval '25 hours'");
	const signIn = async (key) => {
		const rs = await keyed('POST', '/api/auth/sign-in/email', key, { email: user.email, password: PASSWORD }, undefined);
		assert.equal(rs.status, 200, rs.text);
		return rs.json.token;
	};
	const key = newKey(), first = await signIn(key);
	assert.equal(await signIn(key), first);
	assert.equal((await ask('POST', '/api/auth/sign-out', { token: first, body: {} })).status, 200);
	expire();
	const second = await signIn(key);
	assert.notEqual(second, first);
	assert.equal(await signIn(key), second);
	assert.equal((await ask('GET', '/api/auth/get-session', { token: first })).text, 'null');
	const makeKey = async () => {
		const rs = await keyed('POST', '/api/auth/api-key/create', key, { name: 'again' }, user.token);
		assert.equal(rs.status, 200, rs.text);
		return rs.json.key;
	};
	const made = await makeKey();
	assert.equal(await makeKey(), made);
	expire();
	assert.notEqual(await makeKey(), made);
});
