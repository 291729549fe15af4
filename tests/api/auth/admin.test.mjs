// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// The admin plugin of the real client: users, roles, bans, passwords,
// impersonation.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { sql, sqlFor } from '../lib/database.mjs';
import { follow } from '../lib/email.mjs';
import { BASE, Browser } from '../lib/http.mjs';
import { lastMail } from '../../lib/mail.mjs';
import { PASSWORD, address, authClient, member, operator, owner, signIn, signUp,
	tenantry } from '../lib/people.mjs';

let boss, admin;

before(async () => {
	boss = await operator();
	admin = boss.client.admin;
});

const good = async (answer) => {
	const { data, error } = await answer;
	assert.equal(error, null, JSON.stringify(error));
	return data;
};
const bad = async (answer) => {
	const { data, error } = await answer;
	assert.equal(data, null);
	return error;
};
const refused = async (answer, code) => assert.equal((await bad(answer)).code, code);
const whoami = async (browser) =>
	(await browser.get('/api/auth/get-session')).json;
const cannotSignIn = async (email, code, password = PASSWORD) => {
	const rs = await new Browser().post('/api/auth/sign-in/email', { email, password });
	assert.equal(rs.json.code, code);
};

test('A53: an operator creates a user, who signs in with the password', async () => {
	const email = address('made');
	const { user } = await good(admin.createUser({ email: email.toUpperCase(),
		name: 'Made Up', password: PASSWORD, role: 'user',
		data: { emailVerified: true, image: 'https://img.test/x.png', nickname: 'x',
			id: 'mine', createdAt: '2001-01-01T00:00:00Z', twoFactorEnabled: true } }));
	assert.equal(user.email, email);
	assert.equal(user.emailVerified, true);
	assert.equal(user.image, 'https://img.test/x.png');
	assert.equal(user.twoFactorEnabled, false);
	assert.notEqual(user.id, 'mine');
	assert.ok(user.createdAt.getFullYear() > 2001);
	assert.equal((await signIn(email)).id, user.id);
	assert.deepEqual(await good(admin.getUser({ query: { id: user.id } })),
		{ ...user, ...(await good(admin.getUser({ query: { id: user.id } }))) });
});

test('A53: an operator creates a user without a password, who cannot sign in with one', async () => {
	const email = address('bare');
	const { user } = await good(admin.createUser({ email, name: 'Bare' }));
	assert.equal(user.role, 'user');
	assert.equal(sql('SELECT count(*) FROM identity.account WHERE user_id = $1',
		user.id)[0][0], '0');
	await cannotSignIn(email, 'INVALID_EMAIL_OR_PASSWORD');
	await good(admin.setUserPassword({ userId: user.id, newPassword: 'given by the boss' }));
	await signIn(email, 'given by the boss');
});

test('A53: invalid values for a new user are refused', async () => {
	const make = (more) => admin.createUser({ email: address('never'), name: 'N', ...more });
	await refused(make({ email: boss.email.toUpperCase() }),
		'USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL');
	await refused(make({ email: boss.email, password: PASSWORD }),
		'USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL');
	await refused(make({ email: 'a\uff20b.co' }), 'INVALID_EMAIL');
	await refused(make({ password: 'short' }), 'PASSWORD_TOO_SHORT');
	await refused(make({ password: 'x'.repeat(129) }), 'PASSWORD_TOO_LONG');
	await refused(make({ data: { role: 5 } }), 'INVALID_ROLE_TYPE');
	await refused(make({ data: { role: ['user', 5] } }), 'INVALID_ROLE_TYPE');
	await refused(make({ data: { banned: 'yes' } }), 'VALIDATION_ERROR');
	for (const role of ['admin', ['user', 'admin'], ' admin', 'user,admin'])
		await refused(make({ role }), 'YOU_ARE_NOT_ALLOWED_TO_CHANGE_USERS_ROLE');
	await refused(make({ data: { role: 'admin' } }),
		'YOU_ARE_NOT_ALLOWED_TO_CHANGE_USERS_ROLE');
	for (const role of ['', ' , ', 'Admin', 'user,ADMIN'])
		await refused(make({ role }), 'YOU_ARE_NOT_ALLOWED_TO_SET_NON_EXISTENT_VALUE');
	assert.equal(sql(`SELECT count(*) FROM identity."user" WHERE email LIKE 'never%'`)[0][0],
		'0');
});

