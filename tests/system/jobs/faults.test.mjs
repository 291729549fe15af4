// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// own stack: its tenantry-jobs works for all organizations.
// Mail servers that are down, slow, invalid or killed, and processes that are killed. Each email arrives once or fails
// visibly.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { afterEach, before, test } from 'node:test';
import { LONG, long } from '../../lib/api.mjs';
import { Server, freePort, jobsLog, mail, parse, send, sleep, sql, startJobs,
	status, statusBecomes, stopJobs, tenantry, until } from './lib/jobs.mjs';

const ROUNDS = Number(process.env.KILL_ROUNDS ?? (LONG ? 40 : 8));
const server = new Server();
let jobs;

before(() => server.start());

afterEach(async () => {
	if (jobs?.exitCode === null && jobs.signalCode === null)
		await stopJobs(jobs);
});

const start = async (env) => (jobs = await startJobs(
	{ SMTP_URL: server.url(), ...env }));

// Returns the child processes of a process.
const children = (pid) => readdirSync('/proc').filter((p) => /^\d+$/.test(p))
	.filter((p) => {
		try {
			return readFileSync(`/proc/${p}/stat`, 'utf8')
				.replace(/^.*\) /s, '').split(' ')[1] === String(pid);
		} catch {
			return false;
		}
	}).map(Number);

test('an email is delivered when a server that was down is up again', async () => {
	await server.kill();
	await start();
	const id = send('down@example.test');
	await until(() => mail(id).attempts >= 2 && status(id) === 'waiting');
	assert.match(mail(id).error, /connect/i);
	await server.start();
	await statusBecomes(id, 'sent');
	assert.equal(server.to('down@example.test').length, 1);
});

test('a retry after a temporary error sends the same message', async () => {
	await start();
	const ids = [send('greylist-a@example.test'), send('busy-a@example.test'),
		send('cut-a@example.test')];
	for (const id of ids)
		await statusBecomes(id, 'sent', 30000);
	assert.equal(mail(ids[0]).attempts, 3);
	assert.equal(mail(ids[1]).attempts, 2);
	assert.equal(mail(ids[2]).attempts, 2);
	for (const id of ids) {
		const got = server.to(mail(id).recipient);
		assert.equal(got.length, 1);
		assert.equal((await parse(got[0])).messageId, mail(id).messageId);
	}
	assert.match(jobsLog(), /mail_deferred .*error="451 4\.7\.1 come back later"/);
});

test('a slow server times out and does not delay other emails', async () => {
	const seconds = 15;
	await start({ TENANTRY_MAIL_TIMEOUT: String(seconds) });
	const slow = [1, 2, 3].map((n) => send(`deaf-${n}@example.test`));
	await until(() => slow.every((id) => mail(id).attempts === 1));
	const ids = Array.from({ length: 20 }, (_, n) => send(`quick${n}@example.test`));
	for (const id of ids)
		await statusBecomes(id, 'sent');
	const [[longest]] = sql(`SELECT max(extract(epoch FROM ended_at - created_at))
		FROM ops.mail WHERE recipient LIKE 'quick%'`);
	assert.ok(Number(longest) < seconds * 3 / 4, `one took ${longest} s`);
	for (const id of slow) {
		await until(() => mail(id).error);
		assert.match(mail(id).error, /tim(ed|e) ?out/i);
		assert.equal(status(id), 'waiting');
	}
	sql("UPDATE ops.mail SET give_up_at = now() WHERE recipient LIKE 'deaf-%'");
	for (const id of slow)
		await statusBecomes(id, 'failed');
	assert.match(mail(slow[0]).error, /not delivered in time; last: /);
});

test('a rejected email fails visibly, and the other emails are delivered', async () => {
	await start();
	const ids = ['first', 'refused-x', 'second', 'spam-x', 'third']
		.map((who) => send(`${who}@example.test`));
	for (const n of [0, 2, 4])
		await statusBecomes(ids[n], 'sent');
	for (const n of [1, 3])
		await statusBecomes(ids[n], 'failed');
	assert.equal(mail(ids[1]).error, '550 5.1.1 nobody of that name?? here');
	assert.equal(mail(ids[1]).attempts, 1);
	assert.equal(mail(ids[3]).error, '554 5.7.1 not this');
	assert.equal(server.to('spam-x@example.test').length, 0);
	const list = tenantry('mail', 'failed');
	assert.match(list, /refused-x@example\.test {2}550 5\.1\.1/);
	assert.doesNotMatch(list, /first@/);
	tenantry('mail', 'retry', ids[1]);
	await until(() => mail(ids[1]).attempts === 2);
	await statusBecomes(ids[1], 'failed');
});

