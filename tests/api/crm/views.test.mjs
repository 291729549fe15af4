// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// What saved views contain, and who can use them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sqlFor } from '../lib/database.mjs';
import { member, owner } from '../lib/people.mjs';

const boss = await owner('views');
const ada = await member(boss);
const bob = await member(boss);
const admin = await member(boss, 'admin');
const stranger = await owner('stranger');

const url = (path, parameters = {}) => `/api/${path}?${new URLSearchParams(
	Object.fromEntries(Object.entries(parameters).map(([name, value]) =>
		[name, typeof value === 'string' ? value : JSON.stringify(value)])))}`;
const get = async (path, parameters, who = ada) => {
	const rs = await who.browser.get(url(path, parameters));
	assert.equal(rs.status, 200, rs.text);
	return rs.json;
};
const create = async (resource, row, who = ada) => {
	const rs = await who.browser.post(`/api/${resource}`, row);
	assert.equal(rs.status, 201, rs.text);
	return rs.json;
};
const status = async (promise) => (await promise).status;
const names = async (who, filter = {}) => (await get('views', { filter }, who)).map((v) => v.name).sort();
const alike = (rs) => rs.text.replaceAll(rs.headers['x-request-id'], '');

for (const [last_name, state, first_name] of [['Lovelace', 'hot', 'Ada'], ['Babbage', 'cold', 'Charles'],
	['Byron', 'hot', 'Anne']])
	await create('contacts', { last_name, first_name, status: state });

const view = { resource: 'contacts', name: 'Hot', columns: ['last_name', { source: 'status', width: 3 }],
	filters: { status: 'hot' }, sort: ['last_name', 'DESC'], group_by: 'status' };
const own = await create('views', { ...view, name: 'Mine' });
const all = await create('views', { ...view, name: 'All\'s', sharing: 'organization' });

test('P12 a view stores columns, filter, sort and group', async () => {
	const row = await get(`views/${own.id}`);
	assert.deepEqual({ resource: row.resource, name: 'Hot', columns: row.columns, filters: row.filters,
		sort: row.sort, group_by: row.group_by }, view);
	assert.deepEqual([row.sharing, row.role], ['private', null]);
	for (const [bad, field] of [[{ name: '' }, 'name'], [{ resource: 'x;y' }, 'resource'],
		[{ sharing: 'world' }, 'sharing'], [{ sharing: 'role' }, 'role'], [{ role: 'admin' }, 'role'],
		[{ sort: ['name', 'UP'] }, 'sort'], [{ columns: {} }, 'columns'], [{ filters: [] }, 'filters'],
		[{ name: undefined }, 'name'], [{ filters: { last_name: 'x'.repeat(20000) } }, 'filters'], [{ filters: { a: 1 } }, 'filters.a']]) {
		const rs = await ada.browser.post('/api/views', { ...view, ...bad });
		assert.equal(rs.status, 422, JSON.stringify(bad) + rs.text);
		assert.ok(field in rs.json.errors, rs.text);
	}
});

test('P12 a list applies the view named in its URL', async () => {
	const of = async (parameters, path = 'contacts') =>
		(await get(path, { view: `${own.id}`, ...parameters })).map((c) => c.last_name);
	assert.deepEqual(await of(), ['Lovelace', 'Byron']);
	assert.deepEqual(await of({ sort: ['last_name', 'ASC'] }), ['Byron', 'Lovelace']);
	assert.deepEqual(await of({ filter: { first_name: 'Anne' } }), ['Byron']);
	assert.deepEqual(await of({ filter: { status: 'cold' } }), []);
	assert.deepEqual(await of({ filter: { q: 'lovelace' } }), ['Lovelace']);
	assert.deepEqual(await of({}, 'crm/contacts'), ['Lovelace', 'Byron']);
	const file = await ada.browser.get(url('contacts/export',
		{ view: `${own.id}`, fields: ['last_name'] }));
	assert.equal(file.text, 'last_name\r\nLovelace\r\nByron\r\n');
	for (const [parameters, groups] of [[{}, [{ status: 'hot', count: 2 }]],
		[{ filter: { first_name: 'Anne' } }, [{ status: 'hot', count: 1 }]]])
		assert.deepEqual(await get('contacts/aggregate', { view: `${own.id}`, group: ['status'],
			...parameters }), groups);
	assert.equal(await status(ada.browser.get(url('companies/aggregate', { view: `${own.id}` }))), 404);
	const paged = await ada.browser.get(url('contacts', { view: `${own.id}`, range: [0, 0] }));
	assert.equal(paged.headers['content-range'], 'contacts 0-0/2');
	assert.equal(await status(ada.browser.get(url('companies', { view: `${own.id}` }))), 404);
	assert.equal(await status(ada.browser.get(url('contacts', { view: 'x' }))), 400);
	// A view as an older release stored it.
	const broken = await create('views', view);
	sqlFor(boss.organization.id, `UPDATE crm.views SET filters = '{"nothing": 1}' WHERE id = $1`, broken.id);
	assert.equal(await status(ada.browser.get(url('contacts', { view: `${broken.id}` }))), 400);
	assert.equal(await status(ada.browser.delete(`/api/views/${broken.id}`)), 200);
});

