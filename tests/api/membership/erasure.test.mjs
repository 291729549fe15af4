// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// own stack: it lists the files of all organizations.
// The data about a member: the report, the erasure and legal holds. No secret is stored in plain text.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { STACK } from '../../lib/api.mjs';
import { NOT_ALLOWED, good, list, refused } from '../lib/answers.mjs';
import { dump, sql, sqlFor } from '../lib/database.mjs';
import { PNG, onDisk, send, startJobs, until } from '../lib/files.mjs';
import { member, owner, tenantry } from '../lib/people.mjs';

const work = mkdtempSync(join(tmpdir(), 'tenantry-erasure.'));
after(() => rmSync(work, { recursive: true }));
let boss, staff, guest, other, stranger, org;
const profiles = {};
const TAX = 'TAX-55512-77', SHOWN = 'evidence that is planted';

const report = (who, id) => send(who, `/api/user_profiles/${id}/report`, { method: 'GET' });
const erase = (who, id, body = { reason: 'asked for it' }) => who.browser.post(`/api/user_profiles/${id}/erase`, body);
const hold = (id, reason = 'court order 7') => good(boss.browser.post('/api/legal_holds', { member_id: id, reason }));
const files = (folder) => readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory()
	? files(join(folder, entry.name)) : statSync(join(folder, entry.name)).isFile() ? [join(folder, entry.name)] : []));

// Creates rows of all kinds for a member.
async function fill(who) {
	[profiles[who.id]] = await list(boss, 'user_profiles', { user_id: who.id });
	const { id } = profiles[who.id];
	await good(who.browser.patch(`/api/user_profiles/${id}`, { bio: `a secret life of ${who.id}`, birth_date: '1990-01-31' }));
	const contact = await good(who.browser.post('/api/user_contacts', { kind: 'email', value: `${who.id}@members.test` }));
	await good(who.browser.post('/api/user_addresses', { kind: 'home', line1: 'Secret Street', city: 'x', country: 'FR' }));
	await good(who.browser.post('/api/membership_queue', {}));
	await good(who.browser.post('/api/user_payment_methods', { kind: 'bank', provider: 'bank', token: `token_${who.id}` }));
	const due = await good(boss.browser.post('/api/user_billing_schedules', { member_id: id, amount: 700, currency: 'EUR', description: 'secret fee' }));
	const paid = await good(who.browser.post('/api/user_payments', { billing_schedule_id: due.id, description: 'secret payment' }));
	await good(boss.browser.post(`/api/user_payments/${paid.id}/succeed`, {}));
	await good(who.browser.post('/api/tax_forms', { year: 2025, kind: 'w9', country: 'FR', legal_name: 'Secret Name', identifier: TAX }));
	const { id: verification } = await good(who.browser.post('/api/kyc_verification', { document_type: 'passport', country: 'FR', note: 'secret note' }));
	for (const [kind, bytes] of [['front', SHOWN], ['back', PNG]])
		assert.equal((await send(who, `/api/kyc_evidence?verification_id=${verification}&kind=${kind}`, { body: bytes })).status, 201);
	await good(who.browser.post(`/api/kyc_verification/${verification}/submit`, {}));
	await good(boss.browser.post(`/api/kyc_verification/${verification}/review`, {}));
	await good(boss.browser.post('/api/member_messages', { member_id: id, body: 'to them' }));
	return contact;
}

before(async () => {
	boss = await owner('erasure');
	stranger = await owner('erasure-stranger');
	org = boss.organization.id;
	for (const who of [boss, stranger])
		await good(who.browser.put('/api/modules/membership', { enabled: true }));
	[staff, guest, other] = [await member(boss, 'member'), await member(boss, 'portal'), await member(boss, 'portal')];
});

