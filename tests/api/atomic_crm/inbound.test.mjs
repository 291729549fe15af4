// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off POSTMARK_WEBHOOK_USER=hook POSTMARK_WEBHOOK_PASSWORD=the-secret-of-the-hook POSTMARK_WEBHOOK_AUTHORIZED_IPS=192.0.2.1,127.0.0.0/8 TENANTRY_UPLOAD_QUOTA=30000000 TENANTRY_INBOUND_EMAIL=crm@in.example.test
// Acceptance tests 90 to 92 of the front end, and other tests of inbound mail.
import assert from 'node:assert/strict';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { sql, sqlFor } from '../lib/database.mjs';
import { PNG, get, onDisk } from '../lib/files.mjs';
import { send } from '../lib/http.mjs';
import { address, member, owner } from '../lib/people.mjs';
import { INBOUND, basic, bring, mail } from '../lib/postmark.mjs';

await owner('first'); /* the first user, whose sign-up also creates an organization */
const me = await owner('inbox');
const { data } = me;

const all = async (resource, filter = {}, who = me) => (await who.data.getList(resource, {
	filter, sort: { field: 'id', order: 'ASC' },
	pagination: { page: 1, perPage: 100 } })).data;
const contactOf = async (email, who = me) => (await all('contacts',
	{ 'email_jsonb@cs': JSON.stringify([{ email }]) }, who));
const notesOf = (contact, who) => all('contact_notes', { contact_id: contact.id }, who);

async function brought(body) {
	const rs = await bring(body);
	assert.equal(rs.status, 200, rs.text);
	assert.equal(rs.text, 'OK');
	assert.match(rs.headers['content-type'], /^text\/plain/);
}

async function refused(body, why, status = 403) {
	const before = counts();
	const rs = await bring(body);
	assert.equal(rs.status, status, rs.text);
	assert.match(rs.json.detail, why);
	assert.deepEqual(counts(), before, 'something was stored');
	return rs;
}

const counts = () => sql(`SELECT (SELECT count(*) FROM crm.contacts),
	(SELECT count(*) FROM crm.companies), (SELECT count(*) FROM crm.contact_notes),
	(SELECT count(*) FROM ops.file), (SELECT count(*) FROM ops.inbound_mail)`)
	.concat(onDisk().length);

test('90 an email creates a company, a contact and a note, and a second email finds them', async () => {
	const before = Date.now();
	await brought(mail(me.email.toUpperCase(), { Email: 'Jane.Roe@Mail.Big-Blue.co.uk',
		Name: 'jane van roe' }, { Subject: 'Fwd: kept as it is', TextBody: 'Hi\n-- \nMe' }));
	const [contact, ...more] = await contactOf('jane.roe@mail.big-blue.co.uk');
	assert.deepEqual(more, []);
	assert.deepEqual([contact.first_name, contact.last_name, contact.tags, contact.sales_id],
		['Jane', 'Van roe', [], me.me.id]);
	assert.deepEqual(contact.email_jsonb,
		[{ email: 'jane.roe@mail.big-blue.co.uk', type: 'Work' }]);
	for (const seen of [contact.first_seen, contact.last_seen])
		assert.ok(Math.abs(Date.parse(seen) - before) < 60_000, seen);
	const { data: company } = await data.getOne('companies', { id: contact.company_id });
	assert.deepEqual([company.name, company.website, company.sales_id],
		['Big Blue', 'https://mail.big-blue.co.uk', me.me.id]);
	const [note] = await notesOf(contact);
	assert.deepEqual([note.text, note.sales_id, note.attachments],
		['Fwd: kept as it is\n\nHi\n-- \nMe', me.me.id, null]);

	await data.update('contacts', { id: contact.id, previousData: {},
		data: { last_seen: '2020-01-01T00:00:00Z' } });
	await brought(mail(me.email, ['jane.roe@mail.big-blue.co.uk',
		{ Email: 'joe@mail.big-blue.co.uk', Name: 'Joe' }, 'Joe@mail.big-blue.co.uk']));
	const [again, ...others] = await contactOf('jane.roe@mail.big-blue.co.uk');
	assert.deepEqual(others, []);
	assert.equal((await notesOf(again)).length, 2);
	assert.ok(Date.parse(again.last_seen) >= before - 60_000);
	const [joe] = await contactOf('joe@mail.big-blue.co.uk');
	assert.deepEqual([joe.first_name, joe.last_name, joe.company_id], ['', 'Joe', company.id]);
	assert.equal((await notesOf(joe)).length, 1, 'a recipient listed twice gets one note');
});

