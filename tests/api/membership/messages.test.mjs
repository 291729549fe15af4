// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Messages between members and the staff. Each side can read, reply, and mark messages as read, and nobody else can see
// them.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { NOT_ALLOWED, add, good, list, refused } from '../lib/answers.mjs';
import { sql, sqlFor } from '../lib/database.mjs';
import { member, owner, tenantry } from '../lib/people.mjs';

const AT = '/api/member_messages';
let boss, staff, viewer, guest, other, stranger, org;
const profiles = {};

const write = (who, to, body) => add(who, 'member_messages', { ...to && { member_id: profiles[to.id].id }, body });
const unread = async (who) => (await good(who.browser.get(`${AT}/unread`))).unread;
const mails = ({ email }) => Number(sql(`SELECT count(*) FROM ops.mail WHERE recipient = '${email}' AND template = 'member-message'`)[0][0]);
const memberId = async ({ id }) => (await good(boss.browser.get('/api/auth/organization/list-members?limit=100'))).members.find(({ userId }) => userId === id).id;
const prefer = (who, row) => good(who.browser.patch(`/api/user_notification_preferences/${profiles[who.id].id}`, row));

before(async () => {
	boss = await owner('messages');
	org = boss.organization.id;
	stranger = await owner('messages-stranger');
	for (const who of [boss, stranger])
		await good(who.browser.put('/api/modules/membership', { enabled: true }));
	[staff, viewer, guest, other] = [await member(boss, 'member'), await member(boss, 'viewer'), await member(boss, 'portal'), await member(boss, 'portal')];
	for (const who of [boss, staff, viewer, guest, other])
		[profiles[who.id]] = await list(boss, 'user_profiles', { user_id: who.id });
});

test('the staff writes, and the member reads and answers', async () => {
	const first = await write(staff, guest, 'Your locker is ready.\n<b>Bring the key</b>');
	assert.deepEqual([first.from_member, first.read_at, first.body], [false, null, 'Your locker is ready.\n<b>Bring the key</b>']);
	assert.equal(first.author_id, (await list(boss, 'sales', { user_id: staff.id }))[0].id);
	assert.deepEqual(await Promise.all([guest, other, staff, boss, viewer].map(unread)), [1, 0, 0, 0, 0]);
	const second = await write(boss, guest, 'Until Friday, please');
	assert.equal(await unread(guest), 2);
	// Marks the first message as read, and then all messages.
	assert.deepEqual(await good(guest.browser.post(`${AT}/${first.id}/read`)), { id: first.id, read: 1 });
	assert.equal(await unread(guest), 1);
	assert.deepEqual(await good(guest.browser.post(`${AT}/${second.id}/read`)), { id: second.id, read: 1 });
	assert.deepEqual(await good(guest.browser.post(`${AT}/${second.id}/read`)), { id: second.id, read: 0 });
	const answer = await write(guest, null, 'I come on Thursday');
	assert.deepEqual([answer.member_id, answer.from_member, answer.author_id, answer.read_at], [profiles[guest.id].id, true, null, null]);
	assert.deepEqual(await Promise.all([guest, other, staff, boss, viewer].map(unread)), [0, 0, 1, 1, 1]);
	// The writer's own marker has no effect on the other side.
	assert.equal((await good(guest.browser.post(`${AT}/${answer.id}/read`))).read, 0);
	await refused(viewer.browser.post(`${AT}/${answer.id}/read`), 422, NOT_ALLOWED);
	assert.equal((await good(staff.browser.post(`${AT}/${answer.id}/read`))).read, 1);
	assert.equal(await unread(boss), 0);
	const thread = await list(guest, 'member_messages');
	assert.deepEqual(thread.map(({ id }) => id), [first.id, second.id, answer.id]);
	assert.ok(thread.every(({ read_at }) => read_at));
	// Members do not see the names of staff.
	const known = await list(viewer, 'member_messages', { member_id: profiles[guest.id].id });
	assert.deepEqual(known.map(({ author_id }) => author_id), [first.author_id, second.author_id, null]);
	assert.deepEqual(thread, known.map((one) => ({ ...one, author_id: null })));
	assert.equal((await good(guest.browser.get(`${AT}/${first.id}`))).author_id, null);
	assert.deepEqual(await list(guest, 'member_messages', { author_id: first.author_id }), []);
	assert.equal((await list(viewer, 'member_messages', { author_id: first.author_id })).length, 1);
});

