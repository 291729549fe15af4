// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// own stack: it runs tenantry-jobs for all organizations.
// Billing and payments: periods are billed once, each caller tries each status change of a payment, and card numbers
// are refused.
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { before, test } from 'node:test';
import { promisify } from 'node:util';
import { STACK } from '../../lib/api.mjs';
import { NOT_ALLOWED, add, good, list, refused } from '../lib/answers.mjs';
import { dump, sql, sqlFor } from '../lib/database.mjs';
import { member, owner } from '../lib/people.mjs';

const psql = promisify(execFile);
let boss, staff, guest, other, viewer, org;
const profiles = {};

const AT = '/api/user_payments';
const payment = (who = guest) => add(boss, 'user_payments', { member_id: profiles[who.id].id, amount: 100, currency: 'EUR' });
const day = (days) => new Date(Date.now() + days * 86400000).toISOString().slice(0, 10);
function bill() {
	sql("UPDATE ops.organization_turn SET due_at = now() WHERE task LIKE 'membership%'");
	return Number(sql('SELECT membership.run_tasks(500)')[0][0]);
}
const person = async () => (await add(boss, 'user_profiles', { last_name: 'Person' })).id;

before(async () => {
	boss = await owner('payments');
	org = boss.organization.id;
	await good(boss.browser.put('/api/modules/membership', { enabled: true }));
	staff = await member(boss, 'member');
	guest = await member(boss, 'portal');
	other = await member(boss, 'portal');
	viewer = await member(boss, 'viewer');
	for (const who of [boss, guest, other])
		[profiles[who.id]] = await list(boss, 'user_profiles', { user_id: who.id });
});

// The actions that lead to each status, and the status change of each action.
const PATHS = { pending: [], succeeded: ['succeed'], failed: ['fail'], cancelled: ['cancel'], refunded: ['succeed', 'refund'] };
const MOVES = { succeed: ['pending', 'succeeded'], fail: ['pending', 'failed'], cancel: ['pending', 'cancelled'],
	retry: ['failed', 'pending'], refund: ['succeeded', 'refunded'] };
const MAY = { boss: Object.keys(MOVES), staff: ['succeed', 'fail', 'cancel', 'retry'], guest: ['cancel', 'retry'], viewer: [], other: [] };

test('each caller can make only the permitted status changes of a payment', async () => {
	const callers = { boss, staff, guest, viewer, other };
	for (const [name, who] of Object.entries(callers))
		for (const from of Object.keys(PATHS))
			for (const [action, [needs, becomes]] of Object.entries(MOVES)) {
				const about = `${name}: ${action} while ${from}`;
				const { id } = await payment();
				for (const step of PATHS[from])
					await good(boss.browser.post(`${AT}/${id}/${step}`, {}));
				const rs = await who.browser.post(`${AT}/${id}/${action}`, { reason: 'because' });
				const expected = name === 'other' ? 404 : !MAY[name].includes(action) ? 422 : from === needs ? 200 : 409;
				assert.equal(rs.status, expected, `${about}: ${rs.text}`);
				const [row] = await list(boss, 'user_payments', { id });
				assert.equal(row.status, expected === 200 ? becomes : from, about);
				if (expected === 422)
					assert.match(rs.json.detail, NOT_ALLOWED, about);
			}
	// Each payment has one transaction for the received amount and one for the refund.
	const wrong = sqlFor(org, `SELECT p.id, p.status, count(t.id) FROM membership.user_payments p LEFT JOIN membership.ledger_transactions t
		ON t.org_id = p.org_id AND t.resource = 'user_payments' AND t.row_id = p.id WHERE p.org_id = '${org}' GROUP BY p.org_id, p.id
		HAVING count(t.id) <> CASE p.status WHEN 'succeeded' THEN 1 WHEN 'refunded' THEN 2 ELSE 0 END`);
	assert.deepEqual(wrong, []);
});

