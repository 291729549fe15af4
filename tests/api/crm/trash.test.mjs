// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_TRASH_DAYS=1
// The trash. Deleted rows are hidden, can be restored exactly, even
// concurrently, and are purged after a time.
import assert from 'node:assert/strict';
import { LONG, untimed } from '../../lib/api.mjs';
import { patiently } from '../../lib/patiently.mjs';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';
import { apiKeyClient } from '@better-auth/api-key/client';
import { createAuthClient } from 'better-auth/client';
import { sql, sqlFor } from '../lib/database.mjs';
import { startJobs, until } from '../lib/files.mjs';
import { BASE, send } from '../lib/http.mjs';
import { member, owner } from '../lib/people.mjs';

const me = await owner('trash');
const { data, browser } = me;
const max = await member(me);
const stranger = await owner('stranger');
const jobs = startJobs();
after(() => jobs.stop());

const create = async (resource, row) => (await data.create(resource, { data: row })).data;
const one = async (resource, id) => (await data.getOne(resource, { id })).data;
const remove = (resource, row) => data.delete(resource, { id: row.id, previousData: row });
const list = async (filter, who = me) => (await who.data.getList('trash', {
	pagination: { page: 1, perPage: 25 }, sort: { field: 'deleted_at', order: 'DESC' },
	filter })).data;
const trashed = async (resource, row) =>
	(await list({ resource, row_id: row.id, 'id@gt': 0 }))[0];
const restore = (item, who = me, headers = {}) =>
	who.browser.post(`/api/trash/${item.id ?? item}/restore`, undefined, headers);

// Creates a company with a row in every resource that can depend on it.
async function household() {
	const company = await create('companies', { name: 'House "of" \\ rows', size: 10,
		website: 'https://house.test', context_links: ['https://a.test', 'https://b.test'] });
	const tag = await create('tags', { name: `t ${Math.random()}`, color: '#123456' });
	const contact = await create('contacts', { first_name: 'Ann', company_id: company.id,
		last_seen: '2024-05-06T07:08:09.123456Z', tags: [tag.id], has_newsletter: false,
		email_jsonb: [{ email: 'ann@house.test', type: 'Work' }],
		phone_jsonb: [{ number: '+1', type: 'Home' }] });
	const deal = await create('deals', { name: 'd', stage: 'opportunity', amount: 9007199254740991,
		company_id: company.id, contact_ids: [contact.id, (await create('contacts', { last_name: 'other' })).id], index: -3,
		expected_closing_date: '2026-02-28' });
	return { companies: company, contacts: contact, deals: deal,
		contact_notes: await create('contact_notes', { contact_id: contact.id, text: 'n',
			date: '2020-01-01T00:00:00Z', attachments: [{ title: 'a', src: 'https://x.test/1' }] }),
		deal_notes: await create('deal_notes', { deal_id: deal.id, text: 'n', type: 'x' }),
		tasks: await create('tasks', { contact_id: contact.id, text: 't', type: 'call',
			due_date: '2026-01-01T00:00:00Z' }) };
}

