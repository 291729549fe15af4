// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Custom fields that refer to rows: what happens to a row when the row to which it refers is deleted or merged.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { sqlFor } from '../lib/database.mjs';
import { member, owner } from '../lib/people.mjs';

let who, machines;
const good = async (asked, status = 200) => {
	const rs = await asked;
	assert.equal(rs.status, status, rs.text);
	return rs.json;
};
const post = (path, body, status = 201) => good(who.browser.post(`/api/${path}`, body), status);
const custom = async (path) => (await good(who.browser.get(`/api/${path}`))).custom;
const found = async (resource, filter) => (await good(who.browser.get(`/api/${resource}?filter=${encodeURIComponent(JSON.stringify(filter))}&sort=["id","ASC"]`))).map(({ id }) => id);
const define = (resource, key, kind, refers, more = {}) => post('field_definitions', { resource, key, kind, label: key, refers, ...more });
const gone = async (path) => assert.equal((await who.browser.get(`/api/${path}`)).status, 404, path);
const remove = (path, status = 200) => good(who.browser.delete(`/api/${path}`), status);
const restored = async (resource, row) => {
	const [root] = await good(who.browser.get(`/api/trash?filter=${encodeURIComponent(JSON.stringify({ resource, row_id: row }))}`));
	return good(who.browser.post(`/api/trash/${root.id}/restore`, {}));
};

before(async () => {
	who = await owner('references');
	machines = (await post('object_definitions', { label: 'Machine', plural: 'Machines' })).resource;
});

// Each delete rule, for one row and for a list, of built-in resources and of custom objects, with an index and while the
// index is being built.
for (const kind of ['relation', 'relations'])
	for (const indexed of [true, false])
		test(`delete rules of a ${kind} field, ${indexed ? 'with its index' : 'before its index is complete'}`, async () => {
			const name = `${kind}_${indexed}`, list = kind === 'relations', value = (id) => (list ? [id] : id);
			const targets = { companies: { name: 'Target' }, [machines]: { name: 'Target' } };
			for (const [refers, row] of Object.entries(targets))
				for (const resource of ['deals', machines]) {
					const refer = async (key, id) => (await post(resource, { name: 'Referring', ...(resource === 'deals' && { stage: 'opportunity' }), custom: { [key]: id } })).id;
					const rules = {};
					for (const rule of [null, 'clear', 'refuse', 'delete']) {
						const key = `${name}_${refers}_${rule}`.slice(0, 49), field = await define(resource, key, kind, refers, { on_delete: rule });
						assert.equal(field.is_indexed, true);
						if (!indexed) sqlFor(who.organization.id, `DELETE FROM crm.custom_values WHERE field_id = ${field.id}; UPDATE crm.field_definitions SET indexed_at = NULL WHERE id = ${field.id}`);
						const target = (await post(refers, row)).id, other = (await post(refers, row)).id;
						rules[rule] = { key, target, other, id: await refer(key, list ? [target, other] : target), far: await refer(key, value(other)) };
					}
					const { null: keep, clear, refuse, delete: cascade } = rules;
					await remove(`${refers}/${keep.target}`);
					assert.deepEqual((await custom(`${resource}/${keep.id}`))[keep.key], list ? [keep.target, keep.other] : keep.target);

					await remove(`${refers}/${clear.target}`);
					assert.deepEqual((await custom(`${resource}/${clear.id}`))?.[clear.key], list ? [clear.other] : undefined);
					assert.deepEqual((await custom(`${resource}/${clear.far}`))[clear.key], value(clear.other));

					const { errors, code, detail } = await remove(`${refers}/${refuse.target}`, 422);
					assert.equal(code, 'referred_to_by', detail);
					assert.equal(errors, undefined);
					const bulk = await good(who.browser.post(`/api/${refers}/bulk`, { ids: [refuse.target], delete: true }), 422);
					assert.deepEqual([bulk.code, bulk.detail], [code, detail]);
					await good(who.browser.get(`/api/${refers}/${refuse.target}`));
					await remove(`${resource}/${refuse.id}`);
					await remove(`${refers}/${refuse.target}`);

					await remove(`${refers}/${cascade.target}`);
					await gone(`${resource}/${cascade.id}`);
					await good(who.browser.get(`/api/${resource}/${cascade.far}`));
					await restored(refers.startsWith('custom_') ? 'records' : refers, cascade.target);
					assert.deepEqual((await custom(`${resource}/${cascade.id}`))[cascade.key], list ? [cascade.target, cascade.other] : cascade.target);
				}
		});

