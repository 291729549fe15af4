// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// The organization plugin of the unmodified client: organizations, members,
// invitations and roles, with the numbers of the acceptance checks.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { sql } from '../lib/database.mjs';
import { Browser, send } from '../lib/http.mjs';
import { lastMail, mails } from '../../lib/mail.mjs';
import { PASSWORD, address, authClient, signUp } from '../lib/people.mjs';

let n = 0;
const slugOf = (word) => `${word}-${process.pid}-${++n}`;

async function good(call) {
	const { data, error } = await call;
	assert.equal(error, null, JSON.stringify(error));
	return data;
}

async function code(call) {
	const { data, error } = await call;
	assert.ok(error, JSON.stringify(data));
	return error.code ?? error.message;
}

// Signs up a user. Returns { org, client, email, id, browser }.
async function person(name, more) {
	const user = await signUp({ name, email: address(name.toLowerCase()), ...more });
	const client = authClient(user.browser);
	return { ...user, client, org: client.organization };
}

// Signs up a user with a separate organization, like person().
async function boss(name = 'Boss') {
	const who = await person(name);
	const made = await good(who.org.create({ name: `${name} Ltd`, slug: slugOf('org') }));
	return { ...who, made, organizationId: made.id };
}

// Adds a user by an invitation, and returns the user as a member.
async function joins(owner, who, role = 'member') {
	const { id } = await good(owner.org.inviteMember({ email: who.email, role,
		organizationId: owner.organizationId }));
	const { member } = await good(who.org.acceptInvitation({ invitationId: id }));
	return { ...who, memberId: member.id };
}

// Only the first user creates an organization at sign-up, so another user signs up first.
await signUp();

const active = async (who) =>
	(await good(who.client.getSession())).session.activeOrganizationId;

test('accepting an invitation gives the session a new token, but does not extend it', async () => {
	const owner = await boss(), guest = await person('Guest');
	const { id } = await good(owner.org.inviteMember({ email: guest.email, role: 'admin', organizationId: owner.organizationId }));
	const cookie = guest.browser.jar.header();
	const { session: old } = await good(guest.client.getSession());
	await good(guest.org.acceptInvitation({ invitationId: id }));
	const { session: now } = await good(guest.client.getSession());
	assert.equal((await send('GET', '/api/auth/get-session', { headers: { cookie } })).json, null);
	assert.equal(now.activeOrganizationId, owner.organizationId);
	assert.notEqual(now.id, old.id);
	assert.deepEqual([now.createdAt, now.expiresAt], [old.createdAt, old.expiresAt]);
});

test('A44 an organization is created, changed, left and deleted', async () => {
	const ada = await person('Ada');
	const slug = slugOf('life');
	assert.deepEqual(await good(ada.org.checkSlug({ slug })), { status: true });
	const one = await good(ada.org.create({ name: 'One', slug }));
	assert.equal(await code(ada.org.checkSlug({ slug })), 'ORGANIZATION_SLUG_ALREADY_TAKEN');
	assert.ok(one.createdAt instanceof Date);
	assert.equal(await active(ada), one.id);
	const two = await good(ada.org.create({ name: 'Two', slug: `${slug}-2`,
		keepCurrentActiveOrganization: true }));
	assert.equal(await active(ada), one.id);
	const changed = await good(ada.org.update({ data: { name: 'First', logo: 'https://img.test/l' } }));
	assert.deepEqual([changed.id, changed.name, changed.slug, changed.logo],
		[one.id, 'First', slug, 'https://img.test/l']);
	assert.equal((await good(ada.org.update({ data: { logo: null } }))).logo, null);
	assert.equal(await code(ada.org.update({ data: { slug: two.slug } })),
		'ORGANIZATION_SLUG_ALREADY_TAKEN');
	assert.equal((await good(ada.org.update({ data: { slug } }))).slug, slug);
	assert.equal((await good(ada.org.update({ organizationId: two.id,
		data: { slug: `${slug}-b` } }))).slug, `${slug}-b`);
	for (const [data, words] of [[{ name: '' }, /\[body\.data\.name\] Too small/],
		[{ name: 7 }, /\[body\.data\.name\] .*expected string, received number/],
		[{ metadata: 'x' }, /\[body\.data\.metadata\] .*expected record/]])
		assert.match((await ada.org.update({ data })).error.message, words);
	assert.match((await ada.org.update({ data: 'x' })).error.message,
		/^\[body\.data\] Invalid input: expected record, received string$/);
	await good(ada.org.setActive({ organizationSlug: `${slug}-b` }));
	assert.equal((await good(ada.client.$fetch('/organization/get-organization'))).id, two.id);
	await good(ada.org.setActive({ organizationId: one.id }));
	assert.equal((await good(ada.org.getFullOrganization())).name, 'First');
	await good(ada.org.setActive({ organizationId: null }));
	assert.equal(await good(ada.client.$fetch('/organization/get-organization')), null);
	assert.equal((await good(ada.client.$fetch('/organization/get-organization',
		{ query: { organizationSlug: slug } }))).id, one.id);
	await good(ada.org.setActive({ organizationId: one.id }));
	const gone = await good(ada.org.delete({ organizationId: one.id }));
	assert.equal(gone.id, one.id);
	assert.equal(await active(ada), null);
	assert.deepEqual((await good(ada.org.list())).map((o) => o.id), [two.id]);
	assert.equal(await code(ada.org.delete({ organizationId: one.id })),
		'USER_IS_NOT_A_MEMBER_OF_THE_ORGANIZATION');
});

