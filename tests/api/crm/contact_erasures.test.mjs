// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// own stack: it reads all rows and files, and counts the files.
// The data about a contact: the report, the erasure with all copies, and legal holds, which forbid an erasure.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { NOT_ALLOWED, add, good, list, refused } from '../lib/answers.mjs';
import { dump, sql, sqlFor } from '../lib/database.mjs';
import { get, onDisk, send, startJobs, until, uploaded } from '../lib/files.mjs';
import { member, owner, tenantry } from '../lib/people.mjs';

const work = mkdtempSync(join(tmpdir(), 'tenantry-erasure.'));
after(() => rmSync(work, { recursive: true }));
let boss, staff, stranger, org, jobs;
after(() => jobs?.stop());
before(async () => {
	boss = await owner('erase-contacts');
	stranger = await owner('erase-stranger');
	org = boss.organization.id;
	staff = await member(boss, 'member');
	await good(boss.browser.put('/api/modules/b2b', { enabled: true }));
});

const report = (who, id) => send(who, `/api/contacts/${id}/report`, { method: 'GET' });

// Unpacks a report: its rows by name, and the texts of its files.
async function unpacked(id) {
	const rs = await report(boss, id);
	assert.equal(rs.status, 200, rs.text);
	assert.equal(rs.headers.get('content-type'), 'application/x-tar');
	const folder = mkdtempSync(join(work, 'report.'));
	writeFileSync(join(folder, 'report.tar'), rs.bytes);
	execFileSync('tar', ['-xf', join(folder, 'report.tar'), '-C', folder]);
	const read = (part) => existsSync(join(folder, part)) ? readdirSync(join(folder, part)).map((name) => [name, readFileSync(join(folder, part, name), 'utf8')]) : [];
	return {
		rows: Object.fromEntries(read('rows').map(([name, text]) => [name.replace('.ndjson', ''), text.trimEnd().split('\n').map((line) => JSON.parse(line))])),
		files: read('files').map(([, text]) => text),
	};
}

// Lists the contents of a report, as "table/id": rows, merged contacts, and rows in the trash.
const named = ({ rows }) => Object.entries(rows).flatMap(([name, all]) => all.flatMap((row) => [`${name}/${row.id}`,
	...name === 'trash' ? [`${row.resource}/${row.row_id}`] : name === 'merges' ? [`contacts/${row.loser_id}`] : []]));

const erase = (who, id, body = { reason: 'asked for it' }) => who.browser.post(`/api/contacts/${id}/erase`, body);
const verify = () => spawnSync(process.env.TENANTRY ?? `${process.env.BUILD}/tenantry`, ['audit', 'verify'], { encoding: 'utf8' });

