// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off BETTER_AUTH_SECRET=of-the-tests-of-operators-0123456789
// Attempts to gain other users' permissions, sessions and names. The numbers refer to the list of known weaknesses.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { before, test } from 'node:test';
import { sql } from '../lib/database.mjs';
import { mailed } from '../lib/email.mjs';
import { BASE, Browser, send } from '../lib/http.mjs';
import { PASSWORD, address, operator, owner, signIn, signUp, tenantry }
	from '../lib/people.mjs';

const AT = '/api/auth/admin/';
let boss;

before(async () => {
	boss = await operator();
});

const whoami = async (browser) => (await browser.get('/api/auth/get-session')).json;
const roleOf = (id) => sql('SELECT role FROM identity."user" WHERE id = $1', id)[0][0];
const bearer = async (token, path = '/api/auth/get-session') =>
	send('GET', path, { headers: { authorization: `Bearer ${token}` } });
const impersonate = (browser, userId) =>
	browser.post(`${AT}impersonate-user`, { userId, reason: 'asked for help' });

// Returns every route of the plugin with a valid body, and the error code for a caller without permission.
const routes = (id) => [
	['GET', 'list-users', 'YOU_ARE_NOT_ALLOWED_TO_LIST_USERS'],
	['GET', `get-user?id=${id}`, 'YOU_ARE_NOT_ALLOWED_TO_GET_USER'],
	['POST', 'create-user', 'YOU_ARE_NOT_ALLOWED_TO_CREATE_USERS',
		{ email: 'h@x.test', name: 'h', password: PASSWORD }],
	['POST', 'create-user', 'YOU_ARE_NOT_ALLOWED_TO_CREATE_USERS',
		{ email: 'none', name: 'h' }],
	['POST', 'update-user', 'YOU_ARE_NOT_ALLOWED_TO_UPDATE_USERS',
		{ userId: id, data: { name: 'x' } }],
	['POST', 'update-user', 'YOU_ARE_NOT_ALLOWED_TO_UPDATE_USERS',
		{ userId: id, data: {} }],
	['POST', 'update-user', 'YOU_ARE_NOT_ALLOWED_TO_UPDATE_USERS',
		{ userId: id, data: { role: 'admin' } }],
	['POST', 'set-role', 'YOU_ARE_NOT_ALLOWED_TO_CHANGE_USERS_ROLE',
		{ userId: id, role: 'user' }],
	['POST', 'ban-user', 'YOU_ARE_NOT_ALLOWED_TO_BAN_USERS', { userId: id }],
	['POST', 'unban-user', 'YOU_ARE_NOT_ALLOWED_TO_BAN_USERS', { userId: id }],
	['POST', 'set-user-password', 'YOU_ARE_NOT_ALLOWED_TO_SET_USERS_PASSWORD',
		{ userId: id, newPassword: 'long enough' }],
	['POST', 'set-user-password', 'YOU_ARE_NOT_ALLOWED_TO_SET_USERS_PASSWORD',
		{ userId: id, newPassword: 'x' }],
	['POST', 'remove-user', 'YOU_ARE_NOT_ALLOWED_TO_DELETE_USERS', { userId: id }],
	['POST', 'list-user-sessions', 'YOU_ARE_NOT_ALLOWED_TO_LIST_USERS_SESSIONS',
		{ userId: id }],
	['POST', 'revoke-user-session', 'YOU_ARE_NOT_ALLOWED_TO_REVOKE_USERS_SESSIONS',
		{ sessionToken: 'x' }],
	['POST', 'revoke-user-sessions', 'YOU_ARE_NOT_ALLOWED_TO_REVOKE_USERS_SESSIONS',
		{ userId: id }],
	['POST', 'impersonate-user', 'YOU_ARE_NOT_ALLOWED_TO_IMPERSONATE_USERS',
		{ userId: id, reason: 'asked for help' }],
];