test('create-user with a repeated idempotency key creates one user', async () => {
	const email = address('once');
	const make = () => boss.browser.post('/api/auth/admin/create-user',
		{ email, name: 'Once', password: PASSWORD }, { 'idempotency-key': email });
	const [first, again] = [await make(), await make()];
	assert.equal(first.status, 200, first.text);
	assert.equal(again.text, first.text);
});

test('A53: an operator updates a user, whose new address is unverified', async () => {
	const user = await signUp();
	const update = (data) => admin.updateUser({ userId: user.id, data });
	await good(update({ emailVerified: true }));
	const changed = await good(update({ name: 'Other Name', image: null,
		createdAt: '2001-01-01T00:00:00Z', unknown: 1 }));
	assert.equal(changed.name, 'Other Name');
	assert.equal(changed.emailVerified, true);
	assert.ok(changed.createdAt.getFullYear() > 2001);
	const email = address('moved');
	const moved = await good(update({ email: email.toUpperCase() }));
	assert.deepEqual([moved.email, moved.emailVerified], [email, false]);
	assert.equal((await good(update({ email, emailVerified: true }))).emailVerified, true);
	await refused(update({}), 'NO_DATA_TO_UPDATE');
	await refused(update({ unknown: 1 }), 'NO_DATA_TO_UPDATE');
	await refused(update({ password: 'x' }), 'PASSWORD_CANNOT_BE_UPDATED_VIA_UPDATE_USER');
	await refused(update({ id: 'x', name: 'y' }), 'USER_ID_CANNOT_BE_UPDATED');
	await refused(update({ twoFactorEnabled: false }), 'FIELD_NOT_ALLOWED');
	await refused(update({ email: boss.email }), 'USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL');
	await refused(update({ email: 'none' }), 'INVALID_EMAIL');
	await refused(update({ name: 5 }), 'VALIDATION_ERROR');
	await refused(update({ banExpires: 'soon' }), 'BAD_REQUEST');
	await refused(update({ role: { admin: true } }), 'INVALID_ROLE_TYPE');
	await refused(admin.updateUser({ userId: 'nobody', data: { name: 'x' } }),
		'USER_NOT_FOUND');
});

test('A53: roles are normalized, and the admin role cannot be granted', async () => {
	const user = await signUp();
	const set = (role) => admin.setRole({ userId: user.id, role });
	assert.equal((await good(set(['editor', ' user ', '', 'editor']))).user.role,
		'editor,user');
	await refused(set('admin'), 'YOU_ARE_NOT_ALLOWED_TO_CHANGE_USERS_ROLE');
	await refused(admin.updateUser({ userId: user.id, data: { role: ['user', 'admin'] } }),
		'YOU_ARE_NOT_ALLOWED_TO_CHANGE_USERS_ROLE');
	await refused(set('Admin'), 'YOU_ARE_NOT_ALLOWED_TO_SET_NON_EXISTENT_VALUE');
	await refused(set(''), 'YOU_ARE_NOT_ALLOWED_TO_SET_NON_EXISTENT_VALUE');
	await refused(admin.setRole({ userId: 'nobody', role: 'user' }), 'USER_NOT_FOUND');
	// An existing operator may be set to admin again, and may be demoted.
	const second = await operator();
	assert.equal((await good(admin.setRole({ userId: second.id, role: ['user', 'admin'] })))
		.user.role, 'user,admin');
	assert.equal((await good(admin.updateUser({ userId: second.id,
		data: { name: 'Still', role: 'admin' } }))).role, 'admin');
	assert.equal((await good(admin.setRole({ userId: second.id, role: 'user' })))
		.user.role, 'user');
	await refused(second.client.admin.listUsers({ query: {} }),
		'YOU_ARE_NOT_ALLOWED_TO_LIST_USERS');
});

