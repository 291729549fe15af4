// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// The unmodified better-auth client signs up, in and out, keeps sessions in two
// browsers, and creates, switches and shares organizations.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Browser } from '../lib/http.mjs';
import { PASSWORD, address, authClient } from '../lib/people.mjs';

// Returns the data of a call that must succeed.
async function good(call) {
	const { data, error } = await call;
	assert.equal(error, null, JSON.stringify(error));
	return data;
}

async function bad(call) {
	const { data, error } = await call;
	assert.equal(data, null);
	return error;
}

async function person(name) {
	const client = authClient(new Browser());
	const email = address(name.split(' ')[0].toLowerCase());
	const { user } = await good(
		client.signUp.email({ name, email, password: PASSWORD }));
	return { client, email, user };
}

test('the client signs up, and dates are Date objects', async () => {
	const { user, email, client } = await person('Ada Lovelace');
	assert.equal(user.email, email);
	assert.equal(user.name, 'Ada Lovelace');
	assert.ok(user.createdAt instanceof Date);
	assert.ok(user.updatedAt instanceof Date);
	const { session } = await good(client.getSession());
	assert.ok(session.expiresAt instanceof Date);
	assert.ok(session.expiresAt > new Date(Date.now() + 6 * 86400e3));
});

test('an address can be registered once', async () => {
	const { email, client } = await person('Ada');
	const error = await bad(client.signUp.email(
		{ name: 'Dup', email: email.toUpperCase(), password: PASSWORD }));
	assert.equal(error.status, 422);
	assert.equal(error.code, 'USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL');
	assert.equal(error.statusText, 'Unprocessable Entity');
});

test('the client signs in and out', async () => {
	const { email } = await person('Ada');
	const client = authClient(new Browser());
	assert.equal(await good(client.getSession()), null);
	const { user, token } = await good(
		client.signIn.email({ email, password: PASSWORD }));
	assert.equal(user.email, email);
	const { session } = await good(client.getSession());
	assert.equal(session.token, token);
	assert.deepEqual(await good(client.signOut()), { success: true });
	assert.equal(await good(client.getSession()), null);
	const error = await bad(client.signIn.email({ email, password: 'wrong one' }));
	assert.equal(error.status, 401);
	assert.equal(error.code, 'INVALID_EMAIL_OR_PASSWORD');
});

test('the client lists sessions and revokes one, which signs out the other client immediately', async () => {
	const { email, client: first } = await person('Ada');
	const second = authClient(new Browser());
	await good(second.signIn.email({ email, password: PASSWORD }));
	const sessions = await good(first.listSessions());
	assert.equal(sessions.length, 2);
	assert.ok(sessions.every((s) => s.createdAt instanceof Date));
	const mine = (await good(first.getSession())).session;
	const other = sessions.find((s) => s.id !== mine.id);
	assert.equal(sessions.find((s) => s.id === mine.id).token, mine.token);
	assert.ok(await good(second.organization.list()));
	await good(first.revokeSession({ token: other.token }));
	assert.equal((await bad(second.organization.list())).status, 401);
	assert.equal(await good(second.getSession()), null);
	assert.equal((await good(first.listSessions())).length, 1);
});

test('the client revokes the other sessions, and then all', async () => {
	const { email, client: first } = await person('Ada');
	const second = authClient(new Browser());
	const third = authClient(new Browser());
	await good(second.signIn.email({ email, password: PASSWORD }));
	await good(third.signIn.email({ email, password: PASSWORD }));
	assert.deepEqual(await good(first.revokeOtherSessions()), { status: true });
	assert.equal(await good(second.getSession()), null);
	assert.equal((await good(first.getSession())).user.email, email);
	assert.deepEqual(await good(first.revokeSessions()), { status: true });
	assert.equal(await good(first.getSession()), null);
	assert.equal(await good(third.getSession()), null);
});

