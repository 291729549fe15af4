// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Profiles, contacts and addresses. All members have a profile, and can access their own.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { before, test } from 'node:test';
import { promisify } from 'node:util';
import { add, good, list, refused } from '../lib/answers.mjs';
import { sql } from '../lib/database.mjs';
import { member, owner } from '../lib/people.mjs';

const psql = promisify(execFile);
let boss, early, guest, other, stranger;

const own = async (who) => (await list(who, 'user_profiles', { user_id: who.id }))[0];
const mail = (value, more) => ({ kind: 'email', value, ...more });

before(async () => {
	boss = await owner('profiles');
	stranger = await owner('profiles-stranger');
	early = await member(boss, 'portal');
	await good(boss.browser.put('/api/modules/membership', { enabled: true }));
	guest = await member(boss, 'portal');
	other = await member(boss, 'portal');
});

test('existing, new and returning members each have one profile', async () => {
	const rows = await list(boss, 'user_profiles');
	// The first two profiles were added at the same time, so either may be first.
	assert.deepEqual(rows.slice(0, 2).map((row) => row.user_id).sort(), [boss.id, early.id].sort());
	assert.deepEqual(rows.slice(2).map((row) => row.user_id), [guest.id, other.id]);
	assert.deepEqual([rows[2].first_name, rows[2].last_name], ['Max', 'Member']);
	for (const enabled of [false, true])
		await good(boss.browser.put('/api/modules/membership', { enabled }));
	assert.deepEqual(await list(boss, 'user_profiles'), rows);
	const late = await member(boss, 'portal');
	await good(boss.browser.put('/api/modules/membership', { enabled: false }));
	const last = await member(boss, 'member');
	await good(boss.browser.post('/api/auth/organization/remove-member', { memberIdOrEmail: late.email }));
	await good(boss.browser.put('/api/modules/membership', { enabled: true }));
	const ids = (await list(boss, 'user_profiles')).map((row) => row.user_id);
	assert.deepEqual(ids.slice(4).sort(), [late.id, last.id].sort(), 'the profile of a member who left stays');
});

test('the profile of a person without an account is linked when they join with its verified address', async () => {
	const paper = await add(boss, 'user_profiles', { first_name: 'Pat', last_name: 'Paper' });
	const joining = await owner('paper');
	await add(boss, 'user_contacts', mail(joining.email.toUpperCase(), { member_id: paper.id }));
	const join = () => sql(`INSERT INTO identity.organization_member (id, organization_id, user_id, role)
		VALUES ('paper-${joining.id}', '${boss.organization.id}', '${joining.id}', 'portal')`);
	const leave = () => sql(`DELETE FROM identity.organization_member WHERE id = 'paper-${joining.id}'`);
	sql(`UPDATE identity."user" SET email_verified = false WHERE id = '${joining.id}'`);
	join();
	assert.notEqual((await own({ ...boss, id: joining.id })).id, paper.id, 'anybody may claim an address');
	leave();
	sql(`DELETE FROM membership.user_profiles WHERE user_id = '${joining.id}' AND org_id = '${boss.organization.id}';
		UPDATE identity."user" SET email_verified = true WHERE id = '${joining.id}'`);
	join();
	assert.deepEqual([(await own({ ...boss, id: joining.id })).id, paper.first_name], [paper.id, 'Pat']);
	leave();
});

