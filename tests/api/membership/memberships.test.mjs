// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Memberships: periods without overlap, statuses, renewals, cancellations and history.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { query } from '../../lib/api.mjs';
import { NOT_ALLOWED, good, refused } from '../lib/answers.mjs';
import { member, owner } from '../lib/people.mjs';

let boss, guest, viewer;
const profiles = {};

const AT = '/api/user_memberships';
const day = (days) => new Date(Date.now() + days * 86400000).toISOString().slice(0, 10);
// Creates a profile, so that each test has a separate member.
const person = async () => (await good(boss.browser.post('/api/user_profiles', { last_name: 'Person' }))).id;
const give = (member_id, starts_on, ends_on, more) => boss.browser.post(AT, { member_id, tier: 'gold', starts_on, ends_on, ...more });

before(async () => {
	boss = await owner('memberships');
	await good(boss.browser.put('/api/modules/membership', { enabled: true }));
	guest = await member(boss, 'portal');
	viewer = await member(boss, 'viewer');
	for (const who of [boss, guest])
		[profiles[who.id]] = await good(boss.browser.get(`/api/user_profiles${query({ filter: { user_id: who.id } })}`));
});

test('a member\'s periods do not overlap', async () => {
	const id = await person();
	const first = await good(give(id, '2026-01-01', '2026-12-31'));
	assert.deepEqual([first.status, first.renews, first.fee], ['active', false, null]);
	for (const [from, to] of [['2026-12-31', null], ['2025-01-01', '2026-01-01'], ['2026-05-01', '2026-05-02'], ['2020-01-01', null]]) {
		const said = await refused(give(id, from, to), 409, /overlaps the membership/);
		assert.equal(said.existing?.id ?? said.detail.match(/\d+/)[0] * 1, first.id, JSON.stringify(said));
	}
	const next = await good(give(id, '2027-01-01', null, { fee: 12500, currency: 'EUR' }));
	await refused(boss.browser.patch(`${AT}/${first.id}`, { ends_on: '2027-01-01' }), 409, /overlaps/);
	await refused(boss.browser.patch(`${AT}/${next.id}`, { starts_on: '2026-12-31' }), 409, /overlaps/);
	await good(give(await person(), '2026-05-01', null));
	// Of several concurrent requests, one succeeds.
	const racer = await person();
	const all = await Promise.all(Array.from({ length: 8 }, () => give(racer, '2026-01-01', null)));
	assert.deepEqual(all.map((rs) => rs.status).sort(), [201, ...Array(7).fill(409)]);
});

test('each status permits only certain changes', async () => {
	const allowed = { pending: ['active', 'cancelled'], active: ['suspended', 'cancelled'], suspended: ['active', 'cancelled'], cancelled: [] };
	for (const from of Object.keys(allowed))
		for (const to of Object.keys(allowed)) {
			const row = await good(give(await person(), day(-10), day(10), { status: from }));
			const rs = await boss.browser.patch(`${AT}/${row.id}`, { status: to });
			assert.equal(rs.status, to === from || allowed[from].includes(to) ? 200 : 409, `${from} ${to}: ${rs.text}`);
			for (const [who, status] of [[guest, 422], [viewer, 422]]) {
				const answer = await who.browser.patch(`${AT}/${row.id}`, { status: to });
				assert.equal(answer.status, status, `${from} ${to}: ${answer.text}`);
			}
		}
	await refused(give(await person(), day(0), null, { status: 'gone' }), 422, /status/);
});

test('a cancellation ends the period today or on a later day', async () => {
	const id = await person();
	const row = await good(give(id, day(-10), day(10), { renews: true }));
	await refused(boss.browser.post(`${AT}/${row.id}/cancel`, { on: day(-1) }), 422, /past/);
	await refused(boss.browser.post(`${AT}/${row.id}/cancel`, { on: 'soon' }), 400, /on|date/);
	const ended = await good(boss.browser.post(`${AT}/${row.id}/cancel`, { on: day(3), reason: 'moves' }));
	assert.deepEqual([ended.status, ended.ends_on, ended.cancelled_on, ended.cancel_reason, ended.renews],
		['cancelled', day(3), day(3), 'moves', false]);
	await refused(boss.browser.post(`${AT}/${row.id}/cancel`, {}), 409, /already canceled/);
	await refused(boss.browser.patch(`${AT}/${row.id}`, { ends_on: day(100) }), 409, /was canceled/);
	await refused(give(id, day(3), null), 409, /overlaps/);
	const next = await good(give(id, day(4), null));
	// A membership that is cancelled before its start never existed.
	await good(boss.browser.post(`${AT}/${next.id}/cancel`, {}));
	await good(give(id, day(4), null));
	assert.equal((await boss.browser.post(`${AT}/1/cancel`, {})).status, 404);
	const once = await good(give(await person(), day(-1), null));
	const all = await Promise.all(Array.from({ length: 12 }, () => boss.browser.post(`${AT}/${once.id}/cancel`, {})));
	assert.deepEqual(all.map(({ status }) => status).sort(), [200, ...Array(11).fill(409)]);
	// An application that was never accepted was never a membership either.
	const applied = await good(give(id, day(-100), day(-50), { status: 'pending' }));
	const left = await good(boss.browser.post(`${AT}/${applied.id}/cancel`, {}));
	assert.deepEqual([left.cancelled_on, left.ends_on], [day(-101), day(-50)]);
});

