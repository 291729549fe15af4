// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// own stack: it counts requests in the metrics.
// GET /api/batch: several reads in one request. Each has the same response as a separate request.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { ask, metrics, openapi, operations, owner, person, query, sql, workersLog } from '../../lib/api.mjs';
import { rowsOf } from '../../lib/rows.mjs';
import { hold } from '../../lib/database.mjs';

let who, stranger, rows, theirs;

before(async () => {
	who = await owner('Reads');
	stranger = await owner('Stranger');
	rows = await rowsOf(who, 'reads');
	theirs = await rowsOf(stranger, 'theirs');
});

const asked = (parts, more = {}) => '/api/batch?' + new URLSearchParams([
	...Object.entries(more), ...parts.map((path) => ['get', path])]);
const reads = (parts, { more, ...options } = { token: who.token }) => ask('GET', asked(parts, more), options);

async function results(parts, options) {
	const rs = await reads(parts, options);
	assert.equal(rs.status, 200, rs.text);
	assert.equal(rs.json?.results.length, parts.length, rs.text);
	return rs.json.results;
}

// Returns the response of a separate request, in the format of a part.
async function alone(path, token = who.token) {
	const { status, headers, json } = await ask('GET', path, { token });
	return { status, ...headers.etag && { etag: headers.etag },
		...headers['content-range'] && { content_range: headers['content-range'] },
		// The Link header of an old path does not belong to the row.
		...headers.link && !headers.sunset && { link: headers.link }, data: json };
}

// Removes request IDs and a worker's measurements, which are different each time.
const plain = (part) => JSON.parse(JSON.stringify(part).replaceAll(/urn:tenantry:request:[\w-]+/g, 'REQUEST'));

