// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Merging two contacts, and the undo of a merge.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { untimed } from '../../lib/api.mjs';
import { sqlFor } from '../lib/database.mjs';
import { member, owner } from '../lib/people.mjs';

const me = await owner('merge');
const { data, browser } = me;
const other = await member(me);
const stranger = await owner('stranger');

const create = async (resource, row, who = data) =>
	(await who.create(resource, { data: row })).data;
const one = async (resource, id) => (await browser.get(`/api/${resource}/${id}`)).json;
const change = async (resource, id, what) =>
	(await data.update(resource, { id, data: what, previousData: {} })).data;
const merge = (loserId, winnerId, who = browser, headers = {}) =>
	who.post('/api/merge_contacts', { loserId, winnerId }, headers);
const undo = (id, body, who = browser) => who.post(`/api/merges/${id}/undo`, body);
const pick = (row, names) => Object.fromEntries(names.map((n) => [n, row[n]]));
const count = async (resource, filter) => (await data.getList(resource,
	{ pagination: { page: 1, perPage: 1 }, sort: { field: 'id', order: 'ASC' }, filter })).total;

// Creates a contact with a task, a note and a deal.
async function whole(mark, more = {}) {
	const contact = await create('contacts', { first_name: mark, last_name: mark, ...more });
	const task = await create('tasks', { contact_id: contact.id, text: mark });
	const note = await create('contact_notes', { contact_id: contact.id, text: mark,
		attachments: [{ src: 'https://x.test/a', title: 'a' }] });
	const [first, last] = [await create('contacts', { last_name: 'first' }),
		await create('contacts', { last_name: 'last' })];
	const deal = await create('deals', { name: mark, stage: 'opportunity',
		contact_ids: [first.id, contact.id, last.id] });
	return { contact: await one('contacts', contact.id), task, note, deal, first, last };
}

test('the favourites of all users follow a merged contact, and an undo restores them', async () => {
	const star = async (who, id) => (await who.browser.post('/api/views', { resource: 'favourites', name: 'x',
		filters: { resource: 'contacts', id: String(id) } })).json.id;
	const starred = async (who, view) => (await who.browser.get(`/api/views/${view}`)).json.filters.id;
	const [loser, winner] = [await create('contacts', { last_name: 'l' }), await create('contacts', { last_name: 'w' })];
	const views = [[me, await star(me, loser.id)], [other, await star(other, loser.id)]];
	const foreign = await star(stranger, loser.id);	/* the same ID, which is not a contact in the other organization */
	const { json } = await merge(loser.id, winner.id);
	for (const [who, view] of views)
		assert.equal(await starred(who, view), String(winner.id));
	assert.equal(await starred(stranger, foreign), String(loser.id));
	assert.equal((await undo(json.mergeId)).status, 200);
	for (const [who, view] of views)
		assert.equal(await starred(who, view), String(loser.id));
});

