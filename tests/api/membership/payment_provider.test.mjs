// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_WORKERS=6 TENANTRY_ORGANIZATION_WORKERS=6
// The protocol with a payment provider: requests, responses and events, which may be lost, late, repeated or out of
// order. Each successful payment is posted once.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { long, sampled, until, workersLog } from '../../lib/api.mjs';
import { event, signature, stripe } from '../../lib/stripe.mjs';
import { add, good, list, refused } from '../lib/answers.mjs';
import { dump, sql, sqlFor } from '../lib/database.mjs';
import { startJobs } from '../lib/files.mjs';
import { send } from '../lib/http.mjs';
import { member, owner, tenantry } from '../lib/people.mjs';

const KEY = 'sk_test_51PlantedKeyOfTheTest', SECRET = 'whsec_PlantedSigningSecretOfTheTest';
const AT = '/api/user_payments';
let boss, staff, guest, other, stranger, org, server, jobs, events;
const profiles = {}, methods = {};

before(async () => {
	server = await stripe(KEY);
	boss = await owner('provider');
	org = boss.organization.id;
	stranger = await owner('provider-stranger');
	for (const who of [boss, stranger])
		await good(who.browser.put('/api/modules/membership', { enabled: true }));
	staff = await member(boss, 'member');
	guest = await member(boss, 'portal');
	other = await member(boss, 'portal');
	for (const who of [guest, other])
		[profiles[who.id]] = await list(boss, 'user_profiles', { user_id: who.id });
	jobs = startJobs({ TENANTRY_PAYMENT_URL: server.url });
});

after(async () => {
	await jobs.stop();
	await server.close();
});

const method = async (token = 'pm_card_visa', more = {}) => methods[token] ??= (await add(guest, 'user_payment_methods',
	{ kind: 'card', provider: 'stripe', token, ...more })).id;
const pay = async (token, more = {}) => add(guest, 'user_payments',
	{ amount: 1250, currency: 'EUR', payment_method_id: await method(token), ...more });
const payment = async ({ id }) => (await list(boss, 'user_payments', { id }))[0];
const becomes = async (row, status, asked = null) => {
	let now;
	await until(async () => (now = await payment(row)).status === status && now.asked === asked);
	return now;
};
const calls = (row) => server.calls.filter(({ body, path }) => new URLSearchParams(body).get('metadata[payment]') === String(row.id)
	|| row.provider_payment && (path.includes(row.provider_payment) || body.includes(row.provider_payment)));
const booked = ({ id }) => sqlFor(org, `SELECT kind FROM membership.ledger_transactions WHERE org_id = '${org}' AND resource = 'user_payments'
	AND row_id = ${id} ORDER BY id`).map(([kind]) => kind);
const tell = (body, { path = events, header = signature(SECRET, body) } = {}) =>
	send('POST', path, { body, headers: { 'stripe-signature': header, 'content-type': 'application/json; charset=utf-8' } });
// Makes calls due that no process is executing. With `killed`, this includes the calls of a killed process.
const hurry = (which = 'true', killed = false) => sqlFor('', `UPDATE ops.job SET due_at = now(), held_until = '-infinity'
	WHERE queue = 'payments' AND (held_until <= now() OR ${killed}) AND ${which}`);
// Waits until all calls that the provider must fail have been executed.
const allFail = (now) => until(() => server.fail.length === 0 || void now());
const intent = (row, more = {}) => ({ id: row.provider_payment ?? 'pi_0123456789abcdef', object: 'payment_intent', amount: row.amount, amount_received: row.amount,
	currency: row.currency.toLowerCase(), status: 'succeeded', metadata: { organization: org, payment: String(row.id) }, ...more });

test('an administrator sets up a provider, whose secrets are shown as dots', async () => {
	for (const who of [staff, guest])
		assert.ok([403, 422].includes((await who.browser.put('/api/payment_providers/stripe', { key: KEY, signing_secret: SECRET })).status));
	assert.equal((await boss.browser.put('/api/payment_providers/nobody', { key: KEY })).status, 404);
	await refused(boss.browser.put('/api/payment_providers/stripe', { key: KEY }), 422, /signing_secret/);
	await refused(boss.browser.put('/api/payment_providers/stripe', { key: 'a b' }), 422, /key/);
	const made = await good(boss.browser.put('/api/payment_providers/stripe', { key: KEY, signing_secret: SECRET }));
	assert.deepEqual([made.id, made.enabled, made.key, made.signing_secret], ['stripe', true, '••••••••', '••••••••']);
	events = made.events_path;
	assert.deepEqual(await good(boss.browser.get('/api/payment_providers')), [made]);
	assert.deepEqual(await good(stranger.browser.get('/api/payment_providers')), []);
	assert.equal((await stranger.browser.delete('/api/payment_providers/stripe')).status, 404);
});

test('a payment is charged once, and the amount due becomes paid', async () => {
	const due = await add(boss, 'user_billing_schedules', { member_id: profiles[guest.id].id, amount: 1999, currency: 'EUR', description: 'Fee & more' });
	const made = await add(guest, 'user_payments', { billing_schedule_id: due.id, payment_method_id: await method('pm_card_visa', { customer: 'cus_12345' }),
		description: 'Fee & more' });
	assert.deepEqual([made.status, made.provider, made.asked], ['pending', 'stripe', 'charge']);
	const row = await becomes(made, 'succeeded');
	const [call] = calls(row);
	assert.equal(call.path, '/v1/payment_intents');
	assert.deepEqual(Object.fromEntries(new URLSearchParams(call.body)), { amount: '1999', currency: 'eur', payment_method: 'pm_card_visa',
		customer: 'cus_12345', description: 'Fee & more', confirm: 'true', off_session: 'true', 'automatic_payment_methods[enabled]': 'true',
		'automatic_payment_methods[allow_redirects]': 'never', 'metadata[organization]': org, 'metadata[payment]': String(made.id) });
	assert.equal(server.intents.get(row.provider_payment).status, 'succeeded');
	assert.equal((await list(boss, 'user_billing_schedules', { id: due.id }))[0].status, 'paid');
	assert.deepEqual(booked(row), ['payment']);
	// The provider, not the staff, determines the status.
	await refused(staff.browser.post(`${AT}/${made.id}/fail`, {}), 409, /cannot become failed while it is succeeded/);
});

