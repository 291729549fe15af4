// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Acceptance tests 54 to 81 of the front end: companies, deals, notes, tasks.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { member, owner } from '../lib/people.mjs';

const me = await owner('crm');
const { data } = me;
const other = await member(me);

const create = async (resource, row) => (await data.create(resource, { data: row })).data;
const change = async (resource, row, what) => (await data.update(resource,
	{ id: row.id, data: what, previousData: row })).data;
const one = async (resource, id) => (await data.getOne(resource, { id })).data;
const list = (resource, filter = {}, field = 'id', order = 'ASC', perPage = 25, number = 1) =>
	data.getList(resource, { pagination: { page: number, perPage },
		sort: { field, order }, filter });
const ids = (rows) => rows.map((r) => r.id);
const gone = async (resource, id) =>
	assert.rejects(data.getOne(resource, { id }), { status: 404 });

test('54 companies sorted by contacts have correct counts', async () => {
	for (const [name, contacts, deals] of [['Few', 1, 4], ['Many', 3, 2], ['None', 0, 1]]) {
		const { id } = await create('companies', { name, sector: 'energy' });
		for (let i = 0; i < contacts; i++)
			await create('contacts', { last_name: 'x', company_id: id });
		for (let i = 0; i < deals; i++)
			await create('deals', { name: 'x', stage: 'opportunity', company_id: id });
	}
	const { data: rows } = await list('companies', { sector: 'energy' },
		'nb_contacts', 'DESC');
	assert.deepEqual(rows.map((r) => [r.name, r.nb_contacts, r.nb_deals]),
		[['Many', 3, 2], ['Few', 1, 4], ['None', 0, 1]]);
});

test('55 companies are filtered by size, sector and owner, and found by location',
	async () => {
		const base = { sector: 'materials', size: 50, sales_id: me.me.id };
		await create('companies', { name: 'A', ...base, city: 'Ouagadougou' });
		await create('companies', { name: 'B', ...base, zipcode: '75001-X' });
		await create('companies', { name: 'C', ...base, size: 10 });
		await create('companies', { name: 'D', ...base, sales_id: other.me.id });
		const found = async (filter) =>
			(await list('companies', filter, 'name')).data.map((r) => r.name);
		assert.deepEqual(await found({ sector: 'materials', size: 50, sales_id: me.me.id }),
			['A', 'B']);
		assert.deepEqual(await found({ q: 'ouagadougou' }), ['A']);
		const zip = await list('companies', { q: '75001-X' });
		assert.deepEqual([zip.total, zip.data[0].name], [1, 'B']);
	});

test('56 a company card shows the first contacts and the number of others', async () => {
	const { id } = await create('companies', { name: 'Card' });
	for (let i = 0; i < 5; i++)
		await create('contacts', { last_name: `c${i}`, company_id: id });
	const got = await data.getManyReference('contacts', { target: 'company_id', id,
		pagination: { page: 1, perPage: 3 }, sort: { field: 'id', order: 'DESC' },
		filter: {} });
	assert.equal(got.total, 5);
	assert.equal(got.data.length, 3);
});

test('57 the tabs of a company show their counts and rows', async () => {
	const company = await create('companies', { name: 'Tabs' });
	const tag = await create('tags', { name: 't', color: '#000000' });
	for (const last_name of ['Zoe', 'Abe']) {
		const { id } = await create('contacts',
			{ last_name, company_id: company.id, tags: [tag.id] });
		await create('tasks', { contact_id: id, text: 'x' });
	}
	await create('deals', { name: 'd', stage: 'opportunity', company_id: company.id, amount: 12 });
	const row = await one('companies', company.id);
	assert.deepEqual([row.nb_contacts, row.nb_deals], [2, 1]);
	const reference = (resource, field) => data.getManyReference(resource,
		{ target: 'company_id', id: company.id, pagination: { page: 1, perPage: 25 },
			sort: { field, order: 'ASC' }, filter: {} });
	const contacts = (await reference('contacts_summary', 'last_name')).data;
	assert.deepEqual(contacts.map((r) => [r.last_name, r.tags, r.nb_tasks]),
		[['Abe', [tag.id], 1], ['Zoe', [tag.id], 1]]);
	assert.strictEqual((await reference('deals', 'name')).data[0].amount, 12);
});

