// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_AUTOMATION_DAYS=1
// Automation rules that run when contacts and deals are written: the user for whom they act, invalid rules, and the
// effect of a failing rule on the write.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from '../lib/database.mjs';
import { startJobs, until } from '../lib/files.mjs';
import { member, owner } from '../lib/people.mjs';

const me = await owner('automation');
const max = await member(me);
const stranger = await owner('stranger');

const create = async (resource, row, who = me) =>
	(await who.data.create(resource, { data: row })).data;
const one = async (resource, id, who = me) => (await who.data.getOne(resource, { id })).data;
const patch = (resource, id, row, who = me) =>
	who.browser.send('PATCH', `/api/${resource}/${id}`, row);
const list = async (resource, filter, who = me) => (await who.data.getList(resource, {
	pagination: { page: 1, perPage: 200 }, sort: { field: 'id', order: 'ASC' }, filter })).data;
const runs = async (rule) => (await list('automation_runs', { rule_id: rule.id }))
	.sort((a, b) => a.created_at < b.created_at ? -1 : 1);

let n = 0;
const rule = (trigger_type, trigger_config, action_type, action_config, who = me) =>
	who.browser.post('/api/automation_rules', { name: `rule ${++n}`, trigger_type,
		trigger_config, action_type, action_config });
async function made(...how) {
	const rs = await rule(...how);
	assert.equal(rs.status, 201, rs.text);
	return rs.json;
}
const forget = (...rules) => me.browser.send('DELETE', '/api/automation_rules?'
	+ new URLSearchParams({ filter: JSON.stringify({ id: rules.map((r) => r.id) }) }));

test('the response includes the changes that a rule made to the row', async () => {
	const tag = await create('tags', { name: 'new', color: '#123456' });
	const r = await made('contact.created', { conditions: [
		{ field: 'title', op: 'contains', value: 'CHIEF' }] }, 'add_tag', { tag_id: tag.id });
	const hit = await create('contacts', { first_name: 'a', title: 'Chief of all' }, max);
	assert.deepEqual(hit.tags, [tag.id]);
	const miss = await create('contacts', { first_name: 'b', title: 'Clerk' }, max);
	assert.deepEqual(miss.tags, []);
	const [run, ...more] = await runs(r);
	assert.deepEqual(more, []);
	assert.deepEqual(run, { id: run.id, created_at: run.created_at, updated_at: run.updated_at, rule_id: r.id,
		resource: 'contacts', row_id: hit.id, sales_id: max.me.id, depth: 1, outcome: 'done',
		effect: { action: 'add_tag', tag_id: tag.id }, error: null, code: null, arguments: null });
	const off = await patch('automation_rules', r.id, { enabled: false });
	assert.equal(off.status, 200);
	assert.deepEqual((await create('contacts', { title: 'Chief' })).tags, []);
	await forget(r);
});

test('a won deal gets a task, a note and an owner, even with 20 deals at once', async () => {
	const contact = await create('contacts', { first_name: 'c' });
	const all = [await made('deal.stage_changed', { to: 'won' }, 'create_task',
		{ text: 'Invoice {{name}}', due_in_days: 1, sales_id: me.me.id }),
	await made('deal.stage_changed', { to: 'won' }, 'create_note', { text: 'won at {{amount}}' }),
	await made('deal.stage_changed', { to: 'won' }, 'assign_owner', { sales_id: me.me.id })];
	const deals = await Promise.all(Array.from({ length: 20 }, (_, i) => create('deals',
		{ name: `deal ${i}`, stage: 'opportunity', amount: i, contact_ids: [contact.id] }, max)));
	const won = await Promise.all(deals.map((d) => patch('deals', d.id, { stage: 'won' }, max)));
	for (const [i, rs] of won.entries()) {
		assert.equal(rs.status, 200);
		assert.equal(rs.json.sales_id, me.me.id);
		const notes = await list('deal_notes', { deal_id: deals[i].id });
		assert.deepEqual(notes.map((x) => [x.text, x.sales_id]), [[`won at ${i}`, max.me.id]]);
	}
	const tasks = await list('tasks', { contact_id: contact.id });
	assert.deepEqual(tasks.map((t) => t.text).sort(),
		deals.map((d) => `Invoice ${d.name}`).sort());
	await forget(...all);
});

