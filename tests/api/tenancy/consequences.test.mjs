// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// The consequences of a write by a user with a limited role, and what the user can find out about other rows.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { sql } from '../lib/database.mjs';
import { member, owner } from '../lib/people.mjs';

let boss, rep, mine, bosses;

const wire = async (path, body) => {
	const rs = await boss.browser.post(`/api/auth/organization/${path}`, body);
	assert.equal(rs.status, 200, rs.text);
	return rs.json;
};
const grant = (permission) => wire('update-role', { roleName: 'rep', data: { permission } });
const good = async (asked, status = 200) => {
	const rs = await asked;
	assert.equal(rs.status, status, rs.text);
	return rs.json;
};
const make = (resource, body, by = boss) => good(by.browser.post(`/api/${resource}`, body), 201);

before(async () => {
	boss = await owner('follows');
	await wire('create-role', { role: 'rep', permission: {} });
	rep = await member(boss, 'rep');
	[bosses, mine] = [boss, rep].map((who) => Number(who.me.id));
});

test('a recurring task continues for a user who may not create tasks', async () => {
	const { id: contact_id } = await make('contacts', { last_name: 'Own', sales_id: mine });
	const task = await make('tasks', { contact_id, text: 'again', sales_id: mine, due_date: '2026-03-02T09:00:00Z',
		rrule: 'FREQ=WEEKLY' });
	await grant({ contacts: ['read:own'], tasks: ['read:own', 'update:own'] });
	await good(rep.browser.patch(`/api/tasks/${task.id}`, { done_date: '2026-03-02T10:00:00Z' }));
	const all = await good(rep.browser.get(`/api/tasks?filter={"contact_id":${contact_id}}`));
	assert.deepEqual(all.map((t) => t.done_date === null).sort(), [false, true]);
	assert.equal((await rep.browser.post('/api/tasks', { contact_id, text: 'new' })).status, 422);
});

test('automation rules act with the organization\'s permissions', async () => {
	await make('automation_rules', { name: 'call', trigger_type: 'contact.updated',
		trigger_config: {}, action_type: 'create_task', action_config: { type: 'call', text: 'Call', due_in_days: 1 } });
	const { id } = await make('contacts', { last_name: 'Ruled', sales_id: mine });
	await grant({ contacts: ['read:own', 'update:own'] });
	await good(rep.browser.patch(`/api/contacts/${id}`, { title: 'Dr' }));
	const tasks = await good(boss.browser.get(`/api/tasks?filter={"contact_id":${id}}`));
	assert.deepEqual(tasks.map((t) => t.text), ['Call']);
	assert.equal((await rep.browser.get('/api/tasks')).status, 422);
	assert.equal((await rep.browser.get('/api/automation_rules')).status, 422);
});

test('a note updates the last activity of a contact that its author may not change', async () => {
	const { id: contact_id } = await make('contacts', { last_name: 'Seen', last_seen: '2020-01-01T00:00:00Z' });
	await grant({ contacts: ['read'], contact_notes: ['read', 'create:own'] });
	await make('contact_notes', { contact_id, text: 'met', date: '2026-01-01T00:00:00Z' }, rep);
	assert.match((await good(rep.browser.get(`/api/contacts/${contact_id}`))).last_seen, /^2026-01-01/);
	assert.equal((await rep.browser.patch(`/api/contacts/${contact_id}`, { title: 'x' })).status, 422);
});

