// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Acceptance tests 28 to 40 of the front end: contacts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { member, owner } from '../lib/people.mjs';

const me = await owner('contacts');
const { data } = me;
const other = await member(me);

const create = async (resource, row) => (await data.create(resource, { data: row })).data;
const list = (resource, filter = {}, field = 'id', order = 'ASC', perPage = 25) =>
	data.getList(resource, { pagination: { page: 1, perPage },
		sort: { field, order }, filter });
const names = ({ data: rows }) => rows.map((r) => r.last_name);

test('28 a contact needs only names', async () => {
	const row = await create('contacts', { first_name: 'Ada', last_name: 'Names',
		sales_id: other.me.id, email_jsonb: null, phone_jsonb: null });
	assert.deepEqual(row.tags, []);
	assert.equal(row.sales_id, other.me.id);
	assert.equal(row.email_jsonb, null);
	assert.equal((await create('contacts', { last_name: 'Mine' })).sales_id, me.me.id);
});

test('29 a new company is created first, and the list shows its name', async () => {
	const company = await create('companies', { name: 'Typed In',
		sales_id: me.me.id, created_at: new Date().toISOString() });
	const contact = await create('contacts',
		{ last_name: 'Employed', company_id: company.id });
	const { data: [row] } = await list('contacts', { last_name: 'Employed' });
	assert.equal(row.id, contact.id);
	assert.equal(row.company_name, 'Typed In');
});

test('30 an email address is stored in lower case and found in any case', async () => {
	const row = await create('contacts', { last_name: 'Mail',
		email_jsonb: [{ email: 'ADA.Mail@Example.ORG', type: 'Work' }] });
	assert.deepEqual(row.email_jsonb, [{ email: 'ada.mail@example.org', type: 'Work' }]);
	for (const q of ['ada.mail@example.org', 'ADA.MAIL@', 'Mail@Exam'])
		assert.deepEqual(names(await list('contacts', { q })), ['Mail'], q);
});

test('31 one contact contains all that its page shows', async () => {
	const tag = await create('tags', { name: 'vip', color: '#eddcd2' });
	const company = await create('companies', { name: 'Page Ltd' });
	const { id } = await create('contacts', { last_name: 'Page', company_id: company.id,
		tags: [tag.id], email_jsonb: [{ email: 'p@x.org', type: null }],
		phone_jsonb: [{ number: '123', type: 'Work' }] });
	await create('tasks', { contact_id: id, text: 'call' });
	const { data: row } = await data.getOne('contacts', { id: String(id) });
	assert.equal(row.company_name, 'Page Ltd');
	assert.equal(row.nb_tasks, 1);
	assert.deepEqual(row.tags, [tag.id]);
	assert.deepEqual(row.email_jsonb, [{ email: 'p@x.org', type: null }]);
	assert.deepEqual(row.phone_jsonb, [{ number: '123', type: 'Work' }]);
});

test('32 an update of one field does not change the others', async () => {
	const tags = [];
	for (const name of ['one', 'two'])
		tags.push((await create('tags', { name, color: '#fff' })).id);
	const row = await create('contacts', { first_name: 'Keep', last_name: 'Before',
		title: 'Dr', background: 'long', tags, has_newsletter: true });
	const { data: changed } = await data.update('contacts', { id: row.id,
		data: { last_name: 'After' }, previousData: row });
	assert.deepEqual({ ...changed, last_name: 'Before', updated_at: row.updated_at }, row);
	assert.equal(changed.last_name, 'After');
	assert.ok(changed.updated_at > row.updated_at);
});

test('33 clearing the email addresses stores null, and the contact opens', async () => {
	const row = await create('contacts', { last_name: 'Clear',
		email_jsonb: [{ email: 'c@x.org', type: 'Home' }] });
	await data.update('contacts', { id: row.id, data: { email_jsonb: null },
		previousData: row });
	const { data: one } = await data.getOne('contacts', { id: row.id });
	assert.equal(one.email_jsonb, null);
	assert.equal(one.email_fts, null);
	assert.equal((await data.getMany('contacts', { ids: [row.id] })).data.length, 1);
});

test('34 the list shows 25 by last seen, null last, and the total', async () => {
	const company = await create('companies', { name: 'Seen' });
	for (let i = 0; i < 30; i++)
		await create('contacts', { last_name: `Seen ${i}`, company_id: company.id,
			last_seen: i < 28 ? new Date(2e12 + i * 1e6).toISOString() : null });
	const first = await list('contacts', { company_id: company.id }, 'last_seen', 'DESC');
	assert.equal(first.data.length, 25);
	assert.equal(first.total, 30);
	assert.equal(first.data[0].last_name, 'Seen 27');
	const all = await list('contacts', { company_id: company.id }, 'last_seen', 'DESC', 50);
	assert.deepEqual(all.data.slice(-2).map((r) => r.last_seen), [null, null]);
	const up = await list('contacts', { company_id: company.id }, 'last_seen', 'ASC', 50);
	assert.equal(up.data[0].last_name, 'Seen 0');
	assert.deepEqual(up.data.slice(-2).map((r) => r.last_seen), [null, null]);
});

