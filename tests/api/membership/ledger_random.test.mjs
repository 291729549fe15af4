// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_WORKERS=6
// Random operations by sixteen clients, while workers and their connections are killed: the ledger sums to zero and
// agrees with the rows that it is about, and nothing was booked twice or forgotten. LEDGER_OPERATIONS is the number of
// operations, LEDGER_SEED repeats what is done, though not in the order of the processes.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, test } from 'node:test';
import { ask, owner, sleep } from '../../lib/api.mjs';
import { sql, sqlFor } from '../lib/database.mjs';

const OPERATIONS = Number(process.env.LEDGER_OPERATIONS ?? 3000);
const SEED = Number(process.env.LEDGER_SEED ?? Date.now() % 1000000);
const CLIENTS = 16, MEMBERS = 12;
const BROKEN = [502, 503, 504];
let boss, org;
const members = [], dues = [], payments = [];
const acknowledged = new Map();	// the actions of each payment that had an answer
let keys = 0, made = 0, broken = 0, running = true;

// mulberry32
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
});

async function post(path, body, headers = {}) {
	try {
		return await ask('POST', path, { token: boss.token, body, headers });
	} catch (error) {
		return { status: 502, text: String(error) };	// nginx had no worker
	}
}

// Repeats a request under its key until it has an answer.
async function create(path, body) {
	const key = `random-${++keys}`;
	for (let turn = 0; turn < 200; turn++) {
		const rs = await post(path, body, { 'Idempotency-Key': key });
		if (!BROKEN.includes(rs.status) && !(rs.status === 409 && /in progress|same key|being processed/.test(rs.text)))
			return rs;
		broken++;
		await sleep(50);
	}
	throw new Error(`no answer to ${path}`);
}

async function operate(random) {
	const member_id = members[random(MEMBERS)], amount = 1 + random(100000), currency = random(4) ? 'EUR' : 'CHF';
	const some = (list) => list[Math.max(0, list.length - 1 - random(60))];
	const what = random(10);
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
		const rs = await post(`/api/user_payments/${id}/${action}`, { reason: `by ${action}` });
		assert.ok([200, 409, ...BROKEN].includes(rs.status), `${rs.status} ${rs.text}`);
		if (rs.status === 200)
			acknowledged.set(id, [...acknowledged.get(id) ?? [], action]);
		else if (rs.status !== 409)
			broken++;
	}
}

// Kills a worker at once, or ends the connection of one.
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

test(`${OPERATIONS} operations, with the seed ${SEED}`, async (t) => {
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
});

test('the ledger sums to zero, and its balances are the sums', () => {
	assert.deepEqual(sqlFor(org, `SELECT coalesce(sum(amount), 0) FROM membership.ledger_entries WHERE org_id = '${org}'`), [['0']]);
	assert.deepEqual(sql('SELECT * FROM membership.wrong_ledgers()'), []);
	assert.deepEqual(sql('SELECT * FROM ops.wrong_totals()'), []);
});

test('each event is booked once, none is forgotten', () => {
	const booked = (key, of) => sqlFor(org, `SELECT x.id FROM ${of} x
		FULL JOIN (SELECT row_id, min(key) AS key, count(*) AS n FROM membership.ledger_transactions
			WHERE org_id = '${org}' AND kind = '${key}' GROUP BY row_id) t ON t.row_id = x.id
		WHERE t.n IS DISTINCT FROM 1 OR x.id IS NULL`);
	const paid = (condition) => `(SELECT id FROM membership.user_payments WHERE org_id = '${org}' AND ${condition})`;
	const due = (condition) => `(SELECT id FROM membership.user_billing_schedules WHERE org_id = '${org}' AND ${condition})`;
	assert.deepEqual(booked('payment', paid("status IN ('succeeded', 'refunded')")), []);
	assert.deepEqual(booked('refund', paid("status = 'refunded'")), []);
	assert.deepEqual(booked('charge', due('true')), []);
	assert.deepEqual(booked('waiver', due("status = 'waived'")), []);
});

test('balances are those that follow from the rows', () => {
	const wrong = sqlFor(org, `WITH kept AS (
			SELECT a.kind, a.currency, a.member_id, sum(t.change) AS sum FROM membership.ledger_accounts a
			  JOIN ops.totals t ON t.org_id = a.org_id AND t.resource = 'ledger_entries ' || a.id
			 WHERE a.org_id = '${org}' GROUP BY 1, 2, 3),
		follows AS (
			SELECT 'receivable' AS kind, currency, member_id, sum(amount) AS sum FROM (
				SELECT currency, member_id, amount FROM membership.user_billing_schedules WHERE org_id = '${org}' AND status <> 'waived'
				UNION ALL SELECT currency, member_id, -amount FROM membership.user_payments
					WHERE org_id = '${org}' AND status = 'succeeded') x GROUP BY 2, 3
			UNION ALL SELECT 'cash', currency, NULL, sum(amount) FROM membership.user_payments
				WHERE org_id = '${org}' AND status = 'succeeded' GROUP BY 2
			UNION ALL SELECT 'income', currency, NULL, -sum(amount) FROM membership.user_billing_schedules
				WHERE org_id = '${org}' AND status <> 'waived' GROUP BY 2)
		SELECT * FROM kept k FULL JOIN follows f ON (f.kind, f.currency) = (k.kind, k.currency) AND f.member_id IS NOT DISTINCT FROM k.member_id
		WHERE coalesce(k.sum, 0) <> coalesce(f.sum, 0)`);
	assert.deepEqual(wrong, []);
});

test('what was answered has happened, once', () => {
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