test('each event and each response counts once, in any order and concurrently', async () => {
	// The event arrives before the response to the call, twice and concurrently.
	let early;
	server.hook = async (pi) => {
		const body = event('payment_intent.succeeded', pi);
		early = await Promise.all([tell(body), tell(body), tell(event('payment_intent.succeeded', pi))]);
	};
	const first = await becomes(await pay(), 'succeeded');
	server.hook = null;
	assert.deepEqual(early.map(({ status }) => status), [200, 200, 200]);
	assert.equal(early.filter(({ json }) => json.effect === 'succeeded').length, 1, JSON.stringify(early.map(({ json }) => json)));
	assert.deepEqual(booked(first), ['payment']);
	// Late, repeated and contradicting events have no effect.
	const body = event('payment_intent.succeeded', intent(first));
	const said = [body, body, event('payment_intent.payment_failed', intent(first)), event('payment_intent.canceled', intent(first)),
		event('payment_intent.processing', intent(first))];
	for (const one of said)
		assert.equal((await tell(one)).status, 200);
	assert.equal((await payment(first)).status, 'succeeded');
	assert.deepEqual(booked(first), ['payment']);
	// A charge failed and then succeeded, and the event about the failure arrives last.
	server.hook = async () => { throw new Error('no answer'); };
	const second = await pay();
	await until(() => calls(second).length > 0);
	const tries = await Promise.all(['failed', 'succeeded', 'succeeded', 'failed'].map((outcome) => tell(event(outcome === 'failed'
		? 'payment_intent.payment_failed' : 'payment_intent.succeeded', intent(second, { id: [...server.intents.keys()].at(-1) })))));
	assert.deepEqual(tries.map(({ status }) => status), [200, 200, 200, 200]);
	server.hook = null;
	hurry();
	assert.equal((await becomes(second, 'succeeded')).provider_payment, [...server.intents.keys()].at(-1));
	assert.deepEqual(booked(second), ['payment']);
});

test('concurrent events about a payment without a known intent wait for each other, without a deadlock', async () => {
	const deadlocks = () => workersLog().match(/ db_deadlock /g)?.length ?? 0;
	const was = deadlocks();
	await jobs.stop();
	const row = await pay();
	// Events arrive while another transaction has locked the payment.
	const other = spawn('psql', ['-qX', '-v', 'ON_ERROR_STOP=1'], { stdio: ['pipe', 'ignore', 'inherit'] });
	const sessions = (what) => Number(sql(`SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND ${what}`)[0][0]);
	let all;
	try {
		other.stdin.write(`SET application_name = 'locks_payment'; SET app.org_id = '${org}'; BEGIN;
			SELECT FROM membership.user_payments WHERE id = ${row.id} FOR NO KEY UPDATE;\n`);
		await until(() => sessions(`application_name = 'locks_payment' AND state = 'idle in transaction' AND query LIKE '%FOR NO KEY%'`) === 1, 5000);
		const said = [1, 2].map(() => tell(event('payment_intent.succeeded', intent(row, { id: `pi_first${row.id}` }))));
		await until(() => sessions(`wait_event_type = 'Lock'`) === 2, 5000);
		other.stdin.write('COMMIT;\n');
		all = await Promise.all(said);
	} finally {
		other.stdin.end();
		sqlFor('', `DELETE FROM ops.job WHERE entry = ${row.id}`);
		jobs = startJobs({ TENANTRY_PAYMENT_URL: server.url });
	}
	assert.deepEqual(all.map(({ status }) => status), [200, 200]);
	assert.equal(all.filter(({ json }) => json.effect === 'succeeded').length, 1);
	assert.equal(deadlocks(), was);
	sqlFor(org, `UPDATE membership.user_payments SET asked = NULL WHERE id = ${row.id}`);
});

test('after a lost response, a killed process or a busy provider, the same key leads to one payment', async () => {
	server.lose = 1;
	const lost = await pay();
	await until(() => calls(lost).length === 1);
	const before = server.intents.size;
	await until(() => { hurry(); return calls(lost).length > 1; });
	await becomes(lost, 'succeeded');
	assert.equal(new Set(calls(lost).map(({ key }) => key)).size, 1);
	assert.equal(server.intents.size, before, 'a repetition made no other payment intent');
	assert.deepEqual(booked(lost), ['payment']);
	// The process is killed after the effect of a call, but before its response.
	let wake;
	const asleep = new Promise((done) => { wake = done; });
	server.hook = () => asleep;
	const killed = await pay();
	await until(() => calls(killed).length === 1);
	await jobs.kill();
	server.hook = null;
	wake();
	assert.equal((await payment(killed)).status, 'pending');
	hurry('true', true);
	jobs = startJobs({ TENANTRY_PAYMENT_URL: server.url });
	await becomes(killed, 'succeeded');
	assert.equal(new Set(calls(killed).map(({ key }) => key)).size, 1);
	assert.equal(calls(killed).length, 2);
	assert.deepEqual(booked(killed), ['payment']);
	// Calls are retried after the statuses 500, 429 and 409, and after a refused API key.
	server.fail = [500, 429, 409];
	const busy = await pay();
	await allFail(hurry);
	server.key = 'sk_test_another';
	hurry();
	await until(() => calls(busy).length > 3);
	assert.equal((await payment(busy)).status, 'pending');
	server.key = KEY;
	await until(async () => { hurry(); return (await payment(busy)).status === 'succeeded'; });
	assert.deepEqual(booked(busy), ['payment']);
});

test('a declined card fails the payment, and another attempt uses the same payment intent', async () => {
	const declined = await becomes(await pay('pm_card_chargeDeclined'), 'failed');
	assert.equal(declined.reason, 'generic_decline: Your card was declined.');
	assert.deepEqual(booked(declined), []);
	await good(guest.browser.post(`${AT}/${declined.id}/retry`, {}));
	await becomes(declined, 'failed');
	const made = calls(declined);
	assert.deepEqual(made.map(({ path }) => path), ['/v1/payment_intents', `/v1/payment_intents/${declined.provider_payment}/confirm`]);
	assert.notEqual(made[0].key, made[1].key);
	// With another card, the payment succeeds at the provider.
	assert.equal((await tell(event('payment_intent.succeeded', intent(declined)))).json.effect, 'succeeded');
	assert.deepEqual(booked(declined), ['payment']);
});

