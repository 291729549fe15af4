// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Acceptance lines 50 to 52, 59 to 76, 88, 89, 96, 98 and 101 of the front end:
// merging, the board, notes with files, imports.
import { leave, show, until } from './lib/screen.mjs';
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { useCreateController, useGetList, useGetManyReference, useUpdate } from 'ra-core';
import { crm, page, picked, PDF, PNG } from './lib/crm.mjs';
import { BASE } from '../lib/http.mjs';
import { member, owner } from '../lib/people.mjs';
import { providers } from './lib/provider.mjs';

after(leave);

const me = await owner('screens');
const mine = providers(me.browser);
const data = mine.dataProvider;
const { create, one, change, list } = crm(data);
const other = await member(me);
// Records the requests that are sent.
function watched() {
	const sent = [];
	const fetch = (url, init) => {
		sent.push(`${init.method} ${url.slice(BASE.length).split('?')[0]}`);
		return me.browser.fetch(url, init);
	};
	return { sent, ...providers(me.browser, { fetch }) };
}

const ids = (rows) => rows.map((row) => row.id);
const status = async (src) => (await fetch(src)).status;

test('50 merging two contacts opens the page of the winner', async () => {
	const loser = await create('contacts', { first_name: 'A', last_name: 'Same',
		email_jsonb: [{ email: 'a@x.org', type: 'Work' }] });
	const winner = await create('contacts', { first_name: 'B', last_name: 'Same',
		email_jsonb: [{ email: 'b@x.org', type: 'Work' }] });
	await create('tasks', { contact_id: loser.id, text: 't' });
	await create('contact_notes', { contact_id: loser.id, text: 'n' });
	const deal = await create('deals', { name: 'd', stage: 'won', contact_ids: [loser.id,
		winner.id] });
	assert.ok(await data.mergeContacts(loser.id, winner.id));
	const left = await one('contacts', winner.id);
	assert.deepEqual(left.email_jsonb.map((e) => e.email), ['b@x.org', 'a@x.org']);
	assert.equal(left.nb_tasks, 1);
	assert.equal((await list('contact_notes', { contact_id: winner.id })).total, 1);
	assert.deepEqual((await one('deals', deal.id)).contact_ids, [winner.id]);
	await assert.rejects(one('contacts', loser.id), { status: 404 });
});

test('51 merging with itself or with no contact fails, and the user stays signed in', async () => {
	const contact = await create('contacts', { last_name: 'Alone' });
	for (const [loser, winner] of [[contact.id, contact.id], [contact.id, 1],
		[1, contact.id]])
		await assert.rejects(data.mergeContacts(loser, winner), (error) =>
			error.status >= 400 && error.status < 500 && ![401, 403].includes(error.status));
	assert.equal((await one('contacts', contact.id)).last_name, 'Alone');
});

test('52 the merge dialog counts the records to move', async () => {
	const contact = await create('contacts', { first_name: 'C', last_name: 'Counted' });
	await create('contacts', { first_name: 'C', last_name: 'Counted' });
	await create('tasks', { contact_id: contact.id, text: 't' });
	for (const text of ['a', 'b'])
		await create('contact_notes', { contact_id: contact.id, text });
	await create('deals', { name: 'd', stage: 'won', contact_ids: [contact.id] });
	const few = { pagination: { page: 1, perPage: 1 } };
	const target = { target: 'contact_id', id: contact.id, ...few };
	const filter = { first_name: 'C', last_name: 'Counted', 'id@neq': `${contact.id}` };
	const deals = { 'contact_ids@cs': `{${contact.id}}` };
	const screen = await show(mine, () => [useGetList('contacts', { filter }),
		useGetManyReference('tasks', target), useGetManyReference('contact_notes', target),
		useGetList('deals', { filter: deals, ...few })]);
	const all = await screen.when((a) => a.every((list) => list.data));
	assert.deepEqual(all.map((l) => l.total), [1, 1, 2, 1]);
	screen.close();
});

