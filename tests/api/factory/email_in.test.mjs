// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off POSTMARK_WEBHOOK_USER=hook POSTMARK_WEBHOOK_PASSWORD=the-secret-of-the-hook POSTMARK_WEBHOOK_AUTHORIZED_IPS=127.0.0.0/8 TENANTRY_INBOUND_EMAIL=crm@in.example.test
// own stack: it counts the rows of all organizations.
// Integrations that receive rows by email: CSV and JSON attachments, or the email itself, through the inbound mail
// routes and over SMTP.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, before, test } from 'node:test';
import nodemailer from 'nodemailer';
import MailComposer from 'nodemailer/lib/mail-composer/index.js';
import { SMTPServer } from 'smtp-server';
import { add, good, list } from '../lib/answers.mjs';
import { sql } from '../lib/database.mjs';
import { get, onDisk, until, uploaded } from '../lib/files.mjs';
import { BASE } from '../lib/http.mjs';
import { FIELDS, plant, replaceRunner, startRunner, stopRunners } from '../lib/integrations.mjs';
import { member, owner } from '../lib/people.mjs';
import { basic, bring, mail } from '../lib/postmark.mjs';

let boss, stranger, engineer, viewer, mailbox, job, ended, run, integration;
let n = 0;

before(async () => {
	boss = await owner('mails');
	stranger = await owner('elsewhere');
	for (const who of [boss, stranger])
		await good(who.browser.put('/api/modules/factory', { enabled: true }));
	viewer = await member(boss);
	engineer = await member(boss);
	const profile = (await list(boss, 'factory_profiles')).find(({ email }) => email === engineer.email);
	await good(boss.browser.patch(`/api/factory_profiles/${profile.id}`, { role: 'engineer' }));
	({ job, ended, run, integration } = plant(boss));
	mailbox = async (name, settings = {}) => ({ ...await integration('email_in', { mailbox: name, ...settings }), name });
	startRunner();
});
after(stopRunners);

const to = (name, who = boss) => `crm+${who.organization.slug}+${name}@in.example.test`;
const compose = (name, message = {}) => new MailComposer({ from: boss.email, to: to(name), subject: 'Rows', text: 'Here they are.',
	messageId: `<${process.pid}.${++n}@x.example>`, date: new Date('2026-03-01T12:00:00Z'), ...message }).compile().build();
const pipe = (raw) => fetch(`${BASE}/api/inbound/mail`, { method: 'POST', body: raw,
	headers: { authorization: basic('hook', 'the-secret-of-the-hook'), 'content-type': 'message/rfc822' } });
const jobs = ({ integration_id }) => list(boss, 'integration_jobs', { integration_id });
// Sends an email, and returns its job after the job has ended.
async function sent(box, message, status = 'succeeded') {
	const before = (await jobs(box)).length;
	const rs = await pipe(await compose(box.name, message));
	assert.equal(rs.status, 200, await rs.text());
	const now = await jobs(box);
	assert.equal(now.length, before + 1);
	return ended(now.at(-1).id, status);
}
const named = (prefix) => sql(`SELECT last_name FROM crm.contacts WHERE org_id = '${boss.organization.id}' AND last_name LIKE '${prefix}%' ORDER BY id`).map(([name]) => name);
const csv = (prefix, from, count) => `id;name;role\n${Array.from({ length: count }, (_, i) => `${prefix}${from + i};${prefix} ${from + i};ceo\n`).join('')}`;
// Returns the rows and files that an email creates.
const stored = () => [...sql(`SELECT (SELECT count(*) FROM factory_app.integration_jobs), (SELECT count(*) FROM ops.file),
	(SELECT count(*) FROM ops.inbound_mail), (SELECT count(*) FROM crm.contact_notes)`)[0], onDisk().filter((name) => name.includes('.')).length];
async function refusedMail(message, why, box = 'none') {
	const before = stored();
	const rs = await pipe(await compose(box, message));
	assert.equal(rs.status, 403, await rs.clone().text());
	assert.match((await rs.json()).detail, why);
	assert.deepEqual(stored(), before, String(why));
}

