// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Attacks on organizations, with the numbers of the security checklist and the
// acceptance checks.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from '../lib/database.mjs';
import { Browser, send } from '../lib/http.mjs';
import { address, owner, signUp } from '../lib/people.mjs';

let n = 0;
const AT = '/api/auth/organization/';
const post = (who, path, body) => who.browser.post(AT + path, body);
const get = (who, path, query = {}) =>
	who.browser.get(`${AT}${path}?${new URLSearchParams(query)}`);
const told = (rs) => [rs.status, rs.json?.code ?? rs.json?.message];

// Creates a member with that role in SQL, which avoids hashing a password.
function guest(organizationId, role) {
	const id = `guest-${process.pid}-${++n}`;
	sql('INSERT INTO identity."user" (id, name, email) VALUES ($1, $1, $2)', id, `${id}@x.test`);
	sql('INSERT INTO identity.organization_member (id, organization_id, user_id, role)'
		+ ' VALUES ($1, $2, $1, $3)', id, organizationId, role);
	return { memberId: id, id, email: `${id}@x.test` };
}

const roleOf = (memberId) => sql(
	'SELECT role FROM identity.organization_member WHERE id = $1', memberId)[0]?.[0];
const statusOf = (id) => sql(
	'SELECT status FROM identity.organization_invitation WHERE id = $1', id)[0][0];

// Signs up a user who is a member with that role, and whose active organization
// is this one.
async function inside(boss, role) {
	const who = await signUp();
	const memberId = `m-${process.pid}-${++n}`;
	sql('INSERT INTO identity.organization_member (id, organization_id, user_id, role)'
		+ ' VALUES ($1, $2, $3, $4)', memberId, boss.organization.id, who.id, role);
	sql('UPDATE identity.session SET active_organization_id = $1 WHERE user_id = $2',
		boss.organization.id, who.id);
	return { ...who, memberId, organization: boss.organization };
}

async function invitation(boss, email = address(), role = 'member') {
	const rs = await post(boss, 'invite-member', { email, role });
	assert.equal(rs.status, 200, rs.text);
	return rs.json;
}

await signUp(); // the first user creates an organization at sign-up

test('security 1: a userId in body or query does not change who acts', async () => {
	const victim = await owner('victim'), thief = await signUp();
	const body = { name: 'x', slug: `s1-${process.pid}`, userId: victim.id };
	assert.equal((await send('POST', `${AT}create`, { body })).status, 401);
	const made = await post(thief, 'create', body);
	assert.equal(made.json.members[0].userId, thief.id);
	const organizationId = victim.organization.id, userId = victim.id;
	for (const [path, more] of [['update', { data: { name: 'stolen' } }], ['delete', {}],
		['leave', {}], ['remove-member', { memberIdOrEmail: victim.email }],
		['update-member-role', { memberId: 'x', role: 'owner' }],
		['invite-member', { email: address(), role: 'owner' }],
		['has-permission', { permissions: { member: ['create'] } }],
		['create-role', { role: 'x', permission: {} }]]) {
		const rs = await post(thief, path, { organizationId, userId, ...more });
		assert.ok([400, 401, 403].includes(rs.status), `${path} ${rs.text}`);
	}
	for (const path of ['list-members', 'list-invitations', 'get-organization', 'list-roles',
		'get-full-organization', 'get-active-member-role']) {
		const rs = await get(thief, path, { organizationId, userId });
		assert.equal(rs.status, 403, `${path} ${rs.text}`);
	}
	assert.equal((await get(thief, 'get-active-member', { userId })).json.userId, thief.id);
	assert.equal((await get(victim, 'get-organization')).json.name, 'victim Ltd');
});

test('security 6: an unverified address cannot read or answer an invitation', async () => {
	const boss = await owner('six'), other = await signUp(), guest6 = await signUp();
	const { id } = await invitation(boss, guest6.email);
	for (const rs of [await get(other, 'get-invitation', { id }),
		await post(other, 'accept-invitation', { invitationId: id }),
		await post(other, 'reject-invitation', { invitationId: id })])
		assert.deepEqual(told(rs), [403, 'YOU_ARE_NOT_THE_RECIPIENT_OF_THE_INVITATION']);
	assert.deepEqual(told(await get(guest6, 'list-user-invitations')),
		[403, 'EMAIL_VERIFICATION_REQUIRED_FOR_INVITATION']);
	assert.deepEqual(told(await get(guest6, 'list-user-invitations', { email: other.email })),
		[400, 'User email cannot be passed for client side API calls.']);
	assert.equal(statusOf(id), 'pending');
});