async function closedTo(browser, id, about) {
	for (const [method, path, code, body] of routes(id)) {
		const rs = await browser.send(method, AT + path, body);
		assert.equal(rs.status, 403, `${about} ${path} ${rs.text}`);
		assert.equal(rs.json.code, code, `${about} ${path}`);
	}
}

test('A53: every route is closed to users who are not operators', async () => {
	const victim = await signUp();
	const chief = await owner('Owner'); // owner of an organization, not operator of the installation
	for (const [who, about] of [[await signUp(), 'user'], [chief, 'owner']])
		await closedTo(who.browser, victim.id, about);
	for (const role of ['Admin', 'admins', 'user,administrator', ' admin', '']) {
		const who = await signUp();
		sql('UPDATE identity."user" SET role = $1 WHERE id = $2', role, who.id);
		await closedTo(who.browser, victim.id, `role "${role}"`);
	}
	for (const [method, path, , body] of [...routes(victim.id),
		['POST', 'stop-impersonating', '', {}],
		['POST', 'has-permission', '', { permissions: { user: ['list'] } }]]) {
		const rs = await send(method, AT + path, { body });
		assert.equal(rs.status, 401, path);
		assert.equal(rs.text, '', path);
	}
	assert.equal((await whoami(victim.browser)).user.name, 'Some One');
});

test('security 1: has-permission checks the session, not the user in the body', async () => {
	const user = await signUp();
	const rs = await user.browser.post(`${AT}has-permission`,
		{ userId: boss.id, role: 'admin', permissions: { user: ['list'] } });
	assert.deepEqual(rs.json, { error: null, success: false });
});

test('security 7: no session outlives its user', async () => {
	const user = await signUp();
	const other = await signIn(user.email);
	const self = await signIn(boss.email);
	await impersonate(self.browser, user.id);
	assert.equal((await boss.browser.post(`${AT}remove-user`, { userId: user.id })).status, 200);
	for (const browser of [user.browser, other.browser, self.browser]) {
		assert.equal((await browser.get('/api/auth/list-sessions')).status, 401);
		assert.equal(await whoami(browser), null);
	}
	assert.equal((await bearer(user.token)).text, 'null');
	assert.equal((await bearer(other.token, '/api/auth/organization/list')).status, 401);
});

test('security 36: data sets no field that operators cannot write', async () => {
	const user = await signUp();
	const id = (await boss.browser.post(`${AT}create-user`, { email: address('data'),
		name: 'D', data: { id: 'chosen', email: boss.email, name: 'Not this',
			role: 'editor', twoFactorEnabled: true, createdAt: '2001-01-01T00:00:00Z',
			lastOrganizationId: 'x', password: 'x', password_hash: 'x', __proto__: { x: 1 } } }))
		.json.user.id;
	assert.deepEqual(sql(`SELECT u.name, u.role, u.two_factor_enabled, u.last_organization_id
			IS NULL, u.created_at > now() - interval '1 minute',
			(SELECT count(*) FROM identity.account a WHERE a.user_id = u.id)
		FROM identity."user" u WHERE id = $1`, id), [['D', 'editor', 'f', 't', 't', '0']]);
	const before = sql('SELECT to_jsonb(u) - $1 - $2 FROM identity."user" u WHERE id = $3',
		'updated_at', 'name', user.id);
	await boss.browser.post(`${AT}update-user`, { userId: user.id, data: { name: 'N',
		createdAt: 'x', updatedAt: 'x', first_name: 'x', last_organization_id: 'x',
		two_factor_enabled: true, email_verified: true, 'role"': 'admin' } });
	const after = sql(`SELECT to_jsonb(u) - 'updated_at' - 'name' FROM identity."user" u
		WHERE id = $1`, user.id);
	assert.deepEqual(JSON.parse(after[0][0]), { ...JSON.parse(before[0][0]),
		first_name: 'N', last_name: '' });
});

