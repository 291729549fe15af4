// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// own stack: it removes the readers of all feeds.
// What an organization requires of its staff's sessions: limits on the idle time and the total time, and a second
// factor.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { good, refused } from '../lib/answers.mjs';
import { sql } from '../lib/database.mjs';
import { Browser, send } from '../lib/http.mjs';
import { address, member, operator, owner, PASSWORD, signIn, signUp } from '../lib/people.mjs';
import { code, enrolled, forget, passed, SIGN_IN, VERIFY } from '../lib/second_factor.mjs';
import { wrong } from '../../lib/totp.mjs';

const AT = '/api/staff_policy';
let boss, admin, staff, guest, org;

const kind = async (answer, status, name) => {
	const rs = await answer;
	assert.equal(rs.status, status, rs.text);
	if (rs.json.type) // a response that is not in Better Auth's format
		assert.equal(rs.json.type, `/problems/${name}`);
};
const ended = (answer) => kind(answer, 401, 'staff_session_ended');
const lacks = (answer) => kind(answer, 403, 'staff_second_factor');
const setPolicy = (policy, by = boss) => by.browser.patch(AT, policy);
const OPEN = { idle_minutes: null, max_minutes: null, second_factor: false };
const relax = () => sql(`UPDATE identity.organization SET staff_idle_minutes = NULL, staff_max_minutes = NULL,
	staff_second_factor = false WHERE id = $1`, org);
// Moves the times of a user's sessions into the past.
const age = (who, column, minutes) => sql(`UPDATE identity.session SET ${column} = now() - make_interval(mins => ${minutes})
	WHERE user_id = $1`, who.id);
const contacts = (who, query = '') => who.browser.get(`/api/contacts${query}`);
// Uses the session with its token, because a browser loses its cookie after a 401 from /api/auth.
const bearer = ({ id, token }) => {
	const browser = new Browser();
	const send = browser.send.bind(browser);
	browser.jar = undefined;
	browser.send = (method, path, body, headers) => send(method, path, body, { ...headers, authorization: `Bearer ${token}` });
	return { id, browser };
};
const session = async (who) => (await good(who.browser.get('/api/auth/get-session'))) !== null;

before(async () => {
	boss = await enrolled(await owner('realm'));
	org = boss.organization.id;
	await good(boss.browser.put('/api/modules/membership', { enabled: true }));
	[admin, staff, guest] = [await member(boss, 'admin'), await member(boss, 'member'), await member(boss, 'portal')];
});

test('owners and admins can change the policy, within its bounds', async () => {
	assert.deepEqual(await good(boss.browser.get(AT)), OPEN);
	for (const [body, member] of [[{ idle_minutes: 4 }, 'idle_minutes'], [{ idle_minutes: 1441 }, 'idle_minutes'],
		[{ max_minutes: 29 }, 'max_minutes'], [{ max_minutes: 10081 }, 'max_minutes'], [{ max_minutes: 1e15 }, 'max_minutes']])
		await refused(setPolicy(body, admin), 422, new RegExp(`${member}.*must be from`));
	for (const body of [{ idle_minutes: 'soon' }, { second_factor: 1 }, { other: 1 }, []])
		assert.ok([400, 422].includes((await setPolicy(body)).status), JSON.stringify(body));
	for (const who of [staff, guest]) {
		await refused(who.browser.get(AT));
		await refused(setPolicy({ max_minutes: 60 }, who));
	}
	assert.deepEqual(await good(setPolicy({ idle_minutes: 15 }, admin)), { ...OPEN, idle_minutes: 15 });
	assert.deepEqual(await good(setPolicy({ max_minutes: 600 })), { ...OPEN, idle_minutes: 15, max_minutes: 600 });
	assert.deepEqual(await good(setPolicy({ idle_minutes: null, max_minutes: null })), OPEN);
	// An administrator without a second factor cannot require one, so that the policy does not lock out its author.
	await refused(setPolicy({ second_factor: true }, admin), 422, /second_factor.*session in which/);
	assert.deepEqual(await good(admin.browser.get(AT)), OPEN);
	assert.equal(sql(`SELECT count(*) FROM ops.audit_log a WHERE a.org_id = $1 AND a.user_id = $2
		AND to_jsonb(a)::text LIKE '%"staff_max_minutes": 600%'`, org, boss.id)[0][0], '2', 'on, and off again');
});