test('an email with an unknown outcome is not sent again until an operator retries it', async () => {
	await start();
	const ids = [send('mute-a@example.test'), send('shut-a@example.test')];
	for (const id of ids) {
		await statusBecomes(id, 'uncertain');
		assert.equal(server.to(mail(id).recipient).length, 1);
		assert.match(tenantry('mail', 'failed'), new RegExp(`${id}.*uncertain`));
	}
	await sleep(2500);
	for (const id of ids)
		assert.equal(server.to(mail(id).recipient).length, 1);
	tenantry('mail', 'retry', ids[1]);
	await statusBecomes(ids[1], 'sent');
	const twice = await Promise.all(server.to('shut-a@example.test').map(parse));
	assert.equal(twice.length, 2);
	assert.equal(twice[0].messageId, twice[1].messageId);
});

test('killing an SMTP child process does not affect other emails', async () => {
	await start();
	const id = send('deaf-courier@example.test');
	const [child] = await until(() => {
		const all = children(jobs.pid).flatMap(children);
		return all.length && all;
	});
	const other = send('beside@example.test');
	process.kill(child, 'SIGKILL');
	await statusBecomes(other, 'sent');
	await until(() => mail(id).error);
	assert.match(mail(id).error, /the sending process died/);
	assert.equal(status(id), 'waiting');
	sql(`DELETE FROM ops.mail WHERE id = ${id}`);
});

test('an email whose SMTP child is killed after the message is not sent again', async () => {
	await start();
	const id = send('mute-courier@example.test');
	await until(() => server.to('mute-courier@example.test').length === 1);
	for (const child of children(jobs.pid).flatMap(children))
		process.kill(child, 'SIGKILL');
	await statusBecomes(id, 'uncertain');
	assert.match(mail(id).error, /the sending process died/);
	assert.equal(server.to('mute-courier@example.test').length, 1);
});

const JOBS = 10; /* number of tenantry-jobs processes */

test('a killed job process is restarted', async () => {
	await start();
	const before = await until(() => {
		const all = children(jobs.pid);
		return all.length === JOBS && all;
	});
	for (const job of before)
		process.kill(job, 'SIGKILL');
	const id = send('again@example.test');
	await statusBecomes(id, 'sent');
	await until(() => children(jobs.pid).length === JOBS);
	assert.ok(!children(jobs.pid).some((pid) => before.includes(pid)));
});

test('on SIGTERM, tenantry-jobs finishes the started emails and releases the others',
	async () => {
		await server.kill();
		await server.start({ DELAY: '600' });
		await start();
		const ids = Array.from({ length: 12 }, (_, n) =>
			send(`end${n}@example.test`));
		await sleep(400);
		await stopJobs(jobs);
		for (const id of ids)
			assert.ok(['sent', 'waiting'].includes(status(id)), status(id));
		await server.kill();
		await server.start();
		await start();
		for (const id of ids) {
			await statusBecomes(id, 'sent', 4000);
			assert.equal(server.to(mail(id).recipient).length, 1);
		}
	});

// Checks the outcome of each email. A sent email arrived once, a failed email did not arrive, and an uncertain email
// was started and arrived at most once.
function checkOutcomes(like, most) {
	const count = { sent: 0, uncertain: 0, failed: 0 };
	const got = new Map();
	for (const { to } of server.accepted())
		got.set(to, (got.get(to) ?? 0) + 1);
	for (const [id, to, how] of sql(`SELECT id, recipient, status FROM ops.mail
		WHERE recipient LIKE '${like}%'`)) {
		const times = got.get(to) ?? 0;
		count[how]++;
		if (how === 'sent')
			assert.equal(times, 1, `${to} was sent and arrived ${times} times`);
		else if (how === 'failed')
			assert.equal(times, 0, `${to} failed and arrived`);
		else
			assert.ok(how === 'uncertain' && times <= 1, `${id} ${how} ${times}`);
	}
	console.log(`say ${like}: ${JSON.stringify(count)}`);
	assert.equal(count.sent + count.uncertain + count.failed, most);
	return count;
}

