// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// own stack: it lists the files of all organizations.
// Verifications: each status change by each caller, the encrypted evidence and its readers, expiry, and the log.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, test } from 'node:test';
import { NOT_ALLOWED, good, list, refused } from '../lib/answers.mjs';
import { dump, sql, sqlFor } from '../lib/database.mjs';
import { PNG, get, onDisk, send } from '../lib/files.mjs';
import { member, owner } from '../lib/people.mjs';

let boss, staff, guest, other, viewer, checker, stranger, org;
const profiles = {};

const AT = '/api/kyc_verification';
const DOCUMENT = { document_type: 'passport', country: 'FR' };
const find = async (id) => (await list(boss, 'kyc_verification', { id }))[0];
const move = (who, id, action, body = {}) => who.browser.post(`${AT}/${id}/${action}`, body);
const evidence = (who, verification, content = PNG, { kind = 'front', title = 'pass.png', headers } = {}) => {
	const body = new FormData();
	body.append('file', new Blob([content]), title);
	return send(who, `/api/kyc_evidence?verification_id=${verification}&kind=${kind}`, { body, headers });
};
const content = (who, id) => send(who, `/api/kyc_evidence/${id}/content`, { method: 'GET' });
const mails = (who) => sql(`SELECT template FROM ops.mail WHERE recipient = '${who.email}' AND template LIKE 'verification-%'
	ORDER BY id`).map(([template]) => template);
// Withdraws the open verification, so that another verification can begin.
const close = (id) => sqlFor(org, `SET app.restoring = 'on'; UPDATE membership.kyc_verification SET status = 'withdrawn'
	WHERE member_id = ${id} AND status IN ('draft', 'submitted', 'in_review', 'needs_information')`);
const begin = async (who = guest) => {
	close(profiles[who.id].id);
	return good(boss.browser.post(AT, { member_id: profiles[who.id].id, ...DOCUMENT }));
};

before(async () => {
	boss = await owner('kyc');
	stranger = await owner('kyc-stranger');
	org = boss.organization.id;
	for (const who of [boss, stranger])
		await good(who.browser.put('/api/modules/membership', { enabled: true }));
	await good(boss.browser.post('/api/auth/organization/create-role', { role: 'checker',
		permission: { kyc_verification: ['read', 'review'], user_profiles: ['read'] } }));
	[staff, guest, other, viewer, checker] = [await member(boss, 'member'), await member(boss, 'portal'), await member(boss, 'portal'),
		await member(boss, 'viewer'), await member(boss, 'checker')];
	for (const who of [boss, staff, guest, other, viewer, checker])
		[profiles[who.id]] = await list(boss, 'user_profiles', { user_id: who.id });
});

const SUBMITTED = ['submit'], REVIEWED = [...SUBMITTED, 'review'], APPROVED = [...REVIEWED, 'approve'];
const PATHS = { draft: [], submitted: SUBMITTED, in_review: REVIEWED, needs_information: [...REVIEWED, 'ask'], approved: APPROVED,
	rejected: [...REVIEWED, 'reject'], withdrawn: ['withdraw'], revoked: [...APPROVED, 'revoke'] };
const WAITING = ['draft', 'submitted', 'needs_information'];
const MOVES = { submit: [['draft', 'needs_information'], 'submitted'], withdraw: [WAITING, 'withdrawn'], review: [['submitted'], 'in_review'],
	ask: [['in_review'], 'needs_information'], approve: [['in_review'], 'approved'], reject: [['in_review'], 'rejected'],
	revoke: [['approved'], 'revoked'] };
const REVIEW = ['review', 'ask', 'approve', 'reject'];
const MAY = { boss: Object.keys(MOVES), staff: ['submit', 'withdraw'], guest: ['submit', 'withdraw'], viewer: [], other: [], checker: REVIEW };

