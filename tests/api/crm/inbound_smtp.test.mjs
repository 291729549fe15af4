// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off POSTMARK_WEBHOOK_USER=hook POSTMARK_WEBHOOK_PASSWORD=the-secret-of-the-hook POSTMARK_WEBHOOK_AUTHORIZED_IPS=127.0.0.0/8 TENANTRY_INBOUND_EMAIL=crm@in.example.test
// Inbound mail as message/rfc822 from a mail server, and through Postmark's webhook.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import MailComposer from 'nodemailer/lib/mail-composer/index.js';
import { sql } from '../lib/database.mjs';
import { PDF, get } from '../lib/files.mjs';
import { BASE, send } from '../lib/http.mjs';
import { member, owner } from '../lib/people.mjs';
import { INBOUND, basic, bring, mail } from '../lib/postmark.mjs';

await owner('first'); /* the first user, whose sign-up also creates an organization */
const me = await owner('postbox');

const credentials = basic('hook', 'the-secret-of-the-hook');
const pipe = (raw, headers = {}) => fetch(`${BASE}/api/inbound/mail`, { method: 'POST', body: raw,
	headers: { authorization: credentials, 'content-type': 'message/rfc822', ...headers } });
const compose = (message) => new MailComposer({ from: me.email, subject: 'An offer',
	text: 'Here it is.', ...message }).compile().build();

async function brought(raw) {
	const rs = await pipe(raw);
	assert.equal(rs.status, 200, await rs.clone().text());
	assert.equal(await rs.text(), 'OK');
}

async function notesOn(email, who = me) {
	const { json: [contact] } = await who.browser.get(`/api/contacts?filter=${
		encodeURIComponent(JSON.stringify({ 'email_jsonb@cs': JSON.stringify([{ email }]) }))}`);
	if (contact === undefined)
		return { notes: [] };
	const { json } = await who.browser.get(`/api/contact_notes?filter=${
		encodeURIComponent(JSON.stringify({ contact_id: contact.id }))}`);
	return { contact, notes: json };
}

test('P56 an email that is copied to the CRM becomes a note about its recipient, with its files', async () => {
	await brought(await compose({ to: '"Jörg Größe" <jorg@acme-tools.example>', bcc: INBOUND,
		subject: 'Grüße für Jörg', text: 'Schöne Grüße\nund viel Glück', html: '<b>x</b>',
		attachments: [{ filename: 'Angebot für Sie.pdf', content: PDF },
			{ filename: 'inner.eml', contentType: 'message/rfc822',
				content: 'From: a@b.example\r\nSubject: inner\r\n\r\nx\r\n' }] }));
	const { contact, notes: [note, ...more] } = await notesOn('jorg@acme-tools.example');
	assert.deepEqual(more, []);
	assert.deepEqual([contact.first_name, contact.last_name, contact.company_name],
		['Jörg', 'Größe', 'Acme Tools']);
	assert.equal(note.text.trimEnd(), 'Grüße für Jörg\n\nSchöne Grüße\nund viel Glück');
	assert.equal(note.attachments[0].title, 'Angebot für Sie.pdf');
	assert.deepEqual((await get(note.attachments[0].src)).bytes, PDF);
	assert.equal(note.attachments.length, 2);
});

test('P56 a forwarded email becomes a note about its author', async () => {
	await brought(await compose({ to: INBOUND, subject: 'Fwd: Hello', headers: {
		'Delivered-To': INBOUND }, text: '---------- Forwarded message ----------\n'
		+ 'From: Ann Poe <ann@poe.example>\nSubject: Hello\n\nI would buy.\n' }));
	const { notes: [note] } = await notesOn('ann@poe.example');
	assert.equal(note.text, 'Hello\n\nI would buy.');
});

test('P56 a Message-ID is stored once, even with eight concurrent requests', async () => {
	const raw = await compose({ to: 'once@x.example', messageId: '<once@x.example>' });
	await Promise.all(Array.from({ length: 8 }, () => brought(raw)));
	assert.equal((await notesOn('once@x.example')).notes.length, 1);
});