const FORWARDED = `---------- Forwarded message ---------
From: Bob Stone <Bob.Stone@quarry.example>
Date: Mon, 1 Jan 2029 at 10:00
To: <${me.email}>

We need stones.

Many.
-- \nBob Stone, Quarry`;

test('91 a forwarded email becomes a note about its author, without the forwarding header', async () => {
	const max = await member(me);
	await brought(mail(me.email, INBOUND.toUpperCase(), { Subject: 'Fwd: Stones',
		TextBody: `${max.email}, ${INBOUND}\n`.replace(/^.*\n/, '') + FORWARDED }));
	const [bob] = await contactOf('bob.stone@quarry.example');
	assert.deepEqual([bob.first_name, bob.last_name], ['Bob', 'Stone']);
	assert.equal((await data.getOne('companies', { id: bob.company_id })).data.name, 'Quarry');
	assert.equal((await notesOf(bob))[0].text, 'Stones\n\nWe need stones.\n\nMany.');
	assert.deepEqual(await contactOf(INBOUND), []);
	/* members and our own address do not become contacts */
	await brought(mail(me.email, INBOUND, { TextBody:
		`${max.email.toUpperCase()} and ${INBOUND} and crm+x@in.example.test and eve@eve.example` }));
	assert.equal((await notesOf((await contactOf('eve@eve.example'))[0])).length, 1);
	assert.deepEqual(await contactOf(max.email), []);
	await refused(mail(me.email, INBOUND, { TextBody: `only ${max.email} and ${INBOUND}` }),
		/no address/);
	await refused(mail(me.email, INBOUND), /no address/);
});

test('92 a gmail address creates no company, wrong credentials return 401, and a missing subject 403', async () => {
	await brought(mail(me.email, 'someone@gmail.com'));
	const [contact] = await contactOf('someone@gmail.com');
	assert.equal(contact.company_id, null);
	const body = mail(me.email, 'x@y.example');
	for (const authorization of [undefined, basic('hook', 'wrong'),
		basic('wrong', 'the-secret-of-the-hook'), 'Basic', 'Bearer x',
		`${basic('hook', 'the-secret-of-the-hook')}=`]) {
		const rs = await bring(body, { authorization });
		assert.equal(rs.status, 401, rs.text);
	}
	assert.equal((await send('GET', '/api/inbound/postmark')).status, 405);
	for (const member of ['ToFull', 'FromFull', 'Subject', 'TextBody'])
		for (const value of [undefined, '', null, []]) {
			const rs = await refused({ ...body, [member]: value }, new RegExp(`${member}: is missing`));
			assert.ok(rs.json.errors[member]);
		}
	await refused({ ...body, FromFull: { Email: '' } }, /FromFull/);
	await refused(mail(me.email, ''), /ToFull/);
	await refused(mail(address(), 'x@y.example'), /not a member/);
});

test('our own address does not become a contact', async () => {
	await brought(mail(me.email, [INBOUND, 'crm+any@in.example.test'.replace('+any', ''),
		'kept@own.example', 'hash@inbound.postmark.example'],
	{ OriginalRecipient: 'hash@inbound.postmark.example' }));
	assert.equal((await contactOf('kept@own.example')).length, 1);
	assert.deepEqual(await contactOf(INBOUND), []);
	assert.deepEqual(await contactOf('hash@inbound.postmark.example'), []);
	await refused(mail(me.email, [INBOUND, INBOUND]), /no recipient except/);
});