test('cancellations and refunds are requested from the provider', async () => {
	await refused(guest.browser.post(`${AT}/${(await pay()).id}/refund`, {}));
	const waits = await becomes(await pay('pm_bank_processing'), 'pending');
	for (const action of ['succeed', 'fail'])
		await refused(staff.browser.post(`${AT}/${waits.id}/${action}`, {}), 409, /the payment provider determines/);
	assert.equal((await good(guest.browser.post(`${AT}/${waits.id}/cancel`, {}))).asked, 'cancel');
	await becomes(waits, 'cancelled');
	assert.equal(server.intents.get(waits.provider_payment).status, 'canceled');
	// The money was received despite the cancellation.
	assert.equal((await tell(event('payment_intent.succeeded', intent(waits)))).json.effect, 'succeeded');
	const paid = await becomes(await pay(), 'succeeded');
	const asked = await Promise.all([1, 2, 3].map(() => boss.browser.post(`${AT}/${paid.id}/refund`, { reason: 'by mistake' })));
	assert.deepEqual(asked.map(({ status }) => status).sort(), [200, 409, 409]);
	await becomes(paid, 'refunded');
	for (const one of [1, 2])
		await tell(event('charge.refunded', server.charge(server.intents.get(paid.provider_payment)), { id: `evt_whole${one}` }));
	assert.deepEqual(booked(paid), ['payment', 'refund']);
	// A charge that has not begun is withdrawn.
	await jobs.stop();
	const early = await pay();
	assert.equal((await good(guest.browser.post(`${AT}/${early.id}/cancel`, {}))).status, 'cancelled');
	jobs = startJobs({ TENANTRY_PAYMENT_URL: server.url });
	await becomes(await pay(), 'succeeded');
	assert.deepEqual(calls(early), []);
});

const refund = (row, body, who = boss) => who.browser.post(`${AT}/${row.id}/refund`, body);
const sums = ({ id }) => sqlFor(org, `SELECT t.kind, sum(e.amount) FROM membership.ledger_transactions t JOIN membership.ledger_entries e
	ON e.org_id = t.org_id AND e.transaction_id = t.id AND e.amount > 0 WHERE t.org_id = '${org}' AND t.resource = 'user_payments' AND t.row_id = ${id}
	GROUP BY t.id, t.kind ORDER BY t.id`).map(([kind, amount]) => `${kind} ${amount}`);
const alerts = ({ id }) => list(boss, 'admin_alerts', { resource: 'user_payments', row_id: id });

test('a payment is refunded in parts, each of which is requested and posted once', async () => {
	const row = await becomes(await pay(), 'succeeded');
	const first = await good(refund(row, { amount: 500, currency: 'EUR', reason: 'a part' }));
	assert.deepEqual([first.status, first.asked, first.refunded_amount], ['succeeded', 'refund', 0]);
	await refused(refund(row, { amount: 1 }), 409, /has not responded/);
	const part = await becomes(row, 'succeeded');
	assert.deepEqual([part.refunded_amount, part.reason], [500, 'a part']);
	assert.ok(part.refunded_at);
	const whole = await refund(row, { amount: 751 });
	assert.equal(whole.status, 422, whole.text);
	assert.match(whole.json.errors.amount, /from 1 to 750/);
	for (const [body, field] of [[{ amount: 0 }, 'amount'], [{ amount: -1 }, 'amount'], [{ amount: 1, currency: 'USD' }, 'currency']]) {
		const rs = await refund(row, body);
		assert.equal(rs.status, 422, rs.text);
		assert.ok(rs.json.errors[field], rs.text);
	}
	// After a lost response, the call is retried with the same key, and there is one refund.
	server.lose = 1;
	await good(refund(row, { amount: 250 }));
	await until(async () => { hurry(); return (await payment(row)).asked === null; });
	await good(refund(row, {}));
	assert.equal((await becomes(row, 'refunded')).refunded_amount, 1250);
	await refused(refund(row, { amount: 1 }), 409, /while it is refunded/);
	const asked = calls(row).filter(({ path }) => path === '/v1/refunds').map(({ body, key }) => [new URLSearchParams(body).get('amount'), key]);
	assert.deepEqual(asked.map(([amount]) => amount), ['500', '250', '250', '500']);
	assert.equal(new Set(asked.map(([, key]) => key)).size, 3);
	assert.deepEqual([...server.refunds.values()].filter((one) => one.payment_intent === row.provider_payment).map(({ amount }) => amount), [500, 250, 500]);
	// The events about the refunds arrive late, and twice.
	for (const turn of [1, 2])
		for (const one of [...server.refunds.values()].filter((each) => each.payment_intent === row.provider_payment)) {
			const rs = await tell(event('refund.created', one, { id: `evt_${one.id}` }));
			assert.match(rs.json.effect, /^none/, `${turn} ${rs.text}`);
		}
	assert.deepEqual(sums(row), ['payment 1250', 'refund 500', 'refund 250', 'refund 500']);
	assert.equal((await payment(row)).refunded_amount, 1250);
});

test('the event about a refund may arrive before the response', async () => {
	const row = await becomes(await pay(), 'succeeded');
	let early;
	server.hook = async (pi) => {
		const [made] = [...server.refunds.values()].filter((one) => one.payment_intent === pi.id);
		early = await Promise.all([tell(event('refund.created', made)), tell(event('charge.refunded', server.charge(pi))), tell(event('refund.updated', made))]);
	};
	await good(refund(row, { amount: 400 }));
	assert.equal((await becomes(row, 'succeeded')).refunded_amount, 400);
	server.hook = null;
	assert.equal(early.filter(({ json }) => json.effect === 'refunded in part').length, 1, JSON.stringify(early.map(({ json }) => json)));
	assert.deepEqual(sums(row), ['payment 1250', 'refund 400']);
});