let company;

test('59 an uploaded logo is stored and visible to everyone', async () => {
	const big = new Uint8Array(3 << 20);
	big.set(PNG);
	const screen = await show(mine, () => useCreateController({ resource: 'companies',
		redirect: false }));
	(await screen.when((form) => form.save)).save({ name: 'Logo',
		logo: picked('logo.png', 'image/png', big) });
	await screen.toast('created');
	screen.close();
	({ data: [company] } = await list('companies', { name: 'Logo' }));
	const { logo } = company;
	assert.equal(await status(logo.src), 200);
	assert.deepEqual([logo.title, logo.type, logo.src.endsWith(logo.path)],
		['logo.png', 'image/png', true]);
	/* the logo is unchanged after an edit of another field */
	const edited = await change('companies', company, { ...company, city: 'Paris' });
	assert.deepEqual(edited.logo, logo);
});

test('60 a logo is removed', async () => {
	assert.equal((await change('companies', company, { logo: null })).logo, null);
});

const indexes = async (stage) => Object.fromEntries((await list('deals', { stage },
	'index')).data.map((row) => [row.name, row.index]));

test('63 a new card is first in its column, even when other cards move down', async () => {
	const first = await create('deals', { name: 'first', stage: 'opportunity', amount: 0,
		index: 0, expected_closing_date: '2026-06-29' });
	assert.equal(first.expected_closing_date, '2026-06-29');
	const second = await create('deals', { name: 'second', stage: 'opportunity', index: 0 });
	await change('deals', first, { index: first.index + 1 });
	const order = await indexes('opportunity');
	assert.ok(order.second < order.first);
	assert.equal(second.amount ?? 0, 0);
});

test('65 dragging on a board sends a hundred updates at once', async () => {
	const cards = await Promise.all(Array.from({ length: 100 }, (_, i) =>
		create('deals', { name: `card ${i}`, stage: 'in-negociation', index: i })));
	const screen = await show(mine, () => useGetList('deals', { filter: { stage: 'in-negociation' },
		...page('index', 'ASC', 100) }));
	const { data: shown, refetch } = await screen.when((l) => l.data?.length === 100);
	const last = shown.at(-1);
	const who = watched();
	await Promise.all([...shown.slice(0, -1).map((row) => who.dataProvider.update('deals',
		{ id: row.id, data: { index: row.index + 1 }, previousData: row })),
	who.dataProvider.update('deals', { id: last.id, data: { index: shown[0].index },
		previousData: last })]);
	/* all moves are sent as one batch */
	assert.deepEqual(who.sent, ['POST /api/batch']);
	refetch();
	await screen.when((l) => l.data[0].id === last.id);
	assert.equal(new Set(screen.value.data.map((row) => row.index)).size, 100);
	assert.equal(cards.length, 100);

	/* the card is moved into another column, between its cards */
	await data.update('deals', { id: last.id, data: { index: 5, stage: 'lost' },
		previousData: screen.value.data[0] });
	assert.deepEqual(Object.keys(await indexes('lost')), [last.name]);
	screen.close();
});

test('65 concurrent drags by two users each apply completely or not at all', async () => {
	const cards = await Promise.all(Array.from({ length: 20 }, (_, i) =>
		create('deals', { name: `pair ${i}`, stage: 'proposal-sent', index: i })));
	const set = (who, row, index) => who.update('deals',
		{ id: row.id, data: { index }, previousData: row });
	const theirs = providers(other.browser).dataProvider;
	await Promise.all([...cards.map((row, i) => set(data, row, 100 + i)),
		...[...cards].reverse().map((row, i) => set(theirs, row, 200 + i))]);
	const got = Object.values(await indexes('proposal-sent'));
	assert.ok(got.every((i) => i < 200) || got.every((i) => i >= 200), String(got));
	await assert.rejects(Promise.all([set(data, cards[0], 1), set(data, { id: 1 }, 2)]),
		{ status: 404 });
	assert.deepEqual(Object.values(await indexes('proposal-sent')), got);
});