test('security 38: users cannot set their own role, verified flag or creation date', async () => {
	const fields = { role: 'admin', banned: true, banReason: 'x', banExpires: 'x' };
	for (const [field, value] of Object.entries(fields)) {
		const signed = await send('POST', '/api/auth/sign-up/email', { body: {
			name: 'x', email: address('mass'), password: PASSWORD, [field]: value } });
		assert.equal(signed.json.code, 'FIELD_NOT_ALLOWED', field);
	}
	const { browser, id } = await signUp({ id: 'chosen', emailVerified: true,
		createdAt: '2001-01-01T00:00:00Z', role: '' });
	assert.notEqual(id, 'chosen');
	for (const [field, value] of Object.entries(fields))
		assert.equal((await browser.post('/api/auth/update-user', { [field]: value }))
			.json.code, 'FIELD_NOT_ALLOWED', field);
	await browser.post('/api/auth/update-user', { name: 'x', id: 'y', emailVerified: true,
		createdAt: '2001-01-01T00:00:00Z' });
	assert.deepEqual(sql(`SELECT role, email_verified, banned, created_at > now()
		- interval '1 minute' FROM identity."user" WHERE id = $1`, id),
	[['user', 'f', 'f', 't']]);
});

test('security 39: operators cannot ban themselves or create operators', async () => {
	const user = await signUp();
	for (const [path, body, code] of [
		['ban-user', { userId: boss.id }, 'YOU_CANNOT_BAN_YOURSELF'],
		['update-user', { userId: boss.id, data: { banned: true } },
			'YOU_CANNOT_BAN_YOURSELF'],
		['set-role', { userId: user.id, role: 'admin' },
			'YOU_ARE_NOT_ALLOWED_TO_CHANGE_USERS_ROLE'],
		['update-user', { userId: user.id, data: { role: ['user', 'admin'] } },
			'YOU_ARE_NOT_ALLOWED_TO_CHANGE_USERS_ROLE'],
		['update-user', { userId: user.id, data: { role: 'x, admin ' } },
			'YOU_ARE_NOT_ALLOWED_TO_CHANGE_USERS_ROLE']])
		assert.equal((await boss.browser.post(AT + path, body)).json.code, code, path);
	assert.equal(roleOf(user.id), 'user');
	assert.equal((await whoami(boss.browser)).user.banned, false);
});

test('security 40: the demotion of an operator applies immediately', async () => {
	const second = await operator();
	const token = second.token;
	assert.equal((await bearer(token, `${AT}list-users`)).status, 200);
	await boss.browser.post(`${AT}set-role`, { userId: second.id, role: 'user' });
	await closedTo(second.browser, boss.id, 'demoted');
	assert.equal((await bearer(token, `${AT}list-users`)).status, 403);
	tenantry('user', 'role', second.email, 'admin');
	assert.equal((await second.browser.get(`${AT}list-users`)).status, 200);
	tenantry('user', 'role', second.email, 'user');
	assert.equal((await second.browser.get(`${AT}list-users`)).status, 403);
});

const COOKIE = 'better-auth.admin_session';
const sign = (text, secret = process.env.BETTER_AUTH_SECRET) => encodeURIComponent(
	`${text}.${createHmac('sha256', secret).update(text).digest('base64')}`);

test('security 41: operators cannot be impersonated, directly or indirectly', async () => {
	const second = await operator();
	const user = await signUp();
	const self = await signIn(boss.email);
	for (const id of [second.id, boss.id]) {
		const rs = await impersonate(self.browser, id);
		assert.equal(rs.status, 403);
		assert.equal(rs.json.code, 'YOU_CANNOT_IMPERSONATE_ADMINS');
	}
	assert.equal((await impersonate(self.browser, 'nobody')).status, 404);
	await impersonate(self.browser, user.id);
	await closedTo(self.browser, second.id, 'impersonating');
	assert.equal((await self.browser.post(`${AT}has-permission`,
		{ permissions: { user: ['list'] } })).json.success, false);
	// When the impersonated user becomes an operator on the command line, the impersonation ends, and the browser
	// belongs to the operator again.
	tenantry('user', 'role', user.email, 'admin');
	assert.equal((await whoami(self.browser)).user.id, boss.id);
	assert.equal((await whoami(user.browser)).user.role, 'admin');
});

