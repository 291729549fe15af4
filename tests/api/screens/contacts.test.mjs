// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Acceptance lines 34, 41 to 49 and 53 of the front end, tested through the ra-core hooks that its lists and forms use.
import { goTo, leave, show, until } from './lib/screen.mjs';
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createElement } from 'react';
import { ListBase, useBulkDeleteController, useCreateController, useDeleteWithUndoController, useEditController,
	useGetMany, useGetManyReference, useGetOne, useInfiniteListController,
	useListContext, useListController, useUpdate }
	from 'ra-core';
import { crm, page } from './lib/crm.mjs';
import { owner } from '../lib/people.mjs';
import { providers } from './lib/provider.mjs';

after(leave);

const me = await owner('contacts');
const mine = providers(me.browser);
const data = mine.dataProvider;
const { create, one, list } = crm(data);

// Returns the browser with a fetch() that records its requests.
function counted(person) {
	const sent = [];
	const fetch = (url, init) => {
		sent.push(`${init.method} ${new URL(url).pathname}`);
		return person.browser.fetch(url, init);
	};
	return { ...providers(person.browser, { fetch }), sent };
}

const company = await create('companies', { name: 'List Ltd' });
for (let i = 0; i < 30; i++)
	await create('contacts', { first_name: `F${i}`, last_name: `L${i}`,
		company_id: company.id, last_seen: i ? new Date(2e12 - i * 1e6).toISOString()
			: null });
const inList = { resource: 'contacts', perPage: 25, filter: { company_id: company.id },
	sort: { field: 'last_seen', order: 'DESC' } };

test('34 the list has pages, and a page past the end shows the last page', async () => {
	const screen = await show(mine, () => useListController(inList), '/contacts');
	let shown = await screen.when((l) => l.data?.length === 25);
	assert.equal(shown.total, 30);
	assert.equal(shown.data[0].first_name, 'F1');
	shown.setPage(2);
	shown = await screen.when((l) => l.page === 2 && l.data?.length === 5);
	assert.equal(shown.data.at(-1).last_seen, null);
	goTo('/contacts?page=9&perPage=25');
	await screen.when((l) => l.page === 2 && l.data?.length === 5);
	screen.close();
});

test('34 the infinite list on a phone shows each row once', async () => {
	const screen = await show(mine, () => useInfiniteListController(inList), '/contacts');
	const first = await screen.when((l) => l.data?.length === 25 && l.hasNextPage);
	first.fetchNextPage();
	const all = await screen.when((l) => l.data?.length === 30);
	assert.equal(new Set(all.data.map((r) => r.id)).size, 30);
	assert.equal(all.hasNextPage, false);
	screen.close();
});

test('41 deleting three contacts at once also deletes their notes and tasks', async () => {
	const doomed = [];
	for (let i = 0; i < 3; i++) {
		const contact = await create('contacts', { last_name: `Doomed ${i}`,
			company_id: company.id });
		await create('contact_notes', { contact_id: contact.id, text: 'n' });
		await create('tasks', { contact_id: contact.id, text: 't' });
		doomed.push(contact);
	}
	const before = (await list('contacts', { company_id: company.id })).total;
	const screen = await bulk(doomed.map((r) => r.id));
	(await screen.toast('deleted')).close();
	await until(async () => (await list('contacts', { company_id: company.id })).total ===
		before - 3, 'the deletion');
	for (const { id } of doomed)
		for (const resource of ['contact_notes', 'tasks'])
			assert.equal((await list(resource, { contact_id: id })).total, 0);
	screen.close();
});

// Selects rows in the list and presses its delete button.
async function bulk(ids) {
	const screen = await show(mine, () => ({ list: useListContext(),
		button: useBulkDeleteController({ resource: 'contacts', mutationMode: 'undoable' }) }),
	'/contacts', (inside) => createElement(ListBase, inList, inside));
	(await screen.when(({ list: l }) => l.data)).list.onSelect(ids);
	const { button } = await screen.when(({ list: l }) =>
		l.selectedIds.length === ids.length);
	button.handleDelete();
	return screen;
}

