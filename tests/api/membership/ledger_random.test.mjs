// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_WORKERS=6
// long: it kills workers between thousands of operations.
// Random operations by sixteen clients, while workers and their connections are killed. The ledger sums to zero and
// agrees with the rows of its events, and no event is missing or posted twice. No payout is sent twice or while it is
// held. LEDGER_OPERATIONS is the number of operations. The same LEDGER_SEED repeats the operations, but not the order
// of the processes.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, test } from 'node:test';
import { PASSWORD, ask, owner, query, sleep } from '../../lib/api.mjs';
import { approveIdentity } from '../../lib/rows.mjs';
import { sql, sqlFor } from '../lib/database.mjs';

const OPERATIONS = Number(process.env.LEDGER_OPERATIONS ?? 3000);
const SEED = Number(process.env.LEDGER_SEED ?? Date.now() % 1000000);
const CLIENTS = 16, MEMBERS = 12;
const BROKEN = [502, 503, 504];
let boss, second, org, ours;
const members = [], accounts = [], dues = [], payments = [], payouts = [], disputes = [], batches = [];
const acknowledged = new Map();	// the actions that were acknowledged, by payment
let keys = 0, made = 0, broken = 0, parts = 0, passed = 0, running = true;

// a seeded random generator (mulberry32)
function randomOf(seed) {
	let a = seed >>> 0;
	return (n) => {
		a = (a + 0x6d2b79f5) >>> 0;
		let t = Math.imul(a ^ (a >>> 15), 1 | a);
		t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
		return ((t ^ (t >>> 14)) >>> 0) % n;
	};
}

before(async () => {
	boss = await owner('Random');
	org = boss.organization;
	assert.equal((await ask('PUT', '/api/modules/membership', { token: boss.token, body: { enabled: true } })).status, 200);
	for (let n = 0; n < MEMBERS; n++)
		members.push((await post('/api/user_profiles', { last_name: `Member ${n}` })).json.id);
	const account = async (more) => (await create('/api/payout_accounts', { holder: 'Somebody', iban: 'DE89370400440532013000', ...more })).json.id;
	ours = await account({ organization: true });
	for (const member_id of members) {
		accounts.push(await account({ member_id }));
		approveIdentity(member_id);
	}
	// The second administrator, who approves payouts.
	const { json: { token: invite_token } } = await post('/api/invites', { role: 'admin' });
	const email = `second.${process.pid}@example.test`;
	assert.equal((await ask('POST', '/api/signup', { body: { email, password: PASSWORD, first_name: 'S', last_name: 'E', invite_token } })).status, 201);
	second = (await ask('POST', '/api/auth/sign-in/email', { body: { email, password: PASSWORD } })).json;
});

async function post(path, body, headers = {}, token = boss.token) {
	try {
		return await ask('POST', path, { token, body, headers });
	} catch (error) {
		return { status: 502, text: String(error) };	// nginx found no worker
	}
}

// Repeats a request with its key until there is a response.
async function create(path, body) {
	const key = `random-${++keys}`;
	for (let turn = 0; turn < 200; turn++) {
		const rs = await post(path, body, { 'Idempotency-Key': key });
		if (!BROKEN.includes(rs.status) && rs.json?.type !== '/problems/running')
			return rs;
		broken++;
		await sleep(50);
	}
	throw new Error(`no answer to ${path}`);
}