test('security 41: impersonating a user who is an operator gives no admin permissions', async () => {
	const user = await signUp();
	const self = await signIn(boss.email);
	await impersonate(self.browser, user.id);
	// Disable the trigger that ends such sessions.
	sql(`ALTER TABLE identity."user" DISABLE TRIGGER role_changed`);
	try {
		sql(`UPDATE identity."user" SET role = 'admin' WHERE id = $1`, user.id);
		await closedTo(self.browser, boss.id, 'mask of an operator');
	} finally {
		sql(`ALTER TABLE identity."user" ENABLE TRIGGER role_changed`);
	}
});

test('security 41: a forged, foreign or used admin_session cookie is refused', async () => {
	const second = await operator();
	const user = await signUp();
	const self = await signIn(boss.email);
	const own = self.token;
	await impersonate(self.browser, user.id);
	const kept = self.browser.jar.cookies.get(COOKIE);
	const stop = async (value) => {
		if (value === undefined)
			self.browser.jar.cookies.delete(COOKIE);
		else
			self.browser.jar.cookies.set(COOKIE, value);
		return self.browser.post(`${AT}stop-impersonating`, {});
	};
	for (const value of [undefined, '', `${own}:`, sign(`${own}:`, 'another secret'),
		sign(`${second.token}:`), sign(`${user.token}:`), sign(':'), sign(''),
		sign('x'.repeat(5000)), `${kept}x`, sign(`${boss.token}:`)]) {
		const rs = await stop(value);
		assert.equal(rs.status, 400, `${value} ${rs.text}`);
		assert.deepEqual(rs.json, { message: 'Failed to find admin session' });
		assert.deepEqual(rs.cookies, []);
	}
	assert.equal((await stop(kept)).status, 200);
	assert.equal((await stop(kept)).json.message, 'You are not impersonating anyone');
	// The cookie is useless without the impersonated session.
	user.browser.jar.cookies.set(COOKIE, kept);
	assert.equal((await user.browser.post(`${AT}stop-impersonating`, {})).status, 400);
	assert.equal((await whoami(user.browser)).user.id, user.id);
});

test('security 41: impersonation and the return to the operator end with the operator\'s session', async () => {
	const user = await signUp();
	const ends = {
		'signed out': (self) => send('POST', '/api/auth/sign-out',
			{ headers: { authorization: `Bearer ${self.token}` }, body: {} }),
		revoked: (self) => boss.browser.post(`${AT}revoke-user-sessions`,
			{ userId: self.id }),
		banned: (self) => boss.browser.post(`${AT}ban-user`, { userId: self.id }),
		demoted: (self) => boss.browser.post(`${AT}set-role`,
			{ userId: self.id, role: 'user' }),
		removed: (self) => boss.browser.post(`${AT}remove-user`, { userId: self.id }),
	};
	for (const [about, end] of Object.entries(ends)) {
		const self = await operator();
		assert.equal((await impersonate(self.browser, user.id)).status, 200);
		assert.equal((await whoami(self.browser)).user.id, user.id);
		assert.equal((await end(self)).status, 200, about);
		assert.equal((await self.browser.post(`${AT}stop-impersonating`, {})).status, 401, about);
		assert.equal(await whoami(self.browser), null, about);
	}
	assert.equal((await whoami(user.browser)).user.id, user.id);
	// Signing out ends the impersonated session, but not the operator's own session.
	const self = await operator();
	await impersonate(self.browser, user.id);
	await self.browser.post('/api/auth/sign-out', {});
	assert.equal((await self.browser.post(`${AT}stop-impersonating`, {})).status, 401);
	assert.notEqual((await bearer(self.token)).text, 'null');
});

