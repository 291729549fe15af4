// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Portal users, who are people outside the staff and see what is shared with them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { good } from '../lib/answers.mjs';
import { sql, sqlFor } from '../lib/database.mjs';
import { authClient, member, owner } from '../lib/people.mjs';

const boss = await owner('portal-boss');
const rep = await member(boss);
const guest = await member(boss, 'portal');
const other = await member(boss, 'portal');
const org = boss.organization.id;

const create = (resource, row, by = boss) => good(by.browser.post(`/api/${resource}`, row));
const ids = (rows) => rows.map(({ id }) => id);
const refused = async (answer) => {
	const rs = await answer;
	assert.deepEqual([rs.status, rs.json.detail], [422, 'your role does not allow this']);
};
const role = async (who, to) => {
	const { members } = await good(boss.browser.get('/api/auth/organization/list-members'));
	return boss.browser.post('/api/auth/organization/update-member-role',
		{ memberId: members.find((m) => m.userId === who.id).id, role: to });
};

const contact = await create('contacts', { first_name: 'Sam', last_name: 'Shared', tags: [] });
const hidden = await create('contacts', { first_name: 'Hal', last_name: 'Hidden' });
const note = await create('contact_notes', { contact_id: contact.id, text: 'Internal' });

test('a portal user is not a user of the CRM', async () => {
	assert.deepEqual({ ...guest.me, email: '' }, { id: null, user_id: guest.id, first_name: 'Max',
		last_name: 'Member', email: '', avatar: null, administrator: false, disabled: false,
		organization_id: org, grants: {}, portal: true });
	const users = await good(boss.browser.get('/api/sales'));
	assert.deepEqual(ids(users).sort(), [boss.me.id, rep.me.id].sort());
});

// Routes about the account, or for callers without a membership.
const ACCOUNT = ['access/view', 'api_keys', 'auth', 'events', 'me', 'openapi.json', 'organizations', 'whats-new'];

// Calls each documented route of an organization as a caller. Returns [route, status, response].
async function tour(who) {
	const { paths } = await good(boss.browser.get('/api/openapi.json'));
	const row = { contacts: contact.id, contact_notes: note.id };
	const all = [];
	for (const [path, methods] of Object.entries(paths)) {
		const name = path.split('/').filter((part) => part !== 'crm')[2];
		if (!path.startsWith('/api/') || ACCOUNT.some((one) => path === `/api/${one}` || one === name))
			continue;
		const at = path.replace('{id}', row[name] ?? 1).replace(/\{[^}]*\}/g, '1');
		for (const [method, { security }] of Object.entries(methods)) {
			if (security?.length === 0)
				continue;
			const body = method === 'get' || method === 'delete' ? undefined : {};
			all.push([`${method} ${path}`, await who.browser.send(method.toUpperCase(), at, body)]);
		}
	}
	assert.ok(all.length > 100, `${all.length} routes`);
	return all;
}

test('portal users have no access to the organization\'s routes', async () => {
	for (const [what, rs] of await tour(guest)) {
		if (what.startsWith('get /api/shares') && rs.status === 200)
			assert.match(rs.text, /^(\[\]|\[\{"count":0\}\]|[a-z_,]+\r\n)$/, what);
		else if (what === 'post /api/shares/get-many')	// reads the shares with the portal user
			assert.equal(rs.json.detail, 'ids: is required');
		else if (what === 'get /api/catalogue')
			assert.deepEqual(Object.keys(rs.json), ['shares']);
		else if (rs.status !== 404 && rs.status !== 403)
			assert.deepEqual([rs.status, rs.json.detail], [422, 'your role does not allow this'], `${what}: ${rs.text}`);
	}
});