test('P56 the provider\'s webhook also stores an email once', async () => {
	const message = mail(me.email, 'hook@x.example');
	for (let i = 0; i < 2; i++)
		assert.equal((await bring(message)).status, 200);
	assert.equal((await notesOn('hook@x.example')).notes.length, 1);
});

test('P56 the documented pipe delivers an email, returns a refused email, and retries after other failures', async () => {
	const [, command] = /^crm: "\|(.*)"$/m.exec(readFileSync(`${process.env.SOURCES}/docs/inbound.md`, 'utf8'));
	const run = (raw, password = 'the-secret-of-the-hook') => execFileSync('sh', ['-c', command.replace('user:password', `hook:${password}`)
		.replace('https://crm.example.org', BASE)], { input: raw, stdio: ['pipe', 'pipe', 'pipe'] });
	run(await compose({ to: 'pipe@x.example' }));
	assert.equal((await notesOn('pipe@x.example')).notes.length, 1);
	assert.throws(() => run(wrap('Subject: s', '', 'pipe@x.example')), ({ status, stdout }) => status === 69 && /TextBody: is missing/.test(stdout));
	assert.throws(() => run('x', 'wrong'), { status: 75 });
});

let numbers = 0;
// Returns a raw email. The body can be bytes.
const wrap = (headers, body, to = 'charset@x.example') => Buffer.concat([Buffer.from(`From: ${me.email}\r\n${to ? `To: ${to}\r\n` : ''
	}Message-ID: <wrap-${++numbers}@x>\r\nMIME-Version: 1.0\r\n`), Buffer.from(headers, 'latin1'), Buffer.from('\r\n\r\n'), Buffer.from(body)]);
const word = (text, charset = 'utf-8') => `=?${charset}?B?${Buffer.from(text).toString('base64')}?=`;
// Returns the text of the note that an email creates.
async function noted(headers, body) {
	const to = `noted-${numbers + 1}@x.example`;
	await brought(wrap(headers.includes('Subject:') ? headers : `Subject: s\r\n${headers}`, body, to));
	const { notes: [note] } = await notesOn(to);
	return headers.includes('Subject:') ? note.text : note.text.slice('s\n\n'.length);
}

test('a subject keeps its whole text, regardless of its encoding', async () => {
	const text = 'Grüße aus München';
	const bytes = Buffer.from(text);
	for (const [subject, expected = text] of [
		[`${word('Grüße aus Mün')}\r\n ${word('chen')}`],	// the first word ends with "=", where GMime stops
		[word(`${text} `.repeat(4)), `${text} `.repeat(4).trimEnd()],	// longer than an encoded word is allowed to be
		[`=?utf-8?B?${bytes.subarray(0, 3).toString('base64')}?= =?utf-8?B?${bytes.subarray(3).toString('base64')}?=`],	// split inside ü
		[`=?utf-8?B?${bytes.toString('base64').replace(/=+$/, '')}?=`], [text],
		['=?iso-8859-1?Q?Gr=FC=DFe_aus_M=FCnchen?='], ['=?utf-8*de?q?Gr=C3=BC=C3=9Fe aus M=C3=BCnchen?='], ['=?x-unheard-of?Q?Gr=FC=DFe_aus_M=FCnchen?='],
		[Buffer.from(text, 'latin1').toString('latin1')], ['=?utf-8?Q?Gr=FC=DFe_aus_M=FCnchen?='],
		[`Re: ${word('Grüße')} aus ${word('München')}`, `Re: ${text}`], ['=?iso-8859-1?Q?=93a=94_=80_5?=', '“a” € 5'],
		['=?utf-8?X?abc?=', '=?utf-8?X?abc?='], ['a =?b', 'a =?b'], ['=?koi8-r?B?8NLJ18XU?=', 'Привет'], ['=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=', '日本']])
		assert.equal((await noted(`Subject: ${subject}\r\nContent-Type: text/plain`, 'x')).replace(/ *\n\nx$/, ''), expected, subject);
});