test('a board is numbered as a whole, and only own cards can be moved', async () => {
	const deals = [];
	for (const sales_id of [bosses, mine, bosses])
		deals.push(await make('deals', { name: 'Card', stage: 'opportunity', sales_id }));
	const [first, own, last] = deals.map(({ id }) => id);
	await grant({ deals: ['read:own', 'update:own'] });
	const move = (id, body) => rep.browser.post(`/api/deals/${id}/move`, body);
	const board = await good(boss.browser.get('/api/deals?filter={"stage":"opportunity"}&sort=["index","ASC"]'));
	assert.equal(board.length, 3);
	const moved = await good(move(own, { stage: 'opportunity', index: 0 }));
	assert.deepEqual(moved.map(({ id }) => id), [own], 'the answer has no card of others');
	const after = await good(boss.browser.get('/api/deals?filter={"stage":"opportunity"}&sort=["index","ASC"]'));
	assert.equal(after[0].id, own);
	assert.deepEqual(after.map((d) => d.index), [0, 1, 2]);
	assert.equal((await move(first, { stage: 'won', index: 0 })).status, 404);
	assert.equal((await move(own, { stage: 'opportunity', before_id: last })).status, 422, 'no card of others is named');
});

test('a deleted own row is not found by the search, and its user can restore only own rows', async () => {
	await grant({ contacts: ['read:own', 'create:own', 'delete:own'] });
	const word = `Zyx${process.pid}`;
	const { id } = await make('contacts', { last_name: word }, rep);
	const other = await make('contacts', { last_name: `${word} other` });
	const found = async (who) => (await good(who.browser.get(`/api/search?q=${word}`))).map((x) => x.id).sort();
	assert.deepEqual(await found(boss), [id, other.id].sort());
	assert.deepEqual(await found(rep), [id]);
	await good(rep.browser.delete(`/api/contacts/${id}`));
	await good(boss.browser.delete(`/api/contacts/${other.id}`));
	assert.deepEqual(await found(boss), []);
	const trash = await good(rep.browser.get('/api/trash'));
	assert.deepEqual(trash.map((t) => t.row_id), [id]);
	const [theirs] = (await good(boss.browser.get('/api/trash'))).filter((t) => t.row_id === other.id);
	assert.equal((await rep.browser.post(`/api/trash/${theirs.id}/restore`)).status, 404);
	await good(rep.browser.post(`/api/trash/${trash[0].id}/restore`));
	assert.deepEqual(await found(rep), [id]);
});

test('a value that another user\'s row has is refused without naming the row', async () => {
	const { config } = await good(boss.browser.get('/api/configuration/1'));
	await good(boss.browser.patch('/api/configuration/1', { config: { ...config, uniqueContactEmails: 'refuse' } }));
	const email_jsonb = [{ email: 'taken@rows.test', type: 'Work' }];
	await make('contacts', { first_name: 'Secret', last_name: 'Name', email_jsonb });
	await grant({ contacts: ['read:own', 'create:own'] });
	const refused = await rep.browser.post('/api/contacts', { last_name: 'Mine', email_jsonb });
	assert.equal(refused.status, 409, refused.text);
	assert.doesNotMatch(refused.text, /Secret/);
	await grant({ contacts: ['read', 'create:own'] });
	assert.match((await rep.browser.post('/api/contacts', { last_name: 'Mine', email_jsonb })).text, /Secret Name/);
	await good(boss.browser.patch('/api/configuration/1', { config }));
});

test('a batch with one row that may not be changed changes none', async () => {
	await grant({ contacts: ['read', 'update:own'] });
	const rows = [];
	for (const sales_id of [mine, bosses])
		rows.push(await make('contacts', { last_name: 'Batch', sales_id }));
	const rs = await rep.browser.post('/api/batch', { operations: rows.map(({ id }) => ({ method: 'PATCH',
		resource: 'contacts', id, data: { title: 'changed' } })) });
	assert.ok(rs.status >= 400, rs.text);
	for (const { id } of rows)
		assert.equal((await good(boss.browser.get(`/api/contacts/${id}`))).title, null);
	const bulk = await good(rep.browser.post('/api/contacts/bulk', { ids: rows.map(({ id }) => id), set: { title: 'changed' } }));
	assert.equal(bulk.count, 1);
	assert.deepEqual(await good(rep.browser.patch(`/api/contacts?filter={"id":[${rows.map(({ id }) => id)}]}`,
		{ title: 'again' })), [rows[0].id]);
});

