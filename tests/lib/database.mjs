// Database helpers that count the round trips of a client and hold a lock.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { after } from 'node:test';
import { sql } from './api.mjs';

// Starts a proxy in front of the server. It counts how often the client sends data after a response, which is the
// number of actual round trips.
export async function countingProxy() {
	const folder = mkdtempSync('/tmp/tenantry-wire.');
	const port = process.env.PGPORT ?? '5432';
	const target = `${process.env.PGHOST}/.s.PGSQL.${port}`;
	// The watcher's connections do not belong to a request. With a pooler, the watcher polls continuously.
	const connections = new Set();
	const counter = { get trips() {
		return [...connections].reduce((sum, { trips, watches }) => sum + (watches ? 0 : trips), 0);
	} };
	const server = net.createServer((client) => {
		const upstream = net.connect(target), own = { trips: 0, watches: false };
		let answered = true;
		connections.add(own);
		client.on('data', (part) => {
			own.watches ||= part.includes('ops.follow(');
			own.trips += answered;
			answered = false;
			upstream.write(part);
		});
		upstream.on('data', (part) => {
			answered = true;
			client.write(part);
		});
		for (const [one, other] of [[client, upstream], [upstream, client]]) {
			one.on('error', () => other.destroy());
			one.on('close', () => other.destroy());
		}
	});
	await new Promise((done) => server.listen(
		`${folder}/.s.PGSQL.${port}`, done));
	const url = process.env.DATABASE_URL.replace(/host=[^&]*/,
		`host=${folder}`);
	server.unref();
	return { counter, url, close() {
		server.close();
		rmSync(folder, { recursive: true });
	} };
}

const holders = new Set();

after(() => {
	for (const psql of holders)
		psql.kill('SIGKILL');
});

// Holds the locks of a statement until release() is called, which ends its transaction.
export async function hold(statement) {
	const psql = spawn('psql', ['-XqAt'], { stdio: ['pipe', 'pipe', 'ignore'] });
	holders.add(psql);
	const gone = new Promise((done) => psql.on('exit', () => {
		holders.delete(psql);
		done();
	}));
	psql.stdin.write(`BEGIN; ${statement};\nSELECT 'held by ' || pg_backend_pid();\n`);
	let said = '';
	psql.backend = await new Promise((done) => psql.stdout.on('data', (part) => {
		said += part;
		const held = said.match(/held by (\d+)\n/);
		if (held)
			done(held[1]);
	}));
	return {
		async release(end = 'ROLLBACK') {
			psql.stdin.end(`${end};\n`);
			await gone;
		},
	};
}

// Returns the number of backends that wait for a lock of hold(), directly or behind another backend.
export function waiting() {
	const held = [...holders].map(({ backend }) => backend).join();
	return Number(sql(`WITH RECURSIVE w AS (SELECT pid, pg_blocking_pids(pid) AS by FROM pg_stat_activity
			WHERE wait_event_type = 'Lock' AND datname = current_database()),
		behind AS (SELECT pid FROM w WHERE by && '{${held}}'
			UNION SELECT w.pid FROM w JOIN behind b ON b.pid = ANY (w.by))
		SELECT count(*) FROM behind`)[0][0]);
}
