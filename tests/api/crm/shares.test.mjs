// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Who may create, see, change and end shares, and what shares permit.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { until } from '../../lib/api.mjs';
import { sql } from '../lib/database.mjs';
import { member, owner } from '../lib/people.mjs';

let boss, rep, guest, stranger, bosses, mine;

const wire = async (path, body) => {
	const rs = await boss.browser.post(`/api/auth/organization/${path}`, body);
	assert.equal(rs.status, 200, rs.text);
	return rs.json;
};
const grant = (roleName, permission) => wire('update-role', { roleName, data: { permission } });
const good = async (asked, status = 200) => {
	const rs = await asked;
	assert.equal(rs.status, status, rs.text);
	return rs.json;
};
const make = (body = {}, resource = 'contacts') => good(boss.browser.post(`/api/${resource}`,
	resource === 'contacts' ? { last_name: 'Row', ...body } : body), 201);
const share = (body, who = boss) => who.browser.post('/api/shares', { resource: 'contacts', ...body });
const shared = (body, who) => good(share(body, who), 201);
const soon = () => new Date(Date.now() + 3600e3).toISOString();
const refused = async (asked, field, text) => {
	const rs = await asked;
	assert.equal(rs.status, 422, rs.text);
	assert.match(field ? String(rs.json.errors?.[field]?.message ?? JSON.stringify(rs.json.errors?.[field])) : rs.text, text);
	return rs;
};

before(async () => {
	boss = await owner('sharing');
	for (const role of ['rep', 'guest'])
		await wire('create-role', { role, permission: {} });
	[rep, guest, stranger] = [await member(boss, 'rep'), await member(boss, 'guest'), await owner('strange')];
	[bosses, mine] = [boss, rep].map((who) => Number(who.me.id));
});

test('a share permits reading a row, or also changing it', async () => {
	const { id } = await make();
	const at = `/api/contacts/${id}`;
	assert.equal((await guest.browser.get(at)).status, 422, 'the role has no permission');
	const made = await shared({ row_id: id, user_id: guest.id });
	assert.deepEqual([made.access, made.expires_at, made.sales_id, made.team_id], ['read', null, bosses, null]);
	assert.equal((await good(guest.browser.get(at))).id, id);
	assert.deepEqual((await good(guest.browser.get('/api/contacts'))).map((c) => c.id), [id]);
	assert.deepEqual((await good(guest.browser.get('/api/contacts_summary'))).map((c) => c.id), [id]);
	assert.equal((await guest.browser.patch(at, { title: 'x' })).status, 422);
	await good(boss.browser.patch(`/api/shares/${made.id}`, { access: 'write' }));
	assert.equal((await good(guest.browser.patch(at, { title: 'changed' }))).title, 'changed');
	assert.equal((await guest.browser.delete(at)).status, 422);
	assert.equal((await guest.browser.post('/api/contacts', { last_name: 'New' })).status, 422);
	assert.equal((await guest.browser.get(`/api/contacts/${(await make()).id}`)).status, 404, 'no other row');
	await good(boss.browser.delete(`/api/shares/${made.id}`));
	assert.equal((await guest.browser.get(at)).status, 422, 'from the next request on');
});

test('a user who may write a shared row cannot reassign or move it', async () => {
	const [contact, other] = [await make(), await make()];
	const note = await make({ contact_id: contact.id, text: 'x' }, 'contact_notes');
	await shared({ row_id: contact.id, user_id: guest.id, access: 'write' });
	await shared({ resource: 'contact_notes', row_id: note.id, user_id: guest.id, access: 'write' });
	const at = `/api/contact_notes/${note.id}`;
	await refused(guest.browser.patch(`/api/contacts/${contact.id}`, { sales_id: mine }), null, /role does not allow/);
	await refused(guest.browser.patch(at, { contact_id: other.id }), 'contact_id', /does not exist/);
	await shared({ row_id: other.id, user_id: guest.id });
	await refused(guest.browser.patch(at, { contact_id: other.id }), null, /role does not allow/);
	await good(guest.browser.patch(at, { text: 'y', contact_id: contact.id, sales_id: bosses }));
});

test('a share ends when it expires, and shows when it expires', async () => {
	const { id } = await make();
	const expires_at = soon();
	const made = await shared({ row_id: id, user_id: guest.id, expires_at });
	const explained = async (who = boss) => (await good(who.browser.get(`/api/access/explain?resource=contacts&user=${
		guest.me.id}&id=${id}`))).actions.find((a) => a.action === 'read');
	const said = await explained();
	assert.equal(said.allowed, true);
	assert.match(said.reason, /^Shared by sharing Person until \d{4}-\d\d-\d\d \d\d:\d\d UTC\.$/);
	sql('UPDATE crm.shares SET expires_at = now() - interval \'1 second\' WHERE id = $1', made.id);
	assert.equal((await explained()).allowed, false);
	assert.notEqual((await guest.browser.get(`/api/contacts/${id}`)).status, 200);
	await good(boss.browser.patch(`/api/shares/${made.id}`, { expires_at: soon() }));
	assert.equal((await guest.browser.get(`/api/contacts/${id}`)).status, 200);
});