test('each caller can make only the permitted status changes of a verification', async () => {
	const callers = { boss, staff, guest, viewer, other, checker };
	let n = 0;
	for (const [name, who] of Object.entries(callers))
		for (const from of Object.keys(PATHS)) {
			let id;
			for (const [action, [needs, becomes]] of Object.entries(MOVES)) {
				const about = `${name}: ${action} while ${from}`;
				if (!id) {
					({ id } = await begin());
					sqlFor(org, `INSERT INTO membership.kyc_evidence (verification_id, member_id, kind, type, size, file)
						VALUES (${id}, ${profiles[guest.id].id}, 'front', 'x', 1, 'none ${++n}')`);
					for (const step of PATHS[from])
						await good(move(boss, id, step, { reason: 'x' }));
				}
				const rs = await move(who, id, action, { reason: 'because' });
				const expected = name === 'other' ? 404 : !MAY[name].includes(action) ? 422 : needs.includes(from) ? 200 : 409;
				assert.equal(rs.status, expected, `${about}: ${rs.text}`);
				assert.equal((await find(id)).status, expected === 200 ? becomes : from, about);
				if (expected === 422)
					assert.match(rs.json.detail, NOT_ALLOWED, about);
				if (expected === 200)
					id = null;
			}
		}
	// The cases in the table match the cases that were tried.
	const table = sql(`SELECT action, string_agg(DISTINCT from_status, ' ' ORDER BY from_status), min(to_status)
		FROM membership.verification_transitions() WHERE action <> 'expire' GROUP BY 1 ORDER BY 1`);
	assert.deepEqual(table, Object.entries(MOVES).map(([action, [from, to]]) => [action, [...from].sort().join(' '), to]).sort());
	// The log contains each change once.
	const [[changes, logged]] = sqlFor(org, `SELECT (SELECT count(*) FROM ops.audit_log WHERE org_id = '${org}' AND table_name = 'kyc_verification'
		AND action = 'update' AND old->>'status' <> new->>'status' AND request_id <> ''), (SELECT count(*) FROM membership.kyc_decisions)`);
	assert.equal(changes, logged);
});

test('nobody can review themselves, regardless of their role', async () => {
	for (const who of [boss, checker, staff]) {
		const { id } = await begin(who);
		assert.equal((await evidence(who, id)).status, 201);
		await good(move(who, id, 'submit'));
		for (const action of ['review', 'approve', 'reject', 'revoke'])
			await refused(move(who, id, action, { reason: 'x' }), 422, NOT_ALLOWED);
	}
	const second = await member(boss, 'admin');
	const [{ id }] = await list(boss, 'kyc_verification', { member_id: profiles[boss.id].id, status: 'submitted' });
	await good(move(second, id, 'review'));
	await refused(move(boss, id, 'approve'), 422, NOT_ALLOWED);
	assert.equal((await good(move(second, id, 'approve'))).status, 'approved');
});

test('nobody can approve a verification without files', async () => {
	const { id } = await begin();
	sqlFor(org, `SET app.restoring = 'on'; UPDATE membership.kyc_verification SET status = 'in_review' WHERE id = ${id}`);
	await refused(move(boss, id, 'approve'), 409, /the verification has no evidence yet/);
	assert.equal((await find(id)).status, 'in_review');
});