const settled = (like) => until(() => sql(`SELECT count(*) FROM ops.mail
	WHERE recipient LIKE '${like}%' AND status IN ('waiting', 'sending')`)[0][0]
	=== '0', 60000);

// Ends the leases, so that the test does not have to wait.
const endLeases = (like) => sql(`UPDATE ops.mail SET due_at = now()
	WHERE recipient LIKE '${like}%' AND status IN ('waiting', 'sending')`);

long(`each email arrives once or fails visibly if tenantry-jobs is killed ${ROUNDS} times`, async () => {
	await server.kill();
	await server.start({ DELAY: '30' });
	let n = 0;
	for (let round = 0; round < ROUNDS; round++) {
		for (let i = 0; i < 4; i++)
			send(`storm${n++}@example.test`);
		await start();
		await sleep(Math.random() * 250);
		jobs.kill('SIGKILL');
		await jobs.gone;
		endLeases('storm');
	}
	await start();
	await settled('storm');
	const { sent } = checkOutcomes('storm', n);
	assert.ok(sent > n / 2);
});

long('each email arrives once or fails visibly if the mail server is killed while receiving', async () => {
	let n = 0;
	await start();
	for (let round = 0; round < ROUNDS / 4; round++) {
		for (let i = 0; i < 4; i++)
			send(`crash${n++}@example.test`);
		await sleep(Math.random() * 200);
		await server.kill();
		await sleep(50);
		await server.start({ DELAY: '30' });
	}
	await settled('crash');
	checkOutcomes('crash', n);
});

const post = async (path, body) => {
	const rs = await fetch(`${process.env.BASE}/api/auth/${path}`, {
		method: 'POST', body: JSON.stringify(body), headers: {
			'content-type': 'application/json', origin: process.env.BASE } });
	assert.equal(rs.status, 200, await rs.text());
};

test('an acknowledged email is sent even if the worker dies right afterwards', async () => {
	const email = 'worker@example.test';
	await server.kill();
	await server.start();
	await post('sign-up/email', { email, name: 'W', password: 'correct horse' });
	await post('request-password-reset', { email });
	for (const worker of children(process.env.WORKERS))
		process.kill(worker, 'SIGKILL');
	await start();
	await until(() => server.to(email).length);
	const id = sql(`SELECT id FROM ops.mail WHERE recipient = '${email}'
		AND template = 'reset-password'`)[0][0];
	await statusBecomes(id, 'sent');
	const read = await parse(server.to(email).at(-1));
	assert.match(read.text, /\/api\/auth\/reset-password\/[A-Za-z0-9]+/);
});

test('several instances share the work', async () => {
	await server.kill();
	await server.start({ DELAY: '5' });
	const n = 120;
	sql(`SELECT ops.send_mail('magic-link', 'many' || n || '@example.test', 'en',
		'{"url": "https://crm.example.test/m"}') FROM generate_series(1, ${n}) n`);
	const all = [await start(), await startJobs({ SMTP_URL: server.url() }),
		await startJobs({ SMTP_URL: server.url() })];
	await settled('many');
	assert.equal(checkOutcomes('many', n).sent, n);
	for (const one of all) {
		const its = (one.said().match(/mail_sent/g) ?? []).length;
		assert.ok(its > 0, 'one instance sent nothing');
	}
	for (const one of all.slice(1))
		await stopJobs(one);
});

