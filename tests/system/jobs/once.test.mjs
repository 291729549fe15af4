// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// own stack: its tenantry-jobs works for all organizations.
// tenantry-jobs --once, as cron runs it, which does the work that is due and
// ends.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { before, test } from 'node:test';
import { ask, owner } from '../../lib/api.mjs';
import { BUILD, FROM, Server, launch, send, sql, status, until } from './lib/jobs.mjs';

const server = new Server();
before(() => server.start());

const settings = (more) => ({ SMTP_URL: server.url(), TENANTRY_MAIL_FROM: FROM, ...more });
const once = (more) => spawnSync(`${BUILD}/tenantry-jobs`, ['--once'],
	{ env: { ...process.env, ...settings(more) }, encoding: 'utf8', timeout: 60000 });
const ended = () => Object.fromEntries(sql('SELECT name, ended_at::text FROM ops.periodic_task'));

test('one run sends, imports and indexes what is due, and ends', async () => {
	const { token } = await owner('Once');
	const mail = send('once@example.test');
	const made = await ask('POST', '/api/imports?resource=contacts&filename=a.csv', { token,
		headers: { 'content-type': 'text/csv' }, body: 'first_name,last_name\nGrace,Hopper\n' });
	assert.equal(made.status, 201, made.text);
	const started = await ask('POST', `/api/imports/${made.json.id}/start`, { token, body: {} });
	assert.ok(started.status < 300, started.text);
	const run = once();
	assert.equal(run.status, 0, run.stderr);
	assert.equal(status(mail), 'sent');
	const found = await ask('GET', '/api/contacts?filter=%7B%22last_name%22%3A%22Hopper%22%7D', { token });
	assert.equal(found.json.length, 1, found.text);
});

test('the next run repeats only the periodic tasks that are due', () => {
	assert.equal(once().status, 0);
	sql(`UPDATE ops.periodic_task SET ended_at = now() - interval '61 seconds'`);
	const before = ended();
	const run = once();
	assert.equal(run.status, 0, run.stderr);
	const after = ended();
	assert.ok(Object.keys(before).length > 10);
	assert.notEqual(after.reminders, before.reminders);
	assert.notEqual(after.trash, before.trash);
	assert.equal(after.sweep, before.sweep);
	assert.equal(after.seal_tell, before.seal_tell);
});

test('a periodic task that has more to do is due in the next run', () => {
	sql(`DELETE FROM ops.periodic_task WHERE name IN ('import_files', 'merges');
		ALTER FUNCTION ops.purge_imports(integer) RENAME TO purge_imports_of_release;
		CREATE FUNCTION ops.purge_imports(batch integer) RETURNS integer LANGUAGE sql AS 'SELECT batch';
		GRANT EXECUTE ON FUNCTION ops.purge_imports(integer) TO tenantry_app`);
	const run = once();
	sql(`DROP FUNCTION ops.purge_imports(integer);
		ALTER FUNCTION ops.purge_imports_of_release(integer) RENAME TO purge_imports`);
	assert.equal(run.status, 0, run.stderr);
	assert.ok(ended().merges);
	assert.equal(ended().import_files, undefined);
});

test('a run ends if the database is unavailable, and refuses additional arguments', () => {
	const gone = once({ DATABASE_URL: 'postgresql://127.0.0.1:1/gone' });
	assert.notEqual(gone.status, null);
	assert.match(gone.stderr, /db_connect error=/);
	const words = spawnSync(`${BUILD}/tenantry-jobs`, ['--once', 'more'], { encoding: 'utf8' });
	assert.equal(words.status, 1);
	assert.match(words.stderr, /usage: tenantry-jobs/);
});

test('SIGTERM ends a run that has more to do', async () => {
	await server.kill();
	const child = launch(`${BUILD}/tenantry-jobs`, ['--once'],
		settings({ SMTP_URL: 'smtp://10.255.255.1:25' }), () => {});
	send('slow@example.test');
	await until(() => child.said().includes('start jobs'));
	child.kill('SIGTERM');
	assert.equal(typeof await child.gone, 'number');
});