test('A45 create and update return metadata as an object, and every read returns it as text', async () => {
	const ada = await boss();
	const given = { plan: 'pro', seats: { used: 1 } };
	const { metadata } = await good(ada.org.update({ data: { metadata: given } }));
	assert.deepEqual(metadata, given);
	const made = await good(ada.org.create({ name: 'M', slug: slugOf('m'), metadata: given }));
	assert.deepEqual(made.metadata, given);
	for (const read of [await good(ada.org.getFullOrganization()),
		(await good(ada.org.list())).at(-1),
		await good(ada.client.$fetch('/organization/get-organization')),
		await good(ada.org.delete({ organizationId: made.id }))])
		assert.deepEqual(JSON.parse(read.metadata), given);
});

test('a change of an organization, but not of its rows, is in its updated_at', async () => {
	const ada = await boss('Timer');
	const times = async () => {
		const { json: [{ created_at, updated_at }] } = await ada.browser.get('/api/organizations');
		return [created_at, updated_at].map((time) => Date.parse(time));
	};
	const [created, updated] = await times();
	assert.equal(updated, created);
	await ada.browser.post('/api/contacts', { last_name: 'Timer' });
	assert.deepEqual(await times(), [created, updated]);
	await good(ada.org.update({ data: { name: 'Renamed Ltd' } }));
	const [same, later] = await times();
	assert.equal(same, created);
	assert.ok(later > updated, `${later} ${updated}`);
	const found = async (filter) => (await ada.browser.get(`/api/organizations?filter=${encodeURIComponent(JSON.stringify(filter))}`)).json.length;
	assert.deepEqual([await found({ 'updated_at@gt': new Date(updated + 1).toISOString() }), await found({ 'updated_at@gt': new Date(later + 1000).toISOString() })], [1, 0]);
});