test('no other member and no other organization sees a thread', async () => {
	const secret = await write(staff, guest, 'Between us');
	for (const who of [other, stranger]) {
		const [one, none] = await Promise.all([secret.id, 1].map((id) => who.browser.get(`${AT}/${id}`)));
		assert.deepEqual([one.status, none.status], [404, 404]);
		assert.equal((await who.browser.post(`${AT}/${secret.id}/read`)).status, 404);
		assert.deepEqual(await list(who, 'member_messages'), []);
		assert.equal(await unread(who), 0);
		await refused(who.browser.post(AT, { member_id: profiles[guest.id].id, body: 'x' }), 422, /^member_id: the referenced row does not exist/);
	}
	assert.equal((await guest.browser.get(`${AT}/export`)).status, 422);
	assert.equal((await good(staff.browser.get(`${AT}/${secret.id}`))).read_at, null);
	// The same applies to SQL.
	const as = (who, statement) => sqlFor(org, `SET ROLE tenantry_app; SET app.modules = '{membership}'; SET app.user_id = '${who.id}'; SET app.role = 'portal';
		SET app.grants = '{}'; ${statement}`);
	assert.deepEqual(as(other, 'SELECT id FROM membership.member_messages'), []);
	assert.ok(as(guest, 'SELECT id FROM membership.member_messages').length > 3);
	for (const change of [`body = 'y'`, 'from_member = true', `created_at = now() - interval '1 day'`])
		assert.throws(() => as(guest, `UPDATE membership.member_messages SET ${change} WHERE id = ${secret.id}`), /cannot be changed/, change);
	as(guest, `INSERT INTO membership.member_messages (member_id, body, from_member, read_at) VALUES (${profiles[guest.id].id}, 'as the staff', false, now())`);
	assert.deepEqual(sqlFor(org, `SELECT from_member, read_at FROM membership.member_messages WHERE body = 'as the staff'`), [['t', '']]);
	const [[one], [another]] = sqlFor(org, `SELECT id FROM crm.sales WHERE org_id = '${org}' ORDER BY id`);
	sqlFor(org, `SET ROLE tenantry_app; SET app.modules = '{membership}'; SET app.user_id = '${boss.id}'; SET app.role = 'owner'; SET app.grants = '*'; SET app.sales_id = '${one}';
		INSERT INTO membership.member_messages (member_id, body, author_id) VALUES (${profiles[guest.id].id}, 'as another', ${another})`);
	assert.deepEqual(sqlFor(org, `SELECT from_member, author_id FROM membership.member_messages WHERE body = 'as another'`), [['f', one]]);
	for (const rs of [await staff.browser.patch(`${AT}/${secret.id}`, { body: 'y' }), await staff.browser.delete(`${AT}/${secret.id}`)])
		assert.ok([404, 405].includes(rs.status), rs.text);
	await refused(viewer.browser.post(AT, { member_id: profiles[guest.id].id, body: 'x' }), 422, NOT_ALLOWED);
});

test('a text has a maximum length, and must not contain a card number', async () => {
	for (const body of ['', '  \n', 'x'.repeat(5001), 'bell \u0007', '4929 1234 5678 9015']) {
		const rs = await staff.browser.post(AT, { member_id: profiles[guest.id].id, body });
		assert.equal(rs.status, 422, `${body.slice(0, 20)} ${rs.text}`);
		assert.ok(rs.json.errors.body, rs.text);
	}
	assert.equal((await write(staff, guest, 'é'.repeat(5000))).body.length, 5000);
	// The author of a message cannot write fields that the server sets.
	const { json } = await guest.browser.post(AT, { body: 'x', from_member: false, author_id: 1, read_at: '2026-01-01T00:00:00Z' });
	assert.deepEqual([json.from_member, json.author_id, json.read_at], [true, null, null]);
});