test('security 13: of twenty concurrent acceptances of an invitation, one succeeds', async () => {
	const boss = await owner('thirteen'), who = await signUp();
	const { id } = await invitation(boss, who.email);
	const answers = await Promise.all(Array.from({ length: 20 }, () =>
		post(who, 'accept-invitation', { invitationId: id })));
	assert.equal(answers.filter((rs) => rs.status === 200).length, 1);
	// The first acceptance replaces the session's token.
	assert.ok(answers.every((rs) => rs.status === 200 || ['INVITATION_NOT_FOUND', 'UNAUTHORIZED'].includes(rs.json.code)));
	const link = (await boss.browser.post('/api/invites', {})).json.token;
	const people = await Promise.all(Array.from({ length: 4 }, () => signUp()));
	const took = await Promise.all(people.flatMap((p) => Array.from({ length: 5 }, () =>
		post(p, 'accept-invitation', { invitationId: link }))));
	assert.equal(took.filter((rs) => rs.status === 200).length, 1);
});

test('security 42: spaces, capitals and commas do not create an owner', async () => {
	const boss = await owner('fortytwo'), admin = await inside(boss, 'admin');
	const { memberId } = guest(boss.organization.id, 'member');
	for (const role of [' owner', 'owner ', ',owner', 'owner,', 'member, owner', ['member', ' owner'],
		['member,owner'], 'Owner', 'OWNER', '\towner', '', ' ', ',', [], [''], 'owner\u00a0']) {
		for (const rs of [await post(admin, 'invite-member', { email: address(), role }),
			await post(admin, 'update-member-role', { memberId, role }),
			await post(admin, 'update-member-role', { memberId: admin.memberId, role })])
			assert.ok([400, 403].includes(rs.status), `${JSON.stringify(role)} ${rs.text}`);
		const link = await admin.browser.post('/api/invites', { role: String(role) });
		assert.ok(link.status >= 400 || String(role) === '', `${JSON.stringify(role)} ${link.text}`);
	}
	assert.equal(roleOf(memberId), 'member');
	assert.equal(roleOf(admin.memberId), 'admin');
	assert.deepEqual(sql('SELECT DISTINCT role FROM identity.organization_invitation'
		+ " WHERE organization_id = $1 AND role ~* 'owner'", boss.organization.id), []);
	// A custom role cannot be named "owner" either.
	for (const role of ['owner', 'Owner', ' OWNER ', 'a,owner', ',owner', ''])
		assert.equal((await post(admin, 'create-role', { role, permission: {} })).status, 400);
});

test('security 42: a custom role grants nothing that its holder does not have', async () => {
	const boss = await owner('ladder');
	const made = await post(boss, 'create-role', { role: 'climber', permission: {
		member: ['update', 'delete'], invitation: ['create', 'cancel'], ac: ['create', 'update'],
		crm: ['read', 'create', 'update', 'delete', 'export', 'import', 'merge'] } });
	assert.equal(made.status, 200, made.text);
	await post(boss, 'create-role', { role: 'ender', permission: { organization: ['delete'] } });
	await post(boss, 'create-role', { role: 'reader', permission: { invitation: ['create'], member: ['update'],
		ac: ['create'], contacts: ['read:own'] } });
	const who = await inside(boss, 'climber'), target = guest(boss.organization.id, 'member');
	const admin = guest(boss.organization.id, 'admin');
	for (const role of ['admin', 'ender', 'member,admin', 'climber,owner'])
		for (const rs of [await post(who, 'update-member-role', { memberId: who.memberId, role }),
			await post(who, 'update-member-role', { memberId: target.memberId, role }),
			await post(who, 'invite-member', { email: address(), role })])
			assert.equal(rs.status, 403, `${role} ${rs.text}`);
	assert.equal((await post(who, 'update-member-role',
		{ memberId: admin.memberId, role: 'member' })).status, 403);
	assert.equal((await post(who, 'remove-member', { memberIdOrEmail: admin.memberId })).status, 401);
	for (const permission of [{ organization: ['update'] }, { crm: ['administer'] },
		{ member: ['create'] }, { ac: ['delete'] }]) {
		assert.equal((await post(who, 'create-role', { role: 'more', permission })).status, 403);
		assert.equal((await post(who, 'update-role',
			{ roleName: 'climber', data: { permission } })).status, 403);
	}
	assert.equal((await post(who, 'update-role',
		{ roleName: 'ender', data: { permission: {} } })).status, 403);
	// The same applies to the CRM, in which a member may do more than a reader.
	const reader = await inside(boss, 'reader');
	for (const rs of [await post(reader, 'invite-member', { email: address(), role: 'member' }),
		await post(reader, 'update-member-role', { memberId: reader.memberId, role: 'member' }),
		await post(reader, 'create-role', { role: 'more', permission: { contacts: ['read'] } }),
		await post(reader, 'create-role', { role: 'more', permission: { crm: ['read:own'] } }),
		await post(reader, 'create-role', { role: 'more', permission: { deals: ['read:own'] } })])
		assert.equal(rs.status, 403, rs.text);
	assert.equal((await post(reader, 'create-role',
		{ role: 'less', permission: { contacts: ['read:own'] } })).status, 200);
	assert.deepEqual([roleOf(who.memberId), roleOf(target.memberId), roleOf(admin.memberId)],
		['climber', 'member', 'admin']);
	assert.equal((await post(who, 'update-member-role',
		{ memberId: target.memberId, role: 'climber' })).status, 200);
});

