// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// An administrator views an organization as one of its members.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { sql } from '../lib/database.mjs';
import { member, owner } from '../lib/people.mjs';

let boss, admin, rep, hers;

const good = async (asked, status = 200) => {
	const rs = await asked;
	assert.equal(rs.status, status, rs.text);
	return rs.json;
};
const wire = (path, body) => good(boss.browser.post(`/api/auth/organization/${path}`, body));
const view = (user_id, by = admin, reason = 'ticket 7') => by.browser.post('/api/access/view', { user_id, reason });
const stop = (by = admin) => good(by.browser.delete('/api/access/view'));
const names = async (by) => (await good(by.browser.get('/api/contacts'))).map((c) => c.last_name).sort();
const me = (by) => good(by.browser.get('/api/me'));

before(async () => {
	boss = await owner('views');
	await wire('create-role', { role: 'rep', permission: { contacts: ['read:own', 'update:own'] } });
	admin = await member(boss, 'admin');
	rep = await member(boss, 'rep');
	hers = await good(boss.browser.post('/api/contacts', { last_name: 'Hers', sales_id: Number(rep.me.id) }), 201);
	await good(boss.browser.post('/api/contacts', { last_name: 'Others' }), 201);
});

test('a view shows the member\'s rows and permissions, and changes nothing', async () => {
	const began = await good(view(rep.id));
	assert.equal(began.user_id, rep.id);
	const left = Date.parse(began.until) - Date.now();
	assert.ok(left > 50 * 60e3 && left <= 60 * 60e3, 'an hour');
	assert.deepEqual(await names(admin), ['Hers']);
	const seen = await me(admin);
	assert.equal(seen.user_id, rep.id);
	assert.equal(seen.viewing.by, 'Max Member');
	assert.equal(Date.parse(seen.viewing.until), Date.parse(began.until));
	assert.deepEqual(seen.grants, (await me(rep)).grants);
	assert.equal((await me(rep)).viewing, undefined);
	// Even an action that the member may perform is refused.
	for (const rs of [await admin.browser.patch(`/api/contacts/${hers.id}`, { title: 'Dr' }),
		await admin.browser.post('/api/contacts', { last_name: 'New' }),
		await admin.browser.delete(`/api/contacts/${hers.id}`)]) {
		assert.equal(rs.status, 403, rs.text);
		assert.equal(rs.json.type, '/problems/viewing');
	}
	assert.equal((await admin.browser.get('/api/webhooks')).status, 422);
	// One request is retried because its response was lost, and one request is forbidden.
	await good(view(rep.id));
	assert.equal((await view(boss.id)).status, 422);
	assert.equal((await me(admin)).user_id, rep.id);
	// The member is not affected, and may write.
	await good(rep.browser.patch(`/api/contacts/${hers.id}`, { title: 'Dr' }));
	await stop();
	assert.deepEqual(await names(admin), ['Hers', 'Others']);
	assert.equal((await me(admin)).viewing, undefined);
	await good(admin.browser.patch(`/api/contacts/${hers.id}`, { title: 'Prof' }));
	await stop();
});

test('the account pages of an administrator in a view are the administrator\'s own', async () => {
	await good(view(rep.id));
	assert.equal((await good(admin.browser.get('/api/auth/get-session'))).user.id, admin.id);
	await good(admin.browser.post('/api/auth/update-user', { name: 'Max Admin' }));
	assert.equal(sql('SELECT name FROM identity."user" WHERE id = $1', rep.id)[0][0], 'Max Member');
	// The user cannot be viewed in another organization either.
	const { id } = await good(admin.browser.post('/api/auth/organization/create',
		{ name: 'Other', slug: `other-${process.pid}`, keepCurrentActiveOrganization: true }));
	assert.equal((await good(admin.browser.get(`/api/me?orgId=${id}`))).user_id, admin.id);
	assert.equal((await me(admin)).user_id, rep.id);
	await stop();
});

test('the start and the end of a view are logged with the reason', async () => {
	await good(view(rep.id, admin, 'looks at what she reported'));
	await stop();
	const events = sql(`SELECT action, actor_id, organization_id, data->>'reason' FROM identity.event
		WHERE user_id = $1 AND action LIKE 'view.%' ORDER BY id DESC LIMIT 2`, rep.id);
	assert.deepEqual(events.map((e) => [e[0], e[1]]), [['view.stopped', admin.id], ['view.started', admin.id]]);
	assert.equal(events[1][2], boss.organization.id);
	assert.equal(events[1][3], 'looks at what she reported');
	const shown = await good(rep.browser.get('/api/events'));
	assert.ok(shown.some((e) => e.action === 'view.started' && e.data.reason === 'looks at what she reported'));
});

test('only administrators can view as a member, and not as one with more permissions', async () => {
	const stranger = await owner('stranger');
	for (const [user, by, status] of [[boss.id, admin, 422], [admin.id, admin, 422], [stranger.id, admin, 422],
		['nobody', admin, 422], [admin.id, rep, 422], [rep.id, stranger, 422]]) {
		const rs = await view(user, by);
		assert.equal(rs.status, status, rs.text);
	}
	assert.equal((await view(stranger.id)).json.detail, (await view('nobody')).json.detail);
	for (const reason of ['', '   ', 'x'.repeat(501)])
		assert.equal((await view(rep.id, admin, reason)).status, 422);
	await good(view(admin.id, boss));
	await stop(boss);
	const key = (await good(admin.browser.post('/api/auth/api-key/create', { name: 'k',
		organizationId: boss.organization.id }))).key;
	const rs = await fetch(`${process.env.BASE}/api/access/view`, { method: 'POST',
		headers: { 'x-api-key': key, 'content-type': 'application/json' },
		body: JSON.stringify({ user_id: rep.id, reason: 'x' }) });
	assert.equal(rs.status, 403, 'a key has no session');
});

test('a view ends after an hour, with a changed role, or when the member leaves', async () => {
	const guest = await member(boss, 'rep');
	const idOf = async (user) => (await good(boss.browser.get('/api/auth/organization/list-members')))
		.members.find((m) => m.userId === user).id;
	const role = async (user, to) => wire('update-member-role', { memberId: await idOf(user), role: to });
	const views = async () => (await me(admin)).viewing !== undefined;

	await good(view(guest.id));
	sql(`UPDATE identity.session SET viewed_until = now() - interval '1 second' WHERE user_id = $1`, admin.id);
	assert.equal(await views(), false);

	await good(view(guest.id));
	assert.equal(await views(), true);
	await role(guest.id, 'owner');
	assert.equal(await views(), false);
	await role(guest.id, 'rep');

	await good(view(guest.id));
	await wire('update-role', { roleName: 'rep', data: { permission: { contacts: ['read:own'] } } });
	assert.equal(await views(), false);

	await good(view(guest.id));
	await role(admin.id, 'member');
	assert.equal(await views(), false);
	assert.equal((await view(guest.id)).status, 422);
	await role(admin.id, 'admin');

	await good(view(guest.id));
	await wire('remove-member', { memberIdOrEmail: guest.email });
	assert.equal(await views(), false);
	assert.equal((await me(admin)).user_id, admin.id);
});
