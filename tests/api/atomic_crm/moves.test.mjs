// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Acceptance tests 50 to 52, 65, 67, 85 and 86 of the front end: merges, the
// board, settings.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { member, owner } from '../lib/people.mjs';

const me = await owner('moves');
const { data, browser } = me;

const create = async (resource, row) => (await data.create(resource, { data: row })).data;
const change = async (resource, row, what) => (await data.update(resource,
	{ id: row.id, data: what, previousData: row })).data;
const one = async (resource, id) => (await data.getOne(resource, { id })).data;
const list = (resource, filter, field = 'id', order = 'ASC', perPage = 1000) =>
	data.getList(resource, { pagination: { page: 1, perPage },
		sort: { field, order }, filter });
const merge = (loserId, winnerId) =>
	browser.post('/api/merge_contacts', { loserId, winnerId });

async function person(name, more) {
	const contact = await create('contacts', { last_name: name, ...more });
	return { contact, task: await create('tasks', { contact_id: contact.id, text: name }),
		note: await create('contact_notes', { contact_id: contact.id, text: name }) };
}

test('50 if A is merged into B, B has the data of both, A is deleted, and deals list B once', async () => {
	const [x, y] = await Promise.all(['x', 'y'].map((name) =>
		create('tags', { name, color: '#000000' })));
	const a = await person('A', { tags: [x.id], email_jsonb: [{ email: 'a@x.test', type: 'Work' }],
		phone_jsonb: [{ number: '1', type: 'Work' }] });
	const b = await person('B', { tags: [y.id], email_jsonb: [{ email: 'b@x.test', type: 'Home' }],
		phone_jsonb: [{ number: '2', type: 'Home' }] });
	const ids = [a.contact.id, b.contact.id];
	const deals = [await create('deals', { name: 'a', stage: 'opportunity', contact_ids: [ids[0]] }),
		await create('deals', { name: 'both', stage: 'opportunity', contact_ids: ids })];
	const rs = await merge(...ids);
	assert.equal(rs.status, 200, rs.text);
	await assert.rejects(one('contacts', ids[0]), { status: 404 });
	const row = await one('contacts', ids[1]);
	assert.deepEqual([row.tags, row.email_jsonb.map((e) => e.email),
		row.phone_jsonb.map((p) => p.number), row.nb_tasks],
	[[y.id, x.id], ['b@x.test', 'a@x.test'], ['2', '1'], 2]);
	for (const resource of ['tasks', 'contact_notes'])
		assert.equal((await list(resource, { contact_id: ids[1] })).total, 2);
	for (const deal of deals)
		assert.deepEqual((await one('deals', deal.id)).contact_ids, [ids[1]]);
});

test('51 a merge with itself or with a missing contact is refused and changes nothing', async () => {
	const a = await person('Alone');
	for (const [loser, winner] of [[a.contact.id, a.contact.id], [a.contact.id, 4711],
		[4711, a.contact.id]]) {
		const rs = await merge(loser, winner);
		assert.ok([404, 422].includes(rs.status), rs.text);
	}
	assert.equal((await one('contacts', a.contact.id)).nb_tasks, 1);
	// tests/sql/merge.sql tests that a merge that fails midway changes nothing.
});

test('52 the dialog counts what will be moved', async () => {
	const a = await person('Counted');
	await create('tasks', { contact_id: a.contact.id, text: 'more' });
	await create('deals', { name: 'd', stage: 'opportunity', contact_ids: [(await person('Other')).contact.id, a.contact.id] });
	const reference = (resource) => data.getManyReference(resource, { target: 'contact_id',
		id: a.contact.id, pagination: { page: 1, perPage: 1 },
		sort: { field: 'id', order: 'DESC' }, filter: {} });
	assert.equal((await reference('tasks')).total, 2);
	assert.equal((await reference('contact_notes')).total, 1);
	assert.equal((await list('deals', { 'contact_ids@cs': `{${a.contact.id}}` },
		'id', 'ASC', 1)).total, 1);
});