test('a share with a team applies to its members and to the members of the teams above', async () => {
	const top = (await wire('create-team', { name: 'top' })).id;
	const under = (await wire('create-team', { name: 'under', parentId: top })).id;
	const { id } = await make();
	const made = await shared({ row_id: id, team_id: under });
	const sees = async (who) => (await who.browser.get(`/api/contacts/${id}`)).status === 200;
	await grant('rep', {});
	assert.deepEqual([await sees(guest), await sees(rep)], [false, false]);
	await wire('add-team-member', { teamId: under, userId: guest.id });
	await wire('add-team-member', { teamId: top, userId: rep.id });
	assert.deepEqual([await sees(guest), await sees(rep)], [true, true]);
	const down = await make();
	await shared({ row_id: down.id, team_id: top });
	assert.notEqual((await guest.browser.get(`/api/contacts/${down.id}`)).status, 200, 'not the teams below');
	await wire('remove-team', { teamId: under });
	assert.deepEqual([await sees(guest), await sees(rep)], [false, false]);
	assert.equal((await boss.browser.get(`/api/shares/${made.id}`)).status, 404);
});

test('an invalid share is refused', async () => {
	const { id } = await make();
	const to = { row_id: id, user_id: guest.id };
	await refused(share({ ...to, resource: 'tags' }), 'resource', /cannot be shared/);
	await refused(share({ ...to, resource: 'nothing' }), 'resource', /cannot be shared/);
	await refused(share({ ...to, row_id: 9007199254740001 }), 'row_id', /no such row/);
	await refused(share({ ...to, user_id: stranger.id }), 'user_id', /no such member/);
	await refused(share({ row_id: id, team_id: 'x' }), 'team_id', /no such team/);
	await refused(share({ row_id: id }), 'user_id', /either a user or a team/);
	await refused(share({ ...to, team_id: 'x' }), 'user_id', /either a user or a team/);
	await refused(share({ ...to, user_id: boss.id }), 'user_id', /another user/);
	await refused(share({ ...to, access: 'delete' }), 'access', /read, write/);
	await refused(share({ ...to, expires_at: '2020-01-01T00:00:00Z' }), 'expires_at', /in the future/);
	await shared(to);
	assert.equal((await share(to)).status, 409);
});

test('only a user whose role permits updating a row can share it, and see and change all its shares', async () => {
	await grant('rep', { contacts: ['read:own', 'update:own'] });
	const [own, others] = [await make({ sales_id: mine }), await make()];
	const made = await shared({ row_id: own.id, user_id: guest.id }, rep);
	const hidden = await refused(share({ row_id: others.id, user_id: guest.id }, rep), 'row_id', /no such row/);
	const missing = await share({ row_id: 9007199254740001, user_id: guest.id }, rep);
	assert.deepEqual(hidden.json.errors, missing.json.errors, 'an invisible row is like a missing one');
	// Write access through a share does not permit sharing the row further.
	const with_rep = await shared({ row_id: others.id, user_id: rep.id, access: 'write' });
	await refused(share({ row_id: others.id, user_id: guest.id }, rep), null, /role does not allow/);
	await grant('rep', { contacts: ['read'] });
	await refused(share({ row_id: own.id, user_id: boss.id }, rep), null, /role does not allow/);
	await grant('rep', { contacts: ['read:own', 'update:own'] });
	const ids = async (who) => (await good(who.browser.get(`/api/shares?filter={"row_id":[${own.id},${others.id}]}`)))
		.map((s) => s.id).sort();
	assert.deepEqual(await ids(boss), [made.id, with_rep.id].sort());
	assert.deepEqual(await ids(rep), [made.id, with_rep.id].sort());
	assert.deepEqual(await ids(guest), [made.id]);
	assert.deepEqual(await ids(stranger), []);
	assert.equal((await guest.browser.delete(`/api/shares/${made.id}`)).status, 422);
	assert.equal((await guest.browser.patch(`/api/shares/${made.id}`, { access: 'write' })).status, 422);
	assert.equal((await rep.browser.delete(`/api/shares/${with_rep.id}`)).status, 422);
	assert.equal((await stranger.browser.delete(`/api/shares/${made.id}`)).status, 404);
	// The user who created a share can end it even after the row got a different owner, but can no longer change it.
	await good(boss.browser.patch(`/api/contacts/${own.id}`, { sales_id: bosses }));
	assert.equal((await rep.browser.patch(`/api/shares/${made.id}`, { access: 'write' })).status, 422);
	await good(rep.browser.delete(`/api/shares/${made.id}`));
});

