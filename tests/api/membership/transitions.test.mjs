// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Each caller tries each action of the payment, payout and dispute state machines in each status.
// membership.transitions() determines whether it is allowed, and the cases are generated from that table.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { NOT_ALLOWED, add, good, list } from '../lib/answers.mjs';
import { sql, sqlFor } from '../lib/database.mjs';
import { send } from '../lib/http.mjs';
import { event, signature } from '../../lib/stripe.mjs';
import { member, owner } from '../lib/people.mjs';

const SECRET = 'whsec_of_the_transitions';
let boss, org, events, account, method;
const people = {}, profiles = {};
const table = [];

before(async () => {
	boss = await owner('transitions');
	org = boss.organization.id;
	await good(boss.browser.put('/api/modules/membership', { enabled: true }));
	people.owner = boss;
	for (const [name, role] of [['admin', 'admin'], ['member', 'member'], ['requester', 'member'], ['viewer', 'viewer'], ['concerned', 'portal'], ['other', 'portal']])
		people[name] = await member(boss, role);
	for (const [name, who] of Object.entries(people))
		[profiles[name]] = await list(boss, 'user_profiles', { user_id: who.id });
	// The recipient of a payout may be an administrator, who then cannot approve the payout.
	people.paid_admin = await member(boss, 'admin');
	[profiles.paid_admin] = await list(boss, 'user_profiles', { user_id: people.paid_admin.id });
	events = (await good(boss.browser.put('/api/payment_providers/stripe', { key: 'sk_test_1234', signing_secret: SECRET }))).events_path;
	method = await add(people.concerned, 'user_payment_methods', { kind: 'card', provider: 'stripe', token: 'pm_card_visa' });
	account = {};
	for (const name of ['concerned', 'paid_admin'])
		account[name] = await good(boss.browser.post('/api/payout_accounts', { member_id: profiles[name].id, holder: 'Somebody',
			iban: 'DE89 3704 0044 0532 0130 00' }));
	for (const [resource, action, from, to, callers] of sql(`SELECT resource, action, from_status, to_status, array_to_string(callers, ' ')
		FROM membership.transitions()`))
		table.push({ resource, action, from, to, callers: callers.split(' ') });
});

const statuses = (resource) => [...new Set(sql(`SELECT pg_get_constraintdef(oid) FROM pg_constraint
	WHERE conname = '${resource}_status_check'`)[0][0].match(/'[a-z]+'/g).map((s) => s.slice(1, -1)))];

// Inserts rows in a status as the table owner. Only the state machine is bypassed.
async function rowsIn(resource, status, n, { by = people.requester, of = 'concerned', provider } = {}) {
	const make = {
		user_payments: () => add(boss, 'user_payments', { member_id: profiles[of].id, amount: 100, currency: 'EUR',
			...provider && { payment_method_id: method.id } }),
		user_payouts: () => add(by, 'user_payouts', { account_id: account[of].id, amount: 100, currency: 'EUR' }),
		disputes: async () => {
			const payment = await add(boss, 'user_payments', { member_id: profiles[of].id, amount: 100, currency: 'EUR' });
			await good(boss.browser.post(`/api/user_payments/${payment.id}/succeed`, {}));
			return add(boss, 'disputes', { payment_id: payment.id, reason: 'not received' });
		},
	}[resource];
	const ids = (await Promise.all(Array.from({ length: n }, make))).map(({ id }) => id);
	const more = resource === 'user_payouts' && ['sent', 'paid', 'failed'].includes(status) ? `, batch_id = (SELECT id FROM membership.payout_batches LIMIT 1)`
		: resource === 'user_payments' ? `, refunded_amount = CASE WHEN '${status}' = 'refunded' THEN amount ELSE 0 END` : '';
	const there = provider ? `, asked = NULL, provider_payment = 'pi_transition' || id` : '';
	sqlFor(org, `SET session_replication_role = replica; UPDATE membership.${resource} SET status = '${status}'${more}${there} WHERE id IN (${ids});
		DELETE FROM ops.job WHERE entry IN (${ids})`);
	return ids;
}
const row = async (...of) => (await rowsIn(of[0], of[1], 1, of[2]))[0];
const statusOf = async (resource, id) => (await good(boss.browser.get(`/api/${resource}/${id}`))).status;

// The kinds of caller that each person is, for a row that "requester" has added and whose member is "concerned".
const KINDS = { owner: ['staff', 'administrator', 'approver'], admin: ['staff', 'administrator', 'approver'], member: ['staff'],
	requester: ['staff', 'requester'], viewer: [], concerned: ['member'], other: [] };

// Returns the expected response: 422 for a caller who may never perform the action, and 409 for the wrong status.
function expected(resource, action, from, kinds) {
	const may = table.filter((t) => t.resource === resource && t.action === action && t.callers.some((c) => kinds.includes(c)));
	const to = may.find((t) => t.from === from)?.to;
	return may.length === 0 ? [422] : to ? [200, to] : [409];
}

const act = (name, resource, id, action) => people[name].browser.post(`/api/${resource}/${id}/${action}`,
	action === 'submit' ? { evidence: 'a receipt' } : {});

// Checks that the response for a hidden row is the same as for a missing row.
async function unseen(resource, action, from, name, id) {
	const [rs, none] = [await act(name, resource, id, action), await act(name, resource, 1, action)];
	assert.ok([404, 422].includes(rs.status), rs.text);
	assert.deepEqual([rs.status, rs.json.detail], [none.status, none.json.detail]);
	assert.equal(await statusOf(resource, id), from);
}