const column = async (stage) => (await list('deals', { stage }, 'index')).data;
const named = (rows) => rows.map((d) => d.name).join('');

test('65 a move within a column or to another column persists after a reload', async () => {
	const cards = [];
	for (const [index, name] of [...'abcd'].entries())
		cards.push(await create('deals', { name, stage: 'proposal-sent', index }));
	await create('deals', { name: 'x', stage: 'lost', index: 0 });
	const move = (deal, body) => browser.post(`/api/deals/${deal.id}/move`, body);
	assert.equal((await move(cards[0], { stage: 'proposal-sent', index: 2 })).status, 200);
	assert.equal(named(await column('proposal-sent')), 'bcad');
	assert.equal((await move(cards[1], { stage: 'lost', index: 0 })).status, 200);
	assert.equal(named(await column('proposal-sent')), 'cad');
	assert.equal(named(await column('lost')), 'bx');
});

test('65 a hundred concurrent updates of a stock board succeed', async () => {
	const cards = [];
	for (let index = 0; index < 100; index++)
		cards.push(await create('deals', { name: `${index}`, stage: 'in-negociation', index }));
	await Promise.all(cards.map((row) => change('deals', row, { index: 99 - row.index })));
	assert.deepEqual((await column('in-negociation')).map((d) => Number(d.name)),
		Array.from({ length: 100 }, (_, n) => 99 - n));
});

test('67 an archived deal leaves the board, and returns to the top', async () => {
	const cards = [];
	for (const [index, name] of [...'abc'].entries())
		cards.push(await create('deals', { name, stage: 'delayed', index }));
	const board = async () => (await list('deals', { stage: 'delayed', 'archived_at@is': null },
		'index')).data;
	await change('deals', cards[1], { archived_at: new Date().toISOString() });
	assert.equal(named(await board()), 'ac');
	assert.deepEqual((await list('deals', { 'archived_at@not.is': null }, 'archived_at', 'DESC'))
		.data.map((d) => d.id), [cards[1].id]);
	const rs = await browser.post(`/api/deals/${cards[1].id}/unarchive`);
	assert.equal(rs.status, 200, rs.text);
	assert.ok(Array.isArray(rs.json) && rs.json.some((d) => d.id === cards[1].id));
	assert.equal(named(await board()), 'bac');
	assert.deepEqual((await board()).map((d) => d.index), [0, 1, 2]);
});

test('85 settings are saved with one update, and other users see them', async () => {
	const me = await owner('settings');
	const other = await member(me);
	const config = { title: 'Our CRM', currency: 'EUR',
		lightModeLogo: '/uploads/light.png', darkModeLogo: '/uploads/dark.png',
		companySectors: [{ value: 'it', label: 'IT' }],
		dealStages: [{ value: 'opportunity', label: 'Opportunity' },
			{ value: 'won', label: 'Won' }, { value: 'on-hold', label: 'On hold' }],
		dealPipelineStatuses: ['won'], dealCategories: [{ value: 'other', label: 'Other' }],
		noteStatuses: [{ value: 'cold', label: 'Cold', color: '#123456' }],
		taskTypes: [{ value: 'none', label: 'None' }] };
	const { data: row } = await me.data.update('configuration', { id: 1, data: { config },
		previousData: { id: 1, config: {} } });
	const { created_at, updated_at, ...rest } = row;
	assert.deepEqual(rest, { id: 1, config, time_zone: 'UTC' });
	assert.ok(updated_at > created_at, JSON.stringify(row));
	assert.deepEqual((await other.data.getOne('configuration', { id: 1 })).data, row);
});

test('86 a settings change by a non-administrator is refused with a message', async () => {
	const other = await member(me);
	const before = await one('configuration', 1);
	for (const rs of [await other.browser.put('/api/configuration/1', { config: {} }),
		await other.browser.post('/api/configuration/rename-stage',
			{ from: 'won', to: 'lost' })]) {
		assert.equal(rs.status, 422, rs.text);
		assert.match(rs.json.message, /role/);
	}
	assert.deepEqual(await one('configuration', 1), before);
});