test('each part has the status, headers and body of a separate request', async () => {
	const paths = ['/api/me', `/api/contacts/${rows.contacts.id}`, `/api/contacts${query({ range: [0, 0], sort: ['id', 'ASC'] })}`,
		`/api/contacts${query({ filter: { 'last_name@ilike': 'é%' } })}`, `/api/deals/aggregate${query({ group: ['stage'], values: ['count'] })}`,
		'/api/deals/1', '/api/nothing', `/api/contacts${query({ filter: { nothing: 1 } })}`, '/api/contacts?filter={', '/api/organizations'];
	const found = await results(paths);
	for (const [i, path] of paths.entries())
		assert.deepEqual(plain(found[i]), plain(await alone(path)), path);
	assert.deepEqual(found.map(({ status }) => status), [200, 200, 200, 200, 200, 404, 404, 400, 400, 200]);
	assert.ok(found[1].etag);
	assert.match(found[2].content_range, /^contacts 0-0\//);
});

test('every read of one JSON document can be a part, and no other route', async () => {
	let apart = 0, parts = 0;
	for (const { method, path, operation } of operations(await openapi())) {
		if (method !== 'GET' || !path.startsWith('/api/'))
			continue;
		const id = path.includes('{') ? path.replace(/\{\w+\}/, '1') : path;
		const [{ status, data }] = await results([id]);
		const refused = data.errors?.get?.includes('separate request');
		const own = path === '/api/batch' || path.startsWith('/api/auth/') || operation['x-needs'] === 'anyone' || path.endsWith('/export')
			|| /\/(stream|imports\/\{id\}\/errors|statement|\{id\}\/(report|content|pdf|file))$/.test(path);
		assert.equal(Boolean(refused), own, `${path} ${status} ${JSON.stringify(data).slice(0, 300)}`);
		if (own)
			apart++;
		else
			parts++;
		if (!own)
			assert.equal(status, (await ask('GET', id, { token: who.token })).status, path);
	}
	assert.ok(apart > 30 && parts > 60, `${apart} and ${parts}`);
});

test('a part cannot be anything but a path with a query string', async () => {
	for (const path of ['', 'x', '/', 'api/me', '//api/me', '/api', 'http://x.test/api/me', '/metrics', '/uploads/x', '/calendar/x', '/api/../metrics',
		'/api/me#x', '/api/me\r\nx: y', '/api/me x', '/api/é', '/api/%00', '/api/%zz', '/api/contacts?%zz', '/api/contacts?x=%00', '/api/\u0001',
		'/api/batch?get=/api/me', '/api/auth/get-session', '/api/auth/sign-out', '/mcp', `/api/me?orgId=${stranger.organization}`,
		`/api/contacts?${'x=1&'.repeat(70)}`]) {
		const [{ status, data }] = await results([path]);
		assert.ok([400, 404, 405, 422].includes(status), `${path} ${status}`);
		assert.ok(data.title, path);
	}
	const [first, , last] = await results(['/api/me', 'x', '/api/me']);
	assert.deepEqual([first.status, last.status, last.data], [200, 200, first.data]);
});

test('between 1 and 20 parts are allowed', async () => {
	assert.equal((await results(Array(20).fill('/api/tags'))).length, 20);
	for (const n of [0, 21, 60]) {
		const rs = await reads(Array(n).fill('/api/tags'));
		assert.equal(rs.status, 422, rs.text);
		assert.ok(rs.json.errors.get);
	}
	assert.equal((await reads(Array(65).fill('/api/tags'))).status, 400);
});

test('without a valid session, the whole request is refused', async () => {
	const ended = await person();
	assert.equal((await ask('POST', '/api/auth/sign-out', { token: ended.token, body: {} })).status, 200);
	for (const token of [undefined, 'x'.repeat(32), ended.token])
		for (const parts of [['/api/me', '/api/tags'], ['/api/nothing'], []]) {
			const rs = await reads(parts, { token });
			assert.equal(rs.status, 401, `${parts} ${rs.text}`);
			assert.ok(!rs.text.includes('results'));
		}
});

test('a user without an organization can read routes that need none', async () => {
	const guest = await person();
	const [events, contacts] = await results(['/api/events', '/api/contacts'], { token: guest.token });
	assert.equal(events.status, 200);
	assert.deepEqual(plain(contacts), plain(await alone('/api/contacts', guest.token)));
	assert.ok(contacts.status >= 400);
});

test('rows of another organization are not found', async () => {
	const [row, list, filtered] = await results([`/api/contacts/${theirs.contacts.id}`, '/api/contacts',
		`/api/contacts${query({ filter: { id: [theirs.contacts.id] } })}`]);
	assert.equal(row.status, 404);
	assert.deepEqual(filtered.data, []);
	assert.ok(list.data.length > 0 && list.data.every(({ id }) => id !== theirs.contacts.id));
	const [other] = await results(['/api/contacts'], { token: who.token, more: { orgId: stranger.organization } });
	assert.equal(other.status, 403);
});

test('orgId determines the organization of all parts', async () => {
	const rs = await ask('POST', '/api/auth/organization/create', { token: stranger.token, body: { name: 'Second', slug: `second-${Date.now()}` } });
	assert.equal(rs.status, 200, rs.text);
	for (const organization of [rs.json.id, stranger.organization])
		for (const part of await results(['/api/me', '/api/me'], { token: stranger.token, more: { orgId: organization } }))
			assert.equal(part.data.organization_id, organization);
});

test('each part has the caller\'s permissions, and counts as a request with the key', async () => {
	const rs = await ask('POST', '/api/auth/api-key/create', { token: who.token, body: { permissions: { tags: ['read'] } } });
	assert.equal(rs.status, 200, rs.text);
	const headers = { 'x-api-key': rs.json.key };
	const used = () => Number(sql(`SELECT coalesce(sum(count), 0) FROM identity.api_key_use WHERE key_id = '${rs.json.id}'`)[0][0]);
	const before = used();
	const [tags, contacts, events, again, third] = await results(['/api/tags', '/api/contacts', '/api/events', '/api/tags', '/api/tags'], { headers });
	assert.deepEqual([tags, contacts, events, again, third].map(({ status }) => status), [200, 403, 403, 200, 200]);
	assert.equal(used() - before, 5, 'also those that were refused');
	for (const path of ['/api/contacts?filter={', '/api/contacts?range=x', '/api/contacts/x']) {
		const found = (await results(['/api/tags', path], { headers }))[1];
		assert.equal(found.status, 403, `${path} is validated after the permission is checked`);
		assert.deepEqual(plain(found.data), plain((await ask('GET', path, { headers })).json));
	}
	assert.equal((await reads(['/api/tags'], { headers: { 'x-api-key': 'x'.repeat(64) } })).status, 401);
	assert.equal((await ask('POST', '/api/auth/api-key/update', { token: who.token, body: { keyId: rs.json.id, enabled: false } })).status, 200);
	const refused = await reads(['/api/tags', '/api/contacts'], { headers });
	assert.deepEqual([refused.status, refused.json.type], [401, '/problems/key_disabled']);
});

test('hidden fields remain hidden after a part that shows all fields', async () => {
	const role = await ask('POST', '/api/auth/organization/create-role', { token: who.token, body: { role: 'names',
		permission: { contacts: ['read'], tags: ['read'], 'contacts.read': ['last_name'] } } });
	assert.equal(role.status, 200, role.text);
	const guest = await person();
	const invited = await ask('POST', '/api/auth/organization/invite-member', { token: who.token, body: { email: guest.email, role: 'names' } });
	assert.equal(invited.status, 200, invited.text);
	const joined = await ask('POST', '/api/auth/organization/accept-invitation', { token: guest.token, body: { invitationId: invited.json.id } });
	assert.equal(joined.status, 200, joined.text);
	guest.token = joined.headers['set-auth-token'];
	const paths = ['/api/tags', '/api/contacts', '/api/tags', '/api/companies', `/api/contacts/${rows.contacts.id}`];
	const found = await results(paths, { token: guest.token, more: { orgId: who.organization } });
	for (const [i, path] of paths.entries())
		assert.deepEqual(plain(found[i]), plain(await alone(`${path}?orgId=${who.organization}`, guest.token)), path);
	assert.equal(found[4].data.first_name, undefined);
	assert.ok(found[4].data.last_name);
	assert.ok(found[3].status >= 400);
});

test('metrics and the log contain each part and the request', async () => {
	const count = async (route) => (await metrics())[`tenantry_requests_total{method="GET",route="${route}",status="2xx"}`] ?? 0;
	const routes = ['/api/batch', '/api/tags', '/api/deals'], before = [];
	for (const route of routes)
		before.push(await count(route));
	const rs = await reads(['/api/tags', '/api/deals?range=[0,1]', '/api/tags']);
	assert.equal(rs.status, 200);
	const after = [];
	for (const route of routes)
		after.push(await count(route));
	assert.deepEqual(after.map((n, i) => n - before[i]), [1, 2, 1]);
	const lines = workersLog().split('\n').filter((line) => line.includes(rs.headers['x-request-id']) && line.includes('request method=GET'));
	assert.deepEqual(lines.map((line) => /trips=(\d+)/.exec(line)[1]), ['1', '1', '1', '0']);
	assert.deepEqual(lines.map((line) => /route=(\S+)/.exec(line)[1]), ['/api/tags', '/api/deals', '/api/tags', '/api/batch']);
});

test('only the part that takes too long fails, and parts after the time limit are not started', async () => {
	const lock = await hold('LOCK TABLE crm.deals IN ACCESS EXCLUSIVE MODE');
	try {
		const found = await results(['/api/tags', ...Array(12).fill('/api/deals'), '/api/tags']);
		assert.deepEqual([found[0].status, found[1].status], [200, 503]);
		assert.equal(found.at(-1).status, 503);
		assert.match(found.at(-1).data.detail, /previous parts took too long/);
	} finally {
		await lock.release();
	}
	assert.ok((await results(['/api/tags', '/api/deals'])).every(({ status }) => status === 200));
});

test('parts that exceed the total size are refused one by one', async () => {
	const [{ id }] = sql(`SELECT 1`).map(() => rows.contacts);
	for (let i = 0; i < 5; i++) {
		const rs = await ask('POST', '/api/contact_notes', { token: who.token, body: { contact_id: id, text: '😀'.repeat(200000) } });
		assert.equal(rs.status, 201, rs.text.slice(0, 300));
	}
	const list = '/api/contact_notes?range=[0,9]';
	const found = await results([...Array(6).fill(list), '/api/tags']);
	const statuses = found.map(({ status }) => status);
	assert.deepEqual([statuses[0], statuses[5], statuses[6]], [200, 422, 200], statuses.join(' '));
});

test('the cookies of parts are set', async () => {
	const names = ({ headers }) => (headers['set-cookie'] ?? []).map((cookie) => cookie.split('=')[0]);
	const cookie = { token: who.token, headers: { cookie: 'a=b' } };
	const wanted = names(await ask('GET', '/api/me', cookie));
	assert.equal(wanted.length, 1);
	assert.deepEqual(names(await reads(['/api/tags', '/api/me'], cookie)), wanted);
	assert.deepEqual(names(await reads(['/api/tags'], cookie)), []);
});

test('HEAD has no body', async () => {
	const rs = await ask('HEAD', asked(['/api/tags']), { token: who.token });
	assert.deepEqual([rs.status, rs.text], [200, '']);
});