test('the winner gets values that it lacks and keeps its own', async () => {
	const company = await create('companies', { name: 'Acme' });
	const tags = [];
	for (const name of ['a', 'b', 'c'])
		tags.push((await create('tags', { name, color: '#000000' })).id);
	const loser = await create('contacts', { first_name: 'L', last_name: 'Loser', gender: 'female',
		title: 'CEO', background: 'b', company_id: company.id, has_newsletter: true, metadata: { tier: 'gold', source: 'fair' },
		sales_id: other.me.id, linkedin_url: 'https://linkedin.com/in/l', status: 'hot',
		tags: [tags[2], tags[0]], avatar: { src: 'https://x.test/l.png' },
		first_seen: '2020-01-01T00:00:00+00:00', last_seen: '2026-02-02T00:00:00.123456+00:00',
		email_jsonb: [{ email: 'l@x.test', type: 'Home' }, { email: 'Both@x.test', type: 'Home' }],
		phone_jsonb: [{ number: '1', type: 'Home' }, { number: '2', type: 'Work' }] });
	// A phone number that was stored before texts were required.
	sqlFor(me.organization.id, `UPDATE crm.contacts SET phone_jsonb = '[{"number":"1","type":"Home"},{"number":2,"type":"Work"}]' WHERE id = ${loser.id}`);
	const winner = await create('contacts', { last_name: 'Winner', linkedin_url: '',
		has_newsletter: false, tags: [tags[1], tags[0]], avatar: { src: '' }, status: 'cold', metadata: { source: 'web', size: null },
		first_seen: '2021-01-01T00:00:00+00:00', last_seen: '2025-02-02T00:00:00+00:00',
		email_jsonb: [{ email: 'both@x.test', type: 'Work' }],
		phone_jsonb: [{ number: '2', type: 'Other' }] });
	const want = { first_name: 'L', last_name: 'Winner', gender: 'female', title: 'CEO',
		background: 'b', company_id: company.id, has_newsletter: false, sales_id: me.me.id, metadata: { tier: 'gold', source: 'web', size: null },
		linkedin_url: 'https://linkedin.com/in/l', status: 'cold',
		tags: [tags[1], tags[0], tags[2]], avatar: { src: 'https://x.test/l.png' },
		first_seen: '2020-01-01T00:00:00+00:00', last_seen: '2026-02-02T00:00:00.123456+00:00',
		email_jsonb: [{ email: 'both@x.test', type: 'Work' }, { email: 'l@x.test', type: 'Home' }],
		phone_jsonb: [{ number: '2', type: 'Other' }, { number: '1', type: 'Home' }] };
	const seen = await browser.post('/api/merge_contacts/preview',
		{ loserId: loser.id, winnerId: winner.id });
	assert.deepEqual(pick(seen.json.winner, Object.keys(want)), want);
	assert.deepEqual(await one('contacts', winner.id), winner, 'a preview changes nothing');
	const rs = await merge(String(loser.id), winner.id);
	assert.equal(rs.status, 200, rs.text);
	assert.equal(rs.json.success, true);
	assert.equal(rs.json.winnerId, winner.id);
	assert.deepEqual(pick(await one('contacts', winner.id), Object.keys(want)), want);
	assert.equal((await browser.get(`/api/contacts/${loser.id}`)).status, 404);
});

test('a merge accepts its IDs under both kinds of names', async () => {
	const l = await create('contacts', { last_name: 'l' }), w = await create('contacts', { last_name: 'w' });
	const rs = await browser.post('/api/merge_contacts', { loser_id: l.id, winner_id: w.id });
	assert.deepEqual([rs.status, rs.json.winnerId], [200, w.id], rs.text);
	const more = await create('contacts', { last_name: 'm' });
	assert.equal((await browser.post('/api/merge_contacts', { loser_ids: [more.id], winnerId: w.id })).status, 200);
	const both = await browser.post('/api/merge_contacts', { loser_id: more.id, loser_ids: [more.id], winner_id: w.id });
	assert.deepEqual([both.status, both.json.code], [422, 'loser_twice'], both.text);
});

test('addresses that differ only in case are merged into one', async () => {
	const loser = await create('contacts', { last_name: 'l' });
	const winner = await create('contacts', { last_name: 'w' });
	// Rows as SQL writes them without the API's trigger.
	sqlFor(me.organization.id, `ALTER TABLE crm.contacts DISABLE TRIGGER before_write;
		UPDATE crm.contacts SET email_jsonb = '[{"email":"ONE@x.test"},{"email":"Two@x.test"}]'
		WHERE id = ${loser.id}; UPDATE crm.contacts SET email_jsonb = '[{"email":"one@X.test"}]'
		WHERE id = ${winner.id}; ALTER TABLE crm.contacts ENABLE TRIGGER before_write`);
	await merge(loser.id, winner.id);
	assert.deepEqual((await one('contacts', winner.id)).email_jsonb,
		[{ email: 'one@x.test' }, { email: 'two@x.test' }]);
});