test('a renewal adds the next period', async () => {
	const id = await person();
	const year = await good(give(id, '2026-02-01', '2027-01-31', { fee: 12500, currency: 'EUR', renews: true }));
	const second = await good(boss.browser.post(`${AT}/${year.id}/renew`, {}));
	assert.deepEqual([second.starts_on, second.ends_on, second.fee, second.renewed_from_id, second.tier, second.renews],
		['2027-02-01', '2028-01-31', 12500, year.id, 'gold', true]);
	await refused(boss.browser.post(`${AT}/${year.id}/renew`, {}), 409, /overlaps/);
	const third = await good(boss.browser.post(`${AT}/${second.id}/renew`, { ends_on: '2028-03-31' }));
	const fourth = await good(boss.browser.post(`${AT}/${third.id}/renew`, {}));
	assert.deepEqual([fourth.starts_on, fourth.ends_on], ['2028-04-01', '2028-05-31']);
	const week = await good(give(await person(), '2026-01-05', '2026-01-11'));
	assert.equal((await good(boss.browser.post(`${AT}/${week.id}/renew`, {}))).ends_on, '2026-01-18');
	const open = await good(give(await person(), '2026-01-05', null));
	await refused(boss.browser.post(`${AT}/${open.id}/renew`, {}), 409, /no end/);
	// Two concurrent requests with the same key have one effect.
	const [one, two] = await Promise.all([1, 2].map(() => boss.browser.post(`${AT}/${fourth.id}/renew`, {})));
	assert.deepEqual([one.status, two.status].sort(), [200, 409]);
	const gone = await good(give(await person(), day(-9), day(9)));
	await good(boss.browser.post(`${AT}/${gone.id}/cancel`, {}));
	await refused(boss.browser.post(`${AT}/${gone.id}/renew`, {}), 409, /canceled/);
});

test('a portal user can read their own memberships, but change none', async () => {
	const mine = await good(give(profiles[guest.id].id, '2026-01-01', '2026-12-31'));
	const foreign = await good(give(profiles[boss.id].id, '2026-01-01', '2026-12-31'));
	assert.deepEqual((await good(guest.browser.get(AT))).map(({ id }) => id), [mine.id]);
	assert.equal((await guest.browser.get(`${AT}/${foreign.id}`)).status, 404);
	for (const answer of [guest.browser.post(AT, { tier: 'gold', starts_on: '2030-01-01' }),
		guest.browser.patch(`${AT}/${mine.id}`, { tier: 'platinum' }), guest.browser.delete(`${AT}/${mine.id}`),
		guest.browser.post(`${AT}/${mine.id}/cancel`, {}), guest.browser.post(`${AT}/${mine.id}/renew`, {}),
		viewer.browser.post(`${AT}/${mine.id}/cancel`, {})])
		await refused(answer, 422, NOT_ALLOWED);
	await good(boss.browser.patch(`${AT}/${mine.id}`, { tier: 'platinum' }));
	const history = await good(guest.browser.get(`${AT}/${mine.id}/history`));
	assert.deepEqual(history.map(({ action, name }) => [action, name]), [['update', ''], ['insert', '']]);
	assert.deepEqual(history[0].changes.tier, { old: 'gold', new: 'platinum' });
	assert.equal((await guest.browser.get(`${AT}/${foreign.id}/history`)).status, 404);
});

test('fees have a currency', async () => {
	const id = await person();
	await refused(give(id, day(0), null, { fee: 1 }), 422, /./);
	await refused(give(id, day(0), null, { fee: -1, currency: 'EUR' }), 422, /fee/);
	await refused(give(id, day(0), null, { fee: 1.5, currency: 'EUR' }), 400, /fee|whole/);
	await refused(give(id, day(0), day(-1)), 422, /./);
});