test('nobody gets a profile that belonged to someone else or that someone else wrote', async () => {
	const join = (uid) => sql(`INSERT INTO identity.organization_member (id, organization_id, user_id, role)
		VALUES ('join-' || $1, '${boss.organization.id}', $1, 'portal')`, uid);
	const verified = async (name) => {
		const who = await owner(name);
		sql('UPDATE identity."user" SET email_verified = true WHERE id = $1', who.id);
		return who;
	};
	// A member adds another person's address to their own profile, and then deletes their account.
	const victim = await verified('victim');
	const taken = await member(boss, 'portal');
	const theirs = await own(taken);
	await add(taken, 'user_contacts', mail(victim.email));
	sql('DELETE FROM identity."user" WHERE id = $1', taken.id);
	assert.equal((await list(boss, 'user_profiles', { id: theirs.id }))[0].user_id, null);
	join(victim.id);
	assert.notEqual((await own({ ...boss, id: victim.id })).id, theirs.id);
	// A profile that also has another address.
	const two = await add(boss, 'user_profiles', { last_name: 'Two' });
	const second = await verified('second');
	for (const value of [second.email, 'someone.else@members.test'])
		await add(boss, 'user_contacts', mail(value, { member_id: two.id }));
	join(second.id);
	assert.notEqual((await own({ ...boss, id: second.id })).id, two.id);
	// Of two users who join concurrently with the same address, one gets the profile.
	const one = await add(boss, 'user_profiles', { last_name: 'One' });
	const twins = [await verified('twin'), await verified('twin')];
	await add(boss, 'user_contacts', mail(twins[0].email, { member_id: one.id }));
	const give = (uid) => `SET app.org_id = '${boss.organization.id}'; SELECT membership.add_person('${boss.organization.id}', '${uid}')`;
	const slow = psql('psql', ['-XqAtc', `BEGIN; ${give(twins[0].id)}; SELECT pg_advisory_lock(4712), pg_sleep(1); COMMIT`]);
	while (sql('SELECT count(*) FROM pg_locks WHERE objid = 4712 AND granted')[0][0] === '0')
		;
	// In the meantime, another user gets the address.
	sql(`BEGIN; UPDATE identity."user" SET email = 'was.' || email WHERE id = '${twins[0].id}'; UPDATE identity."user"
		SET email = '${twins[0].email}', email_verified = true WHERE id = '${twins[1].id}'; ${give(twins[1].id)}; COMMIT`);
	await slow;
	const [mine, other] = [await own({ ...boss, id: twins[0].id }), await own({ ...boss, id: twins[1].id })];
	assert.equal(mine.id, one.id);
	assert.ok(other && other.id !== one.id);
	for (const uid of [victim.id, second.id])
		sql(`DELETE FROM identity.organization_member WHERE id = 'join-${uid}'`);
});

test('a portal user can access only their own rows', async () => {
	const mine = await own(guest), theirs = await own(other);
	assert.deepEqual((await list(guest, 'user_profiles')).map(({ id }) => id), [mine.id]);
	const changed = await good(guest.browser.patch(`/api/user_profiles/${mine.id}`, { bio: 'Climber', headline: 'Hi' }));
	assert.deepEqual([changed.bio, changed.user_id], ['Climber', guest.id]);
	await good(guest.browser.patch(`/api/user_profiles/${mine.id}`, { user_id: other.id }));
	assert.equal((await own(guest)).id, mine.id, 'the account of a profile is ignored in a body');
	await refused(guest.browser.post('/api/user_profiles', { first_name: 'Another' }));
	await refused(guest.browser.delete(`/api/user_profiles/${mine.id}`));
	for (const id of [theirs.id, 1])
		for (const rs of [await guest.browser.get(`/api/user_profiles/${id}`),
			await guest.browser.patch(`/api/user_profiles/${id}`, { bio: 'x' }),
			await guest.browser.get(`/api/user_profiles/${id}/history`)])
			assert.equal(rs.status, 404, rs.text);
	assert.equal((await guest.browser.get(`/api/user_profiles/${mine.id}/history`)).status, 200);
	const [contact] = [await add(guest, 'user_contacts', mail('guest@members.test'))];
	assert.equal(contact.member_id, mine.id, 'a new row is about the caller');
	const foreign = await add(boss, 'user_contacts', mail('other@members.test', { member_id: theirs.id }));
	assert.deepEqual((await list(guest, 'user_contacts')).map(({ id }) => id), [contact.id]);
	for (const rs of [await guest.browser.patch(`/api/user_contacts/${foreign.id}`, { value: 'x@y.test' }),
		await guest.browser.delete(`/api/user_contacts/${foreign.id}`)])
		assert.equal(rs.status, 404, rs.text);
	const one = await guest.browser.post('/api/user_contacts', mail('a@b.test', { member_id: theirs.id }));
	const none = await guest.browser.post('/api/user_contacts', mail('a@b.test', { member_id: 1 }));
	assert.deepEqual([one.status, one.json.detail, one.json.errors], [none.status, none.json.detail, none.json.errors]);
	assert.ok(one.status === 422 && one.json.errors.member_id, one.text);
	assert.equal((await guest.browser.patch(`/api/user_contacts/${contact.id}`, { member_id: theirs.id })).status, 422);
	await refused(guest.browser.get('/api/user_contacts/export'));
	const { own: may } = await good(guest.browser.get('/api/me'));
	assert.deepEqual(may.user_profiles, ['read', 'update']);
	assert.equal((await good(boss.browser.get('/api/me'))).own, undefined);
});