test('references to the loser point to the winner after the merge', async () => {
	const l = await whole('loser'), w = await whole('winner');
	const both = await create('deals', { name: 'both', stage: 'opportunity',
		contact_ids: [w.contact.id, l.contact.id] });
	const seen = await browser.post('/api/merge_contacts/preview',
		{ loserId: l.contact.id, winnerId: w.contact.id });
	assert.deepEqual(seen.json.moves,
		{ activities: 0, appointment_attendees: 0, appointments: 0, contact_notes: 1,
			messages: 0, tasks: 1, deals: 2 });
	await merge(l.contact.id, w.contact.id);
	assert.equal((await one('tasks', l.task.id)).contact_id, w.contact.id);
	const note = await one('contact_notes', l.note.id);
	assert.deepEqual(untimed(note), untimed({ ...l.note, contact_id: w.contact.id }));
	assert.ok(note.updated_at > l.note.updated_at);
	assert.deepEqual((await one('deals', l.deal.id)).contact_ids, [l.first.id, l.last.id, w.contact.id]);
	assert.deepEqual((await one('deals', both.id)).contact_ids, [w.contact.id]);
	assert.equal((await one('contacts', w.contact.id)).nb_tasks, 2);
});

test('an undo restores all rows byte for byte', async () => {
	const l = await whole('byte', { title: 'CEO', last_seen: '2025-05-05T05:05:05.123456+00:00',
		avatar: { src: 'x' } });
	// A row that was valid before members were checked.
	sqlFor(me.organization.id, `UPDATE crm.contacts SET email_jsonb = '[{"email":"b@acme.org","type":null,"extra":1.50}]' WHERE id = ${l.contact.id}`);
	await change('contacts', l.contact.id, { sales_id: null });
	const w = await whole('kept', { last_seen: '2026-05-05T05:05:05+00:00' });
	const rows = [['contacts', l.contact.id], ['contacts', w.contact.id], ['tasks', l.task.id],
		['contact_notes', l.note.id]];
	const read = () => Promise.all(rows.map(async ([resource, id]) =>
		// An undo sets the time of the last change.
		(await browser.get(`/api/${resource}/${id}`)).text.replace(/"updated_at":"[^"]*"/, '')));
	const before = await read();
	const { json } = await merge(l.contact.id, w.contact.id);
	const { data: [row] } = await data.getList('merges', { pagination: { page: 1, perPage: 5 },
		sort: { field: 'merged_at', order: 'DESC' }, filter: {} });
	assert.equal(row.id, json.mergeId);
	assert.deepEqual([row.loser_id, row.winner_id, row.sales_id, row.undone_at],
		[l.contact.id, w.contact.id, me.me.id, null]);
	assert.equal(row.loser.title, 'CEO');
	assert.ok(!('org_id' in row.loser));
	const rs = await undo(row.id);
	assert.equal(rs.status, 200, rs.text);
	assert.deepEqual(await read(), before);
	assert.deepEqual((await one('deals', l.deal.id)).contact_ids, l.deal.contact_ids);
	assert.ok((await one('merges', row.id)).undone_at);
});

test('an undo reports values that were changed after the merge, and can keep them', async () => {
	const l = await create('contacts', { last_name: 'l', title: 'CEO', gender: 'x',
		last_seen: '2026-01-01T00:00:00Z' });
	const w = await create('contacts', { last_name: 'w', last_seen: '2025-01-01T00:00:00Z' });
	const { json } = await merge(l.id, w.id);
	await change('contacts', w.id, { title: 'CTO', background: 'mine',
		last_seen: '2026-07-07T00:00:00+00:00' });
	let rs = await undo(json.mergeId);
	assert.equal(rs.status, 409, rs.text);
	assert.equal(rs.json.type, '/problems/changed_since');
	assert.match(rs.json.message, /: title$/);
	assert.equal((await browser.get(`/api/contacts/${l.id}`)).status, 404);
	rs = await undo(json.mergeId, { keep: true });
	assert.equal(rs.status, 200, rs.text);
	assert.deepEqual(pick(await one('contacts', w.id), ['title', 'gender', 'background', 'last_seen']),
		{ title: 'CTO', gender: null, background: 'mine', last_seen: '2026-07-07T00:00:00+00:00' });
	assert.equal((await one('contacts', l.id)).title, 'CEO');
});

test('an undo keeps later changes to the loser\'s rows', async () => {
	const l = await whole('things'), w = await whole('winner');
	const third = await create('contacts', { last_name: 'third' });
	const more = await create('tasks', { contact_id: l.contact.id, text: 'x' });
	const { json } = await merge(l.contact.id, w.contact.id);
	await change('tasks', more.id, { contact_id: third.id });
	await data.delete('contact_notes', { id: l.note.id, previousData: {} });
	await change('deals', l.deal.id, { contact_ids: [w.contact.id, third.id] });
	assert.equal((await undo(json.mergeId)).status, 200);
	assert.equal((await one('tasks', more.id)).contact_id, third.id);
	assert.equal((await one('tasks', l.task.id)).contact_id, l.contact.id);
	assert.deepEqual((await one('deals', l.deal.id)).contact_ids, [l.contact.id, third.id]);
});

test('a chain of merges is undone in reverse order', async () => {
	const [a, b, c] = await Promise.all(['a', 'b', 'c'].map((m) => whole(m)));
	const first = (await merge(a.contact.id, b.contact.id)).json.mergeId;
	const second = (await merge(b.contact.id, c.contact.id)).json.mergeId;
	assert.equal((await one('tasks', a.task.id)).contact_id, c.contact.id);
	const rs = await undo(first);
	assert.equal(rs.status, 422, rs.text);
	assert.equal((await undo(second)).status, 200);
	assert.equal((await one('tasks', a.task.id)).contact_id, b.contact.id);
	assert.equal((await undo(first)).status, 200);
	assert.equal((await one('tasks', a.task.id)).contact_id, a.contact.id);
	assert.deepEqual((await one('deals', a.deal.id)).contact_ids, a.deal.contact_ids);
});

test('a merged contact is not in the trash', async () => {
	const [l, w] = [await whole('untrashed'), await whole('w')];
	await merge(l.contact.id, w.contact.id);
	assert.equal(await count('trash', { row_id: l.contact.id }), 0);
	await data.delete('contacts', { id: w.contact.id, previousData: {} });
	assert.equal(await count('trash', { row_id: w.contact.id }), 1);
});

test('a row that is restored from the trash refers to the winner of later merges', async () => {
	const [winner, middle, loser] = [await whole('kept'), await whole('middle'),
		await whole('lost')];
	const before = await one('tasks', loser.task.id);
	await data.delete('tasks', { id: loser.task.id, previousData: {} });
	assert.equal((await merge(loser.contact.id, middle.contact.id)).status, 200);
	assert.equal((await merge(middle.contact.id, winner.contact.id)).status, 200);
	const filter = encodeURIComponent(JSON.stringify({ row_id: loser.task.id }));
	const [gone] = (await browser.get(`/api/trash?filter=${filter}`)).json;
	const rs = await browser.post(`/api/trash/${gone.id}/restore`);
	assert.equal(rs.status, 200, rs.text);
	const back = await one('tasks', loser.task.id);
	assert.deepEqual(back, { ...before, contact_id: winner.contact.id, updated_at: back.updated_at });
});

test('an invalid merge is refused and changes nothing', async () => {
	const a = await create('contacts', { last_name: 'a' });
	for (const [body, status, field] of [[{ loserId: a.id, winnerId: a.id }, 422, 'loserId'],
		[{ loserId: a.id, winnerId: String(a.id) }, 422, 'loserId'],
		[{ loserId: a.id }, 422, 'winnerId'], [{ winnerId: a.id }, 422, 'loserId'],
		[{}, 422, 'loserId'], [{ loserId: null, winnerId: a.id }, 422, 'loserId'],
		[{ loserId: 'x', winnerId: a.id }, 400, 'loserId'],
		[{ loserId: [a.id], winnerId: a.id }, 400, 'loserId'],
		[{ loserId: 1.5, winnerId: a.id }, 400, 'loserId'],
		[{ loserId: a.id, winnerId: 4711 }, 404], [{ loserId: 4711, winnerId: a.id }, 404],
		[{ loserId: a.id, winnerId: 4711, orgId: stranger.organization.id }, 422, 'orgId']])
		for (const path of ['', '/preview']) {
			const rs = await browser.post(`/api/merge_contacts${path}`, body);
			assert.equal(rs.status, status, `${path} ${JSON.stringify(body)} ${rs.text}`);
			assert.ok(!field || rs.json.errors[field], rs.text);
		}
	assert.deepEqual(await one('contacts', a.id), a);
	assert.equal((await undo(4711)).status, 404);
	assert.equal((await undo('x')).status, 400);
	assert.equal((await browser.post('/api/merges/1/undo', { keep: 'yes' })).status, 400);
});

test("another organization's contacts and merges are not found", async () => {
	const [a, b] = [await create('contacts', { last_name: 'a' }), await create('contacts', { last_name: 'b' })];
	const theirs = await create('contacts', { last_name: 't' }, stranger.data);
	for (const [l, w] of [[a.id, theirs.id], [theirs.id, a.id]])
		assert.equal((await merge(l, w)).status, 404);
	const { json } = await merge(a.id, b.id);
	assert.equal((await undo(json.mergeId, {}, stranger.browser)).status, 404);
	assert.equal((await stranger.browser.get(`/api/merges/${json.mergeId}`)).status, 404);
	assert.equal((await undo(json.mergeId, {}, other.browser)).status, 200, 'another member may');
});

test('of concurrent merges or undos of the same contacts, one succeeds', async () => {
	const l = await whole('twice'), w = await whole('w');
	const done = await Promise.all(Array.from({ length: 8 }, () => merge(l.contact.id, w.contact.id)));
	assert.deepEqual(done.map((rs) => rs.status).sort(), [200, ...Array(7).fill(404)]);
	const { mergeId } = done.find((rs) => rs.status === 200).json;
	const back = await Promise.all(Array.from({ length: 8 }, () => undo(mergeId)));
	assert.deepEqual(back.map((rs) => rs.status).sort(), [200, ...Array(7).fill(409)]);
	const key = { 'idempotency-key': `merge-${process.pid}` };
	const first = await merge(l.contact.id, w.contact.id, browser, key);
	assert.equal(first.status, 200, first.text);
	assert.equal((await merge(l.contact.id, w.contact.id, browser, key)).text, first.text);
	assert.equal((await merge(w.contact.id, l.contact.id, browser, key)).status, 422);
});

test('of two opposite concurrent merges, one succeeds and nothing is lost', async () => {
	for (let i = 0; i < 5; i++) {
		const [a, b] = [await whole(`x${i}`), await whole(`y${i}`)];
		const done = await Promise.all([merge(a.contact.id, b.contact.id),
			merge(b.contact.id, a.contact.id)]);
		assert.deepEqual(done.map((rs) => rs.status).sort(), [200, 404]);
		const { winnerId } = done.find((rs) => rs.status === 200).json;
		assert.equal(await count('tasks', { contact_id: winnerId }), 2);
		assert.equal(await count('contact_notes', { contact_id: winnerId }), 2);
	}
});

test('writes during a merge are not lost', async () => {
	for (let i = 0; i < 5; i++) {
		const l = await whole(`busy ${i}`), w = await whole('w');
		const [merged, ...writes] = await Promise.all([merge(l.contact.id, w.contact.id),
			...Array.from({ length: 10 }, (_, n) => browser.post('/api/contact_notes',
				{ contact_id: l.contact.id, text: `${n}` })),
			...Array.from({ length: 5 }, (_, n) => browser.put(`/api/tasks/${l.task.id}`,
				{ text: `${n}` }))]);
		assert.equal(merged.status, 200, merged.text);
		const notes = writes.slice(0, 10).filter((rs) => rs.status === 201);
		assert.ok(writes.every((rs) => [200, 201, 422].includes(rs.status)));
		assert.equal(await count('contact_notes', { contact_id: w.contact.id }),
			2 + notes.length);
	}
});