test('security 43: an admin can neither resend nor see an owner\'s invitation', async () => {
	const boss = await owner('fortythree'), admin = await inside(boss, 'admin');
	const email = address();
	const { id, url } = await invitation(boss, email, 'owner');
	assert.deepEqual(told(await post(admin, 'invite-member', { email, role: 'member', resend: true })),
		[403, 'YOU_ARE_NOT_ALLOWED_TO_INVITE_USER_WITH_THIS_ROLE']);
	assert.deepEqual(told(await post(admin, 'cancel-invitation', { invitationId: id })),
		[403, 'YOU_ARE_NOT_ALLOWED_TO_CANCEL_THIS_INVITATION']);
	assert.deepEqual((await get(admin, 'list-invitations')).json, []);
	assert.deepEqual((await get(admin, 'get-full-organization')).json.invitations, []);
	assert.equal((await get(boss, 'list-invitations')).json.length, 1);
	assert.equal((await new Browser().get(new URL(url).pathname)).status, 302);
	assert.equal((await post(boss, 'invite-member', { email, role: 'member', resend: true })).json.id, id);
});

test('security 44, A51: IDs of another organization are refused, and nothing changes', async () => {
	const a = await owner('a'), b = await owner('b');
	const theirs = guest(b.organization.id, 'member'), own = b.organization.id;
	const { id } = await invitation(b, theirs.email.replace('x.test', 'y.test'));
	const role = (await post(b, 'create-role', { role: 'b only', permission: {} })).json.roleData;
	for (const organizationId of [undefined, a.organization.id, own]) {
		const calls = {
			'remove-member': { memberIdOrEmail: theirs.memberId },
			'remove-member ': { memberIdOrEmail: theirs.email },
			'update-member-role': { memberId: theirs.memberId, role: 'admin' },
			'leave': { organizationId: own },
			'invite-member': { email: address(), role: 'b only' },
			'cancel-invitation': { invitationId: id },
			'accept-invitation': { invitationId: id },
			'reject-invitation': { invitationId: id },
			'update-role': { roleId: role.id, data: { roleName: 'x' } },
			'delete-role': { roleId: role.id },
			'delete-role ': { roleName: 'b only' },
		};
		for (const [path, body] of Object.entries(calls)) {
			const rs = await post(a, path.trim(), { organizationId, ...body });
			assert.ok([400, 403].includes(rs.status), `${path} ${rs.text}`);
			if (organizationId !== own && !/(accept|reject)-invitation/.test(path))
				assert.equal(rs.status, 400, `${path} ${rs.text}`);
		}
		for (const [path, query] of [['get-invitation', { id }], ['get-role', { roleId: role.id }],
			['get-active-member-role', { userId: theirs.id }]]) {
			const rs = await get(a, path, organizationId ? { organizationId, ...query } : query);
			assert.ok([400, 403].includes(rs.status), `${path} ${rs.text}`);
		}
	}
	for (const path of ['list-members', 'list-invitations', 'list-roles', 'get-active-member-role'])
		assert.equal((await get(a, path, { organizationId: own })).status, 403, path);
	assert.equal(roleOf(theirs.memberId), 'member');
	assert.equal(statusOf(id), 'pending');
	assert.equal((await get(b, 'list-roles')).json[0].role, 'b only');
	assert.equal((await get(b, 'list-members')).json.total, 2);
});

