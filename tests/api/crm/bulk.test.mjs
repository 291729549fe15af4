// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Bulk changes: selection, limits and undo.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LONG } from '../../lib/api.mjs';
import { fill, sql, sqlFor } from '../lib/database.mjs';
import { member, owner } from '../lib/people.mjs';

const me = await owner('bulk');
const stranger = await owner('stranger');

const post = (path, body, who = me, headers) => who.browser.post(`/api/${path}`, body, headers);
const done = async (path, body, who) => {
	const rs = await post(path, body, who);
	assert.equal(rs.status, 200, rs.text);
	return rs.json;
};
const create = async (resource, row, who = me) => {
	const rs = await post(resource, row, who);
	assert.equal(rs.status, 201, rs.text);
	return rs.json;
};
const list = async (resource, filter = {}, who = me) => {
	const rs = await who.browser.get(`/api/${resource}?${new URLSearchParams(
		{ filter: JSON.stringify(filter), range: '[0,999]' })}`);
	assert.equal(rs.status, 200, rs.text);
	return rs.json;
};
// Returns a hash of all rows of the table in this organization, without the time of the last change, which an undo
// sets.
const sum = (table) => sql(`SELECT md5(string_agg((to_jsonb(t) - 'updated_at')::text, ' ' ORDER BY id))
	FROM crm.${table} t WHERE org_id = '${me.organization.id}'`)[0][0];

const company = await create('companies', { name: 'Acme' });
const people = [];
for (const n of [1, 2, 3, 4])
	people.push(await create('contacts', { last_name: `P${n}`, status: n < 4 ? 'cold' : 'hot',
		title: n === 1 ? 'Boss' : null }));
const theirs = await create('contacts', { last_name: 'Theirs', status: 'cold' }, stranger);
const cold = { status: 'cold' };

test('P11 rows matching a filter are counted, changed, and restored by undo', async () => {
	const before = sum('contacts');
	assert.deepEqual(await done('contacts/bulk', { filter: cold, preview: true }), { count: 3 });
	assert.deepEqual(await done('contacts/bulk', { filter: { q: 'P1' }, preview: true }), { count: 1 });
	assert.equal(sum('contacts'), before);
	const made = await done('contacts/bulk', { filter: cold, max: 3,
		set: { status: 'warm', title: 'Boss', company_id: company.id, last_seen: '2020-02-02T00:00:00Z' } });
	assert.equal(made.count, 3);
	assert.deepEqual((await list('contacts', { status: 'warm' })).map((c) => [c.title, c.company_name]),
		[['Boss', 'Acme'], ['Boss', 'Acme'], ['Boss', 'Acme']]);
	assert.equal((await list('contacts', cold, stranger)).length, 1);
	const [kept] = await list('bulk_changes', { id: made.id });
	assert.deepEqual([kept.resource, kept.action, kept.nb_rows, kept.sales_id, kept.undone_at],
		['contacts', 'update', 3, me.me.sales_id ?? kept.sales_id, null]);
	assert.deepEqual(await done(`bulk_changes/${made.id}/undo`, {}),
		{ id: made.id, undone: 3, kept: [] });
	assert.equal(sum('contacts'), before);
	const again = await post(`bulk_changes/${made.id}/undo`, {});
	assert.equal(again.status, 409, again.text);
});