test('staff sessions end after an idle time and after a total time', async () => {
	const { email, me: first } = staff;
	staff = bearer(await signIn(email));
	age(staff, 'created_at', 100);
	await good(setPolicy({ idle_minutes: 10, max_minutes: 120 }));
	await good(contacts(staff));	// the idle time begins with the policy
	age(staff, 'used_at', 9);
	await good(contacts(staff));
	age(staff, 'used_at', 9);
	await good(contacts(staff));	// the last request has restarted the idle time
	age(staff, 'used_at', 11);
	for (const answer of [contacts(staff), staff.browser.get('/api/me'), staff.browser.post('/api/contacts', { last_name: 'X' }),
		contacts(staff, `?orgId=${org}`)])
		await ended(answer);
	await ended(staff.browser.get('/api/auth/organization/get-full-organization'));
	assert.ok(await session(staff), 'the session is that of the account');
	await ended(contacts(staff));
	const again = bearer(await signIn(email));
	await good(contacts(again));
	age(staff, 'created_at', 121);
	await ended(contacts(again));
	// Another organization has a separate policy, and portal users have none.
	const other = await good(again.browser.post('/api/auth/organization/create', { name: 'Other', slug: `other-${process.pid}`,
		keepCurrentActiveOrganization: true }));
	await good(contacts(again, `?orgId=${other.id}`));
	await ended(contacts(again));
	for (const column of ['created_at', 'used_at'])
		age(guest, column, 5000);
	await good(guest.browser.get('/api/me'));
	await good(guest.browser.post('/api/auth/sign-out', {}));
	guest = await signIn(guest.email);
	relax();
	await good(contacts(again));
	staff = { ...await signIn(email), me: first };
});

test('without a second factor, the staff reaches the routes that set it up, and no others', async () => {
	await good(setPolicy({ second_factor: true }));
	await good(contacts(boss));
	const key = await owner('elsewhere');
	for (const answer of [contacts(admin), admin.browser.get('/api/me'), admin.browser.get(AT), setPolicy(OPEN, admin),
		admin.browser.get('/api/auth/organization/get-full-organization'),
		admin.browser.get(`/api/auth/organization/list-members?organizationId=${org}`),
		admin.browser.post('/api/auth/organization/update', { organizationId: org, data: { name: 'Taken' } }),
		admin.browser.post('/api/auth/organization/invite-member', { organizationId: org, email: address(), role: 'admin' }),
		admin.browser.post('/api/auth/api-key/create', { name: 'k', organizationId: org }),
		admin.browser.post('/api/batch', { requests: [] }), admin.browser.get('/api/changes')])
		await lacks(answer);
	await good(guest.browser.get('/api/me'));
	await good(contacts(key));
	assert.ok(await session(admin));
	await good(admin.browser.get('/api/auth/organization/list'));
	admin = await enrolled(admin);
	await good(contacts(admin));
	// A second session of the same user, which is older than the policy or of a different kind, must prove the second
	// factor, with as few attempts as at sign-in.
	sql(`UPDATE identity.session SET second_factor = false WHERE user_id = $1`, admin.id);
	await lacks(contacts(admin));
	for (let n = 0; n < 10; n++)
		assert.equal((await admin.browser.post(VERIFY, { code: wrong(admin.uri) })).status, 401);
	assert.equal((await admin.browser.post(VERIFY, { code: await code(admin) })).status, 429);
	await lacks(contacts(admin));
	sql('UPDATE identity.two_factor SET failures = 0, locked_until = NULL WHERE user_id = $1', admin.id);
	forget(admin.id);
	const used = await code(admin), cookie = admin.browser.jar.header();
	const age = async () => (await good(admin.browser.get('/api/auth/get-session'))).session.createdAt, old = await age();
	await good(admin.browser.post(VERIFY, { code: used }));
	await good(contacts(admin));
	// A copy of the token does not gain the permissions, and the session's age is unchanged.
	assert.equal((await send('GET', '/api/auth/get-session', { headers: { cookie } })).json, null);
	assert.equal(await age(), old);
	// A code is valid for only one session.
	sql(`UPDATE identity.session SET second_factor = false WHERE user_id = $1`, admin.id);
	assert.equal((await admin.browser.post(VERIFY, { code: used })).status, 401);
	await lacks(contacts(admin));
	await good(contacts({ browser: await passed(admin) }));
	// A trusted device counts as proof of the second factor.
	const trusted = await passed(admin, { trustDevice: true });
	await good(trusted.post('/api/auth/sign-out', {}));
	await good(trusted.post(SIGN_IN, { email: admin.email, password: PASSWORD }));
	await good(contacts({ browser: trusted }));
	await good(trusted.post('/api/auth/two-factor/disable', { password: PASSWORD }));
	await lacks(contacts({ browser: trusted }));
	relax();
});