test('a role must name refunds to permit them', async () => {
	for (const [role, actions, status] of [['treasurer', ['read', 'update', 'refund'], 200], ['cashier', ['read', 'update'], 422]]) {
		await good(boss.browser.post('/api/auth/organization/create-role', { role, permission: { user_payments: actions } }));
		const who = await member(boss, role);
		const { id } = await payment();
		await good(who.browser.post(`${AT}/${id}/succeed`, {}));
		assert.equal((await who.browser.post(`${AT}/${id}/refund`, {})).status, status, role);
	}
	// The role is added to the "member" role, whose permissions include all actions.
	const who = await member(boss, 'member');
	await good(boss.browser.post('/api/auth/organization/update-member-role', { memberId: sql(`SELECT id FROM identity.organization_member
		WHERE organization_id = '${org}' AND user_id = '${who.id}'`)[0][0], role: ['member', 'treasurer'] }));
	const { id } = await payment();
	await good(who.browser.post(`${AT}/${id}/succeed`, {}));
	assert.equal((await good(who.browser.post(`${AT}/${id}/refund`, {}))).status, 'refunded');
});

test('a payment is refunded in parts until nothing is left', async () => {
	const due = await add(boss, 'user_billing_schedules', { member_id: profiles[guest.id].id, amount: 1000, currency: 'EUR' });
	const { id } = await add(boss, 'user_payments', { billing_schedule_id: due.id });
	const refund = (body, who = boss) => who.browser.post(`${AT}/${id}/refund`, body);
	await refused(refund({ amount: 1 }), 409, /while it is pending/);
	await good(boss.browser.post(`${AT}/${id}/succeed`, {}));
	for (const who of [staff, guest, viewer])
		await refused(refund({ amount: 1 }, who), 422, NOT_ALLOWED);
	assert.equal((await refund({ amount: 1 }, other)).status, 404);
	for (const [body, field, words, status = 422] of [[{ amount: 1001 }, 'amount', /from 1 to 1000/], [{ amount: 0 }, 'amount', /from 1 to 1000/],
		[{ amount: 0.5 }, 'amount', /whole number/, 400], [{ amount: 1, currency: 'CHF' }, 'currency', /must be EUR/]]) {
		const rs = await refund(body);
		assert.equal(rs.status, status, rs.text);
		assert.match(rs.json.errors[field], words);
	}
	const first = await good(refund({ amount: 300, currency: 'EUR', reason: 'too much' }));
	assert.deepEqual([first.status, first.refunded_amount, first.reason], ['succeeded', 300, 'too much']);
	assert.ok(first.refunded_at);
	// Of two concurrent refunds of 60 %, one succeeds.
	const both = await Promise.all([1, 2].map(() => refund({ amount: 600 })));
	assert.deepEqual(both.map(({ status }) => status).sort(), [200, 422]);
	assert.match(both.find(({ status }) => status === 422).json.errors.amount, /from 1 to 100,/);
	assert.equal((await list(guest, 'user_billing_schedules', { id: due.id }))[0].status, 'paid');
	// A dispute covers the remaining amount.
	await refused(boss.browser.post('/api/disputes', { payment_id: id, amount: 101, reason: 'fraud' }), 422, /amount/);
	const dispute = await add(boss, 'disputes', { payment_id: id, reason: 'fraud' });
	assert.equal(dispute.amount, 100);
	await refused(refund({ amount: 1 }), 409, /the payment is disputed/);
	await good(boss.browser.post(`/api/disputes/${dispute.id}/win`, {}));
	const last = await good(refund({}));
	assert.deepEqual([last.status, last.refunded_amount], ['refunded', 1000]);
	await refused(refund({ amount: 1 }), 409, /while it is refunded/);
	assert.equal((await list(guest, 'user_billing_schedules', { id: due.id }))[0].status, 'open');
	assert.deepEqual((await list(guest, 'user_payments', { id })).map((row) => row.refunded_amount), [1000]);
	assert.deepEqual(sqlFor(org, `SELECT t.key, e.amount FROM membership.ledger_transactions t JOIN membership.ledger_entries e
		ON e.org_id = t.org_id AND e.transaction_id = t.id AND e.amount > 0 WHERE t.org_id = '${org}' AND t.kind = 'refund' AND t.row_id = ${id} ORDER BY t.id`),
	[[`refund ${id}`, '300'], [`refund ${id} 2`, '600'], [`refund ${id} 3`, '100']]);
	assert.deepEqual(sql('SELECT * FROM membership.wrong_ledgers()'), []);
});