test('a repeated email is stored once, even if it arrives concurrently', async () => {
	const body = mail(me.email, 'twice@twice.example', { Attachments: [
		{ Name: 'a.png', ContentType: 'image/png', Content: PNG.toString('base64') }] });
	await Promise.all(Array.from({ length: 5 }, () => brought(body)));
	await brought(body);
	const [contact, ...more] = await contactOf('twice@twice.example');
	assert.deepEqual(more, []);
	assert.equal(onDisk().length, 1, 'files of repeated mails are deleted');
	assert.equal((await notesOf(contact)).length, 1);
	/*
	 * a refused email is not recorded; an email without an ID is identified by its content
	 */
	const late = mail('nobody@late.example', 'x@late.example');
	await refused(late, /not a member/);
	await brought({ ...late, FromFull: { Email: me.email } });
	const bare = { ...mail(me.email, 'bare@bare.example'), MessageID: undefined };
	await brought(bare);
	await brought(bare);
	assert.equal((await notesOf((await contactOf('bare@bare.example'))[0])).length, 1);
	/* concurrent emails create a contact only once */
	await Promise.all([1, 2, 3, 4].map(() => brought(mail(me.email, 'at.once@once.example'))));
	const [once, ...others] = await contactOf('at.once@once.example');
	assert.deepEqual(others, []);
	assert.equal((await notesOf(once)).length, 4);
	assert.equal((await all('companies', { name: 'Once' })).length, 1);
});

test('every note gets the attachments, and incomplete attachments are skipped', async () => {
	const good = { Name: '../a\u202e.png', ContentType: 'text/html',
		Content: PNG.toString('base64') };
	await brought(mail(me.email, ['a@files.example', 'b@files.example'], { Attachments: [
		good, { ...good, Name: undefined }, { ...good, ContentType: '' },
		{ ...good, Content: undefined }, { ...good, Content: 'not base64' },
		{ ...good, Content: `${good.Content}\n` }, 'text', null,
		{ Name: 'b.txt', ContentType: 'text/plain', Content: 'aGk=' }] }));
	const notes = await Promise.all(['a', 'b'].map(async (name) =>
		(await notesOf((await contactOf(`${name}@files.example`))[0]))[0]));
	const [png, txt, ...more] = notes[0].attachments;
	assert.deepEqual(more, []);
	assert.deepEqual(notes[1].attachments, notes[0].attachments);
	assert.deepEqual([png.type, txt.title], ['image/png', 'b.txt']);
	assert.deepEqual((await get(png.src)).bytes, PNG);
	assert.equal((await get(txt.src)).text, 'hi');
	/* deleting one note does not delete the file of the other note */
	await data.delete('contact_notes', { id: notes[0].id });
	assert.equal((await get(png.src)).status, 200);
	const big = Buffer.alloc(20 << 20, 7).toString('base64');
	await brought(mail(me.email, 'big@files.example', { Attachments: [
		{ Name: 'big.bin', ContentType: 'application/octet-stream', Content: big }] }));
	const [{ attachments: [kept] }] = await notesOf((await contactOf('big@files.example'))[0]);
	assert.equal((await get(kept.src)).bytes.length, 20 << 20);
	await refused(mail(me.email, 'more@files.example', { Attachments: [good,
		{ Name: 'big.bin', ContentType: 'application/octet-stream', Content: big }] }),
	/30000000 bytes/, 422);
	await refused(mail(me.email, 'many@files.example', { Attachments:
		Array(101).fill(good) }), /attachments/);
});

test('an email that could not be stored is stored when it is sent again', async () => {
	const folder = process.env.UPLOAD_DIR;
	const body = mail(me.email, 'again@again.example', { Attachments: [
		{ Name: 'a.png', ContentType: 'image/png', Content: PNG.toString('base64') }] });
	renameSync(folder, `${folder}.away`);
	try {
		writeFileSync(folder, '');
		assert.equal((await bring(body)).status, 503);
		assert.deepEqual(await contactOf('again@again.example'), []);
	} finally {
		rmSync(folder);
		renameSync(`${folder}.away`, folder);
	}
	await brought(body);
	const [note] = await notesOf((await contactOf('again@again.example'))[0]);
	assert.deepEqual((await get(note.attachments[0].src)).bytes, PNG);
});