test('a deleted organization disappears at once and can be restored completely', async () => {
	const ada = await boss('Keeper');
	const bob = await joins(ada, await person('Bob'), ['admin', 'member']);
	await good(bob.org.setActive({ organizationId: ada.organizationId }));
	const contact = await bob.browser.post('/api/contacts', { last_name: 'Kept' });
	assert.equal(contact.status, 201, contact.text);
	const guest = await person('Guest');
	const invitation = await good(ada.org.inviteMember({ email: guest.email, role: 'member' }));
	const key = await ada.browser.post('/api/auth/api-key/create', { name: 'k' });
	await good(ada.org.delete({ organizationId: ada.organizationId }));

	assert.equal((await bob.browser.get('/api/contacts')).status, 409);
	assert.equal((await bob.browser.get(`/api/contacts?orgId=${ada.organizationId}`)).status, 403);
	if (key.status === 200)
		assert.equal((await new Browser().get('/api/contacts',
			{ 'x-api-key': key.json.key })).status, 401);
	assert.equal(await active(bob), null);
	assert.deepEqual(await good(bob.org.list()), []);
	assert.equal(await code(guest.org.acceptInvitation({ invitationId: invitation.id })),
		'INVITATION_NOT_FOUND');
	assert.equal((await guest.browser.get(new URL(invitation.url).pathname)).status, 404);
	assert.equal(await code(guest.org.create({ name: 'x', slug: ada.made.slug })),
		'ORGANIZATION_ALREADY_EXISTS');
	const again = authClient(new Browser());
	await good(again.signIn.email({ email: bob.email, password: PASSWORD }));
	assert.equal((await good(again.getSession())).session.activeOrganizationId, null);

	execFileSync(`${process.env.BUILD}/tenantry`, ['org', 'restore', ada.made.slug]);
	await good(bob.org.setActive({ organizationId: ada.organizationId }));
	assert.equal((await good(bob.org.getActiveMember())).role, 'admin,member');
	const rs = await bob.browser.get(`/api/contacts/${contact.json.id}`);
	assert.equal(rs.json.last_name, 'Kept');
	assert.equal((await bob.browser.get('/api/me')).json.id, contact.json.sales_id);
	assert.equal(await code(guest.org.acceptInvitation({ invitationId: invitation.id })),
		'INVITATION_NOT_FOUND');
});

test('A46 an invitation can be answered once, before it expires', async () => {
	const ada = await boss(), guest = await person('Guest');
	const end = {
		accepted: (invitationId) => guest.org.acceptInvitation({ invitationId }),
		rejected: (invitationId) => guest.org.rejectInvitation({ invitationId }),
		canceled: (invitationId) => ada.org.cancelInvitation({ invitationId }),
		expired: async (id) => ({ error: null, data: sql('UPDATE identity.organization_invitation'
			+ ' SET expires_at = now() WHERE id = $1', id) }),
	};
	for (const [status, first] of Object.entries(end)) {
		sql('DELETE FROM identity.organization_member WHERE user_id = $1', guest.id);
		const { id } = await good(ada.org.inviteMember({ email: guest.email, role: 'member' }));
		assert.equal((await good(guest.org.getInvitation({ query: { id } }))).organizationName,
			ada.made.name);
		await good(first(id));
		for (const next of ['accepted', 'rejected', 'canceled'])
			assert.equal(await code(end[next](id)), 'INVITATION_NOT_FOUND', `${status} ${next}`);
		assert.equal(await code(guest.org.getInvitation({ query: { id } })), 'INVITATION_NOT_FOUND');
		const row = (await good(ada.org.listInvitations())).find((i) => i.id === id);
		assert.equal(row.status, status === 'expired' ? 'pending' : status);
	}
});

test('A47 invitation roles may be lists with spaces, and unknown or empty roles are refused', async () => {
	const ada = await boss();
	const invite = (role, who = ada) => who.org.inviteMember({ email: address(), role,
		organizationId: ada.organizationId });
	assert.equal((await good(invite(['admin', 'member']))).role, 'admin,member');
	assert.equal((await good(invite(' admin , member, admin '))).role, 'admin,member');
	assert.equal((await good(invite('owner'))).role, 'owner');
	for (const role of ['chief', ['member', 'chief'], 'Admin'])
		assert.match(await code(invite(role)), /^ROLE_NOT_FOUND: (chief|Admin)$/);
	for (const role of ['', ' , ', []])
		assert.equal(await code(invite(role)), 'ROLE_NOT_FOUND');
	const bob = await joins(ada, await person('Bob'), 'admin');
	assert.equal(await code(invite('owner', bob)), 'YOU_ARE_NOT_ALLOWED_TO_INVITE_USER_WITH_THIS_ROLE');
	assert.equal((await good(invite('admin', bob))).role, 'admin');
});