test('amounts are bounded, and sums out of range do not block other organizations', async () => {
	const most = 1000000000000, row = { member_id: profiles[guest.id].id, currency: 'EUR' };
	for (const [resource, body, field] of [['user_payments', { amount: most + 1 }, 'amount'],
		['user_billing_schedules', { amount: most + 1 }, 'amount'],
		['user_subscriptions', { amount: most + 1, plan: 'a', starts_on: day(0) }, 'amount'],
		['user_memberships', { fee: most + 1, tier: 'a', starts_on: day(9000) }, 'fee']]) {
		const rs = await boss.browser.post(`/api/${resource}`, { ...row, ...body });
		assert.equal(rs.status, 422, rs.text);
		assert.ok(rs.json.errors[field], rs.text);
	}
	await add(boss, 'user_payments', { ...row, amount: most });
});

test('the same rules apply in SQL, with the workers\' role', async () => {
	const { id } = await payment();
	const as = (who, role, grants, statement) => () => sqlFor(org, `SET ROLE tenantry_app; SET app.modules = '{membership}';
		SET app.user_id = '${who.id}'; SET app.role = '${role}'; SET app.grants = '${grants}'; ${statement}`);
	const to = (status) => `UPDATE membership.user_payments SET status = '${status}' WHERE id = ${id}`;
	assert.throws(as(guest, 'portal', '{}', to('succeeded')), NOT_ALLOWED);
	assert.throws(as(boss, 'owner', '*', to('refunded')), /cannot become refunded while it is pending/);
	assert.throws(as(boss, 'owner', '*', `UPDATE membership.user_payments SET amount = 1 WHERE id = ${id}`), /cannot be changed/);
	assert.throws(as(boss, 'owner', '*', `UPDATE membership.user_payments SET refunded_amount = 1 WHERE id = ${id}`), /cannot be changed/);
	assert.throws(as(boss, 'owner', '*', `SELECT FROM membership.payment_refunds`), /permission denied/);
	assert.throws(as(boss, 'owner', '*', `INSERT INTO membership.user_payments (member_id, amount, currency, status)
		VALUES (${profiles[guest.id].id}, 1, 'EUR', 'succeeded')`), /must be pending/);
	as(boss, 'owner', '*', to('succeeded'))();
	assert.throws(as(boss, 'owner', '*', to('refunded')), /user_payments_refunded_check/);
	assert.throws(as(staff, 'member', '*', to('refunded')), NOT_ALLOWED);
	assert.equal(sqlFor(org, `SELECT count(*) FROM membership.ledger_transactions WHERE org_id = '${org}' AND key = 'payment ${id}'`)[0][0], '1');
});

test('of sixteen concurrent requests, one succeeds', async () => {
	const { id } = await payment();
	const all = await Promise.all(Array.from({ length: 16 }, () => boss.browser.post(`${AT}/${id}/succeed`, {})));
	assert.deepEqual(all.map(({ status }) => status).sort(), [200, ...Array(15).fill(409)]);
	const waived = await add(boss, 'user_billing_schedules', { member_id: profiles[guest.id].id, amount: 700, currency: 'EUR' });
	const waivers = await Promise.all(Array.from({ length: 16 }, () => boss.browser.post(`/api/user_billing_schedules/${waived.id}/waive`, {})));
	assert.deepEqual(waivers.map(({ status }) => status).sort(), [200, ...Array(15).fill(409)]);
	const due = await add(boss, 'user_billing_schedules', { member_id: profiles[guest.id].id, amount: 700, currency: 'EUR' });
	const made = await Promise.all(Array.from({ length: 8 }, () => guest.browser.post(AT, { billing_schedule_id: due.id })));
	assert.deepEqual(made.map(({ status }) => status).sort(), [201, ...Array(7).fill(409)], 'an amount due has one payment');
});

