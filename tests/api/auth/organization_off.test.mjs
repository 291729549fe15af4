// stack: SIGNUP=open TENANTRY_RATE_LIMIT=on TENANTRY_CREATE_ORGANIZATION=off TENANTRY_DELETE_ORGANIZATION=off TENANTRY_REQUIRE_VERIFICATION=on
// Organizations while their creation and deletion are switched off and verified addresses are required: exchanges 638
// to 641 of the recordings, and limits.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from '../lib/database.mjs';
import { send } from '../lib/http.mjs';
import { address } from '../lib/people.mjs';
import { mails } from '../../lib/mail.mjs';

let n = 0;
const AT = '/api/auth/organization/';

// Creates a user with a session in SQL, because unverified users cannot sign
// in.
function person(organizationId, role, verified = true) {
	const id = `off-${process.pid}-${++n}`, email = address();
	const token = `token${n}`.padEnd(32, 'x');
	sql('INSERT INTO identity."user" (id, name, email, email_verified) VALUES ($1, $1, $2, $3)',
		id, email, verified);
	if (organizationId)
		sql('INSERT INTO identity.organization_member (id, organization_id, user_id, role)'
			+ ' VALUES ($1, $2, $1, $3)', id, organizationId, role);
	sql('INSERT INTO identity.session (id, token_hash, user_id, expires_at, active_organization_id)'
		+ " VALUES ($1, sha256($2::bytea), $1, now() + interval '1 hour', $3)",
	id, token, organizationId ?? null);
	const ask = (method, path, body) => send(method, AT + path,
		{ headers: { authorization: `Bearer ${token}` }, body });
	return { id, email, token, post: (path, body) => ask('POST', path, body),
		get: (path) => ask('GET', path) };
}

const [[organizationId]] = sql("INSERT INTO identity.organization (name, slug) VALUES ('Off', 'off')"
	+ ' RETURNING id');
const boss = person(organizationId, 'owner');

test('638 only the operator creates organizations', async () => {
	const rs = await boss.post('create', { name: 'x', slug: 'x' });
	assert.deepEqual([rs.status, rs.json], [403, {
		message: 'You are not allowed to create a new organization',
		code: 'YOU_ARE_NOT_ALLOWED_TO_CREATE_A_NEW_ORGANIZATION' }]);
	const nobody = await send('POST', `${AT}create`, { body: { name: 'x', slug: 'x' } });
	assert.deepEqual([nobody.status, nobody.text], [401, '']);
});

test('639 only the operator deletes organizations', async () => {
	const rs = await boss.post('delete', { organizationId });
	assert.deepEqual([rs.status, rs.json], [404, { message: 'Organization deletion is disabled',
		code: 'ORGANIZATION_DELETION_DISABLED' }]);
	assert.equal((await boss.get('list')).json.length, 1);
});

test('640, 641, security 6: an invitation waits until the address is verified', async () => {
	const guest = person(null, null, false);
	const made = await boss.post('invite-member', { email: guest.email, role: 'member' });
	assert.equal(made.status, 200, made.text);
	const { id, url } = made.json;
	const before = { message: 'Email verification required before accepting or rejecting invitation',
		code: 'EMAIL_VERIFICATION_REQUIRED_BEFORE_ACCEPTING_OR_REJECTING_INVITATION' };
	const read = await guest.get(`get-invitation?id=${id}`);
	assert.deepEqual([read.status, read.json], [403, {
		message: 'Email verification required to view or list invitations for the session email',
		code: 'EMAIL_VERIFICATION_REQUIRED_FOR_INVITATION' }]);
	for (const invitationId of [id, url.split('/').at(-1)])
		for (const path of ['accept-invitation', 'reject-invitation']) {
			const rs = await guest.post(path, { invitationId });
			assert.deepEqual([rs.status, rs.json], [403, before]);
		}
	sql('UPDATE identity."user" SET email_verified = true WHERE id = $1', guest.id);
	assert.equal((await guest.get(`get-invitation?id=${id}`)).status, 200);
	assert.equal((await guest.post('accept-invitation', { invitationId: id })).status, 200);
});

test('the number of emails to one address is limited', async () => {
	const email = address();
	const invite = (who, resend) => who.post('invite-member', { email, role: 'member', resend });
	assert.equal((await invite(boss, false)).status, 200);
	for (let i = 0; i < 4; i++)
		assert.equal((await invite(boss, true)).status, 200);
	const rs = await invite(boss, true);
	assert.equal(rs.status, 429, rs.text);
	assert.ok(Number(rs.headers['x-retry-after']) > 3000);
	assert.equal(mails(email).length, 5);
});

test('an organization has at most 100 members, 100 invitations and 50 roles', async () => {
	sql(`INSERT INTO identity."user" (id, name, email) SELECT 'full-' || n, 'x', 'full-' || n || '@x.test'
		FROM generate_series(1, 200) n`);
	sql(`INSERT INTO identity.organization_member (id, organization_id, user_id, role)
		SELECT 'full-' || n, $1, 'full-' || n, 'member' FROM generate_series(1, 100 - (SELECT count(*)
		FROM identity.organization_member WHERE organization_id = $1)) n`, organizationId);
	const guest = person();
	const { json } = await boss.post('invite-member', { email: guest.email, role: 'member' });
	const full = await guest.post('accept-invitation', { invitationId: json.id });
	assert.deepEqual([full.status, full.json.code], [403, 'ORGANIZATION_MEMBERSHIP_LIMIT_REACHED']);
	sql(`INSERT INTO identity.organization_invitation (id, organization_id, email, role, expires_at, inviter_id)
		SELECT 'full-' || n, $1, 'full-' || n || '@y.test', 'member', now() + interval '1 day', $2
		FROM generate_series(1, 100) n`, organizationId, boss.id);
	const more = await boss.post('invite-member', { email: address(), role: 'member' });
	assert.deepEqual([more.status, more.json.code], [403, 'INVITATION_LIMIT_REACHED']);
	sql(`INSERT INTO identity.organization_role (id, organization_id, role, permission)
		SELECT 'full-' || n, $1, 'role ' || n, '{}' FROM generate_series(1, 50) n`, organizationId);
	const role = await boss.post('create-role', { role: 'one more', permission: {} });
	assert.deepEqual([role.status, role.json.code], [400, 'TOO_MANY_ROLES']);
});