test('portal users see only what is shared with them', async () => {
	const share = await create('shares', { resource: 'contacts', row_id: contact.id, user_id: guest.id });
	const rs = await guest.browser.get('/api/contacts');
	assert.deepEqual(ids(await good(rs)), [contact.id]);
	assert.match(rs.headers['content-range'], /\/1$/);
	await refused(guest.browser.get('/api/contacts?embed=["sales"]'));
	assert.equal((await guest.browser.get(`/api/contacts/${contact.id}`)).json.last_name, 'Shared');
	assert.equal((await guest.browser.get(`/api/contacts/${hidden.id}`)).status, 404);
	await refused(guest.browser.get(`/api/contact_notes/${note.id}`));
	await refused(guest.browser.get('/api/contacts/export'));
	assert.deepEqual((await good(guest.browser.get('/api/shares'))).map((s) => s.id), [share.id]);
	assert.deepEqual(await good(other.browser.get('/api/shares')), []);
	assert.deepEqual(await good(other.browser.post('/api/shares/get-many', { ids: [share.id] })), []);
	await refused(other.browser.get('/api/contacts'));
	await refused(guest.browser.patch(`/api/contacts/${contact.id}`, { title: 'Guest' }));
	await good(boss.browser.patch(`/api/shares/${share.id}`, { access: 'write' }));
	assert.equal((await good(guest.browser.patch(`/api/contacts/${contact.id}`, { title: 'Guest' }))).title, 'Guest');
	await refused(guest.browser.delete(`/api/contacts/${contact.id}`));
	await refused(guest.browser.post('/api/contacts', { last_name: 'Mine' }));
	await refused(guest.browser.post('/api/shares',
		{ resource: 'contacts', row_id: contact.id, user_id: other.id }));
	// The responses contain no names of users, regardless of what the routes of shared rows return.
	const names = [boss.email, rep.email, 'portal-boss Person', 'Hidden', 'Internal'];
	const told = (text) => names.filter((name) => text.includes(name));
	await good(boss.browser.patch(`/api/contacts/${contact.id}`, { gender: 'female' }));
	for (const path of [`contacts/${contact.id}/history`, `shares/${share.id}/history`, 'contacts?embed=["changed"]'])
		assert.deepEqual(told((await guest.browser.get(`/api/${path}`)).text), [], path);
	assert.match((await boss.browser.get(`/api/contacts/${contact.id}/history`)).text, /portal-boss Person/);
	for (const [what, rs] of await tour(guest))
		assert.deepEqual(told(rs.text), [], `${what}: ${rs.text}`);
	const { key } = await good(guest.browser.post('/api/auth/api-key/create', { name: 'k' }));
	let seen = 0;
	for (const path of ['contacts', 'sales', 'tags', 'search?q=Hidden', 'changes', 'contacts/1/history']) {
		const answer = await fetch(`${process.env.BASE}/api/${path}`, { headers: { 'x-api-key': key } });
		const text = await answer.text();
		assert.deepEqual(told(text), [], path);
		seen += answer.status === 200;
	}
	assert.equal(seen, 1, 'the shared contact');
});

test('the consequences of a portal user\'s change are executed with full permissions', async () => {
	await create('automation_rules', { name: 'follow', trigger_type: 'contact.updated', trigger_config: {},
		action_type: 'create_task', action_config: { type: 'call', text: 'Call', due_in_days: 1, sales_id: rep.me.id } });
	await good(guest.browser.patch(`/api/contacts/${contact.id}`, { title: 'Partner' }));
	const tasks = await good(boss.browser.get(`/api/tasks?filter={"contact_id":${contact.id}}`));
	assert.deepEqual(tasks.map((t) => [t.text, t.sales_id]), [['Call', rep.me.id]]);
});

test('an administrator cannot make a portal user a CRM user by adding their address', async () => {
	const rs = await boss.browser.post('/api/sales', { email: guest.email, first_name: 'G', last_name: 'G' });
	assert.equal(rs.status, 409, rs.text);
	const late = await member(boss, 'portal');
	const waiting = await create('sales', { email: 'waiting@portal.test', first_name: 'W', last_name: 'W' });
	sql(`UPDATE identity."user" SET email = 'waiting@portal.test', email_verified = true WHERE id = '${late.id}'`);
	const [invitation] = await good(late.browser.get('/api/auth/organization/list-user-invitations'));
	const accepted = await late.browser.post('/api/auth/organization/accept-invitation', { invitationId: invitation.id });
	assert.deepEqual([accepted.status, accepted.json.code], [400, 'USER_IS_ALREADY_A_MEMBER_OF_THIS_ORGANIZATION']);
	assert.equal((await good(late.browser.get('/api/me'))).portal, true);
	const row = (await good(boss.browser.get('/api/sales'))).find(({ id }) => id === waiting.id);
	assert.deepEqual([row.disabled, row.user_id], [false, waiting.user_id]);
});