test('a payment covers a whole amount due, whose status follows', async () => {
	const due = await add(boss, 'user_billing_schedules', { member_id: profiles[guest.id].id, amount: 700, currency: 'EUR' });
	const foreign = await add(boss, 'user_billing_schedules', { member_id: profiles[other.id].id, amount: 700, currency: 'EUR' });
	await refused(guest.browser.post(AT, { billing_schedule_id: due.id, amount: 699 }), 422, /amount/);
	const [one, none] = await Promise.all([foreign.id, 1].map((billing_schedule_id) => guest.browser.post(AT, { billing_schedule_id })));
	assert.deepEqual([one.status, one.json.detail, one.json.errors], [none.status, none.json.detail, none.json.errors]);
	assert.equal(one.status, 422, one.text);
	await refused(boss.browser.post(AT, { billing_schedule_id: due.id, member_id: profiles[other.id].id }), 422, /billing_schedule_id/);
	await refused(guest.browser.post(AT, { member_id: profiles[guest.id].id, currency: 'EUR' }), 422, /amount/);
	const paid = await add(guest, 'user_payments', { billing_schedule_id: due.id });
	assert.deepEqual([paid.amount, paid.currency, paid.member_id, paid.status], [700, 'EUR', profiles[guest.id].id, 'pending']);
	await refused(boss.browser.post(`/api/user_billing_schedules/${due.id}/waive`, {}), 409, /pending/);
	await good(boss.browser.post(`${AT}/${paid.id}/succeed`, {}));
	const status = async () => (await list(guest, 'user_billing_schedules', { id: due.id }))[0].status;
	assert.equal(await status(), 'paid');
	await refused(guest.browser.post(AT, { billing_schedule_id: due.id }), 409, /paid/);
	await refused(boss.browser.post(`/api/user_billing_schedules/${due.id}/waive`, {}), 409, /while it is paid/);
	await good(boss.browser.post(`${AT}/${paid.id}/refund`, {}));
	assert.equal(await status(), 'open');
	await refused(guest.browser.post(`/api/user_billing_schedules/${due.id}/waive`, {}), 422, NOT_ALLOWED);
	await good(boss.browser.post(`/api/user_billing_schedules/${due.id}/waive`, {}));
	await refused(boss.browser.post(`/api/user_billing_schedules/${due.id}/waive`, {}), 409, /while it is waived/);
	await refused(guest.browser.post('/api/user_billing_schedules', { amount: 1, currency: 'EUR' }), 422, NOT_ALLOWED);
	for (const resource of ['user_payments', 'user_billing_schedules'])
		assert.ok((await list(guest, resource)).every(({ member_id }) => member_id === profiles[guest.id].id));
});

test('a waived amount cannot be paid', async () => {
	const due = () => add(boss, 'user_billing_schedules', { member_id: profiles[guest.id].id, amount: 700, currency: 'EUR' });
	const waive = (who, { id }) => who.browser.post(`/api/user_billing_schedules/${id}/waive`, {});
	const failed = async ({ id }) => {
		const made = await add(guest, 'user_payments', { billing_schedule_id: id });
		await good(boss.browser.post(`${AT}/${made.id}/fail`, {}));
		return made;
	};
	// Neither a retried payment nor SQL can change a waived amount.
	const one = await due(), tried = await failed(one);
	await good(waive(boss, one));
	await refused(guest.browser.post(`${AT}/${tried.id}/retry`, {}), 409, /the amount is waived/);
	assert.throws(() => sqlFor(org, `SET ROLE tenantry_app; SET app.modules = '{membership}'; SET app.user_id = '${boss.id}'; SET app.role = 'owner';
		SET app.grants = '*'; UPDATE membership.user_payments SET status = 'pending' WHERE id = ${tried.id}`), /the amount is waived/);
	// A user who cannot see payments waives the amount.
	await good(boss.browser.post('/api/auth/organization/create-role', { role: 'biller', permission: { user_billing_schedules: ['read', 'update'],
		user_profiles: ['read'] } }));
	const biller = await member(boss, 'biller');
	const two = await due();
	await add(guest, 'user_payments', { billing_schedule_id: two.id });
	assert.deepEqual(await list(biller, 'user_payments'), []);
	await refused(waive(biller, two), 409, /pending/);
	// If a payment and a waiver are concurrent, one succeeds.
	for (let n = 0; n < 6; n++) {
		const both = await due(), earlier = n % 2 ? await failed(both) : null;
		const pay = () => (earlier ? guest.browser.post(`${AT}/${earlier.id}/retry`, {}) : guest.browser.post(AT, { billing_schedule_id: both.id }));
		const answers = await Promise.all(n % 3 ? [pay(), waive(boss, both)] : [waive(boss, both), pay()]);
		assert.deepEqual(answers.map(({ status }) => status < 300).sort(), [false, true], answers.map(({ text }) => text).join());
		assert.ok(answers.some(({ status }) => status === 409), answers.map(({ text }) => text).join());
	}
	// The transactions of this payment and this waiver are certain to overlap: the waiver waits for the payment.
	const last = await due();
	const paying = psql('psql', ['-XqAtc', `BEGIN; SET app.org_id = '${org}'; INSERT INTO membership.user_payments (member_id, billing_schedule_id)
		VALUES (${profiles[guest.id].id}, ${last.id}); SELECT pg_advisory_lock(4711), pg_sleep(1); COMMIT`]);
	while (sql('SELECT count(*) FROM pg_locks WHERE objid = 4711 AND granted')[0][0] === '0')
		;
	await refused(waive(boss, last), 409, /pending/);
	await paying;
});

