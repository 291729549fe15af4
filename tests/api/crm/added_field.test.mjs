// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// own stack: it adds a field to the contacts of all organizations.
// After the two steps in CONTRIBUTING.md, a new field of contacts appears everywhere.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { addField } from '../../lib/added_field.mjs';
import { until } from '../../lib/api.mjs';
import { sqlFor } from '../lib/database.mjs';
import { startJobs } from '../lib/files.mjs';
import { bring, take } from '../lib/imports.mjs';
import { member, owner } from '../lib/people.mjs';

const jobs = startJobs();
after(() => jobs.stop());

let who;
const get = async (path) => {
	const rs = await who.browser.get(path);
	assert.equal(rs.status, 200, rs.text);
	return rs;
};
const post = async (path, body) => {
	const rs = await who.browser.post(path, body);
	assert.ok([200, 201].includes(rs.status), rs.text);
	return rs.json;
};
const found = async (filter) => (await get(`/api/contacts?filter=${encodeURIComponent(JSON.stringify(filter))}`)).json.map(({ id }) => id);

before(async () => {
	who = await owner('field');
	addField();
	// Each request may reach a different worker.
	await until(async () => (await Promise.all(Array.from({ length: 8 }, () => who.browser.get('/api/contacts?fields=["nickname"]'))))
		.every(({ status }) => status === 200));
	assert.ok('nickname' in (await get('/api/openapi.json')).json.components.schemas.contacts.properties);
});

test('the field is written, listed, filtered, sorted and searched', async () => {
	const { id, nickname } = await post('/api/contacts', { last_name: 'Hopper', nickname: 'Amazing Grace' });
	assert.equal(nickname, 'Amazing Grace');
	assert.deepEqual(await found({ 'nickname@ilike': 'amazing' }), [id]);
	assert.deepEqual(await found({ q: 'amazing' }), [id]);
	assert.deepEqual((await get('/api/search?q=amazing')).json.map((row) => row.row_id ?? row.id), [id]);
	assert.equal((await get('/api/contacts?sort=["nickname","ASC"]')).json[0].id, id);
	assert.equal((await who.browser.patch(`/api/contacts/${id}`, { nickname: 'x'.repeat(201) })).status, 422, 'its limit');
	const { changes } = (await get(`/api/contacts/${id}/history`)).json[0] ?? {};
	assert.match(JSON.stringify(changes ?? (await get(`/api/contacts/${id}/history`)).json), /nickname/);
});

test('the field is imported and exported', async () => {
	const { mapping } = await take(who, 'Nachname,Rufname\nA,B\n');
	assert.deepEqual(mapping, ['last_name', 'nickname']);
	await bring(who, 'Nachname,Rufname\nLovelace,Enchantress\n');
	const [id] = await found({ nickname: 'Enchantress' });
	assert.ok(id);
	const [head, ...rows] = (await get('/api/contacts/export')).text.split('\r\n');
	const place = head.split(',').indexOf('nickname');
	assert.ok(place > 0 && rows.some((row) => row.split(',')[place] === 'Enchantress'), head);
});

test('the field is merged by choice, and restored by an undo', async () => {
	const winner = await post('/api/contacts', { last_name: 'One' });
	const loser = await post('/api/contacts', { last_name: 'One', nickname: 'Both' });
	const { mergeId } = await post('/api/merge_contacts', { winnerId: winner.id, loserId: loser.id, choices: { nickname: loser.id } });
	assert.deepEqual(await found({ nickname: 'Both' }), [winner.id]);
	await post(`/api/merges/${mergeId}/undo`);
	assert.deepEqual(await found({ nickname: 'Both' }), [loser.id]);
});

test('automation rules compare, set and quote the field', async () => {
	await post('/api/automation_rules', { name: 'r', trigger_type: 'contact.created',
		trigger_config: { conditions: [{ field: 'nickname', op: 'eq', value: 'Ada' }] },
		action_type: 'create_task', action_config: { text: 'Write to {{nickname}}', due_in_days: 1 } });
	await post('/api/automation_rules', { name: 's', trigger_type: 'contact.updated', action_type: 'set_field',
		trigger_config: { conditions: [{ field: 'title', op: 'eq', value: 'Countess' }] },
		action_config: { field: 'nickname', value: 'Set' } });
	const { id } = await post('/api/contacts', { last_name: 'King', nickname: 'Ada' });
	const tasks = (await get(`/api/tasks?filter=${encodeURIComponent(JSON.stringify({ contact_id: id }))}`)).json;
	assert.deepEqual(tasks.map(({ text }) => text), ['Write to Ada']);
	const changed = await who.browser.patch(`/api/contacts/${id}`, { title: 'Countess' });
	assert.equal(changed.json.nickname, 'Set', changed.text);
});