test('a refund that fails later is reverted, and raises an alert', async () => {
	const due = await add(boss, 'user_billing_schedules', { member_id: profiles[guest.id].id, amount: 900, currency: 'EUR' });
	const row = await becomes(await add(guest, 'user_payments', { billing_schedule_id: due.id, payment_method_id: await method() }), 'succeeded');
	const dueStatus = async () => (await list(boss, 'user_billing_schedules', { id: due.id }))[0].status;
	const pi = server.intents.get(row.provider_payment);
	server.refunding = 'pending';
	await good(refund(row, { amount: 300 }));
	assert.equal((await becomes(row, 'succeeded')).refunded_amount, 300);
	assert.equal(await dueStatus(), 'paid');
	await good(refund(row, {}));
	assert.equal((await becomes(row, 'refunded')).refunded_amount, 900);
	assert.equal(await dueStatus(), 'open');
	const [first, second] = [...server.refunds.values()].filter((one) => one.payment_intent === pi.id);
	await tell(event('charge.refunded', server.charge(pi)));
	Object.assign(second, { status: 'failed', failure_reason: 'lost_or_stolen_card' });
	const failed = event('refund.failed', second);
	assert.equal((await tell(failed)).json.effect, 'refund failed');
	for (const body of [failed, event('refund.updated', second), event('charge.refund.updated', second), event('refund.created', { ...second, status: 'pending' })])
		assert.match((await tell(body)).json.effect, /^none/);
	const now = await payment(row);
	assert.deepEqual([now.status, now.refunded_amount, now.reason], ['succeeded', 300, 'a refund has failed: lost_or_stolen_card']);
	assert.equal(await dueStatus(), 'paid');
	assert.deepEqual((await alerts(row)).map(({ title, severity }) => [title, severity]), [['refund failed: 600 EUR, lost_or_stolen_card', 'high']]);
	assert.deepEqual((await list(guest, 'user_payments', { id: row.id })).map((one) => one.refunded_amount), [300]);
	assert.equal((await guest.browser.get('/api/admin_alerts')).json?.length ?? 0, 0, 'members see no alerts');
	assert.deepEqual(sums(row), ['payment 900', 'refund 300', 'refund 600', 'refund_failed 600']);
	// Another refund of the same amount is a separate refund.
	server.refunding = 'succeeded';
	await good(refund(row, { amount: 600 }));
	await becomes(row, 'refunded');
	await tell(event('charge.refunded', server.charge(pi)));
	const [third] = [...server.refunds.values()].filter((one) => one.payment_intent === pi.id).slice(2);
	assert.deepEqual(sqlFor(org, `SELECT provider_refund, amount, status FROM membership.payment_refunds WHERE payment_id = ${row.id} ORDER BY id`),
		[[first.id, '300', 'refunded'], [second.id, '600', 'failed'], [third.id, '600', 'refunded']]);
	assert.deepEqual(sums(row), ['payment 900', 'refund 300', 'refund 600', 'refund_failed 600', 'refund 600']);
	// The provider refuses immediately.
	const other = await becomes(await pay(), 'succeeded');
	server.refunding = 'failed';
	await good(refund(other, { amount: 100 }));
	await until(async () => (await payment(other)).asked === null);
	assert.deepEqual([(await payment(other)).refunded_amount, (await payment(other)).reason], [0, 'expired_or_canceled_card']);
	server.refunding = 'succeeded';
	// A refund exceeds the remaining amount, because there was a refund in the provider's dashboard.
	server.refund(server.intents.get(other.provider_payment), 1000);
	await good(refund(other, { amount: 300 }));
	await until(async () => (await payment(other)).asked === null);
	assert.match((await payment(other)).reason, /greater than unrefunded amount/);
	assert.deepEqual(sums(other), ['payment 1250']);
	assert.equal((await tell(event('charge.refunded', server.charge(server.intents.get(other.provider_payment))))).json.effect, 'refunded in part');
	assert.equal((await payment(other)).refunded_amount, 1000);
	assert.match((await refund(other, { amount: 251 })).json.errors.amount, /from 1 to 250/);
});

test('events about a different payment intent with the metadata of a payment do not affect the payment', async () => {
	const row = await becomes(await pay(), 'succeeded');
	const own = server.intents.get(row.provider_payment), other = { ...own, id: 'pi_another000000000000000' };
	const said = (pi) => [event('refund.created', { id: `re_of_${pi.id}`, object: 'refund', amount: 300, currency: 'eur', created: Math.floor(Date.now() / 1000),
		payment_intent: pi.id, status: 'succeeded', metadata: pi.metadata }),
	event('charge.refunded', { ...server.charge(pi), amount_refunded: 300 }),
	event('charge.dispute.created', { id: `dp_of_${pi.id}`, object: 'dispute', payment_intent: pi.id, amount: 200, currency: 'eur', reason: 'fraudulent',
		status: 'needs_response', evidence_details: { due_by: 4070908800 }, metadata: pi.metadata })];
	for (const body of [...said(other), event('charge.refunded', { ...server.charge(own), amount_refunded: 300, payment_intent: null })]) {
		const rs = await tell(body);
		assert.deepEqual([rs.status, rs.json.effect], [200, 'none: another payment'], body);
	}
	const now = await payment(row);
	assert.deepEqual([now.status, now.refunded_amount], ['succeeded', 0]);
	assert.deepEqual(await list(boss, 'disputes', { payment_id: row.id }), []);
	assert.deepEqual(sums(row), ['payment 1250']);
	assert.deepEqual(sqlFor(org, `SELECT id FROM membership.payment_refunds WHERE payment_id = ${row.id}`), []);
	for (const body of said(own))
		assert.equal((await tell(body)).status, 200);
	assert.equal((await payment(row)).refunded_amount, 300);
	assert.equal((await list(boss, 'disputes', { payment_id: row.id })).length, 1);
});

const LATER = /the result of an earlier refund is not known/;

// Creates a refund of 300 that gets no response for a day. With `made`, the provider has made the refund, and only the
// response was lost.
async function unanswered(made) {
	const row = await becomes(await pay(), 'succeeded');
	if (made)
		server.hook = () => { server.hook = null; server.lose = 1; server.fail = Array(100).fill(503); };
	else
		server.fail = Array(100).fill(503);
	await good(refund(row, { amount: 300 }));
	await until(() => calls(row).some(({ path }) => path === '/v1/refunds'));
	await until(async () => {
		sqlFor('', `UPDATE ops.job SET began_at = now() - interval '1 day' WHERE queue = 'payments' AND entry = ${row.id}`);
		hurry(`entry = ${row.id}`);
		return (await payment(row)).asked === null;
	});
	server.fail = [];
	for (const body of [{ amount: 300 }, { amount: 1 }, {}])
		await refused(refund(row, body), 409, LATER);
	assert.deepEqual((await alerts(row)).map(({ title, severity }) => [title, severity]), [['refund without an answer: 300 EUR', 'high']]);
	assert.deepEqual(sums(row), ['payment 1250']);
	return [row, server.intents.get(row.provider_payment), [...server.refunds.values()].find((one) => one.payment_intent === row.provider_payment)];
}