test('P11 a bulk change with more matches than max is refused', async () => {
	const before = sum('contacts');
	for (const [body, field] of [
		[{ filter: cold, set: { title: 'x' } }, 'max'],
		[{ filter: cold, set: { title: 'x' }, max: 2 }, 'max'],
		[{ filter: cold, max: 9 }, 'set'],
		[{ filter: cold, max: 9, set: {} }, 'set'],
		[{ filter: cold, max: 9, add: {} }, 'add'],
		[{ filter: cold, max: 9, add: { title: 'x' } }, 'add.title'],
		[{ filter: cold, max: 9, add: { tags: [1] }, remove: { tags: [2] } }, 'set'],
		[{ filter: cold, max: 9, set: { title: 'x' }, delete: true }, 'set'],
		[{ filter: cold, ids: [1], max: 9, set: { title: 'x' } }, 'filter'],
		[{ set: { title: 'x' }, max: 9 }, 'filter'],
		[{ filter: cold, max: 9, set: { nothing: 1 } }, 'set.nothing'],
		[{ filter: cold, max: 9, set: { title: 'x' }, what: 1 }, 'what']]) {
		const rs = await post('contacts/bulk', body);
		assert.equal(rs.status, 422, JSON.stringify(body) + rs.text);
		assert.ok(field in rs.json.errors, rs.text);
	}
	for (const body of [{ filter: { nothing: 1 }, max: 9, set: { title: 'x' } },
		{ filter: [], max: 9, set: { title: 'x' } }, { ids: ['x'], set: { title: 'x' } }])
		assert.equal((await post('contacts/bulk', body)).status, 400, JSON.stringify(body));
	assert.deepEqual((await post('contacts/bulk', { filter: cold, max: 9, add: { tags: null } })).json.errors, { 'add.tags': 'add.tags: must not be null' });
	const both = await post('contacts/bulk', { filter: cold, max: 2, set: { title: 'x' } });
	assert.match(both.json.detail, /3 rows match, but at most 2/);
	assert.equal(sum('contacts'), before);
	assert.deepEqual(await list('bulk_changes', { 'undone_at@is': null }), []);
});

test('P11 other organizations\' ids are skipped, and other organizations cannot undo', async () => {
	const made = await done('contacts/bulk', { ids: [people[0].id, theirs.id],
		set: { background: 'mine' } });
	assert.equal(made.count, 1);
	assert.equal((await list('contacts', { id: theirs.id }, stranger))[0].background, null);
	const missing = await post(`bulk_changes/${made.id}/undo`, {}, stranger);
	assert.equal(missing.status, 404);
	const max = await member(me);
	assert.equal((await done(`bulk_changes/${made.id}/undo`, {}, max)).undone, 1);
	const rule = await post('automation_rules/bulk', { filter: {}, max: 9, delete: true }, max);
	assert.equal(rule.status, 422, rule.text);
});

test('P11 an undo reports rows that were changed later, or skips them with keep', async () => {
	const made = await done('contacts/bulk', { filter: {}, max: 10, set: { status: 'in-contract' } });
	assert.equal(made.count, 4);
	await me.browser.patch(`/api/contacts/${people[1].id}`, { status: 'hot' });
	await me.browser.patch(`/api/contacts/${people[2].id}`, { title: 'Other' });
	const refused = await post(`bulk_changes/${made.id}/undo`, {});
	assert.deepEqual([refused.status, refused.json.type], [409, '/problems/changed_since']);
	assert.match(refused.json.detail, new RegExp(`^1 rows were changed since: ${people[1].id}$`));
	assert.equal((await list('contacts', { status: 'in-contract' })).length, 3);
	assert.deepEqual(await done(`bulk_changes/${made.id}/undo`, { keep: true }),
		{ id: made.id, undone: 3, kept: [people[1].id] });
	const now = await list('contacts');
	assert.deepEqual(now.map((c) => [c.status, c.title]), [['cold', 'Boss'], ['hot', null],
		['cold', 'Other'], ['hot', null]]);
});

test('P11 a bulk delete moves rows to the trash, and undo restores them', async () => {
	for (const p of people.slice(0, 2))
		await create('tasks', { contact_id: p.id, text: 'call' });
	const before = [sum('contacts'), sum('tasks')];
	const made = await done('contacts/bulk', { filter: { id: people.map((p) => p.id) }, max: 4,
		delete: true });
	assert.equal(made.count, 4);
	assert.deepEqual(await list('contacts'), []);
	assert.equal((await list('trash')).length, 4);
	assert.equal((await done(`bulk_changes/${made.id}/undo`, {})).undone, 4);
	assert.deepEqual([sum('contacts'), sum('tasks')], before);
	assert.deepEqual(await list('trash'), []);
	// A row restored in the meantime is reported.
	const second = await done('contacts/bulk', { ids: people.slice(0, 2).map((p) => p.id), delete: true });
	const [one] = await list('trash');
	await done(`trash/${one.id}/restore`, {});
	assert.equal((await post(`bulk_changes/${second.id}/undo`, {})).status, 409);
	assert.deepEqual((await done(`bulk_changes/${second.id}/undo`, { keep: true })).kept, [one.row_id]);
	assert.deepEqual([sum('contacts'), sum('tasks')], before);
});

