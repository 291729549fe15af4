// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Key permissions by action and by field, and what a key that may write but not read can see.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { sql } from '../lib/database.mjs';
import { send } from '../lib/http.mjs';
import { member, owner } from '../lib/people.mjs';

const api = (key, method = 'GET', path = '/api/tags', body = undefined, headers = {}) =>
	send(method, path, { headers: { 'x-api-key': key, ...headers }, body });
const create = (who, body = {}) => who.browser.post('/api/auth/api-key/create', body);
async function keyOf(who, permissions) {
	const rs = await create(who, { permissions });
	assert.equal(rs.status, 200, rs.text);
	return rs.json.key;
}
const url = (path, params) => `${path}?${new URLSearchParams(Object.entries(params).map(([k, v]) => [k, JSON.stringify(v)]))}`;

let boss, ada;

before(async () => {
	boss = await owner('scopes');
	const made = await boss.browser.post('/api/contacts', { first_name: 'Ada', last_name: 'Lovelace', title: 'Countess', background: 'secret',
		email_jsonb: [{ email: 'ada@secret.test', type: 'Work' }] });
	assert.equal(made.status, 201, made.text);
	ada = made.json;
});

// The requests whose results with each key are checked.
const requests = {
	read: ['GET', () => '/api/contacts'],
	create: ['POST', () => '/api/contacts', { last_name: 'New' }],
	update: ['PATCH', (id) => `/api/contacts/${id}`, { title: 'Changed' }],
	delete: ['DELETE', (id) => `/api/contacts/${id}`],
	export: ['GET', () => '/api/contacts/export?fields=%5B%22last_name%22%5D'],
};

test('each action is permitted separately', async () => {
	for (const [word, may] of [['read', ['read', 'export']], ['create', ['create']], ['update', ['update']], ['delete', ['delete']], ['export', ['export']],
		['write', ['create', 'update', 'delete']]]) {
		for (const permissions of [{ contacts: [word] }, { '*': [word] }]) {
			const key = await keyOf(boss, permissions);
			for (const [action, [method, path, body]] of Object.entries(requests)) {
				const { json: row } = await boss.browser.post('/api/contacts', { last_name: 'Victim' });
				const rs = await api(key, method, path(row.id), body);
				assert.equal(rs.status < 300, may.includes(action), `${JSON.stringify(permissions)} ${action}: ${rs.status} ${rs.text}`);
				if (rs.status >= 300)
					assert.deepEqual([rs.status, rs.json.code, rs.json.arguments[1]], [403, 'key_scope', 'contacts']);
			}
			const other = await api(key, 'POST', '/api/tags', { name: word, color: '#000' });
			assert.equal(other.status, '*' in permissions && may.includes('create') ? 201 : 403, other.text);
		}
	}
	const exact = await keyOf(boss, { contacts: ['create'] });
	assert.equal((await api(exact, 'DELETE', `/api/contacts/${ada.id}`)).json.detail, 'this API key lacks the permission to delete contacts');
	// An upsert requires both permissions, and a batch requires the permissions of its operations.
	const both = await keyOf(boss, { tags: ['create', 'update'] });
	const upsert = (key) => api(key, 'PUT', '/api/companies?match=external_ids.erp', { name: 'A', external_ids: { erp: ['1'] } });
	assert.equal((await upsert(await keyOf(boss, { companies: ['create'] }))).status, 403);
	assert.equal((await upsert(await keyOf(boss, { companies: ['create', 'update'] }))).status, 201);
	const batch = (key, ...operations) => api(key, 'POST', '/api/batch', { operations });
	const make = { method: 'POST', resource: 'tags', data: { name: 'b', color: '#000' } };
	assert.equal((await batch(both, make)).status, 200);
	assert.equal((await batch(both, make, { method: 'DELETE', resource: 'tags', id: 1 })).status, 403);
});

