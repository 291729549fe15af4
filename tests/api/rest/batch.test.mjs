// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// POST /api/batch: several changes in one transaction.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { send } from '../lib/http.mjs';
import { member, owner } from '../lib/people.mjs';

const me = await owner('batch');
const other = await member(me);
const stranger = await owner('outside');
const { browser } = me;

const batch = (operations, headers = {}, who = me) =>
	who.browser.post('/api/batch', { operations }, headers);
const post = (resource, data) => ({ method: 'POST', resource, data });
const tag = (name) => post('tags', { name, color: '#000000' });
const names = async () => (await browser.get('/api/tags?range=[0,9999]')).json
	.map((row) => row.name);

async function refused(status, operations, field, who = me, headers = {}) {
	const before = await names();
	const rs = await batch(operations, headers, who);
	assert.equal(rs.status, status, rs.text);
	if (field)
		assert.deepEqual(Object.keys(rs.json.errors), [field], rs.text);
	assert.deepEqual(await names(), before, 'nothing is written');
	return rs;
}

test('mixed operations run in order, with a result for each', async () => {
	const old = (await browser.post('/api/tags', { name: 'old', color: '#000000' })).json;
	const dead = (await browser.post('/api/tags', { name: 'dead', color: '#000000' })).json;
	const rs = await batch([tag('new'), { method: 'PUT', resource: 'tags', id: old.id,
		data: { name: 'changed' } }, { method: 'PATCH', resource: 'tags', id: `${old.id}`,
		data: {} }, { method: 'DELETE', resource: 'tags', id: dead.id },
	{ method: 'PATCH', resource: 'configuration', id: 1, data: { config: { title: 'b' } } }]);
	assert.equal(rs.status, 200, rs.text);
	const { results } = rs.json;
	assert.deepEqual(results.map((r) => r.status), [201, 200, 200, 200, 200]);
	assert.equal(results[0].data.name, 'new');
	assert.deepEqual(results[1].data, { ...old, name: 'changed', updated_at: results[1].data.updated_at });
	assert.deepEqual(results[2], results[1]);
	assert.deepEqual(results[3], { status: 200, etag: null, data: dead });
	for (const { data, etag } of results.slice(0, 3))
		assert.ok([data.name, etag].every(Boolean));
	const path = `/api/tags/${old.id}`;
	const got = await browser.get(path);
	assert.deepEqual([got.json, got.headers.etag], [results[1].data, results[1].etag]);
	assert.equal((await browser.get(`/api/tags/${dead.id}`)).status, 404);
});

test('operations can refer to the results of earlier operations', async () => {
	const rs = await batch([
		post('companies', { name: 'Ref' }),
		post('contacts', { last_name: 'R', company_id: { $ref: 0 } }),
		post('tags', { name: 'ref', color: '#000000' }),
		{ method: 'PATCH', resource: 'contacts', id: { $ref: 1 },
			data: { tags: [{ $ref: 2 }], metadata: { deep: { $ref: 0 } } } },
		post('deals', { name: 'R', stage: 'opportunity', contact_ids: [{ $ref: 1 }],
			company_id: { $ref: 0 } }),
		post('contact_notes', { contact_id: { $ref: 3 }, text: 'by a change' }),
		post('tasks', { contact_id: { $ref: 1 } }),
		{ method: 'DELETE', resource: 'tasks', id: { $ref: 6 } },
	]);
	assert.equal(rs.status, 200, rs.text);
	const [company, contact, t, changed, deal, note] = rs.json.results.map((r) => r.data);
	assert.equal(contact.company_id, company.id);
	assert.equal(contact.company_name, 'Ref');
	assert.equal(changed.id, contact.id);
	assert.deepEqual([changed.tags, changed.metadata], [[t.id], { deep: { $ref: 0 } }]);
	assert.deepEqual([deal.contact_ids, deal.company_id], [[contact.id], company.id]);
	assert.equal(note.contact_id, contact.id);
	for (const id of [company, contact, t, deal].map((row) => row.id))
		assert.ok(Number.isSafeInteger(id) && id > 0);
});

test('the first failure rolls back all operations and is named', async () => {
	const ok = tag('never');
	await refused(422, [ok, tag('y'), tag('x'), { ...post('tags', { name: 'n' }) }],
		'operations[3].color');
	await refused(422, [ok, post('tags', { name: 'n', color: '#ccc', shade: 1 })],
		'operations[1].shade');
	await refused(400, [ok, post('contacts', { company_id: 'x' })],
		'operations[1].company_id');
	await refused(422, [ok, post('contacts', { last_name: 'x', company_id: 1 })],
		'operations[1].company_id');
	await refused(422, [ok, post('tags', { name: '', color: 'red' })], 'operations[1].name');
	for (const method of ['PUT', 'PATCH', 'DELETE'])
		await refused(404, [ok, { method, resource: 'tags', id: 9007199254740001,
			...method === 'DELETE' ? {} : { data: {} } }, ok], 'operations[1]');
	await refused(404, [ok, { method: 'DELETE', resource: 'tags', id: 5 }], 'operations[1]');
	await refused(400, [{ method: 'DELETE', resource: 'tags', id: 'x' }], 'operations[0].id');
});

