// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// own stack: it ends the database connections.
// With a new cache epoch, workers drop their caches, and the ETags of documents
// change.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { ask, owner, sql, until } from '../../lib/api.mjs';
import { workers } from '../../lib/fcgi.mjs';

const who = await owner('Epoch');
const clear = () => spawnSync(`${process.env.BUILD}/tenantry`, ['cache', 'clear'], { encoding: 'utf8' });
const sessions = () => sql(`SELECT pid FROM pg_stat_activity WHERE application_name = 'tenantry'
	AND datname = current_database() ORDER BY 1`).flat();

test('after tenantry cache clear, workers open new connections without an error', async () => {
	const pool = await workers();
	const list = () => pool.ask('GET', '/api/contacts?range=[0,9]', { token: who.token });
	assert.equal((await list()).status, 200);
	await until(() => pool.log().includes('cache_epoch')); // waits until the watcher is connected
	const before = sessions();
	assert.equal((await list()).status, 200);
	assert.deepEqual(sessions(), before, 'without a new epoch they stay');
	const said = clear();
	assert.equal(said.status, 0, said.stderr);
	const epoch = /cache epoch (\d+)/.exec(said.stdout)[1];
	await until(() => pool.log().includes(`cache_epoch epoch=${epoch}`));
	assert.equal((await list()).status, 200);
	const after = sessions().filter((pid) => !before.includes(pid));
	assert.equal(after.length, 1, 'the worker that was asked has another connection');
	assert.equal((await list()).status, 200);
	assert.deepEqual(sessions().filter((pid) => !before.includes(pid)), after, 'and keeps it');
	assert.doesNotMatch(pool.log(), / error /);
	await pool.stop();
});

test('a worker adopts a new epoch after its database was unavailable', async () => {
	const pool = await workers();
	sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tenantry'
		AND datname = current_database()`);
	const epoch = Number(sql('SELECT ops.new_cache_epoch()')[0][0]);
	await until(() => pool.log().includes(`cache_epoch epoch=${epoch}`));
	await pool.stop();
});

test('a notification that arrives with a response is not missed', async (t) => {
	const pool = await workers();
	const signal = (name) => pool.pids().forEach((pid) => process.kill(pid, name));
	const busy = () => sql(`SELECT coalesce(wait_event_type, '') FROM pg_stat_activity WHERE application_name = 'tenantry'
		AND state = 'active' AND datname = current_database() AND query LIKE '%ops.follow%'`).flat();
	const next = () => sql('SELECT ops.new_cache_epoch()')[0][0];
	const first = sql('SELECT ops.cache_epoch()')[0][0];
	await until(() => pool.log().includes(`cache_epoch epoch=${first}`));
	const holder = spawn('psql', ['-Xq'], { stdio: ['pipe', 'ignore', 'inherit'] });
	t.after(() => holder.kill());
	holder.stdin.write('BEGIN; LOCK TABLE ops.route_alias;\n');
	await until(() => sql(`SELECT 1 FROM pg_locks WHERE relation = 'ops.route_alias'::regclass AND mode = 'AccessExclusiveLock'
		AND granted`).length);
	next();
	await until(() => busy().filter((wait) => wait === 'Lock').length === 2); // the watchers of the stack and of this pool
	signal('SIGSTOP');
	holder.stdin.end('COMMIT;\n');
	await once(holder, 'exit');
	await until(() => busy().length === 0);
	const epoch = next();
	signal('SIGCONT');
	await until(() => pool.log().includes(`cache_epoch epoch=${epoch}`));
	await pool.stop();
});

test('a committed migration begins an epoch, and a rolled-back migration does not', async () => {
	const pool = await workers();
	const now = () => Number(sql('SELECT ops.cache_epoch()')[0][0]);
	const before = now();
	await until(() => pool.log().includes(`cache_epoch epoch=${before}`));
	sql('BEGIN; SELECT ops.new_cache_epoch(); ROLLBACK');
	assert.equal(now(), before);
	sql('BEGIN; SELECT ops.new_cache_epoch(); COMMIT');
	await until(() => pool.log().includes(`cache_epoch epoch=${before + 1}`));
	assert.equal(pool.log().split('cache_epoch epoch=').length - 1, 2);
	await pool.stop();
});

test('the ETags of calendars and cards change, but row ETags do not', async () => {
	const feed = (await ask('POST', '/api/calendar_feeds', { token: who.token, body: {} })).json;
	const row = (await ask('POST', '/api/contacts', { token: who.token, body: { last_name: 'Card' } })).json;
	const key = (await ask('POST', '/api/auth/api-key/create', { token: who.token, body: { name: 'x' } })).json.key;
	const basic = 'Basic ' + Buffer.from(`x:${key}`).toString('base64');
	const calendar = new URL(feed.url).pathname, card = `/carddav/books/contacts/${row.id}.vcf`;
	const get = (path, etag) => ask('GET', path, { headers: { ...(etag ? { 'if-none-match': etag } : {}),
		...(path === card ? { authorization: basic } : {}) } });
	const etagOf = async () => (await ask('GET', `/api/contacts/${row.id}`, { token: who.token })).headers.etag;
	const rowTag = await etagOf();
	for (const path of [calendar, card]) {
		const first = await get(path);
		assert.equal(first.status, 200, `${path} ${first.text}`);
		assert.equal((await get(path, first.headers.etag)).status, 304);
		assert.equal(clear().status, 0);
		const again = await get(path, first.headers.etag);
		assert.equal(again.status, 200);
		assert.notEqual(again.headers.etag, first.headers.etag);
		assert.equal((await get(path, again.headers.etag)).status, 304);
	}
	assert.equal(await etagOf(), rowTag);
});