test('a payment method belongs to a member', async () => {
	const mine = await add(guest, 'user_payment_methods', { kind: 'card', provider: 'bank', token: 'pm_mine', last4: '4242' });
	const theirs = await add(other, 'user_payment_methods', { kind: 'card', provider: 'bank', token: 'pm_theirs' });
	assert.deepEqual([mine.member_id, mine.is_default], [profiles[guest.id].id, true]);
	assert.deepEqual((await list(guest, 'user_payment_methods')).map(({ id }) => id), [mine.id]);
	assert.equal((await guest.browser.get(`/api/user_payment_methods/${theirs.id}`)).status, 404);
	const pay = (who, method, more) => who.browser.post(AT, { amount: 1, currency: 'EUR', payment_method_id: method, ...more });
	const [one, none] = await Promise.all([theirs.id, 1].map((id) => pay(guest, id)));
	assert.deepEqual([one.status, one.json.detail], [none.status, none.json.detail]);
	await refused(pay(boss, theirs.id, { member_id: profiles[guest.id].id }), 422, /payment_method_id/);
	const paid = await good(pay(guest, mine.id));
	await good(guest.browser.delete(`/api/user_payment_methods/${mine.id}`));
	assert.equal((await list(guest, 'user_payments', { id: paid.id }))[0].payment_method_id, null);
	for (const row of [{ token: 'x y' }, { last4: '42' }, { last4: '42424' }])
		await refused(guest.browser.post('/api/user_payment_methods', { kind: 'card', provider: 'bank', token: 'pm_a', ...row }), 422, /./);
});

test('periods are billed once', async () => {
	const id = await person();
	const start = new Date(Date.UTC(new Date().getUTCFullYear() - 1, 0, 31)).toISOString().slice(0, 10);
	const plan = (more) => add(boss, 'user_subscriptions', { member_id: id, plan: 'monthly', amount: 900, currency: 'EUR', starts_on: start, ...more });
	const ended = `${start.slice(0, 4)}-04-30`;
	const s = await plan({ ends_on: ended });
	const later = await plan({ starts_on: day(5) });
	const paused = await plan({ status: 'paused' });
	const fee = await add(boss, 'user_memberships', { member_id: id, tier: 'gold', starts_on: day(-5), ends_on: day(300), fee: 12000, currency: 'EUR' });
	const past = await add(boss, 'user_memberships', { member_id: await person(), tier: 'gold', starts_on: '2020-01-01', ends_on: '2020-12-31',
		fee: 12000, currency: 'EUR' });
	// Two processes bill concurrently, with a few rows in each batch.
	for (let n = 0; n < 5; n++)
		await Promise.all([1, 2].map(() => psql('psql', ['-XqAtc', 'SELECT membership.run_tasks(3)'])));
	assert.equal(bill(), 0);
	const of = (subscription_id) => list(boss, 'user_billing_schedules', { subscription_id });
	const y = start.slice(0, 4), feb = new Date(Date.UTC(Number(y), 2, 0)).toISOString().slice(0, 10);
	assert.deepEqual((await of(s.id)).map((row) => row.period_starts_on), [start, feb, `${y}-03-31`, `${y}-04-30`]);
	assert.deepEqual((await of(s.id)).map((row) => row.period_ends_on)[2], `${y}-04-29`);
	assert.deepEqual([await of(later.id), await of(paused.id)], [[], []]);
	assert.deepEqual((await list(boss, 'user_billing_schedules', { membership_id: fee.id })).map(({ amount, status }) => [amount, status]), [[12000, 'open']]);
	assert.deepEqual(await list(boss, 'user_billing_schedules', { membership_id: past.id }), [], 'those of the past were billed before');
	// After a subscription is resumed, the time of the pause is not billed.
	const resumed = await good(boss.browser.patch(`/api/user_subscriptions/${paused.id}`, { status: 'active' }));
	assert.ok(resumed.next_on >= day(0), resumed.next_on);
	await refused(boss.browser.patch(`/api/user_subscriptions/${s.id}`, { interval_months: 2 }), 409, /already billed/);
	await good(boss.browser.patch(`/api/user_subscriptions/${later.id}`, { status: 'cancelled' }));
	await refused(boss.browser.patch(`/api/user_subscriptions/${later.id}`, { status: 'active' }), 409, /canceled/);
	await refused(boss.browser.delete(`/api/user_subscriptions/${s.id}`), 409, /kept/);
	await refused(boss.browser.delete(`/api/user_memberships/${fee.id}`), 409, /kept/);
	await good(boss.browser.delete(`/api/user_subscriptions/${later.id}`));
	assert.deepEqual(sql('SELECT * FROM membership.wrong_ledgers()'), []);
});