test('an import needs the permission to import, and a merge the permission to merge', async () => {
	await grant({ contacts: ['read', 'create', 'update', 'delete'] });
	const [a, b] = [await make('contacts', { last_name: 'A' }), await make('contacts', { last_name: 'B' })];
	const merge = () => rep.browser.post('/api/merge_contacts', { loserId: a.id, winnerId: b.id });
	assert.equal((await merge()).status, 422);
	const file = () => rep.browser.post('/api/imports?resource=contacts&filename=a.csv', 'last_name\nx\n',
		{ 'content-type': 'text/csv' });
	assert.equal((await file()).status, 422);
	await grant({ contacts: ['read', 'create', 'update', 'delete', 'import', 'merge'] });
	assert.equal((await merge()).status, 200);
	assert.ok((await file()).status < 300);
});

test('the scope team covers the rows of the user\'s team and the teams below, until the user leaves it', async () => {
	const [low, far] = [await member(boss, 'rep'), await member(boss, 'rep')];
	const team = async (name, parentId) => (await wire('create-team', { name, parentId })).id;
	const [top, aside] = [await team('top'), await team('aside')];
	const under = await team('below', top);
	const join = (teamId, userId) => wire('add-team-member', { teamId, userId });
	await join(top, rep.id);
	await join(under, low.id);
	await join(aside, far.id);
	await grant({ contacts: ['read:team', 'update:own', 'create:team'] });
	const rows = [];
	for (const who of [rep, low, far, boss])
		rows.push((await make('contacts', { last_name: 'Teamed', sales_id: Number(who.me.id) })).id);
	const seen = async (who) => {
		const list = await who.browser.get('/api/contacts?filter={"last_name":"Teamed"}&sort=["id","ASC"]');
		const found = (await good(list)).map(({ id }) => id);
		assert.equal(Number(list.headers['content-range'].split('/')[1]), found.length);
		return found.map((id) => rows.indexOf(id));
	};
	assert.deepEqual([await seen(rep), await seen(low), await seen(far)], [[0, 1], [1], [2]]);
	assert.equal((await rep.browser.patch(`/api/contacts/${rows[1]}`, { title: 'x' })).status, 422);
	assert.equal((await rep.browser.patch(`/api/contacts/${rows[2]}`, { title: 'x' })).status, 404);
	await make('contacts', { last_name: 'For below', sales_id: Number(low.me.id) }, rep);
	assert.equal((await low.browser.post('/api/contacts', { last_name: 'For above', sales_id: mine })).status, 422);
	await wire('update-team', { teamId: under, data: { parentId: aside } });
	assert.deepEqual([await seen(rep), await seen(low), await seen(far)], [[0], [1], [1, 2]]);
	await wire('remove-team-member', { teamId: aside, userId: far.id });
	assert.deepEqual(await seen(far), [2]);
});