test('A53: a password set by an operator ends the user\'s sessions and causes an email', async () => {
	const user = await signUp();
	await good(admin.setUserPassword({ userId: user.id, newPassword: 'another one 123' }));
	assert.equal(await whoami(user.browser), null);
	await cannotSignIn(user.email, 'INVALID_EMAIL_OR_PASSWORD');
	await signIn(user.email, 'another one 123');
	assert.ok(lastMail(user.email, 'password-changed'));
	await refused(admin.setUserPassword({ userId: user.id, newPassword: 'short' }),
		'PASSWORD_TOO_SHORT');
	await refused(admin.setUserPassword({ userId: user.id, newPassword: 'x'.repeat(129) }),
		'PASSWORD_TOO_LONG');
	await good(admin.setUserPassword({ userId: boss.id, newPassword: PASSWORD }));
	assert.equal((await whoami(boss.browser)).user.id, boss.id);
});

test('A53: operators cannot remove or ban themselves', async () => {
	await refused(admin.removeUser({ userId: boss.id }), 'YOU_CANNOT_REMOVE_YOURSELF');
	await refused(admin.banUser({ userId: boss.id }), 'YOU_CANNOT_BAN_YOURSELF');
	await refused(admin.updateUser({ userId: boss.id, data: { banned: true } }),
		'YOU_CANNOT_BAN_YOURSELF');
});

test('A53: removing a user deletes an organization with no other members', async () => {
	const alone = await owner('Alone');
	const slug = alone.organization.slug;
	await alone.browser.post('/api/contacts', { first_name: 'A', last_name: 'B' });
	await good(admin.removeUser({ userId: alone.id }));
	assert.deepEqual(sql(`SELECT deleted_at IS NOT NULL, (SELECT count(*)
			FROM identity.organization_member m WHERE m.organization_id = o.id)
		FROM identity.organization o WHERE slug = $1`, slug), [['t', '0']]);
	await refused(admin.getUser({ query: { id: alone.id } }), 'USER_NOT_FOUND');
	await refused(admin.removeUser({ userId: alone.id }), 'USER_NOT_FOUND');
	for (const [table, column] of sql(`SELECT c.conrelid::regclass, a.attname
		FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid
			AND a.attnum = c.conkey[1]
		WHERE c.confrelid = 'identity."user"'::regclass AND c.contype = 'f'`))
		assert.equal(sql(`SELECT count(*) FROM ${table} WHERE ${column} = $1`,
			alone.id)[0][0], '0', table);
	// After the deletion, the address can be used again.
	await signUp({ email: alone.email });
});

test('an organization always keeps an owner', async () => {
	const chief = await owner('Chief');
	const mate = await member(chief);
	await refused(admin.removeUser({ userId: chief.id }),
		'YOU_CANNOT_LEAVE_THE_ORGANIZATION_AS_THE_ONLY_OWNER');
	assert.equal((await whoami(chief.browser)).user.id, chief.id);
	sql(`UPDATE identity.organization_member SET role = 'owner' WHERE user_id = $1`, mate.id);
	await good(admin.removeUser({ userId: chief.id }));
	const left = sql(`SELECT user_id FROM identity.organization_member
		WHERE organization_id = $1`, chief.organization.id);
	assert.deepEqual(left, [[mate.id]]);
	// The user's records still refer to a row of sales, which has no name.
	assert.deepEqual(sqlFor(chief.organization.id, `SELECT disabled FROM crm.sales
		WHERE org_id = $1 AND user_id LIKE 'deleted-%'`, chief.organization.id), [['t']]);
});

test('if two owners are removed concurrently, one of them remains', async () => {
	const chief = await owner('Both');
	const mate = await member(chief);
	await member(chief);
	sql(`UPDATE identity.organization_member SET role = 'owner' WHERE user_id = $1`, mate.id);
	const outcomes = await Promise.all([chief, mate].map((one) =>
		admin.removeUser({ userId: one.id })));
	assert.deepEqual(outcomes.map(({ error }) => error?.code ?? 'gone').sort(),
		['YOU_CANNOT_LEAVE_THE_ORGANIZATION_AS_THE_ONLY_OWNER', 'gone'].sort());
});

