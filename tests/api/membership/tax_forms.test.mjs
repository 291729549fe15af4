// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Tax forms: one for each year and kind, with an identifier that is stored encrypted and shown to few.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { good, list, refused } from '../lib/answers.mjs';
import { dump, sqlFor } from '../lib/database.mjs';
import { send } from '../lib/files.mjs';
import { member, owner } from '../lib/people.mjs';

let boss, staff, guest, other, teller;
const profiles = {};
const SECRET = 'TAX-90817263-XY';
const FORM = { year: 2025, kind: 'w9', country: 'FR', legal_name: 'Zoë (née) Œuvre \\ Łódź 東', identifier: SECRET };

const add = (who, more) => who.browser.post('/api/tax_forms', { ...FORM, ...more });
const pdf = (who, id) => send(who, `/api/tax_forms/${id}/pdf`, { method: 'GET' });

// The objects of a document that a reader finds by its table of them.
function objects(bytes) {
	const text = bytes.toString('latin1');
	assert.match(text, /^%PDF-1\.4\n/);
	const at = Number(/startxref\n(\d+)\n%%EOF\n$/.exec(text)[1]);
	const [head, size] = text.slice(at).split('\n');
	assert.equal(head, 'xref');
	const lines = text.slice(at).split('\n').slice(2, 2 + Number(size.split(' ')[1]));
	return lines.slice(1).map((line, i) => {
		assert.match(line, /^\d{10} 00000 n $/);
		const object = text.slice(Number(line.slice(0, 10)));
		assert.ok(object.startsWith(`${i + 1} 0 obj`), line);
		return object.slice(0, object.indexOf('endobj'));
	});
}

before(async () => {
	boss = await owner('tax');
	await good(boss.browser.put('/api/modules/membership', { enabled: true }));
	await good(boss.browser.post('/api/auth/organization/create-role', { role: 'teller',
		permission: { tax_forms: ['read', 'reveal'], user_profiles: ['read'] } }));
	[staff, guest, other, teller] = [await member(boss, 'member'), await member(boss, 'portal'), await member(boss, 'portal'),
		await member(boss, 'teller')];
	for (const who of [guest, other])
		[profiles[who.id]] = await list(boss, 'user_profiles', { user_id: who.id });
});

test('one for each member, year and kind, with the end of its identifier', async () => {
	const rs = await add(guest);
	assert.equal(rs.status, 201, rs.text);
	const { id, created_at, ...row } = rs.json;
	assert.deepEqual(row, { member_id: profiles[guest.id].id, year: 2025, kind: 'w9', country: 'FR', legal_name: FORM.legal_name,
		identifier_last: '3-XY' });
	await refused(add(guest), 409, /./);
	assert.equal((await add(guest, { kind: 'dac7' })).status, 201);
	assert.equal((await add(guest, { year: 2024, identifier: '12345' })).json.identifier_last, '5');
	assert.equal((await add(staff, { member_id: profiles[other.id].id })).status, 201);
	const [hidden, missing] = [await add(guest, { member_id: profiles[other.id].id }), await add(guest, { member_id: 1 })];
	assert.deepEqual([hidden.status, hidden.json.detail, hidden.json.errors], [422, missing.json.detail, missing.json.errors]);
	for (const bad of [{ identifier: 'x' }, { identifier: 'a'.repeat(65) }, { identifier: 'a<b>c' }, { year: 1900 }, { year: 99999999999 },
		{ kind: 'W 9' }, { country: 'fr' }, { legal_name: ' ' }, { legal_name: 'a\nb' }])
		await refused(add(guest, bad), 422, /./);
	for (const [bad, status] of [[{ identifier: null }, 422], [{ identifier: 12345 }, 400], [{ year: 'x' }, 400], [{ more: 1 }, 422]])
		await refused(add(guest, bad), status, /./);
	const all = await Promise.all(Array.from({ length: 8 }, () => add(guest, { year: 2030 })));
	assert.deepEqual(all.map(({ status }) => status).sort(), [201, ...Array(7).fill(409)]);
	for (const text of all.map(({ text }) => text))
		assert.ok(!text.includes(SECRET));
	assert.equal((await list(other, 'tax_forms')).length, 1);
	const headers = { 'idempotency-key': `tax-${process.pid}` };
	const one = await guest.browser.post('/api/tax_forms', { ...FORM, year: 2031 }, headers);
	assert.equal((await guest.browser.post('/api/tax_forms', { ...FORM, year: 2031 }, headers)).text, one.text);
	await good(guest.browser.delete(`/api/tax_forms/${one.json.id}`));
});

test('the member and roles that may reveal it get the document', async () => {
	const [{ id }] = await list(guest, 'tax_forms', { year: 2025, kind: 'w9' });
	for (const who of [guest, boss, teller]) {
		const rs = await pdf(who, id);
		assert.equal(rs.status, 200, rs.text);
		assert.equal(rs.headers.get('content-type'), 'application/pdf');
		assert.match(rs.headers.get('content-disposition'), /^attachment; filename="w9-2025.pdf"/);
		const all = objects(rs.bytes);
		assert.equal(all.length, 6);
		assert.match(all[0], /\/Type\/Catalog/);
		const stream = /stream\n([^]*)endstream/.exec(all[5])[1];
		assert.equal(stream.length, Number(/\/Length (\d+)/.exec(all[5])[1]));
		assert.ok(stream.includes(`(Identifier: ${SECRET}) Tj`));
		assert.ok(stream.includes('(Name: Zo\\353 \\(n\\351e\\) \\214uvre \\\\ ?\\363d? ?) Tj'), stream);
	}
	await refused(pdf(staff, id));
	assert.equal((await pdf(other, id)).status, 404);
	assert.equal((await pdf(other, 1)).status, 404);
});

test('the identifier is in no table, log or export', async () => {
	for (const path of ['tax_forms', 'tax_forms/export', 'audit_log'])
		assert.ok(!(await boss.browser.get(`/api/${path}`)).text.includes(SECRET), path);
	const text = dump();
	assert.ok(text.includes('identifier_sealed'));
	assert.ok(!text.includes(SECRET));
	assert.equal(sqlFor(boss.organization.id, `SELECT count(*) FROM membership.tax_forms WHERE identifier_sealed ~ '^[0-9a-f]{80,}$'`)[0][0], '5');
});
