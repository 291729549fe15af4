// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Choices and references: every way to write a row refuses the same values.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sqlFor } from '../lib/database.mjs';
import { startJobs } from '../lib/files.mjs';
import { bring, call, errors, take } from '../lib/imports.mjs';
import { keyOf, use } from '../lib/mcp.mjs';
import { owner } from '../lib/people.mjs';

const jobs = startJobs();
after(() => jobs.stop());

let me, stranger, browser, key, contact, company, deal, tag;
const create = async (resource, row) => {
	const rs = await browser.post(`/api/${resource}`, row);
	assert.equal(rs.status, 201, rs.text);
	return rs.json;
};

before(async () => {
	me = await owner('choices');
	stranger = await owner('stranger');
	({ browser } = me);
	key = await keyOf(me, { mcp: ['read', 'write'] });
	const noteTypes = [{ value: 'minutes', label: 'Minutes' }];
	assert.equal((await browser.put('/api/configuration/1', { config: { noteTypes } })).status, 200);
	contact = await create('contacts', { last_name: 'Choice' });
	company = await create('companies', { name: 'Choice' });
	tag = await create('tags', { name: 'choice', color: '#fff' });
	deal = await create('deals', { name: 'Choice', stage: 'won', company_id: company.id });
});

// For each column: a valid value, the label for an import, and the name in the
// error.
const columns = [
	['deals', 'stage', 'won', 'WON', () => ({ name: 'x', stage: 'won' })],
	['deals', 'category', 'ui-design', 'ui design', () => ({ name: 'x', stage: 'won' })],
	['companies', 'sector', 'health-care', 'Health Care', () => ({ name: `c ${Math.random()}` })],
	['companies', 'size', 50, '10-49 Employees', () => ({ name: `c ${Math.random()}` })],
	['contacts', 'status', 'hot', 'Hot', () => ({ last_name: 'x' })],
	['contact_notes', 'status', 'hot', 'HOT ', () => ({ text: 'x', contact_id: contact.id })],
	['tasks', 'type', 'follow-up', 'Follow-Up', () => ({ text: 'x', contact_id: contact.id })],
	['deal_notes', 'type', 'minutes', 'Minutes', () => ({ text: 'x', deal_id: deal.id })],
];
test('both spellings of the negotiation stage are accepted', async () => {
	const made = await create('deals', { name: 'spelt', stage: 'in-negotiation' });
	assert.equal(made.stage, 'in-negociation');
	const rs = await browser.patch(`/api/deals/${made.id}`, { stage: 'in-negotiation', name: 'still' });
	assert.deepEqual([rs.status, rs.json.stage], [200, 'in-negociation'], rs.text);
	const other = await create('deals', { name: 'moved', stage: 'won' });
	const moved = await browser.post(`/api/deals/${other.id}/move`, { stage: 'in-negotiation', index: 0 });
	assert.equal(moved.status, 200, moved.text);
	const board = (await browser.get(`/api/deals?filter=${encodeURIComponent('{"stage":"in-negociation"}')}&sort=["index","ASC"]`)).json;
	assert.deepEqual(board.map(({ name, index }) => [name, index]), [['moved', 0], ['still', 1]]);
	// Each condition of a filter, in lists, aggregates, exports and bulk changes.
	for (const spelled of ['in-negotiation', 'in-negociation']) {
		for (const [filter, count] of [[{ stage: spelled }, 2], [{ 'stage@in': [spelled, 'nonesuch'] }, 2], [{ stage: [spelled] }, 2],
			[{ 'stage@neq': spelled, name: 'still' }, 0], [{ 'stage@not.in': [spelled], name: 'still' }, 0], [{ '@or': [{ stage: spelled }, { id: 0 }] }, 2],
			[{ '@not': { stage: spelled }, name: 'still' }, 0]]) {
			const at = `filter=${encodeURIComponent(JSON.stringify(filter))}`;
			const list = await browser.get(`/api/deals?${at}`);
			assert.equal(list.json.length, count, `${at} ${list.text}`);
			const sum = await browser.get(`/api/deals/aggregate?${at}`);
			assert.equal(Number(sum.json[0]?.count ?? 0), count, `${at} ${sum.text}`);
		}
		const exported = await browser.get(`/api/deals/export?format=ndjson&filter=${encodeURIComponent(JSON.stringify({ stage: spelled }))}`);
		assert.equal(exported.text.trim().split('\n').length, 2, exported.text);
		const set = await browser.post('/api/deals/bulk', { filter: { stage: spelled }, set: { stage: 'in-negotiation' }, max: 10 });
		assert.equal(set.status < 300, true, set.text);
	}
	const done = await bring(me, 'name,stage\nimported,in-negotiation\n', { resource: 'deals' });
	assert.equal(done.created, 1, JSON.stringify(done));
	const [imported] = (await browser.get(`/api/deals?filter=${encodeURIComponent('{"name":"imported"}')}`)).json;
	assert.equal(imported.stage, 'in-negociation');
	const rule = await create('automation_rules', { name: 'x', trigger_type: 'deal.stage_changed', trigger_config: { to: 'in-negotiation',
		conditions: [{ field: 'stage', op: 'in', value: ['in-negotiation'] }] }, action_type: 'move_to_stage', action_config: { stage: 'in-negotiation' } });
	assert.deepEqual([rule.trigger_config, rule.action_config], [{ to: 'in-negociation', conditions: [{ op: 'in', field: 'stage', value: ['in-negociation'] }] },
		{ stage: 'in-negociation' }]);
	assert.equal((await browser.delete(`/api/automation_rules/${rule.id}`)).status, 200);
	const renamed = await browser.post('/api/configuration/rename-stage', { from: 'in-negotiation', to: 'in-negotiation' });
	assert.equal(renamed.status, 200, renamed.text);
	const now = async (stage) => (await browser.get(`/api/deals?filter=${encodeURIComponent(JSON.stringify({ stage }))}`)).json.map((d) => d.stage);
	assert.deepEqual([...new Set([...await now('in-negociation'), ...await now('in-negotiation')])], ['in-negotiation']);
	assert.equal((await browser.post('/api/configuration/rename-stage', { from: 'in-negociation', to: 'in-negociation' })).status, 200);
});

