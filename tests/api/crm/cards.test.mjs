// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// vCards exported from one organization and imported into another.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { LONG } from '../../lib/api.mjs';
import { sqlFor } from '../lib/database.mjs';
import { PNG, get, send, startJobs } from '../lib/files.mjs';
import { owner } from '../lib/people.mjs';

const jobs = startJobs();
after(() => jobs.stop());
const me = await owner('cards');

const create = async (resource, row) => {
	const rs = await me.browser.post(`/api/${resource}`, row);
	assert.equal(rs.status, 201, rs.text);
	return rs.json;
};
const file = async (who, version) => {
	const rs = await who.browser.get(`/api/contacts/export?format=vcard&version=${version}`);
	assert.equal(rs.status, 200, rs.text);
	return rs.text;
};
// The UID differs between organizations. Everything else must be equal.
const said = (text) => text.replace(/^UID:.*\r\n/gm, '').split('BEGIN:VCARD\r\n').sort();

async function bring(who, text, ms = 60000) {
	const taken = await send(who, '/api/imports?filename=people.vcf',
		{ headers: { 'content-type': 'text/vcard' }, body: text });
	assert.equal(taken.status, 201, taken.text);
	const path = `/api/imports/${taken.json.id}`;
	const started = await send(who, `${path}/start`);
	assert.equal(started.status, 200, started.text);
	for (const end = Date.now() + ms; Date.now() < end;) {
		const now = (await who.browser.get(path)).json;
		if (now.state !== 'running')
			return now;
		await new Promise((done) => setTimeout(done, 100));
	}
	throw new Error('it takes too long');
}

const company = await create('companies', { name: 'Acme, "Inc"; Söhne' });
const tags = [];
for (const name of ['poets, lords', 'maths'])
	tags.push((await create('tags', { name, color: '#fff' })).id);
await create('contacts', { first_name: 'Ada, \\ Mary', last_name: 'Lovelace; \u{1f3a9}',
	gender: 'female', title: 'Countess', background: 'first\nsecond, \\n no line ' + 'ä'.repeat(200),
	company_id: company.id, tags, linkedin_url: 'https://www.linkedin.com/in/ada?a,b;c',
	avatar: { src: `data:image/png;base64,${PNG.toString('base64')}` },
	email_jsonb: [{ email: 'ada@work.test', type: 'Work' }, { email: 'ada@home.test', type: 'Home' },
		{ email: 'ada2@work.test', type: 'Work' }, { email: 'ada@other.test', type: 'Other' }],
	phone_jsonb: [{ number: '+44 20 7946;ext=1', type: 'Home' }, { number: '07700', type: 'Other' }] });
await create('contacts', { last_name: 'Babbage', gender: 'nonbinary',
	avatar: { src: 'https://pictures.test/b.png' } });
await create('contacts', { first_name: 'Only', email_jsonb: [] });

for (const version of ['3.0', '4.0'])
	test(`P07 vCard ${version} export and import preserve the contacts`, async () => {
		const there = await owner('there');
		const out = await file(me, version);
		assert.equal(out.match(/^PHOTO/gm).length, 2);
		const done = await bring(there, out);
		assert.deepEqual([done.format, done.created, done.failed], ['vcard', 3, 0]);
		assert.deepEqual(said(await file(there, version)), said(out));
		const [ada] = (await there.browser.get('/api/contacts?filter={"title":"Countess"}')).json;
		assert.ok(!(await me.browser.get('/api/contacts')).text.includes(ada.avatar.src));
		assert.deepEqual((await get(ada.avatar.src)).bytes, PNG);
		// A file in the other version contains the same contacts, without
		// duplicates.
		const other = version === '3.0' ? '4.0' : '3.0';
		assert.deepEqual(said(await file(there, other)), said(await file(me, other)));
	});

const MANY = LONG ? 10000 : 300;
test(`P07 ${MANY} vCards are imported from one file and exported again`, async () => {
	const there = await owner('many');
	const elsewhere = await owner('more');
	sqlFor(there.organization.id, `INSERT INTO crm.contacts (org_id, first_name, last_name,
		email_jsonb, phone_jsonb) SELECT '${there.organization.id}', 'first ' || n, 'last ' || n,
		jsonb_build_array(jsonb_build_object('email', 'p' || n || '@many.test', 'type', 'Work')),
		jsonb_build_array(jsonb_build_object('number', '+' || n, 'type', 'Home'))
		FROM generate_series(1, ${MANY}) n`);
	const out = await file(there, '4.0');
	assert.equal(out.match(/^BEGIN:VCARD/gm).length, MANY);
	const done = await bring(elsewhere, out);
	assert.deepEqual([done.created, done.failed], [MANY, 0]);
	assert.deepEqual(said(await file(elsewhere, '4.0')), said(out));
});

test('P07 an invalid vCard is reported with its line, and the other vCards are imported', async () => {
	const there = await owner('broken');
	const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="x"/>').toString('base64');
	const done = await bring(there, 'BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Good One\r\n'
		+ `PHOTO;ENCODING=b;TYPE=PNG:${svg}\r\nEND:VCARD\r\n`
		+ 'BEGIN:VCARD\r\nVERSION:3.0\r\nFN:no end\r\nBEGIN:VCARD\r\nFN:Next\r\nEND:VCARD\r\n'
		+ 'BEGIN:VCARD\r\nno value\r\nEND:VCARD\r\n');
	assert.deepEqual([done.created, done.failed], [2, 2]);
	const rows = (await there.browser.get('/api/contacts')).json;
	assert.deepEqual(rows.map((c) => [c.first_name, c.last_name, c.avatar]).sort(),
		[[null, 'Next', null], ['Good', 'One', null]].sort());
	const errors = await there.browser.get(`/api/imports/${done.id}/errors`);
	assert.match(errors.text, /line 9 begins a card before the previous card has ended/);
	assert.match(errors.text, /line 13 has no value/);
});