test('42 an undone deletion is never sent', async () => {
	const contact = await create('contacts', { last_name: 'Kept', company_id: company.id });
	const who = counted(me);
	const screen = await show(who, () => useDeleteWithUndoController({ record: contact,
		resource: 'contacts', redirect: false }));
	(await until(() => screen.value)).handleDelete({ stopPropagation() {} });
	const toast = await screen.toast('deleted');
	assert.deepEqual(who.sent.filter((line) => line.startsWith('DELETE')), []);
	toast.undo();
	await screen.toast('cancel|undo|Cancel').catch(() => undefined);
	assert.deepEqual(who.sent.filter((line) => line.startsWith('DELETE')), []);
	assert.equal((await one('contacts', contact.id)).last_name, 'Kept');
	screen.close();
});

test('44 the status changes before the server responds, and "None" is empty', async () => {
	const contact = await create('contacts', { last_name: 'Status', status: 'cold' });
	const screen = await show(mine, () => ({ row: useGetOne('contacts',
		{ id: contact.id }), update: useUpdate()[0] }));
	const { update, row } = await screen.when(({ row: r }) => r.data);
	update('contacts', { id: contact.id, data: { status: 'hot' }, previousData: row.data },
		{ mutationMode: 'optimistic' });
	await screen.when(({ row: r }) => r.data.status === 'hot');
	await until(async () => (await one('contacts', contact.id)).status === 'hot');
	update('contacts', { id: contact.id, data: { status: '' },
		previousData: screen.value.row.data }, { mutationMode: 'optimistic' });
	await until(async () => (await one('contacts', contact.id)).status === '');
	assert.equal((await list('contacts', { last_name: 'Status' })).data[0].status, '');
	screen.close();
});

test('45 a tag is created, assigned, renamed and removed', async () => {
	const contact = await create('contacts', { last_name: 'Tagged' });
	const tag = await create('tags', { name: 'vip', color: '#eddcd2' });
	const tagged = (await data.update('contacts', { id: contact.id,
		data: { tags: [...contact.tags, tag.id] }, previousData: contact })).data;
	assert.deepEqual(tagged.tags, [tag.id]);
	const renamed = (await data.update('tags', { id: tag.id,
		data: { ...tag, name: 'very important' }, previousData: tag })).data;
	assert.deepEqual([renamed.name, renamed.color], ['very important', '#eddcd2']);
	const screen = await show(mine, () => useGetMany('tags', { ids: tagged.tags }));
	const { data: [shown] } = await screen.when((many) => many.data?.[0]);
	assert.equal(shown.name, 'very important');
	screen.close();
	const bare = (await data.update('contacts', { id: contact.id,
		data: { tags: tagged.tags.filter((id) => id !== tag.id) },
		previousData: tagged })).data;
	assert.deepEqual(bare.tags, []);
});

test('46 the export contains 600 contacts with all their references', async () => {
	const tag = await create('tags', { name: 'exported', color: '#ffffff' });
	const companies = await Promise.all(Array.from({ length: 60 }, (_, i) =>
		create('companies', { name: `Export ${i}` })));
	for (let i = 0; i < 600; i += 100)
		await Promise.all(Array.from({ length: 100 }, (_, j) => create('contacts', {
			last_name: `Export ${i + j}`, gender: 'export', tags: [tag.id],
			company_id: companies[(i + j) % 60].id })));
	const { data: rows, total } = await list('contacts', { gender: 'export' }, 'last_seen',
		'DESC', 1000);
	assert.deepEqual([rows.length, total], [600, 600]);
	for (const [resource, ids] of [['companies', rows.map((r) => r.company_id)],
		['sales', rows.map((r) => r.sales_id)], ['tags', rows.flatMap((r) => r.tags)]]) {
		const wanted = [...new Set(ids)];
		const { data: found } = await data.getMany(resource, { ids });
		assert.deepEqual(found.map((r) => r.id).sort(), wanted.sort(), resource);
	}
	assert.ok(rows.every((r) => Array.isArray(r.tags)));
});

test('47 a card shows the company name', async () => {
	const contact = await create('contacts', { first_name: 'V', last_name: 'Card',
		company_id: company.id });
	const screen = await show(mine, () => useGetOne('companies',
		{ id: contact.company_id }));
	assert.equal((await screen.when((c) => c.data)).data.name, 'List Ltd');
	screen.close();
});