test('a filter by a value that is no choice finds nothing', async () => {
	for (const [resource, member] of columns) {
		const rs = await browser.get(`/api/${resource}?filter=${encodeURIComponent(JSON.stringify({ [member]: member === 'size' ? 4711 : 'nonesuch' }))}`);
		assert.deepEqual([rs.status, rs.json], [200, []], `${resource}.${member} ${rs.text}`);
	}
});

const csv = (row) => `${Object.keys(row)}\n${Object.values(row)}\n`;
const literal = (value) => typeof value === 'string' ? `'${value}'` : value;
const insert = (schema, resource, row) => `INSERT INTO ${schema}${resource} (${Object.keys(row)})
	VALUES (${Object.values(row).map(literal)})`;

for (const [resource, column, good, label, base] of columns) {
	const bad = column === 'size' ? 7 : 'Lukewarm??';
	const with_ = (value) => ({ ...base(), [column]: value });
	const named = (rs) => {
		assert.equal(rs.status, 422, rs.text);
		assert.match(rs.json.errors[column] ?? rs.text, /must be one of: .*\w/);
		assert.ok(rs.text.includes(String(good)), rs.text);
	};

	test(`${resource}.${column} is refused by POST, PATCH, batch and bulk`, async () => {
		named(await browser.post(`/api/${resource}`, with_(bad)));
		const row = await create(resource, with_(good));
		named(await browser.patch(`/api/${resource}/${row.id}`, { [column]: bad }));
		named(await browser.post('/api/batch', { operations: [
			{ method: 'POST', resource, data: with_(bad) }] }));
		named(await browser.post(`/api/${resource}/bulk`, { ids: [row.id], set: { [column]: bad } }));
		if (column === 'stage')
			named(await browser.post(`/api/deals/${row.id}/move`, { stage: bad, index: 0 }));
		assert.equal((await browser.get(`/api/${resource}/${row.id}`)).json[column], good);
	});

	test(`${resource}.${column} is refused by SQL and MCP`, async () => {
		assert.throws(() => sqlFor(me.organization.id, insert('crm.', resource,
			{ org_id: me.organization.id, ...with_(bad) })), /must be one of/);
		const rs = await use(key, 'mutate', { sql: `${insert('', resource, with_(bad))} RETURNING id` });
		assert.ok(rs.failed, rs.text);
		assert.match(rs.text, /must be one of/);
		const made = await use(key, 'mutate', { sql: `${insert('', resource, with_(good))} RETURNING id` });
		assert.ok(!made.failed, made.text);
	});

	test(`${resource}.${column} is found by value or label in an import, or is an error`, async () => {
		const rows = [good, label, column === 'size' ? 'huge' : bad].map((value) =>
			csv(with_(value)).split('\n'));
		const file = [rows[0][0], ...rows.map((r) => r[1])].join('\n');
		const id = (await take(me, file, { resource })).id;
		const preview = await call(me, 'GET', `/api/imports/${id}/preview`);
		assert.deepEqual(preview.json.rows.map((r) => r.outcome), ['created', 'created', 'failed'], preview.text);
		assert.match(preview.json.rows[2].problem, new RegExp(`^${column}: ".*" must be one of: `));
		const done = await bring(me, file, { resource });
		assert.deepEqual([done.created, done.failed], [2, 1]);
		assert.match(await errors(me, done.id), /must be one of/);
		assert.equal(sqlFor(me.organization.id, `SELECT count(DISTINCT ${column}) FROM crm.${resource}
			WHERE org_id = $1 AND ${column}::text <> '' AND id IN (SELECT row_id::bigint FROM ops.audit_log
			WHERE org_id = $1 AND request_id = 'import ${done.id}')`, me.organization.id)[0][0], '1');
	});
}