test('security 45, A50: an organization keeps an owner, even with concurrent requests', async () => {
	const boss = await owner('fortyfive'), organizationId = boss.organization.id;
	const me = (await get(boss, 'get-active-member')).json.id;
	assert.deepEqual(told(await post(boss, 'leave', { organizationId })),
		[400, 'YOU_CANNOT_LEAVE_THE_ORGANIZATION_AS_THE_ONLY_OWNER']);
	assert.deepEqual(told(await post(boss, 'remove-member', { memberIdOrEmail: me })),
		[400, 'YOU_CANNOT_LEAVE_THE_ORGANIZATION_AS_THE_ONLY_OWNER']);
	assert.deepEqual(told(await post(boss, 'update-member-role', { memberId: me, role: 'admin' })),
		[400, 'YOU_CANNOT_LEAVE_THE_ORGANIZATION_WITHOUT_AN_OWNER']);
	const owners = () => Number(sql('SELECT count(*) FROM identity.organization_member'
		+ " WHERE organization_id = $1 AND 'owner' = ANY (string_to_array(role, ','))",
	organizationId)[0][0]);
	for (let round = 0; round < 5; round++) {
		const two = await inside(boss, 'owner,member');
		const all = [{ who: boss, memberId: me }, { who: two, memberId: two.memberId }];
		const act = [([x, y]) => post(x.who, 'update-member-role', { memberId: y.memberId, role: 'member' }),
			([x, y]) => post(x.who, 'remove-member', { memberIdOrEmail: y.memberId }),
			([x]) => post(x.who, 'update-member-role', { memberId: x.memberId, role: 'member' }),
			([x]) => post(x.who, 'leave', { organizationId }),
			([x, y]) => post(x.who, x === all[0] ? 'leave' : 'update-member-role',
				{ organizationId, memberId: y.memberId, role: 'admin' })][round];
		await Promise.all([act(all), act([...all].reverse())]);
		assert.equal(owners(), 1, `round ${round}`);
		// Restores the role, because the boss is the only member.
		sql("UPDATE identity.organization_member SET role = 'owner' WHERE organization_id = $1",
			organizationId);
		sql(`INSERT INTO identity.organization_member (id, organization_id, user_id, role)
			VALUES ($1, $2, $3, 'owner') ON CONFLICT DO NOTHING`, me, organizationId, boss.id);
		sql('DELETE FROM identity.organization_member WHERE organization_id = $1 AND id <> $2',
			organizationId, me);
		sql('UPDATE identity.session SET active_organization_id = $1 WHERE user_id = $2',
			organizationId, boss.id);
	}
});

test('security 45: deleting a user cannot remove the last owner', async () => {
	const boss = await owner('orphan'), organizationId = boss.organization.id;
	const { memberId } = guest(organizationId, 'admin');
	assert.throws(() => sql('DELETE FROM identity."user" WHERE id = $1', boss.id), /ONLY_OWNER/);
	sql("UPDATE identity.organization_member SET role = 'owner' WHERE id = $1", memberId);
	sql('DELETE FROM identity."user" WHERE id = $1', boss.id);
	assert.equal(roleOf(memberId), 'owner');
});

test('security 46: plain members cannot read invitations', async () => {
	const boss = await owner('fortysix'), plain = await inside(boss, 'member');
	const { email } = await invitation(boss);
	const rs = await get(plain, 'list-invitations');
	assert.deepEqual(told(rs), [403, 'YOU_ARE_NOT_ALLOWED_TO_LIST_INVITATIONS']);
	const full = await get(plain, 'get-full-organization');
	assert.deepEqual(full.json.invitations, []);
	const active = await post(plain, 'set-active', { organizationId: boss.organization.id });
	for (const { text } of [rs, full, active])
		assert.ok(!text.includes(email));
});