async function operate(random) {
	const member_id = members[random(MEMBERS)], amount = 1 + random(100000), currency = random(4) ? 'EUR' : 'CHF';
	const some = (list) => list[Math.max(0, list.length - 1 - random(60))];
	const what = random(16);
	if (what >= 10 && payments.length > 0)
		return passOn(what, random, some, { amount, currency });
	if (what === 0 || dues.length === 0) {
		const rs = await create('/api/user_billing_schedules', { member_id, amount, currency });
		assert.equal(rs.status, 201, rs.text);
		dues.push(rs.json.id);
	} else if (what === 1 || payments.length === 0) {
		const rs = await create('/api/user_payments', { member_id, amount, currency });
		assert.equal(rs.status, 201, rs.text);
		made++;
		payments.push(rs.json.id);
	} else if (what < 4) {
		const rs = await create('/api/user_payments', { billing_schedule_id: some(dues) });
		assert.ok([201, 409].includes(rs.status), rs.text);
		if (rs.status === 201)
			payments.push(rs.json.id);
	} else if (what === 4 && random(4) === 0) {
		const rs = await post(`/api/user_billing_schedules/${some(dues)}/waive`, {});
		assert.ok([200, 409, ...BROKEN].includes(rs.status), rs.text);
	} else {
		const action = ['succeed', 'succeed', 'succeed', 'fail', 'cancel', 'retry', 'refund'][random(7)], id = some(payments);
		const part = action === 'refund' && random(3) > 0;
		const rs = await post(`/api/user_payments/${id}/${action}`, { reason: `by ${action}`, ...part && { amount: 1 + random(40000) } });
		assert.ok([200, 409, ...BROKEN].includes(rs.status) || part && rs.status === 422 && rs.json.errors.amount, `${rs.status} ${rs.text}`);
		if (rs.status === 200 && part)
			parts++;
		else if (rs.status === 422)
			assert.ok(part);
		else if (rs.status === 200)
			acknowledged.set(id, [...acknowledged.get(id) ?? [], action]);
		else if (rs.status !== 409)
			broken++;
	}
}

// Creates or changes payouts, disputes, batches and statements.
async function passOn(what, random, some, sum) {
	const told = (rs, more = []) => assert.ok([200, 409, ...more, ...BROKEN].includes(rs.status), rs.text);
	if (what < 12 || payouts.length < 5) {
		// The payout is limited to the remaining amount of the payment, which several requests use at the same time.
		const of = random(2) ? { payment_id: some(payments), amount: 1 + random(20000) } : {};
		const rs = await create('/api/user_payouts', { account_id: accounts[random(MEMBERS)], ...sum, ...of });
		assert.ok(rs.status === 201 || of.payment_id && rs.status === 422 && rs.json.errors.amount, rs.text);
		if (rs.status === 422)
			return;
		payouts.push(rs.json);
		passed += of.payment_id ? 1 : 0;
	} else if (what === 12) {
		const rs = await create('/api/disputes', random(3) ? { payment_id: some(payments), reason: 'fraud' } : { payout_id: some(payouts).id, reason: 'not received' });
		assert.ok([201, 409].includes(rs.status), rs.text);
		if (rs.status === 201)
			disputes.push(rs.json.id);
	} else if (what === 13 && disputes.length > 0) {
		const action = ['submit', 'win', 'win', 'lose'][random(4)];
		told(await post(`/api/disputes/${some(disputes)}/${action}`, action === 'submit' ? { evidence: 'x' } : {}));
	} else if (what === 14 && random(3) === 0) {
		const rs = await create('/api/user_payouts/send', { account_id: ours, currency: sum.currency });
		assert.ok([201, 409].includes(rs.status), rs.text);
		if (rs.status === 201)
			batches.push(rs.json.id);
	} else if (what === 14) {
		told(await post('/api/user_payouts/statement', { entries: Array.from({ length: 5 }, () => some(payouts)).map(({ reference, amount, currency }) =>
			({ reference, amount, currency, status: random(4) ? 'paid' : 'failed' })) }));
	} else
		for (let n = 0; n < 3; n++)
			told(await post(`/api/user_payouts/${some(payouts).id}/${['approve', 'approve', 'approve', 'reject', 'cancel'][random(5)]}`, {}, {}, second.token));
}

// Kills a worker abruptly, or closes its connection to the database.
async function kill(random) {
	let killed = 0;
	while (running) {
		await sleep(100 + random(400));
		const children = readFileSync(`/proc/${process.env.WORKERS}/task/${process.env.WORKERS}/children`, 'utf8').trim().split(' ');
		if (random(3) > 0) {
			try {
				process.kill(Number(children[random(children.length)]), 'SIGKILL');
				killed++;
			} catch (error) {
				assert.equal(error.code, 'ESRCH');
			}
		} else {
			killed += Number(sql(`SELECT count(pg_terminate_backend(pid)) FROM (SELECT pid FROM pg_stat_activity
				WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend' ORDER BY random() LIMIT 1) x`)[0][0]);
		}
	}
	return killed;
}

