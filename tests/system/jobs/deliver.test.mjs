// own stack: its tenantry-jobs works for all organizations.
// Mail delivery: each email arrives once, with the intended contents.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { BUILD, Server, jobsLog, mail, parse, send, sql, startJobs, status,
	statusBecomes, stopJobs, tenantry, until } from './lib/jobs.mjs';

const server = new Server();
let jobs;

before(async () => {
	await server.start();
	jobs = await startJobs({ SMTP_URL: server.url() });
});

after(() => stopJobs(jobs));

test('an email is sent over TLS, with a login, as plain text and HTML', async () => {
	const url = 'https://crm.example.test/verify?token=abc&callbackURL=%2F';
	const id = send('ada@example.test', { language: 'fr', data: { url } });
	await statusBecomes(id, 'sent');
	const [got, ...more] = server.to('ada@example.test');
	assert.equal(more.length, 0);
	assert.equal(got.secure, true);
	assert.equal(got.user, 'post@man');
	assert.equal(got.from, 'crm@example.test');
	assert.equal(got.hello, 'example.test');
	assert.match(got.raw, /^Content-Type: multipart\/alternative; boundary=/m);
	assert.match(got.raw, /^Auto-Submitted: auto-generated\r$/m);
	for (const line of got.raw.split('\r\n'))
		assert.match(line, /^([\x20-\x7e\t]{0,76}|Content-Type: .*boundary=.*)$/);
	const read = await parse(got);
	assert.deepEqual(read.from, { name: 'Rivière & Co',
		address: 'crm@example.test' });
	assert.deepEqual(read.to, [{ name: '', address: 'ada@example.test' }]);
	assert.equal(read.subject, 'Vérifiez votre e-mail');
	assert.equal(read.messageId, mail(id).messageId);
	assert.ok(Math.abs(Date.parse(read.date) - Date.now()) < 60000);
	assert.ok(read.text.includes(`\n${url}\n`), read.text);
	assert.match(read.text, /Rivière & Co/);
	assert.ok(read.html.includes(
		`<a href="${url.replace('&', '&amp;')}">Vérifier l’e-mail</a>`));
	assert.match(read.html, /Rivière &amp; Co/);
	assert.equal(read.attachments.length, 0);
});

test('tenantry mail test shows the response of the mail server', () => {
	const env = { ...process.env, SMTP_URL: server.url() };
	const run = (to, more) => spawnSync(`${BUILD}/tenantry`, ['mail', 'test', to], { encoding: 'utf8', env: { ...env, ...more } });
	const good = run('test@example.test');
	assert.equal(good.status, 0, good.stderr);
	assert.match(good.stdout, /^the mail server accepted a mail to test@example\.test, after \d+ s$/m);
	assert.equal(server.to('test@example.test').length, 1);
	const bad = run('refused-test@example.test');
	assert.equal(bad.status, 1);
	assert.match(bad.stderr, /refused-test@example\.test was not accepted: 550 5\.1\.1 nobody of that name/);
	assert.match(run('test@example.test', { SMTP_URL: '' }).stderr, /SMTP_URL is not set, so no mail is sent/);
	assert.equal(run('nobody').status, 2);
});

test('no secret of a sent email is stored', async () => {
	const secret = 'Zq7vM2nT4xK9';
	const id = send('secret@example.test', {
		data: { url: `https://crm.example.test/${secret}` } });
	await statusBecomes(id, 'sent');
	assert.ok(server.to('secret@example.test')[0].raw.includes(secret));
	const dump = execFileSync('pg_dump', ['--data-only', '-t', 'ops.mail'],
		{ encoding: 'utf8' });
	assert.ok(!dump.includes(secret));
	assert.ok(!jobsLog().includes(secret));
	assert.ok(!jobsLog().includes('cret/?'));
	const { data, recipient, template, endedAt, error } = mail(id);
	assert.deepEqual({ data, recipient, template, error }, { data: null,
		recipient: 'secret@example.test', template: 'verify-email',
		error: null });
	assert.ok(endedAt);
	assert.match(tenantry('mail', 'show', id), /it is erased/);
	assert.throws(() => tenantry('mail', 'retry', id), /its content is erased/);
});