test('a body keeps every byte when its charset is wrong, missing or unknown', async () => {
	const western = Buffer.from('\x93quoted\x94 \x805 \x96 rest', 'latin1'), utf8 = Buffer.from('“quoted” €5 – rest');
	for (const type of ['; charset=iso-8859-1', '; charset=us-ascii', '; charset=windows-1252', '; charset=utf-8', '; charset=x-unheard-of',
		'; charset=', '; charset="//IGNORE"', ''])
		for (const bytes of [western, utf8])
			assert.equal(await noted(`Content-Type: text/plain${type}\r\nContent-Transfer-Encoding: 8bit`, bytes), '“quoted” €5 – rest', type);
	for (const [charset, bytes, expected] of [['windows-1251', Buffer.from([0xcf, 0xf0, 0xe8]), 'При'], ['gb2312', Buffer.from([0xc4, 0xe3, 0x80]), '你€'],
		['Shift_JIS', Buffer.from([0x93, 0xfa, 0x96, 0x7b]), '日本'], ['iso-8859-15', Buffer.from([0xa4]), '€'], ['utf-8', Buffer.from([0xc3, 0xbc, 0xfc]), 'üü'],
		['iso-2022-jp', Buffer.from('\x1b$BF|K\\\x1b(B'), '日本'], ['ks_c_5601-1987', Buffer.from([0xb0, 0xa1]), '가'], ['utf-7', Buffer.from('+AOk-'), 'é']])
		assert.equal(await noted(`Content-Type: text/plain; charset=${charset}`, bytes), expected, charset);
	assert.equal(await noted('Content-Type: text/plain; charset=utf-16le\r\nContent-Transfer-Encoding: base64',
		Buffer.from('wide', 'utf16le').toString('base64')), 'wide');
	assert.equal(await noted('Content-Type: text/plain', 'a\0b'), 'ab');
});

test('names of senders and files keep their whole text', async () => {
	for (const [name, first, last] of [[`${word('Jörg Mün')}\r\n ${word('chen, Größe')}`, 'Jörg', 'München, Größe'],
		['=?iso-8859-1?Q?J=F6rg?= =?iso-8859-1?Q?_Gr=F6=DFe?=', 'Jörg', 'Größe'], [`"${word('Jörg Größe')}"`, 'Jörg', 'Größe'],
		['"J\xf6rg Gr\xf6\xdfe"', 'Jörg', 'Größe'], [`${word('Jörg ')} ${word('"der" Größe')}`, 'Jörg', '"der" Größe']]) {
		const to = `named-${numbers + 1}@x.example`;
		await brought(wrap(`To: ${name} <${to}>, group: a@x.example;\r\nSubject: s\r\nContent-Type: text/plain`, 'x', ''));
		const { contact } = await notesOn(to);
		assert.deepEqual([contact.first_name, contact.last_name], [first, last], name);
	}
	const part = (disposition) => `--b\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; ${disposition}\r\n\r\nx\r\n`;
	await brought(wrap('Subject: s\r\nContent-Type: multipart/mixed; boundary=b', '--b\r\n\r\ntext\r\n'
		+ part(`filename="${word('Grüße aus Mün')} ${word('chen.txt')}"`) + part('filename*=utf-8\'\'Gr%C3%BC%C3%9Fe.txt') + part('filename="Gr\xfc.txt"')
		+ part('name=none') + '--b--', 'files@x.example'));
	const { notes: [{ attachments }] } = await notesOn('files@x.example');
	assert.deepEqual(attachments.map(({ title }) => title), ['Grüße aus München.txt', 'Grüße.txt', 'Grü.txt', 'attachment']);
});