test('an address has one pending invitation, which every route replaces or refuses to replace', async () => {
	const ada = await boss('One'), org = ada.organizationId;
	const auth = (more) => async (email, role) => {
		const rs = await ada.browser.post('/api/auth/organization/invite-member', { email, role, ...more });
		return rs.status === 200 ? rs.json.url : null;
	};
	const crm = async (path, body) => {
		const rs = await ada.browser.post(path, body);
		assert.ok([201, 409].includes(rs.status), rs.text);
		return rs.status === 201 ? rs.json.url ?? '' : null;
	};
	const routes = { 'invite-member': auth({}), resend: auth({ resend: true }),
		invites: (email, role) => crm('/api/invites', { email, role }),
		sales: (email, role) => crm('/api/sales', { email, first_name: 'A', last_name: 'B', administrator: role === 'admin' }) };
	const pending = (email) => sql(`SELECT role FROM identity.organization_invitation
		WHERE organization_id = $1 AND email = $2 AND status = 'pending'`, org, email).flat();
	for (const [first, invite] of Object.entries(routes))
		for (const [second, again] of Object.entries(routes)) {
			const which = `${first}, ${second}`, email = address('once');
			const old = await invite(email, 'member');
			assert.notEqual(old, null, which);
			const replaced = await again(email, 'admin');
			assert.deepEqual(pending(email), [replaced === null ? 'member' : 'admin'], which);
			if (replaced === null || !old || !replaced)
				continue;
			const guest = await person('Guest', { email });
			const accept = (url) => guest.org.acceptInvitation({ invitationId: url.split('/').at(-1) });
			assert.equal(await code(accept(old)), 'INVITATION_NOT_FOUND', which);
			assert.equal((await good(accept(replaced))).member.role, 'admin', which);
		}
	// Concurrent invitations, and a new invitation after an expired one.
	const email = address('once');
	await Promise.all(Array.from({ length: 6 }, (_, i) => routes[i % 2 ? 'invites' : 'invite-member'](email, 'member')));
	assert.deepEqual(pending(email), ['member']);
	sql(`UPDATE identity.organization_invitation SET expires_at = now() WHERE email = $1`, email);
	assert.notEqual(await routes['invite-member'](email, 'admin'), null);
	assert.deepEqual(pending(email), ['admin']);
	// An invitation that a member opens is not consumed.
	const open = await good(ada.browser.post('/api/invites', { role: 'admin' }).then((rs) => ({ data: rs.json, error: null })));
	const bob = await joins(ada, await person('Bob'));
	assert.equal(await code(bob.org.acceptInvitation({ invitationId: open.token })), 'USER_IS_ALREADY_A_MEMBER_OF_THIS_ORGANIZATION');
	assert.equal((await good((await person('Eve')).org.acceptInvitation({ invitationId: open.token }))).member.role, 'admin');
});

test('an invitation is sent in the language of the inviter', async () => {
	const ada = await boss('Inviter');
	const email = address('mailed');
	const first = await good(ada.org.inviteMember({ email, role: 'member' }));
	const [mail] = mails(email);
	assert.equal(mail.template, 'invitation');
	assert.deepEqual(mail.data, { url: first.url, organization: 'Inviter Ltd', inviter: 'Inviter' });
	const rs = await ada.browser.post('/api/auth/organization/invite-member',
		{ email, role: 'member', resend: true }, { 'accept-language': 'fr-CA, en;q=0.5' });
	assert.equal(rs.json.id, first.id);
	assert.notEqual(rs.json.url, first.url);
	assert.equal(lastMail(email, 'invitation').language, 'fr');
	assert.equal(lastMail(email, 'invitation').data.url, rs.json.url);
	// After a second invitation, the first link is invalid, and the second link is valid.
	const guest = await signUp({ email });
	const { organization } = authClient(guest.browser);
	const token = (url) => url.split('/').at(-1);
	assert.equal(await code(organization.acceptInvitation({ invitationId: token(first.url) })),
		'INVITATION_NOT_FOUND');
	const { member } = await good(organization.acceptInvitation(
		{ invitationId: token(rs.json.url) }));
	assert.equal(member.organizationId, ada.organizationId);
	assert.equal(await code(ada.org.inviteMember({ email, role: 'member' })),
		'USER_IS_ALREADY_A_MEMBER_OF_THIS_ORGANIZATION');
	assert.equal(mails(email).length, 2);
});