test('an operation on a row that was deleted earlier in the batch returns 404', async () => {
	const { id } = (await browser.post('/api/tags', { name: 'twice', color: '#000' })).json;
	const gone = { method: 'DELETE', resource: 'tags', id };
	await refused(404, [gone, gone], 'operations[1]');
	await refused(404, [gone, { ...gone, method: 'PATCH', data: { name: 'z' } }],
		'operations[1]');
	assert.equal((await batch([gone])).status, 200);
});

test('if_match is checked inside a batch', async () => {
	const made = await browser.post('/api/tags', { name: 'm', color: '#000000' });
	const change = (name, if_match) => ({ method: 'PATCH', resource: 'tags',
		id: made.json.id, data: { name }, if_match });
	const good = await batch([change('n', made.headers.etag), change('o', '*')]);
	assert.equal(good.status, 200, good.text);
	const stale = await refused(412, [tag('never'), change('p', made.headers.etag)],
		'operations[1]');
	assert.equal(stale.json.current.name, 'o');
	assert.equal(stale.headers.etag, undefined);
	// A change by an earlier operation makes the ETag stale, too.
	await refused(412, [change('q', '*'), change('r', good.json.results[1].etag)],
		'operations[1]');
	await refused(400, [change('p', 'x')], 'operations[0].if_match');
	await refused(422, [{ ...tag('x'), if_match: '*' }], 'operations[0].if_match');
});

test('malformed operations are refused', async () => {
	for (const operations of [undefined, null, [], Array(101).fill(tag('x'))])
		await refused(422, operations, 'operations');
	for (const operations of [{}, 'x'])
		await refused(400, operations, 'operations');
	const one = (change) => [{ ...tag('x'), ...change }];
	await refused(400, [1], 'operations[0]');
	await refused(422, one({ method: 'GET' }), 'operations[0].method');
	await refused(422, one({ method: undefined }), 'operations[0].method');
	await refused(422, one({ data: [] }), 'operations[0].data');
	await refused(422, one({ data: null }), 'operations[0].data');
	await refused(422, one({ id: 7 }), 'operations[0].id');
	await refused(422, one({ path: '/x' }), 'operations[0].path');
	await refused(422, [{ method: 'PUT', resource: 'tags', data: {} }], 'operations[0].id');
	for (const $ref of [0, 1, 7])
		await refused(422, [post('contacts', { company_id: { $ref } })],
			'operations[0].company_id');
	for (const bad of [{ $ref: -1 }, { $ref: '0' }, { $ref: 0, x: 1 }])
		await refused(400, [tag('x'), post('contacts', { company_id: bad })],
			'operations[1].company_id');
	assert.equal((await batch(Array.from({ length: 100 }, (_, n) => tag(`hundred ${n}`)))).status, 200);
});

test('routes with special rules are not allowed as operations', async () => {
	const tries = [['nothing', 'POST'], ['contacts_summary', 'POST'], ['activity_log', 'DELETE'],
		['sales', 'POST'], ['sales', 'PATCH'], ['sales', 'DELETE'], ['configuration', 'POST'],
		['configuration', 'DELETE'], ['batch', 'POST'], ['signup', 'POST'], ['trash', 'POST'],
		['contacts/get-many', 'POST'], ['auth/sign-out', 'POST'], ['', 'POST'],
		['invites', 'POST'], [7, 'POST', 400], [undefined, 'POST']];
	for (const [resource, method, status = 422] of tries)
		await refused(status, [{ method, resource, ...method === 'POST' ? {} : { id: 1 },
			...method === 'DELETE' ? {} : { data: {} } }], 'operations[0].resource');
});

test('operations for administrators are refused for other members', async () => {
	const change = { method: 'PATCH', resource: 'configuration', id: 1,
		data: { config: { title: 'taken' } } };
	await refused(422, [tag('never'), change], undefined, other);
	assert.notEqual((await browser.get('/api/configuration/1')).json.config.title, 'taken');
	assert.equal((await batch([tag('by a member')], {}, other)).status, 200);
});

test("another organization's rows are not found", async () => {
	const { id } = (await browser.post('/api/tags', { name: 'mine', color: '#000' })).json;
	for (const operation of [{ method: 'DELETE' }, { method: 'PUT', data: { name: 'z' } },
		{ method: 'PUT', data: {}, if_match: '"x"' }]) {
		const at = (n) => batch([{ ...operation, resource: 'tags', id: n }], {}, stranger);
		const [real, none] = [await at(id), await at(9007199254740001)];
		assert.equal(real.status, 404);
		assert.equal(real.text.replace(/urn:[^"]*/, ''), none.text.replace(/urn:[^"]*/, ''));
	}
	await refused(422, [post('contacts', { tags: [], company_id: id })],
		'operations[0].company_id', stranger);
	assert.equal((await send('POST', '/api/batch', { body: { operations: [tag('x')] } })).status,
		401);
});