test('58 the activity of a company contains only the company\'s entries, including notes', async () => {
	const company = await create('companies', { name: 'Active' });
	const contact = await create('contacts', { last_name: 'Active',
		company_id: company.id, first_seen: new Date().toISOString() });
	const deal = await create('deals', { name: 'd', stage: 'opportunity', company_id: company.id });
	await create('contact_notes', { contact_id: contact.id, text: 'n' });
	await create('deal_notes', { deal_id: deal.id, text: 'n' });
	await create('companies', { name: 'Another' });
	const { data: rows, total } = await list('activity_log',
		{ company_id: company.id }, 'date', 'DESC', 20);
	assert.equal(total, 5);
	assert.deepEqual(rows.map((r) => r.type).sort(), ['company.created',
		'contact.created', 'contactNote.created', 'deal.created', 'dealNote.created']);
	assert.ok(rows.every((r) => r.company_id === company.id));
	const note = rows.find((r) => r.type === 'contactNote.created');
	// The front end uses different names for the two kinds of notes.
	assert.equal((note.contact_note ?? note.contactNote).contact_id, contact.id);
	assert.equal(note.deal, null);
});

test('61 deleting a company deletes its contacts, deals, notes and tasks', async () => {
	const company = await create('companies', { name: 'Doomed' });
	const contact = await create('contacts', { last_name: 'x', company_id: company.id });
	const deal = await create('deals', { name: 'd', stage: 'opportunity', company_id: company.id });
	const note = await create('contact_notes', { contact_id: contact.id, text: 'n' });
	const remark = await create('deal_notes', { deal_id: deal.id, text: 'n' });
	const task = await create('tasks', { contact_id: contact.id, text: 't' });
	const { data: row } = await data.delete('companies',
		{ id: company.id, previousData: company });
	assert.equal(row.id, company.id);
	for (const [resource, id] of [['companies', company.id], ['contacts', contact.id],
		['deals', deal.id], ['contact_notes', note.id], ['deal_notes', remark.id],
		['tasks', task.id]])
		await gone(resource, id);
});

test('62 a company\'s links are returned unchanged', async () => {
	const links = ['https://a.test', 'https://b.test/x?y=1', 'https://c.test/#z'];
	const company = await create('companies', { name: 'Linked', context_links: links });
	assert.deepEqual(company.context_links, links);
	assert.deepEqual((await one('companies', company.id)).context_links, links);
});

test('63 a new deal is first in its column, and its close date is the same in any time zone', async () => {
	const old = [];
	for (let i = 0; i < 3; i++)
		old.push(await create('deals', { name: `old ${i}`, stage: 'delayed', index: i }));
	const fresh = await create('deals', { name: 'fresh', stage: 'delayed', index: 0,
		expected_closing_date: '2026-02-28' });
	await Promise.all(old.map((row) => change('deals', row, { index: row.index + 1 })));
	const { data: rows } = await list('deals', { stage: 'delayed' }, 'index');
	assert.deepEqual(rows.map((r) => r.name), ['fresh', 'old 0', 'old 1', 'old 2']);
	assert.strictEqual(fresh.amount, 0);
	assert.equal(fresh.expected_closing_date, '2026-02-28');
	assert.equal((await one('deals', fresh.id)).expected_closing_date, '2026-02-28');
});

test('64 an amount has the decimals of the currency, and more decimals are refused with a message', async () => {
	assert.equal((await create('deals', { name: 'd', stage: 'opportunity', amount: 12.5 })).amount, 12.5);
	await assert.rejects(create('deals', { name: 'd', stage: 'opportunity', amount: 12.345 }),
		(e) => [400, 422].includes(e.status) && /amount/.test(e.message));
});

test('66 the board shows the matching deals', async () => {
	const company = await create('companies', { name: 'Board' });
	const make = (name, more) => create('deals', { name, stage: 'in-negociation',
		company_id: company.id, category: 'ui-design', sales_id: me.me.id, ...more });
	await make('match sprocket');
	await make('theirs', { sales_id: other.me.id });
	await make('print', { category: 'print-project' });
	await make('elsewhere', { company_id: null });
	const found = async (filter) => (await list('deals',
		{ stage: 'in-negociation', ...filter }, 'name')).data.map((r) => r.name);
	assert.deepEqual(await found({ company_id: company.id, category: 'ui-design',
		sales_id: me.me.id }), ['match sprocket']);
	assert.deepEqual(await found({ q: 'sprocket' }), ['match sprocket']);
	assert.deepEqual(await found({ category: 'print-project' }), ['print']);
	assert.equal((await found({ 'archived_at@is': null })).length, 4);
});

test('68 getMany returns the contacts of a deal, and skips unknown IDs', async () => {
	const contact = await create('contacts', { last_name: 'Dealt' });
	const deal = await create('deals', { name: 'd', stage: 'opportunity',
		contact_ids: [contact.id] });
	assert.deepEqual(deal.contact_ids, [contact.id]);
	const got = await data.getMany('contacts_summary', { ids: [...deal.contact_ids, 4711] });
	assert.deepEqual(ids(got.data), [contact.id]);
	assert.equal((await list('deals', { 'contact_ids@cs': `{${contact.id}}` })).total, 1);
});