test('A48 members are returned in pages, sorted and filtered, with totals', async () => {
	const ada = await boss();
	sql(`INSERT INTO identity."user" (id, name, email) SELECT 'a48-' || n, 'M ' || n,
		'a48-' || n || '@x.test' FROM generate_series(10, 29) n`);
	sql(`INSERT INTO identity.organization_member (id, organization_id, user_id, role, created_at)
		SELECT 'a48-' || n, $1, 'a48-' || n, CASE n % 4 WHEN 0 THEN 'admin' ELSE 'member' END,
		now() + n * interval '1 minute' FROM generate_series(10, 29) n`, ada.organizationId);
	const list = async (query) => {
		const { members, total } = await good(ada.org.listMembers({ query }));
		return [members.map((m) => m.userId.replace('a48-', '')), total];
	};
	assert.deepEqual((await list({}))[1], 21);
	assert.deepEqual(await list({ limit: 3, offset: 2, sortBy: 'createdAt', sortDirection: 'desc' }),
		[['27', '26', '25'], 21]);
	assert.deepEqual(await list({ limit: 2, sortBy: 'userId', sortDirection: 'asc', offset: 1,
		filterField: 'role', filterOperator: 'eq', filterValue: 'admin' }), [['16', '20'], 5]);
	assert.deepEqual((await list({ filterField: 'role', filterOperator: 'in',
		filterValue: ['admin', 'owner'] }))[1], 6);
	assert.deepEqual((await list({ filterField: 'id', filterOperator: 'starts_with',
		filterValue: 'a48-1' }))[1], 10);
	assert.deepEqual(await list({ offset: 100 }), [[], 21]);
	assert.deepEqual((await list({ filterField: 'password', filterValue: 'x' }))[1], 0);
	assert.equal((await ada.org.listMembers({ query: { limit: 'many' } })).error.status, 400);
});

test('role changes, removal and leaving apply to every session of a member', async () => {
	const ada = await boss(), bob = await joins(ada, await person('Bob'));
	const phone = authClient(new Browser());
	await good(phone.signIn.email({ email: bob.email, password: PASSWORD }));
	assert.equal((await good(phone.organization.getActiveMember())).userId, bob.id);
	assert.deepEqual(await good(bob.org.getActiveMemberRole()), { role: 'member' });
	const changed = await good(ada.org.updateMemberRole({ memberId: bob.memberId, role: ['admin'] }));
	assert.deepEqual([changed.role, 'user' in changed], ['admin', false]);
	assert.deepEqual(await good(ada.org.getActiveMemberRole({ query: { userId: bob.id } })),
		{ role: 'admin' });
	assert.equal((await bob.browser.get('/api/me')).json.administrator, true);
	const { member } = await good(ada.org.removeMember({ memberIdOrEmail: bob.email.toUpperCase() }));
	assert.equal(member.user.email, bob.email);
	for (const client of [bob.client, phone]) {
		assert.equal((await good(client.getSession())).session.activeOrganizationId, null);
		assert.equal((await client.organization.getActiveMember()).error.code, 'NO_ACTIVE_ORGANIZATION');
	}
	assert.equal((await bob.browser.get('/api/contacts')).status, 409);
	const back = await joins(ada, bob);
	const left = await good(back.org.leave({ organizationId: ada.organizationId }));
	assert.equal(left.user.id, bob.id);
	assert.equal(await active(bob), null);
	assert.equal(await code(back.org.leave({ organizationId: ada.organizationId })), 'MEMBER_NOT_FOUND');
});

test('users list their own invitations after verifying the address', async () => {
	const ada = await boss(), guest = await person('Guest');
	const list = () => guest.org.listUserInvitations();
	const { id } = await good(ada.org.inviteMember({ email: guest.email, role: 'member' }));
	assert.equal(await code(list()), 'EMAIL_VERIFICATION_REQUIRED_FOR_INVITATION');
	sql('UPDATE identity."user" SET email_verified = true WHERE id = $1', guest.id);
	const [one] = await good(list());
	assert.deepEqual([one.id, one.organizationName], [id, ada.made.name]);
	await good(guest.org.rejectInvitation({ invitationId: id }));
	assert.deepEqual(await good(list()), []);
});