test('portal users cannot see other members, teams or invitations', async () => {
	const client = authClient(guest.browser), staff = authClient(boss.browser);
	const team = await good(boss.browser.post('/api/auth/organization/create-team', { name: 'North' }));
	const theirs = await good(boss.browser.post('/api/auth/organization/create-team', { name: 'South' }));
	for (const userId of [rep.id, guest.id])
		await good(boss.browser.post('/api/auth/organization/add-team-member', { teamId: theirs.id, userId }));
	const own = ({ members }) => members.map((m) => m.userId);
	const { data: list } = await client.organization.listMembers();
	assert.deepEqual([own(list), list.total], [[guest.id], 1]);
	const { data: full } = await client.organization.getFullOrganization();
	assert.deepEqual([own(full), full.invitations, ids(full.teams)], [[guest.id], [], [theirs.id]]);
	const { data: active } = await client.organization.setActive({ organizationId: org });
	assert.deepEqual(own(active), [guest.id]);
	assert.deepEqual(ids(await good(guest.browser.get('/api/auth/organization/list-teams'))), [theirs.id]);
	assert.deepEqual((await good(guest.browser.get(
		`/api/auth/organization/list-team-members?teamId=${theirs.id}`))).map((m) => m.userId), [guest.id]);
	assert.equal((await guest.browser.get(
		`/api/auth/organization/list-team-members?teamId=${team.id}`)).status, 400);
	for (const path of [`get-active-member-role?userId=${rep.id}`, 'list-invitations', 'list-roles'])
		assert.equal((await guest.browser.get(`/api/auth/organization/${path}`)).status, 403, path);
	assert.equal((await good(guest.browser.get('/api/auth/organization/get-active-member-role'))).role, 'portal');
	const permissions = { ac: ['read'] };
	assert.equal((await client.organization.hasPermission({ permissions })).data.success, false);
	for (const memberIdOrEmail of [boss.email, rep.email, 'nobody@portal.test']) {
		const rs = await guest.browser.post('/api/auth/organization/remove-member', { memberIdOrEmail });
		assert.equal(rs.json.code, 'MEMBER_NOT_FOUND', rs.text);
	}
	// The staff can see portal users, to manage them.
	assert.ok(own((await staff.organization.listMembers()).data).includes(guest.id));
});

test('a user becomes a portal user, and a CRM user again', async () => {
	const mine = await create('contacts', { last_name: 'Own' }, rep);
	assert.equal((await role(rep, 'portal')).status, 200);
	assert.equal((await good(rep.browser.get('/api/me'))).portal, true);
	await refused(rep.browser.get('/api/contacts'));
	await refused(rep.browser.get(`/api/contacts/${mine.id}`));
	const at = (rows) => rows.find(({ id }) => id === rep.me.id);
	assert.equal(at(await good(boss.browser.get('/api/sales'))).disabled, true);
	const change = await boss.browser.patch(`/api/sales/${rep.me.id}`, { disabled: false });
	assert.deepEqual([change.status, change.json.detail],
		[422, 'this user is a portal user now: give them another role first']);
	assert.equal((await role(rep, 'member')).status, 200);
	assert.deepEqual(await good(rep.browser.get('/api/me')), rep.me);
	assert.equal(at(await good(boss.browser.get('/api/sales'))).disabled, false);
	assert.equal((await good(rep.browser.get(`/api/contacts/${mine.id}`))).last_name, 'Own');
});

test('a portal user with an additional role is on the staff', async () => {
	const both = await member(boss, 'portal');
	assert.equal((await role(both, 'portal,viewer')).status, 200);
	const me = await good(both.browser.get('/api/me'));
	assert.deepEqual([me.grants, me.portal, typeof me.id], [{ crm: { read: 'all' } }, undefined, 'number']);
	assert.ok((await good(both.browser.get('/api/contacts'))).length > 0);
});

test('portal users do not count towards the limit of the staff', async () => {
	const staff = Number(sql(`SELECT identity.count_staff('${org}')`));
	sql(`UPDATE identity.organization SET member_limit = ${staff} WHERE id = '${org}'`);
	const late = await member(boss, 'portal');
	const rs = await role(late, 'member');
	assert.deepEqual([rs.status, rs.json.code], [403, 'ORGANIZATION_MEMBERSHIP_LIMIT_REACHED'], rs.text);
	sql(`UPDATE identity.organization SET member_limit = ${staff + 1} WHERE id = '${org}'`);
	assert.equal((await role(late, 'member')).status, 200);
});

test('the database shows portal users no other users', () => {
	const count = (as) => sqlFor(org, `SET ROLE tenantry_app; SELECT set_config('app.role', '${as}', false);
		SELECT count(*) > 0 FROM crm.sales`).at(-1)[0];
	assert.deepEqual([count('portal'), count('member')], ['f', 't']);
});

test('a custom role called portal replaces the built-in role', async () => {
	const chief = await owner('portal-chief');
	const names = async () => (await good(chief.browser.get('/api/access/resources'))).roles.map((r) => r.role);
	assert.ok((await names()).includes('portal'));
	await good(chief.browser.post('/api/auth/organization/create-role', { role: 'partner', permission: { contacts: ['read'] } }));
	sql(`UPDATE identity.organization_role SET role = 'portal' WHERE organization_id = '${chief.organization.id}'`);
	assert.deepEqual(await names(), ['owner', 'admin', 'member', 'viewer']);
	const partner = await member(chief, 'portal');
	assert.deepEqual([partner.me.portal, partner.me.grants], [undefined, { contacts: { read: 'all' } }]);
});