test('a failing rule does not fail the write', async () => {
	const tag = await create('tags', { name: 'gone', color: '#123456' });
	const r = await made('contact.created', {}, 'add_tag', { tag_id: tag.id });
	const other = await made('contact.created', {}, 'set_field', { field: 'status', value: 'hot' });
	await me.data.delete('tags', { id: tag.id });
	const row = await create('contacts', { first_name: 'd' }, max);
	assert.deepEqual([row.tags, row.status], [[], 'hot']);
	const [run] = await runs(r);
	assert.deepEqual([run.outcome, run.error, run.code, run.arguments], ['failed', 'there is no such tag', 'rule_tag', []]);
	const problem = await (await fetch(`${process.env.BASE}/problems/${run.code}`)).text();
	assert.ok(problem.includes('Cette étiquette n’existe pas'), problem);
	await forget(r, other);
});

test('rules that undo each other stop at the depth limit', async () => {
	const a = await made('contact.status_changed', { to: 'hot' }, 'set_field',
		{ field: 'status', value: 'cold' });
	const b = await made('contact.status_changed', { to: 'cold' }, 'set_field',
		{ field: 'status', value: 'hot' });
	const row = await create('contacts', { first_name: 'e' });
	const rs = await patch('contacts', row.id, { status: 'hot' });
	assert.equal(rs.status, 200);
	assert.ok(['hot', 'cold'].includes(rs.json.status));
	const said = [...await runs(a), ...await runs(b)].sort((x, y) => x.depth - y.depth);
	assert.deepEqual(said.map((r) => [r.depth, r.outcome]), [[1, 'done'], [2, 'done'], [3, 'done'],
		[4, 'done'], [5, 'done'], [6, 'stopped']]);
	await forget(a, b);
});

test('neither a restore from the trash nor the undo of a merge triggers rules', async () => {
	const row = await create('contacts', { first_name: 'f' });
	const loser = await create('contacts', { first_name: 'g' });
	const r = await made('contact.created', {}, 'create_note', { text: 'new' });
	const u = await made('contact.updated', {}, 'create_note', { text: 'changed' });
	await me.data.delete('contacts', { id: row.id });
	const [item] = await list('trash', { resource: 'contacts', row_id: row.id });
	assert.equal((await me.browser.post(`/api/trash/${item.id}/restore`)).status, 200);
	const merged = await me.browser.post('/api/merge_contacts',
		{ loserId: loser.id, winnerId: row.id });
	assert.equal(merged.status, 200, merged.text);
	const before = (await runs(u)).length;
	const undone = await me.browser.post(`/api/merges/${merged.json.mergeId}/undo`);
	assert.equal(undone.status, 200, undone.text);
	assert.deepEqual(await runs(r), []);
	assert.equal((await runs(u)).length, before);
	await forget(r, u);
});

test('owners and admins write rules, members read them, and other organizations see none', async () => {
	const boss = await member(me, 'admin');
	const r = await made('contact.created', {}, 'create_note', { text: 'x' }, boss);
	assert.equal(r.sales_id, boss.me.id);
	for (const rs of [await rule('contact.created', {}, 'create_note', { text: 'x' }, max),
		await patch('automation_rules', r.id, { name: 'mine' }, max),
		await max.browser.send('DELETE', `/api/automation_rules/${r.id}`),
		await max.browser.post(`/api/automation_rules/${r.id}/dry_run`,
			{ resource: 'contacts', id: 1 }),
		await max.browser.post('/api/automation_dry_run', {})])
		assert.deepEqual([rs.status, rs.json.detail], [422, 'your role does not allow this']);
	assert.equal((await one('automation_rules', r.id, max)).name, r.name);
	for (const path of [`/api/automation_rules/${r.id}`, `/api/automation_rules/${r.id}/dry_run`]) {
		const body = path.endsWith('run') ? { resource: 'contacts', id: 1 } : { name: 'x' };
		const rs = await stranger.browser.send(path.endsWith('run') ? 'POST' : 'PATCH', path, body);
		assert.equal(rs.status, 404, rs.text);
	}
	assert.deepEqual(await list('automation_rules', {}, stranger), []);
	assert.deepEqual(await list('automation_runs', {}, stranger), []);
	for (const method of ['POST', 'PATCH', 'DELETE'])
		assert.equal((await me.browser.send(method, '/api/automation_runs', {})).status, 405);
	await forget(r);
});