test('custom roles are created, assigned, renamed and deleted', async () => {
	const ada = await boss(), bob = await joins(ada, await person('Bob'));
	const permission = { invitation: ['create'], member: ['create'],
		crm: ['create', 'delete', 'export', 'import', 'merge', 'read', 'update'] };
	const made = await good(ada.org.createRole({ role: 'Recruiter', permission }));
	assert.equal(made.success, true);
	assert.deepEqual([made.roleData.role, made.roleData.permission, made.statements],
		['recruiter', permission, permission]);
	assert.ok(made.roleData.createdAt instanceof Date);
	const may = async (permissions) =>
		(await good(bob.org.hasPermission({ permissions }))).success;
	assert.equal(await may({ invitation: ['create'] }), false);
	await good(ada.org.updateMemberRole({ memberId: bob.memberId, role: 'recruiter' }));
	assert.equal(await may({ invitation: ['create'] }), true);
	assert.equal(await may({ invitation: ['create', 'cancel'] }), false);
	assert.equal(await may({ contacts: ['update'], deals: ['read:own'] }), true);
	assert.equal(await may({ contacts: ['administer'] }), false);
	await good(bob.org.inviteMember({ email: address(), role: 'member' }));
	assert.equal(await code(ada.org.deleteRole({ roleName: 'recruiter' })),
		'ROLE_IS_ASSIGNED_TO_MEMBERS');
	const { roleData } = await good(ada.org.updateRole({ roleId: made.roleData.id,
		data: { roleName: 'Scout', permission: { invitation: ['cancel'], ac: ['read'] } } }));
	assert.deepEqual([roleData.role, roleData.permission],
		['scout', { ac: ['read'], invitation: ['cancel'] }]);
	assert.equal((await good(bob.org.getActiveMember())).role, 'scout');
	assert.equal(await may({ invitation: ['create'] }), false);
	assert.deepEqual((await good(bob.org.listRoles())).map((r) => r.role), ['scout']);
	assert.equal((await good(bob.org.getRole({ query: { roleName: 'scout' } }))).id, made.roleData.id);
	assert.equal((await good(bob.org.getRole({ query: { roleId: made.roleData.id } }))).role, 'scout');
	await good(ada.org.updateMemberRole({ memberId: bob.memberId, role: 'member' }));
	assert.deepEqual(await good(ada.org.deleteRole({ roleName: 'scout' })), { success: true });
	assert.equal(await code(bob.org.getRole({ query: { roleName: 'scout' } })), 'ROLE_NOT_FOUND');
	assert.match(await code(ada.org.updateMemberRole({ memberId: bob.memberId, role: 'scout' })),
		/ROLE_NOT_FOUND/);
	assert.equal(await code(ada.org.createRole({ role: 'x', permission: { money: ['print'] } })),
		'INVALID_RESOURCE');
	assert.equal((await ada.org.createRole({ role: 'x', permission: { member: 'all' } })).error.status, 400);
	const none = await ada.browser.post('/api/auth/organization/delete-role', {});
	assert.deepEqual([none.status, none.json.message], [400, '[body] Invalid input']);
});

test('a custom role permits its actions in the CRM', async () => {
	const ada = await boss(), bob = await joins(ada, await person('Bob'));
	const configure = async () => (await bob.browser.put('/api/configuration/1',
		{ config: { title: 'Bob was here' } })).status;
	await good(ada.org.createRole({ role: 'all but the crm', permission: { organization: ['update', 'delete'],
		member: ['create', 'update', 'delete'], invitation: ['create', 'cancel'], ac: ['create', 'read'] } }));
	await good(ada.org.createRole({ role: 'manager', permission: { crm: ['administer'] } }));
	await good(ada.org.updateMemberRole({ memberId: bob.memberId, role: 'all but the crm' }));
	assert.equal((await bob.browser.get('/api/me')).json.administrator, false);
	assert.equal(await configure(), 422);
	await good(ada.org.updateMemberRole({ memberId: bob.memberId, role: ['manager'] }));
	assert.equal((await bob.browser.get('/api/me')).json.administrator, true);
	assert.equal(await configure(), 200);
	assert.equal((await bob.browser.post('/api/invites', {})).status, 422);
	await good(ada.org.updateRole({ roleName: 'manager', data: { permission: {} } }));
	assert.equal((await bob.browser.get('/api/me')).json.administrator, false);
	assert.equal(await configure(), 422);
});
