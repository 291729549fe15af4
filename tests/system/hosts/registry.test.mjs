// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_WORKERS=4 TENANTRY_LOGIN_WORKERS=2 TENANTRY_SLOW_WORKERS=2
// own stack: it has a second host, and fills a table of all hosts.
// What hosts know about each other (where they store files, and how many connections they may open), and what is
// counted only once.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { after, before, test } from 'node:test';
import { STACK, ask, owner, sql, until } from '../../lib/api.mjs';
import { startHost } from './host.mjs';

let b;
before(async () => {
	b = await startHost('b');
});
after(() => b.stop());

const doctor = () => spawnSync(`${process.env.BUILD}/tenantry`, ['doctor', '--quick'],
	{ encoding: 'utf8', env: { ...process.env, TENANTRY_SQL: process.env.SOURCES } }).stdout;
const hosts = () => Object.fromEntries(sql('SELECT name, connections FROM ops.hosts()'));

test('each host reports itself and its connections, and doctor compares their sum with the server', async () => {
	await until(() => Object.keys(hosts()).length === 2);
	// The connections of the workers in three pools, of the watcher and, with nchan, of the feed, and ten of
	// tenantry-jobs.
	const each = 4 + 2 + 2 + 1 + (process.env.TENANTRY_FEED_SOCKET ? 1 : 0) + 10;
	assert.deepEqual(hosts(), { [hostname()]: String(each), b: String(each) });
	const allowed = Number(sql('SELECT allowed FROM ops.connections()')[0][0]);
	assert.match(doctor(), new RegExp(`^ok    connection budget  *.* may open ${2 * each}, .* the server allows ${allowed}$`, 'm'));
	sql(`INSERT INTO ops.host (name, uploads, connections) VALUES ('c', 'local', ${allowed})`);
	assert.match(doctor(), new RegExp(`^warn  connection budget  *.* may open ${2 * each + allowed}, `, 'm'));
	const { text } = await ask('GET', '/metrics');
	assert.match(text, /^tenantry_host_connections\{host="b"\} \d+$/m);
	// A silent host is removed.
	sql(`UPDATE ops.host SET seen_at = now() - interval '31 seconds' WHERE name = 'c'`);
	assert.equal(Object.keys(hosts()).length, 2);
	assert.match(doctor(), /^ok    connection budget/m);
	sql(`DELETE FROM ops.host WHERE name = 'c'`);
});

test('the two parts of the metrics share no series, and together contain all', async () => {
	const names = async (part) => new Set([...(await ask('GET', `/metrics${part}`)).text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name));
	const [host, database, all] = [await names('?part=host'), await names('?part=database'), await names('')];
	assert.ok(host.has('tenantry_requests_total') && host.has('tenantry_pool_workers'));
	assert.ok(database.has('tenantry_queue_waiting') && database.has('tenantry_database_up'));
	assert.deepEqual([...host].filter((name) => database.has(name)), []);
	assert.deepEqual([...host, ...database].sort(), [...all].sort());
	assert.equal((await ask('GET', '/metrics?part=x')).status, 400);
});

// Starts a third host with a folder. Returns whether the host started, and its log.
function start(name, folder, settings = {}) {
	mkdirSync(folder, { recursive: true });
	const run = spawnSync('unshare', [...(process.getuid() === 0 ? [] : ['-r']), '--uts', 'sh', '-c',
		`hostname ${name}; exec timeout --preserve-status -s TERM 3 "$BUILD/tenantry-fcgi"`],
	{ encoding: 'utf8', env: { ...process.env, UPLOAD_DIR: folder, TENANTRY_SOCKET: `${STACK}/${name}.sock`, TENANTRY_LOGIN_SOCKET: '',
		TENANTRY_SLOW_SOCKET: '', TENANTRY_FEED_SOCKET: '', ...settings } });
	return { started: run.status === 0, log: run.stderr };
}

test('a host with a different file folder does not start beside other hosts, and doctor names the difference', async () => {
	const { token } = await owner('Files');
	assert.match(doctor(), /^warn  hosts  *.*b.* store files in UPLOAD_DIR, which must be the same folder/m);
	assert.ok(start('c', `${STACK}/other`).started, 'without files nothing shows that the folder is another one');
	const rs = await ask('POST', '/api/upload', { token, body: Buffer.from('a file'), headers: { 'content-type': 'text/plain' } });
	assert.equal(rs.status, 201, rs.text);
	// The other host serves the file.
	const path = new URL(rs.json.src).pathname;
	assert.equal((await ask('GET', path, { base: b.base })).text, 'a file');
	assert.match(doctor(), /^ok    hosts  /m);
	const refused = start('c', `${STACK}/other`);
	assert.ok(!refused.started);
	assert.match(refused.log, /none of the newest 1 files is in .*\/other: share this folder with .*b/);
	assert.ok(start('c', process.env.UPLOAD_DIR).started, 'the folder is shared');
	const s3 = { UPLOAD_PROVIDER: 's3', AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x', AWS_BUCKET: 'files' };
	assert.ok(start('c', `${STACK}/other`, s3).started);
	assert.match(doctor(), /^FAIL  hosts  *they store files in different places: .*c in s3 .*files/m);
	// If the other hosts are gone, a host serves everything except their files.
	sql(`UPDATE ops.host SET seen_at = now() - interval '1 minute' WHERE name <> 'c'`);
	assert.ok(start('c', `${STACK}/other`).started);
});
