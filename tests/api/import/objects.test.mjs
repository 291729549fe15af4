// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_IMPORT_ROWS=2100
// Imports of custom object rows.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { sql } from '../lib/database.mjs';
import { send, startJobs } from '../lib/files.mjs';
import { bring, call, counts, errors, fingerprint, take, turn } from '../lib/imports.mjs';
import { member, owner } from '../lib/people.mjs';

const jobs = startJobs();
after(() => jobs.stop());
const me = await owner('objects');
const other = await owner('others');

const make = async (resource, row, who = me) => {
	const rs = await call(who, 'POST', `/api/${resource}`, row);
	assert.equal(rs.status, 201, rs.text);
	return rs.json;
};
const object = (plural, who = me) => make('object_definitions', { label: plural.replace(/s$/, ''), plural }, who);
const field = (resource, label, kind, more = {}, who = me) => make('field_definitions', { resource, label, kind, ...more }, who);
const list = async (resource, who = me) => (await call(who, 'GET', `/api/${resource}?sort=["name","ASC"]&range=[0,2000]`)).json;
const preview = async (id) => (await call(me, 'GET', `/api/imports/${id}/preview`)).json;

test('the rows of an object are imported with relations by name, previewed, checked and undone', async () => {
	const { resource } = await object('Machines');
	const { resource: halls } = await object('Halls');
	await field(resource, 'Power', 'number', { minimum: 0 });
	await field(resource, 'Customer', 'relation', { refers: 'contacts' });
	await field(resource, 'Hall', 'relation', { refers: halls });
	await field(resource, 'State', 'choice', { choices: ['new', 'worn'] });
	const ada = await make('contacts', { first_name: 'Ada', last_name: 'Lovelace' });
	const north = await make(halls, { name: 'North' });
	for (const name of ['Twin', 'Twin'])
		await make(halls, { name });
	await make(resource, { name: 'North' });	// a row of another object does not count as a hall
	const text = 'Name;Power;Customer;Hall;State;Owner\n'
		+ `Lathe;7,5;Ada Lovelace;North;WORN;${me.email}\nDrill;40 000;;;new;\nPress;-1;;;;\nSaw;1;;South;;\nMill;1;;Twin;;\nCrane;1;;;broken;\n;1;;;;\n`;
	const file = await take(me, text, { resource });
	assert.deepEqual(file.mapping, ['name', 'custom.power', 'custom.customer', 'custom.hall', 'custom.state', 'owner']);
	const before = fingerprint(me.organization.id);
	const { rows, fields } = await preview(file.id);
	assert.ok(fields.includes('custom.hall') && fields.includes('external_id'));
	assert.deepEqual(rows.map(({ outcome, problems }) => [outcome, problems?.[0].field, problems?.[0].code]), [
		['created', undefined, undefined], ['created', undefined, undefined],
		['failed', 'custom.power', 'number_out_of_bounds'], ['failed', 'custom.hall', 'import_row_unknown'], ['failed', 'custom.hall', 'import_row_ambiguous'],
		['failed', 'custom.state', 'not_one_of'], ['failed', 'name', 'import_empty']]);
	assert.deepEqual(rows[0].data.custom, { power: 7.5, customer: ada.id, hall: north.id, state: 'worn' });
	const checked = await turn(me, file.id, 'check');
	assert.deepEqual([checked.created, checked.failed], [2, 5]);
	assert.equal(fingerprint(me.organization.id), before);
	const done = await turn(me, file.id, 'start');
	assert.equal(done.state, 'done', done.error);
	assert.deepEqual(counts(done), { created: 2, updated: 0, unchanged: 0, skipped: 0, failed: 5 });
	const told = await errors(me, file.id);
	assert.match(told, /"Saw";"1";"";"South";"";"";"custom.hall: no row is called ""South"""/);
	assert.deepEqual((await list(resource)).map(({ name, object: of, sales_id: owned, custom }) => [name, of, owned !== null, custom]), [
		['Drill', resource, true, { power: 40000, state: 'new' }],
		['Lathe', resource, true, { power: 7.5, customer: ada.id, hall: north.id, state: 'worn' }], ['North', resource, true, null]]
		.map((row) => [...row.slice(0, 3), row[3] ?? {}]));
	assert.equal((await list(halls)).length, 3);
	const undone = await turn(me, file.id, 'undo');
	assert.deepEqual([undone.state, undone.undone, undone.conflicts], ['undone', 2, 0]);
	assert.deepEqual((await list(resource)).map(({ name }) => name), ['North']);
});