test('an explanation agrees with the effect of the request, and names the grant that allows it', async () => {
	await grant({ contacts: ['read', 'update:own'], contact_notes: ['read'] });
	const [own, other] = [await make('contacts', { last_name: 'X', sales_id: mine }), await make('contacts', { last_name: 'Y' })];
	const explain = async (by, resource, id, user = mine) => {
		const { actions, roles } = await good(by.browser.get(`/api/access/explain?resource=${resource}&user=${user}${
			id ? `&id=${id}` : ''}`));
		return { roles, ...Object.fromEntries(actions.map((a) => [a.action, a])) };
	};
	for (const who of [boss, rep]) {
		const said = await explain(who, 'contacts', own.id);
		assert.deepEqual([said.roles, said.read.allowed, said.update.allowed, said.delete.allowed], [['rep'], true, true, false]);
		assert.equal(said.read.reason, 'The role rep grants read on all rows.');
		assert.equal(said.update.reason, 'The role rep grants update on rows of the user, and this one belongs to them.');
		assert.equal(said.delete.reason, 'No role of the user grants delete on contacts.');
		assert.deepEqual(said.update.rules, [{ role: 'rep', permission: 'contacts: update:own', scope: 'own' }]);
		const foreign = await explain(who, 'contacts', other.id);
		assert.equal(foreign.update.allowed, false);
		assert.deepEqual([foreign.read.cause, foreign.update.cause, foreign.delete.cause, said.update.cause],
			['scope', 'other_owner', 'no_role', 'owner']);
		assert.equal(foreign.update.reason, 'The role rep grants update on rows of the user, but this one belongs to follows Person.');
	}
	const bossSaid = await explain(boss, 'contacts', own.id, bosses);
	assert.deepEqual(bossSaid.merge.rules, [{ role: 'owner', permission: 'crm: administer', scope: 'all' },
		{ role: 'owner', permission: 'crm: merge', scope: 'all' }]);
	assert.ok(Object.values(bossSaid).every((a) => Array.isArray(a) || a.allowed));
	// A note is visible only with its contact.
	await grant({ contacts: ['read:own'], contact_notes: ['read'] });
	const note = await make('contact_notes', { contact_id: other.id, text: 'n' });
	const said = await explain(boss, 'contact_notes', note.id);
	assert.deepEqual([said.read.allowed, said.read.reason],
		[false, 'The role rep grants read on all rows, but not on a row that the user cannot read.']);
	assert.equal((await explain(boss, 'contacts')).read.allowed, true);
	for (const [by, query, status] of [[rep, `resource=contacts&user=${bosses}`, 404], [rep, `resource=contacts&user=${mine}&id=${other.id}`, 404],
		[boss, `resource=contacts&user=${mine}&id=1`, 404], [boss, `resource=money&user=${mine}`, 422],
		[boss, 'resource=contacts', 400], [boss, `resource=contacts&user=${mine}&id=x`, 400]])
		assert.equal((await by.browser.get(`/api/access/explain?${query}`)).status, status, query);
});

test('the resources that roles can contain are listed with the caller\'s own permissions', async () => {
	await grant({ contacts: ['read', 'update:own'], team: ['create'] });
	const { resources, roles } = await good(rep.browser.get('/api/access/resources'));
	assert.deepEqual(roles.map(({ role }) => role), ['owner', 'admin', 'member', 'viewer', 'portal']);
	assert.deepEqual(roles[3].permission.crm, ['read']);
	const of = (name) => resources.find((r) => r.name === name);
	assert.deepEqual([resources[0].name, of('contacts').crm, of('team').crm], ['crm', true, false]);
	assert.deepEqual(resources.filter((r) => r.reserved).map((r) => [r.name, r.crm, r.actions[0].scopes]), ['audit_log', 'contact_erasures', 'contact_holds'].map((name) => [name, true, false]));
	assert.deepEqual(of('contacts').actions.map((a) => [a.name, a.scopes, a.granted]), [['read', true, 'all'], ['create', true, null],
		['update', true, 'own'], ['delete', true, null], ['export', false, null], ['import', false, null], ['merge', false, null]]);
	assert.deepEqual(of('team').actions, [{ name: 'create', scopes: false, granted: 'all' },
		{ name: 'update', scopes: false, granted: null }, { name: 'delete', scopes: false, granted: null }]);
	const all = (await good(boss.browser.get('/api/access/resources'))).resources;
	assert.ok(all.every((r) => r.actions.every((a) => a.granted === 'all')));
	// Each offered permission results in a valid role.
	const permission = Object.fromEntries(all.map((r) => [r.name, r.actions.map((a) => a.scopes ? `${a.name}:own` : a.name)]));
	await good(boss.browser.post('/api/auth/organization/create-role', { role: 'everything', permission }));
	await good(boss.browser.post('/api/auth/organization/delete-role', { roleName: 'everything' }));
});

