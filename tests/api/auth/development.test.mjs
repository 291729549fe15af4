// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_DEV_IDENTITY=1
// long: auth/security tests that the header is refused otherwise.
// On a development machine, a header may identify the user.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from '../lib/database.mjs';
import { send } from '../lib/http.mjs';
import { owner } from '../lib/people.mjs';

const me = await owner('dev');
const as = (id, method, path, body) =>
	send(method, path, { headers: { 'x-user-id': id }, body });

test('S2-19 in development mode the header identifies the user', async () => {
	const row = await as(me.id, 'POST', '/api/crm/contacts', { last_name: 'Made' });
	assert.equal(row.status, 201, row.text);
	assert.equal(row.json.sales_id, me.me.id);
	const seen = await as(me.id, 'GET', `/api/contacts/${row.json.id}`);
	assert.equal(seen.json.last_name, 'Made');
	assert.deepEqual((await as(me.id, 'GET', '/api/crm/organizations')).json.map((o) => o.slug)
		.includes(me.organization.slug), true);
	assert.equal(sql("SELECT count(*) FROM identity.session WHERE method = 'development'")[0][0], '1');
	assert.equal(row.cookies.length, 0);
});

test('S2-19 the header gives no permissions beyond those of that user', async () => {
	const other = await owner('else');
	assert.equal((await as(me.id, 'GET',
		`/api/crm/contacts?orgId=${other.organization.id}`)).status, 403);
	for (const id of ['nobody', "x' OR true --", me.email])
		assert.equal((await as(id, 'GET', '/api/contacts')).status, 401, id);
	const all = await Promise.all(Array.from({ length: 4 }, () =>
		as(other.id, 'GET', '/api/contacts')));
	assert.deepEqual(all.map((rs) => rs.status), [200, 200, 200, 200]);
	sql('UPDATE identity."user" SET banned = true WHERE id = $1', other.id);
	assert.ok([401, 403].includes((await as(other.id, 'GET', '/api/contacts')).status));
});
