// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// own stack: its tenantry-jobs works for all organizations.
// The emails about planned maintenance: who receives which email and when. Each email is sent only once, regardless of
// which process is killed.
import assert from 'node:assert/strict';
import { afterEach, before, beforeEach, test } from 'node:test';
import { ask, long, owner, person } from '../../lib/api.mjs';
import { Server, parse, sleep, sql, startJobs, stopJobs, tenantry, until } from './lib/jobs.mjs';

const server = new Server();
let jobs = [], ann, bob, paris;

before(async () => {
	await server.start();
	ann = await owner('Ann');
	bob = await owner('Bob');
	paris = await owner('Paris');
	const rs = await ask('PUT', '/api/configuration/1', { token: paris.token, body: { time_zone: 'Europe/Paris' } });
	assert.equal(rs.status, 200, rs.text);
	sql('UPDATE identity."user" SET email_verified = true');
});
beforeEach(() => sql('DELETE FROM ops.maintenance; DELETE FROM ops.mail'));
afterEach(async () => {
	for (const child of jobs)
		if (child.exitCode === null && child.signalCode === null)
			await stopJobs(child);
	jobs = [];
});

const start = async (env) => {
	const child = await startJobs({ SMTP_URL: server.url(), ...env });
	jobs.push(child);
	return child;
};
const at = (minutes) => new Date(Date.now() + minutes * 60_000).toISOString();
const schedule = (minutes) => tenantry('maintenance', 'schedule', at(minutes), '60', 'We move the data');
// Simulates the passing of time: shifts earlier times back.
const pass = (minutes) => sql(`UPDATE ops.maintenance SET starts_at = starts_at - interval '${minutes} minutes',
	ends_at = ends_at - interval '${minutes} minutes';
	UPDATE ops.maintenance_mail SET created_at = created_at - interval '${minutes} minutes'`);
const round = () => sql("NOTIFY tenantry_periodic_tasks");
const written = () => sql(`SELECT u.email, l.kind || '/' || l.revision FROM ops.maintenance_mail l
	JOIN identity."user" u ON u.id = l.user_id ORDER BY l.created_at, u.email, l.kind`);
const kindsOf = (who) => written().filter(([email]) => email === who.email).map(([, kind]) => kind);
// Waits until no more emails are due.
const settle = () => until(() => {
	round();
	return sql('SELECT d.* FROM ops.maintenance m, ops.due_maintenance_mail(m, 1) d').length === 0;
});
const subjects = (who) => Promise.all(server.to(who.email).map(async (m) => (await parse(m)).subject));
const becomes = async (who, kinds) => {
	await until(() => {
		round();
		return kindsOf(who).length >= kinds.length;
	});
	await settle();
	assert.deepEqual(kindsOf(who), kinds);
};

test('members with a verified address receive an email at each moment, in their time zone', async () => {
	const alone = await person('In no organization');
	const [gone, banned, unproved] = [await person('Gone'), await owner('Banned'), await owner('Unproved')];
	sql(`UPDATE identity."user" SET email_verified = true;
		UPDATE identity."user" SET email_verified = false WHERE id = '${unproved.user.id}';
		UPDATE identity."user" SET banned = true WHERE id = '${banned.user.id}';
		INSERT INTO identity.organization_member (id, organization_id, user_id, role, disabled)
		VALUES ('${gone.user.id}', '${ann.organization}', '${gone.user.id}', 'member', true)`);
	await start();
	schedule(25 * 60);
	await settle();
	assert.deepEqual(written(), []);

	pass(2 * 60);
	await becomes(ann, ['24h/1']);
	pass(21.5 * 60);
	await becomes(ann, ['24h/1', '2h/1']);
	pass(65);
	await becomes(ann, ['24h/1', '2h/1', '30min/1']);
	await becomes(bob, ['24h/1', '2h/1', '30min/1']);
	for (const who of [alone, gone, banned, unproved])
		assert.deepEqual(kindsOf(who), [], who.name);

	await until(() => server.to(paris.email).length === 3 && server.to(ann.email).length === 3);
	const shown = (zone) => sql(`SELECT to_char(starts_at AT TIME ZONE '${zone}', 'YYYY-MM-DD HH24:MI') FROM ops.maintenance`)[0][0];
	// Returns the last email. The window has changed since the emails were written, so the last email contains the new
	// times.
	const last = async (who, zone) => (await Promise.all(server.to(who.email).map(parse)))
		.find((m) => m.subject === `Planned maintenance on ${shown(zone)}`).text;
	assert.match(await last(ann, 'UTC'), /\(UTC\)[^]*We move the data[^]*\/status\/$/m);
	assert.match(await last(paris, 'Europe/Paris'), /\(Europe\/Paris\)/);
	sql(`DELETE FROM identity."user" WHERE id IN ('${alone.user.id}', '${gone.user.id}', '${banned.user.id}', '${unproved.user.id}')`);
});

test('a window that is scheduled late is announced once, at the nearest moment', async () => {
	await start({ TENANTRY_LANGUAGE: 'fr' });
	schedule(20);
	await becomes(ann, ['30min/1']);
	await until(() => sql(`SELECT 1 FROM ops.mail WHERE recipient = '${ann.email}' AND status = 'sent'`).length === 1);
	assert.ok((await subjects(ann)).some((s) => s.startsWith('Maintenance prévue le ')));
	assert.equal(sql(`SELECT count(*) FROM ops.mail WHERE give_up_at <> (SELECT starts_at FROM ops.maintenance)`)[0][0], '0');
});

