// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Large requests and responses. Sizes are limited, and a change that may have
// been committed is not reported as refused.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fill, sqlFor } from '../lib/database.mjs';
import { owner } from '../lib/people.mjs';

const MIB = 1 << 20;
const large = await owner('large');
const { browser } = large;

const create = async (resource, row) => {
	const rs = await browser.post(`/api/${resource}`, row);
	assert.equal(rs.status, 201, rs.text.slice(0, 500));
	return rs.json;
};

test('a body with files may have 8 MiB, but the row itself only 1 MiB', async () => {
	const link = await browser.post('/api/contacts', { last_name: 'Long', avatar: { src: `/${'x'.repeat(MIB)}` } });
	assert.equal(link.status, 422, link.text.slice(0, 500));
	for (const row of [{ background: 'x'.repeat(MIB) }, { email_jsonb: [{ email: 'x'.repeat(4 * MIB) }] }]) {
		const rs = await browser.post('/api/contacts', { last_name: 'Long', ...row });
		assert.equal(rs.status, 413, rs.text.slice(0, 500));
	}
	assert.deepEqual((await browser.get('/api/contacts?filter={"last_name":"Long"}')).json, []);
});

test('a file of the maximum size leaves room for the response', async () => {
	const { id } = await create('contacts', { last_name: 'Large' });
	const src = `data:text/plain;base64,${'QUFB'.repeat(8200000 / 4)}`;
	for (const size of [60000, 100000, 140000, 180000]) {
		const note = await create('contact_notes', { contact_id: id,
			text: 'x'.repeat(size), attachments: [{ src }] });
		assert.equal(note.text.length, size);
	}
});

test('a change whose response is too large is reported as outcome-unknown', async () => {
	const rows = [];
	for (let i = 0; i < 60; i++)
		rows.push(await create('contacts', { background: 'x' }));
	// Writes a row as an older release could, without text length limits.
	const grow = (id, size) => sqlFor(large.organization.id, `SET session_replication_role = replica;
		UPDATE crm.contacts SET background = repeat('x', ${size}) WHERE id = ${id}`);
	for (const { id } of rows)
		grow(id, MIB - 1000);
	const list = await browser.get('/api/contacts?range=[0,99]');
	assert.deepEqual([list.status, list.json.detail],
		[422, 'The result is too large. Request fewer rows.']);
	grow(rows[0].id, 33 * MIB);
	// On a busy machine the change can take too long, and is then rolled back.
	let rs;
	do
		rs = await browser.patch(`/api/contacts/${rows[0].id}`, { first_name: 'B' });
	while (rs.json.type === '/problems/timeout');
	assert.deepEqual([rs.status, rs.json.type], [503, '/problems/outcome-unknown'],
		rs.text.slice(0, 500));
});

test('a row embedded thousands of times is computed once', async () => {
	const org = large.organization.id;
	const { id } = await create('companies', { name: 'Everybody\'s' });
	fill(org, `INSERT INTO crm.contacts (org_id, title, company_id)
		SELECT $1, 'crowd', $2 FROM generate_series(1, 5000)`, org, id);
	sqlFor(org, 'ANALYZE crm.contacts, crm.companies');
	const crowd = (last) => browser.get(`/api/contacts?range=[0,${last}]&fields=["id"]&count=none`
		+ '&filter={"title":"crowd"}&embed=["company"]');
	const ms = async (last) => {
		const began = performance.now();
		return { rs: await crowd(last), ms: performance.now() - began };
	};
	const single = Math.min(...[await ms(0), await ms(0), await ms(0)].map((one) => one.ms));
	const { rs, ms: all } = await ms(9999);
	assert.equal(rs.json.length, 5000, rs.text.slice(0, 500));
	assert.ok(rs.json.every((row) => row.company.nb_contacts === 5000));
	assert.ok(all < single * 1000, `5000 rows took ${all} ms, one took ${single} ms`);
});