test('the same rules apply in SQL, with the workers\' role', async () => {
	const { id } = await begin();
	await evidence(guest, id);
	const as = (who, role, grants, statement) => () => sqlFor(org, `SET ROLE tenantry_app; SET app.modules = '{membership}';
		SET app.user_id = '${who.id}'; SET app.role = '${role}'; SET app.grants = '${grants}'; ${statement}`);
	const to = (status) => `UPDATE membership.kyc_verification SET status = '${status}' WHERE id = ${id}`;
	assert.throws(as(guest, 'portal', '{}', to('approved')), /cannot become approved while it is draft/);
	assert.throws(as(guest, 'portal', '{}', `INSERT INTO membership.kyc_verification (document_type, country, status, expires_on)
		VALUES ('passport', 'FR', 'approved', '2099-01-01')`), /must be a draft/);
	as(guest, 'portal', '{}', to('submitted'))();
	assert.throws(as(guest, 'portal', '{}', to('in_review')), NOT_ALLOWED);
	assert.throws(as(staff, 'member', '*', to('in_review')), NOT_ALLOWED);
	assert.throws(as(boss, 'owner', '*', `UPDATE membership.kyc_verification SET expires_on = '2099-01-01' WHERE id = ${id}`), /cannot be changed/);
	as(boss, 'owner', '*', to('in_review'))();
	assert.throws(as(boss, 'owner', '*', to('rejected')), /is required/);
	for (const change of ['UPDATE membership.kyc_decisions SET reason = NULL', 'DELETE FROM membership.kyc_decisions', 'TRUNCATE membership.kyc_decisions'])
		for (const role of ['', 'SET ROLE tenantry_app; '])
			assert.throws(() => sqlFor(org, role + change), /append-only|permission denied/);
});

test('only the member and reviewers can read evidence', async () => {
	const { id } = await begin();
	const big = Buffer.alloc(200001, 'secret of the passport ');
	const made = await evidence(guest, id, big, { title: 'pass.txt', kind: 'back' });
	assert.equal(made.status, 201, made.text);
	assert.deepEqual([made.json.member_id, made.json.kind, made.json.size, made.json.type, 'file' in made.json],
		[profiles[guest.id].id, 'back', big.length, 'text/plain', false]);
	for (const who of [guest, boss, checker]) {
		assert.deepEqual((await list(who, 'kyc_evidence', { verification_id: id })).map((row) => row.id), [made.json.id]);
		const rs = await content(who, made.json.id);
		assert.equal(rs.status, 200, rs.text);
		assert.ok(rs.bytes.equals(big));
		assert.match(rs.headers.get('content-disposition'), /^attachment; filename="pass.txt"/);
		assert.equal(rs.headers.get('cache-control'), 'no-store');
	}
	const none = await content(boss, 1);
	for (const who of [other, staff, viewer, stranger]) {
		assert.deepEqual(await list(who, 'kyc_evidence', { verification_id: id }), []);
		const rs = await content(who, made.json.id);
		assert.deepEqual([rs.status, rs.json.detail, none.status], [404, none.json.detail, 404]);
		assert.equal((await who.browser.delete(`/api/kyc_evidence/${made.json.id}`)).status, 404);
	}
	// The staff cannot add evidence, and nobody can add evidence to a hidden verification.
	await refused(evidence(staff, id), 422, NOT_ALLOWED);
	const [hidden, missing] = [await evidence(other, id), await evidence(other, 1)];
	assert.deepEqual([hidden.status, hidden.json.detail, hidden.json.errors], [422, missing.json.detail, missing.json.errors]);
	assert.equal((await evidence(stranger, id)).text.replace(/urn[^"]*/, ''), (await evidence(stranger, 1)).text.replace(/urn[^"]*/, ''));
	// The stored bytes differ from the file, and its address returns encrypted bytes.
	const [[file, size]] = sqlFor(org, `SELECT e.file, f.size FROM membership.kyc_evidence e JOIN ops.file f ON f.name = e.file
		WHERE e.id = ${made.json.id} AND f.title IS NULL AND f.type = 'application/octet-stream'`);
	const stored = readFileSync(`${process.env.UPLOAD_DIR}/${file.slice(0, 2)}/${file}`);
	assert.equal(stored.length, Number(size));
	assert.ok(!stored.includes('passport'));
	assert.ok((await get(`/uploads/${file}`)).bytes.equals(stored));
	assert.ok(!dump().includes('secret of the passport'));
});