test('an email finds existing rows: the oldest contact, and a company by website or name', async () => {
	const create = async (resource, row) => (await data.create(resource, { data: row })).data;
	const site = await create('companies', { name: 'Something else',
		website: 'https://found.example' });
	await create('companies', { name: 'Found' });
	await brought(mail(me.email, 'new@found.example'));
	assert.equal((await contactOf('new@found.example'))[0].company_id, site.id);
	const named = await create('companies', { name: 'named.example' });
	await brought(mail(me.email, 'new@named.example'));
	assert.equal((await contactOf('new@named.example'))[0].company_id, named.id);
	const email_jsonb = [{ email: 'other@x.example', type: 'Home' },
		{ email: 'Double@x.example', type: 'Work' }];
	const first = await create('contacts', { last_name: 'First', email_jsonb,
		last_seen: null });
	await create('contacts', { last_name: 'Second', email_jsonb });
	await brought(mail(me.email, 'double@x.example'));
	assert.equal((await notesOf(first)).length, 1);
	assert.notEqual((await data.getOne('contacts', { id: first.id })).data.last_seen, null);
});

test('an email reaches only one organization, which is the sender\'s', async () => {
	const other = await owner('other');
	const max = await member(me);
	/* a member of one organization cannot name a different one */
	await refused(mail(max.email, 'x@plus.example', { MailboxHash: other.organization.slug }),
		/not a member/);
	await refused(mail(max.email, 'x@plus.example', { MailboxHash: 'no-such' }), /not a member/);
	await brought(mail(max.email, 'x@plus.example', { MailboxHash:
		me.organization.slug.toUpperCase() }));
	const [note] = await notesOf((await contactOf('x@plus.example'))[0]);
	assert.equal(note.sales_id, max.me.id);
	/* a member of two organizations must name one */
	const joined = await max.browser.post('/api/auth/organization/create',
		{ name: 'Second', slug: `second-${process.pid}` });
	assert.equal(joined.status, 200, joined.text);
	await refused(mail(max.email, 'y@plus.example'), /more than one.*inbound\+name@/s);
	const plus = `crm+${joined.json.slug}@in.example.test`;
	for (const [i, more] of [{ MailboxHash: joined.json.slug },
		{ CcFull: [{ Email: plus }] }, { BccFull: [{ Email: plus }] },
		{ OriginalRecipient: `hash+${joined.json.slug}@in.postmark.example` }].entries()) {
		await brought(mail(max.email, `y${i}@plus.example`, more));
		assert.deepEqual(await contactOf(`y${i}@plus.example`), []);
	}
	await brought(mail(max.email, [plus, 'y4@plus.example']));
	await brought(mail(max.email, plus, { TextBody: 'about y5@plus.example' }));
	assert.deepEqual(sqlFor(joined.json.id, `SELECT c.email_jsonb->0->>'email'
		FROM crm.contacts c WHERE org_id = $1 ORDER BY id`, joined.json.id),
	[0, 1, 2, 3, 4, 5].map((i) => [`y${i}@plus.example`]));
	/* an email to two organizations is stored in both */
	const body = mail(max.email, 'z@plus.example', { MailboxHash: me.organization.slug });
	await brought(body);
	await brought({ ...body, MailboxHash: joined.json.slug });
	assert.equal((await contactOf('z@plus.example')).length, 1);
	assert.equal((await all('contacts', {}, other)).length, 0);
	/* the audit log names the member */
	assert.equal(sqlFor(me.organization.id, `SELECT count(*) FROM ops.audit_log a
		WHERE a.org_id = $1 AND a.user_id = $2 AND a.table_name LIKE '%contact_notes'`,
	me.organization.id, max.id)[0][0], '2');
});