test('a chain of rows is deleted and restored together', async () => {
	await define(machines, 'part_of', 'relation', machines, { on_delete: 'delete' });
	const row = (name, above) => post(machines, { name, custom: above && { part_of: above } });
	const line = await row('Line'), press = await row('Press', line.id), motor = await row('Motor', press.id);
	await who.browser.patch(`/api/${machines}/${line.id}`, { custom: { part_of: motor.id } });	// a cycle
	await remove(`${machines}/${press.id}`);
	for (const { id } of [line, press, motor]) await gone(`${machines}/${id}`);
	assert.equal((await restored('records', press.id)).rows, 3);
	assert.deepEqual([(await custom(`${machines}/${line.id}`)).part_of, (await custom(`${machines}/${motor.id}`)).part_of], [motor.id, press.id]);
});

test('a rule also applies to rows that the caller may not see', async () => {
	const field = await define(machines, 'owner', 'relation', 'companies', { on_delete: 'delete' });
	await good(who.browser.post('/api/auth/organization/create-role', { role: 'firms', permission: { companies: ['read', 'delete'] } }));
	const some = await member(who, 'firms');
	const firm = await post('companies', { name: 'Firm' }), machine = await post(machines, { name: 'Hidden', custom: { owner: firm.id } });
	assert.equal((await some.browser.get(`/api/${machines}/${machine.id}`)).json.type, '/problems/role');
	await good(some.browser.delete(`/api/companies/${firm.id}`));
	await gone(`${machines}/${machine.id}`);
	await good(who.browser.patch(`/api/field_definitions/${field.id}`, { on_delete: 'refuse' }));
	const held = await post('companies', { name: 'Held' });
	await post(machines, { name: 'Hidden', custom: { owner: held.id } });
	const refused = await some.browser.delete(`/api/companies/${held.id}`);
	assert.deepEqual([refused.status, refused.json.code], [422, 'referred_to_by']);
});

test('wrong definitions are refused', async () => {
	const refused = async (body, member) => {
		const { errors } = await post('field_definitions', { resource: 'deals', label: 'Wrong', ...body }, 422);
		assert.ok(member in errors, JSON.stringify(errors));
	};
	await refused({ kind: 'text', on_delete: 'clear' }, 'on_delete');
	await refused({ kind: 'relation', refers: 'companies', on_delete: 'forget' }, 'on_delete');
	await refused({ kind: 'relation', refers: 'companies', on_delete: 'clear', required: true }, 'on_delete');
	await refused({ kind: 'relations' }, 'refers');
	await refused({ kind: 'relations', refers: 'companies', is_unique: true }, 'is_unique');
});

test('a list of rows has each row once, and can be filtered', async () => {
	await define('companies', 'friends', 'relations', 'companies');
	const [a, b, c] = await Promise.all(['A', 'B', 'C'].map((name) => post('companies', { name })));
	const row = await post('companies', { name: 'Many', custom: { friends: [b.id, a.id, String(b.id)] } });
	assert.deepEqual(row.custom.friends, [b.id, a.id]);
	const one = await post('companies', { name: 'One', custom: { friends: [a.id] } });
	for (const [filter, expected] of [[{ 'custom.friends@cs': [a.id] }, [row.id, one.id]], [{ 'custom.friends@cs': [a.id, b.id] }, [row.id]],
		[{ 'custom.friends@cs': [c.id] }, []], [{ 'custom.friends@not.cs': [b.id] }, [one.id]], [{ 'custom.friends@is': null, id: c.id }, [c.id]],
		[{ '@or': [{ 'custom.friends@cs': [b.id] }, { name: 'C' }] }, [c.id, row.id].sort()]])
		assert.deepEqual((await found('companies', filter)).sort(), expected, JSON.stringify(filter));
	await remove(`companies/${a.id}`);	// the ID of the deleted row stays in the list, and does not prevent changes
	assert.deepEqual((await good(who.browser.patch(`/api/companies/${one.id}`, { custom: { friends: [a.id, c.id] } }))).custom.friends, [a.id, c.id]);
	const { errors } = await good(who.browser.patch(`/api/companies/${one.id}`, { custom: { friends: [a.id, 1] } }), 422);
	assert.ok('custom.friends.1' in errors, JSON.stringify(errors));
	const { schemas } = (await good(who.browser.get('/api/openapi.json'))).components;
	for (const { maxItems } of [schemas.companies.properties.custom.properties.friends, schemas['companies.filter'].properties['custom.friends@cs']])
		assert.match((await good(who.browser.patch(`/api/companies/${one.id}`, { custom: { friends: Array(maxItems + 1).fill(a.id) } }), 422)).errors['custom.friends'],
			new RegExp(`at most ${maxItems} elements$`));
	await good(who.browser.patch(`/api/companies/${one.id}`, { custom: { friends: Array(100).fill(a.id) } }));
	await good(who.browser.patch(`/api/companies/${one.id}`, { custom: { friends: [] } }));
	assert.equal((await custom(`companies/${one.id}`))?.friends, undefined);
});