test('security 64: only its owner and operators can revoke a session', async () => {
	const [victim, thief] = [await signUp(), await signUp()];
	const { sessions } = (await boss.browser.post(`${AT}list-user-sessions`,
		{ userId: victim.id })).json;
	for (const token of [victim.token, sessions[0].token]) {
		await thief.browser.post('/api/auth/revoke-session', { token });
		assert.equal((await thief.browser.post(`${AT}revoke-user-session`,
			{ sessionToken: token })).status, 403);
	}
	assert.equal((await whoami(victim.browser)).user.id, victim.id);
});

test('security 65: lists hide session tokens, and hide impersonations from the user', async () => {
	const user = await signUp();
	const self = await signIn(boss.email);
	await impersonate(self.browser, user.id);
	const mask = await whoami(self.browser);
	const mine = (await user.browser.get('/api/auth/list-sessions')).text;
	for (const secret of [mask.session.token, mask.session.id, boss.id])
		assert.ok(!mine.includes(secret));
	const rs = await boss.browser.post(`${AT}list-user-sessions`, { userId: user.id });
	assert.equal(rs.json.sessions.length, 2);
	for (const { token } of rs.json.sessions) {
		assert.equal((await bearer(token)).text, 'null');
		assert.ok(![user.token, mask.session.token].includes(token));
	}
	for (const secret of [user.token, mask.session.token])
		assert.ok(!rs.text.includes(secret));
});

test('a cross-site page cannot act as an operator', async () => {
	const user = await signUp();
	for (const [method, path, , body] of routes(user.id).filter(([m]) => m === 'POST'))
		for (const origin of ['https://evil.test', 'null', undefined])
			assert.equal((await send(method, AT + path,
				{ headers: { origin }, body, jar: boss.browser.jar })).status, 403);
	for (const [, path, , body] of routes(user.id).filter(([m]) => m === 'POST'))
		assert.equal((await send('POST', AT + path, { headers: { origin: BASE,
			'content-type': 'text/plain' }, body: JSON.stringify(body),
		jar: boss.browser.jar })).status, 415, path);
	assert.equal((await whoami(user.browser)).user.id, user.id);
});

for (const [end, how] of Object.entries({
	'was banned': (boss, user) => boss.client.admin.banUser({ userId: user.id }),
	'was deleted': (boss, user) => boss.client.admin.removeUser({ userId: user.id }),
	'has expired': (boss, user) => sql(`UPDATE identity.session SET expires_at = now()
		WHERE user_id = $1 AND impersonated_by IS NOT NULL`, user.id),
}))
	test(`the operator stays signed in when an impersonation ${end}`, async () => {
		const [boss, other, user] = [await operator(), await operator(), await signUp()];
		const began = await boss.browser.post(`${AT}impersonate-user`, { userId: user.id, reason: 'asked for help' });
		assert.equal(began.status, 200, began.text);
		await how(other, user);
		const mine = await whoami(boss.browser);
		assert.equal(mine?.user.id, boss.id);
		assert.equal(mine.session.impersonatedBy, null);
		assert.ok(!boss.browser.jar.cookies.has('better-auth.admin_session'));
		assert.equal((await boss.browser.get(`${AT}list-users`)).status, 200);
		// After a sign-out, or the end of the operator's own session, there is no session to return to.
		await boss.browser.post(`${AT}impersonate-user`, { userId: (await signUp()).id, reason: 'asked for help' });
		sql('DELETE FROM identity.session WHERE user_id = $1', boss.id);
		assert.equal(await whoami(boss.browser), null);
	});

