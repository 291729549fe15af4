// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Metadata of every resource that clients change: integrations write their own keys, and keep the keys of others.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { sql } from '../lib/database.mjs';
import { owner } from '../lib/people.mjs';
import { rowsOf } from '../../lib/rows.mjs';

// Resources that clients change, but that have no metadata. The modules membership and factory have external IDs only.
const WITHOUT = {
	company_profiles: 'a part of a company, which has it',
	configuration: 'settings',
	contact_holds: 'kept as evidence',
	duplicates: 'found by the server',
	field_definitions: 'settings',
	import_mappings: 'settings',
	object_definitions: 'settings',
	sales: 'a user, who can belong to several organizations',
	shares: 'permissions',
	views: 'settings',
	webhooks: 'settings',
};
const SECOND_NAME = { automations: 'automation_rules' };	// another name of automation_rules, whose metadata has no index

let browser, rows, catalogue, document, resources;

before(async () => {
	const who = await owner('metadata');
	({ browser } = who);
	rows = await rowsOf(who, 'metadata');
	catalogue = (await browser.get('/api/catalogue')).json;
	document = (await browser.get('/api/openapi.json')).json;
	const others = sql(`SELECT name FROM ops.resource WHERE description->>'module' IN ('factory', 'membership')`).flat();
	resources = Object.keys(catalogue).filter((name) => catalogue[name].actions.includes('update') && !others.includes(name));
	for (const name of resources.filter((r) => r.startsWith('custom_')))	// the rows of an object of the organization
		rows[name] = rows.records;
});

const withMetadata = () => resources.filter((name) => catalogue[name].fields.metadata?.write);
const filtered = () => withMetadata().filter((name) => !SECOND_NAME[name]);
const path = (resource) => `/api/${resource}/${rows[resource].id}`;
const list = (resource, filter) => `/api/${resource}?filter=${encodeURIComponent(JSON.stringify(filter))}`;

async function metadataAfter(resource, method, metadata) {
	const rs = await browser.send(method, path(resource), { metadata });
	assert.equal(rs.status, 200, `${method} ${resource}: ${rs.text}`);
	return (await browser.get(path(resource))).json.metadata;
}
const each = (name, check, of = withMetadata) => test(name, async () => {
	assert.ok(of().length > 5, of().join());
	for (const resource of of())
		await check(resource);
});

test('every resource that clients change has it, or is listed with a reason', () => {
	assert.ok(resources.length > 25, resources.join());
	assert.deepEqual(resources.filter((name) => !withMetadata().includes(name)).sort(), Object.keys(WITHOUT).sort());
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
	const many = await browser.send('PATCH', list(resource, { id: [id] }), { metadata: { c: 3, a: null } });
	assert.equal(many.status, 200, many.text);
	assert.deepEqual((await browser.get(path(resource))).json.metadata, { b: 2, c: 3 });
});

each('a value that is not an object is refused by both, and nothing changes', async (resource) => {
	await metadataAfter(resource, 'PUT', { a: 1 });
	for (const method of ['PUT', 'PATCH'])
		for (const metadata of ['text', 1, true, [1]]) {
			const rs = await browser.send(method, path(resource), { metadata });
			assert.equal(rs.status, 422, `${method} ${resource}: ${rs.text}`);
		}
	assert.deepEqual((await browser.get(path(resource))).json.metadata, { a: 1 });
});

each('it has at most 16,384 bytes, of whole and of merged objects', async (resource) => {
	await metadataAfter(resource, 'PUT', { long: 'ä'.repeat(8000) });
	for (const [method, metadata, bytes] of [['PUT', { long: 'ä'.repeat(8190) }, 16392], ['PATCH', { more: 'x'.repeat(400) }, 16424]]) {
		const rs = await browser.send(method, path(resource), { metadata });
		assert.deepEqual([rs.status, rs.json.code, rs.json.message], [422, 'metadata_too_large', `metadata: has ${bytes} bytes; at most 16384 are allowed`], `${method} ${resource}: ${rs.text}`);
	}
	assert.deepEqual((await browser.get(path(resource))).json.metadata, { long: 'ä'.repeat(8000) });
}, filtered);