test('A54: a ban ends all sessions and blocks sign-in until it expires', async () => {
	const user = await signUp();
	const elsewhere = await signIn(user.email);
	const { user: banned } = await good(admin.banUser({ userId: user.id,
		banReason: 'spam', banExpiresIn: 3600 }));
	assert.equal(banned.banReason, 'spam');
	assert.ok(Math.abs(banned.banExpires - Date.now() - 3600000) < 60000);
	for (const { browser } of [user, elsewhere]) {
		assert.equal((await browser.get('/api/auth/list-sessions')).status, 401);
		assert.equal(await whoami(browser), null);
	}
	await cannotSignIn(user.email, 'BANNED_USER');
	await cannotSignIn(user.email, 'INVALID_EMAIL_OR_PASSWORD', 'wrong password');
	assert.equal(sql('SELECT count(*) FROM identity.session WHERE user_id = $1',
		user.id)[0][0], '0');
	await refused(admin.impersonateUser({ userId: user.id, reason: 'asked for help' }), 'BANNED_USER');
	sql(`UPDATE identity."user" SET ban_expires = now() - interval '1 second'
		WHERE id = $1`, user.id);
	await signIn(user.email);
	assert.deepEqual(sql(`SELECT banned, ban_reason IS NULL, ban_expires IS NULL
		FROM identity."user" WHERE id = $1`, user.id), [['f', 't', 't']]);
});

test('A54: a permanent ban has a default reason, and can be lifted', async () => {
	const user = await signUp();
	const { user: banned } = await good(admin.banUser({ userId: user.id, banExpiresIn: 0 }));
	assert.deepEqual([banned.banned, banned.banReason, banned.banExpires],
		[true, 'No reason', null]);
	const { user: free } = await good(admin.unbanUser({ userId: user.id }));
	assert.deepEqual([free.banned, free.banReason, free.banExpires], [false, null, null]);
	await signIn(user.email);
	await good(admin.updateUser({ userId: user.id, data: { banned: true, banReason: 'x',
		banExpires: new Date(Date.now() + 1e6).toISOString() } }));
	await cannotSignIn(user.email, 'BANNED_USER');
	const again = await good(admin.updateUser({ userId: user.id, data: { banned: false } }));
	assert.deepEqual([again.banned, again.banReason, again.banExpires], [false, null, null]);
	for (const banExpiresIn of [-1, 1e300, 3155760001])
		await refused(admin.banUser({ userId: user.id, banExpiresIn }), 'VALIDATION_ERROR');
	await refused(admin.banUser({ userId: 'nobody' }), 'USER_NOT_FOUND');
	await refused(admin.unbanUser({ userId: 'nobody' }), 'USER_NOT_FOUND');
});

test('operators list and revoke the sessions of a user', async () => {
	const user = await signUp();
	const other = await signIn(user.email);
	const third = await signIn(user.email);
	const { sessions } = await good(admin.listUserSessions({ userId: user.id }));
	assert.equal(sessions.length, 3);
	assert.ok(sessions[0].expiresAt instanceof Date);
	await good(admin.revokeUserSession({ sessionToken: sessions[1].token }));
	assert.equal(await whoami(other.browser), null);
	await good(admin.revokeUserSession({ sessionToken: user.token }));
	assert.equal(await whoami(user.browser), null);
	assert.equal((await whoami(third.browser)).user.id, user.id);
	await good(admin.revokeUserSessions({ userId: user.id }));
	assert.equal(await whoami(third.browser), null);
	assert.deepEqual(await good(admin.listUserSessions({ userId: user.id })),
		{ sessions: [] });
	assert.deepEqual(await good(admin.listUserSessions({ userId: 'nobody' })),
		{ sessions: [] });
	await good(admin.revokeUserSession({ sessionToken: 'nothing' }));
});