test('a batch with an Idempotency-Key is one request', async () => {
	const headers = { 'idempotency-key': `batch-${Date.now()}` };
	const operations = [post('companies', { name: 'Once' }),
		post('contacts', { last_name: 'once', company_id: { $ref: 0 } })];
	const first = await batch(operations, headers);
	assert.equal(first.status, 200, first.text);
	assert.equal((await batch(operations, headers)).text, first.text);
	assert.equal((await batch([tag('x')], headers)).status, 422);
	const found = await browser.get('/api/companies?filter={"name":"Once"}');
	assert.equal(found.json.length, 1);
	const failing = { 'idempotency-key': `fails-${Date.now()}` };
	assert.equal((await batch([tag('')], failing)).status, 422);
	assert.equal((await batch([tag('')], failing)).status, 422);
});

test('an API key has the same permissions in a batch as in single requests', async () => {
	const make = async (permissions) => (await browser.post('/api/auth/api-key/create',
		{ name: 'k', ...permissions && { permissions } })).json.key;
	const ask = async (key, operations) => (await send('POST', '/api/batch', {
		body: { operations }, headers: { 'x-api-key': key } })).status;
	const contact = post('contacts', { last_name: 'k' });
	const settings = { method: 'PATCH', resource: 'configuration', id: 1,
		data: { config: {} } };
	const tags = await make({ tags: ['write'] });
	assert.equal(await ask(tags, [tag(`k ${Math.random()}`)]), 200);
	assert.equal(await ask(tags, [tag(`k ${Math.random()}`), contact]), 403);
	assert.equal(await ask(tags, [contact]), 403);
	const readers = await make({ tags: ['read'], batch: ['write'], contacts: ['read'] });
	assert.equal(await ask(readers, [tag(`k ${Math.random()}`)]), 403);
	const all = await make({ '*': ['read', 'write'] });
	assert.equal(await ask(all, [tag(`k ${Math.random()}`), contact]), 200);
	assert.equal(await ask(all, [tag(`k ${Math.random()}`), settings]), 403, 'the key must name the resource');
	assert.equal(await ask(await make(), [tag(`k ${Math.random()}`), contact]), 200);
	const named = await make({ tags: ['write'], configuration: ['write'] });
	assert.equal(await ask(named, [tag(`k ${Math.random()}`), settings,
		{ ...settings, data: { config: { title: 'by key' } } }]), 200);
	assert.equal(await ask(named, [tag(`k ${Math.random()}`), { ...post('contacts', { last_name: 'x',
		tags: [{ $ref: 0 }] }) }]), 403);
});

test('the results of a batch are limited to 16 MiB', async () => {
	const body = '\u{1f600}'.repeat(100_000);	// 400 kB
	const { json } = await browser.post('/api/messages', { channel: 'email', direction: 'inbound', body });
	const many = (n) => batch(Array.from({ length: n }, (_, i) => ({ method: 'PATCH', resource: 'messages', id: json.id, data: { subject: `subject ${i}` } })));
	assert.equal((await many(30)).status, 200);
	const rs = await many(60);
	assert.equal(rs.status, 422);
	assert.match(rs.json.detail, /^operations\[41\]: the results exceed 16 MiB$/);
	assert.equal((await browser.get(`/api/messages/${json.id}`)).json.subject, 'subject 29');
});

test('an unknown resource is named with the nearest one, and a malformed operation does not hide faults in the data of others', async () => {
	const faulty = { method: 'POST', resource: 'contacts', data: { first_name: 5, zz: 1 } };
	const upsert = { method: 'PUT', resource: 'contacts', match: 'external_ids.erp', data: { first_name: 5, external_ids: { erp: ['1'] } } };
	for (const [malformed, path, code, text] of [[{ method: 'POST', resource: 'contcts', data: {} }, 'operations[0].resource', 'no_such_resource_near', /nearest one is "contacts"$/],
		[{ method: 'PUT', resource: 'contcts', match: 'name', data: {} }, 'operations[0].resource', 'no_such_resource_near', /nearest one is "contacts"$/],
		[{ method: 'DELETE', resource: 'contcts', id: 1 }, 'operations[0].resource', 'no_such_resource_near', /nearest one is "contacts"$/],
		[{ method: 'POST', resource: 'x'.repeat(90), data: {} }, 'operations[0].resource', 'no_such_resource', /no such resource$/],
		[{ method: 'POST', resource: 'search', data: {} }, 'operations[0].resource', 'no_such_resource_near', /./],
		[5, 'operations[0]', 'object_required', /./], [{ method: 'POST', resource: 'tags' }, 'operations[0].data', 'required', /is required/],
		[{ ...faulty, method: 'GET' }, 'operations[0].method', 'not_among_values', /./]])
		for (const others of [[faulty], [upsert], [faulty, upsert]]) {
			const rs = await batch([malformed, ...others]);
			const about = `${JSON.stringify(malformed)} ${rs.text}`;
			assert.deepEqual([Object.keys(rs.json.errors)[0], rs.json.code], [path, code], about);
			assert.match(rs.json.errors[path], text, about);
			others.forEach((one, n) => assert.ok(rs.json.errors[`operations[${n + 1}].first_name`], about));
			if (others[0] === faulty)
				assert.ok(rs.json.errors['operations[1].zz'], about);
		}
});
