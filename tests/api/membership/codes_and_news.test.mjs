// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Codes that verify contacts, the news feed, and reports.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { good, list, refused } from '../lib/answers.mjs';
import { sql, sqlFor } from '../lib/database.mjs';
import { member, owner } from '../lib/people.mjs';

let boss, guest, other, org;
const profiles = {};

let n = 0;
const contact = async (who = guest, value = `code.${++n}@members.test`) => good(who.browser.post('/api/user_contacts', { kind: 'email', value }));
const send = (who, { id }) => who.browser.post(`/api/user_contacts/${id}/send_code`);
const verify = (who, { id }, code) => who.browser.post(`/api/user_contacts/${id}/verify`, { code });
const mailed = ({ value }) => sql(`SELECT data->>'code' FROM ops.mail WHERE recipient = '${value}' AND template = 'contact-code' ORDER BY id DESC LIMIT 1`)[0][0];
const wrong = (code) => String((Number(code) + 1) % 1000000).padStart(6, '0');
const at = async ({ id }) => (await list(boss, 'user_contacts', { id }))[0].verified_at;

before(async () => {
	boss = await owner('codes');
	org = boss.organization.id;
	await good(boss.browser.put('/api/modules/membership', { enabled: true }));
	[guest, other] = [await member(boss, 'portal'), await member(boss, 'portal')];
	for (const who of [guest, other])
		[profiles[who.id]] = await list(boss, 'user_profiles', { user_id: who.id });
});

test('a code verifies an address only once', async () => {
	const one = await contact();
	assert.equal(one.verified_at, null);
	await refused(verify(guest, one, '123456'), 422, /wrong or has expired/);
	await good(send(guest, one));
	const code = mailed(one);
	assert.match(code, /^[0-9]{6}$/);
	assert.ok(!sqlFor(org, 'SELECT c FROM membership.verification_codes c').join().includes(code), 'it is stored as a MAC');
	const done = await good(verify(guest, one, code));
	assert.ok(done.verified_at);
	assert.deepEqual([done.id, await at(one)], [one.id, done.verified_at]);
	await refused(verify(guest, one, code), 422, /./);
	// A new value is not verified, and a code for the previous value does not verify it.
	await good(guest.browser.patch(`/api/user_contacts/${one.id}`, { value: `changed.${n}@members.test` }));
	assert.equal(await at(one), null);
	const two = await contact();
	await good(send(guest, two));
	await good(send(guest, one).then((rs) => (one.value = `changed.${n - 1}@members.test`, rs)));
	await refused(verify(guest, one, mailed(two)), 422, /./);
});

test('a code verifies only the value to which it was sent, and becomes invalid when the value changes', async () => {
	const one = await contact();
	const change = (value) => good(guest.browser.patch(`/api/user_contacts/${one.id}`, { value }));
	await good(send(guest, one));
	const code = mailed(one);
	await change('somebody.else@members.test');
	await refused(verify(guest, one, code), 422, /wrong or has expired/);
	await change(one.value);
	await refused(verify(guest, one, code), 422, /wrong or has expired/);
	assert.equal(await at(one), null);
	// This also applies if the value changes while the code is being sent.
	await good(send(guest, one));
	sqlFor(org, `SET LOCAL session_replication_role = replica; UPDATE membership.user_contacts SET value = 'third@members.test' WHERE id = $1`, one.id);
	await refused(verify(guest, one, mailed(one)), 422, /wrong or has expired/);
	assert.equal(await at(one), null);
});

test('a code allows five attempts in ten minutes', async () => {
	const one = await contact();
	await good(send(guest, one));
	const code = mailed(one);
	for (let i = 0; i < 5; i++)
		await refused(verify(guest, one, wrong(code)), 422, /./);
	await refused(verify(guest, one, code), 422, /./);
	assert.equal(await at(one), null);
	const two = await contact();
	await good(send(guest, two));
	for (let i = 0; i < 4; i++)
		await refused(verify(guest, two, wrong(mailed(two))), 422, /./);
	const all = await Promise.all(Array.from({ length: 8 }, () => verify(guest, two, mailed(two))));
	assert.deepEqual(all.map(({ status }) => status).sort(), [200, ...Array(7).fill(422)]);
	const late = await contact();
	await good(send(guest, late));
	sqlFor(org, `UPDATE membership.verification_codes SET expires_at = now() WHERE id = ${late.id}`);
	await refused(verify(guest, late, mailed(late)), 422, /./);
	// The number of emails is limited.
	const often = await contact(other);
	for (let i = 0; i < 5; i++)
		await good(send(other, often));
	assert.equal((await send(other, often)).status, 429);
});

test('only the member can verify contacts, and only addresses can be verified', async () => {
	const one = await contact();
	await refused(send(boss, one), 422, /only the member/);
	await refused(verify(boss, one, '123456'), 422, /only the member/);
	for (const who of [other])
		for (const rs of [await send(who, one), await verify(who, one, '123456')])
			assert.equal(rs.status, 404, rs.text);
	const phone = await good(guest.browser.post('/api/user_contacts', { kind: 'phone', value: '+33 1' }));
	await refused(send(guest, phone), 422, /kind/);
	await good(guest.browser.patch(`/api/user_contacts/${one.id}`, { verified_at: '2026-01-01T00:00:00Z' }));
	assert.equal(await at(one), null, 'it is ignored in a body');
});

