// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// own stack: it compares the contacts of all organizations.
// Possible duplicate contacts and companies.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from '../lib/database.mjs';
import { owner } from '../lib/people.mjs';

const me = await owner('twins');
const { data, browser } = me;
const stranger = await owner('stranger');

const create = async (resource, row, who = data) =>
	(await who.create(resource, { data: row })).data;
const check = async (body, who = browser) => {
	const rs = await who.post('/api/duplicates/check', body);
	assert.equal(rs.status, 200, rs.text);
	return rs.json;
};
const about = async (resource, candidate) => (await check({ resource, candidate }))
	.map((d) => [d.id, d.reasons.join()]);
const queue = async (filter = {}, who = browser) => (await who.get('/api/duplicates?filter='
	+ encodeURIComponent(JSON.stringify(filter)))).json;
const pairs = async (filter) => (await queue(filter)).map((d) => [d.one_id, d.other_id]);

// Runs the nightly scan to completion, as if a day had passed.
function night(batch = 200) {
	sql("UPDATE ops.duplicate_scan SET due_at = now() - interval '1 minute'");
	let pieces = 0;
	while (sql(`SET ROLE tenantry_app; SELECT more FROM ops.scan_duplicates(${batch})`)
		.flat().includes('t'))
		assert.ok(++pieces < 200);
	return pieces;
}

const maya = await create('contacts', { first_name: 'Maya', last_name: 'Okafor',
	email_jsonb: [{ email: 'maya@bright.test' }], phone_jsonb: [{ number: '+44 (20) 7946 0958' }] });
const acme = await create('companies', { name: 'Brightlane Studio Ltd',
	website: 'https://www.brightlane.test/about', phone_number: '020 7946 0000' });

test('P09 the check reports duplicates by address, number and name', async () => {
	for (const [candidate, why] of [
		[{ email_jsonb: [{ email: 'MAYA@bright.test' }] }, 'email'],
		[{ phone_jsonb: [{ number: '020 7946 0958' }] }, 'phone'],
		[{ phone_jsonb: [{ number: '0044-20-7946-0958' }] }, 'phone'],
		[{ first_name: 'maya', last_name: 'OKAFOR' }, 'name'],
		[{ first_name: 'Maia', last_name: 'Okafor' }, 'name'],
		[{ first_name: 'Maya', last_name: 'Okaffor', email_jsonb: [{ email: 'maya@bright.test' }] },
			'email,name']])
		assert.deepEqual(await about('contacts', candidate), [[maya.id, why]],
			JSON.stringify(candidate));
	for (const candidate of [{}, { first_name: 'Maya' }, { first_name: 'Okafor' },
		{ first_name: 'Ada', last_name: 'Okafor' }, { email_jsonb: [{ email: 'aya@bright.test' }] },
		{ phone_jsonb: [{ number: '0958' }] }])
		assert.deepEqual(await about('contacts', candidate), [], JSON.stringify(candidate));
	for (const [candidate, why] of [[{ name: 'brightlane studio GmbH' }, 'name'],
		[{ name: 'x', website: 'brightlane.test' }, 'website'],
		[{ name: 'x', phone_number: '+44 20 79460000' }, 'phone']])
		assert.deepEqual(await about('companies', candidate), [[acme.id, why]],
			JSON.stringify(candidate));
	const [sure] = await check({ resource: 'contacts', candidate: { first_name: 'Maya',
		last_name: 'Okafor', email_jsonb: [{ email: 'maya@bright.test' }] } });
	assert.ok(sure.score > 95, sure.score);
	assert.equal(sure.name, 'Maya Okafor');
});

test('P09 no candidate causes a server error', async () => {
	for (const candidate of [{ phone_jsonb: [{ number: 5551234567 }] }, { first_name: "'; --", last_name: '\\&|!:*' },
		{ email_jsonb: null }, { first_name: null, external_ids: { erp: ['1'] }, nb_tasks: 3, id: 7 }])
		await check({ resource: 'contacts', candidate });
	await check({ resource: 'companies', candidate: { name: "'; --", website: null, nb_contacts: 3 } });
	for (const [candidate, ...paths] of [[{ first_name: 1, last_name: [2] }, 'first_name', 'last_name'], [{ email_jsonb: 'x@y.test' }, 'email_jsonb'],
		[{ email_jsonb: { email: 'x@y.test' } }, 'email_jsonb'], [{ email_jsonb: [1, [], { email: 5 }, { emial: 'x' }, null] }, 'email_jsonb.0', 'email_jsonb.1',
			'email_jsonb.2.email', 'email_jsonb.3.emial', 'email_jsonb.3.email', 'email_jsonb.4'], [{ first_name: 'x'.repeat(20000), lastname: 'x', emial_jsonb: [] }, 'first_name', 'lastname', 'emial_jsonb']]) {
		const rs = await browser.post('/api/duplicates/check', { resource: 'contacts', candidate });
		assert.ok([400, 422].includes(rs.status), rs.text);
		assert.deepEqual(Object.keys(rs.json.errors).sort(), paths.map((path) => `candidate.${path}`).sort(), rs.text);
	}
	const misspelt = await browser.post('/api/duplicates/check', { resource: 'companies', candidate: { nane: 'x' } });
	assert.match(misspelt.json.errors['candidate.nane'], /similar names: name$/);
	const status = async (body) => (await browser.post('/api/duplicates/check', body)).status;
	assert.equal(await status({ resource: 'deals', candidate: {} }), 422);
	assert.equal(await status({ resource: 'contacts' }), 422);
	assert.equal(await status({ resource: 'contacts', id: 1 }), 404);
	assert.equal(await status({ resource: 'contacts', candidate: [] }), 400);
	assert.equal(await status({ candidate: {} }), 422);
});