test(`${OPERATIONS} operations with the seed ${SEED} are executed`, async (t) => {
	let left = OPERATIONS;
	const killer = kill(randomOf(SEED + 99));
	try {
		await Promise.all(Array.from({ length: CLIENTS }, async (_, n) => {
			const random = randomOf(SEED + n);
			while (left-- > 0)
				await operate(random);
		}));
	} finally {
		running = false;
	}
	const killed = await killer;
	t.diagnostic(`say ${OPERATIONS} operations, ${killed} kills, ${broken} requests without an answer, ${payments.length} payments`);
	assert.ok(killed > 3, `only ${killed} kills`);
	assert.ok(parts > 0, 'no refund of a part');
	assert.ok(passed > 3, `only ${passed} payouts of a payment`);
});

test('the ledger sums to zero, and its balances are the sums', () => {
	assert.deepEqual(sqlFor(org, `SELECT coalesce(sum(amount), 0) FROM membership.ledger_entries WHERE org_id = '${org}'`), [['0']]);
	assert.deepEqual(sql('SELECT * FROM membership.wrong_ledgers()'), []);
	assert.deepEqual(sql('SELECT * FROM ops.wrong_totals()'), []);
});

test('each event is posted exactly once', () => {
	const booked = (key, of) => sqlFor(org, `SELECT x.id FROM ${of} x
		FULL JOIN (SELECT row_id, min(key) AS key, count(*) AS n FROM membership.ledger_transactions
			WHERE org_id = '${org}' AND kind = '${key}' GROUP BY row_id) t ON t.row_id = x.id
		WHERE t.n IS DISTINCT FROM 1 OR x.id IS NULL`);
	const paid = (condition) => `(SELECT id FROM membership.user_payments WHERE org_id = '${org}' AND ${condition})`;
	const due = (condition) => `(SELECT id FROM membership.user_billing_schedules WHERE org_id = '${org}' AND ${condition})`;
	assert.deepEqual(booked('payment', paid("status IN ('succeeded', 'refunded')")), []);
	assert.deepEqual(sqlFor(org, `SELECT p.id FROM membership.user_payments p LEFT JOIN LATERAL (SELECT coalesce(sum(e.amount), 0) AS sum, count(*) AS n
			FROM membership.ledger_transactions t JOIN membership.ledger_entries e ON e.org_id = t.org_id AND e.transaction_id = t.id AND e.amount > 0
			WHERE t.org_id = p.org_id AND t.kind = 'refund' AND t.row_id = p.id) t ON true
		LEFT JOIN LATERAL (SELECT coalesce(sum(r.amount), 0) AS sum, count(*) AS n FROM membership.payment_refunds r
			WHERE r.org_id = p.org_id AND r.payment_id = p.id) r ON true
		WHERE p.org_id = '${org}' AND (p.refunded_amount, p.refunded_amount, t.n) IS DISTINCT FROM (t.sum::bigint, r.sum::bigint, r.n)`), []);
	assert.deepEqual(booked('charge', due('true')), []);
	assert.deepEqual(booked('waiver', due("status = 'waived'")), []);
});

