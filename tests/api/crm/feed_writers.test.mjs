// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// What the feed contains about the writer of a change, and subscribers to only some resources.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, owner, query, until } from '../../lib/api.mjs';

const me = await owner('Writers');
const write = (method, path, body, headers = {}, token = me.token) => ask(method, path, { token, body, headers });
const read = async (more = {}) => (await ask('GET', `/api/changes${query({ after: 0, limit: 1000, ...more })}`, { token: me.token })).json;

// Returns the changes so far, after all of them have been numbered.
async function changes(more) {
	const { json: { id } } = await write('POST', '/api/contacts', { last_name: 'mark' });
	await until(async () => (await read()).changes.some((c) => c.resource === 'contacts' && c.id === id));
	return read(more);
}
const tag = (name, headers, token) => write('POST', '/api/tags', { name, color: '#123456' }, headers, token);

test('a change contains the client\'s tag and the writer\'s API key', async () => {
	const { json: key } = await write('POST', '/api/auth/api-key/create', { name: 'sync' });
	const plain = (await tag('plain')).json;
	const told = (await tag('tagged', { 'x-client': 'erp-sync' }, key.key)).json;
	await write('PATCH', `/api/tags/${plain.id}`, { name: 'other' }, { 'x-client': '"quoted"' });
	await write('POST', '/api/batch', { operations: [{ method: 'DELETE', resource: 'tags', id: told.id }] }, { 'x-client': 'erp-sync' });
	const found = (await changes({ resources: ['tags'] })).changes;
	assert.deepEqual(found.map(({ id, verb, by, client, api_key_id }) => ({ id, verb, by, client, api_key_id })), [
		{ id: plain.id, verb: 'create', by: me.user.id, client: undefined, api_key_id: undefined },
		{ id: told.id, verb: 'create', by: me.user.id, client: 'erp-sync', api_key_id: key.id },
		{ id: plain.id, verb: 'update', by: me.user.id, client: '"quoted"', api_key_id: undefined },
		{ id: told.id, verb: 'delete', by: me.user.id, client: 'erp-sync', api_key_id: undefined }]);
	assert.deepEqual(Object.keys(found[0]), ['seq', 'resource', 'id', 'verb', 'at', 'by']);
});

test('a tag has at most 100 printable characters without spaces', async () => {
	for (const [client, code] of [['x'.repeat(101), 'param_too_long'], ['a b', 'not_printable'], ['é', 'not_printable']]) {
		const rs = await tag('refused', { 'x-client': Buffer.from(client).toString('latin1') });
		assert.deepEqual([rs.status, rs.json.code], [400, code], rs.text);
		assert.ok(rs.json.errors['X-Client'], rs.text);
	}
	assert.equal((await tag('longest', { 'x-client': 'x'.repeat(100) })).status, 201);
	assert.equal((await ask('GET', '/api/tags', { token: me.token, headers: { 'x-client': 'reader' } })).status, 200);
});

test('a subscriber to some resources gets their changes and the number of the last change', async () => {
	await write('POST', '/api/companies', { name: 'Told Ltd' });
	await tag('last');
	const all = await changes();
	const some = await read({ resources: ['companies', 'deals'] });
	assert.deepEqual(some.changes, all.changes.filter(({ resource }) => resource === 'companies'));
	assert.deepEqual([some.changes.length, some.seq, some.more, some.reset], [1, all.seq, false, false]);
	const none = await read({ resources: [] });
	assert.deepEqual([none.changes, none.seq], [[], all.seq]);
	const page = await read({ resources: ['companies'], limit: 1 });
	assert.deepEqual([page.changes, page.seq, page.more], [[], 1, true], 'a page of other changes moves the reader');
});

test('a stream of some resources contains their changes and skips other changes', async () => {
	const { seq, changes: all } = await changes();
	const rs = await ask('GET', `/api/changes/stream${query({ after: 0, resources: ['companies'] })}`, { token: me.token });
	assert.match(rs.headers['content-type'], /^text\/event-stream/);
	const [company] = all.filter(({ resource }) => resource === 'companies');
	assert.deepEqual([...rs.text.matchAll(/^data: (.*)$/gm)].map(([, data]) => JSON.parse(data)), [company]);
	assert.match(rs.text, new RegExp(`\nid: ${seq}\n\n$`));
});

test('unknown resources are refused, and the message names the known resources', async () => {
	for (const path of ['/api/changes', '/api/changes/stream'])
		for (const [resources, status, said] of [[['companies', 'company'], 422, /companies, /], [[7], 422, /companies, /],
			[{ companies: 1 }, 400, /./], ['x', 400, /./]]) {
			const rs = await ask('GET', path + query({ resources }), { token: me.token });
			assert.equal(rs.status, status, rs.text);
			assert.match(rs.json.errors.resources, said);
		}
	const empty = await ask('GET', '/api/changes?after=0&resources=', { token: me.token });
	assert.deepEqual(empty.json, await read({ limit: 500 }));
});

test('with the b2b module, changes to deals are changes to opportunities', async () => {
	const opportunities = () => ask('GET', `/api/changes${query({ after: 0, resources: ['opportunities'] })}`, { token: me.token });
	assert.equal((await opportunities()).status, 422, 'without the module there are none');
	assert.equal((await write('PUT', '/api/modules/b2b', { enabled: true })).status, 200);
	const { json: { id } } = await write('POST', '/api/opportunities', { name: 'Told', stage: 'won' });
	const { changes: deals } = await changes({ resources: ['deals'] });
	assert.deepEqual(deals.map((c) => [c.resource, c.id]), [['deals', id]]);
	assert.deepEqual((await opportunities()).json.changes, deals);
});