test('P11 a bulk change runs once per key, and completely or not at all', async () => {
	const key = { 'Idempotency-Key': `bulk-${process.pid}` };
	const ask = () => post('contacts/bulk', { filter: {}, max: 9, set: { gender: 'female' } }, me, key);
	const all = await Promise.all([1, 2, 3, 4].map(ask));
	const ok = all.filter((rs) => rs.status === 200);
	assert.ok(ok.length >= 1);
	assert.equal(new Set([...ok, await ask()].map((rs) => rs.text)).size, 1);
	const before = sum('contacts');
	const rs = await post('contacts/bulk', { filter: {}, max: 9, set: { company_id: 1 } });
	assert.equal(rs.status, 422, rs.text);
	assert.equal(sum('contacts'), before);
	assert.equal(sql(`SELECT count(*) FROM crm.bulk_rows WHERE org_id = '${me.organization.id}'
		AND after->'gender' IS NOT NULL`)[0][0], '4');
});

test('P11 at most 10,000 rows can be changed at once and undone', async () => {
	(LONG ? sqlFor : fill)(me.organization.id, `INSERT INTO crm.tags (org_id, name, color)
		SELECT '${me.organization.id}', 't' || n, '#fff' FROM generate_series(1, 10001) n`);
	const before = sum('tags');
	const many = await post('tags/bulk', { filter: {}, max: 20000, set: { color: '#000' } });
	assert.deepEqual([many.status, many.json.detail], [422, 'max: more than 10000 rows match']);
	const gone = await post('tags/bulk', { filter: {}, max: 20000, delete: true });
	assert.deepEqual([gone.status, gone.json.detail], [422, 'max: more than 1000 rows match']);
	if (!LONG)	/* each row has an entry in the audit log */
		return;
	const last = (await list('tags'))[0].id;
	const filter = { 'id@neq': last };
	const made = await done('tags/bulk', { filter, max: 10000, set: { color: '#000' } });
	assert.equal(made.count, 10000);
	assert.equal((await done(`bulk_changes/${made.id}/undo`, {})).undone, 10000);
	assert.equal(sum('tags'), before);
});

test('P11 add and remove edit an array element by element, and undo keeps later elements', async () => {
	const [vip, partner, late] = await Promise.all(['vip', 'partner', 'late'].map(async (name) =>
		(await create('tags', { name, color: '#eeeeee' })).id));
	const [first, second] = people;
	const tags = async () => (await list('contacts', { id: [first.id, second.id] })).map((c) => c.tags);
	await me.browser.patch(`/api/contacts/${first.id}`, { tags: [vip] });
	const ids = [first.id, second.id];
	const made = await done('contacts/bulk', { ids, add: { tags: [partner, partner] } });
	assert.equal(made.count, 2);
	assert.deepEqual(await tags(), [[vip, partner], [partner]]);
	assert.equal((await done('contacts/bulk', { ids, add: { tags: [partner] } })).count, 0);
	await me.browser.patch(`/api/contacts/${second.id}`, { tags: [partner, late] });
	assert.deepEqual((await done(`bulk_changes/${made.id}/undo`, { keep: true })).kept, [second.id]);
	assert.deepEqual(await tags(), [[vip], [partner, late]]);
	assert.equal((await done('contacts/bulk', { ids, remove: { tags: [partner, vip] } })).count, 2);
	assert.deepEqual(await tags(), [[], [late]]);
});