test('members who received an email get the new time once, and the moments apply again', async () => {
	await start();
	schedule(20 * 60);
	await becomes(ann, ['24h/1']);
	await until(() => sql(`SELECT 1 FROM ops.mail WHERE status <> 'sent'`).length === 0);
	const late = await owner('Late');
	tenantry('maintenance', 'reschedule', at(30 * 60), '60');
	await becomes(ann, ['24h/1', 'changed/2']);
	sql(`UPDATE identity."user" SET email_verified = true WHERE id = '${late.user.id}'`);
	await settle();
	assert.deepEqual(kindsOf(late), []);	// the email is not due
	pass(7 * 60);
	await becomes(ann, ['24h/1', 'changed/2', '24h/2']);
	await becomes(late, ['24h/2']);
	await until(() => sql(`SELECT 1 FROM ops.mail WHERE status <> 'sent'`).length === 0);
	// The email about the new time also replaces the email that is due.
	tenantry('maintenance', 'reschedule', at(60), '60');
	await becomes(ann, ['24h/1', 'changed/2', '24h/2', 'changed/3']);
	pass(35);
	await becomes(ann, ['24h/1', 'changed/2', '24h/2', 'changed/3', '30min/3']);
	await until(() => sql(`SELECT 1 FROM ops.mail WHERE status <> 'sent'`).length === 0);
	assert.deepEqual((await subjects(late)).map((s) => s.replace(/ (on|to) .*/, '')).sort(),
		['Maintenance moved', 'Planned maintenance', 'Planned maintenance']);
});

test('a cancellation removes waiting emails, and members who received an email get another one', async () => {
	await start();
	schedule(100);
	await becomes(ann, ['2h/1']);
	await until(() => sql(`SELECT 1 FROM ops.mail WHERE status <> 'sent'`).length === 0);
	await stopJobs(jobs.pop());
	// Bob's email is written, but the mail server has not received it.
	sql(`DELETE FROM ops.maintenance_mail WHERE user_id = '${bob.user.id}'`);
	const before = server.to(bob.email).length;
	await start({ SMTP_URL: '' });
	await becomes(bob, ['2h/1']);
	tenantry('maintenance', 'cancel');
	const [[state, error, data]] = sql(`SELECT status, error, data FROM ops.mail WHERE recipient = '${bob.email}'
		AND status <> 'sent'`);
	assert.deepEqual([state, error, data], ['failed', 'canceled by an operator', '']);
	await stopJobs(jobs.pop());
	await start();
	await becomes(ann, ['2h/1', 'cancelled/1']);
	assert.deepEqual(kindsOf(bob), []);
	await until(() => sql(`SELECT 1 FROM ops.mail WHERE status IN ('waiting', 'sending')`).length === 0);
	assert.equal((await subjects(ann)).filter((s) => /^Maintenance on .* canceled$/.test(s)).length, 1);
	assert.equal(server.to(bob.email).length, before);
});

long('two tenantry-jobs processes, one of which is killed repeatedly, write each email once', async () => {
	sql(`INSERT INTO identity."user" (id, name, first_name, last_name, email, email_verified)
		SELECT 'many' || n, 'Many', 'Many', 'Many', 'many' || n || '@people.test', true FROM generate_series(1, 1500) n;
		SELECT set_config('app.org_id', '${ann.organization}', false);
		INSERT INTO identity.organization_member (id, organization_id, user_id, role)
		SELECT 'many' || n, '${ann.organization}', 'many' || n, 'member' FROM generate_series(1, 1500) n`);
	await start({ SMTP_URL: '' });
	schedule(100);
	const count = () => Number(sql('SELECT count(*) FROM ops.maintenance_mail')[0][0]);
	let kills = 0;
	await until(async () => {
		const victim = await start({ SMTP_URL: '' });
		round();	// each process writes at most 300 emails, so that 1,500 emails take three rounds or more
		await sleep(kills * 7 % 60);
		victim.kill('SIGKILL');
		await victim.gone;
		jobs.pop();
		kills++;
		return count() >= 1500;
	}, 120000);
	await settle();
	assert.ok(kills > 2, `${kills} kills`);
	assert.deepEqual(sql(`SELECT recipient FROM ops.mail GROUP BY recipient HAVING count(*) > 1`), []);
	const [[mails, linked]] = sql(`SELECT (SELECT count(*) FROM ops.mail),
		(SELECT count(*) FROM ops.maintenance_mail l JOIN ops.mail m ON m.id = l.mail_id)`);
	assert.equal(mails, linked);
	assert.equal(Number(sql(`SELECT count(*) FROM ops.mail WHERE recipient LIKE 'many%'`)[0][0]), 1500);
	sql(`UPDATE ops.maintenance SET starts_at = now() - interval '40 days', ends_at = now() - interval '31 days'`);
	sql('SELECT ops.sweep_mail()');
	assert.equal(count(), 0);
	sql(`DELETE FROM identity."user" WHERE id LIKE 'many%'`);
});