test('an invalid rule is refused with the field name, and a foreign ID gets the same error as an unknown ID', async () => {
	const theirs = await create('tags', { name: 't', color: '#fff' }, stranger);
	const deep = JSON.parse('['.repeat(20) + ']'.repeat(20));
	const cases = [
		['trigger_type', ['contact.deleted', {}, 'create_note', { text: 'x' }]],
		['trigger_type', ['contact.created\'; DROP TABLE crm.contacts; --', {}, 'create_note', {}]],
		['trigger_config', ['contact.created', [], 'create_note', { text: 'x' }]],
		['trigger_config', ['contact.created', { conditions: deep }, 'create_note', { text: 'x' }]],
		['trigger_config', ['contact.created', { conditions: [{ field: 'first_name) OR (true', op: 'is_null' }] },
			'create_note', { text: 'x' }]],
		['trigger_config', ['contact.created', { conditions: Array(500).fill({ field: 'title', op: 'changed' }) },
			'create_note', { text: 'x' }]],
		['trigger_config', ['contact.tag_added', { tag_id: theirs.id }, 'create_note', { text: 'x' }]],
		['action_type', ['contact.created', {}, 'send_mail', {}]],
		['action_type', ['contact.created', {}, 'move_to_stage', { stage: 'won' }]],
		['action_config', ['contact.created', {}, 'create_note', { text: 'x'.repeat(100000) }]],
		['action_config', ['contact.created', {}, 'add_tag', { tag_id: theirs.id }]],
		['action_config', ['contact.created', {}, 'assign_owner', { sales_id: stranger.me.id }]],
		['action_config', ['contact.created', {}, 'set_field', { field: 'sales_id', value: 1 }]],
		['action_config', ['contact.created', {}, 'set_field', { field: 'org_id', value: 'x' }]],
		['action_config', ['contact.created', {}, 'create_task', { text: 'x', due_in_days: 1e9 }]],
	];
	for (const [field, how] of cases) {
		const rs = await rule(...how);
		assert.equal(rs.status, 422, `${JSON.stringify(how).slice(0, 200)} ${rs.text}`);
		assert.ok(`${Object.keys(rs.json.errors)[0]}.`.startsWith(`${field}.`), `${field}: ${rs.text}`);
		const same = await me.browser.post('/api/automation_dry_run', { resource: 'contacts', id: 1,
			rule: { trigger_type: how[0], trigger_config: how[1], action_type: how[2],
				action_config: how[3] } });
		assert.equal(same.status, 422, same.text);
		// A dry run reports the same faults at the paths of the rule in the body.
		const { resource, ...others } = same.json.errors;
		assert.ok(resource === undefined || /applies to/.test(resource), resource);
		assert.deepEqual(others, Object.fromEntries(Object.entries(rs.json.errors).map(([path, text]) => [`rule.${path}`, `rule.${text}`])));
	}
	const both = await me.browser.post('/api/automation_dry_run', { resource: 'deals', changes: { nope: 1, title: 7, first_seen: 'x', custom: {} },
		rule: { trigger_type: 'contact.created', trigger_config: { nope: 1 }, action_type: 'create_note', action_config: { text: ' ' } } });
	assert.deepEqual(Object.keys(both.json.errors).sort(), ['changes.custom', 'changes.first_seen', 'changes.nope', 'changes.title', 'id', 'resource',
		'rule.action_config.text', 'rule.trigger_config.nope'], both.text);
	assert.match(both.json.errors['changes.title'], /text of at most 500 characters$/);
	assert.match(both.json.errors['changes.first_seen'], /a time such as/);
	const bytes = async (tag_id) => (await rule('contact.created', {}, 'add_tag', { tag_id })).json.detail;
	assert.equal(await bytes(theirs.id), await bytes(4711));
	assert.deepEqual(await list('automation_rules', {}), []);
});

