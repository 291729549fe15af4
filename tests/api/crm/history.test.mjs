// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// The history of a row: who changed what, and the row at a point in time.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sqlFor } from '../lib/database.mjs';
import { member, owner } from '../lib/people.mjs';

const me = await owner('history');
const { data, browser } = me;
const max = await member(me);
const stranger = await owner('stranger');

const create = async (resource, row) => (await data.create(resource, { data: row })).data;
const ask = (resource, id, query = '', who = me) =>
	who.browser.get(`/api/${resource}/${id}/history${query}`);
async function history(resource, id, query, who) {
	const rs = await ask(resource, id, query, who);
	assert.equal(rs.status, 200, rs.text);
	return rs.json;
}
const pause = () => new Promise((done) => setTimeout(done, 20));

test('the history lists each change with its user, time and values, newest first', async () => {
	const deal = await create('deals', { name: 'Engine', stage: 'opportunity', amount: 5 });
	await max.data.update('deals', { id: deal.id, data: { stage: 'won', amount: 7 },
		previousData: deal });
	const [update, insert] = await history('deals', deal.id);
	assert.deepEqual(Object.keys(update).sort(),
		['action', 'at', 'changes', 'id', 'name', 'sales_id']);
	assert.notEqual(deal.updated_at, (await browser.get(`/api/deals/${deal.id}`)).json.updated_at);
	assert.deepEqual([update.action, update.sales_id, update.name, update.changes],
		['update', max.me.id, 'Max Member',
			{ stage: { old: 'opportunity', new: 'won' }, amount: { old: 5, new: 7 } }]);
	assert.ok(new Date(update.at) >= new Date(insert.at));
	assert.deepEqual([insert.action, insert.sales_id, insert.name],
		['insert', me.me.id, 'history Person']);
	assert.deepEqual(insert.changes.name, { old: null, new: 'Engine' });
	assert.deepEqual(insert.changes.category, undefined);
	// A member sees the same history.
	assert.deepEqual(await history('deals', deal.id, '', max), [update, insert]);
});

test('every writable resource has a history', async () => {
	const document = (await browser.get('/api/openapi.json')).json;
	const paths = Object.keys(document.paths).filter((p) => p.endsWith('/history')
		&& !p.startsWith('/api/crm/')); /* aliases of the same routes */
	const writable = Object.keys(document.components.schemas)
		.filter((name) => name.endsWith('.input')
			/* excludes aliases, personal and computed resources, and resources with secrets */
			&& !/^(automations|duplicates|views|webhooks)[.]/.test(name))
		.map((name) => `/api/${name.slice(0, -6)}/{id}/history`);
	assert.deepEqual(paths.sort(), writable.sort());
	await browser.put('/api/configuration/1', { config: { title: 'Told' } });
	assert.deepEqual((await history('configuration', 1))[0].changes,
		{ config: { old: {}, new: { title: 'Told' } } });
	await browser.put(`/api/sales/${me.me.id}`, { first_name: 'Renamed' });
	assert.deepEqual((await history('sales', me.me.id))[0].changes,
		{ first_name: { old: 'history', new: 'Renamed' } });
	assert.equal((await ask('activity_log', 'x')).status, 404);
});

test('the history contains no address, request ID or organization', async () => {
	const row = await create('contacts', { last_name: 'x' });
	const { text } = await ask('contacts', row.id);
	for (const [secret] of sqlFor(me.organization.id, `SELECT unnest(ARRAY[org_id::text,
		request_id, address, user_id]) FROM ops.audit_log WHERE row_id = $1`, row.id))
		assert.ok(!text.includes(secret), secret);
	assert.ok(!/org_id|_fts/.test(text));
});

test('the history is paginated', async () => {
	const tag = await create('tags', { name: '0', color: '#111' });
	for (let i = 1; i <= 6; i++)
		await browser.patch(`/api/tags/${tag.id}`, { name: String(i) });
	const all = await history('tags', tag.id);
	assert.deepEqual(all.map((e) => e.changes.name.new), ['6', '5', '4', '3', '2', '1', '0']);
	const first = await history('tags', tag.id, '?limit=3');
	const second = await history('tags', tag.id, `?limit=3&before=${first[2].id}`);
	assert.deepEqual([...first, ...second], all.slice(0, 6));
	assert.equal((await history('tags', tag.id, '?limit=200')).length, 7);
	assert.deepEqual(await history('tags', tag.id, '?before=-1'), []);
	for (const bad of ['limit=x', 'before=1.5', 'as_of=yesterday', 'as_of=2026-13-01', 'limit='])
		assert.equal((await ask('tags', tag.id, `?${bad}`)).status, 400, bad);
});