test('a refund without a response is not requested again, and events determine its result', async () => {
	const again = async (row, sum) => {
		await good(refund(row, { amount: 300 }));
		assert.equal((await becomes(row, 'succeeded')).refunded_amount, sum);
	};
	{	// An event about the refund itself arrives.
		const [row, , one] = await unanswered(true);
		assert.equal((await tell(event('refund.created', one))).json.effect, 'refunded in part');
		await again(row, 600);
		assert.deepEqual(sums(row), ['payment 1250', 'refund 300', 'refund 300']);
	}
	{	// An event with the sum arrives, and then an event about the refund itself.
		const [row, pi, one] = await unanswered(true);
		assert.equal((await tell(event('charge.refunded', server.charge(pi)))).json.effect, 'refunded in part');
		assert.match((await tell(event('refund.created', one))).json.effect, /^none/);
		await again(row, 600);
		assert.deepEqual(sums(row), ['payment 1250', 'refund 300', 'refund 300']);
	}
	{	// The refund has failed.
		const [row, , one] = await unanswered(true);
		Object.assign(one, { status: 'failed', failure_reason: 'lost_or_stolen_card' });
		assert.match((await tell(event('refund.failed', one))).json.effect, /^none/);
		await again(row, 300);
		assert.deepEqual(sums(row), ['payment 1250', 'refund 300']);
	}
	// The refund was not made, and a different refund does not prove that it was made. The staff then makes the
	// refund in the dashboard.
	for (const kind of ['refund.created', 'charge.refunded']) {
		const [row, pi, none] = await unanswered(false);
		assert.equal(none, undefined);
		const dashboard = (amount) => {
			const one = server.refund(pi, amount);
			return tell(event(kind, kind === 'refund.created' ? one : server.charge(pi)));
		};
		assert.equal((await dashboard(100)).json.effect, 'refunded in part');
		await refused(refund(row, { amount: 300 }), 409, LATER);
		assert.equal((await dashboard(300)).json.effect, 'refunded in part');
		assert.equal((await payment(row)).refunded_amount, 400);
		await again(row, kind === 'refund.created' ? 700 : 600);	// a refund that only a sum includes remains unknown until the next sum
		await tell(event('charge.refunded', server.charge(pi)));
		for (const one of [...server.refunds.values()].filter((each) => each.payment_intent === pi.id))
			await tell(event('refund.updated', one));
		assert.equal((await payment(row)).refunded_amount, 700);
		assert.deepEqual(sums(row), ['payment 1250', 'refund 100', 'refund 300', ...kind === 'refund.created' ? ['refund 300'] : ['refund 200', 'refund 100']]);
	}
});

const lookups = (row) => {
	const ids = sqlFor(org, `SELECT id FROM membership.payment_refunds WHERE payment_id = ${row.id}`).flat();
	const which = `queue = 'payments' AND payload->>'kind' = 'find_refund' AND entry IN (${ids})`;
	return { waiting: () => sqlFor('', `SELECT 'waiting', attempts, due_at > now() + interval '50 minutes' FROM ops.job WHERE ${which}`),
		hurry: (killed = false) => hurry(which, killed),
		pages: () => server.lists.filter(({ path }) => path.includes(row.provider_payment)).map(({ path }) => new URLSearchParams(path.split('?')[1])) };
};
const found = async (row) => {
	const { hurry: now, waiting } = lookups(row);
	await until(() => { now(); return waiting().length === 0; });
};
const refunds = ({ id }) => sqlFor(org, `SELECT amount, status, provider_refund FROM membership.payment_refunds WHERE payment_id = ${id} ORDER BY id`);

test('a refund without a response is looked up, and posted once if it was made', async () => {
	const [row, pi, one] = await unanswered(true);
	const { waiting, pages } = lookups(row);
	assert.deepEqual(waiting(), [['waiting', '0', 't']], 'an hour later, when no request can arrive any more');
	await found(row);
	assert.deepEqual(pages().map((p) => Object.fromEntries(p)), [{ payment_intent: pi.id, limit: '100' }]);
	assert.equal(server.lists.at(-1).key, undefined);
	assert.deepEqual(refunds(row), [['300', 'refunded', one.id]]);
	assert.deepEqual((await alerts(row)).map(({ status, reason }) => [status, reason]), [['resolved', 'the provider says that it is refunded']]);
	assert.equal((await payment(row)).refunded_amount, 300);
	// Late events about the refund change nothing, and new refunds are possible again.
	for (const body of [event('refund.created', one), event('charge.refunded', server.charge(pi))])
		assert.match((await tell(body)).json.effect, /^none/);
	await good(refund(row, { amount: 300 }));
	assert.equal((await becomes(row, 'succeeded')).refunded_amount, 600);
	assert.deepEqual(sums(row), ['payment 1250', 'refund 300', 'refund 300']);
});

test('a refund that a lookup shows was not made is refused, and can be made again', async () => {
	const [row, pi] = await unanswered(false);
	// Refunds in the provider's dashboard are posted even without an event. A different amount is a different refund.
	const theirs = [100, 50, 25].map((amount) => server.refund(pi, amount));
	server.page = 2;
	await found(row);
	server.page = 100;
	assert.deepEqual(lookups(row).pages().map((p) => p.get('starting_after')), [null, theirs[1].id], 'each page once');
	assert.deepEqual(refunds(row), [['300', 'refused', ''], ['25', 'refunded', theirs[2].id], ['50', 'refunded', theirs[1].id], ['100', 'refunded', theirs[0].id]]);
	const now = await payment(row);
	assert.deepEqual([now.status, now.refunded_amount, now.reason], ['succeeded', 175, 'the provider has not made the refund of 300 EUR']);
	await good(refund(row, { amount: 300 }));
	assert.equal((await becomes(row, 'succeeded')).refunded_amount, 475);
	assert.equal(sums(row).filter((line) => line === 'refund 300').length, 1);
	// The provider first reports a wrong result, and the correct result is accepted when it arrives.
	const late = server.refund(pi, 300, { metadata: { refund: sqlFor(org, `SELECT id FROM membership.payment_refunds WHERE payment_id = ${row.id} AND status = 'refused'`)[0][0] } });
	assert.equal((await tell(event('refund.created', late))).json.effect, 'refunded in part');
	assert.equal((await payment(row)).refunded_amount, 775);
});

test('a lookup does not mistake an older refund of the same amount for the missing refund', async () => {
	const [row, pi] = await unanswered(false);
	const old = server.refund(pi, 300, { created: Math.floor(Date.now() / 1000) - 7 * 86400 });
	await found(row);
	assert.deepEqual(refunds(row), [['300', 'refused', ''], ['300', 'refunded', old.id]]);
	assert.equal((await payment(row)).refunded_amount, 300);
	assert.deepEqual((await alerts(row)).map(({ status, reason }) => [status, reason]), [['resolved', 'the provider has not made it']]);
});