async function attempt(resource, action, from, name, id, want) {
	const about = `${name}: ${action} of ${resource} while ${from}`;
	const rs = await act(name, resource, id, action);
	assert.equal(rs.status, want[0], `${about}: ${rs.text}`);
	if (rs.status === 422)
		assert.match(rs.json.detail, NOT_ALLOWED, about);
	assert.equal(await statusOf(resource, id), want[1] ?? from, about);
}

for (const [resource, actions] of Object.entries({ user_payments: 5, user_payouts: 4, disputes: 3 }))
	test(`${resource}: only permitted actions succeed, for each status and caller`, async () => {
		// Transitions that a request can cause. Other functions cause the rest.
		const named = [...new Set(table.filter((t) => t.resource === resource && !t.callers.includes('system')).map((t) => t.action))];
		assert.equal(named.length, actions);
		if (resource === 'user_payouts')
			sqlFor(org, `INSERT INTO membership.payout_batches (account_id, currency, execute_on, payouts, total)
				VALUES (${account.concerned.id}, 'EUR', current_date, 1, 100)`);
		const cases = Object.entries(KINDS).flatMap(([name, kinds]) => named.map((action) => [name, kinds, action]));
		for (const from of statuses(resource)) {
			const ids = await rowsIn(resource, from, cases.length);
			await Promise.all(cases.map(([name, kinds, action], n) => name === 'other' ? unseen(resource, action, from, name, ids[n])
				: attempt(resource, action, from, name, ids[n], expected(resource, action, from, kinds))));
		}
	});

test('payouts: nobody can approve a payout that they requested, or their own', async () => {
	for (const action of ['approve', 'reject']) {
		for (const [name, options] of [['owner', { by: boss }], ['paid_admin', { of: 'paid_admin' }], ['admin', { by: people.admin }]])
			await attempt('user_payouts', action, 'requested', name, await row('user_payouts', 'requested', options), [422]);
		await attempt('user_payouts', action, 'requested', 'owner', await row('user_payouts', 'requested', { by: people.admin, of: 'paid_admin' }),
			[200, `${action}${action === 'approve' ? 'd' : 'ed'}`]);
	}
	// The same applies to SQL.
	const id = await row('user_payouts', 'requested', { by: boss });
	const as = (who, status) => () => sqlFor(org, `SET ROLE tenantry_app; SET app.modules = '{membership}'; SET app.user_id = '${who.id}';
		SET app.role = 'owner'; SET app.grants = '*'; UPDATE membership.user_payouts SET status = '${status}' WHERE id = ${id}`);
	assert.throws(as(boss, 'approved'), NOT_ALLOWED);
	assert.throws(as(people.admin, 'paid'), /cannot become paid while it is requested/);
	as(people.admin, 'approved')();
	assert.throws(as(boss, 'sent'), NOT_ALLOWED);
	assert.throws(() => sqlFor(org, `SET ROLE tenantry_app; SET app.modules = '{membership}'; SET app.user_id = '${boss.id}'; SET app.role = 'owner';
		SET app.grants = '*'; UPDATE membership.user_payouts SET amount = 1000 WHERE id = ${id}`), /cannot be changed/);
});

// The messages of the provider, by the status to which they lead.
const SAYS = { succeeded: 'payment_intent.succeeded', failed: 'payment_intent.payment_failed', cancelled: 'payment_intent.canceled', refunded: 'charge.refunded' };

test('payments and disputes: each event from a provider has the expected effect in each status', async () => {
	const tell = (body) => send('POST', events, { body, headers: { 'stripe-signature': signature(SECRET, body), 'content-type': 'application/json' } });
	const may = (resource, from, to) => table.some((t) => t.resource === resource && t.from === from && t.to === to && t.callers.includes('provider'));
	for (const from of statuses('user_payments'))
		for (const [to, type] of Object.entries(SAYS)) {
			const id = await row('user_payments', from, { provider: true });
			const rs = await tell(event(type, { id: `pi_transition${id}`, payment_intent: `pi_transition${id}`, refunded: true,
				amount_refunded: 100, amount_received: 100, currency: 'eur', metadata: { organization: org, payment: String(id) } }));
			assert.equal(rs.status, 200, rs.text);
			assert.equal(await statusOf('user_payments', id), may('user_payments', from, to) ? to : from, `${type} while ${from}: ${rs.text}`);
		}
	for (const from of statuses('disputes'))
		for (const to of ['won', 'lost']) {
			const id = await row('user_payments', 'succeeded', { provider: true });
			const dispute = (status) => event('charge.dispute.updated', { id: `dp_${id}`, payment_intent: `pi_transition${id}`, amount: 100, currency: 'eur',
				reason: 'general', status });
			await tell(dispute('needs_response'));
			sqlFor(org, `SET session_replication_role = replica; UPDATE membership.disputes SET status = '${from}' WHERE payment_id = ${id}`);
			await tell(dispute(to));
			const [[is]] = sqlFor(org, `SELECT status FROM membership.disputes WHERE payment_id = ${id}`);
			assert.equal(is, may('disputes', from, to) ? to : from, `${to} while ${from}`);
		}
});

test('only the provider determines the status of a payment that it charges', async () => {
	for (const action of ['succeed', 'fail'])
		for (const name of ['owner', 'member'])
			await attempt('user_payments', action, 'pending', name, await row('user_payments', 'pending', { provider: true }), [409]);
	for (const [action, from] of [['cancel', 'pending'], ['refund', 'succeeded']]) {
		const id = await row('user_payments', from, { provider: true });
		assert.equal((await good(boss.browser.post(`/api/user_payments/${id}/${action}`, {}))).asked, action);
		assert.equal(await statusOf('user_payments', id), from);
	}
});
