// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Tax forms: one for each year and kind, with an encrypted identifier that only a few users can see.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
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

// Returns the text of a document as a PDF reader extracts it, and its embedded fonts.
function read(bytes) {
	const run = (program, ...more) => {
		const { stdout, stderr, status } = spawnSync(program, [...more], { input: bytes, encoding: 'utf8' });
		assert.equal(status, 0, stderr);
		return stdout;
	};
	const fonts = run('pdffonts', '-').trim().split('\n').slice(2);
	assert.ok(fonts.length > 0);
	for (const font of fonts)
		assert.match(font, / yes +yes +yes +\d+ +\d+$/, 'embedded, a subset, with its characters');
	return run('pdftotext', '-layout', '-', '-').split(/[\n\f]+/).map((line) => line.trim()).filter(Boolean);
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

test('there is one form per member, year and kind, and it shows the end of the identifier', async () => {
	const rs = await add(guest);
	assert.equal(rs.status, 201, rs.text);
	const { id, created_at, updated_at, ...row } = rs.json;
	assert.equal(updated_at, created_at);
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

test('the member and roles that may reveal the identifier get the document', async () => {
	const [{ id }] = await list(guest, 'tax_forms', { year: 2025, kind: 'w9' });
	for (const who of [guest, boss, teller]) {
		const rs = await pdf(who, id);
		assert.equal(rs.status, 200, rs.text);
		assert.equal(rs.headers.get('content-type'), 'application/pdf');
		assert.match(rs.headers.get('content-disposition'), /^attachment; filename="w9-2025.pdf"/);
		const text = read(rs.bytes);
		assert.deepEqual(text.slice(0, 5), [who.organization?.name ?? boss.organization.name, 'Tax form w9, 2025',
			`Name: ${FORM.legal_name}`, 'Country of residence: FR', `Identifier: ${SECRET}`]);
		assert.match(text[5], /^Date of the form: \d{4}-\d\d-\d\d$/);
		assert.equal(text.length, 6);
	}
	await refused(pdf(staff, id));
	assert.equal((await pdf(other, id)).status, 404);
	assert.equal((await pdf(other, 1)).status, 404);
});

// One name for each script in which names of people and companies are written.
const NAMES = ['Łukasz Ж 李 ő', 'Đặng Thị Ánh', 'Γιώργος Παπαδόπουλος', 'Олена Ґудзь', 'Արամ', 'გიორგი', 'अनिता शर्मा', 'রহিম',
	'สมชาย', '田中 さくら', '김민준', '陳大文', 'አበበ', 'محمد علي', 'דוד כהן', 'தமிழ்', '€ ½ № “x” —'];

test('a document shows names in every script', async () => {
	const all = [];
	for (const [i, name] of NAMES.entries()) {
		const { id } = (await add(guest, { year: 1990 + i, legal_name: name })).json;
		const rs = await pdf(guest, id);
		assert.equal(rs.status, 200, `${name}: ${rs.text}`);
		// A PDF reader may extract the characters of right-to-left text in visual order.
		const letters = (text) => [...text.normalize('NFKC').replace(/[\s\p{Cf}]/gu, '')].sort().join('');
		const lines = read(rs.bytes).join('');
		for (const letter of letters(name))
			assert.ok(letters(lines).includes(letter), `${name}: ${lines}`);
		all.push(id);
	}
	for (const id of all)
		await good(guest.browser.delete(`/api/tax_forms/${id}`));
});

test('a long name wraps, and is complete', async () => {
	const name = Array.from({ length: 25 }, (_, i) => `Name${i}`).join(' ');
	const { id } = (await add(guest, { year: 2020, legal_name: name })).json;
	assert.ok(read((await pdf(guest, id)).bytes).join(' ').includes(name));
	await good(guest.browser.delete(`/api/tax_forms/${id}`));
});

test('a character without a font is named in an error, not omitted', async () => {
	const { id } = (await add(guest, { year: 2021, legal_name: 'x \u{1F9FF} \uE000' })).json;
	await refused(pdf(guest, id), 503, /No font of the server has the character "(\u{1F9FF}|\uE000)"/u);
	await good(guest.browser.delete(`/api/tax_forms/${id}`));
});

test('the identifier is in no table, log or export', async () => {
	for (const path of ['tax_forms', 'tax_forms/export', 'audit_log'])
		assert.ok(!(await boss.browser.get(`/api/${path}`)).text.includes(SECRET), path);
	const text = dump();
	assert.ok(text.includes('identifier_sealed'));
	assert.ok(!text.includes(SECRET));
	assert.equal(sqlFor(boss.organization.id, `SELECT count(*) FROM membership.tax_forms WHERE identifier_sealed ~ '^[0-9a-f]{80,}$'
		AND org_id = '${boss.organization.id}'`)[0][0], '5');
});
