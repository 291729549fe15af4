// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// alone: it restarts PostgreSQL.
// Acceptance tests 87 to 100 of the front end: unusual input, large lists, a
// database restart, and two organizations.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { sqlFor } from '../lib/database.mjs';
import { owner, provider } from '../lib/people.mjs';

const me = await owner('platform');
const { data, browser } = me;

const create = async (resource, row) => (await data.create(resource, { data: row })).data;
const list = (resource, filter = {}, field = 'id', order = 'ASC') =>
	data.getList(resource, { pagination: { page: 1, perPage: 25 },
		sort: { field, order }, filter });
const query = (filter) => `filter=${encodeURIComponent(JSON.stringify(filter))}`;

test('87 a configuration without a stored row can be read and written', async () => {
	sqlFor(me.organization.id,
		'DELETE FROM crm.configuration WHERE org_id = $1', me.organization.id);
	for (const { created_at, updated_at, ...row } of [(await browser.get('/api/configuration/1')).json,
		(await data.getOne('configuration', { id: 1 })).data]) {
		assert.deepEqual(row, { id: 1, config: {}, time_zone: 'UTC' });
		assert.equal(updated_at, created_at);
	}
});

test('93 derived members in a body are ignored', async () => {
	const company = await create('companies', { name: 'Derived' });
	const row = await create('contacts', { last_name: 'x', company_id: company.id });
	const rs = await browser.put(`/api/contacts/${row.id}`, { ...row, last_name: 'y',
		nb_tasks: 99, company_name: 'Forged', email_fts: 'x', phone_fts: 'x', id: 1 });
	assert.equal(rs.status, 200, rs.text);
	assert.deepEqual([rs.json.id, rs.json.last_name, rs.json.nb_tasks,
		rs.json.company_name], [row.id, 'y', 0, 'Derived']);
	const put = await browser.put(`/api/companies/${company.id}`,
		{ name: 'Derived', nb_deals: 9, nb_contacts: 9 });
	assert.deepEqual([put.status, put.json.nb_contacts], [200, 1]);
});

test('94 ids may be strings of digits, and other strings are refused', async () => {
	const company = await create('companies', { name: 'Text' });
	const tags = [await create('tags', { name: 'one', color: '#111' }),
		await create('tags', { name: 'two', color: '#222' })].map(({ id }) => id);
	const row = await create('contacts', { last_name: 'x',
		company_id: String(company.id), tags: tags.map(String) });
	assert.strictEqual(row.company_id, company.id);
	assert.deepEqual(row.tags, tags);
	assert.equal((await data.getOne('contacts', { id: String(row.id) })).data.id, row.id);
	for (const tag of tags)
		await data.delete('tags', { id: tag });
	for (const company_id of ['acme', '', '12.5', 12.5, true, {}, [1]]) {
		const rs = await browser.post('/api/contacts', { last_name: 'x', company_id });
		assert.equal(rs.status, 400, JSON.stringify(company_id));
		assert.match(rs.json.message, /company_id/);
	}
});

test('95 unknown names are reported, and values are not interpreted as SQL', async () => {
	assert.equal((await browser.get('/api/nothing')).status, 404);
	for (const filter of [{ nothing: 1 }, { 'last_name@between': 'a' },
		{ 'nothing@eq': 1 }, { "last_name'; --": 1 }, { 'org_id': me.organization.id }]) {
		const rs = await browser.get(`/api/contacts?${query(filter)}`);
		assert.equal(rs.status, 400, JSON.stringify(filter));
		assert.ok(rs.json.message);
	}
	assert.equal((await browser.get('/api/contacts?sort=["nothing","ASC"]')).status, 400);
	await create('contacts', { last_name: 'Still here' });
	for (const value of ["'; DROP TABLE crm.contacts; --", "' OR 1=1 --", '%', '_', '\\',
		'$1', '{}', '(1)', '"', "''"]) {
		for (const filter of [{ last_name: value }, { 'last_name@ilike': value },
			{ 'last_name@in': `(${JSON.stringify(value)})` }, { q: value }])
			assert.equal((await browser.get(`/api/contacts?${query(filter)}`)).status,
				200, JSON.stringify(filter));
		const row = await create('contacts', { last_name: value });
		assert.equal(row.last_name, value);
		const { data: found } = await list('contacts', { last_name: value });
		assert.deepEqual(found.map((r) => r.id), [row.id]);
	}
	assert.equal((await list('contacts', { last_name: 'Still here' })).total, 1);
});

test('97 a page beyond the end is empty, with the correct total', async () => {
	for (let i = 0; i < 3; i++)
		await create('tags', { name: `t${i}`, color: '#000000' });
	const got = await data.getList('tags', { pagination: { page: 9, perPage: 25 },
		sort: { field: 'id', order: 'ASC' }, filter: {} });
	assert.deepEqual(got, { data: [], total: 3 });
	const rs = await browser.get('/api/tags?range=[100,124]');
	assert.equal(rs.status, 200);
	assert.match(rs.headers['content-range'], /\/3$/);
});