// For each action, the required permissions and an attempt.
const matrix = {
	'update the organization': [{ organization: ['update'] },
		(who) => post(who, 'update', { data: { name: 'New' } })],
	'invite a member': [{ invitation: ['create'] },
		(who) => post(who, 'invite-member', { email: address(), role: 'member' })],
	'invite an admin': [{ invitation: ['create'] },
		(who) => post(who, 'invite-member', { email: address(), role: 'admin' })],
	'send an invitation again': [{ invitation: ['create'] }, async (who, boss) =>
		post(who, 'invite-member', { email: (await invitation(boss)).email, role: 'member', resend: true })],
	'make a link': [{ invitation: ['create'] }, (who) => who.browser.post('/api/invites', {})],
	'cancel an invitation': [{ invitation: ['cancel'] }, async (who, boss) =>
		post(who, 'cancel-invitation', { invitationId: (await invitation(boss)).id })],
	'list invitations': [{ invitation: ['create'] }, (who) => get(who, 'list-invitations')],
	'see invitations': [{ invitation: ['cancel'] }, async (who, boss) => {
		await invitation(boss);
		const { json } = await get(who, 'get-full-organization');
		return { status: json.invitations.length > 0 ? 200 : 403 };
	}],
	'remove a member': [{ member: ['delete'] }, (who, boss) =>
		post(who, 'remove-member', { memberIdOrEmail: guest(boss.organization.id, 'member').memberId })],
	'remove a member by address': [{ member: ['delete'] }, (who, boss) =>
		post(who, 'remove-member', { memberIdOrEmail: guest(boss.organization.id, 'member').email })],
	'remove an admin': [{ member: ['delete'] }, (who, boss) =>
		post(who, 'remove-member', { memberIdOrEmail: guest(boss.organization.id, 'admin').memberId })],
	'make a member admin': [{ member: ['update'] }, (who, boss) => post(who, 'update-member-role',
		{ memberId: guest(boss.organization.id, 'member').memberId, role: 'admin' })],
	'make an admin member': [{ member: ['update'] }, (who, boss) => post(who, 'update-member-role',
		{ memberId: guest(boss.organization.id, 'admin').memberId, role: 'member' })],
	'make a role': [{ ac: ['create'] },
		(who) => post(who, 'create-role', { role: `r${++n}`, permission: { ac: ['read'] } })],
	'list roles': [{ ac: ['read'] }, (who) => get(who, 'list-roles')],
	'read a role': [{ ac: ['read'] }, (who) => get(who, 'get-role', { roleName: 'base' })],
	'change a role': [{ ac: ['update'] }, (who) => post(who, 'update-role',
		{ roleName: 'base', data: { permission: { ac: ['read'] } } })],
	'delete a role': [{ ac: ['delete'] }, async (who, boss) => {
		const role = `d${++n}`;
		await post(boss, 'create-role', { role, permission: {} });
		return post(who, 'delete-role', { roleName: role });
	}],
	'configure the CRM': [{ crm: ['administer'] }, (who) =>
		who.browser.put('/api/configuration/1', { config: { title: 'x' } })],
	'delete the organization': [{ organization: ['delete'] },
		(who) => post(who, 'delete', { organizationId: who.organization.id })],
};

for (const role of ['owner', 'admin', 'member'])
	test(`A49 ${Object.keys(matrix).length} actions by ${role} match has-permission`, async () => {
		const boss = await owner(`matrix-${role}`), who = await inside(boss, role);
		assert.ok(Object.keys(matrix).length >= 20);
		await post(boss, 'create-role', { role: 'base', permission: { ac: ['read'] } });
		for (const [action, [permissions, attempt]] of Object.entries(matrix)) {
			const { json } = await post(who, 'has-permission', { permissions });
			const rs = await attempt(who, boss);
			assert.equal(rs.status < 300, json.success, `${action}: ${rs.status} ${rs.text}`);
		}
	});

test('viewers and portal users cannot create organizations, and deleted ones count', async () => {
	const boss = await owner('founding');
	const create = (who) => post(who, 'create', { name: 'New', slug: `new-${process.pid}-${++n}` });
	for (const role of ['viewer', 'portal']) {
		const who = await inside(boss, role);
		assert.deepEqual(told(await create(who)), [403, 'YOU_ARE_NOT_ALLOWED_TO_CREATE_A_NEW_ORGANIZATION'], role);
		sql('UPDATE identity.organization_member SET role = $1 WHERE id = $2', 'member', who.memberId);
		assert.equal((await create(who)).status, 200);
	}
	const founder = await signUp();
	const { json } = await create(founder);
	sql(`WITH made AS (INSERT INTO identity.organization (name, slug) SELECT 'x', $1 || n FROM generate_series(1, 99) n RETURNING id)
		INSERT INTO identity.organization_member (id, organization_id, user_id, role) SELECT id::text, id, $2, 'owner' FROM made`,
	`many-${process.pid}-`, founder.id);
	assert.equal((await post(founder, 'delete', { organizationId: json.id })).status, 200);
	assert.equal((await create(founder)).status, 403);
	sql('UPDATE identity.deleted_member SET role = $1 WHERE user_id = $2', 'member', founder.id);
	assert.equal((await create(founder)).status, 200);
});