test('rows are matched by name, ID and external ID only among the rows of the object', async () => {
	const { resource } = await object('Boats'), { resource: trains } = await object('Trains');
	await field(resource, 'Tons', 'integer');
	const train = await make(trains, { name: 'Express' });
	const made = await bring(me, 'external_id,name,tons\nb1,Ship,1\nb2,Ferry,2\n', { resource, plan: { mode: 'both', match_by: 'external_id' } });
	assert.deepEqual([made.created, made.failed], [2, 0], made.error);
	const [ferry] = await list(resource);
	const byKey = await bring(me, 'external_id,name,tons\nb1,Ship,3\nb2,Ferry,2\n', { resource, plan: { mode: 'both', match_by: 'external_id' } });
	assert.deepEqual(counts(byKey), { created: 0, updated: 1, unchanged: 1, skipped: 0, failed: 0 });
	const byName = await bring(me, 'name,tons\nFerry,9\nExpress,1\n', { resource, plan: { mode: 'update', match_by: 'name' } });
	assert.deepEqual([byName.updated, byName.failed], [1, 1]);
	const byId = await bring(me, `id,name\n${ferry.id},Big ferry\n${train.id},Stolen\n`, { resource, plan: { mode: 'update', match_by: 'id' } });
	assert.deepEqual([byId.updated, byId.failed], [1, 1]);
	assert.deepEqual((await list(resource)).map(({ name, custom }) => [name, custom.tons]), [['Big ferry', 9], ['Ship', 3]]);
	assert.deepEqual((await list(trains)).map(({ name }) => name), ['Express']);
	// The same external ID in a different object identifies a different row.
	const same = await bring(me, 'external_id,name\nb1,Local\n', { resource: trains, plan: { mode: 'both', match_by: 'external_id' } });
	assert.equal(same.created, 1);
	const ids = async (of, name) => (await call(me, 'GET', `/api/${of}?embed=["external_ids"]&filter={"name":"${name}"}`)).json.map(({ external_ids }) => external_ids);
	assert.deepEqual([await ids(resource, 'Ship'), await ids(trains, 'Local')], [[{ 'import.boats': ['b1'] }], [{ 'import.trains': ['b1'] }]]);
});

test('an object of another organization, or one that a role or key may not import, cannot be imported', async () => {
	const { resource: foreign } = await object('Secrets', other), { resource } = await object('Tools'), { id, resource: gone } = await object('Parts');
	const upload = (who, of, more = {}) => send(who, `/api/imports?resource=${of}`, { headers: { 'content-type': 'text/csv', ...more }, body: 'name\nOne\n' });
	for (const of of [foreign, 'custom_nothing'])
		assert.equal((await upload(me, of)).status, 404, of);
	assert.equal((await call(me, 'POST', '/api/import_mappings', { name: 'x', resource: foreign, columns: ['a'], mapping: ['name'] })).status, 422);
	const rs = await call(me, 'POST', '/api/auth/organization/create-role', { role: 'reader', permission: { [resource]: ['read', 'create'] } });
	assert.equal(rs.status, 200, rs.text);
	const reader = await member(me, 'reader');
	assert.equal((await upload(reader, resource)).status, 422);
	// A relation cannot name a row of another organization.
	const hall = await object('Rooms', other);
	await make(hall.resource, { name: 'Theirs' }, other);
	await object('Rooms');
	await field(resource, 'Room', 'relation', { refers: hall.resource });
	const { rows } = await preview((await take(me, 'name,room\nSaw,Theirs\n', { resource })).id);
	assert.deepEqual(rows.map(({ problems }) => problems[0].code), ['import_row_unknown']);
	// The object is deleted before the import starts.
	const file = await take(me, 'name\nBolt\n', { resource: gone });
	assert.equal((await call(me, 'DELETE', `/api/object_definitions/${id}`)).status, 200);
	assert.equal(sql(`SELECT count(*) FROM crm.records WHERE org_id = '${me.organization.id}' AND object = '${gone}'`)[0][0], '0');
	const late = await turn(me, file.id, 'start');
	assert.deepEqual([late.created, late.failed], [0, 1]);
	assert.match(await errors(me, file.id), /Bolt/);
});