test('67 an archived deal leaves the board, and returns at the top', async () => {
	const [a, b] = [await create('deals', { name: 'a', stage: 'delayed', index: 0 }),
		await create('deals', { name: 'b', stage: 'delayed', index: 1 })];
	await change('deals', b, { archived_at: new Date().toISOString() });
	assert.deepEqual(ids((await list('deals',
		{ 'archived_at@is': null, stage: 'delayed' })).data), [a.id]);
	assert.deepEqual(ids((await list('deals',
		{ 'archived_at@not.is': null, stage: 'delayed' }, 'archived_at', 'DESC')).data), [b.id]);
	const back = await data.unarchiveDeal(b);
	assert.ok(Array.isArray(back));
	assert.equal((await one('deals', b.id)).archived_at, null);
	assert.deepEqual(Object.keys(await indexes('delayed')), ['b', 'a']);
});

test('69 a note is added to a deal, and the empty update after it succeeds', async () => {
	const deal = await create('deals', { name: 'noted', stage: 'won' });
	await create('deal_notes', { deal_id: deal.id, text: 'n', sales_id: me.me.id,
		date: new Date().toISOString() });
	const screen = await show(mine, () => useUpdate());
	const [update] = await until(() => screen.value);
	update('deals', { id: deal.id, data: { last_seen: undefined, status: undefined },
		previousData: deal });
	const [, { data: same }] = await screen.when(([, s]) => s.data);
	assert.deepEqual(same, await one('deals', deal.id));
	assert.equal(same.stage, 'won');
	screen.close();
});

const contact = await create('contacts', { last_name: 'Filed' });
let note;

test('72 a note may have two uploaded files', async () => {
	note = await create('contact_notes', { contact_id: contact.id, text: 'files',
		attachments: [picked('offer.pdf', 'application/pdf', PDF),
			picked('photo.png', 'image/png', PNG)] });
	assert.deepEqual(note.attachments.map((f) => [f.title, f.type]),
		[['offer.pdf', 'application/pdf'], ['photo.png', 'image/png']]);
	for (const file of note.attachments) {
		assert.equal(await status(file.src), 200);
		assert.ok(file.path);
	}
});

test('73 a note may have a file and no text', async () => {
	const alone = await create('contact_notes', { contact_id: contact.id,
		attachments: [picked('x.png', 'image/png', PNG)] });
	assert.equal(alone.attachments.length, 1);
	assert.equal(alone.text, null);
});

test('75 editing a note\'s text uploads no files', async () => {
	const who = watched();
	const { data: edited } = await who.dataProvider.update('contact_notes', { id: note.id,
		data: { ...note, text: 'edited' }, previousData: note });
	assert.deepEqual(edited.attachments, note.attachments);
	assert.deepEqual(who.sent, [`PATCH /api/contact_notes/${note.id}`]);
	note = edited;
});

test('74 removing one file of a note deletes it and keeps the other', async () => {
	const [pdf, png] = note.attachments;
	const who = watched();
	const { data: edited } = await who.dataProvider.update('contact_notes', { id: note.id,
		data: { ...note, attachments: [png] }, previousData: note });
	assert.deepEqual(edited.attachments, [png]);
	assert.equal(await status(png.src), 200);
	assert.equal(await status(pdf.src), 404);
	assert.ok(!who.sent.includes('POST /api/upload'));
});

test('74 a file on another site that cannot be read remains a link', async () => {
	const link = { title: 'elsewhere', src: 'http://127.0.0.1:9/none.pdf' };
	const linked = await create('contact_notes', { contact_id: contact.id, text: 'l',
		attachments: [link] });
	assert.equal(linked.attachments[0].src, link.src);
});