test('a refund is looked up until the provider returns the list of the payment\'s refunds', async () => {
	const [row] = await unanswered(false);
	const { hurry: now, pages, waiting } = lookups(row);
	// The lookup fails for longer than a provider keeps keys. It is still retried, because lookups have no effect.
	server.fail = [500, 503, 429, 401];
	await allFail(now);
	sqlFor('', `UPDATE ops.job SET began_at = now() - interval '3 days' WHERE payload->>'kind' = 'find_refund'`);
	server.fail = [500];
	await allFail(now);
	await refused(refund(row, { amount: 1 }), 409, LATER);
	assert.deepEqual(waiting().map(([status]) => status), ['waiting']);
	// A response that is not a list of this payment's refunds has no effect.
	const list = server.list;
	for (const wrong of [{ object: 'refund' }, { data: null }, { has_more: 'no' }, { has_more: true }, { data: [{ id: 're_1', payment_intent: 'pi_other' }] }, { data: [{}] },
		{ data: [{ id: 're_1', payment_intent: row.provider_payment, currency: 'eur' }] }]) {
		const n = pages().length;
		server.list = (made) => ({ ...made, ...wrong });
		await until(() => { now(); return pages().length > n + 1; });
		assert.deepEqual(refunds(row), [['300', 'uncertain', '']], JSON.stringify(wrong));
	}
	server.list = list;
	await found(row);
	assert.deepEqual(refunds(row), [['300', 'refused', '']]);
	await good(refund(row, {}));
	await becomes(row, 'refunded');
	// A different account at the provider does not know the payment, so only events can then report the refund.
	const [other, pi] = await unanswered(false);
	server.intents.delete(pi.id);
	await found(other);
	server.intents.set(pi.id, pi);
	assert.deepEqual(refunds(other), [['300', 'uncertain', '']]);
	assert.match((await payment(other)).reason, /No such payment_intent/);
	await refused(refund(other, { amount: 1 }), 409, LATER);
	await tell(event('refund.created', server.refund(pi, 300)));
	assert.equal((await payment(other)).refunded_amount, 300);
});

long('one of two processes looks up a refund, the other takes over if it is killed, and events may arrive concurrently', async () => {
	const [row, pi, one] = await unanswered(true);
	const { hurry: now, pages, waiting } = lookups(row);
	let wake;
	const asleep = new Promise((done) => { wake = done; });
	server.hook = () => asleep;
	now();
	await until(() => pages().length === 1);
	await jobs.kill();
	server.hook = null;
	wake();
	assert.deepEqual(waiting().map(([status, attempt]) => [status, attempt]), [['waiting', '1']]);
	assert.deepEqual(refunds(row), [['300', 'uncertain', '']]);
	await refused(refund(row, { amount: 1 }), 409, LATER);
	const second = startJobs({ TENANTRY_PAYMENT_URL: server.url });
	jobs = startJobs({ TENANTRY_PAYMENT_URL: server.url });
	try {
		now(true);
		const told = tell(event('refund.created', one));
		await until(() => waiting().length === 0);
		assert.equal((await told).status, 200);
		assert.equal(pages().length, 2, 'the killed one and one of the two');
		assert.deepEqual(refunds(row), [['300', 'refunded', one.id]]);
		assert.deepEqual(sums(row), ['payment 1250', 'refund 300']);
		// Each of several refunds counts once. An event reports one refund while its lookup waits, and another refund
		// of the payment is requested.
		const several = [await unanswered(true), await unanswered(false), await unanswered(true)];
		const before = several.map(([each]) => lookups(each));
		assert.equal((await tell(event('refund.created', several[2][2]))).json.effect, 'refunded in part');
		await good(refund(several[2][0], { amount: 200 }));
		await becomes(several[2][0], 'succeeded');
		for (const each of before)
			each.hurry();
		await until(() => before.every((each) => each.waiting().length === 0));
		assert.deepEqual(before.map((each) => each.pages().length), [1, 1, 1]);
		assert.deepEqual(several.map(([each]) => refunds(each).map(([amount, status]) => `${amount} ${status}`).join(', ')),
			['300 refunded', '300 refused', '300 refunded, 200 refunded']);
	} finally {
		await second.stop();
	}
	assert.equal(pi.status, 'succeeded');
});

test('a payment whose refund is reverted does not trigger monitoring rules again', async () => {
	const row = await becomes(await pay(), 'succeeded');
	await good(refund(row, {}));
	await becomes(row, 'refunded');
	const rule = await good(boss.browser.post('/api/monitoring_rules', { name: 'large', kind: 'amount', amount: 1000, currency: 'EUR' }));
	const [made] = [...server.refunds.values()].filter((one) => one.payment_intent === row.provider_payment);
	assert.equal((await tell(event('refund.failed', { ...made, status: 'failed' }))).json.effect, 'refund failed');
	assert.equal((await payment(row)).status, 'succeeded');
	const other = await becomes(await pay(), 'succeeded');
	await good(boss.browser.patch(`/api/monitoring_rules/${rule.id}`, { enabled: false }));
	assert.deepEqual((await list(boss, 'transaction_monitoring', { rule_id: rule.id })).map(({ payment_id }) => payment_id), [other.id]);
});

const permutations = (all) => all.length < 2 ? [all] : all.flatMap((one, n) => permutations(all.filter((_, k) => k !== n)).map((rest) => [one, ...rest]));