test('a key that may write but not read gets IDs and no rows', async () => {
	const key = await keyOf(boss, { contacts: ['write'], tags: ['read', 'write'] });
	const fine = async (...args) => {
		const rs = await api(key, ...args);
		assert.ok(rs.status < 300, `${args.slice(0, 2)} ${rs.status} ${rs.text}`);
		assert.ok(!/secret|Lovelace|Countess/.test(rs.text), rs.text);
		assert.equal(rs.headers.etag, undefined);
		return rs.json;
	};
	const path = `/api/contacts/${ada.id}`, only = { id: ada.id };
	assert.deepEqual(await fine('PATCH', path, {}), only);
	assert.deepEqual(await fine('PUT', path, {}), only);
	assert.deepEqual(await fine('PATCH', path, { status: 'hot' }), only);
	assert.deepEqual(await fine('PATCH', url('/api/contacts', { filter: { id: [ada.id] } }), { status: 'cold' }), [ada.id]);
	const made = await fine('POST', '/api/contacts', { last_name: 'Own' });
	assert.deepEqual(Object.keys(made), ['id']);
	const named = { external_ids: { erp: ['ada'] } };
	await boss.browser.patch(path, named);
	assert.deepEqual(await fine('PUT', '/api/contacts?match=external_ids.erp', named),
		{ status: 200, outcome: 'unchanged', id: ada.id, etag: null, data: only });
	const several = await fine('PUT', '/api/contacts?match=external_ids.erp', [named, { nothing: 1 }]);
	assert.deepEqual(several.results[0].data, only);
	assert.equal(several.results[1].outcome, 'refused');
	// The same applies in a batch, even beside rows that the key may read.
	const { results } = await fine('POST', '/api/batch', { operations: [{ method: 'PATCH', resource: 'contacts', id: ada.id, data: {} },
		{ method: 'POST', resource: 'tags', data: { name: 'c', color: '#000' } },
		{ method: 'PUT', resource: 'contacts', match: 'external_ids.erp', data: named }] });
	assert.deepEqual([results[0], results[2]], [{ status: 200, data: only }, { status: 200, data: only }]);
	assert.equal(results[1].data.name, 'c');
	// The response to an outdated ETag, a stored response and the counts of a filter do not reveal the field either.
	const stale = await api(key, 'PATCH', path, { status: 'hot' }, { 'if-match': '"other"' });
	assert.deepEqual([stale.status, stale.json.current, stale.headers.etag], [412, undefined, undefined], stale.text);
	const late = await api(key, 'POST', '/api/batch', { operations: [{ method: 'PATCH', resource: 'contacts', id: ada.id, data: {}, if_match: '"other"' }] });
	assert.deepEqual([late.status, late.json.current], [412, undefined], late.text);
	for (let again = 0; again < 2; again++)
		assert.deepEqual(await (async () => (await api(key, 'PATCH', path, {}, { 'idempotency-key': 'same' })).json)(), only);
	for (const body of [{ filter: { first_name: 'Ada' }, preview: true }, { filter: { first_name: 'Ada' }, set: { status: 'hot' }, max: 10 },
		{ filter: { first_name: 'Ada' }, delete: true, max: 10 }])
		assert.equal((await api(key, 'POST', '/api/contacts/bulk', body)).status, 403, JSON.stringify(body));
	assert.equal((await fine('POST', '/api/contacts/bulk', { ids: [ada.id], set: { status: 'hot' } })).count, 1);
	const merger = await keyOf(boss, { merge_contacts: ['write'], contacts: ['write'] });
	assert.equal((await api(merger, 'POST', '/api/merge_contacts/preview', { loserId: made.id, winnerId: ada.id })).status, 403);
	for (const read of [path, '/api/contacts', `${path}/history`, '/api/contacts_summary', '/api/search?q=Ada', '/api/contacts/aggregate'])
		assert.equal((await api(key, 'GET', read)).status, 403, read);
	// Responses to moves contain rows of deals.
	const deal = (await boss.browser.post('/api/deals', { name: 'secret deal', amount: 5, stage: 'opportunity' })).json;
	const mover = await keyOf(boss, { deals: ['update'] });
	const moved = await api(mover, 'POST', `/api/deals/${deal.id}/move`, { index: 0 });
	assert.deepEqual([moved.status, moved.json.every((row) => Object.keys(row).join() === 'id')], [200, true], moved.text);
	assert.deepEqual((await api(key, 'DELETE', path)).json, only);
	ada = (await boss.browser.post('/api/contacts', { first_name: 'Ada', last_name: 'Lovelace', title: 'Countess', background: 'secret' })).json;
	// A key without permissions and a key that may read see the whole row.
	for (const permissions of [undefined, { contacts: ['update', 'read'] }, { contacts: ['update'], '*': ['read'] }]) {
		const rs = await api(await keyOf(boss, permissions), 'PATCH', `/api/contacts/${ada.id}`, {});
		assert.equal(rs.json.last_name, 'Lovelace', rs.text);
	}
});