test('a user who cannot sign in cannot write by email', async () => {
	const max = await member(me);
	const disabled = await me.browser.patch(`/api/sales/${max.me.id}`, { disabled: true });
	assert.equal(disabled.status, 200, disabled.text);
	await refused(mail(max.email, 'x@gone.example'), /not a member/);
	const banned = await owner('banned');
	await brought(mail(banned.email, 'x@gone.example'));
	sql('UPDATE identity."user" SET banned = true WHERE id = $1', banned.id);
	await refused(mail(banned.email, 'y@gone.example'), /not a member/);
	const closed = await owner('closed');
	sql('UPDATE identity.organization SET deleted_at = now() WHERE id = $1',
		closed.organization.id);
	await refused(mail(closed.email, 'y@gone.example'), /not a member/);
});

test('emails that Postmark marked as forged or as spam are refused', async () => {
	const with_ = (Name, Value) => mail(me.email, 'spf@spf.example', { Headers: [
		{ Name: 'Received-SPF', Value: 'Pass (sender SPF authorized)' }, { Name, Value }] });
	await refused(with_('received-spf', 'Fail (not permitted)'), /trustworthy/);
	await refused(with_('X-Spam-Status', 'Yes'), /trustworthy/);
	await brought(with_('Received-SPF', 'Softfail (~all)'));
	await brought(with_('X-Spam-Status', 'No'));
});

test('hostile content in an email is refused or stored as text', async () => {
	const many = (n) => Array.from({ length: n }, (_, i) => `p${i}@many.example`);
	await refused(mail(me.email, many(10000)), /too many values/);
	await refused(mail(me.email, many(51)), /50 recipients/);
	await brought(mail(me.email, many(50)));
	await refused(mail(me.email, { Email: 'long@long.example', Name: `A ${'b'.repeat(501)}` }),
		/name/);
	await refused(mail(me.email, 'x@long.example', { TextBody: 'x'.repeat(1 << 20) }), /text/);
	for (const Email of ['a b@c.example', 'a@b\r\nBcc: c@d.example', '<a@b.example>', 'a', '@',
		'\u00fc@b.example', `${'a'.repeat(65)}@b.example`])
		await refused(mail(me.email, Email), /invalid address/);
	for (const body of ['', '[]', 'x', '{"a":1,"a":2}', '{"TextBody":"a\\u0000b"}'])
		assert.equal((await bring(body, { 'content-type': 'application/json' })).status, 403);
	for (const odd of [{ ToFull: [1, null, 'x'] }, { ToFull: [{}] }, { FromFull: 'x' },
		{ FromFull: { Email: 7 } }, { Subject: 7 }, { TextBody: {} }])
		assert.equal((await bring({ ...mail(me.email, 'x@odd.example'), ...odd })).status, 403);
	/* invalid optional members do not cause a refusal */
	await brought(mail(me.email, 'x@odd.example', { Headers: [1, null, {}, { Name: 1 }],
		Attachments: {}, CcFull: 'x', MailboxHash: 7, OriginalRecipient: 7 }));
	const html = '<script>alert(1)</script>\'; DROP TABLE x; -- ${x} %s \u202e';
	await brought(mail(me.email, { Email: 'html@html.example', Name: '<b>A</b> "B"\u0007' },
		{ Subject: html, TextBody: html }));
	const [contact] = await contactOf('html@html.example');
	assert.deepEqual([contact.first_name, contact.last_name], ['<b>A</b>', '"B"']);
	assert.equal((await notesOf(contact))[0].text, `${html}\n\n${html}`);
});

test('a request without credentials is refused before a large body is read', async () => {
	const body = JSON.stringify({ x: 'x'.repeat(30 << 20) });
	const headers = { authorization: 'Basic no', 'content-type': 'application/json' };
	assert.equal((await bring(body, headers)).status, 401);
	assert.equal((await bring('x'.repeat(36 << 20), headers)).status, 413);
});