test('the history is available in the trash and after a restore, but not after a purge', async () => {
	const tag = await create('tags', { name: 'x', color: '#111' });
	await data.delete('tags', { id: tag.id, previousData: tag });
	assert.deepEqual((await history('tags', tag.id)).map((e) => e.action), ['delete', 'insert']);
	const [item] = (await browser.get(`/api/trash?filter={"row_id":${tag.id}}`)).json;
	await browser.post(`/api/trash/${item.id}/restore`, undefined);
	assert.deepEqual((await history('tags', tag.id)).map((e) => e.action),
		['restore', 'delete', 'insert']);
	await data.delete('tags', { id: tag.id, previousData: tag });
	const [last] = (await browser.get(`/api/trash?filter={"row_id":${tag.id}}`)).json;
	assert.equal((await browser.delete(`/api/trash/${last.id}`)).status, 200);
	assert.equal((await ask('tags', tag.id)).status, 404);
	assert.equal((await ask('tags', tag.id, '?as_of=2100-01-01')).status, 404);
});

test('another organization\'s row is not found', async () => {
	const row = await create('companies', { name: 'Mine' });
	const bytes = (rs) => [rs.status, rs.text.replace(/urn:[^"]*/, '')];
	for (const query of ['', '?as_of=2100-01-01']) {
		const rs = await ask('companies', row.id, query, stranger);
		assert.equal(rs.status, 404);
		assert.deepEqual(bytes(rs), bytes(await ask('companies', 9007199254740991, query)));
	}
	assert.equal((await ask('contacts', row.id)).status, 404);
	assert.equal((await ask('companies', 'x')).status, 400);
});

test('as_of returns the row as it was at that time', async () => {
	const company = await create('companies', { name: 'Past', context_links: ['https://a.test'] });
	const read = async () => {
		await pause();
		const { json } = await browser.get(`/api/contacts/${contact.id}`);
		const at = new Date().toISOString();
		await pause();
		return [at, json];
	};
	const contact = await create('contacts', { first_name: 'A', company_id: company.id });
	const shots = [await read()];
	const tags = [];
	for (const name of ['one', 'two'])
		tags.push((await browser.post('/api/tags', { name, color: '#fff' })).json.id);
	for (const change of [{ first_name: 'B', tags }, { company_id: null },
		{ email_jsonb: [{ email: 'a@b.test', type: 'Work' }] }]) {
		await browser.patch(`/api/contacts/${contact.id}`, change);
		shots.push(await read());
	}
	await data.delete('contacts', { id: contact.id, previousData: contact });
	await pause();
	const deleted = new Date().toISOString();
	for (const [at, row] of shots) {
		const { json } = await ask('contacts', contact.id, `?as_of=${at}`);
		const { nb_tasks, company_name, email_fts, phone_fts, ...own } = row;
		assert.deepEqual(json, own, at);
	}
	for (const at of ['2020-01-01', deleted])
		assert.equal((await ask('contacts', contact.id, `?as_of=${at}`)).status, 404);
});

test('a point in time whose entries an operator moved to a file is refused, not guessed', async () => {
	const deal = await create('deals', { name: 'Old', stage: 'opportunity', amount: 1 });
	await pause();
	const then = new Date().toISOString();
	await pause();
	await data.update('deals', { id: deal.id, data: { amount: 2 }, previousData: deal });
	await pause();
	const later = new Date().toISOString();
	await data.update('deals', { id: deal.id, data: { amount: 3 }, previousData: deal });
	const detach = (statement) => sqlFor(me.organization.id, statement, me.organization.id, String(deal.id));
	const ids = 'SELECT id FROM ops.audit_log WHERE org_id = $1 AND row_id = $2 ORDER BY id';
	detach(`SELECT ops.record_detached($1, (SELECT max(id) + 1 FROM (${ids} LIMIT 2) x), 2, 'abc')`);
	detach(`SELECT ops.delete_detached($1, ARRAY(${ids} LIMIT 2))`);
	assert.deepEqual((await history('deals', deal.id)).map(({ changes }) => changes), [{ amount: { old: 2, new: 3 } }]);
	assert.equal((await history('deals', deal.id, `?as_of=${later}`)).amount, 2);
	const refused = await ask('deals', deal.id, `?as_of=${then}`);
	assert.equal(refused.status, 404, refused.text);
	assert.match(refused.text, /the history before \d{4}-\d\d-\d\d \d\d:\d\d UTC was moved to a file/);
	// For the first remaining change, the previous stage is unknown.
	const stages = await browser.get(`/api/deals/${deal.id}/stages`);
	assert.deepEqual([stages.status, stages.json], [200, []], stages.text);
	const rows = sqlFor(me.organization.id, "SELECT action FROM ops.audit_log WHERE org_id = $1 AND action = 'detach'", me.organization.id);
	assert.equal(rows.flat().filter((one) => one === 'detach').length, 1);
});