test('the client updates the name, image and password', async () => {
	const { email, client } = await person('Ada');
	const other = authClient(new Browser());
	await good(other.signIn.email({ email, password: PASSWORD }));
	await good(client.updateUser({ name: 'Ada King', image: 'https://img.test/a.png' }));
	const { user } = await good(client.getSession());
	assert.equal(user.name, 'Ada King');
	assert.equal(user.image, 'https://img.test/a.png');
	assert.equal((await bad(client.changePassword({
		currentPassword: 'wrong one', newPassword: 'another password 1',
	}))).code, 'INVALID_PASSWORD');
	const { token } = await good(client.changePassword({
		currentPassword: PASSWORD, newPassword: 'another password 1',
		revokeOtherSessions: true,
	}));
	assert.equal((await good(client.getSession())).session.token, token);
	assert.equal(await good(other.getSession()), null);
	await good(other.signIn.email({ email, password: 'another password 1' }));
	assert.equal((await bad(authClient(new Browser()).signIn.email(
		{ email, password: PASSWORD }))).status, 401);
});

test('the client creates, lists and switches organizations', async () => {
	const { client } = await person('Ada');
	const slug = `acme-${process.pid}`;
	const acme = await good(client.organization.create(
		{ name: 'Acme', slug, metadata: { plan: 'pro' } }));
	assert.deepEqual(acme.metadata, { plan: 'pro' });
	assert.equal(acme.members[0].role, 'owner');
	const beta = await good(client.organization.create(
		{ name: 'Beta', slug: `${slug}-b` }));
	const active = async () =>
		(await good(client.getSession())).session.activeOrganizationId;
	assert.equal(await active(), beta.id);
	await good(client.organization.setActive({ organizationId: acme.id }));
	assert.equal(await active(), acme.id);
	await good(client.organization.setActive({ organizationSlug: beta.slug }));
	assert.equal(await active(), beta.id);
	assert.deepEqual((await good(client.organization.list())).map((o) => o.slug).sort(),
		[slug, `${slug}-b`]);
	const full = await good(client.organization.getFullOrganization());
	assert.equal(full.id, beta.id);
	assert.equal(full.members.length, 1);
	await good(client.organization.setActive({ organizationId: null }));
	assert.equal(await active(), null);
	assert.equal((await bad(client.organization.create(
		{ name: 'Acme', slug }))).code, 'ORGANIZATION_ALREADY_EXISTS');
});

test('the last used organization is active after the next sign-in', async () => {
	const { client, email } = await person('Ada');
	const slug = `last-${process.pid}`;
	const one = await good(client.organization.create({ name: 'One', slug }));
	await good(client.organization.create({ name: 'Two', slug: `${slug}-2` }));
	await good(client.organization.setActive({ organizationId: one.id }));
	const again = authClient(new Browser());
	await good(again.signIn.email({ email, password: PASSWORD }));
	assert.equal((await good(again.getSession())).session.activeOrganizationId, one.id);
});

test('the client invites a member, who accepts and appears in the list', async () => {
	const boss = await person('Boss');
	const guest = await person('Guest');
	const slug = `shared-${process.pid}`;
	const org = await good(boss.client.organization.create({ name: 'Shared', slug }));
	const invitation = await good(boss.client.organization.inviteMember(
		{ email: guest.email.toUpperCase(), role: 'member' }));
	assert.equal(invitation.status, 'pending');
	assert.equal(invitation.email, guest.email);
	assert.ok(invitation.expiresAt instanceof Date);
	assert.match(invitation.url, /\/invite\/[A-Za-z0-9]{32}$/);
	const accepted = await good(guest.client.organization.acceptInvitation(
		{ invitationId: invitation.id }));
	assert.equal(accepted.invitation.status, 'accepted');
	assert.equal(accepted.member.role, 'member');
	assert.equal((await good(guest.client.getSession())).session.activeOrganizationId,
		org.id);
	const { members, total } = await good(boss.client.organization.listMembers());
	assert.equal(total, 2);
	assert.deepEqual(members.map((m) => m.role).sort(), ['member', 'owner']);
	assert.equal((await bad(guest.client.organization.acceptInvitation(
		{ invitationId: invitation.id }))).code, 'INVITATION_NOT_FOUND');
	assert.equal((await bad(guest.client.organization.inviteMember(
		{ email: address(), role: 'member' }))).status, 403);
});