test('70 the form changes stage and category of a deal', async () => {
	const deal = await create('deals', { name: 'd', stage: 'opportunity', category: 'other' });
	await change('deals', deal, { ...deal, stage: 'won', category: 'copywriting' });
	const row = await one('deals', deal.id);
	assert.deepEqual([row.stage, row.category], ['won', 'copywriting']);
});

test('71 deleting a deal deletes its notes', async () => {
	const deal = await create('deals', { name: 'd', stage: 'opportunity' });
	const note = await create('deal_notes', { deal_id: deal.id, text: 'n',
		attachments: [{ src: 'https://x.test/a.pdf', title: 'a.pdf' }] });
	await data.delete('deals', { id: deal.id, previousData: deal });
	await gone('deals', deal.id);
	await gone('deal_notes', note.id);
});

test('73 a note with only an attachment is accepted', async () => {
	const contact = await create('contacts', { last_name: 'Noted' });
	const attachments = [{ src: 'https://x.test/a.pdf', title: 'a.pdf',
		path: '0.1.pdf', type: 'application/pdf' }];
	const note = await create('contact_notes',
		{ contact_id: contact.id, text: null, attachments });
	assert.equal(note.text, null);
	assert.deepEqual(note.attachments, attachments);
});

test('76 a note moves "last seen" only forward, and the page then sets it', async () => {
	const seen = '2026-05-05T05:05:05+00:00';
	const contact = await create('contacts', { last_name: 'Seen', last_seen: seen });
	const later = async () => new Date((await one('contacts', contact.id)).last_seen);
	await create('contact_notes', { contact_id: contact.id, text: 'past',
		date: '2020-01-01T00:00:00Z' });
	assert.deepEqual(await later(), new Date(seen));
	await create('contact_notes', { contact_id: contact.id, text: 'newer',
		date: '2026-06-06T00:00:00Z' });
	assert.deepEqual(await later(), new Date('2026-06-06T00:00:00Z'));
	const now = new Date();
	await change('contacts', contact, { last_seen: now.toISOString(), status: 'warm' });
	assert.deepEqual(await later(), now);
});

test('77 sixty notes are returned in pages of 25, newest first', async () => {
	const contact = await create('contacts', { last_name: 'Talkative' });
	for (let i = 0; i < 60; i++)
		await create('contact_notes', { contact_id: contact.id, text: `${i}`,
			date: new Date(1.7e12 + i * 1000).toISOString() });
	const texts = [];
	for (const [number, size] of [[1, 25], [2, 25], [3, 10]]) {
		const got = await list('contact_notes', { contact_id: contact.id },
			'date', 'DESC', 25, number);
		assert.equal(got.total, 60);
		assert.equal(got.data.length, size);
		texts.push(...got.data.map((r) => Number(r.text)));
	}
	assert.deepEqual(texts, Array.from({ length: 60 }, (_, i) => 59 - i));
});

test('78 the dashboard finds the contact, creates a task, and updates "last seen"', async () => {
	await create('contacts', { first_name: 'Xenia', last_name: 'Autocomplete' });
	const { data: [contact] } = await list('contacts_summary', { q: 'xenia auto' });
	const task = await create('tasks', { contact_id: String(contact.id), text: 'call',
		type: 'call', due_date: new Date().toISOString() });
	assert.equal(task.sales_id, me.me.id);
	assert.strictEqual(task.contact_id, contact.id);
	await one('contacts', contact.id);
	const now = new Date();
	const row = await change('contacts', contact, { last_seen: now.toISOString() });
	assert.deepEqual(new Date(row.last_seen), now);
});

test('79 completing a task decreases the count, and reopening increases it', async () => {
	const contact = await create('contacts', { last_name: 'Busy' });
	const task = await create('tasks', { contact_id: contact.id, text: 'x' });
	const pending = async () => (await one('contacts', contact.id)).nb_tasks;
	assert.equal(await pending(), 1);
	const done = await change('tasks', task, { done_date: new Date().toISOString() });
	assert.ok(done.done_date);
	assert.equal(await pending(), 0);
	assert.equal((await change('tasks', task, { done_date: null })).done_date, null);
	assert.equal(await pending(), 1);
});

test('80 a task is postponed to a date', async () => {
	const contact = await create('contacts', { last_name: 'Later' });
	const task = await create('tasks', { contact_id: contact.id, text: 'x' });
	const row = await change('tasks', task, { due_date: '2026-07-08' });
	assert.equal(new Date(row.due_date).toISOString(), '2026-07-08T00:00:00.000Z');
});

test('81 a task is edited and deleted', async () => {
	const contact = await create('contacts', { last_name: 'Tasked' });
	const task = await create('tasks', { contact_id: contact.id, text: 'x', type: 'none' });
	await change('tasks', task, { text: 'y', type: 'meeting' });
	assert.equal((await one('tasks', task.id)).text, 'y');
	await data.delete('tasks', { id: task.id, previousData: task });
	await gone('tasks', task.id);
});