test('the values that Atomic CRM sends by default are accepted', async () => {
	const { data, browser: theirs } = await owner('few');
	await theirs.put('/api/configuration/1', { config: { taskTypes: [{ value: 'a', label: 'A' }],
		noteStatuses: [{ value: 'b', label: 'B', color: '#000' }] } });
	const { data: c } = await data.create('contacts', { data: { last_name: 'x', status: '' } });
	await data.create('contact_notes', { data: { contact_id: c.id, status: 'warm' } });
	await data.create('tasks', { data: { contact_id: c.id, type: 'none' } });
	await data.update('contacts', { id: c.id, data: { status: 'warm' }, previousData: c });
	await assert.rejects(data.update('contacts', { id: c.id, data: { status: 'cold' }, previousData: c }),
		/must be one of: b/);
});

test('a choice that is in use cannot be removed, and renaming a choice updates the rows', async () => {
	const { data, browser: theirs } = await owner('renames');
	const put = (config) => theirs.put('/api/configuration/1', { config });
	const list = (...values) => values.map((value) => ({ value, label: value, color: '#000' }));
	await put({ noteStatuses: list('a', 'b'), taskTypes: list('t', 'u'), companySectors: list('s') });
	const { data: c } = await data.create('contacts', { data: { last_name: 'x', status: 'b' } });
	const { data: note } = await data.create('contact_notes', { data: { contact_id: c.id, status: 'b' } });
	const { data: t } = await data.create('tasks', { data: { contact_id: c.id, type: 'u' } });
	await data.create('companies', { data: { name: 's', sector: 's' } });
	for (const [member, values, said] of [['noteStatuses', ['a'], '"b" .* 1 contacts'],
		['taskTypes', ['t'], '"u" .* 1 tasks'], ['companySectors', [], null]]) {
		const rs = await put({ noteStatuses: list('a', 'b'), taskTypes: list('t', 'u'),
			companySectors: list('s'), [member]: list(...values) });
		assert.equal(rs.status, said ? 422 : 200, rs.text);
		if (said)
			assert.match(rs.json.errors[`config.${member}`], new RegExp(said));
	}
	assert.equal((await put({ noteStatuses: list('a', 'c'), taskTypes: list('t', 'v') })).status, 422,
		'the default sectors lack one');
	assert.equal((await put({ noteStatuses: list('a', 'c'), taskTypes: list('t', 'v'),
		companySectors: list('s') })).status, 200);
	assert.equal((await data.getOne('contacts', { id: c.id })).data.status, 'c');
	assert.equal((await data.getOne('contact_notes', { id: note.id })).data.status, 'c');
	assert.equal((await data.getOne('tasks', { id: t.id })).data.type, 'v');
});