test('one row of each kind is the default', async () => {
	const { id } = await own(early);
	const defaults = async (resource) => (await list(boss, resource, { member_id: id }))
		.filter((row) => row.is_default).map((row) => `${row.kind} ${row.value ?? row.line1}`);
	const make = (value, more) => add(early, 'user_contacts', { kind: 'phone', value, ...more });
	const one = await make('+33 1'), two = await make('+33 2', { is_default: true }), three = await make('+33 3');
	assert.deepEqual(await defaults('user_contacts'), ['phone +33 2']);
	await add(early, 'user_contacts', mail('e@x.test'));
	assert.deepEqual(await defaults('user_contacts'), ['phone +33 2', 'email e@x.test']);
	await good(early.browser.patch(`/api/user_contacts/${two.id}`, { is_default: false }));
	assert.deepEqual((await defaults('user_contacts'))[0], 'phone +33 2', 'until another one is');
	await good(early.browser.patch(`/api/user_contacts/${three.id}`, { is_default: true }));
	assert.deepEqual((await defaults('user_contacts')).sort(), ['email e@x.test', 'phone +33 3']);
	await good(early.browser.delete(`/api/user_contacts/${three.id}`));
	assert.deepEqual((await defaults('user_contacts')).sort(), ['email e@x.test', 'phone +33 1']);
	await refused(early.browser.post('/api/user_contacts', { kind: 'phone', value: '+33 1' }), 409, /duplicate|taken|exists/i);
	await good(early.browser.patch(`/api/user_contacts/${one.id}`, { kind: 'web', value: 'https://x.test/' }));
	assert.deepEqual((await defaults('user_contacts')).sort(), ['email e@x.test', 'phone +33 2', 'web https://x.test/']);
	const home = { kind: 'home', line1: 'A', city: 'Lyon', country: 'FR' };
	await add(early, 'user_addresses', home);
	await add(early, 'user_addresses', { ...home, line1: 'B', is_default: true });
	await add(early, 'user_addresses', { ...home, line1: 'C', kind: 'billing' });
	assert.deepEqual((await defaults('user_addresses')).sort(), ['billing C', 'home B']);
	// Of several concurrent requests, one succeeds.
	await Promise.all(Array.from({ length: 8 }, (_, n) => early.browser.post('/api/user_addresses',
		{ ...home, kind: 'work', line1: `W${n}`, is_default: n % 2 === 0 }).then((rs) => assert.equal(rs.status, 201, rs.text))));
	assert.equal((await defaults('user_addresses')).filter((one) => one.startsWith('work')).length, 1);
});

test('invalid values are refused', async () => {
	for (const [resource, body, field] of [
		['user_contacts', { kind: 'email', value: 'nobody' }, 'value'],
		['user_contacts', { kind: 'email', value: 'a@b\u0007c' }, 'value'],
		['user_contacts', { kind: 'web', value: 'javascript:alert(1)' }, 'value'],
		['user_contacts', { kind: 'fax', value: '1' }, 'kind'],
		['user_contacts', { kind: 'email' }, 'value'],
		['user_addresses', { kind: 'home', line1: ' ', city: 'x', country: 'FR' }, 'line1'],
		['user_addresses', { kind: 'home', line1: 'x', city: 'x', country: 'France' }, 'country'],
		['user_profiles', { birth_date: '1066-10-14' }, 'birth_date'],
		['user_profiles', { bio: 'x'.repeat(10001) }, 'bio']]) {
		const rs = await boss.browser.post(`/api/${resource}`, body);
		assert.equal(rs.status, 422, rs.text);
		assert.ok(rs.json.errors[field], rs.text);
	}
});

test('staff can access rows according to their grants', async () => {
	await good(boss.browser.post('/api/auth/organization/create-role', { role: 'desk',
		permission: { user_profiles: ['read'], user_contacts: ['read', 'create'] } }));
	await good(boss.browser.post('/api/auth/organization/create-role', { role: 'blind', permission: { user_contacts: ['read', 'create'] } }));
	const desk = await member(boss, 'desk'), blind = await member(boss, 'blind'), viewer = await member(boss, 'viewer');
	const theirs = await own(other);
	assert.ok((await list(desk, 'user_profiles')).length > 4);
	await refused(desk.browser.patch(`/api/user_profiles/${theirs.id}`, { bio: 'x' }));
	await add(desk, 'user_contacts', mail('desk@members.test', { member_id: theirs.id }));
	await refused(desk.browser.get('/api/user_memberships/export'));
	assert.deepEqual(await list(desk, 'user_memberships'), [], 'their own: none');
	assert.equal((await blind.browser.post('/api/user_contacts', mail('b@members.test', { member_id: theirs.id }))).status, 422,
		'a member whom they may not see');
	assert.ok((await list(viewer, 'user_profiles')).length > 4);
	await refused(viewer.browser.patch(`/api/user_profiles/${theirs.id}`, { bio: 'x' }));
	await good(viewer.browser.patch(`/api/user_profiles/${(await own(viewer)).id}`, { bio: 'my own' }));
});