// The cases are generated for all listed resources, of the core and of every module.
test('/api/me shows each role what its requests may do', async () => {
	const names = (rows) => rows.map(([name]) => name);
	const modules = names(sql('SELECT name FROM identity.module ORDER BY 1'));
	const world = await owner('told');
	for (const module of modules)
		await good(world.browser.put(`/api/modules/${module}`, { enabled: true }));
	await good(world.browser.post('/api/auth/organization/create-role', { role: 'clerk', permission: { contacts: ['read'], user_contacts: ['read'] } }));
	const { paths } = await good(world.browser.get('/api/openapi.json'));
	const listed = sql(`SELECT r.name, to_json(r.own_actions), to_json(r.actions) FROM identity.resource r WHERE r.same_as IS NULL AND NOT r.reserved AND 'read' = ANY (r.actions) ORDER BY 1`)
		.filter(([name]) => paths[`/api/${name}`]?.get)
		.map(([name, own, actions]) => [name, JSON.parse(own), JSON.parse(actions)]);
	// Returns a request for each action, without a row: [action, whether the API has it, request]. An upload belongs to
	// the row to which it refers.
	const NONE = 9007199254740991;
	const verbs = (name, { browser }) => [['read', true, () => browser.get(`/api/${name}?range=[0,0]`)],
		['create', paths[`/api/${name}`].post?.requestBody.content['application/json'], () => browser.post(`/api/${name}`, {})],
		['update', paths[`/api/${name}/{id}`]?.patch, () => browser.patch(`/api/${name}/${NONE}`, {}, { 'if-match': '*' })],
		['delete', paths[`/api/${name}/{id}`]?.delete, () => browser.delete(`/api/${name}/${NONE}`)]];
	const allowed = (rs) => rs.status !== 403 && !/your role does not allow/.test(rs.json?.detail);
	// For the staff, /api/me contains only roles, not the actions on rows about themselves.
	const owns = (who, name, action) => sqlFor(world.organization.id, `SELECT set_config('app.user_id', '${who.id}', false),
		set_config('app.modules', '{${modules}}', false), set_config('app.role', 'member', false);
		SELECT ops.own_action('${name}', '${action}')`).at(-1)[0] === 't';
	const answers = { read: [200, 206, 422], create: [201, 403, 422], update: [404, 403, 422], delete: [404, 403, 422] };
	let sent = 0;
	assert.ok(listed.length > 40, `${listed.length} resources`);
	const faults = [];
	for (const role of ['owner', 'admin', 'member', 'viewer', 'portal', 'clerk']) {
		const who = role === 'owner' ? world : await member(world, role);
		const me = await good(who.browser.get('/api/me'));
		for (const [name, ownActions, actions] of listed) {
			for (const [action, exists, request] of verbs(name, who)) {
				if (!exists)
					continue;
				// Actions that no role can contain require the permissions of an admin. The staff can
				// read the names of tags.
				const told = !actions.includes(action) ? me.grants.crm?.administer
					: me.resources && !me.resources[name].includes(action) ? undefined
						: me.grants[name]?.[action] ?? me.grants.crm?.[action] ?? (me.own?.[name]?.includes(action) || action === 'read' && name === 'tags' && !me.portal || undefined);
				const own = !me.portal && ownActions.includes(action) && owns(who, name, action);
				const rs = await request();
				sent++;
				if (!answers[action].includes(rs.status) || (told !== undefined || own) !== allowed(rs))
					faults.push(`${role} ${action} ${name}: told ${told}, own ${own}, got ${rs.status} ${rs.text.slice(0, 300)}`);
			}
			// /api/me contains only actions that the resource allows on the caller's own rows.
			for (const action of me.own?.[name] ?? [])
				if (!ownActions.includes(action))
					faults.push(`${role} ${name}: told ${action}`);
		}
		if (role === 'portal')
			assert.deepEqual(Object.keys(me.own).filter((name) => sql(`SELECT FROM identity.resource r JOIN identity.module m ON m.name = r.module
				WHERE r.name = $1 AND m.role_of IS NOT NULL`, name).length), [], 'a portal user has no profile in the factory');
	}
	assert.deepEqual(faults, []);
	assert.ok(sent > 1000, `${sent} requests`);
});