test('the rows of CSV and JSON attachments are imported in order', async () => {
	const box = await mailbox('orders');
	const done = await sent(box, { attachments: [{ filename: 'people.csv', content: csv('Csv', 1, 3000) },
		{ filename: 'logo.png', content: Buffer.from('89504e470d0a1a0a', 'hex') },
		{ filename: 'more.json', content: `\ufeff${JSON.stringify([{ id: 'j1', name: 'Json ä' }, { id: 'j2', name: '' }])}` },
		{ filename: 'last.tsv', contentType: 'text/plain', content: 'id\tname\nt1\tCsv tab\n' }] });
	assert.deepEqual(done.counts, { created: 3002, updated: 0, unchanged: 0, skipped: 0, failed: 1 });
	assert.ok(done.log.some(({ message }) => message === 'row 3002: last_name: is required'), JSON.stringify(done.log));
	assert.deepEqual(done.payload.files.map(({ title }) => title), ['people.csv', 'more.json', 'last.tsv']);
	assert.deepEqual(done.payload.ignored, ['logo.png']);
	assert.deepEqual(sql(`SELECT count(*), count(DISTINCT last_name) FROM crm.contacts WHERE last_name LIKE 'Csv %'`), [['3001', '3001']]);
	assert.deepEqual(named('Json'), ['Json ä']);
	assert.deepEqual(sql(`SELECT count(*) FROM crm.contact_notes`), [['0']], 'no notes');
	// The rows are identified by their keys.
	assert.equal((await sent(box, { attachments: [{ filename: 'people.csv', content: csv('Csv', 1, 3) }] })).counts.unchanged, 3);
	// The newest mapping is used unless a setting names a mapping.
	const newest = await add(boss, 'data_mappings', { integration_id: box.integration_id, name: 'other', fields: [{ target: 'last_name', expression: "'Newest ' & name" }], mode: 'create' });
	assert.equal((await sent(box, { attachments: [{ filename: 'a.csv', content: 'id,name\n1,x\n' }] })).mapping_id, newest.id);
	assert.deepEqual(named('Newest'), ['Newest x']);
	await good(boss.browser.patch(`/api/integration_configs/${box.integration_id}`, { settings: { mailbox: 'orders', mapping_id: box.mapping_id } }));
	assert.equal((await sent(box, { attachments: [{ filename: 'a.csv', content: csv('Csv', 1, 1) }] })).mapping_id, box.mapping_id);
});

test('a setting names the path of a JSON list, and a pattern selects files', async () => {
	const box = await mailbox('patterns', { attachment: 'Export_*.txt', delimiter: '|' });
	const file = (filename, content) => ({ filename, content });
	const done = await sent(box, { attachments: [file('readme.txt', 'Hello'), file('other.csv', 'id|name\no1|Not this\n'), file('export_1.TXT', 'id|name\np1|Pattern A\n'),
		file('exportX1.txt', 'id|name\no2|Nor this\n')] });
	assert.deepEqual([done.payload.files.length, done.counts.created], [1, 1]);
	assert.match((await sent(box, { attachments: [file('readme.txt', 'Hello')] }, 'dead')).error, /no attachment of the mail has a name like Export_\*\.txt/);
	const nested = await mailbox('nested', { rows_path: 'data.items' });
	const content = JSON.stringify({ data: { items: [{ id: 'n1', name: 'Nested A' }] } });
	assert.equal((await sent(nested, { attachments: [file('a.json', content)] })).counts.created, 1);
	assert.match((await sent(nested, { attachments: [file('a.json', '[{}]')] }, 'dead')).error, /^a\.json: the source has no list of rows/);
	for (const [name, want] of [['a%b', 'a%b'], ['a\\b', 'a\\b'], ['a_b.csv', 'a?b.c*']])
		assert.deepEqual(sql('SELECT factory_app.matches_name($1, $2)', name, want), [['t']], name);
	for (const [name, want] of [['axb', 'a_b'], ['axxb', 'a%b'], ['ab.csv.exe', '*.csv']])
		assert.deepEqual(sql('SELECT factory_app.matches_name($1, $2)', name, want), [['f']], name);
});