test('35 sorting is stable in both directions', async () => {
	const company = await create('companies', { name: 'Stable' });
	for (let i = 0; i < 12; i++)
		await create('contacts', { first_name: `F${i % 3}`, last_name: `L${i % 2}`,
			last_seen: new Date(1.7e12 + (i % 4) * 1e6).toISOString(),
			company_id: company.id });
	for (const field of ['first_name', 'last_name', 'last_seen'])
		for (const order of ['ASC', 'DESC']) {
			const pages = [];
			for (const number of [1, 2, 3])
				pages.push(...(await data.getList('contacts', {
					pagination: { page: number, perPage: 5 },
					sort: { field, order },
					filter: { company_id: company.id } })).data);
			const ids = pages.map((r) => r.id);
			assert.equal(new Set(ids).size, 12, `${field} ${order}`);
			const values = pages.map((r) => r[field]);
			const sorted = [...values].sort();
			assert.deepEqual(values, order === 'ASC' ? sorted : sorted.reverse());
		}
});

test('36 a last-seen filter uses the time zone it contains', async () => {
	const company = await create('companies', { name: 'When' });
	const at = { Early: '2026-03-01T23:30:00Z', Late: '2026-03-02T00:30:00Z' };
	for (const [last_name, last_seen] of Object.entries(at))
		await create('contacts', { last_name, last_seen, company_id: company.id });
	const found = async (filter) => names(await list('contacts',
		{ company_id: company.id, ...filter }, 'last_name'));
	assert.deepEqual(await found({ 'last_seen@gte': '2026-03-02T00:00:00.000Z' }),
		['Late']);
	assert.deepEqual(await found({ 'last_seen@gte': '2026-03-02T00:00:00+01:00' }),
		['Early', 'Late']);
	assert.deepEqual(await found({ 'last_seen@lte': '2026-03-02T01:00:00+01:00' }),
		['Early']);
	assert.deepEqual(await found({ 'last_seen@gte': '2026-03-01T00:00:00Z',
		'last_seen@lte': '2026-03-01T23:59:59.999Z' }), ['Early']);
});

test('37 status, tag, pending tasks and owner filters are combined with "and"', async () => {
	const tag = await create('tags', { name: 'joined', color: '#ffffff' });
	const make = (last_name, more) => create('contacts', { last_name, ...more });
	const all = { status: 'hot', tags: [tag.id], sales_id: me.me.id };
	const full = await make('Full', all);
	const idle = await make('Idle', all);
	const cold = await make('Cold', { ...all, status: 'cold' });
	const theirs = await make('Theirs', { ...all, sales_id: other.me.id });
	const bare = await make('Bare', { ...all, tags: [] });
	for (const { id } of [full, cold, theirs, bare])
		await create('tasks', { contact_id: id, text: 'x' });
	await create('tasks', { contact_id: idle.id, text: 'x',
		done_date: new Date().toISOString() });
	const filter = { status: 'hot', 'tags@cs': `{${tag.id}}`, 'nb_tasks@gt': 0,
		sales_id: me.me.id };
	assert.deepEqual(names(await list('contacts', filter)), ['Full']);
	for (const [key, extra] of [['status', 'Cold'], ['tags@cs', 'Bare'],
		['nb_tasks@gt', 'Idle'], ['sales_id', 'Theirs']]) {
		const { [key]: _, ...rest } = filter;
		assert.deepEqual(names(await list('contacts', rest)).sort(),
			[extra, 'Full'].sort(), key);
	}
});

const company = await create('companies', { name: 'Quokka Industries' });
await create('contacts', { first_name: 'Wilhelmina', last_name: 'Searched',
	title: 'Chief Botanist', company_id: company.id, background: 'met at the harbour',
	email_jsonb: [{ email: 'wb@quokka.test', type: 'Work' }],
	phone_jsonb: [{ number: '+49 30 5551234', type: 'Work' }] });

test('38 a word of any searched field finds the contact', async () => {
	for (const q of ['wilhelm', 'SEARCHED', 'quokka', 'botan', 'wb@quokka', '5551234',
		'harbour'])
		assert.ok(names(await list('contacts', { q })).includes('Searched'), q);
	assert.deepEqual(names(await list('contacts', { q: 'platypus' })), []);
});

test('39 several words, commas, brackets, percent signs and quotes are searched as text', async () => {
	for (const q of ['wilhelmina botanist', 'botanist quokka 5551234', 'harbour  met'])
		assert.deepEqual(names(await list('contacts', { q })), ['Searched'], q);
	for (const q of ['wilhelmina platypus', 'a,b', 'x(y)', '100%', "O'Hara", '"quoted"',
		'_', '\\', '*', '{}', "'; DROP TABLE contacts; --"]) {
		const { data: rows } = await list('contacts', { q });
		assert.ok(!rows.some((r) => r.last_name === 'Searched'), q);
	}
});

test('40 each selected contact gets the tag once', async () => {
	const tag = await create('tags', { name: 'bulk', color: '#123456' });
	const boat = await create('companies', { name: 'Bulk' });
	for (let i = 0; i < 30; i++)
		await create('contacts', { last_name: `Bulk ${i}`, company_id: boat.id,
			tags: i % 2 ? [tag.id] : [] });
	const { data: rows } = await list('contacts', { company_id: boat.id }, 'id', 'ASC', 100);
	await Promise.all(rows.map((row) => data.update('contacts', { id: row.id,
		data: { tags: [...new Set([...row.tags, tag.id])] }, previousData: row })));
	const tagged = await list('contacts', { 'tags@cs': `{${tag.id}}` }, 'id', 'ASC', 100);
	assert.equal(tagged.total, 30);
	assert.ok(tagged.data.every((r) => r.tags.length === 1));
});