// Creates a contact with rows and copies of all kinds, each of which contains the mark.
async function person(mark) {
	const email = `${mark}@mail.test`.toLowerCase();
	const company = await add(boss, 'companies', { name: 'Acme' });
	const contact = await add(boss, 'contacts', { first_name: mark, last_name: mark, background: mark, title: mark, company_id: company.id,
		email_jsonb: [{ email, type: 'Work' }], phone_jsonb: [{ number: '+33 6 98 76 54 32', type: 'Work' }], metadata: { note: mark }, external_ids: { erp: [mark] } });
	await good(boss.browser.patch(`/api/contacts/${contact.id}`, { background: `${mark} again` }));
	const { src } = await uploaded(boss, `file of ${mark}`, { type: 'text/plain', title: mark });
	await add(boss, 'contact_notes', { contact_id: contact.id, text: mark, attachments: [{ src, title: mark }] });
	const note = await add(boss, 'contact_notes', { contact_id: contact.id, text: `${mark} deleted`, external_ids: { erp: [`${mark} note`] } });
	await good(boss.browser.delete(`/api/contact_notes/${note.id}`));	// the note is now in the trash
	const gone = await add(boss, 'tasks', { contact_id: contact.id, text: `${mark} purged` });
	await good(boss.browser.delete(`/api/tasks/${gone.id}`));
	// Deletes the row without triggers, as earlier releases did.
	sqlFor(org, `SET session_replication_role = replica; DELETE FROM crm.trash WHERE row_id = ${gone.id}`);
	await add(boss, 'tasks', { contact_id: contact.id, text: mark, type: 'call' });
	await add(boss, 'activities', { contact_id: contact.id, type: 'call', subject: mark, body: mark });
	await add(boss, 'messages', { contact_id: contact.id, channel: 'sms', direction: 'inbound', body: mark, sender: email });
	await add(boss, 'messages', { channel: 'email', direction: 'inbound', body: mark, sender: email });	// this message refers to no contact
	await add(boss, 'appointments', { contact_id: contact.id, title: mark, starts_at: '2099-01-01T10:00:00Z', ends_at: '2099-01-01T11:00:00Z' });
	await add(boss, 'appointments', { title: 'Meeting', starts_at: '2099-01-02T10:00:00Z', ends_at: '2099-01-02T11:00:00Z', attendees: [{ email, name: mark }] });
	await add(boss, 'appointments', { title: 'Talk', starts_at: '2099-01-03T10:00:00Z', ends_at: '2099-01-03T11:00:00Z', attendees: [{ contact_id: contact.id }] });
	const deal = await add(boss, 'deals', { name: 'Deal', stage: 'opportunity', contact_ids: [contact.id] });
	await add(boss, 'opportunity_participants', { opportunity_id: deal.id, contact_id: contact.id, role: 'other' });
	const twin = await add(boss, 'contacts', { last_name: `${mark} twin`, email_jsonb: [{ email: `twin.${email}`, type: 'Home' }], background: mark });
	await good(boss.browser.post('/api/merge_contacts', { loserId: twin.id, winnerId: contact.id }));
	await good(boss.browser.post('/api/contacts/bulk', { ids: [contact.id], set: { title: `${mark} of many` } }));
	await good(boss.browser.post('/api/contacts', { last_name: mark, email_jsonb: [{ email, type: 'Home' }] }, { 'idempotency-key': `key-${contact.id}` })
		.then(async (rs) => good(erase(boss, rs.json.id)).then(() => rs)));
	sqlFor(org, `INSERT INTO ops.mail (template, recipient, language, data) VALUES ('message', '${email}', 'en', '{"subject": "${mark}", "text": "x", "organization": "x"}');
		INSERT INTO crm.imports (id, resource, format, size) VALUES (${contact.id}, 'contacts', 'csv', 1);
		INSERT INTO crm.import_errors (import_id, n, raw, reason) VALUES (${contact.id}, 1, '["${email}"]', 'wrong');
		INSERT INTO ops.imported_audit_log (org_id, source_table, source_id, id, at, action, data) VALUES ('${org}', 'x', '${contact.id}', 1, now(), 'insert', '{"email": "${email}"}')`);
	return { contact, twin, deal, email };
}

test('an owner or admin gets all stored data about a contact', async () => {
	const { contact } = await person('Reported');
	const other = await add(boss, 'contacts', { last_name: 'Somebody else' });
	await add(boss, 'contact_notes', { contact_id: other.id, text: 'not theirs' });
	const { rows, files } = await unpacked(contact.id);
	for (const name of [...sqlFor(org, 'SELECT name FROM crm.contact_tables()').flat(), 'merges', 'trash', 'external_ids'])
		assert.ok(rows[name]?.length > 0, name);
	const all = JSON.stringify(rows);
	assert.ok(all.includes('Reported') && !all.includes('not theirs') && !all.includes('org_id'));
	for (const row of Object.values(rows).flat())
		assert.ok([undefined, contact.id].includes(row.contact_id), JSON.stringify(row));
	assert.deepEqual(files, ['file of Reported']);
	for (const id of [contact.id, 1])
		assert.equal((await report(stranger, id)).status, 404);
	assert.ok([403, 422].includes((await report(staff, contact.id)).status));
});