test('a merge moves rows of other users, and its undo restores them', async () => {
	await grant({ contacts: ['read', 'update', 'merge'] });
	const [loser, winner] = [await make('contacts', { last_name: 'Loser' }), await make('contacts', { last_name: 'Winner' })];
	const task = await make('tasks', { contact_id: loser.id, text: 'of the boss' });
	const note = await make('contact_notes', { contact_id: loser.id, text: 'of the boss' });
	const deal = await make('deals', { name: 'Of both', stage: 'opportunity', contact_ids: [loser.id] });
	const { mergeId } = await good(rep.browser.post('/api/merge_contacts', { loserId: loser.id, winnerId: winner.id }));
	const at = async () => [(await good(boss.browser.get(`/api/tasks/${task.id}`))).contact_id,
		(await good(boss.browser.get(`/api/contact_notes/${note.id}`))).contact_id,
		...(await good(boss.browser.get(`/api/deals/${deal.id}`))).contact_ids];
	assert.deepEqual(await at(), [winner.id, winner.id, winner.id]);
	await good(rep.browser.post(`/api/merges/${mergeId}/undo`, {}));
	assert.deepEqual(await at(), [loser.id, loser.id, loser.id]);
	await grant({ contacts: ['read', 'update:own', 'merge'] });
	assert.equal((await rep.browser.post('/api/merge_contacts', { loserId: loser.id, winnerId: winner.id })).status, 422);
	const nobodys = await make('contacts', { last_name: 'Nobody\'s' });
	sql('UPDATE crm.contacts SET sales_id = NULL WHERE id = $1', nobodys.id);
	const own = await make('contacts', { last_name: 'Own', sales_id: mine });
	assert.equal((await rep.browser.post('/api/merge_contacts', { loserId: nobodys.id, winnerId: own.id })).status, 422);
});

test('a deleted contact or tag is removed from rows of other users that refer to it', async () => {
	await grant({ contacts: ['read', 'delete'], tags: ['read', 'delete'] });
	const contact = await make('contacts', { last_name: 'Named' });
	const tag = await make('tags', { name: `Named ${process.pid}`, color: '#123456' });
	const other = await make('contacts', { last_name: 'Names', tags: [tag.id] });
	const deal = await make('deals', { name: 'Names', stage: 'opportunity', contact_ids: [contact.id] });
	await good(rep.browser.delete(`/api/contacts/${contact.id}`));
	await good(rep.browser.delete(`/api/tags/${tag.id}`));
	assert.deepEqual((await good(boss.browser.get(`/api/deals/${deal.id}`))).contact_ids, []);
	assert.deepEqual((await good(boss.browser.get(`/api/contacts/${other.id}`))).tags, []);
});

test('rows that were deleted with a row are restored with it, and remain hidden from users who could not see them', async () => {
	await grant({ contacts: ['read', 'delete'] });
	const contact = await make('contacts', { last_name: 'With notes' });
	const note = await make('contact_notes', { contact_id: contact.id, text: 'not for the rep' });
	await good(rep.browser.delete(`/api/contacts/${contact.id}`));
	const trash = await rep.browser.get('/api/trash');
	assert.doesNotMatch(trash.text, /not for the rep/);
	await grant({ contacts: ['read', 'delete'], contact_notes: ['read:own'] });
	assert.equal((await rep.browser.get(`/api/contact_notes/${note.id}/history`)).status, 404);
	await good(rep.browser.post(`/api/trash/${trash.json.find((t) => t.row_id === contact.id).id}/restore`));
	assert.equal((await good(boss.browser.get(`/api/contact_notes/${note.id}`))).text, 'not for the rep');
});