test('an email without CSV or JSON attachments is a row', async () => {
	const box = await mailbox('texts');
	const mapping = await add(boss, 'data_mappings', { integration_id: box.integration_id, name: 'mail', fields: [{ target: 'external_id', source: 'message_id' },
		{ target: 'last_name', source: 'subject' }, { target: 'background', expression: "text & '|' & from & '|' & date" }] });
	const done = await sent(box, { subject: 'Mail of March', text: 'One line', attachments: [{ filename: 'a.png', content: 'x' }] });
	assert.deepEqual([done.counts.created, done.mapping_id], [1, mapping.id]);
	assert.equal((await list(boss, 'contacts', { last_name: 'Mail of March' }))[0].background, `One line|${boss.email}|2026-03-01T12:00:00Z`);
	await refusedMail({ text: undefined, html: '<p></p>' }, /no text and no attachment/, 'texts');
	assert.equal((await sent(box, { subject: 'Styled', text: undefined, html: '<p>One <b>line</b>' })).counts.created, 1);
	assert.match((await list(boss, 'contacts', { last_name: 'Styled' }))[0].background, /^One line\|/);
	await refusedMail({ text: 'a'.repeat(200000) }, /200000 bytes/, 'texts');
	assert.equal((await sent(box, { subject: 'Long', text: 'é'.repeat(4000) })).counts.created, 1);
	for (const [said, date] of [['Sun, 1 Mar 2026 12:00:00 +0100 (CET)', '2026-03-01T11:00:00Z'], ['1 Mar 2026 12:00 GMT', '2026-03-01T12:00:00Z'], ['1 Mar 2026 12:00:00 UT', '2026-03-01T12:00:00Z'],
		['32 Mar 2026 12:00:00 +0100', ''], ['now', ''], ['infinity', '']])
		assert.deepEqual(sql(`SELECT coalesce(factory_app.mail_date('${said}'), '')`), [[date]], said);
});

test('an email is refused unless a member with the permission sends it to an active mailbox', async () => {
	const box = await mailbox('closed');
	const attachments = [{ filename: 'people.csv', content: csv('Refused', 1, 2) }];
	const none = /the organization has no mailbox "closed" that the sender may use/;
	await refusedMail({ from: viewer.email, attachments }, none, 'closed');
	await refusedMail({ from: engineer.email, attachments }, /the role of the sender does not allow jobs/, 'closed');
	await refusedMail({ from: 'nobody@x.example', attachments }, /the sender is not a member here/, 'closed');
	await refusedMail({ from: stranger.email, attachments }, /the sender is not a member here/, 'closed');
	await refusedMail({ from: stranger.email, to: to('closed', stranger), attachments }, none);
	await refusedMail({ to: to('unknown'), attachments }, /no mailbox "unknown"/);
	await refusedMail({ to: to('closed', stranger), attachments }, /the sender is not a member here/);
	await refusedMail({ to: to('closed'), headers: { 'Received-SPF': 'fail' }, attachments }, /Received-SPF/);
	await refusedMail({ attachments: [...attachments, { filename: 'empty.csv', content: '' }] }, /an attachment is empty/, 'closed');
	await good(boss.browser.patch(`/api/integration_configs/${box.integration_id}`, { status: 'paused' }));
	await refusedMail({ attachments }, none, 'closed');
	await good(boss.browser.patch(`/api/integration_configs/${box.integration_id}`, { status: 'active' }));
	await good(boss.browser.put('/api/modules/factory', { enabled: false }));
	await refusedMail({ attachments }, none, 'closed');
	await good(boss.browser.put('/api/modules/factory', { enabled: true }));
	assert.equal((await sent(box, { attachments })).counts.created, 2);
	// The server refuses emails that exceed the limits for emails, and the job refuses files that exceed the limits for
	// files.
	const large = await sent(box, { attachments: [{ filename: 'large.csv', content: `id,name\n${'1,a row of a large file\n'.repeat(800000)}` }] }, 'dead');
	assert.match(large.error, /^large\.csv: the file has more than 16 MiB$/);
	const before = stored();
	assert.equal((await pipe(Buffer.alloc(36700161, 'x'))).status, 413);
	assert.deepEqual(stored(), before);
});