test('a report contains everything that an erasure erases', async () => {
	const { contact, twin, email } = await person('Compared');
	const orphan = await add(boss, 'messages', { channel: 'email', direction: 'inbound', body: 'of nobody', sender: email.toUpperCase() });
	await add(boss, 'appointments', { title: 'Guest', starts_at: '2099-02-02T10:00:00Z', ends_at: '2099-02-02T11:00:00Z', attendees: [{ email: `twin.${email}` }] });
	const { src } = await uploaded(boss, 'file in the trash', { type: 'text/plain', title: 'x' });
	const note = await add(boss, 'contact_notes', { contact_id: contact.id, text: 'x', attachments: [{ src, title: 'x' }] });
	await good(boss.browser.delete(`/api/contact_notes/${note.id}`));
	const compare = async (expected) => {
		const before = await unpacked(contact.id), has = new Set(named(before));
		const proof = await good(erase(boss, contact.id));
		// While tenantry-jobs is not running, the queue contains each erased row.
		const erased = sqlFor(org, `SELECT table_name || '/' || row_id FROM ops.redaction WHERE proof = ${proof.id} AND member IS NULL AND mentions IS NULL`).flat();
		for (const name of expected)
			assert.ok(erased.includes(name), name);
		assert.deepEqual(erased.filter((name) => !has.has(name)), []);
		for (const [name, n] of Object.entries(proof.erased))
			assert.equal(before.rows[name].length, n + (name === 'appointment_attendees' ? 1 : 0), name);
		return before;
	};
	const { files } = await compare([`contacts/${contact.id}`, `contacts/${twin.id}`, `messages/${orphan.id}`, `contact_notes/${note.id}`]);
	assert.deepEqual(files.sort(), ['file in the trash', 'file of Compared']);
	assert.equal((await report(boss, contact.id)).status, 404);
});

test('a report is available for a contact in the trash', async () => {
	const contact = await add(boss, 'contacts', { last_name: 'Thrown away' });
	await add(boss, 'contact_notes', { contact_id: contact.id, text: 'along with it' });
	await good(boss.browser.delete(`/api/contacts/${contact.id}`));
	const before = await unpacked(contact.id);
	assert.deepEqual(before.rows.trash.map(({ resource }) => resource).sort(), ['contact_notes', 'contacts']);
	assert.match(JSON.stringify(before.rows.trash), /along with it.*Thrown away|Thrown away.*along with it/);
	const { id } = await good(erase(boss, contact.id));
	const has = new Set(named(before));
	assert.deepEqual(sqlFor(org, `SELECT table_name || '/' || row_id FROM ops.redaction WHERE proof = ${id} AND member IS NULL AND mentions IS NULL`).flat().filter((name) => !has.has(name)), []);
	assert.equal((await report(boss, contact.id)).status, 404);
});

test('a hold preserves all rows of its contact', async () => {
	const { contact, deal } = await person('Kept');
	const [note] = await list(boss, 'contact_notes', { contact_id: contact.id });
	const [trashed] = await list(boss, 'trash', { resource: 'contact_notes', row_id: sqlFor(org, `SELECT max(row_id) FROM crm.trash WHERE row->>'contact_id' = '${contact.id}'`)[0][0] });
	const tables = sqlFor(org, 'SELECT tenant_table, member_column FROM crm.contact_tables()');
	assert.ok(tables.length >= 9, tables.join());
	const count = (table, column) => sqlFor(org, `SELECT count(*) FROM ${table} WHERE ${column} = ${contact.id}`)[0][0];
	for (const [table, column] of tables)
		assert.notEqual(count(table, column), '0', table);
	const hold = await add(boss, 'contact_holds', { contact_id: contact.id, reason: 'court order 8' });
	for (const [table, column] of tables)
		assert.throws(() => sqlFor(org, `DELETE FROM ${table} WHERE ${column} = ${contact.id}`), /a legal hold forbids this/, table);
	await refused(boss.browser.delete(`/api/contact_notes/${note.id}`), 409, /court order 8/);
	// The hold also protects the contact's rows when another row is deleted, and when the trash is purged manually
	// or by expiry.
	await refused(boss.browser.delete(`/api/deals/${deal.id}`), 409, /court order 8/);
	await refused(boss.browser.delete(`/api/trash/${trashed.id}`), 409, /court order 8/);
	const other = await add(boss, 'contacts', { last_name: 'Not kept' });
	await good(boss.browser.delete(`/api/contacts/${other.id}`));
	const purge = () => {
		sqlFor(org, `SET session_replication_role = replica; UPDATE crm.trash SET deleted_at = now() - interval '99 days' WHERE row_id IN (${trashed.row_id}, ${other.id})`);
		sqlFor('', `UPDATE ops.organization_turn SET due_at = now() WHERE org_id = '${org}' AND task = 'trash'`);
		sqlFor('', "SELECT ops.purge_trash(interval '30 days', 1000)");
		return sqlFor(org, `SELECT row_id FROM crm.trash WHERE row_id IN (${trashed.row_id}, ${other.id})`).flat();
	};
	assert.deepEqual(purge(), [String(trashed.row_id)]);
	// A merge moves the contact's rows, including rows in the trash. The hold also prevents their deletion afterwards.
	const heir = await add(boss, 'contacts', { last_name: 'Heir' });
	const merge = await good(boss.browser.post('/api/merge_contacts', { loserId: contact.id, winnerId: heir.id }));
	await refused(boss.browser.delete(`/api/contact_notes/${note.id}`), 409, /court order 8/);
	await refused(boss.browser.delete(`/api/trash/${trashed.id}`), 409, /court order 8/);
	await good(boss.browser.post(`/api/merges/${merge.mergeId}/undo`, {}));
	// Rows of a held contact can still be changed.
	await good(boss.browser.patch(`/api/contact_notes/${note.id}`, { text: 'changed' }));
	await good(boss.browser.post(`/api/contact_holds/${hold.id}/release`));
	await good(boss.browser.delete(`/api/contact_notes/${note.id}`));
	assert.deepEqual(purge(), []);
	for (const [table, column] of tables.slice().reverse())
		sqlFor(org, `DELETE FROM ${table} WHERE ${column} = ${contact.id}`);
});