test('lists of fields limit what a key can read and write', async () => {
	const key = await keyOf(boss, { contacts: ['read', 'write'], contacts_summary: ['read'], tags: ['read'], sales: ['read'], 'contacts.read': ['first_name', 'last_name', 'status'], 'contacts.update': ['status'] });
	const row = await api(key, 'GET', `/api/contacts/${ada.id}`);
	assert.deepEqual(Object.keys(row.json).sort(), ['first_name', 'id', 'last_name', 'sales_id', 'status'], row.text);
	const mine = url('', { filter: { id: ada.id } });
	for (const path of [`/api/contacts${mine}`, `/api/contacts_summary${mine}`, `/api/contacts/export${mine}`, `/api/contacts/${ada.id}/history`]) {
		const rs = await api(key, 'GET', path);
		assert.equal(rs.status, 200, rs.text);
		assert.ok(rs.text.includes('Lovelace') && !/Countess|secret/.test(rs.text), `${path} ${rs.text}`);
	}
	assert.equal((await api(key, 'GET', url('/api/contacts', { filter: { background: 'secret' } }))).status, 400);
	assert.equal((await api(key, 'GET', url('/api/contacts', { sort: ['background', 'ASC'] }))).status, 400);
	const written = await api(key, 'PATCH', `/api/contacts/${ada.id}`, { status: 'warm' });
	assert.deepEqual([written.status, written.json.status, written.json.title], [200, 'warm', undefined], written.text);
	for (const [body, status] of [[{ first_name: 'Eve' }, 403], [{ background: 'x' }, 422], [{ title: 'x' }, 422]]) {
		const rs = await api(key, 'PATCH', `/api/contacts/${ada.id}`, body);
		assert.deepEqual([rs.status, Object.keys(rs.json.errors)], [status, Object.keys(body)], rs.text);
	}
	// If the list of the key is the reason for a refusal, the refusal has the same type as other refusals of keys,
	// on each route.
	for (const [method, path, body, member = 'first_name'] of [['PATCH', `/api/contacts/${ada.id}`, { first_name: 'Eve' }], ['PUT', `/api/contacts/${ada.id}`, { ...row.json, first_name: 'Eve' }],
		['POST', '/api/contacts', { first_name: 'Eve' }], ['POST', '/api/contacts/bulk', { ids: [ada.id], set: { first_name: 'Eve' } }, 'set.first_name'],
		['POST', '/api/batch', { operations: [{ method: 'PATCH', resource: 'contacts', id: ada.id, data: { first_name: 'Eve' } }] }, 'operations[0].first_name']]) {
		const rs = await api(key, method, path, body);
		assert.deepEqual([rs.status, rs.json.type, rs.json.code, rs.json.arguments, Object.keys(rs.json.errors)],
			[403, '/problems/key_scope', 'key_scope', ['update', 'contacts.first_name'], [member]], rs.text);
	}
	// All fields of the body that the key may not write are named.
	const two = { first_name: 'Eve', status: 'cold', last_name: 'Moore' };
	for (const [method, path, body, at = ''] of [['PATCH', `/api/contacts/${ada.id}`, two], ['PUT', `/api/contacts/${ada.id}`, { ...row.json, ...two }], ['POST', '/api/contacts', two],
		['POST', '/api/batch', { operations: [{ method: 'PATCH', resource: 'contacts', id: ada.id, data: two }] }, 'operations[0].'],
		['POST', '/api/batch', { operations: [{ method: 'POST', resource: 'contacts', data: two }] }, 'operations[0].']]) {
		const rs = await api(key, method, path, body);
		assert.deepEqual([rs.status, rs.json.code, Object.keys(rs.json.errors).sort(), rs.json.faults?.map(({ code }) => code)],
			[403, 'key_scope', [`${at}first_name`, `${at}last_name`], ['key_scope', 'key_scope']], rs.text);
	}
	assert.equal(sql('SELECT first_name FROM crm.contacts WHERE id = $1', ada.id)[0][0], 'Ada');
	// Fields that the roles of the key's user hide are also hidden.
	const role = await boss.browser.post('/api/auth/organization/create-role', { role: 'narrow', permission:
		{ contacts: ['read', 'update'], 'contacts.read': ['first_name', 'title'] } });
	assert.equal(role.status, 200, role.text);
	const clerk = await member(boss);
	const { members } = (await boss.browser.get('/api/auth/organization/list-members')).json;
	const given = await boss.browser.post('/api/auth/organization/update-member-role',
		{ memberId: members.find(({ userId }) => userId === clerk.id).id, role: 'narrow' });
	assert.equal(given.status, 200, given.text);
	const theirs = await keyOf(clerk, { contacts: ['read'], 'contacts.read': ['first_name', 'last_name'] });
	const both = await api(theirs, 'GET', `/api/contacts/${ada.id}`);
	assert.deepEqual(Object.keys(both.json).sort(), ['first_name', 'id', 'sales_id'], both.text);
	// Requests that cannot omit fields see no row: the search, and an assistant's SQL.
	const finder = await keyOf(boss, { search: ['read'], contacts: ['read'], 'contacts.read': ['first_name'] });
	assert.ok(!(await api(finder, 'GET', '/api/search?q=Lovelace')).text.includes('Countess'));
	// A change to the list applies to the next request. Other changes do not affect the list.
	const { json: made } = await create(boss, { permissions: { contacts: ['read'], 'contacts.read': ['first_name'] } });
	const update = (body) => boss.browser.post('/api/auth/api-key/update', { keyId: made.id, ...body });
	const seen = async () => Object.keys((await api(made.key, 'GET', `/api/contacts/${ada.id}`)).json);
	await update({ name: 'renamed' });
	assert.ok(!(await seen()).includes('title'));
	assert.equal((await update({ permissions: { contacts: ['read'], 'contacts.read': ['title'] } })).status, 200);
	assert.ok((await seen()).includes('title') && !(await seen()).includes('first_name'));
	assert.equal((await update({ permissions: { contacts: ['read'] } })).status, 200);
	assert.ok((await seen()).includes('first_name'));
});