// The events about actions in the provider's dashboard arrive in every order, each twice.
for (const [name, facts, sum] of [
	['two refunds', (o) => [o.total(1, 300), o.refund('created', 1, 'a', 300, 1), o.total(2, 700), o.refund('created', 2, 'b', 400, 2)], 700],
	['one that fails, and another one', (o) => [o.total(1, 300), o.refund('created', 1, 'a', 300, 1), o.refund('failed', 3, 'a', 300, 1, 'failed'),
		o.total(5, 400), o.refund('updated', 5, 'b', 400, 5)], 400],
	['all, of which one part fails', (o) => [o.total(1, 1250), o.refund('created', 1, 'a', 1000, 1), o.refund('created', 1, 'b', 250, 1),
		o.refund('failed', 2, 'a', 1000, 1, 'canceled')], 250],
	['sums alone', (o) => [o.total(1, 300), o.total(2, 700), o.total(3, 1250)], 1250]])
	test(`refunds in the dashboard, events in each order: ${name}`, async () => {
		const orders = sampled(permutations(facts({ total: () => 0, refund: () => 0 }).map((_, n) => n)), 5);
		const rows = await Promise.all(orders.map(() => add(boss, 'user_payments', { member_id: profiles[guest.id].id, amount: 1250, currency: 'EUR' })));
		await Promise.all(rows.map(({ id }) => good(staff.browser.post(`${AT}/${id}/succeed`, {}))));
		sqlFor(org, `SET session_replication_role = replica; UPDATE membership.user_payments SET provider = 'stripe', provider_payment = 'pi_order' || id
			WHERE id IN (${rows.map(({ id }) => id)})`);
		for (const [n, order] of orders.entries()) {
			const row = rows[n], pi = `pi_order${row.id}`, at = (second) => 1_900_000_000 + second;
			const said = facts({
				total: (second, amount) => event('charge.refunded', { id: 'ch_1', object: 'charge', payment_intent: pi, amount: 1250, amount_refunded: amount, currency: 'eur',
					metadata: {} }, { created: at(second) }),
				refund: (kind, second, id, amount, made, status = 'succeeded') => event(`refund.${kind}`, { id: `re_${id}`, object: 'refund', payment_intent: pi, amount,
					currency: 'eur', created: at(made), status, metadata: {} }, { created: at(second) }),
			});
			for (const i of [...order, ...order])
				assert.equal((await tell(said[i])).status, 200);
			const now = await payment(row);
			assert.deepEqual([now.refunded_amount, now.status], [sum, sum === 1250 ? 'refunded' : 'succeeded'], `order ${order}`);
			const booked = sums(row).filter((line) => line.startsWith('refund')).reduce((all, line) => all + Number(line.split(' ')[1]) * (line.startsWith('refund_failed') ? -1 : 1), 0);
			assert.equal(booked, sum, `order ${order}: ${sums(row)}`);
		}
	});

test('a refund in a different currency has no effect, and a refund that precedes its payment is posted', async () => {
	const row = await becomes(await pay('pm_bank_processing'), 'pending');
	const pi = server.intents.get(row.provider_payment);
	assert.match((await tell(event('charge.refunded', { ...server.charge(pi), amount_refunded: 5, currency: 'usd' }))).json.effect, /^none: another currency/);
	assert.match((await tell(event('refund.created', { ...server.refund(pi, 5), currency: 'usd' }))).json.effect, /^none: another currency/);
	// The event about the refund arrives first.
	assert.match((await tell(event('charge.refunded', { ...server.charge(pi), amount_refunded: 50 }))).json.effect, /^none/);
	assert.equal((await payment(row)).refunded_amount, 0);
	await tell(event('payment_intent.succeeded', intent(row)));
	assert.deepEqual([(await payment(row)).status, (await payment(row)).refunded_amount], ['succeeded', 50]);
	assert.deepEqual(sums(row), ['payment 1250', 'refund 50']);
});

test('refunds that the previous version requested or recorded are completed', async () => {
	// A requested refund is a call without a refund ID. A recorded refund is a fully refunded payment without a refund
	// row.
	const row = await becomes(await pay(), 'succeeded');
	await jobs.stop();
	await good(refund(row, {}));
	sqlFor(org, `DELETE FROM membership.payment_refunds WHERE payment_id = ${row.id}; UPDATE ops.job SET payload = payload #- '{parameters,refund}' WHERE entry = ${row.id}`);
	jobs = startJobs({ TENANTRY_PAYMENT_URL: server.url });
	assert.equal((await becomes(row, 'refunded')).refunded_amount, 1250);
	assert.deepEqual(sums(row), ['payment 1250', 'refund 1250']);
	const [made] = [...server.refunds.values()].filter((one) => one.payment_intent === row.provider_payment);
	sqlFor(org, `DELETE FROM membership.payment_refunds WHERE payment_id = ${row.id}`);
	assert.match((await tell(event('refund.updated', made))).json.effect, /^none/);
	assert.equal((await tell(event('refund.failed', { ...made, status: 'failed' }))).json.effect, 'refund failed');
	assert.deepEqual([(await payment(row)).status, (await payment(row)).refunded_amount], ['succeeded', 0]);
});

test('forged, old and foreign events are refused, and nothing is written', async () => {
	const row = await becomes(await pay('pm_bank_processing'), 'pending');
	await good(stranger.browser.put('/api/payment_providers/stripe', { key: KEY, signing_secret: 'whsec_theirs' }));
	const [{ events_path: theirs }] = await good(stranger.browser.get('/api/payment_providers'));
	const state = () => sql(`SELECT (SELECT count(*) FROM membership.payment_events), (SELECT count(*) FROM membership.ledger_entries),
		(SELECT max(updated_at) FROM membership.user_payments), (SELECT count(*) FROM membership.disputes)`);
	const was = state(), body = event('payment_intent.succeeded', intent(row)), now = Math.floor(Date.now() / 1000);
	const foreign = event('payment_intent.succeeded', intent(row));
	for (const [about, options, status, said = body] of [
		['no signature', { header: '' }, 400], ['another secret', { header: signature('whsec_guess', body) }, 400],
		['another body', { header: signature(SECRET, `${body} `) }, 400], ['too old', { header: signature(SECRET, body, now - 301) }, 400],
		['from the future', { header: signature(SECRET, body, now + 600) }, 400],
		['a time that was not signed', { header: signature(SECRET, body, now - 1000).replace(/t=\d+/, `t=${now}`) }, 400],
		['another scheme', { header: signature(SECRET, body).replace('v1=', 'v2=') }, 400],
		['garbage', { header: 't=,v1=,,,=' }, 400],
		['the endpoint of another organization', { path: theirs }, 400],
		['about another organization', { path: theirs, header: signature('whsec_theirs', foreign) }, 422, foreign],
		['an unknown endpoint', { path: `/api/payment_events/${org}.${org}` }, 404], ['no endpoint', { path: '/api/payment_events/x' }, 404],
		['no JSON', { header: signature(SECRET, '{') }, 400, '{']])
		assert.equal((await tell(said, options)).status, status, about);
	assert.deepEqual(state(), was);
	// Events with a different amount, about a different payment or about an unknown payment have no effect.
	for (const object of [intent(row, { amount_received: 1 }), intent(row, { currency: 'usd' }), intent(row, { id: 'pi_another0000', metadata: {} })])
		assert.match((await tell(event('payment_intent.succeeded', object))).json.effect, /^none/);
	assert.equal((await tell(event('customer.created', { id: 'cus_1' }))).json.effect, 'none');
	assert.equal((await payment(row)).status, 'pending');
	// Two secrets are valid during a rotation.
	const two = signature('whsec_old', body).replace(/^t=\d+/, (t) => `${t},${signature(SECRET, body, Number(t.slice(2))).split(',')[1]}`);
	assert.equal((await tell(body, { header: two })).json.effect, 'succeeded');
	assert.deepEqual(booked(row), ['payment']);
});