test('the fee of a membership is billed regardless of its later status', async () => {
	const give = async (more) => add(boss, 'user_memberships', { member_id: await person(), tier: 'gold', starts_on: day(-5), fee: 100, currency: 'EUR', ...more });
	const cancel = ({ id }, on) => good(boss.browser.post(`/api/user_memberships/${id}/cancel`, { on }));
	const made = { end: await give({ ends_on: day(300) }), today: await give(), never: await give({ starts_on: day(3) }),
		pending: await give({ status: 'pending' }), day: await give({ starts_on: day(-3), ends_on: day(-3) }),
		past: await give({ starts_on: day(-9), ends_on: day(-8) }) };
	await cancel(made.end, day(200));
	for (const name of ['today', 'never', 'pending'])
		await cancel(made[name]);
	// A one-day membership that was added on that day while billing did not run.
	sqlFor(org, `UPDATE membership.user_memberships SET created_at = now() - interval '3 days' WHERE org_id = '${org}' AND id = ${made.day.id}`);
	while (bill() > 0)
		;
	const billed = [];
	for (const [name, { id }] of Object.entries(made))
		if ((await list(boss, 'user_billing_schedules', { membership_id: id })).length)
			billed.push(name);
	assert.deepEqual(billed, ['end', 'today', 'day']);
});

test('a row that cannot be billed does not block other rows', async () => {
	// A tier that is older than the check.
	const bad = await add(boss, 'user_memberships', { member_id: await person(), tier: 'gold', starts_on: day(-5), fee: 100, currency: 'EUR' });
	sqlFor(org, `ALTER TABLE membership.user_memberships DISABLE TRIGGER "a_card+";
		UPDATE membership.user_memberships SET tier = '5555 5555 5555 4444' WHERE org_id = '${org}' AND id = ${bad.id};
		ALTER TABLE membership.user_memberships ENABLE TRIGGER "a_card+"`);
	const s = await add(boss, 'user_subscriptions', { member_id: await person(), plan: 'a', amount: 900, currency: 'EUR', starts_on: day(0) });
	const fee = await add(boss, 'user_memberships', { member_id: await person(), tier: 'gold', starts_on: day(-4), fee: 100, currency: 'EUR' });
	assert.equal(bill(), 2);
	assert.equal((await list(boss, 'user_billing_schedules', { subscription_id: s.id })).length, 1);
	assert.equal((await list(boss, 'user_billing_schedules', { membership_id: fee.id })).length, 1);
	sqlFor(org, `DELETE FROM membership.user_memberships WHERE org_id = '${org}' AND id = ${bad.id}`);
});

test('tenantry-jobs bills periods that are due', async () => {
	const s = await add(boss, 'user_subscriptions', { member_id: await person(), plan: 'by a job', amount: 900, currency: 'EUR', starts_on: day(-1) });
	sql(`DELETE FROM ops.periodic_task WHERE name = 'modules'`);
	execFileSync(`${process.env.BUILD}/tenantry-jobs`, ['--once'], { stdio: 'ignore' });
	assert.equal((await list(boss, 'user_billing_schedules', { subscription_id: s.id })).length, 1);
});

// Card numbers with valid check digits that belong to nobody.
const CARDS = ['4929 1234 5678 9015', '4929-1234-5678-9015', '4929123456789015', 'my card is 4929.1234.5678.9015, thanks', '378282246310005',
	'４929123456789015', '12 4929 1234 5678 9015 12/29'];
const WORDS = ['4929123456789016', '2026-11-24T21:05:51.123456', '+33 1 23 45 67 89', 'pm_1Nx4242', '192.168.100.200'];