test('the report and the erasure of a contact need explicit permissions', async () => {
	const { json: row } = await boss.browser.post('/api/contacts', { last_name: 'Erased' });
	const report = ['GET', `/api/contacts/${row.id}/report`], erase = ['POST', `/api/contacts/${row.id}/erase`, { reason: 'asked' }];
	for (const permissions of [{ contacts: ['read', 'write'] }, { '*': ['read', 'write'] }, { contacts: ['read', 'write'], contact_erasures: ['export'] }]) {
		const key = await keyOf(boss, permissions);
		for (const [[method, path, body], action] of [[report, 'read'], [erase, 'write']]) {
			const rs = await api(key, method, path, body);
			assert.deepEqual([rs.status, rs.json.code, rs.json.arguments[1]], [403, 'key_scope', 'contact_erasures'], `${path} ${action} ${rs.text}`);
		}
	}
	const key = await keyOf(boss, { contact_erasures: ['read', 'write'] });
	assert.equal((await api(key, 'GET', `/api/contacts/${row.id}`)).status, 403);
	assert.equal((await api(key, ...report)).status, 200);
	assert.equal((await api(key, ...erase)).status, 200);
	assert.equal((await boss.browser.get(`/api/contacts/${row.id}`)).status, 404);
});

test('a key of a disabled service account is disabled', async () => {
	const made = await boss.browser.post('/api/service_accounts', { name: 'robot', role: 'member' });
	assert.equal(made.status, 201, made.text);
	const { json: { key } } = await boss.browser.post(`/api/service_accounts/${made.json.id}/keys`, { name: 'k' });
	assert.equal((await api(key)).status, 200);
	for (const [disabled, expected] of [[true, [401, 'key_disabled']], [false, [200, undefined]]]) {
		assert.equal((await boss.browser.patch(`/api/service_accounts/${made.json.id}`, { disabled })).status, 200);
		const rs = await api(key);
		assert.deepEqual([rs.status, rs.json.code], expected, rs.text);
	}
});