test('P09 the nightly scan fills the queue, with any batch size', async () => {
	const twin = await create('contacts', { first_name: 'Maja', last_name: 'Okafor' });
	const double = await create('companies', { name: 'Brightlane Studio' });
	for (let n = 0; n < 20; n++)
		await create('contacts', { first_name: `Nr${n}`, last_name: `Other${n * 7919}` });
	assert.ok(night(3) > 5);
	const found = await queue();
	assert.deepEqual(found.map((d) => [d.resource, d.one_id, d.other_id]).sort(), [
		['companies', acme.id, double.id], ['contacts', maya.id, twin.id]].sort());
	const one = found.find((d) => d.resource === 'contacts');
	assert.deepEqual([one.one_name, one.other_name, one.reasons, one.dismissed],
		['Maya Okafor', 'Maja Okafor', ['name'], false]);
	assert.ok(one.score >= 45 && one.score <= 100);
	assert.deepEqual(await queue({}, stranger.browser), []);
	assert.equal((await stranger.browser.get(`/api/duplicates/${one.id}`)).status, 404);
	night();
	assert.deepEqual(await queue(), found, 'a second scan finds nothing new');
});

test('P09 a dismissed pair remains dismissed', async () => {
	const a = await create('contacts', { first_name: 'Ann', last_name: 'Thorsten' });
	const b = await create('contacts', { first_name: 'Ann', last_name: 'Thorsten' });
	night();
	const [pair] = await queue({ one_id: a.id });
	assert.equal(pair.other_id, b.id);
	const rs = await browser.put(`/api/duplicates/${pair.id}`, { dismissed: true });
	assert.equal(rs.status, 200, rs.text);
	assert.equal((await stranger.browser.put(`/api/duplicates/${pair.id}`,
		{ dismissed: false })).status, 404);
	assert.deepEqual(await pairs({ one_id: a.id, dismissed: false }), []);
	await data.update('contacts', { id: b.id, previousData: {},
		data: { email_jsonb: [{ email: 'ann@t.test' }] } });
	await data.update('contacts', { id: a.id, previousData: {},
		data: { email_jsonb: [{ email: 'ann@t.test' }] } });
	night();
	await check({ resource: 'contacts', id: a.id });
	assert.deepEqual((await queue({ one_id: a.id })).map((d) => d.dismissed), [true]);
	await browser.delete(`/api/contacts/${b.id}`);
	night();
	assert.deepEqual(await queue({ one_id: a.id }), []);
	const [gone] = (await browser.get('/api/trash')).json;
	await browser.post(`/api/trash/${gone.id}/restore`);
	assert.deepEqual((await queue({ one_id: a.id })).map((d) => d.dismissed), [true]);
});

test('P09 a pair disappears when its rows are merged or no longer similar', async () => {
	const [a, b, c] = await Promise.all([1, 2, 3].map(() =>
		create('contacts', { first_name: 'Carl', last_name: 'Linnaeus' })));
	const ids = [a.id, b.id, c.id].sort((x, y) => x - y);
	night();
	const ours = async () => (await queue({ dismissed: false }))
		.filter((d) => ids.includes(d.one_id)).map((d) => [d.one_id, d.other_id]).sort();
	assert.deepEqual(await ours(), [[ids[0], ids[1]], [ids[0], ids[2]], [ids[1], ids[2]]]);
	const { json } = await browser.post('/api/merge_contacts',
		{ loserId: ids[2], winnerId: ids[0] });
	assert.equal(json.success, true);
	assert.deepEqual(await ours(), [[ids[0], ids[1]]]);
	await data.update('contacts', { id: ids[1], data: { last_name: 'Darwin' }, previousData: {} });
	night();
	assert.deepEqual(await ours(), []);
});