test('removing a stage while a deal moves into it leaves no deal outside the board', async () => {
	const { data, browser: theirs, organization } = await owner('race');
	for (let round = 0; round < 10; round++) {
		const list = (...values) => ({ config: { dealStages: values.map((value) => ({ value, label: value })) } });
		await theirs.put('/api/configuration/1', list('a', `b${round}`));
		await Promise.all([theirs.put('/api/configuration/1', list('a')),
			...[1, 2, 3, 4].map((n) => theirs.post('/api/deals', { name: `${n}`, stage: `b${round}` }))]);
		const stages = (await theirs.get('/api/configuration/1')).json.config.dealStages.map((s) => s.value);
		const { data: deals } = await data.getList('deals', { filter: {},
			pagination: { page: 1, perPage: 100 }, sort: { field: 'id', order: 'ASC' } });
		assert.ok(deals.every((d) => stages.includes(d.stage)), organization.id);
		await Promise.all(deals.map((d) => theirs.delete(`/api/deals/${d.id}`)));
	}
});

test('a restored deal whose stage no longer exists is in the first stage', async () => {
	const { data, browser: theirs } = await owner('restored');
	const list = (...values) => ({ config: { dealStages: values.map((value) => ({ value, label: value })) } });
	await theirs.put('/api/configuration/1', list('a', 'b'));
	const { data: d } = await data.create('deals', { data: { name: 'd', stage: 'b' } });
	await theirs.delete(`/api/deals/${d.id}`);
	assert.equal((await theirs.put('/api/configuration/1', list('a'))).status, 200);
	const [kept] = (await theirs.get('/api/trash')).json;
	assert.equal((await theirs.post(`/api/trash/${kept.id}/restore`)).status, 200);
	assert.equal((await data.getOne('deals', { id: d.id })).data.stage, 'a');
});

// References with IDs that do not exist, and with IDs of another organization.
const references = [
	['deals', 'contact_ids', () => ({ name: 'x', stage: 'won' }), () => contact.id],
	['contacts', 'tags', () => ({ last_name: 'x' }), () => tag.id],
];
for (const [resource, column, base, good] of references) {
	test(`${resource}.${column} refers only to rows of this organization, in every way of writing`, async () => {
		const target = column === 'tags' ? 'tags' : 'contacts';
		const theirs = await stranger.data.create(target, { data: target === 'tags'
			? { name: 'theirs', color: '#fff' } : { last_name: 'theirs' } });
		const row = await create(resource, { ...base(), [column]: [good()] });
		for (const id of [4711, theirs.data.id]) {
			for (const rs of [await browser.post(`/api/${resource}`, { ...base(), [column]: [good(), id] }),
				await browser.patch(`/api/${resource}/${row.id}`, { [column]: [id] }),
				await browser.post('/api/batch', { operations: [
					{ method: 'PATCH', resource, id: row.id, data: { [column]: [id] } }] }),
				await browser.post(`/api/${resource}/bulk`, { ids: [row.id], set: { [column]: [id] } })]) {
				assert.equal(rs.status, 422, rs.text);
				assert.match(Object.keys(rs.json.errors)[0], new RegExp(`${column}(\\.\\d)?$`));
			}
			assert.throws(() => sqlFor(me.organization.id, `UPDATE crm.${resource} SET ${column} = '{${id}}'
				WHERE org_id = $1 AND id = $2`, me.organization.id, row.id), /does not exist|foreign key/);
			const rs = await use(key, 'mutate', { sql: `UPDATE ${resource} SET ${column} = '{${id}}'
				WHERE id = ${row.id} RETURNING id` });
			assert.ok(rs.failed, rs.text);
		}
		assert.deepEqual((await browser.get(`/api/${resource}/${row.id}`)).json[column], [good()]);
	});
}