test('76 a note with a past date does not change "last seen", and the page then sets it', async () => {
	const seen = await create('contacts', { last_name: 'Seen',
		last_seen: '2026-05-01T00:00:00Z' });
	await create('contact_notes', { contact_id: seen.id, text: 'old',
		date: '2020-01-01T00:00:00Z' });
	assert.match((await one('contacts', seen.id)).last_seen, /^2026-05-01/);
	const now = new Date().toISOString();
	const row = await change('contacts', seen, { last_seen: now, status: 'warm' });
	assert.equal(new Date(row.last_seen).toISOString(), now);
});

// Works like the JSON import page. Looks up users by address, creates missing users and all other rows, reports
// failures, and continues.
async function importFile(who, file) {
	const { dataProvider } = who;
	const made = crm(dataProvider).create;
	const counts = { sales: 0, companies: 0, contacts: 0, notes: 0, tasks: 0 };
	const failures = [], map = { sales: {}, companies: {}, contacts: {} };
	const attempt = async (type, row, work) => {
		try {
			const id = await work(row);
			if (map[type])
				map[type][row.id] = id;
			counts[type]++;
		} catch (error) {
			failures.push({ type, id: row.id, message: error.message });
		}
	};
	for (const row of file.sales)
		await attempt('sales', row, async ({ email, first_name, last_name }) => {
			const { data: [known], total } = await dataProvider.getList('sales', {
				...page('id', 'ASC', 1), filter: { email } });
			return total === 1 ? known.id : (await dataProvider.salesCreate({ email,
				first_name, last_name, administrator: false, disabled: false })).id;
		});
	for (const row of file.companies)
		await attempt('companies', row, async ({ name, sales_id }) => (await made('companies',
			{ name, sales_id: map.sales[sales_id] })).id);
	for (const row of file.contacts)
		await attempt('contacts', row, async ({ last_name, company_id, emails }) =>
			(await made('contacts', { last_name, email_jsonb: emails, tags: [],
				company_id: map.companies[company_id] })).id);
	for (const [type, resource] of [['notes', 'contact_notes'], ['tasks', 'tasks']])
		await Promise.all(file[type].map((row) => attempt(type, row,
			async ({ contact_id, text, attachments }) => {
				const id = map.contacts[contact_id];
				if (!id)
					throw new Error(`unknown contact ${contact_id}`);
				return (await made(resource, { contact_id: id, text, attachments })).id;
			})));
	return { counts, failures };
}

const sample = (more) => ({ sales: [{ id: 1, email: me.email, last_name: 'Me' }],
	companies: [{ id: 1, name: 'Imported A', sales_id: 1 },
		{ id: 2, name: 'Imported B', sales_id: 9 }],
	contacts: [{ id: 1, last_name: 'One', company_id: 1, emails: [
		{ email: 'one@x.org', type: 'Work' }] }, { id: 2, last_name: 'Two', company_id: 2 }],
	notes: [{ id: 1, contact_id: 1, text: 'n' }, { id: 2, contact_id: 2, text: 'n' }],
	tasks: [{ id: 1, contact_id: 1, text: 't' }, { id: 2, contact_id: 2, text: 't' }],
	...more });

test('88 an import of a file fails only for a note without a contact', async () => {
	assert.deepEqual(await importFile(mine, sample()), { failures: [],
		counts: { sales: 1, companies: 2, contacts: 2, notes: 2, tasks: 2 } });
	const { counts, failures } = await importFile(mine, sample({ notes: [
		{ id: 1, contact_id: 1, text: 'n' }, { id: 2, contact_id: 77, text: 'n' }] }));
	assert.equal(counts.notes, 1);
	assert.deepEqual(failures.map((f) => [f.type, f.id]), [['notes', 2]]);
});

test('89 users that a member cannot create are reported, and the rest is imported', async () => {
	const who = providers(other.browser);
	const { counts, failures } = await importFile(who, sample({ sales: [
		{ id: 1, email: 'new.user@example.test', last_name: 'New' }] }));
	assert.deepEqual(failures.map((f) => [f.type, f.id]), [['sales', 1]]);
	assert.deepEqual(counts, { sales: 0, companies: 2, contacts: 2, notes: 2, tasks: 2 });
	await who.authProvider.checkAuth({});
	const { data: [row] } = await list('companies', { name: 'Imported A' }, 'id', 'DESC');
	assert.equal(row.sales_id, other.me.id);
	assert.deepEqual((await importFile(who, sample())).failures, []);
});

