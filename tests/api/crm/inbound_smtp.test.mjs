// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off POSTMARK_WEBHOOK_USER=hook POSTMARK_WEBHOOK_PASSWORD=the-secret-of-the-hook POSTMARK_WEBHOOK_AUTHORIZED_IPS=127.0.0.0/8 TENANTRY_INBOUND_EMAIL=crm@in.example.test
// Inbound mail as message/rfc822 from a mail server, and by Postmark's webhook.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import MailComposer from 'nodemailer/lib/mail-composer/index.js';
import { sql } from '../lib/database.mjs';
import { PDF, get } from '../lib/files.mjs';
import { BASE, send } from '../lib/http.mjs';
import { member, owner } from '../lib/people.mjs';
import { INBOUND, basic, bring, mail } from '../lib/postmark.mjs';

await owner('first'); /* who also gets an organization when signing up */
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

test('P56 a mail copied to the CRM becomes a note on its recipient, with its files', async () => {
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

test('P56 a forwarded mail becomes a note on its author', async () => {
	await brought(await compose({ to: INBOUND, subject: 'Fwd: Hello', headers: {
		'Delivered-To': INBOUND }, text: '---------- Forwarded message ----------\n'
		+ 'From: Ann Poe <ann@poe.example>\nSubject: Hello\n\nI would buy.\n' }));
	const { notes: [note] } = await notesOn('ann@poe.example');
	assert.equal(note.text, 'Hello\n\nI would buy.');
});

test('P56 a Message-ID is stored once, also with eight concurrent requests', async () => {
	const raw = await compose({ to: 'once@x.example', messageId: '<once@x.example>' });
	await Promise.all(Array.from({ length: 8 }, () => brought(raw)));
	assert.equal((await notesOn('once@x.example')).notes.length, 1);
});

test('P56 the provider\'s webhook also stores a mail once', async () => {
	const message = mail(me.email, 'hook@x.example');
	for (let i = 0; i < 2; i++)
		assert.equal((await bring(message)).status, 200);
	assert.equal((await notesOn('hook@x.example')).notes.length, 1);
});

test('P56 a local pipe delivers a mail, and reports failure with exit code 75', async () => {
	const raw = await compose({ to: 'pipe@x.example' });
	const run = (password) => execFileSync('sh', ['-c', 'curl -sS --fail -o /dev/null -u '
		+ `hook:${password} -H 'Content-Type: message/rfc822' --data-binary @- ${BASE
		}/api/inbound/mail || exit 75`], { input: raw, stdio: ['pipe', 'pipe', 'pipe'] });
	run('the-secret-of-the-hook');
	assert.equal((await notesOn('pipe@x.example')).notes.length, 1);
	assert.throws(() => run('wrong'), { status: 75 });
});

test('other charsets are decoded, and an invalid mail is rejected', async () => {
	const wrap = (type, body, more = '') => Buffer.concat([Buffer.from(
		`From: ${me.email}\r\nTo: charset@x.example\r\nSubject: s\r\nMessage-ID: <${Math.random()
		}@x>\r\nMIME-Version: 1.0\r\nContent-Type: ${type}\r\n${more}\r\n`), Buffer.from(body)]);
	await brought(wrap('text/plain; charset=iso-8859-1', Buffer.from('caf\xe9', 'latin1')));
	await brought(wrap('text/plain; charset=utf-16le', Buffer.from('wide', 'utf16le').toString('base64'),
		'Content-Transfer-Encoding: base64\r\n'));
	await brought(wrap('text/plain; charset=x-unheard-of', Buffer.from('odd \xff', 'latin1')));
	const { notes } = await notesOn('charset@x.example');
	const texts = notes.map((n) => n.text);
	assert.ok(texts.includes('s\n\ncafé') && texts.includes('s\n\nwide'), JSON.stringify(texts));
	assert.equal(notes.length, 3);
	for (const [raw, why] of [[wrap('text/html', '<p>x</p>'), /TextBody is missing/],
		[wrap('text/plain', 'a\0b'), /NUL/], ['', /no mail|missing/], ['\0\0\0', /no mail|missing/],
		[Buffer.from(`From: stranger@x.example\r\nTo: a@x.example\r\nSubject: s\r\n\r\nx`), /sender/],
		[wrap(`multipart/mixed; boundary=b`, '--b\r\nContent-Type: text/html\r\n\r\nx\r\n'.repeat(600)),
			/too many parts/]]) {
		const rs = await pipe(raw);
		assert.equal(rs.status, 403, String(raw).slice(0, 200));
		assert.match((await rs.json()).detail, why);
	}
	assert.equal((await notesOn('charset@x.example')).notes.length, 3);
});

test('a request without valid credentials or type is rejected', async () => {
	const raw = await compose({ to: 'nobody@x.example' });
	assert.equal((await pipe(raw, { authorization: basic('hook', 'x') })).status, 401);
	assert.equal((await pipe(raw, { 'content-type': 'application/json' })).status, 415);
	assert.equal((await send('GET', '/api/inbound/mail')).status, 405);
	assert.equal(sql(`SELECT count(*) FROM crm.contacts
		WHERE email_jsonb::text LIKE '%nobody@x.example%'`)[0][0] ?? 'none', '0');
});

test('a mail reaches only its sender\'s organization', async () => {
	const other = await owner('postbox2');
	const colleague = await member(other);
	await brought(await compose({ from: colleague.email, to: 'theirs@x.example' }));
	assert.equal((await notesOn('theirs@x.example', other)).notes.length, 1);
	assert.equal((await notesOn('theirs@x.example')).notes.length, 0);
});