let code;
test('secrets are in no table, log or archive', async () => {
	const contact = await fill(guest);
	await fill(other);
	await good(guest.browser.post(`/api/user_contacts/${contact.id}/send_code`));
	[[code]] = sql(`SELECT data->>'code' FROM ops.mail WHERE recipient = '${contact.value}'`);
	await refused(guest.browser.post(`/api/user_contacts/${contact.id}/verify`, { code: 'wrong' }), 422, /wrong/);
	const planted = [TAX, SHOWN];
	const clean = (text, about) => {
		for (const secret of planted)
			assert.ok(!text.includes(secret), `${about}: ${secret}`);
	};
	clean(dump(), 'dump');
	// An email contains the code until it is sent, and the digits of IDs and times may happen to match, so both are
	// excluded.
	const rows = execFileSync('pg_dump', ['--inserts', '--data-only', '-n', 'membership'], { encoding: 'utf8', maxBuffer: 1 << 28 });
	assert.doesNotMatch(rows, new RegExp(`'${code}'|\\b${code} `));
	const audit = sqlFor(org, `SELECT string_agg(concat(old, new), '') FROM ops.audit_log WHERE org_id = '${org}'`)[0][0];
	assert.ok(audit.includes('identifier_sealed'));
	clean(audit, 'audit log');
	assert.doesNotMatch(audit, new RegExp(`"${code}"`));
	const tar = join(work, 'org.tar');
	tenantry('org', 'export', boss.organization.slug, '--to', tar);
	clean(readFileSync(tar, 'latin1'), 'archive');
	const logs = [...files(`${STACK}/log`), join(dirname(process.env.TEST_PGDATA), 'server.log')];
	for (const path of logs)
		clean(readFileSync(path, 'latin1'), path);
	for (const path of files(process.env.UPLOAD_DIR))
		clean(readFileSync(path, 'latin1'), path);
});

test('a member gets all stored data about themselves, and nothing about others', async () => {
	const { id } = profiles[guest.id];
	for (const who of [guest, boss]) {
		const rs = await report(who, id);
		assert.equal(rs.status, 200, rs.text);
		assert.equal(rs.headers.get('content-type'), 'application/x-tar');
		const to = join(work, who === guest ? 'own' : 'boss');
		writeFileSync(`${to}.tar`, rs.bytes);
		execFileSync('mkdir', [to]);
		execFileSync('tar', ['-xf', `${to}.tar`, '-C', to]);
		const names = files(to).map((path) => path.slice(to.length + 1)).sort();
		for (const name of ['account', 'user_profiles', 'user_contacts', 'user_addresses', 'membership_queue', 'user_payments', 'tax_forms',
			'kyc_verification', 'kyc_evidence', 'kyc_decisions', 'ledger_entries', 'member_messages', 'user_settings', 'user_privacy_settings'])
			assert.ok(names.includes(`rows/${name}.ndjson`), name);
		const rows = files(join(to, 'rows')).flatMap((path) => readFileSync(path, 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line)));
		for (const row of rows)
			assert.ok(!('member_id' in row) || row.member_id === id, JSON.stringify(row));
		// Portal users do not see the names of staff.
		for (const row of rows)
			assert.deepEqual(Object.keys(row).filter((key) => row[key] === boss.me.id), [], JSON.stringify(row));
		const all = JSON.stringify(rows);
		assert.ok(all.includes('a secret life') && all.includes(guest.email) && !all.includes(other.email));
		for (const secret of [TAX, 'identifier_sealed', boss.id, `token_${guest.id}`])
			assert.ok(!all.includes(secret), secret);
		const shown = names.filter((name) => name.startsWith('files/'));
		assert.equal(shown.length, 2);
		assert.equal(readFileSync(join(to, shown.find((name) => name.includes('front'))), 'utf8'), SHOWN);
		assert.ok(readFileSync(join(to, shown.find((name) => name.includes('back')))).equals(PNG));
	}
	const none = await report(other, 1);
	for (const who of [other, stranger]) {
		const rs = await report(who, id);
		assert.deepEqual([rs.status, rs.json.detail], [404, none.json.detail]);
	}
	await refused(report(staff, id), 422, NOT_ALLOWED);
});

test('an erasure is refused while there is a hold or the user belongs to the organization', async () => {
	const { id } = profiles[guest.id];
	await refused(erase(boss, id), 409, /remove them first/);
	for (const who of [guest, staff])
		assert.ok([403, 422].includes((await erase(who, id)).status));
	assert.equal((await erase(stranger, id)).status, 404);
	await good(boss.browser.post('/api/auth/organization/remove-member', { memberIdOrEmail: guest.email }));
	const [one, two] = [await hold(id), await hold(id, 'tax audit')];
	assert.equal(one.set_by, boss.id);
	await refused(erase(boss, id), 409, /a legal hold forbids this: court order 7/);
	await good(boss.browser.post(`/api/legal_holds/${one.id}/release`));
	await refused(boss.browser.post(`/api/legal_holds/${one.id}/release`), 409, /released/);
	await refused(erase(boss, id), 409, /tax audit/);
	for (const who of [staff, other])
		assert.ok([403, 422].includes((await who.browser.get('/api/legal_holds')).status));
	assert.equal((await stranger.browser.post(`/api/legal_holds/${two.id}/release`)).status, 404);
	assert.equal((await boss.browser.delete(`/api/user_profiles/${id}`)).status, 409);
	await good(boss.browser.post(`/api/legal_holds/${two.id}/release`));
	for (const bad of [{}, { reason: '' }, { reason: ' ' }])
		assert.equal((await erase(boss, id, bad)).status, 422, JSON.stringify(bad));
});