test('a reference to a hidden row is refused like a reference to a missing row', async () => {
	await grant({ contacts: ['read:own', 'create:own', 'update:own'], deals: ['read:own', 'create:own', 'update:own'],
		...Object.fromEntries(['contact_notes', 'tasks', 'activities', 'appointments', 'messages', 'deal_notes']
			.map((r) => [r, ['read:own', 'create:own', 'update:own']])) });
	const company = await make('companies', { name: 'Hidden' });
	const hidden = await make('contacts', { last_name: 'Hidden', company_id: company.id });
	const deal = await make('deals', { name: 'Hidden', stage: 'opportunity' });
	const asks = (contact, firm, sale) => [
		['contacts', { last_name: 'x', company_id: firm }], ['deals', { name: 'x', stage: 'opportunity', company_id: firm }],
		['deals', { name: 'x', stage: 'opportunity', contact_ids: [contact] }],
		['contact_notes', { contact_id: contact, text: 'x' }], ['tasks', { contact_id: contact, text: 'x' }],
		['deal_notes', { deal_id: sale, text: 'x' }],
		['activities', { contact_id: contact, type: 'call', subject: 'x' }],
		['appointments', { title: 'x', starts_at: '2026-01-01T10:00:00Z', ends_at: '2026-01-01T11:00:00Z', contact_id: contact }],
		['appointments', { title: 'x', starts_at: '2026-01-01T10:00:00Z', ends_at: '2026-01-01T11:00:00Z',
			attendees: [{ contact_id: contact }] }]];
	const missing = asks(987654321, 987654321, 987654321);
	for (const [i, [resource, body]] of asks(hidden.id, company.id, deal.id).entries()) {
		const answers = [];
		for (const data of [body, missing[i][1]]) {
			const { status, json } = await rep.browser.post(`/api/${resource}`, data);
			assert.equal(status, 422, `${resource} ${JSON.stringify(data)}`);
			answers.push({ ...json, instance: '' });
		}
		assert.deepEqual(answers[0], answers[1], `${resource} ${JSON.stringify(body)}`);
	}
	// Existing references of a row remain, and a change also checks new references.
	const own = await make('contacts', { last_name: 'Own', company_id: company.id, sales_id: mine });
	const both = await make('deals', { name: 'Own', stage: 'opportunity', contact_ids: [hidden.id], sales_id: mine });
	await good(rep.browser.put(`/api/contacts/${own.id}`, { last_name: 'Mine', company_id: company.id }));
	await good(rep.browser.patch(`/api/deals/${both.id}`, { contact_ids: [hidden.id, own.id] }));
	const slot = { title: 'x', starts_at: '2026-01-02T10:00:00Z', ends_at: '2026-01-02T11:00:00Z' };
	const meeting = await make('appointments', { ...slot, sales_id: mine, attendees: [{ contact_id: hidden.id }] });
	await good(rep.browser.patch(`/api/appointments/${meeting.id}`, { attendees: [{ contact_id: hidden.id },
		{ email: 'guest@example.test' }] }));
	const another = await make('contacts', { last_name: 'Another' });
	assert.equal((await rep.browser.patch(`/api/appointments/${meeting.id}`, { attendees: [{ contact_id: another.id }] })).status, 422);
	assert.equal((await rep.browser.patch(`/api/deals/${both.id}`, { contact_ids: [another.id] })).status, 422);
	await make('contacts', { last_name: 'x', company_id: company.id });
});

test('contacts are found by company only for users who can see all companies', async () => {
	const company = await make('companies', { name: 'Zanzibar Spices' });
	const { id } = await make('contacts', { last_name: 'Found', company_id: company.id, sales_id: mine });
	const found = async (q) => (await good(rep.browser.get(`/api/contacts?filter=${encodeURIComponent(JSON.stringify({ q }))}`)))
		.map((c) => c.id);
	await grant({ contacts: ['read:own'] });
	assert.deepEqual(await found('Zanzibar'), []);
	assert.deepEqual(await found('Found Zanzibar'), []);
	assert.ok((await found('Found')).includes(id));
	await grant({ contacts: ['read:own'], companies: ['read'] });
	assert.deepEqual(await found('Zanzibar'), [id]);
	assert.deepEqual(await found('Found Zanzibar'), [id]);
});