// Works like the CSV import. For ten rows at a time, looks up names before creating them, and then creates all contacts
// at once.
async function importRows(rows) {
	const known = { companies: new Map(), tags: new Map() };
	const resolve = async (resource, names, more) => {
		const cache = known[resource];
		const unknown = [...new Set(names)].filter((name) => !cache.has(name));
		if (unknown.length) {
			const found = await data.getList(resource, { ...page('id', 'ASC',
				unknown.length), filter: {
				'name@in': `(${unknown.map((name) => `"${name}"`).join(',')})` } });
			for (const row of found.data)
				cache.set(row.name, row);
		}
		await Promise.all(unknown.filter((name) => !cache.has(name)).map(async (name) =>
			cache.set(name, await create(resource, { name, ...more }))));
		return cache;
	};
	for (let i = 0; i < rows.length; i += 10) {
		const batch = rows.slice(i, i + 10);
		const [companies, tags] = await Promise.all([
			resolve('companies', batch.map((r) => r.company).filter(Boolean),
				{ sales_id: me.me.id, created_at: new Date().toISOString() }),
			resolve('tags', batch.flatMap((r) => r.tags), { color: '#f9f9f9' })]);
		await Promise.all(batch.map((row) => create('contacts', {
			first_name: row.first, last_name: row.last, company_id:
				companies.get(row.company)?.id,
			tags: row.tags.map((name) => tags.get(name).id), sales_id: me.me.id,
			email_jsonb: [{ email: `${row.last}@example.test`, type: 'Work' }],
			phone_jsonb: [{ number: 5551234, type: 'Work' }],
			first_seen: new Date().toISOString(), last_seen: new Date().toISOString() })));
	}
}

const total = async (resource) => (await list(resource, {}, 'id', 'ASC', 1)).total;
const totals = () => Promise.all(['companies', 'tags', 'contacts'].map(total));

test('48 a second import of a file creates no more companies or tags', async () => {
	const rows = [{ first: 'John', last: 'Doe', company: 'Acme, "Inc"'.replaceAll('"', ''),
		tags: ['influencer', 'developer'] },
	{ first: 'Jane', last: 'Roe', company: 'Acme, Inc', tags: ['UI', 'design'] }];
	const [companies, tags, contacts] = await totals();
	await importRows(rows);
	assert.deepEqual(await totals(), [companies + 1, tags + 4, contacts + 2]);
	await importRows(rows);
	assert.deepEqual(await totals(), [companies + 1, tags + 4, contacts + 4]);
});

test('49 an import creates all 500 rows', async () => {
	const before = await totals();
	await importRows(Array.from({ length: 500 }, (_, i) => ({ first: 'Import', last: `I${i}`,
		company: `Imported ${i % 25}`, tags: [`imported ${i % 7}`] })));
	assert.deepEqual(await totals(), [before[0] + 25, before[1] + 7, before[2] + 500]);
});

test('53 a form creates a company', async () => {
	const screen = await show(mine, () => useCreateController({ resource: 'companies',
		redirect: false }));
	(await screen.when((form) => form.save)).save({ name: 'Acme Web',
		website: 'https://acme.org', sales_id: me.me.id });
	await screen.toast('created');
	const { data: [row] } = await list('companies', { name: 'Acme Web' });
	assert.equal(row.website, 'https://acme.org');
	screen.close();
});

test('a form\'s validation error appears beside the field', async () => {
	const deal = await create('deals', { name: 'Amount', stage: 'won', amount: 1 });
	const screen = await show(mine, () => useEditController({ resource: 'deals',
		id: deal.id, redirect: false, mutationMode: 'pessimistic' }));
	const form = await screen.when((f) => f.record);
	const errors = await form.save({ ...form.record, amount: 12.345 });
	assert.match(errors.amount, /amount/);
	screen.close();
});

test('56 a company card counts the contacts that it does not show', async () => {
	const screen = await show(mine, () => useGetManyReference('contacts', {
		target: 'company_id', id: company.id, ...page('id', 'DESC', 3), filter: {} }));
	const { data: rows, total: all } = await screen.when((r) => r.data);
	assert.equal(rows.length, 3);
	assert.ok(all >= 30);
	screen.close();
});
