// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// The queue: order, positions, calls, permissions and emails. tests/sql/queue.sh tests a long queue with many callers.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { query } from '../../lib/api.mjs';
import { NOT_ALLOWED, good, refused } from '../lib/answers.mjs';
import { sql } from '../lib/database.mjs';
import { member, owner } from '../lib/people.mjs';

let boss, clerk, guest, stranger;
const AT = '/api/membership_queue';

const person = async () => (await good(boss.browser.post('/api/user_profiles', { last_name: 'Person' }))).id;
const join = async (more) => good(boss.browser.post(AT, { member_id: await person(), ...more }));
const position = async ({ id }, who = boss) => (await good(who.browser.get(`${AT}/${id}/position`))).position;
const positions = (all) => Promise.all(all.map((one) => position(one)));
const claim = (count, who = boss) => good(who.browser.post(`${AT}/claim`, count ? { count } : {}));
const drain = async () => { while ((await claim(100)).length > 0); };
const set = (row, body, who = boss) => who.browser.patch(`${AT}/${row.id}`, body);

before(async () => {
	boss = await owner('queue');
	stranger = await owner('queue-stranger');
	for (const who of [boss, stranger])
		await good(who.browser.put('/api/modules/membership', { enabled: true }));
	await good(boss.browser.post('/api/auth/organization/create-role', { role: 'clerk',
		permission: { membership_queue: ['read', 'update'] } }));
	clerk = await member(boss, 'clerk');
	guest = await member(boss, 'portal');
});

test('positions follow the priority and the order of arrival, without gaps', async () => {
	const all = [];
	for (let n = 0; n < 5; n++)
		all.push(await join());
	assert.deepEqual(await positions(all), [1, 2, 3, 4, 5]);
	await good(set(all[1], { status: 'cancelled' }));
	assert.deepEqual(await positions(all), [1, null, 2, 3, 4]);
	const urgent = await join({ priority: 9 }), soon = await join({ priority: 1 });
	assert.deepEqual(await positions([urgent, soon, ...all]), [1, 2, 3, null, 4, 5, 6]);
	await good(set(all[4], { priority: 9 }));
	assert.deepEqual(await positions([all[4], urgent, soon, all[0]]), [1, 2, 3, 4]);
	await good(boss.browser.delete(`${AT}/${soon.id}`));
	assert.deepEqual(await positions([all[4], urgent, all[0], all[2], all[3]]), [1, 2, 3, 4, 5]);
	assert.deepEqual((await claim(3)).map(({ id }) => id), [all[4].id, urgent.id, all[0].id]);
	assert.deepEqual(await positions([all[2], all[3]]), [1, 2]);
	assert.deepEqual((await claim()).map(({ id }) => id), [all[2].id]);
	await drain();
	assert.deepEqual(await claim(), []);
	// A member whose profile is deleted leaves no gap either.
	const [one, two] = [await join(), await join()];
	await good(boss.browser.delete(`/api/user_profiles/${one.member_id}`));
	assert.equal(await position(two), 1);
	await drain();
});

test('each member is called once, even with concurrent calls', async () => {
	const all = [];
	for (let n = 0; n < 60; n++)
		all.push((await join()).id);
	const got = (await Promise.all(Array.from({ length: 30 }, (_, n) => claim(3, n % 2 ? clerk : boss)))).flat();
	assert.deepEqual(got.map(({ id }) => id).sort(), all.sort());
	const [row] = got;
	assert.deepEqual([row.status, typeof row.called_by, row.org_id, row.place], ['called', 'number', undefined, undefined]);
	assert.equal(sql(`SELECT sum(waiting) FROM membership.queue_counts WHERE org_id = '${boss.organization.id}' AND level = 6`)[0][0], '0');
	// Two requests with the same key call one member.
	const [next] = [await join(), await join()];
	const headers = { 'idempotency-key': `claim-${Date.now()}` };
	const [first, again] = [await boss.browser.post(`${AT}/claim`, {}, headers), await boss.browser.post(`${AT}/claim`, {}, headers)];
	assert.deepEqual([first.json[0].id, again.json], [next.id, first.json]);
	await drain();
});