test('bulk changes set the field, and roles hide it', async () => {
	const { id } = await post('/api/contacts', { last_name: 'Bulk' });
	await post('/api/contacts/bulk', { filter: { id: [id] }, max: 1, set: { nickname: 'Many' } });
	assert.deepEqual(await found({ nickname: 'Many' }), [id]);
	await post('/api/auth/organization/create-role', { role: 'some', permission: { contacts: ['read'], 'contacts.read': ['last_name'] } });
	const some = await member(who, 'some');
	assert.ok(!('nickname' in (await some.browser.get(`/api/contacts/${id}`)).json));
	assert.ok(!('nickname' in (await some.browser.get('/api/catalogue')).json.contacts.fields));
});

test('the API describes the field, with its label in both languages', async () => {
	const { contacts } = (await get('/api/catalogue')).json;
	assert.deepEqual(contacts.fields.nickname, { label: { en: 'Nickname', fr: 'Surnom' }, type: 'text', kind: 'text', limit: 200,
		rules: ['compare', 'set', 'quote'], write: 'always' });
	const { schemas } = (await get('/api/openapi.json')).json.components;
	assert.ok('nickname' in schemas['contacts.input'].properties);
});

test('the values of a purged field are deleted, and a large table is indexed in parts', async () => {
	const field = await post('/api/field_definitions', { resource: 'contacts', key: 'brief', kind: 'text', label: 'Brief' });
	const { id } = await post('/api/contacts', { last_name: 'Purged', custom: { brief: 'x' } });
	await who.browser.delete(`/api/field_definitions/${field.id}`);
	const [{ id: gone }] = (await get(`/api/trash?filter=${encodeURIComponent('{"resource":"field_definitions"}')}`)).json;
	assert.equal((await who.browser.delete(`/api/trash/${gone}`)).status, 200);
	await until(() => sqlFor(who.organization.id, `SELECT custom IS NULL FROM crm.contacts WHERE id = ${id}`)[0]?.[0] === 't');
	const again = await post('/api/field_definitions', { resource: 'contacts', key: 'brief', kind: 'integer', label: 'Brief', is_indexed: true });
	for (const brief of [3, 1, 2])
		await post('/api/contacts', { last_name: 'Pieces', custom: { brief } });
	sqlFor(who.organization.id, `DELETE FROM crm.custom_values WHERE org_id = '${who.organization.id}'; UPDATE crm.field_definitions SET indexed_at = NULL WHERE id = ${again.id};
		INSERT INTO ops.field_work (org_id, field_id, resource, key, purges) VALUES ('${who.organization.id}', ${again.id}, 'contacts', 'brief', false)`);
	sqlFor(who.organization.id, 'SELECT crm.work_on_fields(1) FROM generate_series(1, 2)');
	// Notifies tenantry-jobs, which would otherwise continue after a minute.
	sqlFor(who.organization.id, "SELECT pg_notify('tenantry_periodic_tasks', '')");
	await until(() => sqlFor(who.organization.id, `SELECT indexed_at IS NOT NULL FROM crm.field_definitions WHERE id = ${again.id}`)[0][0] === 't');
	assert.deepEqual((await get('/api/contacts?sort=["custom.brief","DESC"]&range=[0,2]')).json.map(({ custom }) => custom.brief), [3, 2, 1]);
});

