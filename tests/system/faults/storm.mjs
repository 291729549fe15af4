// Clients that write with idempotency keys and retry until a write is acknowledged, while a fault is repeated.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import http from 'node:http';
import { BASE, ask, sleep, sql, until } from '../../lib/api.mjs';
import { children } from '../../lib/fcgi.mjs';

export const SECONDS = Number(process.env.STORM_SECONDS ?? 10);
export const [WORKERS, NGINX] = [process.env.WORKERS, process.env.NGINX]
	.map(Number);
const CLIENTS = 8;

// Makes one attempt on a separate connection. Returns null if there is no complete response.
function attempt({ method = 'POST', path, body, type = 'application/json' },
	key, token) {
	return new Promise((resolve) => {
		const data = Buffer.isBuffer(body) ? body : JSON.stringify(body);
		const rq = http.request(BASE + path, { method, agent: false,
			timeout: 20000, headers: { authorization: `Bearer ${token}`,
				'content-type': type, 'idempotency-key': key,
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

// Creates a record of the responses that the clients receive.
function ledger() {
	return { acked: new Map(), tries: 0, refused: {}, worst: 0 };
}

// Writes until it is stopped, and repeats each write until it is acknowledged. write(key) returns the request, or null
// if there is nothing left to write.
async function client(name, token, write, log, running) {
	for (let n = 0; running(); n++) {
		const key = `${name}-${n}`, start = Date.now();
		const request = write(key);
		if (request === null)
			return;
		for (;;) {
			log.tries++;
			const rs = await attempt(request, key, token);
			if (rs && rs.status < 300) {
				log.acked.set(key, rs.text);
				break;
			}
			const why = rs ? rs.status : 'broken';
			log.refused[why] = (log.refused[why] ?? 0) + 1;
			assert.ok(!rs || [409, 502, 503, 504].includes(rs.status),
				`${rs?.status} ${rs?.text}`);
			assert.ok(Date.now() - start < 60000, `${key} got no response`);
			await sleep(20 + Math.random() * 60);
		}
		log.worst = Math.max(log.worst, Date.now() - start);
	}
}

// Waits until there is no open transaction, no lock, and no process except the three pools and the admission queue.
async function settled() {
	await until(async () => (await ask('GET', '/ready')
		.catch(() => ({}))).status === 200, 20000);
	await until(() => sql(`SELECT count(*) FROM pg_stat_activity
		WHERE datname = current_database() AND state LIKE 'idle in%'`)[0][0]
		=== '0', 10000);
	// The workers of three pools, and three helpers: the queue, the watcher and the feed.
	await until(() => children(WORKERS).length === 4 + 2 + 2 + 3, 20000);
	/* A periodic task may hold a lock while it runs. */
	await until(() => sql(`SELECT count(*) FROM pg_locks
		WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database
			WHERE datname = current_database())`)[0][0] === '0', 10000);
}

// Runs a storm and returns the acknowledged writes.
export async function storm(name, token, write, fault, pause) {
	const log = ledger(), end = Date.now() + SECONDS * 1000;
	let times = 0;
	const all = Array.from({ length: CLIENTS }, (_, i) => client(
		`${name}-${i}`, token, write, log, () => Date.now() < end));
	const clients = Promise.all(all);
	clients.catch(() => {});
	while (Date.now() < end) {
		await sleep(pause());
		await fault(times++);
	}
	await clients;
	await settled();
	console.log(`say ${name}: ${times} times, ${log.acked.size} acknowledged of `
		+ `${log.tries} tries, refused ${JSON.stringify(log.refused)}, `
		+ `longest ${log.worst} ms`);
	assert.ok(log.acked.size > SECONDS, 'too few requests succeeded');
	return log;
}

// Kills a random worker.
export function killWorker() {
	const pids = children(WORKERS);
	if (pids.length)
		process.kill(pids[Math.floor(Math.random() * pids.length)],
			'SIGKILL');
}

// Runs pg_ctl as the owner of the cluster.
export function postgres(...words) {
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

// Enables crash safety, without which the test cluster runs.
export async function outliveCrashes() {
	sql(`ALTER SYSTEM SET fsync = on;
		ALTER SYSTEM SET synchronous_commit = on;
		ALTER SYSTEM SET full_page_writes = on;
		SELECT pg_reload_conf()`);
	await sleep(200);
	sql('CHECKPOINT');
}
