// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_WORKERS=4 TENANTRY_LOGIN_WORKERS=2 TENANTRY_SLOW_WORKERS=2
// own stack: it kills and restarts processes.
// Clients write with idempotency keys and retry until a write is acknowledged, while the processes on which they depend
// are killed, restarted and reloaded. At the end, each acknowledged write exists exactly once, as acknowledged.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { owner, sql, workersLog } from '../../lib/api.mjs';
import { children } from '../../lib/fcgi.mjs';
import { NGINX, SECONDS, WORKERS, killWorker, outliveCrashes, postgres, storm }
	from './storm.mjs';

let who;

before(async () => {
	who = await owner('Storm');
});

// Checks that each acknowledged key has one row with the acknowledged ID and one line in the audit log, and that
// there are no other rows.
function judge(storm, log) {
	const rows = new Map(sql(`SELECT name, count(*), min(id) FROM crm.tags
		WHERE name LIKE '${storm}%' GROUP BY name`)
		.map(([name, count, id]) => [name, { count: Number(count), id }]));
	let lost = 0, doubled = 0, other = 0;
	for (const [key, text] of log.acked) {
		const row = rows.get(key);
		lost += !row;
		doubled += row?.count > 1;
		other += row && String(JSON.parse(text).id) !== row.id;
	}
	console.log(`say ${storm}: lost ${lost}, duplicated ${doubled}`);
	assert.deepEqual({ lost, doubled, other },
		{ lost: 0, doubled: 0, other: 0 });
	assert.equal(rows.size, log.acked.size, 'rows that were not acknowledged');
	assert.equal(sql(`SELECT count(*) FROM ops.audit_log t
		WHERE t::text LIKE '%${storm}-%'`)[0][0], String(rows.size));
	assert.ok(log.acked.size > SECONDS * 10, 'too few requests succeeded');
}

async function tags(name, fault, pause) {
	const log = await storm(name, who.token, (key) => ({ path: '/api/tags',
		body: { name: key, color: '#abc' } }), fault, pause);
	judge(name, log);
	return log;
}

test('acknowledged writes survive workers that are killed with SIGKILL', async () => {
	await tags('kill', killWorker, () => 60 + Math.random() * 120);
	assert.match(workersLog(), /worker_died .*signal=9/);
});

test('acknowledged writes survive database restarts with fast and immediate shutdown', async () => {
	await outliveCrashes();
	await tags('restart', async (n) => {
		postgres('restart', '-m', n % 2 ? 'immediate' : 'fast');
	}, () => 1500 + Math.random() * 1000);
});

test('acknowledged writes survive reloads of nginx and the workers', async () => {
	const log = await tags('reload', () => {
		process.kill(NGINX, 'SIGHUP');
		process.kill(WORKERS, 'SIGHUP');
	}, () => 500);
	assert.deepEqual(log.refused, {}, 'a reload drops no request');
});

test('acknowledged writes survive all faults at once', async () => {
	await tags('everything', async (n) => {
		const pids = children(WORKERS);
		if (n % 20 === 19)
			postgres('restart', '-m', 'immediate');
		else if (n % 5 === 4)
			process.kill(n % 2 ? NGINX : WORKERS, 'SIGHUP');
		else if (pids.length)
			process.kill(pids[n % pids.length], 'SIGKILL');
	}, () => 150);
});
