// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Every ra-core call on every resource, through the unmodified data provider.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { owner } from '../lib/people.mjs';

const me = await owner('provider');
const { data } = me;

const create = async (resource, row) => (await data.create(resource, { data: row })).data;
const company = await create('companies', { name: 'Acme' });
const contact = await create('contacts', { last_name: 'Lovelace', company_id: company.id });
const deal = await create('deals', { name: 'Engine', stage: 'opportunity',
	company_id: company.id, contact_ids: [contact.id], amount: 100 });

// For each resource: the body of a new row, a change, and the rows that refer to it.
const resources = {
	companies: { make: (i) => ({ name: `Company ${i}` }), change: { city: 'Paris' },
		sort: 'name', target: ['sales_id', me.me.id], filter: { 'name@ilike': 'Company' } },
	contacts: { make: (i) => ({ first_name: 'Ada', last_name: `Contact ${i}`,
		company_id: company.id }), change: { title: 'Countess' }, sort: 'last_name',
		target: ['company_id', company.id], filter: { first_name: 'Ada' } },
	deals: { make: (i) => ({ name: `Deal ${i}`, stage: 'won', company_id: company.id }),
		change: { amount: 7 }, sort: 'name', target: ['company_id', company.id],
		filter: { stage: 'won' } },
	contact_notes: { make: (i) => ({ contact_id: contact.id, text: `Note ${i}` }),
		change: { text: 'changed' }, sort: 'text', target: ['contact_id', contact.id],
		filter: { 'text@like': 'Note' } },
	deal_notes: { make: (i) => ({ deal_id: deal.id, text: `Note ${i}` }),
		change: { text: 'changed' }, sort: 'text', target: ['deal_id', deal.id],
		filter: { 'text@like': 'Note' } },
	tasks: { make: (i) => ({ contact_id: contact.id, text: `Task ${i}`, type: 'call' }),
		change: { done_date: '2026-01-02T03:04:05Z' }, sort: 'text',
		target: ['contact_id', contact.id], filter: { type: 'call' } },
	tags: { make: (i) => ({ name: `tag ${i}`, color: '#eddcd2' }),
		change: { color: '#ffffff' }, sort: 'name', target: ['color', '#eddcd2'],
		filter: { 'name@like': 'tag' } },
};
if (me.me.modules.includes('b2b'))
	resources.opportunities = { make: (i) => ({ name: `Opportunity ${i}`, stage: 'won',
		company_id: company.id, contact_ids: [contact.id] }), change: { amount: 7, is_committed: true },
		sort: 'name', target: ['company_id', company.id], filter: { outcome: 'won', 'name@like': 'Opportunity' } };

const page = (field, order = 'ASC', perPage = 3, number = 1) => ({
	pagination: { page: number, perPage }, sort: { field, order } });

async function refused(call) {
	const error = await call.then(() => assert.fail('was not rejected'), (e) => e);
	assert.equal(error.name, 'HttpError', String(error));
	assert.ok(![401, 403].includes(error.status), `logged out by ${error.status}`);
	assert.ok(error.message.length > 10, error.message);
	return error;
}

for (const [resource, { make, change, sort, target, filter }] of
	Object.entries(resources)) {
	let rows;

	test(`${resource}: create`, async () => {
		rows = [];
		for (let i = 1; i <= 5; i++)
			rows.push(await create(resource, make(i)));
		for (const row of rows)
			assert.ok(Number.isSafeInteger(row.id));
		assert.equal(rows[0][sort], make(1)[sort]);
	});

	test(`${resource}: getList with filter, sort and range`, async () => {
		const first = await data.getList(resource, { ...page(sort), filter });
		assert.equal(first.total, 5);
		assert.deepEqual(first.data.map((r) => r.id), rows.slice(0, 3).map((r) => r.id));
		const last = await data.getList(resource,
			{ ...page(sort, 'ASC', 3, 2), filter });
		assert.deepEqual(last.data.map((r) => r.id), rows.slice(3).map((r) => r.id));
		const down = await data.getList(resource, { ...page(sort, 'DESC', 2), filter });
		assert.deepEqual(down.data.map((r) => r.id), [rows[4].id, rows[3].id]);
	});

	test(`${resource}: getOne`, async () => {
		const { data: row } = await data.getOne(resource, { id: rows[1].id });
		assert.equal(row[sort], rows[1][sort]);
		assert.equal((await refused(data.getOne(resource, { id: 1 }))).status, 404);
	});

	test(`${resource}: getMany`, async () => {
		const ids = [rows[0].id, rows[2].id, 12345];
		const got = (await data.getMany(resource, { ids })).data.map((r) => r.id);
		assert.deepEqual(got.sort(), ids.slice(0, 2).sort());
	});

	test(`${resource}: getManyReference`, async () => {
		const got = await data.getManyReference(resource, { target: target[0],
			id: target[1], ...page(sort, 'ASC', 2), filter });
		assert.equal(got.total, 5);
		assert.deepEqual(got.data.map((r) => r.id), [rows[0].id, rows[1].id]);
	});

	test(`${resource}: update`, async () => {
		const { data: row } = await data.update(resource, { id: rows[0].id,
			data: { ...rows[0], ...change }, previousData: rows[0] });
		const [[name, value]] = Object.entries(change);
		assert.equal(name.endsWith('_date') ? new Date(row[name]).getTime() : row[name],
			name.endsWith('_date') ? new Date(value).getTime() : value);
		assert.equal(row[sort], name === sort ? value : rows[0][sort]);
		assert.equal((await refused(data.update(resource,
			{ id: 1, data: change, previousData: {} }))).status, 404);
	});

	test(`${resource}: updateMany`, async () => {
		const ids = [rows[1].id, rows[2].id];
		const got = await data.updateMany(resource, { ids, data: change });
		assert.deepEqual(got.data, ids);
		const [name] = Object.keys(change);
		for (const row of (await data.getMany(resource, { ids })).data)
			assert.notEqual(row[name], rows[1][name]);
	});

	test(`${resource}: delete`, async () => {
		const { data: row } = await data.delete(resource,
			{ id: rows[0].id, previousData: rows[0] });
		assert.equal(row.id, rows[0].id);
		assert.equal((await refused(data.getOne(resource, { id: rows[0].id }))).status,
			404);
	});

	test(`${resource}: deleteMany`, async () => {
		const ids = [rows[1].id, rows[2].id];
		const got = await data.deleteMany(resource, { ids });
		assert.deepEqual(got.data.map((r) => r.id ?? r), ids);
		assert.deepEqual((await data.getMany(resource, { ids })).data, []);
	});
}