test('a custom field is also in files, rules and roles', async () => {
	for (const [key, kind, more] of [['badge', 'text', { labels: { fr: 'Insigne' } }], ['seats', 'integer', {}], ['level', 'choice', { choices: ['Gold', 'Silver'] }],
		['topics', 'choices', { choices: ['Sea', 'Air'] }], ['since', 'date', {}], ['partner', 'boolean', {}], ['coach', 'person', {}],
		['owner_company', 'relation', { refers: 'companies' }], ['partners', 'relations', { refers: 'companies' }]])
		await post('/api/field_definitions', { resource: 'contacts', key, kind, label: key, ...more });
	const head = 'Nachname,Insigne,Seats,Level,Topics,Since,Partner,Coach,Owner Company,Partners';
	const { mapping } = await take(who, `${head}\nA,B,1,Gold,Sea,2027-01-31,yes,,,\n`);
	assert.deepEqual(mapping, ['last_name', ...['badge', 'seats', 'level', 'topics', 'since', 'partner', 'coach', 'owner_company', 'partners'].map((key) => `custom.${key}`)]);
	const [colleague] = (await get('/api/sales')).json;
	const { failed } = await bring(who, `${head}\nImported,Blue,"1,200",gold,"air; sea",31.01.2027,yes,${colleague.email},Known Ltd,Known Ltd; Other Ltd\nWrong,,many,,,,,,,\nOther,,,bronze,,,,,,\n`);
	const [company] = (await get(`/api/companies?filter=${encodeURIComponent('{"name":"Known Ltd"}')}`)).json;
	const [other] = (await get(`/api/companies?filter=${encodeURIComponent('{"name":"Other Ltd"}')}`)).json;
	const [row] = (await get(`/api/contacts?filter=${encodeURIComponent('{"last_name":"Imported"}')}`)).json;
	assert.deepEqual(row.custom, { badge: 'Blue', seats: 1200, level: 'Gold', topics: ['Sea', 'Air'], since: '2027-01-31', partner: true,
		coach: colleague.id, owner_company: company.id, partners: [company.id, other.id] });
	assert.deepEqual([await found({ last_name: 'Wrong' }), await found({ last_name: 'Other' })], [[], []], String(failed));
	await post('/api/automation_rules', { name: 'custom', trigger_type: 'contact.created', action_type: 'set_field',
		trigger_config: { conditions: [{ field: 'custom.seats', op: 'gte', value: 10 }, { field: 'custom.level', op: 'is_null' }] },
		action_config: { field: 'custom.level', value: 'Gold' } });
	await post('/api/automation_rules', { name: 'quoted', trigger_type: 'contact.updated', action_type: 'create_task',
		trigger_config: { conditions: [{ field: 'custom.level', op: 'changed' }, { field: 'custom.level', op: 'eq', value: 'Silver' }] },
		action_config: { text: 'Ask {{custom.badge}}', due_in_days: 1 } });
	const made = await post('/api/contacts', { last_name: 'Ruled', custom: { seats: 12, badge: 'Red' } });
	assert.deepEqual(made.custom, { seats: 12, badge: 'Red', level: 'Gold' });
	await who.browser.patch(`/api/contacts/${made.id}`, { custom: { level: 'Silver' } });
	assert.deepEqual((await get(`/api/tasks?filter=${encodeURIComponent(JSON.stringify({ contact_id: made.id }))}`)).json.map(({ text }) => text), ['Ask Red']);
	await post('/api/auth/organization/create-role', { role: 'badges', permission: { contacts: ['read', 'update', 'export'],
		'contacts.read': ['last_name', 'custom.badge', 'custom.seats'], 'contacts.update': ['custom.badge'] } });
	const some = await member(who, 'badges');
	const seen = await some.browser.get(`/api/contacts/${made.id}`);
	assert.deepEqual(seen.json.custom, { seats: 12, badge: 'Red' });
	assert.deepEqual(Object.keys((await some.browser.get('/api/catalogue')).json.contacts.fields).filter((name) => name.startsWith('custom.')), ['custom.badge', 'custom.seats']);
	for (const query of ['filter={"custom.level":"Silver"}', 'sort=["custom.level","ASC"]', 'fields=["custom.level"]'])
		assert.equal((await some.browser.get(`/api/contacts?${query.replace(/[{}"[\]]/g, encodeURIComponent)}`)).json.code, /filter/.test(query) ? 'not_filtered' : /sort/.test(query) ? 'not_sorted' : 'no_such_field', query);
	assert.equal((await some.browser.get('/api/contacts/aggregate?group=%5B%22custom.level%22%5D')).json.code, 'not_aggregated');
	assert.ok(!(await some.browser.get('/api/contacts/export')).text.includes('level'));
	assert.equal((await some.browser.patch(`/api/contacts/${made.id}`, { custom: { badge: 'Green' } })).json.custom.badge, 'Green');
	assert.equal((await some.browser.patch(`/api/contacts/${made.id}`, { custom: { seats: 13 } })).status, 422);
	assert.deepEqual((await get(`/api/contacts/${made.id}`)).json.custom, { seats: 12, badge: 'Green', level: 'Silver' });
});