test('balances agree with the rows', () => {
	const wrong = sqlFor(org, `WITH kept AS (
			SELECT a.kind, a.currency, a.member_id, sum(t.change) AS sum FROM membership.ledger_accounts a
			  JOIN ops.totals t ON t.org_id = a.org_id AND t.resource = 'ledger_entries ' || a.id
			 WHERE a.org_id = '${org}' GROUP BY 1, 2, 3),
		follows AS (
			SELECT 'receivable' AS kind, currency, member_id, sum(amount) AS sum FROM (
				SELECT currency, member_id, amount FROM membership.user_billing_schedules WHERE org_id = '${org}' AND status <> 'waived'
				UNION ALL SELECT currency, member_id, refunded_amount - amount FROM membership.user_payments
					WHERE org_id = '${org}' AND status = 'succeeded'
				UNION ALL SELECT currency, member_id, amount FROM membership.disputes
					WHERE org_id = '${org}' AND payment_id IS NOT NULL AND status = 'lost') x GROUP BY 2, 3
			UNION ALL SELECT 'cash', currency, NULL, sum(amount) FROM (
				SELECT currency, amount - refunded_amount AS amount FROM membership.user_payments WHERE org_id = '${org}' AND status = 'succeeded'
				UNION ALL SELECT currency, -amount FROM membership.disputes WHERE org_id = '${org}' AND payment_id IS NOT NULL AND status <> 'won'
				UNION ALL SELECT currency, -amount FROM membership.user_payouts WHERE org_id = '${org}' AND status = 'paid') x GROUP BY 2
			UNION ALL SELECT 'disputed', currency, NULL, sum(amount) FROM membership.disputes
				WHERE org_id = '${org}' AND payment_id IS NOT NULL AND status IN ('open', 'evidence') GROUP BY 2
			UNION ALL SELECT 'payouts', currency, NULL, sum(amount) FROM membership.user_payouts
				WHERE org_id = '${org}' AND status IN ('approved', 'sent', 'paid') GROUP BY 2
			UNION ALL SELECT 'payable', currency, member_id, -sum(amount) FROM membership.user_payouts
				WHERE org_id = '${org}' AND status IN ('approved', 'sent') GROUP BY 2, 3
			UNION ALL SELECT 'income', currency, NULL, -sum(amount) FROM membership.user_billing_schedules
				WHERE org_id = '${org}' AND status <> 'waived' GROUP BY 2)
		SELECT * FROM kept k FULL JOIN follows f ON (f.kind, f.currency) = (k.kind, k.currency) AND f.member_id IS NOT DISTINCT FROM k.member_id
		WHERE coalesce(k.sum, 0) <> coalesce(f.sum, 0)`);
	assert.deepEqual(wrong, []);
});

test('each acknowledged operation has happened once', () => {
	const status = new Map(sqlFor(org, `SELECT id, status FROM membership.user_payments WHERE org_id = '${org}'`).map(([id, is]) => [Number(id), is]));
	for (const [id, actions] of acknowledged) {
		for (const action of ['succeed', 'refund', 'cancel'])
			assert.ok(actions.filter((a) => a === action).length <= 1, `${id}: ${actions}`);
		for (const [action, then] of [['succeed', ['succeeded', 'refunded']], ['refund', ['refunded']], ['cancel', ['cancelled']]])
			assert.ok(!actions.includes(action) || then.includes(status.get(id)), `${id}: ${actions} ${status.get(id)}`);
	}
	for (const id of payments)
		assert.ok(status.has(id), `${id} is missing`);
	assert.equal(sqlFor(org, `SELECT count(*) FROM membership.user_payments WHERE org_id = '${org}' AND billing_schedule_id IS NULL`)[0][0],
		String(made), 'a repetition under a key made no payment');
	assert.deepEqual(sqlFor(org, `SELECT s.id FROM membership.user_billing_schedules s LEFT JOIN membership.user_payments p
		ON p.org_id = s.org_id AND p.billing_schedule_id = s.id AND p.status = 'succeeded' WHERE s.org_id = '${org}'
		GROUP BY s.org_id, s.id, s.status HAVING count(p.id) > 1 OR s.status = 'open' AND count(p.id) <> 0
		OR s.status = 'paid' AND count(p.id) <> 1`), [], 'an amount is paid once');
});