test('unknown resources, actions and fields are refused', async () => {
	const flaws = [[{ contcats: ['read'] }, /no resource contcats/], [{ 'contcats.read': ['title'] }, /no resource/], [{ contacts: ['merge'] }, /expected "read"/],
		[{ contacts: ['Read'] }, /expected "read"/], [{ contacts: [1] }, /expected "read"/], [{ contacts: [['read']] }, /expected "read"/], [{ contacts: 'read' }, /expected array/],
		[{ 'contacts.read': ['nickname_x'] }, /no field/], [{ 'contacts.delete': ['title'] }, /expected fields/], [{ 'contacts.read.x': ['title'] }, /expected fields/],
		[{ '*.read': ['title'] }, /expected fields/], [{ 'configuration.read': ['id'] }, /expected fields/], [{ 'contacts.read': 'title' }, /expected array/],
		[{ 'contacts.read': [{}] }, /no field/], [{ 'contacts.read': ['last_name'], 'contacts.update': ['last_name', 'title'] }, /contacts\.read must also list title/],
		[{ 'contacts.read': [], 'contacts.update': ['custom'] }, /contacts\.read must also list custom/], [{ auth: ['read'] }, /no resource auth/], [{ '': ['read'] }, /no resource/], [{ "x'; --": ['read'] }, /no resource/],
		[{ organization_member: ['read'] }, /no resource/], [{ [`x${'y'.repeat(300)}`]: ['read'] }, /no resource/]];
	const { json: made } = await create(boss, { permissions: { tags: ['read'] } });
	for (const [permissions, said] of flaws) {
		for (const rs of [await create(boss, { permissions }), await boss.browser.post('/api/auth/api-key/update', { keyId: made.id, permissions })]) {
			assert.deepEqual([rs.status, rs.json.code], [400, 'VALIDATION_ERROR'], JSON.stringify(permissions));
			assert.match(rs.json.message, said);
		}
	}
	assert.deepEqual((await boss.browser.get(`/api/auth/api-key/get?id=${made.id}`)).json.permissions, { tags: ['read'] });
	for (const name of ['*', 'crm', 'mcp', 'search', 'batch', 'trash', 'invites', 'contacts_summary', 'deals', 'timeline', 'configuration', 'me', 'merge_contacts'])
		assert.equal((await create(boss, { permissions: { [name]: ['read', 'write'] } })).status, 200, name);
	// The permissions of keys from earlier releases may contain any names.
	sql(`UPDATE identity.api_key SET permissions = '{"gone":["read"],"tags":["read"]}' WHERE id = $1`, made.id);
	assert.equal((await api(made.key)).status, 200);
	assert.equal((await boss.browser.post('/api/auth/api-key/update', { keyId: made.id, name: 'still' })).status, 200);
});

test('a refusal names the row that has a value only if the key may read the resource', async () => {
	const me = await owner('taken');
	const made = async (path, body) => {
		const rs = await me.browser.post(`/api/${path}`, body);
		assert.equal(rs.status, 201, rs.text);
		return rs.json.id;
	};
	const rows = [['contacts', { last_name: 'Secret', email_jsonb: [{ email: 'vs@taken.test' }], external_ids: { erp: ['c'] } }, { last_name: 'x', email_jsonb: [{ email: 'vs@taken.test' }] }],
		['contacts', null, { last_name: 'x', external_ids: { erp: ['c'] } }],
		['companies', { name: 'Secret Corp', website: 'https://taken.test' }, { name: 'x', website: 'https://www.taken.test' }],
		['tags', { name: 'Secret', color: '#000000' }, { name: 'secret', color: '#000000' }]];
	for (const rule of ['refuse', 'warn']) {
		const { json: { config } } = await me.browser.get('/api/configuration/1');
		assert.equal((await me.browser.put('/api/configuration/1', { config: { ...config, uniqueContactEmails: rule, uniqueCompanyDomains: rule } })).status, 200);
		for (const [resource, row, taken] of rows) {
			const id = rule === 'refuse' && row ? await made(resource, row) : undefined;
			const blind = await api(await keyOf(me, { [resource]: ['create'] }), 'POST', `/api/${resource}`, taken);
			assert.doesNotMatch(blind.text, /Secret/, `${resource} ${rule}`);
			assert.ok(!blind.json.existing && !blind.headers['x-duplicate-of'] && !(id && blind.text.includes(id)), `${resource} ${rule} ${blind.text}`);
			const seeing = await api(await keyOf(me, { [resource]: ['create', 'read'] }), 'POST', `/api/${resource}`, taken);
			assert.ok(seeing.status === 409 || seeing.headers['x-duplicate-of'], `${resource} ${rule} ${seeing.text}`);
			if (id)
				assert.ok(seeing.text.includes(id), `${resource} ${rule} ${seeing.text}`);
		}
	}
});
