// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// nginx compresses only responses that contain no secrets.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { ask, openapi, operations, owner, query } from '../../lib/api.mjs';
import { sample } from '../../lib/rows.mjs';

let who;
const compressed = ['appointments', 'companies', 'companies_summary', 'contacts',
	'contacts_summary', 'daily_metrics', 'deals', 'tags', 'tasks'];
const text = 'what is long enough to be compressed '.repeat(60);
const headers = { 'accept-encoding': 'gzip' };
const get = (path, more = {}) => ask('GET', path, { token: who.token, headers, ...more });

before(async () => {
	who = await owner('Compression');
});

test('the OpenAPI document, the catalogue and lists without secrets are compressed', async () => {
	const made = await ask('POST', '/api/contacts', { token: who.token, headers,
		body: { last_name: 'Long', background: text } });
	assert.equal(made.status, 201);
	assert.equal(made.headers['content-encoding'], undefined);
	assert.match(made.headers.etag, /^"/);
	for (const path of ['/api/openapi.json', '/api/catalogue', '/api/contacts', '/api/crm/contacts?filter={}']) {
		const rs = await get(path);
		assert.equal(rs.status, 200);
		assert.equal(rs.headers['content-encoding'], 'gzip', path);
		assert.match(rs.headers.vary, /Accept-Encoding/);
		assert.equal((await get(path, { headers: {} })).headers['content-encoding'], undefined);
	}
	const updated = await ask('PATCH', `/api/contacts/${made.json.id}`, { token: who.token,
		headers: { 'if-match': made.headers.etag }, body: { title: 'Dr' } });
	assert.equal(updated.status, 200, updated.text);
});

test('no other response is compressed', async () => {
	const row = (await get('/api/contacts' + query({ filter: {} }), { headers: {} })).json[0];
	const note = await ask('POST', '/api/contact_notes', { token: who.token,
		body: { contact_id: row.id, text } });
	assert.equal(note.status, 201, note.text);
	let long = 0;
	for (const { method, path, operation, resource } of operations(await openapi())) {
		if (method !== 'GET' || path.includes('{') || ['/api/openapi.json', '/api/catalogue'].includes(path)
			|| operation.responses[200]?.content?.['text/event-stream'])
			continue;
		const rs = await get(path);
		const list = resource && !path.endsWith('/export') && compressed.includes(resource);
		if (!list)
			assert.equal(rs.headers['content-encoding'], undefined, path);
		long += !list && rs.text.length > 1500;
	}
	assert.ok(long > 3, `${long} of them are long enough`);
	assert.equal((await get(`/api/contacts/${row.id}`)).headers['content-encoding'], undefined);
});

test('a body with a file may be larger than other bodies', async () => {
	const body = { ...sample('tags', 'large', {}), name: 'x'.repeat(2 << 20) };
	assert.equal((await ask('POST', '/api/tags', { token: who.token, body })).status, 413);
	const src = `data:image/png;base64,${'A'.repeat(2 << 20)}`;
	const rs = await ask('POST', '/api/contacts', { token: who.token,
		body: { last_name: 'Large', avatar: { src } } });
	assert.notEqual(rs.status, 413, rs.text);
});

for (const path of ['/api/openapi.json', '/api/catalogue'])
	test(`${path} has an ETag, and is compressed for clients that accept compression`, async () => {
		for (const token of path === '/api/catalogue' ? [who.token] : [undefined, who.token]) {
			const plain = await ask('GET', path, { token }), packed = await ask('GET', path, { token, headers });
			assert.match(plain.headers.etag, /^"\w+"$/);
			assert.equal(packed.headers.etag, `W/${plain.headers.etag}`);
			assert.equal(plain.headers['cache-control'], 'private, no-cache');
			for (const [accepted, coding] of [['gzip;q=0', undefined], ['identity', undefined], ['br, gzip;q=0.5', 'gzip'], ['deflate', undefined]]) {
				const rs = await ask('GET', path, { token, headers: { 'accept-encoding': accepted } });
				assert.equal(rs.headers['content-encoding'], coding, accepted);
				assert.match(rs.headers.vary, /Accept-Encoding/);
			}
			for (const tag of [plain.headers.etag, packed.headers.etag]) {
				const rs = await ask('GET', path, { token, headers: { 'if-none-match': tag } });
				assert.deepEqual([rs.status, rs.text, rs.headers.etag], [304, '', plain.headers.etag]);
			}
			const other = await ask('GET', path, { token, headers: { 'if-none-match': '"other"' } });
			assert.deepEqual([other.status, other.text], [200, plain.text]);
		}
	});