test('98 getMany accepts a thousand ids', async () => {
	const made = [];
	for (let i = 0; i < 20; i++)
		made.push((await create('tags', { name: `many ${i}`, color: '#000000' })).id);
	const asked = [...made, ...Array.from({ length: 980 }, (_, i) => i + 1)];
	const { data: rows } = await data.getMany('tags', { ids: asked });
	assert.deepEqual(rows.map((r) => r.id).sort(), [...made].sort());
	const real = sqlFor(me.organization.id, 'INSERT INTO crm.tags (name, color)'
		+ " SELECT 'n' || n, '#111111' FROM generate_series(1, 1000) n RETURNING id")
		.map(([id]) => Number(id));
	assert.equal((await data.getMany('tags', { ids: real })).data.length, 1000);
});

test('99 requests succeed again after a database restart', async () => {
	assert.equal((await browser.get('/api/tags')).status, 200);
	const restart = promisify(execFile)('bash', ['-c',
		'. "$SOURCES/tests/lib/server.sh" && restart_postgres']);
	let over = false, good = 0;
	restart.finally(() => { over = true; });
	// A worker pauses after a failed connection.
	const deadline = Date.now() + 20e3;
	while (good < 50) {
		assert.ok(Date.now() < deadline, 'no successful responses after the restart');
		const rs = await browser.get('/api/tags');
		good = rs.status === 200 && over ? good + 1 : 0;
		if (rs.status === 200)
			continue;
		assert.equal(rs.status, 503, rs.text);
		assert.equal(rs.headers['content-type'], 'application/problem+json');
		assert.ok(Number(rs.headers['retry-after']) > 0);
		assert.ok(rs.json.message);
	}
	await restart;
});

test('100 two organizations see no data of each other', async () => {
	const them = await owner('them');
	const tag = await create('tags', { name: 'ours', color: '#000000' });
	const company = await create('companies', { name: 'Ours Ltd' });
	const contact = await create('contacts', { last_name: 'Ours', tags: [tag.id],
		company_id: company.id, email_jsonb: [{ email: 'ours@x.test', type: 'Work' }] });
	const deal = await create('deals', { name: 'Ours', stage: 'opportunity',
		company_id: company.id, contact_ids: [contact.id] });
	const note = await create('contact_notes', { contact_id: contact.id, text: 'ours' });
	const remark = await create('deal_notes', { deal_id: deal.id, text: 'ours' });
	const task = await create('tasks', { contact_id: contact.id, text: 'ours' });
	const rows = { tags: tag, companies: company, contacts: contact, deals: deal,
		contact_notes: note, deal_notes: remark, tasks: task, sales: me.me };
	const theirs = provider(them.browser);
	for (const [resource, { id }] of Object.entries(rows)) {
		const miss = await them.browser.get(`/api/${resource}/4711`);
		const hit = await them.browser.get(`/api/${resource}/${id}`);
		assert.equal(hit.status, 404, resource);
		const bare = ({ instance, ...rest }) => rest;
		assert.deepEqual(bare(hit.json), bare(miss.json), resource);
		assert.deepEqual((await theirs.getMany(resource, { ids: [id] })).data, []);
		const got = await theirs.getList(resource, { pagination: { page: 1, perPage: 100 },
			sort: { field: 'id', order: 'ASC' }, filter: {} });
		assert.ok(got.data.every((r) => r.id !== id));
		assert.equal(got.total, resource === 'sales' ? 1 : 0);
		if (resource === 'sales')
			continue;
		assert.equal((await them.browser.put(`/api/${resource}/${id}`, {})).status, 404);
		assert.equal((await them.browser.delete(`/api/${resource}/${id}`)).status, 404);
	}
	for (const q of ['Ours', 'ours@x.test'])
		for (const resource of ['contacts', 'companies', 'deals', 'sales'])
			assert.equal((await theirs.getList(resource, { pagination: { page: 1,
				perPage: 25 }, sort: { field: 'id', order: 'ASC' }, filter: { q } })).total,
			0);
	const feed = await theirs.getList('activity_log', { pagination: { page: 1,
		perPage: 100 }, sort: { field: 'date', order: 'DESC' }, filter: {} });
	assert.equal(feed.total, 0);
	for (const [resource, row] of [['contacts', { last_name: 'x', company_id: company.id }],
		['contact_notes', { contact_id: contact.id, text: 'x' }],
		['deals', { name: 'x', stage: 'opportunity', company_id: company.id }],
		['deal_notes', { deal_id: deal.id, text: 'x' }],
		['tasks', { contact_id: contact.id, text: 'x' }],
		['contacts', { last_name: 'x', sales_id: me.me.id }]]) {
		const rs = await them.browser.post(`/api/${resource}`, row);
		assert.equal(rs.status, 422, `${resource} ${rs.text}`);
	}
	const { json } = await them.browser.get(
		`/api/contacts?orgId=${me.organization.id}`);
	assert.equal(json.status, 403);
});