test('stored bytes that were changed or exchanged are not shown', async () => {
	const { id } = await begin();
	const rows = [];
	for (const text of ['the first one', 'the other one'])
		rows.push((await evidence(guest, id, Buffer.from(text))).json);
	const set = (row, file) => sqlFor(org, `SET session_replication_role = replica; UPDATE membership.kyc_evidence SET file = '${file}'
		WHERE id = ${row.id} RETURNING file`);
	const files = rows.map((row) => sqlFor(org, `SELECT file FROM membership.kyc_evidence WHERE id = ${row.id}`)[0][0]);
	set(rows[0], 'x');
	set(rows[1], files[0]);
	await assert.rejects(content(guest, rows[1].id), /terminated|fetch failed|closed/);
	set(rows[1], files[1]);
	set(rows[0], files[0]);
	assert.equal((await content(guest, rows[1].id)).text, 'the other one');
	// With the key of another server, no evidence is shown, and the error reveals no internals.
	const [[key]] = sqlFor(org, 'SELECT sealed FROM membership.sealed_keys');
	sqlFor(org, `UPDATE membership.sealed_keys SET sealed = '00' || substr(sealed, 3)`);
	await refused(content(guest, rows[0].id), 409, /encrypted with a secret/);
	sqlFor(org, `UPDATE membership.sealed_keys SET sealed = '${key}'`);
	assert.equal((await content(guest, rows[0].id)).text, 'the first one');
});

test('evidence can be changed only while the verification is open', async () => {
	const { id } = await begin();
	await refused(move(guest, id, 'submit'), 409, /no evidence/);
	const headers = { 'idempotency-key': `evidence-${process.pid}` };
	const one = await evidence(guest, id, PNG, { headers });
	assert.equal(one.status, 201, one.text);
	assert.equal((await evidence(guest, id, PNG, { headers })).text, one.text);
	const two = await evidence(guest, id);
	await good(guest.browser.delete(`/api/kyc_evidence/${two.json.id}`));
	const before = onDisk().length;
	await good(move(guest, id, 'submit'));
	await refused(evidence(guest, id), 409, /submitted/);
	await refused(guest.browser.delete(`/api/kyc_evidence/${one.json.id}`), 409, /submitted/);
	await refused(guest.browser.patch(`${AT}/${id}`, { note: 'too late' }), 409, /submitted/);
	await good(move(checker, id, 'review'));
	await refused(move(checker, id, 'ask'), 422, /reason/);
	await good(move(checker, id, 'ask', { reason: 'the back, please' }));
	assert.equal((await find(id)).reason, 'the back, please');
	assert.equal((await evidence(guest, id, PNG, { kind: 'back' })).status, 201);
	await good(guest.browser.patch(`${AT}/${id}`, { note: 'here it is' }));
	assert.ok(onDisk().length > before);
	for (const bad of ['kind=x', 'kind=', ''])
		assert.equal((await send(guest, `/api/kyc_evidence?verification_id=${id}&${bad}`, { body: PNG })).status, 400, bad);
	for (const bad of ['', 'x', '-1', '1e3', '9'.repeat(30)])
		assert.equal((await send(guest, `/api/kyc_evidence?verification_id=${bad}&kind=front`, { body: PNG })).status, 400, bad);
	assert.equal((await evidence(guest, id, Buffer.alloc(0))).status, 422);
});