test('P12 a private view does not exist for other users', async () => {
	for (const who of [bob, boss, admin, stranger]) {
		assert.ok(!(await names(who)).includes('Mine'));
		const missing = await who.browser.get('/api/views/1');
		for (const call of [() => who.browser.get(`/api/views/${own.id}`),
			() => who.browser.get(url('contacts', { view: `${own.id}` }))]) {
			const rs = await call();
			assert.equal(rs.status, 404);
		}
		assert.equal(alike(await who.browser.get(`/api/views/${own.id}`)).replaceAll(own.id, 1),
			alike(missing));
		assert.equal(await status(who.browser.patch(`/api/views/${own.id}`, { name: 'x' })), 404);
		assert.equal(await status(who.browser.delete(`/api/views/${own.id}`)), 404);
		const many = await who.browser.post('/api/views/get-many', { ids: [own.id] });
		assert.deepEqual(many.json, []);
		const bulk = await who.browser.delete(url('views', { filter: { id: [own.id] } }));
		assert.deepEqual(bulk.json, []);
	}
	assert.ok(!JSON.stringify((await boss.browser.get('/api/trash')).json).includes('Mine'));
	assert.equal((await get(`views/${own.id}`)).name, 'Mine');
});

test('P12 a shared view is visible to all, its author can edit it, and an admin can also delete it', async () => {
	for (const who of [bob, boss, admin])
		assert.deepEqual((await get('contacts', { view: `${all.id}` }, who)).length, 2);
	assert.equal(await status(stranger.browser.get(url('contacts', { view: `${all.id}` }))), 404);
	for (const who of [bob, boss, admin])
		assert.equal(await status(who.browser.patch(`/api/views/${all.id}`, { name: 'x' })), 422);
	assert.equal(await status(bob.browser.delete(`/api/views/${all.id}`)), 422);
	assert.equal(await status(ada.browser.patch(`/api/views/${all.id}`, { name: 'Ours' })), 200);
	assert.ok((await names(bob)).includes('Ours'));
	assert.equal(await status(admin.browser.delete(`/api/views/${all.id}`)), 200);
	assert.ok(!(await names(bob)).includes('Ours'));
});

test('P12 a view shared with a role is visible to its members', async () => {
	const made = await boss.browser.post('/api/auth/organization/create-role',
		{ role: 'seller', permission: { invitation: ['create'] } });
	assert.equal(made.status, 200, made.text);
	const people = (await boss.browser.get('/api/auth/organization/list-members?limit=50')).json.members;
	const rs = await boss.browser.post('/api/auth/organization/update-member-role', {
		memberId: people.find((m) => m.userId === bob.id).id, role: ['member', 'seller'] });
	assert.equal(rs.status, 200, rs.text);
	const shared = await create('views', { ...view, name: 'Sellers', sharing: 'role', role: 'seller' });
	const eve = await member(boss);
	assert.ok((await names(bob)).includes('Sellers'));
	assert.ok((await names(ada)).includes('Sellers'));
	assert.ok((await names(admin)).includes('Sellers'));
	assert.ok(!(await names(eve)).includes('Sellers'));
	assert.equal(await status(eve.browser.get(url('contacts', { view: `${shared.id}` }))), 404);
	assert.equal(await status(ada.browser.patch(`/api/views/${shared.id}`,
		{ sharing: 'private', role: null })), 200);
	assert.ok(!(await names(bob)).includes('Sellers'));
});

test('a view whose filter a list refuses is not stored', async () => {
	const { id } = await create('views', { ...view, name: 'Checked' });
	for (const filters of [{ nothing: 1 }, { 'status@near': 'x' }, { id: 'x' }, { '@or': [] }, { 'id@gt': [1] },
		{ '@and': [{ '@or': { tags: 'x' } }] }, { q: 'a b c d e f g h i j k' }]) {
		const refused = (rs) => {
			assert.equal(rs.status, 422, JSON.stringify(filters) + rs.text);
			assert.match(Object.keys(rs.json.errors)[0], /(^|\.)filters(\.|$)/, rs.text);
			if (!Object.keys(filters)[0].startsWith('@'))
				assert.ok(Object.keys(rs.json.errors)[0].endsWith(`filters.${Object.keys(filters)[0]}`), rs.text);
		};
		const listed = await ada.browser.get(`/api/contacts?filter=${encodeURIComponent(JSON.stringify(filters))}`);
		assert.equal(listed.status, 400, listed.text);
		refused(await ada.browser.post('/api/views', { ...view, filters }));
		refused(await ada.browser.send('PATCH', `/api/views/${id}`, { filters }));
		refused(await ada.browser.post('/api/batch', { operations: [
			{ method: 'PATCH', resource: 'views', id, data: { filters } }] }));
	}
	assert.equal((await ada.browser.send('PATCH', `/api/views/${id}`, { resource: 'tags' })).status, 422,
		'tags do not have what the filter names');
	assert.equal((await ada.browser.send('PATCH', `/api/views/${id}`, { filters: view.filters })).status, 200);
	assert.deepEqual((await get(`views/${id}`)).filters, view.filters);
});

test('a filter by a custom field needs only the permission to read the resource', async () => {
	const define = await boss.browser.post('/api/field_definitions', { resource: 'companies', key: 'open', label: 'Open', kind: 'text' });
	assert.equal(define.status, 201, define.text);
	const saved = (who, filters) => who.browser.post('/api/views', { resource: 'companies', name: 'Filtered', filters });
	for (const [role, permission, reads] of [['readers', { companies: ['read'] }, true],
		['limited', { companies: ['read', 'update'], 'companies.read': ['name', 'custom.open'] }, true],
		['blind', { contacts: ['read'] }, false], ['hidden', { companies: ['read'], 'companies.read': ['name'] }, false]]) {
		const made = await boss.browser.post('/api/auth/organization/create-role', { role, permission });
		assert.equal(made.status, 200, made.text);
		const who = await member(boss, role), rs = await saved(who, { 'custom.open': 'x' });
		assert.equal(rs.status, reads ? 201 : 422, `${role}: ${rs.text}`);
		assert.equal((await saved(who, { 'custom.nothing': 'x' })).status, 422, role);
	}
	const viewer = await member(boss, 'viewer');
	assert.equal((await saved(viewer, { 'custom.open': 'x' })).status, 201);
});
