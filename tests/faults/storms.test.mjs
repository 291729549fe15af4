// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_WORKERS=4 TENANTRY_LOGIN_WORKERS=2 TENANTRY_SLOW_WORKERS=2
// Clients write with keys and try again until they are told; meanwhile what
// they depend on is killed, restarted and reloaded.  At the end each write
// that was acknowledged is there exactly once, as it was acknowledged.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import http from 'node:http';
import { before, test } from 'node:test';
import { BASE, ask, owner, sleep, sql, until, workersLog }
	from '../lib/api.mjs';
import { children } from '../lib/fcgi.mjs';

const SECONDS = Number(process.env.STORM_SECONDS ?? 10);
const CLIENTS = 8;
const [WORKERS, NGINX] = [process.env.WORKERS, process.env.NGINX].map(Number);
let who;

before(async () => {
	who = await owner('Storm');
});

// One try on a connection of its own; null when there was no whole answer.
function attempt(method, path, key, body) {
	return new Promise((resolve) => {
		const data = JSON.stringify(body);
		const rq = http.request(BASE + path, { method, agent: false,
			timeout: 20000, headers: { authorization: `Bearer ${who.token}`,
				'content-type': 'application/json', 'idempotency-key': key,
				'content-length': Buffer.byteLength(data) } }, (rs) => {
			let text = '';
			rs.on('data', (part) => { text += part; });
			rs.on('error', () => resolve(null));
			rs.on('close', () => resolve(rs.complete
				? { status: rs.statusCode, text } : null));
		});
		rq.on('timeout', () => rq.destroy());
		rq.on('error', () => resolve(null));
		rq.end(data);
	});
}

// What the clients were told, for the oracle.
function ledger() {
	return { acked: new Map(), tries: 0, refused: {}, worst: 0 };
}

// Writes until told to stop, each write until it is acknowledged.
async function client(name, log, running) {
	for (let n = 0; running(); n++) {
		const key = `${name}-${n}`, start = Date.now();
		for (;;) {
			log.tries++;
			const rs = await attempt('POST', '/api/tags', key,
				{ name: key, color: '#abc' });
			if (rs?.status === 201) {
				log.acked.set(key, rs.text);
				break;
			}
			const why = rs ? rs.status : 'broken';
			log.refused[why] = (log.refused[why] ?? 0) + 1;
			assert.ok(!rs || [409, 502, 503, 504].includes(rs.status),
				`${rs?.status} ${rs?.text}`);
			assert.ok(Date.now() - start < 60000, `${key} got no answer`);
			await sleep(20 + Math.random() * 60);
		}
		log.worst = Math.max(log.worst, Date.now() - start);
	}
}

// Every key that was acknowledged has one row, the one it was told of, one
// line in the audit log; and no other row has come.
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
	console.log(`say ${storm}: ${log.acked.size} acknowledged of `
		+ `${log.tries} tries, lost ${lost}, doubled ${doubled}, `
		+ `refused ${JSON.stringify(log.refused)}, `
		+ `longest ${log.worst} ms`);
	assert.deepEqual({ lost, doubled, other },
		{ lost: 0, doubled: 0, other: 0 });
	assert.equal(rows.size, log.acked.size, 'rows that nobody was told of');
	assert.equal(sql(`SELECT count(*) FROM ops.audit_log t
		WHERE t::text LIKE '%${storm}-%'`)[0][0], String(rows.size));
	assert.ok(log.acked.size > SECONDS * 10, 'it hardly served');
}

// Nothing stays behind: no transaction, no lock, no process too many.
async function settled() {
	await until(async () => (await ask('GET', '/ready')
		.catch(() => ({}))).status === 200, 20000);
	await until(() => sql(`SELECT count(*) FROM pg_stat_activity
		WHERE datname = current_database() AND state LIKE 'idle in%'`)[0][0]
		=== '0', 10000);
	await until(() => children(WORKERS).length === 4 + 2 + 2, 20000);
	assert.equal(sql(`SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'
		AND database = (SELECT oid FROM pg_database
			WHERE datname = current_database())`)[0][0], '0');
}

async function storm(name, fault, pause) {
	const log = ledger(), end = Date.now() + SECONDS * 1000;
	let times = 0;
	const all = Array.from({ length: CLIENTS }, (_, i) =>
		client(`${name}-${i}`, log, () => Date.now() < end));
	const clients = Promise.all(all);
	clients.catch(() => {});
	while (Date.now() < end) {
		await sleep(pause());
		await fault(times++);
	}
	await clients;
	await settled();
	console.log(`say ${name}: ${times} times`);
	judge(name, log);
	return log;
}

test('workers are killed', async () => {
	await storm('kill', () => {
		const pids = children(WORKERS);
		if (pids.length)
			process.kill(pids[Math.floor(Math.random() * pids.length)],
				'SIGKILL');
	}, () => 60 + Math.random() * 120);
	assert.match(workersLog(), /worker_died .*signal=9/);
});

// pg_ctl as whoever owns the cluster.
function postgres(...words) {
	const [bin] = readdirSync('/usr/lib/postgresql')
		.sort((x, y) => y - x).map((v) => `/usr/lib/postgresql/${v}/bin`);
	const command = [`${bin}/pg_ctl`, '-D', process.env.TEST_PGDATA, '-w',
		'-l', `${process.env.PGHOST}/server.log`, ...words];
	if (process.getuid() === 0)
		command.unshift('setpriv', '--reuid=postgres', '--regid=postgres',
			'--init-groups');
	const { status, stdout } = spawnSync('setsid', command,
		{ stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8', cwd: '/' });
	assert.equal(status, 0, stdout);
}

test('the database restarts, in order and at once', async () => {
	/* The cluster of the tests need not outlive a crash; this one must. */
	sql(`ALTER SYSTEM SET fsync = on;
		ALTER SYSTEM SET synchronous_commit = on;
		ALTER SYSTEM SET full_page_writes = on;
		SELECT pg_reload_conf()`);
	await sleep(200);
	sql('CHECKPOINT');
	await storm('restart', async (n) => {
		postgres('restart', '-m', n % 2 ? 'immediate' : 'fast');
	}, () => 1500 + Math.random() * 1000);
});

test('nginx and the workers reload', async () => {
	const log = await storm('reload', () => {
		process.kill(NGINX, 'SIGHUP');
		process.kill(WORKERS, 'SIGHUP');
	}, () => 500);
	assert.deepEqual(log.refused, {}, 'a reload drops nothing');
});

test('all of it at once', async () => {
	await storm('everything', async (n) => {
		const pids = children(WORKERS);
		if (n % 20 === 19)
			postgres('restart', '-m', 'immediate');
		else if (n % 5 === 4)
			process.kill(n % 2 ? NGINX : WORKERS, 'SIGHUP');
		else if (pids.length)
			process.kill(pids[n % pids.length], 'SIGKILL');
	}, () => 150);
});
