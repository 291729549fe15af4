// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Acceptance lines 21 to 27 of the front end: the dashboard.
import { leave, show } from './lib/screen.mjs';
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { useGetIdentity, useGetList, useInfiniteGetList, useInfiniteListController }
	from 'ra-core';
import { crm, page } from './lib/crm.mjs';
import { member, owner } from '../lib/people.mjs';
import { providers } from './lib/provider.mjs';

after(leave);

const me = await owner('dashboard');
const other = await member(me);
const mine = providers(me.browser);
const { create } = crm(mine.dataProvider);
const day = 86_400_000;
const ago = (days) => new Date(Date.now() - days * day).toISOString();

// Returns the three totals from which the page chooses the onboarding step.
async function stepper() {
	const screen = await show(mine, () => ['contacts', 'contact_notes', 'deals'].map(
		(resource) => useGetList(resource, page('id', 'DESC', 1))));
	const answers = await screen.when((all) => all.every((a) => !a.isPending));
	screen.close();
	return answers;
}

let contact;

test('21 an empty CRM shows the first of three steps', async () => {
	assert.deepEqual((await stepper()).map((a) => [a.total, a.data]),
		[[0, []], [0, []], [0, []]]);
});

test('22 after the first contact, the second step links to it', async () => {
	contact = await create('contacts', { first_name: 'Jane', last_name: 'Smith',
		first_seen: ago(0), last_seen: ago(0) });
	const [contacts, notes] = await stepper();
	assert.deepEqual([contacts.total, contacts.data[0].id, notes.total],
		[1, contact.id, 0]);
});

test('23 after the first note, the full page is shown, with all of today\'s activity',
	async () => {
		const company = await create('companies', { name: 'Smith Corp' });
		await mine.dataProvider.update('contacts', { id: contact.id,
			data: { company_id: company.id }, previousData: contact });
		await create('contact_notes', { contact_id: contact.id, text: 'Hello' });
		assert.equal((await stepper())[1].total, 1);
		const { data: rows } = await mine.dataProvider.getList('activity_log',
			{ ...page('date', 'DESC', 10), filter: {} });
		assert.deepEqual(rows.map((r) => r.type).sort(),
			['company.created', 'contact.created', 'contactNote.created']);
		for (const row of rows)
			assert.equal(new Date(row.date).toDateString(), new Date().toDateString());
		const note = rows.find((r) => r.type === 'contactNote.created');
		assert.deepEqual([note.contactNote.contact_id, note.contactNote.text],
			[contact.id, 'Hello']);
		assert.equal('contact_note' in note, false);
	});

test('24 only the current user\'s hot contacts are listed', async () => {
	await create('contacts', { last_name: 'Mine', status: 'hot', sales_id: me.me.id });
	await create('contacts', { last_name: 'Theirs', status: 'hot', sales_id: other.me.id });
	await create('contacts', { last_name: 'Cold', status: 'cold', sales_id: me.me.id });
	const screen = await show(mine, () => {
		const { identity } = useGetIdentity();
		return useGetList('contacts', { ...page('last_seen', 'DESC', 10),
			filter: { status: 'hot', sales_id: identity?.id } },
		{ enabled: Number.isInteger(identity?.id) });
	});
	const { data } = await screen.when((hot) => hot.data);
	assert.deepEqual(data.map((r) => r.last_name), ['Mine']);
	screen.close();
});

test('25 the chart contains the deals of six months, with numeric amounts', async () => {
	for (const [name, created_at] of [['new', ago(10)], ['old', ago(400)],
		['older', ago(100)]])
		await create('deals', { name, stage: 'won', created_at, amount: 1200 });
	const filter = { 'created_at@gte': ago(180) };
	const screen = await show(mine, () => useGetList('deals',
		{ ...page('created_at', 'ASC', 100), filter }));
	const { data } = await screen.when((deals) => deals.data);
	assert.deepEqual(data.map((r) => r.name), ['older', 'new']);
	assert.deepEqual(data.map((r) => typeof r.amount), ['number', 'number']);
	screen.close();
});

test('26 the activity feed loads ten more rows at a time, without duplicates', async () => {
	for (let i = 0; i < 18; i++)
		await create('contact_notes', { contact_id: contact.id, text: `Note ${i}`,
			date: ago(i) });
	const screen = await show(mine, () => useInfiniteGetList('activity_log',
		{ ...page('date', 'DESC', 10), filter: {} }));
	let feed = await screen.when((f) => f.data);
	const { total } = feed;
	assert.equal(feed.data.pages[0].data.length, 10);
	while (feed.hasNextPage) {
		const before = feed.data.pages.length;
		await feed.fetchNextPage();
		feed = await screen.when((f) => f.data.pages.length > before);
	}
	const rows = feed.data.pages.flatMap((p) => p.data);
	assert.equal(rows.length, total);
	assert.equal(new Set(rows.map((r) => r.id)).size, total);
	const dates = rows.map((r) => r.date ?? '');
	assert.deepEqual(dates, [...dates].sort().reverse());
	screen.close();
});

test('26 the feed is also available as a separate list', async () => {
	const screen = await show(mine, () => useInfiniteListController({
		resource: 'activity_log', sort: { field: 'date', order: 'DESC' }, perPage: 20,
		disableSyncWithLocation: true }));
	const list = await screen.when((l) => l.data?.length === 20);
	assert.ok(list.total > 20 && list.hasNextPage);
	screen.close();
});

test('27 upcoming tasks are the current user\'s tasks, by due date', async () => {
	for (const [text, due, sales_id] of [['later', 5, me.me.id], ['soon', 1, me.me.id],
		['theirs', 2, other.me.id], ['late', -3, me.me.id]])
		await create('tasks', { contact_id: contact.id, text, sales_id,
			due_date: ago(-due) });
	const screen = await show(mine, () => useGetList('tasks',
		{ ...page('due_date', 'ASC', 1000), filter: { sales_id: me.me.id } }));
	const { data } = await screen.when((tasks) => tasks.data);
	assert.deepEqual(data.map((r) => r.text), ['late', 'soon', 'later']);
	screen.close();
});