test('all templates can be sent in both languages', async () => {
	const members = sql(`SELECT t, array_to_string(ops.mail_members(t), ' ')
		FROM unnest(ARRAY['verify-email', 'reset-password', 'change-email', 'new-address',
		'delete-account', 'magic-link', 'email-otp', 'two-factor-otp',
		'invitation', 'password-changed', 'password-removed', 'email-changed',
		'new-administrator', 'reminder', 'booking-confirmation', 'message', 'welcome', 'membership-renewed',
		'membership-cancelled', 'membership-withdrawn', 'new-sign-in', 'queue-turn', 'member-message', 'staff-message',
		'verification-approved', 'verification-ends', 'verification-expired', 'verification-needs-information', 'verification-rejected',
		'verification-revoked', 'contact-code', 'signup-code', 'form-confirm', 'webhook-disabled', 'webhook-failing', 'quota-near',
		'mail-test']) t`);
	const value = { url: 'https://crm.example.test/x', code: '123456',
		email: 'old@example.test', newEmail: 'new@example.test', inviter: 'Zoë', organization: 'Œuvre',
		form: 'Çontact', name: 'Max', title: 'Räumung', place: 'Höhle',
		moment: '2027-03-28 09:30', zone: 'Europe/Paris', subject: 'Æther',
		text: 'Whatever it is', tier: 'Größe', begins: '2027-01-01', ends: '2027-12-31',
		address: '192.0.2.1', program: 'Brøwser', until: '2027-12-31', reason: 'Unschärfe', used: '80', limit: '100', what: 'Größen' };
	for (const [template, names] of members)
		for (const language of ['en', 'fr']) {
			const to = `${template}.${language}@example.test`;
			const data = Object.fromEntries(names.split(' ').filter(Boolean)
				.map((name) => [name, value[name]]));
			const id = send(to, { template, language, data });
			await statusBecomes(id, 'sent');
			const read = await parse(server.to(to)[0]);
			assert.ok(read.subject);
			assert.doesNotMatch(read.subject + read.text + read.html, /[{}]{2}/);
			for (const name of Object.keys(data)) {
				assert.ok(`${read.subject}\n${read.text}`.includes(data[name]), `${to} ${name}`);
				assert.ok(read.html.includes(data[name]), `${to} ${name}`);
			}
		}
});

test('a name with control characters, HTML or placeholders is only text', async () => {
	const organization = 'Ev\r\nBcc: x@evil.test\r\n\r\n<script>"\u202e {{url}}';
	const id = send('name@example.test', { template: 'invitation',
		data: { url: 'https://crm.example.test/i', inviter: '.\r\n.\r\n',
			organization } });
	await statusBecomes(id, 'sent');
	const [got] = server.to('name@example.test');
	const read = await parse(got);
	assert.equal(read.bcc, undefined);
	assert.equal(read.subject.replace(/ +/g, ' '),
		'Invitation to Ev Bcc: x@evil.test <script>" {{url}}');
	assert.doesNotMatch(got.raw, /^(Bcc|<script)/mi);
	assert.doesNotMatch(read.html, /<script/);
	assert.equal(server.to('x@evil.test').length, 0);
});

test('mail is sent only to a valid address', async () => {
	for (const to of ['a@b.test>\r\nRCPT TO:<x@evil.test', 'no address',
		'"a b"@c.test', 'ünï@c.test', 'a@b@c.test', 'x@-c.test', '@c.test']) {
		const id = send(to);
		await statusBecomes(id, 'failed');
		assert.match(mail(id).error, /not an address to which email can be sent/);
	}
	assert.equal(server.to('x@evil.test').length, 0);
});

test('an email with an invalid link is not sent', async () => {
	const id = send('link@example.test', { data: { url: 'javascript:alert(1)' } });
	await statusBecomes(id, 'failed');
	assert.doesNotMatch(mail(id).error, /alert/);
	assert.equal(server.to('link@example.test').length, 0);
});

test('a committed email is sent, and a rolled-back email is not', async () => {
	sql(`BEGIN; SELECT ops.send_mail('password-changed', 'undone@example.test',
		'en', '{}'); ROLLBACK`);
	const id = send('done@example.test', { template: 'password-changed', data: {} });
	await statusBecomes(id, 'sent');
	assert.equal(server.to('undone@example.test').length, 0);
});

test('an email is sent immediately, because the database sends a notification', async () => {
	const times = [];
	for (let i = 0; i < 5; i++) {
		const start = Date.now(), to = `soon${i}@example.test`;
		send(to);
		await until(() => server.to(to).length);
		times.push(Date.now() - start);
	}
	assert.ok(Math.min(...times) < 4000, `took ${times} ms`); // polling alone would take 5 s each time
});

test('mail is sent with TLS from the first byte', async () => {
	const other = new Server();
	await other.start({ SECURE: '1' });
	await stopJobs(jobs);
	const id = send('smtps@example.test');
	const second = await startJobs({ SMTP_URL: other.url({ scheme: 'smtps',
		options: `?ca=${other.folder}/ca.pem` }) });
	await statusBecomes(id, 'sent');
	assert.equal(other.to('smtps@example.test')[0].secure, true);
	await stopJobs(second);
	jobs = await startJobs({ SMTP_URL: server.url() });
});

test('mail is never sent without TLS, to an unverified server, or without a login', async () => {
	const bare = new Server();
	await bare.start({ NO_TLS: '1' });
	await stopJobs(jobs);
	const id = send('clear@example.test');
	for (const [url, reason] of [
		[bare.url(), /STARTTLS/],
		[server.url({ options: '?tls=on' }), /certificate/],
		[server.url({ user: 'x:wrong@' }), /535 no such user or password/],
	]) {
		sql("UPDATE ops.mail SET error = NULL, due_at = now()");
		const poor = await startJobs({ SMTP_URL: url });
		await until(() => reason.test(mail(id).error));
		assert.equal(status(id), 'waiting');
		await stopJobs(poor);
	}
	assert.equal(bare.logins(), '');
	assert.equal(bare.accepted().length, 0);
	sql('UPDATE ops.mail SET due_at = now()');
	jobs = await startJobs({ SMTP_URL: bare.url({ options: '?tls=off' }) });
	await statusBecomes(id, 'sent');
	assert.equal(bare.to('clear@example.test')[0].secure, false);
});