test('a mailbox name is one word, and belongs to one active integration', async () => {
	const box = await mailbox('single');
	const config = (settings, status = 'active') => boss.browser.post('/api/integration_configs', { name: `mailbox ${++n}`, type: 'email_in', status, settings });
	const refusal = async (answer, status, why) => {
		const rs = await answer;
		assert.equal(rs.status, status, rs.text);
		assert.match(rs.text, why);
	};
	for (const word of ['Single', '1a', 'a b', 'a+b', '', 'a'.repeat(41), 7])
		await refusal(config({ mailbox: word }), 422, /mailbox must be a word/);
	await refusal(config({ mailbox: 'single' }), 409, /another active integration has this mailbox/);
	const draft = await good(config({ mailbox: 'single' }, 'draft'));
	await refusal(boss.browser.patch(`/api/integration_configs/${draft.id}`, { status: 'active' }), 409, /has this mailbox/);
	await good(boss.browser.patch(`/api/integration_configs/${box.integration_id}`, { status: 'paused' }));
	await good(boss.browser.patch(`/api/integration_configs/${draft.id}`, { status: 'active' }));
	await good(stranger.browser.post('/api/integration_configs', { name: 'theirs', type: 'email_in', status: 'active', settings: { mailbox: 'single' } }));
	const made = await Promise.all(Array.from({ length: 10 }, () => config({ mailbox: 'raced' })));
	assert.deepEqual(made.map(({ status }) => status).sort(), [201, ...Array(9).fill(409)]);
});

test('a connection test shows the address, or what is missing', async () => {
	const box = await mailbox('tested');
	const tested = ({ integration_id }, status) => run({ integration_id, kind: 'test' }, status);
	assert.deepEqual((await tested(box, 'succeeded')).sample, [{ address: to('tested') }]);
	assert.match((await tested(await integration('email_in', {}), 'failed')).error, /the setting mailbox is required/);
	const other = await owner('long');
	await good(other.browser.post('/api/auth/organization/update', { organizationId: other.organization.id, data: { slug: `l${process.pid}`.padEnd(60, 'o') } }));
	await good(other.browser.put('/api/modules/factory', { enabled: true }));
	const theirs = plant(other);
	assert.match(await theirs.reason('email_in', { mailbox: 'tested' }), /is not an email address/);
	for (const [name, value] of [['TENANTRY_INBOUND_EMAIL', ''], ['POSTMARK_WEBHOOK_AUTHORIZED_IPS', '']]) {
		await replaceRunner({ [name]: value });
		assert.match((await tested(box, 'failed')).error, new RegExp(`the server receives no mail: its operator has not set ${name}`));
	}
	await replaceRunner();
});

test('an email creates one job per mailbox, regardless of how often it arrives', async () => {
	const box = await mailbox('once'), other = await mailbox('twice');
	const raw = await compose('once', { attachments: [{ filename: 'a.csv', content: csv('Once', 1, 2) }] });
	const before = stored();
	const statuses = await Promise.all(Array.from({ length: 20 }, async () => (await pipe(raw)).status));
	assert.deepEqual(statuses, Array(20).fill(200));
	const now = stored();
	assert.deepEqual(now.map((count, i) => count - before[i]), [1, 1, 1, 0, 1]);
	const [only] = await jobs(box);
	assert.equal((await ended(only.id, 'succeeded')).counts.created, 2);
	// A server delivers an email to each of its recipients.
	for (const name of ['once', 'twice'])
		assert.equal((await pipe(Buffer.concat([Buffer.from(`X-Original-To: ${to(name)}\r\n`), raw]))).status, 200);
	assert.deepEqual([(await jobs(box)).length, (await jobs(other)).length], [1, 1]);
	await ended((await jobs(other))[0].id, 'succeeded');
	// Postmark's message names the mailbox.
	const message = mail(boss.email, 'hash@inbound.example', { MailboxHash: `${boss.organization.slug}+twice`, Attachments: [
		{ Name: 'a.csv', ContentType: 'application/vnd.ms-excel', Content: Buffer.from('id,name\nq1,Once by hook\n').toString('base64') }] });
	for (let i = 0; i < 2; i++)
		assert.equal((await bring(message)).status, 200);
	const [, hook, ...more] = await jobs(other);
	assert.deepEqual(more, []);
	assert.equal((await ended(hook.id, 'succeeded')).counts.created, 1);
	// If the slug contains a plus sign, the address must contain another plus sign after the slug.
	const plus = await owner('plus');
	const slug = `a+b-${process.pid}`;
	await good(plus.browser.post('/api/auth/organization/update', { organizationId: plus.organization.id, data: { slug } }));
	const note = (hash) => bring(mail(plus.email, 'kept@y.example', { MailboxHash: hash }));
	assert.equal((await note(slug)).status, 403);
	assert.equal((await note(`${slug}+`)).status, 200);
});