test('published posts are visible to their audience, and can be marked as read', async () => {
	const day = (days) => new Date(Date.now() + days * 86400000).toISOString();
	const post = (title, more) => good(boss.browser.post('/api/newsfeed_posts', { title, body: 'x', published_at: day(-1), ...more }));
	await post('draft', { published_at: null });
	await post('later', { published_at: day(1) });
	const all = await post('all');
	const members = await post('members', { audience: 'members' });
	await post('gold', { audience: 'tier', tier: 'gold' });
	const titles = async (who) => (await list(who, 'newsfeed_posts')).map(({ title }) => title);
	assert.deepEqual(await titles(boss), ['draft', 'later', 'all', 'members', 'gold']);
	assert.deepEqual(await titles(guest), ['all']);
	const year = { member_id: profiles[guest.id].id, starts_on: day(-10).slice(0, 10) };
	const silver = await good(boss.browser.post('/api/user_memberships', { ...year, tier: 'silver' }));
	assert.deepEqual(await titles(guest), ['all', 'members']);
	await good(boss.browser.patch(`/api/user_memberships/${silver.id}`, { tier: 'gold' }));
	assert.deepEqual(await titles(guest), ['all', 'members', 'gold']);
	assert.deepEqual(await titles(other), ['all']);
	for (const { id } of [members, { id: 1 }])
		assert.equal((await other.browser.post(`/api/newsfeed_posts/${id}/read`)).status, 404);
	const first = await good(guest.browser.post(`/api/newsfeed_posts/${all.id}/read`));
	assert.deepEqual(await good(guest.browser.post(`/api/newsfeed_posts/${all.id}/read`)), first);
	const mark = async (who) => (await list(who, 'newsfeed_posts', { id: all.id }))[0].read_at;
	assert.deepEqual([await mark(guest), await mark(other)], [first.read_at, null]);
	assert.equal((await list(guest, 'newsfeed_posts', { 'read_at@is': null })).length, 2);
	for (const rs of [await guest.browser.patch(`/api/newsfeed_posts/${all.id}`, { title: 'y' }), await guest.browser.delete(`/api/newsfeed_posts/${all.id}`),
		await guest.browser.post('/api/newsfeed_posts', { title: 'x', body: 'y' })])
		assert.equal(rs.status, 422, rs.text);
	await refused(boss.browser.post('/api/newsfeed_posts', { title: 'x', body: 'y', audience: 'tier' }), 422, /./);
});

test('a report is an export with the permissions of its caller', async () => {
	const viewer = await member(boss, 'viewer'), staff = await member(boss, 'member');
	const made = await good(boss.browser.post('/api/report_templates', { name: 'Members', resource: 'user_profiles',
		columns: ['id', 'last_name'], filters: { last_name: 'Ré & port' }, sort: ['id', 'DESC'] }));
	const ids = [];
	for (const last_name of ['Ré & port', 'Other', 'Ré & port'])
		ids.push((await good(boss.browser.post('/api/user_profiles', { last_name }))).id);
	const run = async (who, id = made.id, more = '') => {
		const rs = await who.browser.get(`/api/report_templates/${id}/run${more}`);
		return rs.status === 302 ? who.browser.get(rs.headers.location.replace(/^https?:..[^/]*/, '')) : rs;
	};
	for (const who of [boss, staff]) {
		assert.equal((await run(who)).text.trim().replaceAll('\r', ''), `id,last_name\n${ids[2]},Ré & port\n${ids[0]},Ré & port`);
		assert.deepEqual((await run(who, made.id, '?format=ndjson')).text.trim().split('\n').map((line) => JSON.parse(line)),
			[ids[2], ids[0]].map((id) => ({ id, last_name: 'Ré & port' })));
	}
	assert.equal((await run(viewer)).status, 422, 'viewers export nothing');
	await refused(guest.browser.get(`/api/report_templates/${made.id}/run`), 422, /./);
	assert.equal((await run(boss, 1)).status, 404);
	assert.equal((await run(boss, made.id, '?format=x')).status, 400);
	for (const bad of [{ resource: 'nothing' }, { filters: { nothing: 1 } }, { columns: 'id' }, { filters: [] }])
		await refused(boss.browser.post('/api/report_templates', { name: 'x', resource: 'user_profiles', ...bad }), 422, /./);
	// A column that the resource lacks is refused when the template is saved, not when the report runs.
	for (const columns of [['nothing'], ['id', 'lastName']])
		await refused(boss.browser.post('/api/report_templates', { name: 'x', resource: 'user_profiles', columns }), 422, /user_profiles have no/);
	await refused(boss.browser.post('/api/report_templates', { name: 'x', resource: 'user_profiles', columns: ['id', 1] }), 400, /columns\.1/);
	await refused(boss.browser.patch(`/api/report_templates/${made.id}`, { columns: ['nothing'] }), 422, /user_profiles have no/);
	await refused(boss.browser.patch(`/api/report_templates/${made.id}`, { resource: 'newsfeed_posts' }), 422, /newsfeed_posts have no "last_name"/);
	await good(boss.browser.patch(`/api/report_templates/${made.id}`, { columns: ['id', 'first_name'], resource: 'user_profiles' }));
	// Columns that exist only in exported files are accepted.
	await good(boss.browser.post('/api/report_templates', { name: 'Contacts', resource: 'contacts', columns: ['id', 'company'] }));
});