each('filters find rows by a key', async (resource) => {
	await metadataAfter(resource, 'PUT', { color: `red ${resource}`, n: 1 });
	// Summaries and the successor of a resource show the same rows.
	const others = Object.keys(catalogue).filter((name) => [`${resource}_summary`, resource === 'deals' && 'opportunities', resource === 'deals' && 'opportunities_summary'].includes(name));
	for (const name of [resource, ...others])
		for (const [filter, found] of [[{ 'metadata.color': `red ${resource}` }, [rows[resource].id]], [{ 'metadata->color': 'blue' }, []],
			[{ 'metadata.color@is': null, id: rows[resource].id }, []], [{ 'metadata.color@in': [`red ${resource}`, 'blue'] }, [rows[resource].id]]]) {
			const rs = await browser.get(list(name, filter));
			assert.equal(rs.status, 200, `${name} ${rs.text}`);
			assert.deepEqual(rs.json.map(({ id }) => id), found, `${name} ${JSON.stringify(filter)}`);
		}
}, filtered);

each('a filter that compares the object names what works', async (resource) => {
	await metadataAfter(resource, 'PUT', { color: `blue ${resource}` });
	const rs = await browser.get(list(resource, { metadata: { color: `blue ${resource}` } }));
	assert.deepEqual([rs.status, rs.json.code], [400, 'filter_names_no_key'], rs.text);
	assert.match(rs.json.errors.metadata, /metadata\.color.*metadata@cs/);
	const found = await browser.get(list(resource, { 'metadata@cs': { color: `blue ${resource}` } }));
	assert.deepEqual(found.json.map(({ id }) => id), [rows[resource].id], found.text);
}, filtered);

each('its history and the payloads of its webhooks have it', async (resource) => {
	await metadataAfter(resource, 'PUT', { mark: `history of ${resource}` });
	if (document.components.schemas[`${resource}.event`])	// which refers to the row
		assert.ok(document.components.schemas[resource].properties.metadata, resource);
	if (catalogue[resource].actions.includes('history')) {
		const rs = await browser.get(`${path(resource)}/history`);
		assert.ok(rs.text.includes(`history of ${resource}`), `${resource}: ${rs.text.slice(0, 300)}`);
	}
}, filtered);

test('a restored row has it', async () => {
	const { json: { id } } = await browser.post('/api/tags', { name: 'restored', color: '#fff', metadata: { a: 1 } });
	assert.equal((await browser.send('DELETE', `/api/tags/${id}`)).status, 200);
	const { json: [entry] } = await browser.get(list('trash', { row_id: id }));
	const rs = await browser.post(`/api/trash/${entry.id}/restore`, {});
	assert.equal(rs.status, 200, rs.text);
	assert.deepEqual((await browser.get(`/api/tags/${id}`)).json.metadata, { a: 1 });
});

test('an undone change of many rows restores it', async () => {
	await metadataAfter('companies', 'PUT', { a: 1 });
	const rs = await browser.post('/api/companies/bulk', { ids: [rows.companies.id], set: { metadata: { b: 2 } } });
	assert.equal(rs.status, 200, rs.text);
	assert.deepEqual((await browser.get(path('companies'))).json.metadata, { a: 1, b: 2 });
	assert.equal((await browser.post(`/api/bulk_changes/${rs.json.id}/undo`, {})).status, 200);
	assert.deepEqual((await browser.get(path('companies'))).json.metadata, { a: 1 });
});

test('twenty integrations at once each keep their key', async () => {
	await metadataAfter('contacts', 'PUT', {});
	const all = await Promise.all(Array.from({ length: 20 }, (_, i) => browser.patch(path('contacts'), { metadata: { [`k${i}`]: i } })));
	assert.deepEqual(all.map((rs) => rs.status), Array(20).fill(200));
	assert.equal(Object.keys((await browser.get(path('contacts'))).json.metadata).length, 20);
});