test('a member who wants emails receives one about the first unread message', async () => {
	const who = await member(boss, 'portal');
	[profiles[who.id]] = await list(boss, 'user_profiles', { user_id: who.id });
	await write(staff, who, 'Planted secret of the text');
	const second = await write(staff, who, 'Another one');
	assert.equal(mails(who), 1, 'not for each');
	assert.deepEqual(sql(`SELECT data FROM ops.mail WHERE recipient = '${who.email}' AND template = 'member-message' AND data::text LIKE '%Planted%'`), []);
	await write(who, null, 'An answer');
	assert.equal(mails(who), 1, 'none about what they have written');
	await good(who.browser.post(`${AT}/${second.id}/read`));
	await write(staff, who, 'After the reading');
	assert.equal(mails(who), 2);
	const read = async () => good(who.browser.post(`${AT}/${(await list(who, 'member_messages')).at(-1).id}/read`));
	for (const off of [{ messages: false }, { messages: true, email: false }, { email: true, muted_until: '2099-01-01T00:00:00Z' }]) {
		await read();
		await prefer(who, off);
		await write(staff, who, `muted by ${Object.keys(off)}`);
		assert.equal(mails(who), 2, JSON.stringify(off));
	}
	await read();
	await prefer(who, { muted_until: null });
	await write(staff, who, 'again');
	assert.equal(mails(who), 3);
});

test('the email is about the first unread message that was not muted', async () => {
	const who = await member(boss, 'portal');
	[profiles[who.id]] = await list(boss, 'user_profiles', { user_id: who.id });
	await prefer(who, { muted_until: '2099-01-01T00:00:00Z' });
	await write(staff, who, 'while muted');
	assert.equal(mails(who), 0);
	await prefer(who, { muted_until: null });
	await write(staff, who, 'no longer muted, and the first one is still unread');
	assert.equal(mails(who), 1);
	await write(staff, who, 'another one');
	assert.equal(mails(who), 1);
	// Several concurrent messages cause one email.
	for (const turn of [1, 2, 3]) {
		await good(who.browser.post(`${AT}/${(await list(who, 'member_messages')).at(-1).id}/read`));
		await Promise.all([1, 2, 3, 4, 5, 6].map((n) => write(n % 2 ? staff : boss, who, `at once ${n}`)));
		assert.equal(mails(who), 1 + turn);
	}
});

const told = ({ email }) => Number(sql(`SELECT count(*) FROM ops.mail WHERE recipient = '${email}' AND template = 'staff-message'`)[0][0]);
const readAll = async (who, of) => good(who.browser.post(`${AT}/${(await list(who, 'member_messages', { member_id: profiles[of.id].id, from_member: true })).at(-1).id}/read`));

test('staff who may answer receive an email about the first unread message of a thread', async () => {
	const [ada, bob] = [await member(boss, 'portal'), await member(boss, 'portal')];
	const [away, banned, gone, quiet, reader] = [await member(boss, 'member'), await member(boss, 'member'), await member(boss, 'member'), await member(boss, 'member'),
		await member(boss, 'member')];
	for (const who of [ada, bob, away, banned, gone, quiet, reader])
		[profiles[who.id]] = await list(boss, 'user_profiles', { user_id: who.id });
	await good(boss.browser.patch(`/api/user_profiles/${profiles[ada.id].id}`, { first_name: 'Ada', last_name: 'Lovelace' }));
	// Roles that may not reply: a role that may read messages, and a role that may write but not read them.
	await good(boss.browser.post('/api/auth/organization/create-role', { role: 'half', permission: { member_messages: ['create'], user_profiles: ['read'] } }));
	await good(boss.browser.post('/api/auth/organization/update-member-role', { memberId: await memberId(reader), role: 'half' }));
	await good(boss.browser.patch(`/api/sales/${(await list(boss, 'sales', { user_id: away.id }))[0].id}`, { disabled: true }));
	sql(`UPDATE identity."user" SET banned = true WHERE id = '${banned.id}'`);
	await good(boss.browser.post('/api/auth/organization/remove-member', { memberIdOrEmail: gone.email }));
	await prefer(quiet, { member_messages: false });
	const mute = [away, banned, gone, quiet, reader, viewer, guest, ada, bob, stranger];
	const before = new Map([boss, staff, ...mute].map((who) => [who, told(who)]));
	const since = (who) => told(who) - before.get(who);
	const none = () => assert.deepEqual(mute.map(since), mute.map(() => 0));
	await write(ada, null, 'Planted question');
	await write(ada, null, 'Planted question, again');
	assert.deepEqual([boss, staff].map(since), [1, 1], 'not for each');
	none();
	assert.deepEqual(sql(`SELECT DISTINCT data FROM ops.mail WHERE template = 'staff-message' AND recipient = '${boss.email}'`)
		.map(([data]) => JSON.parse(data)), [{ organization: boss.organization.name }]);
	assert.deepEqual(sql(`SELECT FROM ops.mail WHERE data::text ~ 'Planted|Lovelace'`), [], 'not all may read profiles');
	// Each thread causes separate emails, but only to users who have enabled them and have read the previous message.
	await write(bob, null, 'Of somebody else');
	assert.deepEqual([boss, staff].map(since), [2, 2]);
	await prefer(quiet, { member_messages: true });
	await write(bob, null, 'For the one who wants it now');
	assert.deepEqual([boss, staff, quiet].map(since), [2, 2, 1]);
	await prefer(quiet, { member_messages: false });
	await readAll(staff, ada);
	await write(ada, null, 'After the reading');
	assert.deepEqual([boss, staff, quiet].map(since), [3, 3, 1]);
	// A message from the staff does not notify other staff. A message that a staff user writes as a member does.
	await write(staff, ada, 'An answer');
	assert.deepEqual([boss, staff].map(since), [3, 3]);
	await write(staff, null, 'As a member myself');
	assert.deepEqual([boss, staff].map(since), [4, 3]);
	for (const off of [{ email: false }, { email: true, muted_until: '2099-01-01T00:00:00Z' }]) {
		await readAll(staff, ada);
		await prefer(boss, off);
		await write(ada, null, `muted by ${Object.keys(off)}`);
		assert.equal(since(boss), 4, JSON.stringify(off));
	}
	await prefer(boss, { muted_until: null });
	// Several concurrent messages cause one email.
	await readAll(staff, ada);
	const was = [boss, staff].map(since);
	await Promise.all([1, 2, 3, 4, 5, 6].map((n) => write(ada, null, `at once ${n}`)));
	assert.deepEqual([boss, staff].map(since), was.map((n) => n + 1));
	assert.deepEqual([away, banned, gone, reader, viewer, guest, ada, bob, stranger].map(since), Array(9).fill(0));
	// The member cannot see who received the email.
	assert.ok(!(await ada.browser.get(`/api/user_profiles/${profiles[ada.id].id}/report`)).text.includes('"told"'));
	assert.ok((await list(ada, 'member_messages')).every((one) => !('told' in one)));
});