// Returns the texts of rows, without the time of the last change, which a
// restore sets.
const texts = (rows, who = me) => Promise.all(Object.entries(rows).map(async ([resource, row]) =>
	(await who.browser.get(`/api/${resource}/${row.id}`)).text.replace(/"updated_at":"[^"]*"/, '')));

test('a restored company includes all dependent rows, byte for byte', async () => {
	const rows = await household();
	await new Promise((done) => setTimeout(done, 20));
	const before = await texts(rows);
	const { data: gone } = await remove('companies', rows.companies);
	assert.equal(gone.id, rows.companies.id);
	for (const [resource, row] of Object.entries(rows))
		await assert.rejects(one(resource, row.id), { status: 404 });
	const item = await trashed('companies', rows.companies);
	assert.deepEqual(item, { id: item.id, resource: 'companies', row_id: rows.companies.id,
		title: 'House "of" \\ rows', parent_id: null, root_id: item.id,
		deleted_at: item.deleted_at, created_at: item.deleted_at, updated_at: item.deleted_at, sales_id: me.me.id, nb_rows: 5 });
	const rs = await restore(item);
	assert.deepEqual([rs.status, rs.json], [200,
		{ resource: 'companies', id: rows.companies.id, rows: 6, left: {} }]);
	assert.deepEqual(await texts(rows), before);
	assert.equal((await restore(item)).status, 404);
	assert.deepEqual(await list({ root_id: item.id }), []);
});

test('the list shows deleted rows, newest first', async () => {
	const first = await create('tags', { name: 'first', color: '#111' });
	const rows = await household();
	await remove('tags', first);
	await max.data.delete('companies', { id: rows.companies.id });
	const plain = await browser.get('/api/trash');
	assert.equal(plain.headers['content-range'].split('/')[0], 'trash 0-1');
	assert.deepEqual(plain.json.map((t) => [t.resource, t.sales_id, t.nb_rows]),
		[['companies', max.me.id, 5], ['tags', me.me.id, 0]]);
	const root = plain.json[0].id;
	const along = await list({ root_id: root });
	assert.deepEqual(along.map((t) => t.resource).sort(), ['companies', 'contact_notes',
		'contacts', 'deal_notes', 'deals', 'tasks']);
	const parent = Object.fromEntries(along.map((t) =>
		[t.resource, along.find((p) => p.id === t.parent_id)?.resource]));
	assert.deepEqual(parent, { companies: undefined, contacts: 'companies',
		deals: 'companies', contact_notes: 'contacts', tasks: 'contacts', deal_notes: 'deals' });
	assert.deepEqual((await list({ resource: 'tags' })).map((t) => t.row_id), [first.id]);
	assert.deepEqual((await list({ sales_id: max.me.id })).map((t) => t.id), [root]);
	assert.deepEqual(await list({ 'deleted_at@lt': plain.json[1].deleted_at }), []);
	assert.deepEqual((await list({ 'title@ilike': 'house' })).map((t) => t.id), [root]);
	assert.deepEqual(await list({ resource: 'contacts' }), [], 'it was deleted with its company');
	const bad = await browser.get('/api/trash?filter=%5B%5D');
	assert.equal(bad.status, 400);
	for (const method of ['post', 'put', 'patch'])
		assert.equal((await browser[method]('/api/trash', {})).status, 405);
	// A member restores a record that the owner deleted.
	assert.equal((await restore((await trashed('tags', first)).id, max)).status, 200);
	assert.equal((await one('tags', first.id)).name, 'first');
});

test('a restore names a parent that is in the trash, and works without a purged optional parent', async () => {
	const rows = await household();
	await remove('contact_notes', rows.contact_notes);
	await remove('deals', rows.deals);
	await remove('contacts', rows.contacts);
	await remove('companies', rows.companies);
	const [note, deal, contact, company] = await Promise.all(['contact_notes', 'deals',
		'contacts', 'companies'].map((resource) => trashed(resource, rows[resource])));
	let rs = await restore(note);
	assert.equal(rs.status, 409);
	assert.deepEqual(Object.keys(rs.json.errors), ['contact_id']);
	assert.ok(rs.json.message.includes(contact.id) && rs.json.message.includes('contacts'));
	rs = await restore(contact);
	assert.equal(rs.status, 409);
	assert.ok(rs.json.message.includes(company.id), rs.json.message);
	const task = (await list({ root_id: contact.id, resource: 'tasks' }))[0];
	rs = await restore(task);
	assert.equal(rs.status, 409);
	assert.ok(rs.json.message.includes(contact.id), rs.json.message);
	// After the company is purged, rows for which it is optional are restored without it.
	assert.equal((await browser.delete(`/api/trash/${company.id}`)).status, 200);
	assert.equal((await restore(deal)).status, 200);
	assert.equal((await one('deals', rows.deals.id)).company_id, null);
	assert.equal((await browser.delete(`/api/trash/${contact.id}`)).status, 200);
	rs = await restore(note);
	assert.deepEqual([rs.status, Object.keys(rs.json.errors)], [422, ['contact_id']]);
	assert.equal((await restore(task)).status, 404);
});

test('a restore is refused if the ID is in use', async () => {
	const tag = await create('tags', { name: 'old', color: '#111' });
	await remove('tags', tag);
	sqlFor(me.organization.id, `INSERT INTO crm.tags (org_id, id, name, color)
		VALUES ($1, $2, 'new', '#222')`, me.organization.id, tag.id);
	const rs = await restore(await trashed('tags', tag));
	assert.equal(rs.status, 409);
	assert.match(rs.json.message, /same unique value/);
	assert.equal((await one('tags', tag.id)).name, 'new');
	assert.ok(await trashed('tags', tag));
});

test('only administrators can purge', async () => {
	const tags = [];
	for (const name of ['a', 'b', 'c'])
		tags.push(await create('tags', { name, color: '#111' }));
	await data.deleteMany('tags', { ids: tags.map((t) => t.id) });
	const [a, b, c] = await Promise.all(tags.map((t) => trashed('tags', t)));
	const many = '/api/trash?filter=' + encodeURIComponent(
		JSON.stringify({ id: [a.id, b.id, 12345] }));
	for (const path of [`/api/trash/${a.id}`, many])
		assert.equal((await max.browser.delete(path)).status, 422);
	assert.equal((await list({ id: [a.id, b.id, c.id] })).length, 3);
	const rs = await browser.delete(many);
	assert.deepEqual([rs.status, rs.json], [200, [a.id, b.id].sort((x, y) => x - y)]);
	assert.deepEqual(await list({ id: [a.id, b.id, c.id] }), [c]);
	const { data: gone } = await data.delete('trash', { id: c.id });
	assert.deepEqual(gone, c);
	assert.equal((await restore(c)).status, 404);
	const told = sqlFor(me.organization.id, `SELECT old->>'row_id', user_id FROM ops.audit_log
		WHERE table_name = 'trash' AND row_id = $1`, c.id);
	assert.deepEqual(told, [[String(c.row_id), me.id]]);
});

test('another organization cannot see the trash', async () => {
	const tag = await create('tags', { name: 'mine', color: '#111' });
	await remove('tags', tag);
	const item = await trashed('tags', tag);
	assert.deepEqual(await list({}, stranger), []);
	const bytes = (rs) => [rs.status, rs.text.replace(/urn:[^"]*/, '')];
	for (const [method, path] of [['get', ''], ['post', '/restore'], ['delete', '']]) {
		const ask = (id) => stranger.browser[method](`/api/trash/${id}${path}`);
		assert.deepEqual(bytes(await ask(item.id)), bytes(await ask(9007199254740991)));
		assert.equal((await ask(item.id)).status, 404);
		assert.equal((await ask('x')).status, 400);
		assert.equal((await ask('99999999999999999999')).status, 400);
	}
	assert.deepEqual((await stranger.browser.delete(`/api/trash?filter={"id":[${item.id}]}`)).json, []);
	assert.equal((await send('GET', '/api/trash')).status, 401);
	assert.equal((await send('POST', `/api/trash/${item.id}/restore`, { headers: { origin: BASE } })).status, 401);
	assert.ok(await trashed('tags', tag));
});

test('an API key needs the trash scope', async () => {
	const keys = createAuthClient({ baseURL: BASE, plugins: [apiKeyClient()],
		fetchOptions: { customFetchImpl: browser.fetch } });
	const keyOf = async (permissions) => (await keys.apiKey.create({ permissions })).data.key;
	const tag = await create('tags', { name: 'keyed', color: '#111' });
	await remove('tags', tag);
	const { id } = await trashed('tags', tag);
	const ask = (key, method, path) => send(method, path, { headers: { 'x-api-key': key } });
	const tags = await keyOf({ tags: ['read', 'write'] });
	const reader = await keyOf({ trash: ['read'] });
	const writer = await keyOf({ trash: ['read', 'write'] });
	assert.equal((await ask(tags, 'GET', '/api/trash')).status, 403);
	assert.equal((await ask(tags, 'GET', `/api/tags/${tag.id}/history`)).status, 200);
	assert.equal((await ask(reader, 'GET', `/api/trash/${id}`)).status, 200);
	assert.equal((await ask(reader, 'GET', `/api/tags/${tag.id}/history`)).status, 403);
	assert.equal((await ask(reader, 'POST', `/api/trash/${id}/restore`)).status, 403);
	assert.equal((await ask(writer, 'POST', `/api/trash/${id}/restore`)).status, 200);
});

test('a restore can be repeated with its key, and of concurrent restores, one succeeds', async () => {
	const tag = await create('tags', { name: 'twice', color: '#111' });
	await remove('tags', tag);
	const { id } = await trashed('tags', tag);
	const headers = { 'idempotency-key': randomUUID() };
	const first = await restore(id, me, headers), again = await restore(id, me, headers);
	assert.deepEqual([again.status, again.text], [200, first.text]);
	for (let i = 0; i < 10; i++) {
		await remove('tags', tag);
		const item = await trashed('tags', tag);
		const all = await Promise.all([me, max, me, max].map((who) => restore(item, who)));
		assert.deepEqual(all.map((rs) => rs.status).sort(), [200, 404, 404, 404]);
		assert.equal((await one('tags', tag.id)).name, 'twice');
	}
});

test('rows are purged after their time in the trash', async () => {
	const rows = await household();
	const young = await create('tags', { name: 'young', color: '#111' });
	await remove('companies', rows.companies);
	await remove('tags', young);
	const item = await trashed('companies', rows.companies);
	sqlFor(me.organization.id, `UPDATE crm.trash SET deleted_at = deleted_at - interval '25 hours'
		WHERE org_id = $1 AND root_id = $2`, me.organization.id, item.id);
	sql("UPDATE ops.organization_turn SET due_at = now() WHERE org_id = $1 AND task = 'trash'", me.organization.id);
	sql('NOTIFY tenantry_periodic_tasks');
	await until(async () => (await list({ root_id: item.id })).length === 0);
	assert.equal((await restore(item)).status, 404);
	assert.ok(await trashed('tags', young));
	assert.equal((await browser.get(`/api/companies/${rows.companies.id}/history`)).status, 404);
});

test('a restore may take longer than the delete did', async () => {
	const tag = await create('tags', { name: 'slow', color: '#111' });
	await remove('tags', tag);
	const item = await trashed('tags', tag);
	sql(`CREATE FUNCTION public.dawdle() RETURNS trigger LANGUAGE plpgsql AS $f$
		BEGIN PERFORM pg_sleep(6); RETURN NEW; END $f$`);
	sql(`CREATE TRIGGER dawdle BEFORE INSERT ON crm.tags FOR EACH ROW WHEN (NEW.name = 'slow')
		EXECUTE FUNCTION public.dawdle()`);
	try {
		const rs = await restore(item);
		assert.equal(rs.status, 200, rs.text);
	} finally {
		sql('DROP FUNCTION public.dawdle CASCADE');
	}
	assert.deepEqual(untimed(await one('tags', tag.id)), untimed(tag));
});

const rounds = LONG ? 100 : 10;
test(`${2 * rounds} concurrent deletes and restores neither lose nor duplicate rows`, async () => {
	const company = await create('companies', { name: 'Pendulum' });
	const contacts = [];
	for (let i = 0; i < 50; i++)
		contacts.push(create('contacts', { last_name: `c${i}`, company_id: company.id }));
	for (const { id } of await Promise.all(contacts))
		await create('tasks', { contact_id: id, text: 't' });
	const count = () => sqlFor(me.organization.id, `SELECT
		(SELECT count(*) FROM crm.companies WHERE id = $1),
		(SELECT count(*) FROM crm.contacts WHERE company_id = $1),
		(SELECT count(*) FROM crm.tasks t JOIN crm.contacts c ON c.id = t.contact_id
			WHERE c.company_id = $1),
		(SELECT count(*) FROM crm.trash t WHERE root_id IN (SELECT id FROM crm.trash
			WHERE row_id = $1)),
		(SELECT count(*) FROM crm.trash t WHERE NOT EXISTS (SELECT FROM crm.trash r
			WHERE r.org_id = t.org_id AND r.id = t.root_id))`, company.id)[0].map(Number);
	const rows = () => sqlFor(me.organization.id, `SELECT md5(string_agg((to_jsonb(c) - 'updated_at')::text, '|' ORDER BY id))
		FROM crm.contacts c WHERE company_id = $1`, company.id)[0][0];
	const whole = [1, 50, 50, 0, 0], away = [0, 0, 0, 101, 0];
	const before = rows();
	const told = { 200: 0, 404: 0 };
	const swing = async (who) => {
		for (let i = 0; i < rounds; i++) {
			// A request that waits 2 s for the other request gets 503.
			const gone = await patiently(() => who.browser.delete(`/api/companies/${company.id}`));
			const [item] = await list({ row_id: company.id, resource: 'companies' }, who);
			const back = item && await patiently(() => restore(item, who));
			for (const rs of [gone, back].filter(Boolean)) {
				assert.ok(rs.status in told, rs.text);
				told[rs.status]++;
			}
		}
	};
	await Promise.all([swing(me), swing(max)]);
	const now = count();
	assert.ok([whole, away].some((state) => state.join() === now.join()), now.join());
	if (now[0] === 0)
		assert.equal((await restore(await trashed('companies', company))).status, 200);
	assert.deepEqual(count(), whole);
	assert.equal(rows(), before);
	assert.ok(told[200] > rounds, JSON.stringify(told));
});