test('a job with a broken file fails with the reason', async () => {
	const box = await mailbox('broken');
	const reason = async (filename, content) => (await sent(box, { attachments: [{ filename, content }] }, 'dead')).error;
	assert.match(await reason('a.csv', 'id,id\n1,2\n'), /^a\.csv: two columns have the name "id"/);
	assert.match(await reason('b.csv', 'id,name\n1,"open\n'), /^b\.csv: row 2 of the file: an opening quote/);
	assert.match(await reason('c.json', '[{"id": 1},'), /^c\.json is not JSON: .* at byte 11/);
	assert.match(await reason('d.json', '[1]'), /^d\.json: a row of the source is not a JSON object/);
	assert.equal((await sent(box, { attachments: [{ filename: 'e.csv', content: 'id,name\n' }] })).counts.created, 0);
	// If the job is queued again, it reads the same file.
	const [first] = await jobs(box);
	await good(boss.browser.patch(`/api/integration_jobs/${first.id}`, { status: 'queued' }));
	await ended(first.id, 'dead');
});

test('a file is kept as long as its job, and read only for its organization', async () => {
	const box = await mailbox('files');
	const done = await sent(box, { attachments: [{ filename: 'a.csv', content: csv('Kept', 1, 1) }] });
	const [{ path }] = done.payload.files;
	assert.equal((await get(`/uploads/${path}`)).status, 200);
	assert.deepEqual(sql('SELECT remove_at IS NULL FROM ops.file WHERE name = $1', path), [['t']]);
	assert.equal((await boss.browser.delete(`/api/integration_jobs/${done.id}`)).status, 200);
	assert.deepEqual(sql('SELECT 1 FROM ops.file_use WHERE name = $1', path), []);
	await until(() => sql('SELECT 1 FROM ops.file WHERE name = $1', path).length === 0, 120000);
	assert.equal((await get(`/uploads/${path}`)).status, 404);
	// The job is deleted with its integration.
	const other = await sent(box, { attachments: [{ filename: 'b.csv', content: csv('Kept', 2, 1) }] });
	assert.equal((await boss.browser.delete(`/api/integration_configs/${box.integration_id}`)).status, 200);
	assert.deepEqual(sql('SELECT 1 FROM ops.file_use WHERE name = $1', other.payload.files[0].path), []);
	// A payload cannot refer to files of others.
	const again = await mailbox('files');
	const theirs = await uploaded(stranger, csv('Stolen', 1, 2), { type: 'text/csv', title: 'theirs.csv' });
	const ours = await uploaded(boss, csv('Ours', 1, 2), { type: 'text/csv', title: 'ours.csv' });
	const about = ({ path }) => ({ integration_id: again.integration_id, mapping_id: again.mapping_id, payload: { files: [{ path, title: 'x.csv' }] } });
	assert.match((await run(about(theirs), 'dead')).error, /^x\.csv: the organization has no such file$/);
	assert.deepEqual(sql('SELECT 1 FROM ops.file_use WHERE name = $1', theirs.path), []);
	assert.deepEqual(named('Stolen'), []);
	assert.equal((await run(about(ours))).counts.created, 2);
	for (const path of ['../../etc/passwd', '', null, `${'0'.repeat(40)}.csv`])
		assert.match((await run(about({ path }), 'dead')).error, /no path of an uploaded file|no such file/);
	assert.match((await run({ ...about(ours), payload: {} }, 'dead')).error, /the job has no mail/);
	assert.match((await run({ ...about(ours), payload: { files: ['x'] } }, 'dead')).error, /no path of an uploaded file/);
});