test('96 a file of 51 MiB is refused with a readable message', async () => {
	const size = 51 * 1024 * 1024 + 1;
	await assert.rejects(create('contact_notes', { contact_id: contact.id, text: 'big',
		attachments: [picked('big.bin', 'application/octet-stream',
			new Uint8Array(size))] }), (error) =>
		error.status === 413 && /50 MiB/.test(error.message));
});

test('98 one call may contain more than a thousand ids', async () => {
	const rows = [];
	for (let i = 0; i < 1100; i += 110)
		rows.push(...await Promise.all(Array.from({ length: 110 }, (_, j) =>
			create('tags', { name: `many ${i + j}`, color: '#ffffff' }))));
	const wanted = ids(rows);
	const { data: found } = await data.getMany('tags', { ids: [...wanted, null, undefined,
		wanted[0]] });
	assert.deepEqual(ids(found).sort(), wanted.sort());
	assert.deepEqual((await data.updateMany('tags', { ids: wanted,
		data: { color: '#000000' } })).data.sort(), wanted);
	assert.deepEqual((await data.deleteMany('tags', { ids: wanted })).data.sort(), wanted);
});

test('101 the bulk tag scenario succeeds', async () => {
	const two = [];
	for (const last_name of ['Lovelace', 'Hopper'])
		two.push(await create('contacts', { last_name, tags: [] }));
	const tag = await create('tags', { name: 'Prospect', color: '#eddcd2' });
	const { data: rows } = await data.getMany('contacts', { ids: ids(two) });
	await Promise.all(rows.map((row) => data.update('contacts', { id: row.id,
		data: { tags: [...new Set([...row.tags, tag.id])] }, previousData: row })));
	assert.equal((await list('contacts', { 'tags@cs': `{${tag.id}}` })).total, 2);
});

test('101 the task scenario succeeds', async () => {
	const { data: [found] } = await list('contacts_summary', { q: 'Lovelace' });
	const screen = await show(mine, () => useCreateController({ resource: 'tasks',
		redirect: false }));
	(await screen.when((form) => form.save)).save({ contact_id: String(found.id),
		text: 'Follow up', type: 'call', due_date: '2026-04-11T21:00', sales_id: me.me.id });
	await screen.toast('created');
	screen.close();
	await change('contacts', found, { last_seen: new Date().toISOString() });
	assert.equal((await one('contacts', found.id)).nb_tasks, 1);
	const upcoming = await list('tasks', { sales_id: me.me.id }, 'due_date');
	assert.ok(upcoming.data.some((row) => row.text === 'Follow up'));
});

// The client retries a write whose response was lost, and the server runs it once.
test('a write whose response is lost is retried, and runs once', async () => {
	let lost = 2;
	const fetch = async (url, init) => {
		const rs = await me.browser.fetch(url, init);
		if (init.method !== 'GET' && lost-- > 0)
			throw new TypeError('fetch failed');
		return rs;
	};
	const flaky = providers(me.browser, { fetch }).dataProvider;
	await flaky.create('tags', { data: { name: 'once', color: '#ffffff' } });
	assert.equal((await list('tags', { name: 'once' })).total, 1);
	lost = 1;
	const { data: [tag] } = await list('tags', { name: 'once' });
	assert.equal((await flaky.delete('tags', { id: tag.id })).data.id, tag.id);
});

test('aborting a request cancels it', async () => {
	const gone = new AbortController();
	const asked = data.getList('contacts', { ...page('id'), filter: {},
		signal: gone.signal });
	gone.abort();
	await assert.rejects(asked, { name: 'AbortError' });
});