test('a profile can be deleted only after its user has left', async () => {
	const leaver = await member(boss, 'portal');
	const profile = await own({ ...boss, id: leaver.id });
	await add(boss, 'user_contacts', mail('leaver@members.test', { member_id: profile.id }));
	await refused(boss.browser.delete(`/api/user_profiles/${profile.id}`), 409, /remove them first/);
	await good(boss.browser.post('/api/auth/organization/remove-member', { memberIdOrEmail: leaver.email }));
	await good(boss.browser.delete(`/api/user_profiles/${profile.id}`));
	assert.equal(sql(`SELECT count(*) FROM membership.user_contacts WHERE member_id = ${profile.id}`)[0][0], '0');
	const account = await member(boss, 'portal');
	const kept = await own({ ...boss, id: account.id });
	sql(`DELETE FROM identity."user" WHERE id = '${account.id}'`);
	assert.equal((await good(boss.browser.get(`/api/user_profiles/${kept.id}`))).user_id, null);
});

test('another organization, or one without the module, cannot access profiles', async () => {
	assert.equal((await stranger.browser.get('/api/user_profiles')).status, 404);
	await good(stranger.browser.put('/api/modules/membership', { enabled: true }));
	assert.deepEqual((await list(stranger, 'user_profiles')).map((row) => row.user_id), [stranger.id]);
	const { id } = await own(guest);
	assert.equal((await stranger.browser.get(`/api/user_profiles/${id}`)).status, 404);
	await good(stranger.browser.put('/api/modules/membership', { enabled: false }));
	assert.equal((await stranger.browser.get('/api/user_contacts')).status, 404);
});

test('a profile shows the last membership\'s status and the amount due, and is found by name and contact', async () => {
	const vera = await add(boss, 'user_profiles', { first_name: 'Zoë', last_name: 'Vögel' });
	const of = async (who) => (({ membership_status, amounts_due }) => [membership_status, amounts_due])(
		(await list(who, 'user_profiles', { id: vera.id }))[0]);
	assert.deepEqual(await of(boss), [null, null]);
	const begun = { member_id: vera.id, tier: 'Gold', currency: 'EUR', fee: 100 };
	await add(boss, 'user_memberships', { ...begun, status: 'cancelled', starts_on: '2020-01-01', ends_on: '2020-12-31' });
	await add(boss, 'user_memberships', { ...begun, status: 'suspended', starts_on: '2021-01-01' });
	for (const [currency, amount] of [['EUR', 4000], ['EUR', 250], ['USD', 7]])
		await add(boss, 'user_billing_schedules', { member_id: vera.id, currency, amount, description: 'Locker' });
	const [waived] = await list(boss, 'user_billing_schedules', { member_id: vera.id, currency: 'USD' });
	assert.deepEqual(await of(boss), ['suspended', { EUR: 4250, USD: 7 }]);
	await good(boss.browser.post(`/api/user_billing_schedules/${waived.id}/waive`, { reason: 'A gift' }));
	assert.deepEqual(await of(boss), ['suspended', { EUR: 4250 }]);
	await add(boss, 'user_contacts', mail('the.birds@nest.test', { member_id: vera.id }));
	const found = async (q) => (await list(boss, 'user_profiles', { q })).map(({ id }) => id);
	for (const q of ['zoe', 'VOGEL zoë', 'birds@nest'])
		assert.deepEqual(await found(q), [vera.id], q);
	assert.deepEqual(await found('zoe nobody'), []);
	assert.ok((await list(boss, 'user_profiles', { membership_status: 'suspended' })).some(({ id }) => id === vera.id));
	const theirs = await list(stranger, 'user_profiles', { q: 'zoe' }).catch(() => []);
	assert.deepEqual(theirs.filter(({ id }) => id === vera.id), []);
});