test('an erasure keeps records about money, and leaves a proof', async () => {
	const { id } = profiles[guest.id];
	const ledger = () => sqlFor(org, `SELECT a.kind, a.currency, sum(e.amount), count(*) FROM membership.ledger_entries e JOIN membership.ledger_accounts a
		ON a.org_id = e.org_id AND a.id = e.account_id WHERE e.org_id = '${org}' GROUP BY 1, 2 ORDER BY 1`);
	const sums = ledger(), others = (await list(boss, 'user_contacts', { member_id: profiles[other.id].id })).length;
	const lines = sqlFor(org, `SELECT sum(length(lines) - length(replace(lines, chr(10), ''))) FROM membership.report_of(${id})
		WHERE name !~ 'ledger_|account'`)[0][0];
	const all = await Promise.all(Array.from({ length: 4 }, () => erase(boss, id)));
	assert.deepEqual(all.map(({ status }) => status).sort(), [200, 409, 409, 409]);
	const { json: proof } = all.find(({ status }) => status === 200);
	assert.match(proof.hash, /^[0-9a-f]{64}$/);
	assert.deepEqual([proof.member_id, proof.user_id, proof.reason], [id, boss.id, 'asked for it']);
	assert.equal(String(Object.values(proof.erased).reduce((a, b) => a + b)), lines);
	assert.deepEqual((await list(boss, 'erasures', { member_id: id })).map((row) => row.id), [proof.id]);
	assert.deepEqual(ledger(), sums);
	assert.deepEqual(sqlFor(org, 'SELECT membership.wrong_ledgers()'), []);
	assert.equal((await list(boss, 'user_payments', { member_id: id }))[0].status, 'succeeded');
	const stored = sqlFor(org, `SELECT string_agg(membership.subject_rows('${org}', ${id}, t.tenant_table, t.member_column), '')
		FROM membership.subject_tables() t`)[0][0];
	for (const gone of ['secret', 'Secret', guest.email, 'members.test', '1990-01-31', 'Max'])
		assert.ok(!stored.includes(gone), gone);
	for (const name of ['user_contacts', 'user_addresses', 'user_payment_methods', 'membership_queue', 'tax_forms', 'kyc_evidence'])
		assert.deepEqual(await list(boss, name, { member_id: id }), [], name);
	assert.equal((await list(boss, 'user_contacts', { member_id: profiles[other.id].id })).length, others);
	for (const change of ['UPDATE membership.erasures SET reason = reason', 'DELETE FROM membership.erasures', 'TRUNCATE membership.erasures'])
		assert.throws(() => sqlFor(org, change), /append-only/);
	// Afterwards, tenantry-jobs removes the files.
	const jobs = startJobs();
	await until(() => onDisk().length === 2);
	// The copies in the log are erased, and the log remains valid. Records about money are kept.
	assert.ok(proof.copies_left > 0, 'the proof does not say that they were erased');
	await until(async () => (await list(boss, 'erasures', { id: proof.id }))[0].copies_left === 0);
	await jobs.stop();
	const left = dump();
	for (const gone of [`a secret life of ${guest.id}`, `${guest.id}@members.test`, `token_${guest.id}`])
		assert.deepEqual(left.split('\n').filter((line) => line.includes(gone)).map((line) => line.slice(0, 200)), [], gone);
	assert.ok(left.includes(`a secret life of ${other.id}`) && left.includes(`${other.id}@members.test`), 'nothing of others');
	tenantry('audit', 'seal');
	assert.match(tenantry('audit', 'verify'), /the data of [0-9]+ rows was erased/);
	const [[paid]] = sqlFor(org, `SELECT new FROM ops.audit_log WHERE org_id = '${org}' AND table_name = 'user_payments' AND new->>'member_id' = '${id}' LIMIT 1`);
	assert.deepEqual([JSON.parse(paid).amount, 'description' in JSON.parse(paid)], [700, false]);
	assert.equal((await report(boss, id)).status, 200);
	assert.equal((await boss.browser.delete(`/api/user_profiles/${id}`)).status, 409, 'the proof is kept');
});