test('a hold forbids deletion and erasure until it is released, and a merge moves it', async () => {
	const held = await add(boss, 'contacts', { last_name: 'Held' }), other = await add(boss, 'contacts', { last_name: 'Other' });
	const { id } = await add(boss, 'contact_holds', { contact_id: held.id, reason: 'court order 7' });
	await refused(erase(boss, held.id), 409, /a legal hold forbids this: court order 7/);
	await refused(boss.browser.delete(`/api/contacts/${held.id}`), 409, /court order 7/);
	const told = await staff.browser.delete(`/api/contacts/${held.id}`);
	assert.deepEqual([told.status, told.text.includes('court order')], [409, false], told.text);
	// After a merge, the hold is on the remaining contact.
	const merge = await good(staff.browser.post('/api/merge_contacts', { loserId: held.id, winnerId: other.id }));
	await refused(boss.browser.delete(`/api/contacts/${other.id}`), 409, /court order 7/);
	await good(boss.browser.post(`/api/merges/${merge.mergeId}/undo`, {}));
	for (const who of [staff, stranger])
		assert.ok([403, 404, 422].includes((await who.browser.post(`/api/contact_holds/${id}/release`)).status));
	assert.ok([403, 422].includes((await staff.browser.get('/api/contact_holds')).status));
	await good(boss.browser.post(`/api/contact_holds/${id}/release`));
	await refused(boss.browser.post(`/api/contact_holds/${id}/release`), 409, /released/);
	for (const bad of [{}, { reason: '' }, { reason: ' ' }])
		assert.equal((await erase(boss, held.id, bad)).status, 422, JSON.stringify(bad));
	assert.ok([403, 422].includes((await erase(staff, held.id)).status));
	assert.equal((await erase(stranger, held.id)).status, 404);
	await good(erase(boss, held.id));
	assert.equal((await erase(boss, held.id)).status, 404);
});