test('each status permits only certain changes', async () => {
	const states = ['waiting', 'called', 'served', 'missed', 'cancelled'];
	const allowed = { waiting: ['cancelled'], called: ['served', 'missed'], served: [], missed: [], cancelled: [] };
	const at = async (status) => {
		const row = await join();
		if (status === 'cancelled')
			await good(set(row, { status }));
		else if (status !== 'waiting')
			await claim(100);
		if (status === 'served' || status === 'missed')
			await good(set(row, { status }));
		return row;
	};
	for (const from of states)
		for (const to of states) {
			const row = await at(from);
			const rs = await set(row, { status: to });
			assert.equal(rs.status, from === to || allowed[from].includes(to) ? 200 : 409, `${from} ${to}: ${rs.text}`);
			await drain();
		}
	await refused(boss.browser.post(AT, { member_id: await person(), status: 'called' }), 409, /cannot become called/);
	await refused(boss.browser.post(AT, { member_id: await person(), status: 'gone' }), 422, /status/);
	await refused(boss.browser.post(AT, { member_id: await person(), priority: 10 }), 422, /priority/);
	const row = await join();
	await refused(boss.browser.post(AT, { member_id: row.member_id }), 409, /./);
	await refused(boss.browser.post(`${AT}/claim`, { count: 101 }), 422, /1 to 100/);
	await refused(boss.browser.post(`${AT}/claim`, { count: 'all' }), 400, /whole number/);
	assert.equal((await boss.browser.get(`${AT}/1/position`)).status, 404);
	await drain();
});

test('a member joins and leaves, and sees only their own position', async () => {
	const other = await join();
	const mine = await good(guest.browser.post(AT, { note: 'by the door' }));
	assert.deepEqual([mine.status, mine.priority, mine.note], ['waiting', 0, 'by the door']);
	assert.equal(await position(mine, guest), 2);
	assert.deepEqual((await good(guest.browser.get(AT))).map(({ id }) => id), [mine.id]);
	assert.equal((await guest.browser.get(`${AT}/${other.id}/position`)).status, 404);
	await refused(set(mine, { priority: 9 }, guest), 422, NOT_ALLOWED);
	await refused(guest.browser.post(AT, { priority: 9 }), 422, NOT_ALLOWED);
	await refused(guest.browser.post(`${AT}/claim`, {}), 422, NOT_ALLOWED);
	await refused(set(mine, { status: 'called' }, guest), 409, /cannot become/);
	await refused(guest.browser.delete(`${AT}/${mine.id}`), 422, NOT_ALLOWED);
	assert.equal((await set(other, { status: 'cancelled' }, guest)).status, 404);
	await good(set(mine, { status: 'cancelled' }, guest));
	const again = await good(guest.browser.post(AT, {}));
	assert.equal(await position(again, guest), 2);
	await drain();
	await refused(set(again, { status: 'served' }, guest), 422, NOT_ALLOWED);
	assert.equal((await good(guest.browser.get(`${AT}/${again.id}`))).status, 'called');
	assert.equal((await stranger.browser.get(`${AT}/${again.id}/position`)).status, 404);
	assert.deepEqual(await claim(100, stranger), []);
});

test('a called member receives an email unless they muted it', async () => {
	const told = () => Number(sql(`SELECT count(*) FROM ops.mail WHERE recipient = '${guest.email}' AND template = 'queue-turn'`)[0][0]);
	const [{ id }] = await good(guest.browser.get('/api/user_profiles'));
	const n = told();
	for (const [queue, more] of [[true, 1], [false, 1], [true, 2]]) {
		await good(guest.browser.patch(`/api/user_notification_preferences/${id}`, { queue }));
		await good(guest.browser.post(AT, {}));
		await drain();
		assert.equal(told(), n + more);
	}
});

test('the expected waiting time follows from the last calls', async () => {
	const waits = async (who, row) => (await good(who.browser.get(`${AT}/${row.id}/position`))).estimated_wait_seconds;
	const there = async () => good(stranger.browser.post(AT, { member_id: (await good(stranger.browser.post('/api/user_profiles', {}))).id }));
	const first = await there(), second = await there(), third = await there(), fourth = await there();
	assert.equal(await waits(stranger, third), null, 'nobody was called yet');
	await claim(2, stranger);
	sql(`UPDATE membership.membership_queue SET called_at = now() - interval '20 minutes' WHERE id = ${first.id};
		UPDATE membership.membership_queue SET called_at = now() - interval '10 minutes' WHERE id = ${second.id}`);
	const [near, far] = [await waits(stranger, third), await waits(stranger, fourth)];
	assert.ok(near >= 600 && near < 660 && Math.abs(far - 2 * near) <= 2, `${near} ${far}`);
	const list = await good(stranger.browser.get(`${AT}${query({ filter: { status: 'waiting' } })}`));
	assert.equal(list.length, 2);
});