function everyFile(folder, found = []) {
	for (const name of readdirSync(folder)) {
		const path = join(folder, name);
		const stat = statSync(path, { throwIfNoEntry: false });
		if (stat?.isDirectory())
			everyFile(path, found);
		else if (stat?.isFile())
			found.push(path);
	}
	return found;
}

test('a card number is refused, and is in no log, table or export', async () => {
	const due = await add(boss, 'user_billing_schedules', { member_id: profiles[guest.id].id, amount: 5, currency: 'EUR' });
	const { id } = await payment();
	const method = await add(guest, 'user_payment_methods', { kind: 'card', provider: 'bank', token: 'pm_x' });
	const token = { kind: 'card', provider: 'bank', token: 'pm_y' };
	for (const card of CARDS)
		for (const [path, body, verb = 'post'] of [[AT, { amount: 1, currency: 'EUR', description: card }],
			['/api/user_payment_methods', { ...token, label: card }], ['/api/user_payment_methods', { ...token, token: card }],
			['/api/user_payment_methods', { ...token, brand: card }], ['/api/user_payment_methods', { ...token, last4: card }],
			[`/api/user_payment_methods/${method.id}`, { label: card }, 'patch'],
			['/api/user_billing_schedules', { amount: 1, currency: 'EUR', description: card }],
			['/api/user_subscriptions', { plan: card, amount: 1, currency: 'EUR', starts_on: day(0) }],
			['/api/user_memberships', { tier: card, starts_on: day(0) }],
			['/api/user_memberships/1/cancel', { reason: card }],
			[`/api/user_billing_schedules/${due.id}/waive`, { reason: card }], [`${AT}/${id}/fail`, { reason: card }]]) {
			const rs = await boss.browser[verb](path, body);
			assert.equal(rs.status, 422, `${path} ${rs.text}`);
			assert.match(rs.json.detail, /number of a payment card/);
			assert.doesNotMatch(rs.text.replace(/urn:tenantry:request:\w+/, ''), /1234/);
		}
	for (const [path, body] of [[AT, { amount: 1, currency: 'EUR', description: 4929123456789015 }], ['/api/user_payment_methods', { ...token, label: 4929123456789015 }]])
		assert.doesNotMatch(JSON.stringify({ ...await refused(boss.browser.post(path, body), 400, /must be text/), instance: '' }), /1234/);
	// A text that is too long is refused for its length, before it is searched for card numbers, which would take
	// minutes.
	await refused(boss.browser.post('/api/user_profiles', { bio: '3 '.repeat(200000) }), 422, /./);
	assert.throws(() => sqlFor(org, `INSERT INTO membership.user_payments (member_id, amount, currency, description)
		VALUES (${profiles[guest.id].id}, 1, 'EUR', repeat('3 ', 250000))`), /user_payments_description_check/);
	const batch = await boss.browser.post('/api/batch', { operations: [{ method: 'POST', resource: 'user_payments',
		data: { amount: 1, currency: 'EUR', description: CARDS[0] } }] });
	assert.equal(batch.status, 422, batch.text);
	for (const words of WORDS)
		await add(guest, 'user_payments', { amount: 1, currency: 'EUR', description: words });
	// The same check applies to SQL.
	for (const [words, found] of [...CARDS.map((card) => [card, 't']), ...WORDS.map((other) => [other, 'f'])])
		assert.equal(sql('SELECT membership.has_card_number($1)', words)[0][0], found, words);
	const exported = (await boss.browser.get('/api/user_payments/export')).text;
	assert.match(exported, /4929123456789016/);
	const planted = /4929[ .-]?1234[ .-]?5678[ .-]?9015/;
	assert.doesNotMatch(exported, planted);
	assert.doesNotMatch(dump(), planted);
	const files = [...everyFile(`${STACK}/log`), join(dirname(process.env.TEST_PGDATA), 'server.log')];
	assert.ok(files.length > 1, files.join(' '));
	for (const path of files)
		assert.doesNotMatch(readFileSync(path, 'latin1'), planted, path);
	// This test comes last, because the server logs the text of a failed statement. The workers' statements have
	// parameters instead.
	assert.throws(() => sqlFor(org, `UPDATE membership.user_payment_methods SET label = '${CARDS[0]}' WHERE id = ${method.id}`),
		/number of a payment card/);
});
