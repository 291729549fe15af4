// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Metadata of every resource that has it: integrations write their own keys, and keep the keys of others.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { owner } from '../lib/people.mjs';
import { rowsOf } from '../../lib/rows.mjs';

let browser, rows, resources;

before(async () => {
	const who = await owner('metadata');
	({ browser } = who);
	rows = await rowsOf(who, 'metadata');
	const { json } = await browser.get('/api/catalogue');
	resources = Object.keys(json).filter((name) => json[name].fields?.metadata?.write && json[name].actions.includes('update'));
	assert.ok(resources.length >= 3, JSON.stringify(resources));
});

const path = (resource) => `/api/${resource}/${rows[resource].id}`;
async function metadataAfter(resource, method, metadata) {
	const rs = await browser.send(method, path(resource), { metadata });
	assert.equal(rs.status, 200, `${method} ${resource}: ${rs.text}`);
	return (await browser.get(path(resource))).json.metadata;
}
const each = (name, check) => test(name, async () => {
	for (const resource of resources)
		await check(resource);
});

each('PUT replaces it', async (resource) => {
	assert.deepEqual(await metadataAfter(resource, 'PUT', { a: 1, b: { x: null, y: [1] } }), { a: 1, b: { x: null, y: [1] } });
	assert.deepEqual(await metadataAfter(resource, 'PUT', { c: 1 }), { c: 1 });
});

each('PATCH merges keys at every depth, and null removes one', async (resource) => {
	await metadataAfter(resource, 'PUT', { a: 1, b: { x: 1, y: 2 }, list: [1, 2] });
	assert.deepEqual(await metadataAfter(resource, 'PATCH', { b: { y: null, z: 3 }, list: [3], new: { deep: { k: 1, none: null } } }),
		{ a: 1, b: { x: 1, z: 3 }, list: [3], new: { deep: { k: 1 } } });
	assert.deepEqual(await metadataAfter(resource, 'PATCH', { a: null, b: null, list: null, never: null }), { new: { deep: { k: 1 } } });
	assert.deepEqual(await metadataAfter(resource, 'PATCH', {}), { new: { deep: { k: 1 } } });
});

each('a batch and a change of many rows merge it, too', async (resource) => {
	await metadataAfter(resource, 'PUT', { a: 1 });
	const { id } = rows[resource];
	const batch = await browser.post('/api/batch', { operations: [{ method: 'PATCH', resource, id, data: { metadata: { b: 2 } } }] });
	assert.equal(batch.status, 200, batch.text);
	assert.deepEqual((await browser.get(path(resource))).json.metadata, { a: 1, b: 2 });
	const many = await browser.send('PATCH', `/api/${resource}?filter=${encodeURIComponent(JSON.stringify({ id: [id] }))}`,
		{ metadata: { c: 3, a: null } });
	assert.equal(many.status, 200, many.text);
	assert.deepEqual((await browser.get(path(resource))).json.metadata, { b: 2, c: 3 });
});

each('what is no object is refused by both, and nothing changes', async (resource) => {
	await metadataAfter(resource, 'PUT', { a: 1 });
	for (const method of ['PUT', 'PATCH'])
		for (const metadata of ['text', 1, true, [1]]) {
			const rs = await browser.send(method, path(resource), { metadata });
			assert.equal(rs.status, 422, `${method} ${resource}: ${rs.text}`);
		}
	assert.deepEqual((await browser.get(path(resource))).json.metadata, { a: 1 });
});

test('twenty integrations at once each keep their key', async () => {
	await metadataAfter('contacts', 'PUT', {});
	const all = await Promise.all(Array.from({ length: 20 }, (_, i) => browser.patch(path('contacts'), { metadata: { [`k${i}`]: i } })));
	assert.deepEqual(all.map((rs) => rs.status), Array(20).fill(200));
	assert.equal(Object.keys((await browser.get(path('contacts'))).json.metadata).length, 20);
});