test('emails from an SMTP server arrive through a pipe', async () => {
	const box = await mailbox('smtp');
	const deliver = (raw, recipient) => new Promise((done, failed) => {
		const child = spawn('sh', ['-c', `curl -sS --fail -o /dev/null -u hook:the-secret-of-the-hook -H 'Content-Type: message/rfc822' --data-binary @- ${BASE}/api/inbound/mail || exit 75`],
			{ stdio: ['pipe', 'ignore', 'ignore'] });
		child.on('exit', (code) => code === 0 ? done() : failed(Object.assign(new Error('try again'), { responseCode: 451 })));
		child.stdin.end(Buffer.concat([Buffer.from(`X-Original-To: ${recipient}\r\nReceived-SPF: pass\r\n`), raw]));
	});
	const server = new SMTPServer({ authOptional: true, disabledCommands: ['STARTTLS'], disableReverseLookup: true, onData(stream, { envelope }, done) {
		const parts = [];
		stream.on('data', (part) => parts.push(part));
		stream.on('end', () => Promise.all(envelope.rcptTo.map(({ address }) => deliver(Buffer.concat(parts), address))).then(() => done(), done));
	} });
	await new Promise((done) => server.listen(0, '127.0.0.1', done));
	const client = nodemailer.createTransport({ host: '127.0.0.1', port: server.server.address().port, ignoreTLS: true });
	try {
		// An email to a different address, with the mailbox as a blind copy recipient.
		const message = { from: boss.email, to: 'list@x.example', bcc: to('smtp'), subject: 'Rows', text: 'See the file.', messageId: '<smtp@x.example>',
			envelope: { from: boss.email, to: [to('smtp')] }, attachments: [{ filename: 'käse.csv', content: csv('Smtp', 1, 500) }] };
		for (let i = 0; i < 2; i++)
			assert.match((await client.sendMail(message)).response, /^250/);
		const [only, ...more] = await jobs(box);
		assert.deepEqual(more, []);
		assert.equal((await ended(only.id, 'succeeded')).counts.created, 500);
		assert.deepEqual(only.payload.files.map(({ title }) => title), ['käse.csv']);
		await assert.rejects(client.sendMail({ ...message, from: viewer.email, messageId: '<viewer@x.example>' }), { responseCode: 451 });
		assert.equal((await jobs(box)).length, 1);
	} finally {
		client.close();
		await new Promise((done) => server.close(done));
	}
});

test('jobs of killed processes run once', async () => {
	const box = await mailbox('killed');
	const mapping = await add(boss, 'data_mappings', { integration_id: box.integration_id, name: 'plain', mode: 'create', fields: [FIELDS[1]] });
	assert.ok(mapping.id > box.mapping_id);
	const attachments = [1, 2, 3].map((i) => ({ filename: `${i}.csv`, content: csv(`Killed${i}`, 1, 2500) }));
	assert.equal((await pipe(await compose('killed', { attachments }))).status, 200);
	const [{ id }] = await jobs(box);
	const rows = () => Number(sql(`SELECT count(*) FROM crm.contacts WHERE last_name LIKE 'Killed%'`)[0][0]);
	let kills = 0, before = 0;
	await until(async () => {
		const now = rows();
		if (kills < 3 && now > before && now < 7500) {
			before = now;
			await replaceRunner();
			kills++;
		}
		return !['queued', 'running'].includes((await job(id)).status);
	}, 300000);
	assert.equal((await ended(id, 'succeeded')).counts.created, 7500);
	assert.equal(rows(), 7500);
	assert.ok(kills > 0, 'a process was killed while the job ran');
});
