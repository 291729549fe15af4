// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// The feed and the automation rules of custom objects.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { until } from '../lib/files.mjs';
import { member, owner } from '../lib/people.mjs';

let who, other;
const make = async (resource, row, by = who) => {
	const rs = await by.browser.post(`/api/${resource}`, row);
	assert.equal(rs.status, 201, rs.text);
	return rs.json;
};
const object = (plural, by = who) => make('object_definitions', { label: plural.replace(/s$/, ''), plural }, by);
const field = (resource, key, kind, more = {}, by = who) => make('field_definitions', { resource, key, kind, label: key, ...more }, by);
const read = async (path, by = who) => {
	const rs = await by.browser.get(`/api/${path}`);
	assert.equal(rs.status, 200, rs.text);
	return rs.json;
};
const status = async (method, path, body, by = who) => (await by.browser.send(method, `/api/${path}`, body)).status;
// Returns the first changes to rows of objects after a number.
const changes = async (after, n, by = who, more = '') => {
	let seen = [];
	await until(async () => {
		const page = await read(`changes?after=${after}&limit=1000${more}`, by);
		seen = page.changes.filter(({ resource }) => resource.startsWith('custom_')).map((one) => [one.resource, one.id, one.verb]);
		return seen.length >= n;
	});
	return seen;
};

before(async () => {
	who = await owner('events');
	other = await owner('events-other');
});

test('the feed names the object of a row, and contains only rows that the caller may read', async () => {
	const { resource } = await object('Machines'), { resource: secret } = await object('Secrets');
	const rs = await who.browser.post('/api/auth/organization/create-role', { role: 'keeper', permission: { [resource]: ['read'] } });
	assert.equal(rs.status, 200, rs.text);
	const keeper = await member(who, 'keeper');
	const { seq } = await read('changes');
	const { id } = await make(resource, { name: 'Lathe' });
	const { id: hidden } = await make(secret, { name: 'Plan' });
	assert.equal(await status('PATCH', `${resource}/${id}`, { name: 'Big lathe' }), 200);
	assert.equal(await status('DELETE', `${secret}/${hidden}`), 200);
	const made = [[resource, id, 'create'], [secret, hidden, 'create'], [resource, id, 'update'], [secret, hidden, 'delete']];
	assert.deepEqual(await changes(seq, 4), made);
	assert.deepEqual(await changes(seq, 2, keeper), made.filter(([of]) => of === resource));
	const named = encodeURIComponent(JSON.stringify([secret]));
	assert.deepEqual(await changes(seq, 2, who, `&resources=${named}`), made.filter(([of]) => of === secret));
	for (const resources of [['custom_nothing'], ['records']])
		assert.equal(await status('GET', `changes?resources=${encodeURIComponent(JSON.stringify(resources))}`), 422, resources[0]);
	assert.equal(await status('GET', `changes?resources=${named}`, undefined, other), 422);
	const catalogue = await read('catalogue');
	assert.deepEqual([catalogue[resource].feed, catalogue.records.feed], [true, undefined]);
});

test('a rule runs when a row of an object is created or changed', async () => {
	const { resource } = await object('Boats'), { resource: trains } = await object('Trains');
	for (const of of [resource, trains]) {
		await field(of, 'state', 'choice', { choices: ['new', 'late', 'done'] });
		await field(of, 'tons', 'number');
	}
	const rule = (trigger_type, conditions, action_type, action_config, by = who) => by.browser.post('/api/automation_rules',
		{ name: trigger_type, trigger_type, trigger_config: { conditions }, action_type, action_config });
	const heavy = await rule(`${resource}.created`, [{ field: 'custom.tons', op: 'gt', value: 5.5 }], 'set_field', { field: 'custom.state', value: 'late' });
	assert.equal(heavy.status, 201, heavy.text);
	const renamed = await rule(`${resource}.updated`, [{ field: 'name', op: 'changed' }], 'set_field', { field: 'custom.state', value: 'done' });
	assert.equal(renamed.status, 201, renamed.text);
	const ferry = await make(resource, { name: 'Ferry', custom: { tons: 6, state: 'new' } });
	assert.deepEqual(ferry.custom, { tons: 6, state: 'late' });
	assert.deepEqual((await make(resource, { name: 'Punt', custom: { tons: 1, state: 'new' } })).custom.state, 'new');
	assert.deepEqual((await make(trains, { name: 'Express', custom: { tons: 9, state: 'new' } })).custom.state, 'new');
	const rs = await who.browser.patch(`/api/${resource}/${ferry.id}`, { name: 'Barge' });
	assert.equal(rs.json.custom.state, 'done');
	const runs = await read(`automation_runs?filter=${encodeURIComponent(JSON.stringify({ row_id: ferry.id }))}`);
	assert.deepEqual(runs.map((one) => [one.resource, one.outcome]), [[resource, 'done'], [resource, 'done']]);
	const dry = await who.browser.post(`/api/automation_rules/${heavy.json.id}/dry_run`, { resource, id: ferry.id, changes: { 'custom.tons': 2 } });
	assert.deepEqual([dry.status, dry.json.matches, dry.json.conditions], [200, false, [false]], dry.text);
	assert.equal((await who.browser.post(`/api/automation_rules/${heavy.json.id}/dry_run`, { resource, id: (await make(trains, { name: 'Slow' })).id })).status, 404);
	for (const [trigger, conditions, action, config] of [
		['custom_nothing.created', [], 'set_field', { field: 'name', value: 'x' }],
		['records.created', [], 'set_field', { field: 'name', value: 'x' }],
		[`${resource}.deleted`, [], 'set_field', { field: 'name', value: 'x' }],
		[`${resource}.created`, [{ field: 'custom.speed', op: 'is_null' }], 'set_field', { field: 'name', value: 'x' }],
		[`${resource}.created`, [], 'set_field', { field: 'custom.tons', value: 'x' }],
		[`${resource}.created`, [], 'set_field', { field: 'object', value: trains }],
		[`${resource}.created`, [], 'create_task', { text: 'x', due_in_days: 1 }],
		[`${resource}.created`, [], 'create_note', { text: 'x' }],
		[`${resource}.created`, [], 'send_email', { subject: 'x', text: 'x' }]])
		assert.equal((await rule(trigger, conditions, action, config)).status, 422, `${trigger} ${action}`);
	assert.equal((await rule(`${resource}.created`, [], 'set_field', { field: 'name', value: 'x' }, other)).status, 422);
	assert.equal((await rule(`${resource}.created`, [], 'send_email', { to: 'owner', subject: '{{name}}', text: '{{custom.tons}}' })).status, 201);
});