test('an erasure leaves no copy in the database, and the log remains valid', async () => {
	const mark = 'Zyxwvutsmark';
	const { contact, deal, email } = await person(mark);
	const other = await person('Untouchedmark');
	tenantry('audit', 'seal');
	assert.ok(dump().toLowerCase().includes(mark.toLowerCase()));
	const proof = await good(erase(boss, contact.id));
	assert.match(proof.hash, /^[0-9a-f]{64}$/);
	assert.deepEqual([proof.contact_id, proof.user_id, proof.reason], [contact.id, boss.id, 'asked for it']);
	assert.equal(proof.erased.contacts, 1);
	assert.ok(proof.copies_left > 0, 'the log follows, and the proof does not say that it has');
	jobs = startJobs();
	await until(async () => (await list(boss, 'contact_erasures', { id: proof.id }))[0].copies_left === 0);
	const left = dump().split('\n').filter((line) => line.toLowerCase().includes(mark.toLowerCase())).map((line) => line.slice(0, 300));
	await until(() => onDisk().length === 3);	// the files of other contacts remain
	await jobs.stop();
	const [{ attachments: [{ src }] }] = await list(boss, 'contact_notes', { contact_id: other.contact.id });
	assert.equal(String((await get(src)).bytes), 'file of Untouchedmark');
	assert.deepEqual(left, []);
	assert.equal(dump().includes(email), false);
	assert.ok(dump().includes('Untouchedmark') && dump().includes(other.email), 'nothing of others');
	assert.deepEqual((await list(boss, 'deals', { id: deal.id }))[0].contact_ids, []);
	tenantry('audit', 'seal');
	const told = verify();
	assert.equal(told.status, 0, told.stdout + told.stderr);
	assert.match(told.stdout, /the data of [0-9]+ rows was erased/);
	const page = await good(boss.browser.get('/api/audit_log/verify'));
	assert.deepEqual([page.whole, page.erased > 10], [true, true], JSON.stringify(page));
	// The log still records who did what, and when. An erased row is sealed like any other row, and cannot be
	// changed again.
	const [[id, erased]] = sqlFor(org, `SELECT id, new FROM ops.audit_log WHERE org_id = '${org}' AND table_name = 'contacts' AND row_id = '${contact.id}' AND action = 'insert'`);
	assert.equal(JSON.parse(erased).id, contact.id);
	for (const change of [`UPDATE ops.audit_log SET new = '{}' WHERE id = ${id}`, 'UPDATE crm.contact_erasures SET reason = reason'])
		assert.throws(() => sqlFor(org, change), /append-only/);
	sqlFor(org, `SET session_replication_role = replica; UPDATE ops.audit_log SET new = '{"id": 7}' WHERE org_id = '${org}' AND id = ${id}`);
	const tampered = verify();
	assert.notEqual(tampered.status, 0);
	assert.match(tampered.stdout, new RegExp(`row ${id} was changed`));
	assert.equal((await good(boss.browser.get('/api/audit_log/verify'))).whole, false);
	sqlFor(org, `SET session_replication_role = replica; UPDATE ops.audit_log SET new = '${erased}' WHERE org_id = '${org}' AND id = ${id}`);
	assert.equal(verify().status, 0);
});

test('a purge from the trash erases the log\'s data about a person', async () => {
	const mark = 'Purgedmark';
	const contact = await add(boss, 'contacts', { last_name: mark, email_jsonb: [{ email: 'purgedmark@mail.test', type: 'Work' }] });
	await add(boss, 'contact_notes', { contact_id: contact.id, text: mark });
	await good(boss.browser.delete(`/api/contacts/${contact.id}`));
	const [root] = await list(boss, 'trash', { resource: 'contacts', row_id: contact.id });
	await good(boss.browser.delete(`/api/trash/${root.id}`));
	jobs = startJobs();
	await until(() => sqlFor('', 'SELECT count(*) FROM ops.redaction')[0][0] === '0');
	await jobs.stop();
	assert.ok(!/purgedmark/i.test(dump()));
	// A contact that is only in the trash is erased like any other contact.
	const gone = await add(boss, 'contacts', { last_name: mark });
	await good(boss.browser.delete(`/api/contacts/${gone.id}`));
	assert.equal((await good(erase(boss, gone.id))).copies.trash, 1);
	assert.deepEqual(await list(boss, 'trash', { resource: 'contacts', row_id: gone.id }), []);
});

test('an erasure from the trash also erases the messages of the contact\'s addresses', async () => {
	const email = 'trashedmark@mail.test';
	const contact = await add(boss, 'contacts', { last_name: 'Trashed', email_jsonb: [{ email, type: 'Work' }] });
	for (const message of [{ sender: email.toUpperCase() }, { recipient: email }, { sender: `x.${email}` }])
		await add(boss, 'messages', { channel: 'email', direction: 'inbound', body: 'Hello', ...message });
	await good(boss.browser.delete(`/api/contacts/${contact.id}`));
	const proof = await good(erase(boss, contact.id));
	assert.equal(proof.erased.messages, 2);
	assert.deepEqual((await list(boss, 'messages', { 'body': 'Hello' })).map((message) => message.sender), [`x.${email}`]);
	assert.equal(sqlFor(org, `SELECT count(*) FROM ops.redaction WHERE proof = ${proof.id} AND table_name = 'messages'`)[0][0], '2');
});