test('an email with only HTML is stored with its text, as are all parts with text', async () => {
	assert.equal(await noted('Content-Type: text/html; charset=utf-8', '<p>Hello <b>Wörld</b></p>'), 'Hello Wörld');
	assert.equal(await noted('Content-Type: text/html', `<html><head><title>t</title><style>b{}</style></head><body><h1>A &amp; B</h1>
		<script>x()</script><!-- no --><p>one<br>two</p><ul><li>three<li>four</ul><table><tr><td>1<td>2</tr><tr><td>3</td></tr></table>
		<img alt="a picture" src=x><pre>  kept\n  so</pre>&euro;&nbsp;5<div>end`),
	'A & B\n\none\ntwo\n\n- three\n- four\n\n1 2\n3\n\na picture\n\n  kept\n  so\n\n€\u00a05\nend');
	const multi = (type, ...parts) => noted(`Content-Type: multipart/${type}; boundary=b`, parts.map(([t, text]) => `--b\r\nContent-Type: text/${t}\r\n\r\n${text}\r\n`)
		.join('') + '--b--');
	assert.equal(await multi('alternative', ['plain', 'the plain one'], ['html', '<p>the same']), 'the plain one');
	assert.equal(await multi('alternative', ['html', '<p>first'], ['plain', 'the plain one']), 'the plain one');
	assert.equal(await multi('alternative', ['plain', ''], ['html', '<p>only here']), 'only here');
	assert.equal(await multi('mixed', ['plain', 'one'], ['html', '<p>two'], ['plain', 'three']), 'one\n\ntwo\n\nthree');
	assert.equal((await bring(mail(me.email, 'html@x.example', { TextBody: '', HtmlBody: '<p>from <i>Postmark</i>' }))).status, 200);
	assert.equal((await notesOn('html@x.example')).notes[0].text, 'An offer\n\nfrom Postmark');
	assert.equal(await noted('Content-Type: text/html', `${'<div><b>'.repeat(100000)}deep`), 'deep');
	for (const long of ['<!--*-->deep', '<a title="*">deep', '<script>*</script>deep', '<style>*</style><p>deep'])
		assert.equal(await noted('Content-Type: text/html', long.replace('*', 'x'.repeat(11e6))), 'deep', long);
	// An email with only an attachment is valid.
	await brought(wrap('Subject: scan\r\nContent-Type: application/pdf; name=scan.pdf', PDF, 'scan@x.example'));
	const { notes: [scan] } = await notesOn('scan@x.example');
	assert.deepEqual([scan.text.trim(), scan.attachments[0].title], ['scan', 'scan.pdf']);
});

test('an unreadable email is stored as a file, and the response names the file', async () => {
	const raw = wrap('Subject: too much\r\nContent-Type: multipart/mixed; boundary=b', '--b\r\nContent-Type: text/html\r\n\r\nx\r\n'.repeat(600), 'parts@x.example');
	const rs = await pipe(raw);
	assert.deepEqual([rs.status, await rs.text()], [200, 'OK: stored as the file message.eml, because it has too many parts']);
	const { notes: [note] } = await notesOn('parts@x.example');
	assert.match(note.text, /^too much\n\nThis message could not be read: it has too many parts\./);
	assert.deepEqual(note.attachments.map(({ title }) => title), ['message.eml']);
	assert.deepEqual((await get(note.attachments[0].src)).bytes, raw);
	for (const [mail, why] of [[wrap('Subject: s\r\nContent-Type: text/html', '<p></p>'), /TextBody: is missing/],
		['', /no mail|missing/], ['\0\0\0', /no mail|missing/], [Buffer.from(`From: stranger@x.example\r\nTo: a@x.example\r\nSubject: s\r\n\r\nx`), /sender/]]) {
		const refused = await pipe(mail);
		assert.equal(refused.status, 403, String(mail).slice(0, 200));
		assert.match((await refused.json()).detail, why);
	}
});

test('a request without valid credentials or a valid type is refused', async () => {
	const raw = await compose({ to: 'nobody@x.example' });
	assert.equal((await pipe(raw, { authorization: basic('hook', 'x') })).status, 401);
	assert.equal((await pipe(raw, { 'content-type': 'application/json' })).status, 415);
	assert.equal((await send('GET', '/api/inbound/mail')).status, 405);
	assert.equal(sql(`SELECT count(*) FROM crm.contacts
		WHERE email_jsonb::text LIKE '%nobody@x.example%'`)[0][0] ?? 'none', '0');
});

test('an email reaches only its sender\'s organization', async () => {
	const other = await owner('postbox2');
	const colleague = await member(other);
	await brought(await compose({ from: colleague.email, to: 'theirs@x.example' }));
	assert.equal((await notesOn('theirs@x.example', other)).notes.length, 1);
	assert.equal((await notesOn('theirs@x.example')).notes.length, 0);
});
