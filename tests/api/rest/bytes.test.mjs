// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// The server serializes lists, and the database serializes single rows. Both must return the same bytes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, openapi, operations, owner as fullOwner } from '../../lib/api.mjs';
import { rowsOf, sample, switchModules } from '../../lib/rows.mjs';
import { owner } from '../lib/people.mjs';

const { browser } = await owner('bytes');

const made = async (resource, row) => (await browser.post(`/api/${resource}`, row)).json.id;
const tags = [await made('tags', { name: 'a', color: '#fff' }), await made('tags', { name: 'b', color: '#fff' })];
const ODD = 'quote " slash \\ / tab \t line \n return \r bell \u0007 '
	+ 'back \b feed \f del \u007f é 漢 😀 \u2028 <script> {"a":[1]}';
const ROWS = {
	tags: [{ name: ODD.replace(/\s+/g, ' '), color: '#fff' }],
	companies: [
		{ name: ODD, size: 10, website: 'https://x.test', context_links: ['a', ODD.replace(/\p{Cc}/gu, '')],
			logo: { src: 'x', title: ODD } },
		{ name: 'plain', created_at: '2025-06-01T12:00:00.5+02:00' },
	],
	contacts: [
		{ first_name: ODD, tags: [tags[1], tags[0]], has_newsletter: true,
			email_jsonb: [{ email: 'A@x.test', type: 'Work' }],
			phone_jsonb: [{ number: '12', type: null }], avatar: { src: 'a' },
			first_seen: '2025-06-01T12:34:56.789012Z', last_seen: '1969-12-31' },
		{ first_name: 'x', last_name: '', has_newsletter: false, tags: [],
			first_seen: '0001-01-01T00:00:00+15', last_seen: '9999-12-31T23:59:59-14' },
	],
	deals: [
		{ name: ODD, stage: 'won', amount: 5, contact_ids: [await made('contacts', { last_name: 'c' })], index: -2,
			expected_closing_date: '2026-06-29', archived_at: '2026-01-01T00:00:00Z' },
		{ name: 'x', stage: 'won' },
	],
};

async function create(resource, row) {
	const rs = await browser.post(`/api/${resource}`, row);
	assert.equal(rs.status, 201, `${resource}: ${rs.text}`);
	return rs;
}

async function same(resource, id, created) {
	const one = await browser.get(`/api/${resource}/${id}`);
	const filter = encodeURIComponent(JSON.stringify({ id: [id] }));
	const list = await browser.get(`/api/${resource}?filter=${filter}`);
	assert.equal(list.text, `[${one.text}]`);
	if (created !== undefined)
		assert.equal(created, one.text);
}

for (const [resource, rows] of Object.entries(ROWS))
	test(`${resource}: the list, the single row and the create response contain the same bytes`, async () => {
		for (const row of rows) {
			const created = await create(resource, row);
			await same(resource, created.json.id, created.text);
		}
	});

test('notes and tasks with arrays of objects have the same bytes in all responses', async () => {
	const contact = (await create('contacts', { last_name: 'x' })).json.id;
	const deal = (await create('deals', { name: 'x', stage: 'won' })).json.id;
	for (const [resource, row] of [
		['contact_notes', { contact_id: contact, text: ODD,
			attachments: [{ src: 'x', title: `{"\\"}${ODD}`, rawFile: {} }, { src: 'y', title: null }] }],
		['contact_notes', { contact_id: contact, attachments: [], date: null }],
		['deal_notes', { deal_id: deal, text: ODD, attachments: null }],
		['tasks', { contact_id: contact, text: ODD, due_date: '2026-02-01' }],
	]) {
		const created = await create(resource, row);
		await same(resource, created.json.id, created.text);
	}
});

test('users, settings and the activity log have the same bytes in all responses', async () => {
	const sales = (await browser.get('/api/sales')).json[0].id;
	await same('sales', sales);
	await same('configuration', 1);
	const log = await browser.get('/api/activity_log');
	for (const entry of log.json) {
		const one = await browser.get(`/api/activity_log/${entry.id}`);
		assert.deepEqual(one.json, entry);
		assert.ok(log.text.includes(one.text), entry.id);
	}
});

// The test covers all resources. Only the response for an appointment has an additional member, its conflicts.
test('the response to a new row contains the whole row', async () => {
	const who = await fullOwner('created');
	await switchModules(who, true);
	const others = await rowsOf(who, 'created');
	let seen = 0;
	for (const { method, path, resource, one, other } of operations(await openapi())) {
		if (!resource || one || other || method !== 'POST' || /\/bulk$|\/get-many$/.test(path))
			continue;
		const { text, json: { invite_url, conflicts, ...row }, status } = await ask('POST', path,
			{ token: who.token, body: sample(resource, 'oncemore', others) });
		assert.equal(status, 201, `${path}: ${text}`);
		const { conflicts: none, ...read } = (await ask('GET', `${path}/${encodeURIComponent(row.id)}`, { token: who.token })).json;
		assert.deepEqual(row, read, path);
		seen++;
	}
	assert.ok(seen > 30, `${seen} resources`);
});