test('API keys remain valid, secret URLs need a user with a second factor, and open streams end', async () => {
	const { key } = await good(staff.browser.post('/api/auth/api-key/create', { name: 'k', permissions: { contacts: ['read'] } }));
	const url = await good(staff.browser.post('/api/calendar_feeds', { name: 'c' }));
	const path = new URL(url.url).pathname;
	assert.equal((await new Browser().get(path)).status, 200);
	const lost = () => Number(sql(`SELECT count(*) FROM ops.lost_readers()`)[0][0]);
	sql('DELETE FROM ops.feed_reader');
	sql(`INSERT INTO ops.feed_reader (channel, org_id, proof, by_key, until) SELECT 'staff-' || s.id, $1, s.token_hash, false,
		now() + interval '1 hour' FROM identity.session s WHERE s.user_id = $2 LIMIT 1`, org, boss.id);
	await good(setPolicy({ second_factor: true, idle_minutes: 10 }));
	assert.equal(lost(), 0);
	age(boss, 'used_at', 11);
	assert.equal(lost(), 1);
	await lacks(contacts(staff));
	await good(new Browser().get('/api/contacts', { 'x-api-key': key }));
	assert.equal((await new Browser().get(path)).status, 404);
	relax();
	assert.equal((await new Browser().get(path)).status, 200);
});

test('an operator who impersonates a staff user needs the second factor', async () => {
	const op = await operator();
	await good(setPolicy({ second_factor: true }, { browser: await passed(boss) }));
	await good(op.browser.post('/api/auth/admin/impersonate-user', { userId: staff.id, reason: 'asked for help' }));
	await lacks(contacts(op));
	await good(op.browser.post('/api/auth/admin/stop-impersonating', {}));
	const able = await enrolled(op);
	await good(able.browser.post('/api/auth/admin/impersonate-user', { userId: staff.id, reason: 'asked for help' }));
	await good(contacts(able));
	relax();
});

test('sign-ins, second-factor changes and policy changes raise alerts for staff, but not for portal users', async () => {
	const alerts = async (pattern) => (await good(boss.browser.get('/api/admin_alerts'))).filter(({ title }) => pattern.test(title));
	boss.browser = await passed(boss);
	sql(`DELETE FROM membership.admin_alerts WHERE org_id = $1`, org);
	await good(setPolicy({ max_minutes: 6000 }));
	await good(setPolicy({ max_minutes: 6000 }));
	const [policy, ...none] = await alerts(/policy for the staff changed: second factor not required, idle any, in all 6000 min/);
	assert.deepEqual([policy.severity, policy.status, none.length], ['high', 'open', 0]);
	await good(boss.browser.post(`/api/admin_alerts/${policy.id}/acknowledge`, {}));
	const enter = (who, agent) => good(new Browser().post(SIGN_IN, { email: who.email, password: PASSWORD }, { 'user-agent': agent }));
	await enter(staff, 'Known/1');
	sql(`DELETE FROM membership.admin_alerts WHERE org_id = $1`, org);
	for (const agent of ['Known/1', 'New/2', 'New/2', 'Known/1'])
		await enter(staff, agent);
	await enter(guest, 'New/3');
	const [entry, ...others] = await alerts(/sign-in/);
	assert.match(entry.title, /^Max Member: sign-in from a new device: .*, New\/2$/);
	assert.deepEqual([others, entry.resource, entry.row_id, entry.severity], [[], 'sales', Number(staff.me.id), 'low']);
	for (let n = 0; n < 7; n++)
		assert.equal((await new Browser().post(SIGN_IN, { email: staff.email, password: 'wrong wrong wrong' })).status, 401);
	assert.equal((await alerts(/Max Member: several failed sign-ins/)).length, 1);
	const off = await enrolled(await signIn(staff.email));
	await good(off.browser.post('/api/auth/two-factor/disable', { password: PASSWORD }));
	assert.deepEqual((await alerts(/second factor switched off/)).map(({ severity }) => severity), ['high']);
	// An organization without the module can have a policy, but gets no alerts.
	const plain = await enrolled(await owner('plain'));
	await good(plain.browser.patch(AT, { second_factor: true }));
	assert.equal(sql('SELECT count(*) FROM membership.admin_alerts WHERE org_id = $1', plain.organization.id)[0][0], '0');
	const visitor = await signUp();
	await refused(visitor.browser.get(AT), 409, /organization/);
	relax();
});