test('each export format needs the permission to export, and actions without scopes accept none', async () => {
	await grant({ crm: ['read'] });
	for (const query of ['format=csv', 'format=vcard', 'format=ndjson', 'format=ndjson&embed=["company"]'])
		assert.equal((await rep.browser.get(`/api/contacts/export?${query}`)).status, 422, query);
	for (const action of ['export:own', 'import:team', 'merge:own', 'administer:own', 'read:all', 'read:own:x', 'fly'])
		assert.ok((await boss.browser.post('/api/auth/organization/update-role', { roleName: 'rep',
			data: { permission: { [action === 'administer:own' ? 'crm' : 'contacts']: [action] } } })).status >= 400, action);
	assert.equal((await rep.browser.get('/api/tags')).status, 200);
	assert.equal((await rep.browser.get('/api/views')).status, 200);
});

test('an API key can do only what both its permissions and the role allow', async () => {
	await grant({ contacts: ['read:own'] });
	const { key } = await good(rep.browser.post('/api/auth/api-key/create', { name: 'k' }));
	const headers = { 'x-api-key': key };
	const { Browser } = await import('../lib/http.mjs');
	const program = new Browser();
	const list = await good(program.get('/api/contacts', headers));
	assert.ok(list.length > 0 && list.every((c) => c.sales_id === mine));
	for (const [rs, permission] of [[await program.get('/api/deals', headers), 'deals.read'],
		[await program.post('/api/contacts', { last_name: 'x' }, headers), 'contacts.create']])
		assert.deepEqual([rs.status, rs.json.type, rs.json.permission], [403, '/problems/permission', permission], rs.text);
	// The request has no cookie, because a browser with a cookie would sign in again.
	const own = await rep.browser.get('/api/deals');
	assert.deepEqual([own.status, own.json.type, own.json.permission], [422, '/problems/role', 'deals.read'], own.text);
});

test('a route has the same scope under both of its paths', async () => {
	const deal = await make('deals', { name: 'Staged', stage: 'opportunity' });
	const paths = [`deals/${deal.id}/stages`, `crm/deals/${deal.id}/stages`, 'daily_metrics?days=1', 'crm/metrics?days=1'];
	const answers = async () => (await Promise.all(paths.map((path) => rep.browser.get(`/api/${path}`)))).map((rs) => rs.status);
	await grant({});
	assert.deepEqual(await answers(), [422, 422, 422, 422]);
	await grant({ deals: ['read'], daily_metrics: ['read'] });
	assert.deepEqual(await answers(), [200, 200, 200, 200]);
	for (const [permissions, ...statuses] of [[{ deals: ['read'] }, 200, 200, 200], [{ crm: ['read'] }, 403, 200, 403]]) {
		const { key } = await good(boss.browser.post('/api/auth/api-key/create', { name: 'k', permissions }));
		const rs = await Promise.all([...paths.slice(0, 2), 'crm/deals'].map((path) =>
			fetch(`${process.env.BASE}/api/${path}`, { headers: { 'x-api-key': key } })));
		assert.deepEqual(rs.map(({ status }) => status), statuses);
	}
});

test('an invalid filter of a limited user returns 400', async () => {
	await grant({ contacts: ['read:own', 'export'] });
	for (const path of ['contacts?filter={"nope":1}', 'contacts?sort=["nope","ASC"]', 'contacts/export?filter={"nope":1}']) {
		const rs = await rep.browser.get(`/api/${path}`);
		assert.equal(rs.status, 400, rs.text);
	}
	await grant({});
	assert.equal((await rep.browser.get('/api/contacts?filter={"nope":1}')).status, 422, 'first whether they may');
});