test('a report and an archive contain the messages, and an erasure removes them', async () => {
	const gone = await member(boss, 'portal');
	[profiles[gone.id]] = await list(boss, 'user_profiles', { user_id: gone.id });
	const { id } = profiles[gone.id];
	await write(staff, gone, 'Planted words to a member');
	await write(gone, null, 'Planted words of a member');
	const report = (await gone.browser.get(`/api/user_profiles/${id}/report`)).text;
	for (const words of ['Planted words to a member', 'Planted words of a member'])
		assert.ok(report.includes(words), words);
	assert.ok(!(await guest.browser.get(`/api/user_profiles/${profiles[guest.id].id}/report`)).text.includes('Planted words'));
	const archive = `${process.env.STACK}/messages.tar`;
	tenantry('org', 'export', boss.organization.slug, '--to', archive);
	tenantry('org', 'import', archive, '--slug', 'messages-copy');
	const [[copy]] = sql(`SELECT id FROM identity.organization WHERE slug = 'messages-copy'`);
	const rows = (of) => sqlFor(of, `SELECT id, member_id, body, from_member, read_at, created_at FROM membership.member_messages WHERE org_id = '${of}' ORDER BY id`);
	assert.ok(rows(org).length > 10);
	assert.deepEqual(rows(copy), rows(org));
	const mailed = mails(gone);
	assert.equal(mailed, 1, 'the import sends none');
	await good(boss.browser.post('/api/auth/organization/remove-member', { memberIdOrEmail: gone.email }));
	const proof = await good(boss.browser.post(`/api/user_profiles/${id}/erase`, { reason: 'asked' }));
	assert.equal(proof.erased.member_messages, 2);
	assert.deepEqual(await list(boss, 'member_messages', { member_id: id }), []);
	assert.equal(sqlFor(org, `SELECT count(*) FROM membership.member_messages WHERE org_id = '${org}' AND body LIKE 'Planted words%'`)[0][0], '0');
	// While the module is off, its rows are hidden but kept.
	const was = rows(org).length;
	await good(boss.browser.put('/api/modules/membership', { enabled: false }));
	assert.equal((await boss.browser.get(AT)).status, 404);
	await good(boss.browser.put('/api/modules/membership', { enabled: true }));
	assert.equal(rows(org).length, was);
});