test('an invite-admin link creates one operator, within a day', async () => {
	const link = (email) => tenantry('user', 'invite-admin', email).match(/#([A-Za-z0-9]{32})/)[1];
	const look = (token) => new Browser().post('/api/operators/link', { token });
	const take = (token, more = { name: 'New Boss' }) => new Browser().post('/api/operators',
		{ token, password: PASSWORD, ...more });
	const email = address('invited');
	const first = link(email), token = link(email);
	assert.equal((await look(first)).status, 404); // invalidated by the second link
	assert.deepEqual((await look(token)).json, { email, known: false });
	assert.equal(sql(`SELECT count(*) FROM identity.verification
		WHERE identifier LIKE '%' || $1 || '%' OR value LIKE '%' || $1 || '%'`, token)[0][0], '0');
	assert.equal((await take(token, { name: 'x', password: 'short' })).status, 422);
	assert.equal((await take(token, {})).status, 422);
	assert.equal((await take('x'.repeat(32))).status, 404);
	const outcomes = await Promise.all(Array.from({ length: 8 }, () => take(token)));
	assert.deepEqual(outcomes.map((rs) => rs.status).sort(),
		[201, 404, 404, 404, 404, 404, 404, 404]);
	const boss2 = await signIn(email);
	assert.equal((await boss2.browser.get(`${AT}list-users`)).status, 200);
	assert.equal((await whoami(boss2.browser)).user.emailVerified, true);
	// An existing user keeps the account. An expired link fails.
	const user = await signUp();
	const again = link(user.email);
	assert.deepEqual((await look(again)).json, { email: user.email, known: true });
	assert.equal((await take(again, { password: 'another word 1' })).status, 201);
	assert.equal(await whoami(user.browser), null);
	assert.equal((await signIn(user.email, 'another word 1')).id, user.id);
	assert.equal(roleOf(user.id), 'user,admin');
	const late = link(address('late'));
	sql(`UPDATE identity.verification SET expires_at = now() - interval '1 second'
		WHERE identifier LIKE 'operator:%'`);
	assert.equal((await look(late)).status, 404);
	assert.equal((await take(late)).status, 404);
});

test('a link\'s unverified account loses every earlier way to sign in', async () => {
	const early = await owner('Early');
	assert.equal((await early.browser.post('/api/auth/api-key/create', {})).status, 200);
	sql(`INSERT INTO identity.passkey (id, user_id, credential_id, public_key, device_type,
		backed_up) VALUES ('early', $1, 'early', 'k', 'singleDevice', false)`, early.id);
	sql(`INSERT INTO identity.account (id, account_id, provider_id, user_id)
		VALUES ('early', 'early', 'github', $1)`, early.id);
	const ways = () => ['passkey', 'api_key', 'account', 'session'].map((way) =>
		sql(`SELECT count(*) FROM identity.${way} WHERE user_id = $1`, early.id)[0][0]).join();
	const become = async (email) => {
		const [, token] = tenantry('user', 'invite-admin', email).match(/#([A-Za-z0-9]{32})/);
		const rs = await new Browser().post('/api/operators', { token, password: PASSWORD });
		assert.equal(rs.status, 201, rs.text);
	};
	await become(early.email);
	assert.equal(ways(), '0,0,1,0'); // only the account with the new password remains
	assert.equal((await signIn(early.email)).id, early.id);
	assert.equal(roleOf(early.id), 'user,admin');
	// A user with a verified address keeps everything.
	const user = await owner('Proven');
	sql('UPDATE identity."user" SET email_verified = true WHERE id = $1', user.id);
	assert.equal((await user.browser.post('/api/auth/api-key/create', {})).status, 200);
	await become(user.email);
	assert.equal(sql('SELECT count(*) FROM identity.api_key WHERE user_id = $1', user.id)[0][0], '1');
});

test('emailed links are void after an operator has changed the address', async () => {
	const user = await signUp();
	const change = (data) => boss.browser.post(`${AT}update-user`, { userId: user.id, data });
	const reset = async (token) => (await new Browser().post('/api/auth/reset-password',
		{ token, newPassword: 'of somebody else' })).status;
	await new Browser().post('/api/auth/request-password-reset', { email: user.email });
	const token = mailed(user.email, 'reset-password');
	const moved = address('moved');
	assert.equal((await change({ email: moved })).status, 200);
	assert.equal(await reset(token), 400);
	assert.equal((await signIn(moved)).id, user.id);
});