test('a member has one open verification, and sixteen concurrent requests decide it once', async () => {
	close(profiles[other.id].id);
	const all = await Promise.all(Array.from({ length: 8 }, () => other.browser.post(AT, DOCUMENT)));
	assert.deepEqual(all.map(({ status }) => status).sort(), [201, ...Array(7).fill(409)]);
	const { id } = all.find(({ status }) => status === 201).json;
	assert.equal((await evidence(other, id)).status, 201);
	for (const action of ['submit', 'review', 'approve']) {
		const who = action === 'submit' ? other : checker;
		const rs = await Promise.all(Array.from({ length: 16 }, () => move(who, id, action)));
		assert.deepEqual(rs.map(({ status }) => status).sort(), [200, ...Array(15).fill(409)], action);
	}
	const row = await find(id);
	assert.deepEqual([row.status, row.reviewer_id], ['approved', checker.me.sales_id ?? row.reviewer_id]);
	assert.deepEqual((await list(other, 'kyc_decisions', { verification_id: id })).map(({ action, user_id }) => [action, user_id]),
		[['submit', other.id], ['review', null], ['approve', null]], 'without the names of the staff');
	assert.deepEqual((await list(boss, 'kyc_decisions', { verification_id: id })).map(({ user_id }) => user_id), [other.id, checker.id, checker.id]);
	assert.deepEqual(await list(guest, 'kyc_decisions', { verification_id: id }), []);
	await refused(boss.browser.delete(`/api/user_profiles/${profiles[other.id].id}`), 409, /member of the organization/);
});

test('an approval expires after an email, and can be renewed', async () => {
	const approved = (who) => sqlFor(org, `SELECT membership.kyc_approved('${org}', ${profiles[who.id].id})`)[0][0] === 't';
	const late = await member(boss, 'portal');
	[profiles[late.id]] = await list(boss, 'user_profiles', { user_id: late.id });
	const run = () => {
		sql("UPDATE ops.organization_turn SET due_at = now() WHERE task LIKE 'membership%'");
		while (Number(sql('SELECT membership.run_tasks(500)')[0][0]) >= 500)
			;
	};
	const { id } = await begin(late);
	await evidence(late, id);
	await good(move(late, id, 'submit'));
	await good(move(checker, id, 'review'));
	await refused(move(checker, id, 'approve', { expires_on: '2020-01-01' }), 422, /a future day/);
	await refused(move(checker, id, 'approve', { expires_on: 'soon' }), 400, /expires_on/);
	assert.equal(approved(late), false);
	sqlFor(org, `DELETE FROM ops.mail WHERE recipient = '${late.email}'`);
	const day = (days) => new Date(Date.now() + days * 86400000).toISOString().slice(0, 10);
	assert.equal((await good(move(checker, id, 'approve', { expires_on: day(40) }))).expires_on, day(40));
	assert.equal(approved(late), true);
	run();
	assert.deepEqual(mails(late), ['verification-approved']);
	const set = (days) => sqlFor(org, `SET app.restoring = 'on'; UPDATE membership.kyc_verification SET expires_on = '${day(days)}' WHERE id = ${id}`);
	set(20);
	run();
	run();
	assert.deepEqual(mails(late), ['verification-approved', 'verification-ends']);
	const next = await good(late.browser.post(`${AT}/${id}/renew`));
	assert.deepEqual([next.status, next.renewed_from_id, next.document_type], ['draft', id, 'passport']);
	await refused(late.browser.post(`${AT}/${id}/renew`), 409, /./);
	assert.equal((await other.browser.post(`${AT}/${id}/renew`)).status, 404);
	set(-1);
	assert.equal(approved(late), false, 'before the task has run');
	run();
	run();
	assert.equal((await find(id)).status, 'expired');
	assert.deepEqual(mails(late), ['verification-approved', 'verification-ends', 'verification-expired']);
	const [last] = (await list(boss, 'kyc_decisions', { verification_id: id })).slice(-1);
	assert.deepEqual([last.action, last.user_id], ['expire', null]);
	await good(late.browser.patch(`/api/user_notification_preferences/${profiles[late.id].id}`, { verifications: false }));
	await evidence(late, next.id);
	for (const [who, action] of [[late, 'submit'], [checker, 'review'], [checker, 'reject']])
		await good(move(who, next.id, action, { reason: 'blurred' }));
	assert.equal(mails(late).length, 3, 'a muted notification is not sent');
	assert.equal((await find(next.id)).reason, 'blurred');
});