test('has-permission returns what the caller may do', async () => {
	const someone = authClient((await signUp()).browser).admin;
	const may = async (who, permissions) =>
		(await good(who.hasPermission({ permissions }))).success;
	const all = { user: ['create', 'list', 'set-role', 'ban', 'impersonate', 'delete',
		'set-password', 'set-email', 'get', 'update'], session: ['list', 'revoke', 'delete'] };
	assert.equal(await may(admin, all), true);
	for (const [name, actions] of Object.entries(all))
		for (const action of actions) {
			assert.equal(await may(admin, { [name]: [action] }), true);
			assert.equal(await may(someone, { [name]: [action] }), false);
		}
	for (const permissions of [{ user: ['impersonate-admins'] }, { user: [] }, {},
		{ user: ['create'], nothing: ['x'] }, { user: ['create', 'fly'] }])
		assert.equal(await may(admin, permissions), false, JSON.stringify(permissions));
	const ask = (body) => boss.browser.post('/api/auth/admin/has-permission', body);
	assert.equal((await ask({})).json.message, '[body] Invalid input');
	assert.equal((await ask({ permissions: { user: 'create' } })).json.code,
		'VALIDATION_ERROR');
	assert.equal((await ask({ permissions: { user: ['list'] }, permission: { user: ['list'] } }))
		.json.message, '[body] Invalid input: more than one option matched');
	assert.deepEqual((await ask({ permission: { user: ['list'] } })).json,
		{ message: 'invalid permission check. no permission(s) were passed.' });
});

test('an impersonation needs a reason, and a read-only impersonation changes nothing', async () => {
	const self = await operator(), user = await signUp();
	await good(user.browser.post('/api/auth/organization/create', { name: 'Seen', slug: `seen-${process.pid}` }).then(({ json }) => ({ data: json, error: null })));
	const begin = (body) => self.browser.post('/api/auth/admin/impersonate-user', { userId: user.id, ...body });
	for (const reason of [undefined, null, 5, '', '  ', 'x'.repeat(501)])
		assert.deepEqual([(await begin({ reason })).status, (await begin({ reason })).json.code], [400, 'VALIDATION_ERROR'], String(reason));
	assert.equal((await begin({ reason: 'see what they see', readOnly: 'yes' })).status, 400);
	assert.equal((await begin({ reason: ' see what they see ', readOnly: true })).status, 200);
	const told = sql(`SELECT e.data->>'reason', e.data->>'readOnly' FROM identity.event e WHERE e.user_id = $1 AND e.action = 'impersonation.started'`, user.id);
	assert.deepEqual(told, [['see what they see', 'true']]);
	// The impersonation can read the same data as the user.
	assert.equal((await self.browser.get('/api/me')).json.email, user.email);
	assert.equal((await self.browser.get('/api/contacts')).status, 200);
	assert.equal((await self.browser.get('/api/auth/organization/list')).json.length, 1);
	// All changes are refused: to the organization's data, to the account and to other organizations.
	for (const [method, path, body] of [['POST', '/api/contacts', { last_name: 'X' }], ['PATCH', '/api/contacts/1', { last_name: 'X' }], ['DELETE', '/api/contacts/1'],
		['POST', '/api/contacts/bulk', { ids: [1], set: { title: 'x' } }], ['POST', '/api/auth/update-user', { name: 'X' }], ['POST', '/api/auth/organization/create', { name: 'X', slug: 'x' }],
		['POST', '/api/auth/organization/set-active', { organizationId: null }], ['POST', '/api/auth/revoke-sessions', {}], ['POST', '/api/invites', { role: 'member' }],
		['POST', '/api/auth/admin/impersonate-user', { userId: user.id, reason: 'again' }]]) {
		const rs = await self.browser.send(method, path, body);
		assert.equal(rs.status, 403, `${method} ${path} ${rs.text}`);
	}
	assert.equal((await self.browser.post('/api/auth/admin/stop-impersonating', {})).status, 200);
	assert.equal((await self.browser.get('/api/auth/get-session')).json.user.id, self.id);
	assert.equal((await begin({ reason: 'repair' })).status, 200);
	assert.equal((await self.browser.post('/api/contacts', { last_name: 'X' })).status, 201);
});