test('a row that is deleted with its row is not in the way', async () => {
	await define('tasks', 'about', 'relation', 'contacts', { on_delete: 'refuse' });
	const { id } = await post('contacts', { last_name: 'Both' });
	await post('tasks', { contact_id: id, type: 'call', text: 'Call', due_date: '2030-01-01T00:00:00Z', custom: { about: id } });
	await remove(`contacts/${id}`);
});

test('a merged contact refers neither to itself nor to the other one', async () => {
	await define('contacts', 'boss', 'relation', 'contacts');
	await define('contacts', 'pals', 'relations', 'contacts');
	const [winner, loser, other] = await Promise.all(['W', 'L', 'O'].map((last_name) => post('contacts', { last_name })));
	const before = { boss: loser.id, pals: [loser.id, other.id] };
	await good(who.browser.patch(`/api/contacts/${winner.id}`, { custom: before }));
	await good(who.browser.patch(`/api/contacts/${loser.id}`, { custom: { boss: winner.id, pals: [winner.id] } }));
	await good(who.browser.patch(`/api/contacts/${other.id}`, { custom: { boss: loser.id } }));
	const { mergeId } = await post('merge_contacts', { loserId: loser.id, winnerId: winner.id }, 200);
	assert.deepEqual(await custom(`contacts/${winner.id}`), { pals: [other.id] });
	assert.deepEqual(await custom(`contacts/${other.id}`), { boss: winner.id });
	assert.deepEqual(await found('contacts', { 'custom.pals@cs': [loser.id] }), []);
	await post(`merges/${mergeId}/undo`, {}, 200);
	assert.deepEqual([await custom(`contacts/${winner.id}`), await custom(`contacts/${other.id}`), await custom(`contacts/${loser.id}`)],
		[before, { boss: loser.id }, { boss: winner.id, pals: [winner.id] }]);
});

test('references follow a merge, and its undo', async () => {
	await define(machines, 'keeper', 'relation', 'contacts', { on_delete: 'delete' });
	await define(machines, 'users', 'relations', 'contacts');
	const [winner, loser, other] = await Promise.all(['W', 'L', 'O'].map((last_name) => post('contacts', { last_name })));
	const values = {
		lost: { keeper: loser.id, users: [other.id, loser.id] }, both: { keeper: winner.id, users: [loser.id, winner.id] },
		later: { keeper: loser.id, users: [winner.id, loser.id] }, apart: { keeper: other.id, users: [other.id] },
	};
	const rows = {};
	for (const [name, row] of Object.entries(values)) rows[name] = (await post(machines, { name, custom: row })).id;
	const now = async () => Object.fromEntries(await Promise.all(Object.entries(rows).map(async ([name, id]) => [name, await custom(`${machines}/${id}`)])));
	const preview = await post('merge_contacts/preview', { loserId: loser.id, winnerId: winner.id }, 200);
	assert.equal(preview.moves[machines], 5);	// two rows refer to the contact by "keeper", and three by "users"
	await good(who.browser.post('/api/auth/organization/create-role', { role: 'merger', permission: { contacts: ['read', 'update', 'delete', 'merge'] } }));
	const some = await member(who, 'merger'), seen = await some.browser.post('/api/merge_contacts/preview', { loserId: loser.id, winnerId: winner.id });
	assert.equal(seen.status, 200, seen.text);
	assert.ok(!(machines in seen.json.moves), seen.text);
	const { mergeId } = await post('merge_contacts', { loserId: loser.id, winnerId: winner.id }, 200);
	assert.deepEqual(await now(), { lost: { keeper: winner.id, users: [other.id, winner.id] }, both: { keeper: winner.id, users: [winner.id] },
		later: { keeper: winner.id, users: [winner.id] }, apart: values.apart });
	assert.deepEqual(await found(machines, { 'custom.users@cs': [loser.id] }), []);
	await good(who.browser.patch(`/api/${machines}/${rows.later}`, { custom: { keeper: other.id, users: [winner.id, other.id] } }));
	await post(`merges/${mergeId}/undo`, {}, 200);
	assert.deepEqual(await now(), { lost: values.lost, both: values.both, later: { keeper: other.id, users: [winner.id, other.id, loser.id] }, apart: values.apart });
	assert.deepEqual(await found(machines, { 'custom.users@cs': [loser.id] }), [rows.lost, rows.both, rows.later].sort((a, b) => a - b));
});