test('an import can refer only to existing contacts', async () => {
	const done = await bring(me, 'name,stage,contacts\na,won,Nobody Here\nb,won,Choice\n', { resource: 'deals' });
	assert.deepEqual([done.created, done.failed], [1, 1]);
	assert.match(await errors(me, done.id), /no contact is called/);
});

test('a deleted tag or contact is removed from every array, and restored to its position', async () => {
	const ids = [];
	for (const last_name of ['a', 'b', 'c'])
		ids.push((await create('contacts', { last_name })).id);
	const card = await create('deals', { name: 'links', stage: 'won', contact_ids: ids });
	const gone = await create('deals', { name: 'gone', stage: 'won', contact_ids: ids });
	const get = async (id) => (await browser.get(`/api/deals/${id}`)).json;
	const restore = async (row_id) => {
		const [entry] = (await browser.get(`/api/trash?${new URLSearchParams({
			filter: JSON.stringify({ row_id }) })}`)).json;
		const rs = await browser.post(`/api/trash/${entry.id}/restore`);
		assert.equal(rs.status, 200, rs.text);
	};
	const before = await get(card.id);
	await browser.delete(`/api/deals/${gone.id}`);
	await browser.delete(`/api/contacts/${ids[1]}`);
	await browser.delete(`/api/contacts/${ids[0]}`);
	assert.deepEqual((await get(card.id)).contact_ids, [ids[2]]);
	assert.equal((await get(card.id)).updated_at, before.updated_at, 'that is no edit');
	await restore(gone.id);
	assert.deepEqual((await get(gone.id)).contact_ids, [ids[2]]);
	await restore(ids[0]);
	await restore(ids[1]);
	for (const id of [card.id, gone.id])
		assert.deepEqual((await get(id)).contact_ids, ids);
	await browser.delete(`/api/contacts/${ids[0]}`);
	await browser.delete(`/api/deals/${card.id}`);
	await restore(ids[0]);
	await restore(card.id);
	assert.deepEqual((await get(card.id)).contact_ids, ids, 'whichever is restored first');
	const one = await create('contacts', { last_name: 'tagged', tags: [tag.id] });
	await browser.delete(`/api/tags/${tag.id}`);
	assert.deepEqual((await browser.get(`/api/contacts/${one.id}`)).json.tags, []);
});

test('a deal that adds a contact while the contact is deleted never keeps the ID', async () => {
	for (let round = 0; round < 10; round++) {
		const row = await create('contacts', { last_name: `race ${round}` });
		await Promise.all([browser.delete(`/api/contacts/${row.id}`), ...[1, 2, 3].map((n) =>
			browser.post('/api/deals', { name: `race ${n}`, stage: 'won', contact_ids: [row.id] }))]);
		assert.equal((await browser.get(`/api/contacts/${row.id}`)).status, 404);
		assert.equal(sqlFor(me.organization.id, 'SELECT count(*) FROM crm.deals WHERE org_id = $1 AND $2 = ANY '
			+ '(contact_ids)', me.organization.id, row.id)[0][0], '0');
	}
});