test('A55: an operator impersonates a user, and returns to the operator\'s own session', async () => {
	const user = await signUp();
	const self = await signIn(boss.email);
	const client = authClient(self.browser);
	const begun = await self.browser.post('/api/auth/admin/impersonate-user',
		{ userId: user.id, reason: 'asked for help' });
	assert.deepEqual(begun.cookies.map((c) => c.replace(/^([^=]+)=[^;]+;/, '$1=VALUE;')), [
		'better-auth.session_token=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax',
		'better-auth.session_data=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax',
		'better-auth.dont_remember=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax',
		'better-auth.admin_session=VALUE; Max-Age=604800; Path=/; HttpOnly; SameSite=Lax',
		'better-auth.session_token=VALUE; Path=/; HttpOnly; SameSite=Lax',
		'better-auth.dont_remember=VALUE; Path=/; HttpOnly; SameSite=Lax']);
	const { data: now } = await client.getSession();
	assert.equal(now.user.id, user.id);
	assert.equal(now.session.impersonatedBy, boss.id);
	assert.ok(Math.abs(now.session.expiresAt - Date.now() - 3600000) < 60000);
	// The user's session list omits the impersonation.
	assert.equal((await user.browser.get('/api/auth/list-sessions')).json.length, 1);
	// The session of an impersonation is not extended.
	sql(`UPDATE identity.session SET created_at = created_at - interval '50 minutes',
		expires_at = expires_at - interval '50 minutes' WHERE id = $1`, now.session.id);
	const { data: later } = await client.getSession();
	assert.ok(later.session.expiresAt - Date.now() < 11 * 60000);
	// During an impersonation, admin routes are closed.
	await refused(client.admin.listUsers({ query: {} }), 'YOU_ARE_NOT_ALLOWED_TO_LIST_USERS');
	await refused(client.admin.impersonateUser({ userId: user.id, reason: 'asked for help' }),
		'YOU_ARE_NOT_ALLOWED_TO_IMPERSONATE_USERS');
	const ended = await self.browser.post('/api/auth/admin/stop-impersonating', {});
	assert.deepEqual(ended.cookies.map((c) => c.replace(/^([^=]+)=[^;]+;/, '$1=VALUE;')), [
		'better-auth.session_token=VALUE; Max-Age=604800; Path=/; HttpOnly; SameSite=Lax',
		'better-auth.dont_remember=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax',
		'better-auth.admin_session=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax']);
	assert.equal(ended.json.session.token, self.token);
	assert.equal((await client.getSession()).data.session.token, self.token);
	assert.equal(sql('SELECT count(*) FROM identity.session WHERE id = $1',
		now.session.id)[0][0], '0');
	assert.deepEqual(await bad(client.admin.stopImpersonating()),
		{ message: 'You are not impersonating anyone', status: 400,
			statusText: 'Bad Request' });
});

test('A55: a session without rememberMe is restored without it', async () => {
	const user = await signUp();
	const browser = new Browser();
	await browser.post('/api/auth/sign-in/email',
		{ email: boss.email, password: PASSWORD, rememberMe: false });
	await browser.post('/api/auth/admin/impersonate-user', { userId: user.id, reason: 'asked for help' });
	const kept = decodeURIComponent(browser.jar.cookies.get('better-auth.admin_session'));
	assert.match(kept, /^[A-Za-z0-9]{32}:true\./);
	const ended = await browser.post('/api/auth/admin/stop-impersonating', {});
	assert.deepEqual(ended.cookies.map((c) => [c.split('=')[0], /Max-Age=\d+/.exec(c)?.[0]]), [
		['better-auth.session_token', undefined], ['better-auth.dont_remember', undefined],
		['better-auth.admin_session', 'Max-Age=0']]);
	assert.equal((await whoami(browser)).user.id, boss.id);
});