long('each email arrives once or fails visibly if the database connections are terminated', async () => {
	let n = 0;
	await start();
	for (let round = 0; round < ROUNDS / 4; round++) {
		for (let i = 0; i < 4; i++)
			send(`broken${n++}@example.test`);
		await sleep(Math.random() * 60);
		sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
			WHERE application_name = 'tenantry' AND datname = current_database()
			AND pid <> pg_backend_pid()`);
	}
	await sleep(1500);
	endLeases('broken');
	await settled('broken');
	checkOutcomes('broken', n);
});

test('an email that a killed process left in sending becomes uncertain', async () => {
	await start();
	const id = send('mute-left@example.test');
	await statusBecomes(id, 'sending');
	jobs.kill('SIGKILL');
	await jobs.gone;
	assert.equal(status(id), 'sending');
	sql('UPDATE ops.mail SET due_at = now() WHERE status = \'sending\'');
	await start();
	await statusBecomes(id, 'uncertain');
	assert.match(mail(id).error, /died between the message and the server/);
	await until(() => jobsLog().includes(`mail_uncertain mail=${id}`));
});

test('an attempt that lost its claim changes nothing', async () => {
	await start();
	const id = send('greylist-lost@example.test');
	await until(() => mail(id).attempts === 1 && mail(id).error);
	const [[attempt]] = sql(`SELECT attempts FROM ops.mail WHERE id = ${id}`);
	await until(() => mail(id).attempts > Number(attempt));
	for (const call of [`ops.start_mail(${id}, ${attempt}, '1 min')`,
		`ops.end_mail(${id}, ${attempt}, 'failed', 'x', '0')`])
		assert.match(sql(`SELECT coalesce(${call}::text, 'null')`)[0][0],
			/^(false|null)$/);
	await statusBecomes(id, 'sent');
});

test('secrets are deleted after days, and emails after a month', async () => {
	const [old, ancient] = [send('old@example.test'), send('ancient@example.test')];
	sql(`UPDATE ops.mail SET status = 'failed', give_up_at = now() - interval '4 days'
		WHERE id = ${old};
		UPDATE ops.mail SET give_up_at = now() - interval '31 days'
		WHERE id = ${ancient};`);
	await start({ SMTP_URL: '' });
	await until(() => sql(`SELECT count(*) FROM ops.mail WHERE id = ${ancient}`)[0][0]
		=== '0');
	assert.equal(mail(old).data, null);
});

test('a missing mail server is logged once, and each email is logged once', async () => {
	const first = send('kept-a@example.test');
	await start({ SMTP_URL: '', TENANTRY_MAIL_FROM: '' });
	await until(() => jobs.said().includes(`mail_kept mail=${first}`));
	const second = send('kept-b@example.test');
	await until(() => jobs.said().includes(`mail_kept mail=${second}`));
	await sleep(1500);
	assert.equal(jobs.said().match(/SMTP_URL is not set: nothing is sent/g).length, 1);
	assert.equal(jobs.said().match(new RegExp(`mail=${first}`, 'g')).length, 1);
	assert.equal(status(first), 'waiting');
	assert.match(tenantry('mail', 'show', first),
		/https:\/\/crm\.example\.test\/kept-a@example\.test/);
	await stopJobs(jobs);
	await start();
	await statusBecomes(first, 'sent');
	await statusBecomes(second, 'sent');
});

test('an invalid setting is reported, without its password', async () => {
	const port = await freePort();
	for (const [env, reason] of [
		[{ SMTP_URL: 'http://u:hunter2@localhost' }, /SMTP_URL is not smtp:/],
		[{ SMTP_URL: `smtp://u:hunter2@localhost:${port}?tls=maybe` }, /tls=on/],
		[{ SMTP_URL: 'smtps://u:hunter2@x.test?tls=off' }, /smtps.* and tls=off/],
		[{ SMTP_URL: 'smtp://u:hunter2@' }, /SMTP_URL is not smtp:/],
		[{ TENANTRY_MAIL_FROM: '' }, /TENANTRY_MAIL_FROM=: who sends/],
		[{ TENANTRY_MAIL_FROM: 'a\r\nBcc: b@c.test <a@b.test>' }, /who sends/],
		[{ TENANTRY_MAIL_TIMEOUT: '0' }, /must be a number from 1/],
		[{ DATABASE_URL: 'hunter2' }, /not a URL/],
	]) {
		const bad = await startJobs({ SMTP_URL: server.url(), ...env });
		assert.equal(await bad.gone, 1);
		assert.match(bad.said(), reason);
		assert.doesNotMatch(bad.said(), /hunter2/);
	}
});