test('a change respects If-Match, a retry has one effect, and the recipient of a share cannot be changed', async () => {
	const { id } = await make();
	const key = { 'idempotency-key': `share-${process.pid}` };
	const body = { resource: 'contacts', row_id: id, user_id: guest.id };
	const made = await good(boss.browser.post('/api/shares', body, key), 201);
	assert.deepEqual(await good(boss.browser.post('/api/shares', body, key), 201), made);
	const at = `/api/shares/${made.id}`;
	const { etag } = (await boss.browser.get(at)).headers;
	const changed = await good(boss.browser.patch(at, { ...made, access: 'write' }, { 'if-match': etag }));
	assert.equal(changed.access, 'write');
	assert.equal((await boss.browser.patch(at, { access: 'read' }, { 'if-match': etag })).status, 412);
	await refused(boss.browser.patch(at, { user_id: rep.id }), 'user_id', /cannot be changed/);
	await refused(boss.browser.patch(at, { row_id: (await make()).id }), 'row_id', /cannot be changed/);
	const log = await good(boss.browser.get(`/api/audit_log?filter={"resource":"shares","row_id":"${made.id}"}`));
	assert.deepEqual(log.map((l) => l.action).sort(), ['insert', 'update']);
});

test('shares end with their row, even in the trash and by a merge, and with the member', async () => {
	const [gone, loser, winner, left] = [await make(), await make(), await make(), await make()];
	for (const { id } of [gone, loser, left])
		await shared({ row_id: id, user_id: guest.id });
	const trash = async () => (await good(boss.browser.get(`/api/shares?filter={"row_id":[${gone.id},${loser.id}]}`))).length;
	await good(boss.browser.delete(`/api/contacts/${gone.id}`));
	await good(boss.browser.post('/api/merge_contacts', { loserId: loser.id, winnerId: winner.id }));
	assert.equal(await trash(), 0);
	const [entry] = await good(boss.browser.get(`/api/trash?filter={"row_id":${gone.id}}`));
	await good(boss.browser.post(`/api/trash/${entry.id}/restore`));
	assert.equal(await trash(), 0);
	await wire('remove-member', { memberIdOrEmail: guest.email });
	assert.deepEqual(await good(boss.browser.get(`/api/shares?filter={"row_id":${left.id}}`)), []);
});

test('a shared row is in searches, feeds, counts and its history, and no other row is', async () => {
	const reader = await member(boss, 'guest');
	const word = `Shared${process.pid}`;
	const { seq } = await good(boss.browser.get('/api/changes'));
	const [row, other] = [await make({ last_name: word }), await make({ last_name: word })];
	await until(async () => (await good(boss.browser.get(`/api/changes?after=${seq}&limit=1000`))).changes
		.filter((c) => [row.id, other.id].includes(c.id)).length === 2);
	const ids = async (path, of = (json) => json) => of(await good(reader.browser.get(path))).map(({ id }) => id);
	const changed = () => ids(`/api/changes?after=${seq}&limit=1000`, (json) => json.changes.filter((c) => c.resource === 'contacts'));
	assert.deepEqual([await ids(`/api/search?q=${word}`), await changed()], [[], []]);
	const { id } = await shared({ row_id: row.id, user_id: reader.id });
	assert.deepEqual([await ids(`/api/search?q=${word}`), await changed()], [[row.id], [row.id]]);
	assert.match((await reader.browser.get(`/api/changes/stream?after=${seq}`)).text, new RegExp(`"id" ?: ?${row.id}\\b`));
	assert.equal((await reader.browser.get('/api/contacts')).headers['content-range'], 'contacts 0-0/1');
	assert.equal((await good(reader.browser.get(`/api/contacts/${row.id}/history`))).length, 1);
	assert.equal((await reader.browser.get(`/api/contacts/${other.id}/history`)).status, 404);
	assert.equal((await reader.browser.get('/api/contacts/export?format=ndjson')).status, 422, 'no export');
	await good(boss.browser.delete(`/api/shares/${id}`));
	assert.deepEqual([await ids(`/api/search?q=${word}`), await changed()], [[], []]);
});

test('a shared task is in the calendar, even without its contact', async () => {
	const reader = await member(boss, 'guest');
	const contact = await make();
	const task = (text) => make({ contact_id: contact.id, text, due_date: soon() }, 'tasks');
	const [one] = [await task('Shared task'), await task('Other task')];
	const { url } = await good(reader.browser.post('/api/calendar_feeds', { tasks: 'event', view: 'all' }), 201);
	const summaries = async () => [...(await reader.browser.get(new URL(url).pathname)).text
		.matchAll(/^SUMMARY:(.*?)\r?$/gm)].map(([, text]) => text);
	assert.deepEqual(await summaries(), []);
	await shared({ resource: 'tasks', row_id: one.id, user_id: reader.id });
	assert.deepEqual(await summaries(), ['Shared task']);
});