test('actions during an impersonation are logged with both users', async () => {
	const user = await owner('Victim');
	const self = await signIn(boss.email);
	await self.browser.post('/api/auth/admin/impersonate-user', { userId: user.id, reason: 'asked for help' });
	const made = await self.browser.post('/api/contacts', { first_name: 'I', last_name: 'M' });
	assert.equal(made.status, 201, made.text);
	await self.browser.post('/api/auth/organization/invite-member',
		{ email: address('guest'), role: 'member' });
	await self.browser.post('/api/auth/update-user', { name: 'Renamed' });
	await self.browser.post('/api/auth/admin/stop-impersonating', {});
	await user.browser.post('/api/contacts', { first_name: 'My', last_name: 'Own' });
	const rows = sqlFor(user.organization.id, `SELECT table_name, user_id, impersonator
		FROM ops.audit_log WHERE org_id = $1 AND action = 'insert'
		AND table_name IN ('contacts', 'organization_invitation') ORDER BY at, id`,
	user.organization.id);
	assert.deepEqual(rows, [['contacts', user.id, boss.id],
		['organization_invitation', user.id, boss.id], ['contacts', user.id, '']]);
	const events = tenantry('audit', '--user', user.email, '--json').trim().split('\n')
		.map(JSON.parse).filter((e) => /^impersonation|^user\.updated/.test(e.action));
	assert.deepEqual(events.map((e) => [e.action, e.actor_id, e.impersonator_id]), [
		['impersonation.started', boss.id, null],
		['user.updated', user.id, boss.id],
		['impersonation.stopped', user.id, boss.id]]);
});

test('an impersonator cannot change the user\'s credentials', async () => {
	const user = await owner('Own');
	const key = await user.browser.post('/api/auth/api-key/create', { name: 'mine' });
	assert.equal(key.status, 200, key.text);
	const self = await signIn(boss.email);
	await self.browser.post('/api/auth/admin/impersonate-user', { userId: user.id, reason: 'asked for help' });
	const stored = () => sql(`SELECT to_jsonb(u) - 'updated_at',
		(SELECT jsonb_agg(to_jsonb(a) - 'updated_at') FROM identity.account a
			WHERE a.user_id = u.id),
		(SELECT jsonb_agg(k) FROM identity.api_key k WHERE k.user_id = u.id),
		(SELECT count(*) FROM identity.two_factor t WHERE t.user_id = u.id),
		(SELECT count(*) FROM identity.passkey p WHERE p.user_id = u.id)
		FROM identity."user" u WHERE u.id = $1`, user.id);
	const was = stored();
	const password = PASSWORD;
	for (const [path, body] of [
		['change-password', { currentPassword: password, newPassword: 'taken over 123' }],
		['change-email', { newEmail: address('thief') }],
		['delete-user', { password }],
		['two-factor/enable', { password }],
		['two-factor/disable', { password }],
		['two-factor/get-totp-uri', { password }],
		['two-factor/generate-backup-codes', { password }],
		['passkey/verify-registration', { response: {} }],
		['passkey/update-passkey', { id: 'x', name: 'x' }],
		['passkey/delete-passkey', { id: 'x' }],
		['link-social', { provider: 'github', callbackURL: '/' }],
		['unlink-account', { providerId: 'credential', accountId: user.id }],
		['get-access-token', { accountId: 'x' }],
		['refresh-token', { accountId: 'x' }],
		['api-key/create', { name: 'theirs' }],
		['api-key/update', { keyId: key.json.id, name: 'theirs' }],
		['api-key/delete', { keyId: key.json.id }],
		['passkey/generate-register-options']]) {
		const rs = await self.browser.send(body ? 'POST' : 'GET',
			`/api/auth/${path}`, body);
		assert.equal(rs.status, 403, `${path} ${rs.text}`);
		assert.equal(rs.json.code, 'NOT_WHILE_IMPERSONATING', path);
	}
	assert.deepEqual(stored(), was);
	await self.browser.post('/api/auth/admin/stop-impersonating', {});
	const own = await user.browser.post('/api/auth/api-key/create', { name: 'again' });
	assert.equal(own.status, 200, own.text);
});

