// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Two users edit concurrently, and saving reports the other user's changes.
import { leave, show } from './lib/screen.mjs';
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { useEditController } from 'ra-core';
import { crm } from './lib/crm.mjs';
import { member, owner } from '../lib/people.mjs';
import { providers } from './lib/provider.mjs';

after(leave);

const me = await owner('stale');
const mine = providers(me.browser);
const data = mine.dataProvider;
const { create, one } = crm(data);
const theirs = providers((await member(me)).browser).dataProvider;

test('32 a form sends only changed fields, and reports conflicting changes', async () => {
	const contact = await create('contacts', { first_name: 'Both', last_name: 'Edit',
		title: 'Dr' });
	const screen = await show(mine, () => useEditController({ resource: 'contacts',
		id: contact.id, redirect: false, mutationMode: 'pessimistic' }));
	const form = await screen.when((f) => f.record?.title);
	const values = form.record;
	// If another member changes a different field, there is no conflict.
	await theirs.update('contacts', { id: contact.id, data: { background: 'theirs' },
		previousData: contact });
	await form.save({ ...values, title: 'Prof' });
	await screen.toast('updated');
	let row = await one('contacts', contact.id);
	assert.deepEqual([row.title, row.background], ['Prof', 'theirs']);

	// If another member has changed the same field, the error names the conflict, and nothing is written.
	await screen.when((f) => f.record.title === 'Prof');
	const again = screen.value.record;
	await theirs.update('contacts', { id: contact.id, data: { title: 'Sir' },
		previousData: row });
	const errors = await screen.value.save({ ...again, title: 'Mx' });
	assert.match(errors.title, /Sir/);
	row = await one('contacts', contact.id);
	assert.equal(row.title, 'Sir');
	screen.close();
});


test('32 a form in undoable mode reports the conflict in a toast', async () => {
	const contact = await create('contacts', { last_name: 'Undoable', title: 'Dr' });
	const screen = await show(mine, () => useEditController({ resource: 'contacts',
		id: contact.id, redirect: false, mutationMode: 'undoable' }));
	const form = await screen.when((f) => f.record?.title);
	await theirs.update('contacts', { id: contact.id, data: { title: 'Sir' },
		previousData: contact });
	form.save({ ...form.record, title: 'Mx' });
	(await screen.toast('updated')).close();
	assert.match((await screen.toast('Not saved')).message, /title to .Sir/);
	await screen.when((f) => f.record.title === 'Sir');
	screen.close();
});

test('76 a note and the update after it cause no conflict in a form', async () => {
	const contact = await create('contacts', { last_name: 'Noted', status: 'cold',
		last_seen: '2026-01-01T00:00:00+00:00' });
	const before = await one('contacts', contact.id);
	await create('contact_notes', { contact_id: contact.id, text: 'n',
		date: new Date().toISOString() });
	const { data: seen } = await data.update('contacts', { id: contact.id,
		data: { last_seen: new Date().toISOString(), status: 'hot' },
		previousData: before });
	assert.equal(seen.status, 'hot');
	const { data: renamed } = await data.update('contacts', { id: contact.id,
		data: { ...before, last_name: 'Renamed' }, previousData: before });
	assert.deepEqual([renamed.last_name, renamed.status], ['Renamed', 'hot']);
});

test('65 dragging a card ignores a concurrent move', async () => {
	const deal = await create('deals', { name: 'd', stage: 'won', index: 3 });
	const before = await one('deals', deal.id);
	await theirs.update('deals', { id: deal.id, data: { index: 1, stage: 'lost' },
		previousData: before });
	const { data: moved } = await data.update('deals', { id: deal.id,
		data: { index: 2, stage: 'won' }, previousData: before });
	assert.deepEqual([moved.index, moved.stage], [2, 'won']);
});

test('32 a conflict is still detected after another save in between', async () => {
	const contact = await create('contacts', { last_name: 'Between', title: 'Dr' });
	const before = await one('contacts', contact.id);
	await theirs.update('contacts', { id: contact.id, data: { title: 'Sir' },
		previousData: before });
	await data.update('contacts', { id: contact.id, data: { status: 'hot' },
		previousData: before });
	await assert.rejects(data.update('contacts', { id: contact.id,
		data: { ...before, title: 'Mx' }, previousData: before }), /title to .Sir/);
});

test('79 ticking and unticking a task does not conflict with itself', async () => {
	const contact = await create('contacts', { last_name: 'Ticked' });
	const task = await create('tasks', { contact_id: contact.id, text: 't' });
	const before = await one('tasks', task.id);
	for (const done_date of [new Date().toISOString(), null, new Date().toISOString()])
		await data.update('tasks', { id: task.id, data: { done_date },
			previousData: before });
	await theirs.update('tasks', { id: task.id, data: { text: 'theirs' },
		previousData: before });
	await assert.rejects(data.update('tasks', { id: task.id, data: { text: 'mine' },
		previousData: before }), /Not saved: .*theirs/);
});