const views = { contacts_summary: 'last_name', companies_summary: 'name' };
for (const [resource, sort] of Object.entries(views)) {
	test(`${resource}: the four read calls`, async () => {
		const list = await data.getList(resource, { ...page(sort), filter: {} });
		assert.ok(list.total >= 1);
		const { id } = list.data[0];
		assert.equal((await data.getOne(resource, { id })).data.id, id);
		assert.equal((await data.getMany(resource, { ids: [id] })).data[0].id, id);
		assert.ok((await data.getManyReference(resource, { target: 'sales_id',
			id: me.me.id, ...page(sort), filter: {} })).total >= 1);
	});

	test(`${resource}: writes are refused without logging out the user`, async () => {
		await refused(data.create(resource, { data: { [sort]: 'x' } }));
		await refused(data.update(resource,
			{ id: 1, data: { [sort]: 'x' }, previousData: {} }));
		await refused(data.delete(resource, { id: 1, previousData: {} }));
	});
}

test('activity_log: the four read calls', async () => {
	const list = await data.getList('activity_log',
		{ ...page('date', 'DESC', 5), filter: { company_id: company.id } });
	assert.ok(list.total >= 3);
	const { id } = list.data[0];
	assert.equal(typeof id, 'string');
	assert.equal((await data.getOne('activity_log', { id })).data.id, id);
	assert.equal((await data.getMany('activity_log', { ids: [id] })).data[0].id, id);
	assert.equal((await data.getManyReference('activity_log', { target: 'company_id',
		id: company.id, ...page('date', 'DESC', 2), filter: {} })).total, list.total);
});

test('activity_log: writes are refused', async () => {
	await refused(data.create('activity_log', { data: { type: 'x' } }));
	await refused(data.delete('activity_log', { id: 'x', previousData: {} }));
});

test('sales: the four read calls and update', async () => {
	const list = await data.getList('sales', { ...page('last_name'), filter: {} });
	assert.deepEqual(list.data.map((r) => r.id), [me.me.id]);
	assert.equal(list.total, 1);
	assert.equal((await data.getOne('sales', { id: me.me.id })).data.email, me.email);
	assert.equal((await data.getMany('sales', { ids: [me.me.id] })).data.length, 1);
	assert.equal((await data.getManyReference('sales', { target: 'user_id', id: me.id,
		...page('id'), filter: { 'disabled@neq': true } })).total, 1);
	const { data: row } = await data.update('sales', { id: me.me.id,
		data: { ...list.data[0], first_name: 'Augusta' }, previousData: list.data[0] });
	assert.equal(row.first_name, 'Augusta');
	await data.updateMany('sales', { ids: [me.me.id], data: { last_name: 'King' } });
	assert.equal((await me.browser.get('/api/me')).json.last_name, 'King');
});

test('sales: a user can be created, but not deleted', async () => {
	const user = { email: 'x@y.zz', first_name: 'X', last_name: 'Y' };
	const made = await refused(data.create('sales',
		{ data: { ...user, password: 'password 1' } }));
	assert.match(made.message, /mail/);
	const { data: row } = await data.create('sales', { data: user });
	assert.deepEqual([row.email, row.administrator, row.disabled],
		['x@y.zz', false, false]);
	const gone = await refused(data.delete('sales', { id: me.me.id, previousData: {} }));
	assert.match(gone.message, /user/i);
	await refused(data.deleteMany('sales', { ids: [me.me.id] }));
	assert.equal((await data.getList('sales', { ...page('id'), filter: {} })).total, 2);
	assert.equal((await me.browser.get('/api/me')).status, 200);
});

test('configuration: the only record is read and written as a whole', async () => {
	const { data: row } = await data.getOne('configuration', { id: 1 });
	const bare = ({ created_at, updated_at, ...rest }) => rest;
	assert.deepEqual(bare(row), { id: 1, config: {}, time_zone: 'UTC' });
	const config = { title: 'Mine', dealStages: [{ value: 'opportunity', label: 'Lead' },
		{ value: 'won', label: 'Won' }] };
	assert.deepEqual(bare((await data.update('configuration',
		{ id: 1, data: { config }, previousData: row })).data), { id: 1, config, time_zone: 'UTC' });
	assert.deepEqual((await data.getList('configuration',
		{ ...page('id'), filter: {} })).data.map(bare), [{ id: 1, config, time_zone: 'UTC' }]);
	assert.deepEqual((await data.getMany('configuration', { ids: [1] })).data.map(bare),
		[{ id: 1, config, time_zone: 'UTC' }]);
	await refused(data.create('configuration', { data: { config } }));
	await refused(data.delete('configuration', { id: 1, previousData: row }));
});