test('a dry run changes nothing, for a stored rule or for a rule in the request', async () => {
	const r = await made('deal.amount_above', { amount: 100 }, 'move_to_stage', { stage: 'delayed' });
	const deal = await create('deals', { name: 'd', stage: 'opportunity', amount: 5 });
	const fingerprint = () => sql(`SELECT md5(string_agg(x, '|' ORDER BY x)) FROM (
		SELECT d::text FROM crm.deals d UNION ALL SELECT a::text FROM ops.audit_log a
		UNION ALL SELECT n::text FROM crm.deal_notes n UNION ALL SELECT r::text FROM crm.automation_runs r) y (x)`)[0][0];
	const before = fingerprint();
	const ask = async (body, path = `/api/automation_rules/${r.id}/dry_run`) => {
		const rs = await me.browser.post(path, body);
		assert.equal(rs.status, 200, rs.text);
		return rs.json;
	};
	assert.deepEqual(await ask({ resource: 'deals', id: deal.id }),
		{ matches: false, event: false, conditions: [], effect: null, error: null, code: null, arguments: null });
	assert.deepEqual(await ask({ resource: 'deals', id: deal.id, changes: { amount: 101 } }),
		{ matches: true, event: true, conditions: [], error: null, code: null, arguments: null,
			effect: { action: 'move_to_stage', stage: 'delayed' } });
	assert.deepEqual(await ask({ resource: 'deals', id: deal.id, rule: { trigger_type: 'deal.created',
		trigger_config: { conditions: [{ field: 'amount', op: 'lt', value: 10 }] },
		action_type: 'create_task', action_config: { text: 'x', due_in_days: 1 } } },
	'/api/automation_dry_run'), { matches: true, event: true, conditions: [true], effect: null,
		error: 'the deal has no contact', code: 'deal_without_contact', arguments: [] });
	for (const [field, body] of [['resource', { resource: 'contacts', id: deal.id }], ['resource', {}],
		['id', { resource: 'deals' }], ['changes.org_id', { resource: 'deals', id: deal.id, changes: { org_id: 'x' } }],
		['changes.amount', { resource: 'deals', id: deal.id, changes: { amount: 'x' } }]]) {
		const rs = await me.browser.post(`/api/automation_rules/${r.id}/dry_run`, body);
		assert.equal(rs.status, 422, rs.text);
		assert.ok(rs.json.errors[field], rs.text);
	}
	const gone = await me.browser.post(`/api/automation_rules/${r.id}/dry_run`, { resource: 'deals', id: 1 });
	assert.equal(gone.status, 404);
	assert.equal(fingerprint(), before);
	await forget(r);
});

test('an organization has at most 100 enabled rules, and one write runs at most 50', async (t) => {
	const rs = await Promise.all(Array.from({ length: 130 }, () => rule('contact.updated', {},
		'set_field', { field: 'title', value: `t ${++n}` })));
	assert.equal(rs.filter((r) => r.status === 201).length, 100);
	assert.ok(rs.filter((r) => r.status !== 201).every((r) => r.status === 422 && r.json.errors.enabled));
	const row = await create('contacts', { first_name: 'h' });
	const start = Date.now();
	assert.equal((await patch('contacts', row.id, { status: 'warm' }, max)).status, 200);
	t.diagnostic(`say a write that triggers a hundred rules took ${Date.now() - start} ms`);
	const ran = (await list('automation_runs', { row_id: row.id })).filter((r) => r.outcome !== 'stopped');
	assert.equal(ran.length, 50);
	await forget(...rs.filter((r) => r.status === 201).map((r) => r.json));
});

test('a refused write leaves no run, and old runs are deleted', async () => {
	const r = await made('contact.created', {}, 'set_field', { field: 'status', value: 'hot' });
	const rs = await me.browser.post('/api/contacts', { first_name: 'x', company_id: 4711 });
	assert.equal(rs.status, 422);
	assert.deepEqual(await runs(r), []);
	await create('contacts', { first_name: 'i' });
	assert.equal((await runs(r)).length, 1);
	sql(`SET session_replication_role = replica; UPDATE crm.automation_runs SET id = id - (86400000::bigint << 12) * 2
		WHERE rule_id = ${r.id}`);
	const jobs = startJobs();
	await until(async () => (await runs(r)).length === 0);
	await jobs.stop();
	await forget(r);
});