test('if a provider does not respond for a day, the staff records the result that it shows', async () => {
	server.fail = Array(100).fill(503);
	const row = await pay();
	await until(() => calls(row).length > 0);
	sqlFor('', `UPDATE ops.job SET began_at = now() - interval '1 day' WHERE queue = 'payments'`);
	await until(async () => { hurry(); return (await payment(row)).asked === null; });
	await becomes(row, 'pending');
	server.fail = [];
	await refused(guest.browser.post(`${AT}/${row.id}/cancel`, {}), 409, /the payment provider determines/);
	assert.equal((await good(staff.browser.post(`${AT}/${row.id}/succeed`, {}))).status, 'succeeded');
	assert.deepEqual(booked(row), ['payment']);
});

test('a call that could not be retried for a day is not repeated, because the provider has forgotten its key', async () => {
	await jobs.stop();
	const row = await pay();
	sqlFor('', `UPDATE ops.job SET attempts = 1, began_at = now() - interval '25 hours' WHERE entry = ${row.id}`);
	jobs = startJobs({ TENANTRY_PAYMENT_URL: server.url });
	await becomes(row, 'pending');
	assert.deepEqual(calls(row), []);
	assert.deepEqual(sqlFor('', `SELECT outcome, error FROM ops.job_log WHERE queue = 'payments' AND entry = '${row.id}'`), [['failed', 'no answer for 23 hours']]);
	assert.equal((await good(staff.browser.post(`${AT}/${row.id}/succeed`, {}))).status, 'succeeded');
});

test('a chargeback at the provider becomes a dispute in the ledger', async () => {
	const row = await becomes(await pay(), 'succeeded');
	const dispute = (status, id = 'dp_1') => ({ id, object: 'dispute', payment_intent: row.provider_payment, amount: 1250, currency: 'eur', reason: 'fraudulent',
		status, evidence_details: { due_by: 4070908800 }, metadata: {} });
	assert.match((await tell(event('charge.dispute.created', dispute('warning_needs_response', 'dp_0')))).json.effect, /^none/);
	for (const turn of [1, 2])
		assert.equal((await tell(event('charge.dispute.created', dispute('needs_response')))).status, 200, turn);
	const [opened] = await list(guest, 'disputes', { payment_id: row.id });
	assert.deepEqual([opened.status, opened.amount, opened.provider, opened.evidence_due_at.slice(0, 10)], ['open', 1250, 'stripe', '2099-01-01']);
	await refused(boss.browser.post(`/api/disputes/${opened.id}/win`, {}));
	await refused(boss.browser.post(`${AT}/${row.id}/refund`, {}), 409, /the payment is disputed/);
	await tell(event('charge.dispute.closed', dispute('lost')));
	await tell(event('charge.dispute.closed', dispute('won')));
	assert.equal((await list(boss, 'disputes', { id: opened.id }))[0].status, 'lost');
	assert.deepEqual(sqlFor(org, `SELECT kind FROM membership.ledger_transactions WHERE org_id = '${org}' AND resource = 'disputes' AND row_id = ${opened.id} ORDER BY id`),
		[['chargeback'], ['chargeback_lost']]);
});

test('the ledger sums to zero, and no secret is stored in plain text', async () => {
	assert.deepEqual(sql('SELECT * FROM membership.wrong_ledgers()'), []);
	const archive = `${process.env.STACK}/provider.tar`;
	tenantry('org', 'export', boss.organization.slug, '--to', archive);
	const places = { database: dump(), archive: readFileSync(archive, 'latin1'),
		audit: JSON.stringify(await good(boss.browser.get('/api/audit_log'))) };
	for (const name of readdirSync(`${process.env.STACK}/log`))
		places[name] = readFileSync(`${process.env.STACK}/log/${name}`, 'latin1');
	for (const [place, text] of Object.entries(places))
		for (const planted of [KEY, SECRET])
			assert.ok(!text.includes(planted), `${place} has ${planted}`);
	const sealed = sqlFor('', `SELECT sealed FROM ops.sealed_value`).map(([text]) => text);
	assert.equal(sealed.length, 4);
	for (const text of sealed)
		assert.ok(!places.archive.includes(text) && !places.audit.includes(text));
	await becomes(await pay('pm_bank_processing'), 'pending');
	await refused(boss.browser.delete('/api/payment_providers/stripe'), 409, /in progress/);
	// Without an API key, refunds are not looked up.
	const lookup = () => sqlFor('', `SELECT count(*) FROM ops.job WHERE queue = 'payments' AND org_id = '${stranger.organization.id}'`)[0][0];
	sqlFor(stranger.organization.id, `SELECT ops.queue_payment_call(org_id, 'membership', 'stripe', 'payment_providers', id, 'find_refund', 1, '{}', '1 hour')
		FROM membership.payment_providers WHERE org_id = '${stranger.organization.id}'`);
	assert.equal(lookup(), '1');
	assert.deepEqual(await good(stranger.browser.delete('/api/payment_providers/stripe')), { id: 'stripe' });
	assert.equal(lookup(), '0');
	assert.equal(sqlFor('', `SELECT count(*) FROM ops.sealed_value`)[0][0], '2');
	// When an API key is stored again, the refunds are looked up.
	const [{ id: payer }] = await list(stranger, 'user_profiles');
	sqlFor(stranger.organization.id, `SET session_replication_role = replica;
		INSERT INTO membership.user_payments (id, member_id, amount, currency, status, provider, provider_payment)
		VALUES (1, ${payer}, 500, 'EUR', 'succeeded', 'stripe', 'pi_theirs');
		INSERT INTO membership.payment_refunds (payment_id, amount, status) VALUES (1, 200, 'uncertain')`);
	await good(stranger.browser.put('/api/payment_providers/stripe', { key: KEY, signing_secret: 'whsec_theirs' }));
	assert.equal(lookup(), '1');
	await good(stranger.browser.put('/api/payment_providers/stripe', { enabled: false }));
	assert.equal(lookup(), '1');
});