test('an impersonator cannot move money, erase people, or set or get a secret of an organization', async () => {
	const user = await owner('Purse');
	for (const module of ['membership', 'factory'])
		assert.equal((await user.browser.put(`/api/modules/${module}`, { enabled: true })).status, 200);
	const self = await signIn(boss.email);
	await self.browser.post('/api/auth/admin/impersonate-user', { userId: user.id, reason: 'asked for help' });
	for (const [method, path, body] of [
		...['approve', 'reject', 'cancel', 'withdraw'].map((action) => ['POST', `user_payouts/1/${action}`, {}]),
		['POST', 'user_payouts/send', { account_id: 1 }],
		['POST', 'user_payouts/statement', { entries: [] }],
		['GET', 'payout_batches/1/file'],
		['PUT', 'payment_providers/stripe', { key: 'sk_test_theirs' }],
		['DELETE', 'payment_providers/stripe'],
		['PUT', 'integration_configs/1/secret', { name: 'password', value: 'theirs' }],
		['POST', 'user_profiles/1/erase', { reason: 'x' }],
		['POST', 'contacts/1/erase', { reason: 'x' }],
		['POST', 'message_channels', { name: 'theirs' }],
		['POST', 'calendar_feeds', { name: 'theirs' }]]) {
		const rs = await self.browser.send(method, `/api/${path}`, body);
		assert.equal(rs.status, 403, `${method} ${path} ${rs.text}`);
		assert.match(rs.text, /impersonat/i, path);
	}
});

// Triggers on the tables refuse such changes even if a route does not.
test('the tables also protect credentials from an impersonator', async () => {
	const user = await owner('Kept');
	const was = sql(`SELECT password FROM identity.account WHERE user_id = $1`, user.id);
	for (const text of ['UPDATE identity.account SET password = NULL',
		`UPDATE identity."user" SET email = 'x@x.test'`, 'DELETE FROM identity."user"',
		'DELETE FROM identity.two_factor', 'DELETE FROM identity.backup_code',
		'DELETE FROM identity.passkey', `INSERT INTO identity.api_key (id, key_hash, start,
			user_id, organization_id) SELECT 'x', sha256('x'), 'x', m.user_id, m.organization_id
			FROM identity.organization_member m LIMIT 1`])
		assert.throws(() => sql(`SET app.impersonator = 'somebody'; ${text}`),
			/NOT_WHILE_IMPERSONATING/, text);
	assert.deepEqual(sql(`SELECT password FROM identity.account WHERE user_id = $1`,
		user.id), was);
});

test('A54: every way to sign in is closed to a banned user', async () => {
	const user = await signUp({ email: address('barred') });
	sql('UPDATE identity."user" SET email_verified = true WHERE id = $1', user.id);
	const made = await owner('Barred');
	const key = (await made.browser.post('/api/auth/api-key/create', { name: 'k' })).json.key;
	const browser = new Browser();
	const send = (path, body) => browser.post(`/api/auth/${path}`, body);
	const mailed = (template) => lastMail(user.email, template).data;
	const ask = async () => {
		await send('sign-in/magic-link', { email: user.email, callbackURL: '/in' });
		await send('email-otp/send-verification-otp', { email: user.email, type: 'sign-in' });
		await send('request-password-reset', { email: user.email, redirectTo: '/reset' });
	};
	const tried = async () => {
		const led = await follow(browser, mailed('magic-link').url);
		const token = new URL(mailed('reset-password').url).pathname.split('/').at(-1);
		return [new URL(led.headers.location, BASE).searchParams.get('error'),
			(await send('sign-in/email-otp', { email: user.email,
				otp: mailed('email-otp').code })).json.code,
			(await send('reset-password', { token, newPassword: 'a new password 1' })).status];
	};
	await ask();
	for (const { id } of [user, made])
		await good(admin.banUser({ userId: id }));
	assert.deepEqual(await tried(), ['INVALID_TOKEN', 'INVALID_OTP', 400]);
	await cannotSignIn(user.email, 'BANNED_USER');
	await ask();
	assert.deepEqual(await tried(), ['BANNED_USER', 'BANNED_USER', 200]);
	await cannotSignIn(user.email, 'BANNED_USER', 'a new password 1');
	assert.equal((await browser.get('/api/contacts', { authorization: `Bearer ${key}`,
		'x-api-key': key })).status, 401);
	assert.equal(browser.jar.cookies.get('better-auth.session_token'), undefined);
	assert.equal(sql('SELECT count(*) FROM identity.session WHERE user_id IN ($1, $2)',
		user.id, made.id)[0][0], '0');
});