test('no payout was sent twice', async () => {
	const sent = [];
	const wrong = sqlFor(org, `SELECT b.id FROM membership.payout_batches b LEFT JOIN membership.user_payouts p ON p.org_id = b.org_id AND p.batch_id = b.id
		WHERE b.org_id = '${org}' GROUP BY b.org_id, b.id HAVING b.payouts <> count(p.id) OR b.total <> sum(p.amount)`);
	assert.deepEqual(wrong, []);
	const all = sqlFor(org, `SELECT id FROM membership.payout_batches WHERE org_id = '${org}'`).map(([id]) => Number(id));
	assert.ok(all.length > 0 && batches.every((id) => all.includes(id)), 'what was answered has happened');
	let refused = 0;
	for (const id of all) {
		const { json: rows } = await ask('GET', `/api/user_payouts${query({ filter: { batch_id: id }, range: [0, 999] })}`, { token: boss.token });
		const held = rows.filter(({ status, holds }) => status === 'sent' && holds.length > 0);
		const rs = await ask('GET', `/api/payout_batches/${id}/file`, { token: boss.token });
		const none = rows.every(({ status }) => status === 'failed');
		assert.equal(rs.status, held.length > 0 || none ? 409 : 200, rs.text);
		if (rs.status === 409) {
			assert.ok(none || held.some(({ reference }) => rs.text.includes(reference)), rs.text);
			refused++;
			continue;
		}
		const lines = Array.from(rs.text.matchAll(/<EndToEndId>([^<]*)/g), ([, reference]) => reference);
		assert.deepEqual(lines.sort(), rows.filter(({ status }) => status !== 'failed').map(({ reference }) => reference).sort());
		sent.push(...lines);
	}
	assert.ok(refused < all.length, 'no file at all');
	assert.equal(new Set(sent).size, sent.length);
	assert.deepEqual(sqlFor(org, `SELECT p.id FROM membership.user_payments p JOIN membership.user_payouts o ON o.org_id = p.org_id AND o.payment_id = p.id
		WHERE p.org_id = '${org}' AND o.status IN ('requested', 'approved', 'sent', 'paid') GROUP BY p.org_id, p.id HAVING sum(o.amount) > p.amount`), []);
	assert.deepEqual(sqlFor(org, `SELECT p.id, p.status FROM membership.user_payouts p LEFT JOIN LATERAL (SELECT string_agg(t.kind, ' ' ORDER BY t.kind) AS kinds
			FROM membership.ledger_transactions t WHERE t.org_id = p.org_id AND t.resource = 'user_payouts' AND t.row_id = p.id) t ON true
		WHERE p.org_id = '${org}' AND coalesce(t.kinds, '') <> ALL (CASE p.status WHEN 'approved' THEN '{payout_approved}' WHEN 'sent' THEN '{payout_approved}'
			WHEN 'paid' THEN '{payout_approved payout_paid}' WHEN 'failed' THEN '{payout_approved payout_reversed,payout_approved payout_paid payout_returned payout_reversed}'
			WHEN 'cancelled' THEN '{"",payout_approved payout_reversed}' ELSE '{""}' END::text[])`), []);
});

// The audit log shows the order, because both operations lock the payout. The IDs of the log begin with the time in
// milliseconds.
test('no payout was sent while a dispute held it', (t) => {
	const held = sqlFor(org, `WITH log AS MATERIALIZED (SELECT id >> 12 AS ms, table_name, row_id::bigint AS row_id, action, new->>'status' AS status
			FROM ops.audit_log WHERE org_id = '${org}' AND table_name IN ('disputes', 'user_payouts')),
		sent AS (SELECT p.*, l.ms FROM membership.user_payouts p
			JOIN log l ON l.table_name = 'user_payouts' AND l.row_id = p.id AND l.status = 'sent' WHERE p.org_id = '${org}')
		SELECT s.id, d.id FROM sent s JOIN membership.disputes d ON d.org_id = s.org_id AND (d.payout_id = s.id OR d.payment_id = s.payment_id)
		  JOIN log o ON o.table_name = 'disputes' AND o.row_id = d.id AND o.action = 'insert' AND o.ms < s.ms
		 WHERE NOT EXISTS (SELECT FROM log w WHERE w.table_name = 'disputes' AND w.row_id = d.id AND w.status = 'won' AND w.ms <= s.ms)`);
	assert.deepEqual(held, []);
	const [[about, waits]] = sqlFor(org, `SELECT count(*), count(*) FILTER (WHERE membership.payout_holds(id) <> '{}' AND status = 'approved')
		FROM membership.user_payouts WHERE org_id = '${org}'`);
	t.diagnostic(`say ${about} payouts, ${batches.length} batches, ${disputes.length} disputes, ${waits} held in the end`);
});
