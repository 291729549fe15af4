// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Merging more than two contacts, with a choice for each field.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { untimed } from '../../lib/api.mjs';
import { owner } from '../lib/people.mjs';

const me = await owner('merge');
const { data, browser } = me;
const stranger = await owner('stranger');

const create = async (row) => (await data.create('contacts', { data: row })).data;
const one = async (id) => (await browser.get(`/api/contacts/${id}`)).json;
const merge = (body, path = '') => browser.post(`/api/merge_contacts${path}`, body);
const pick = (row, like) => Object.fromEntries(Object.keys(like).map((n) => [n, row[n]]));

async function three() {
	const a = await create({ first_name: 'Ann', last_name: 'A', title: 'CEO', status: 'cold',
		tags: [], email_jsonb: [{ email: 'a@x.test', type: 'Work' }] });
	const b = await create({ first_name: 'Bea', last_name: 'B', gender: 'female', status: 'hot',
		background: 'of b', email_jsonb: [{ email: 'b@x.test', type: 'Work' }] });
	const c = await create({ first_name: 'Cyd', last_name: 'C', background: 'of c', status: 'warm',
		linkedin_url: 'https://linkedin.com/in/c',
		email_jsonb: [{ email: 'c@x.test', type: 'Home' }] });
	const notes = [];
	for (const { id } of [a, b, c])
		notes.push((await data.create('contact_notes', { data: { contact_id: id, text: 'n' } })).data);
	const deal = (await data.create('deals', { data: { name: 'd', stage: 'opportunity',
		contact_ids: [c.id, b.id] } })).data;
	const rows = async () => ({ contacts: [await one(a.id), await one(b.id), await one(c.id)],
		notes: (await Promise.all(notes.map((n) => browser.get(`/api/contact_notes/${n.id}`))))
			.map((rs) => rs.json),
		deal: (await browser.get(`/api/deals/${deal.id}`)).json.contact_ids });
	return { a, b, c, notes, deal, rows };
}

test('P10 three contacts are merged with chosen fields, as in the preview', async () => {
	const { a, b, c, notes, deal } = await three();
	const body = { winnerId: a.id, loserIds: [b.id, c.id],
		choices: { first_name: c.id, background: c.id, status: b.id, gender: a.id,
			email_jsonb: String(b.id) } };
	const want = { first_name: 'Cyd', last_name: 'A', title: 'CEO', background: 'of c', status: 'hot',
		gender: null, linkedin_url: 'https://linkedin.com/in/c',
		email_jsonb: [{ email: 'b@x.test', type: 'Work' }] };
	const seen = await merge(body, '/preview');
	assert.equal(seen.status, 200, seen.text);
	assert.deepEqual(pick(seen.json.winner, want), want);
	assert.deepEqual([seen.json.moves.contact_notes, seen.json.moves.deals], [2, 1]);
	assert.equal((await one(a.id)).first_name, 'Ann', 'a preview changes nothing');
	const rs = await merge(body);
	assert.equal(rs.status, 200, rs.text);
	assert.deepEqual([rs.json.success, rs.json.winnerId, rs.json.mergeIds.length],
		[true, a.id, 2]);
	assert.deepEqual(pick(await one(a.id), want), want);
	for (const { id } of [b, c])
		assert.equal((await browser.get(`/api/contacts/${id}`)).status, 404);
	for (const { id } of notes)
		assert.equal((await browser.get(`/api/contact_notes/${id}`)).json.contact_id, a.id);
	assert.deepEqual((await browser.get(`/api/deals/${deal.id}`)).json.contact_ids, [a.id]);
});

test('P10 undoing all merges together restores everything', async () => {
	const { a, b, c, rows } = await three();
	const before = await rows();
	const { json } = await merge({ winnerId: a.id, loserIds: [c.id, b.id],
		choices: { status: c.id, title: b.id, tags: c.id } });
	const rs = await browser.post(`/api/merges/${json.mergeId}/undo`, { together: true });
	assert.equal(rs.status, 200, rs.text);
	assert.deepEqual(rs.json, { success: true, winnerId: a.id, undone: 2 });
	assert.deepEqual(untimed(await rows()), untimed(before));
	const again = await browser.post(`/api/merges/${json.mergeId}/undo`, { together: true });
	assert.equal(again.status, 409, again.text);
});

test('P10 merges are undone one by one, in reverse order', async () => {
	const { a, b, c, rows } = await three();
	const before = await rows();
	const { json } = await merge({ winnerId: b.id, loserIds: [a.id, c.id] });
	for (const id of json.mergeIds.reverse())
		assert.equal((await browser.post(`/api/merges/${id}/undo`)).status, 200);
	assert.deepEqual(untimed(await rows()), untimed(before));
	assert.ok(c);
});

test('P10 the merge call of the stock client still works, and invalid calls are refused', async () => {
	const { a, b } = await three();
	const theirs = (await stranger.data.create('contacts', { data: { last_name: 's' } })).data;
	for (const [body, status, field] of [
		[{ loserIds: [], winnerId: a.id }, 422, 'loserIds'],
		[{ loserIds: [b.id, b.id], winnerId: a.id }, 422, 'loserIds'],
		[{ loserIds: [b.id, a.id], winnerId: a.id }, 422, 'loserId'],
		[{ loserIds: [b.id], loserId: b.id, winnerId: a.id }, 422, 'loserIds'],
		[{ loserIds: ['x'], winnerId: a.id }, 400, 'loserIds'],
		[{ loserIds: [null], winnerId: a.id }, 422, 'loserIds'],
		[{ loserIds: 'x', winnerId: a.id }, 400, 'loserIds'],
		[{ loserIds: [b.id] }, 422, 'winnerId'],
		[{ loserIds: [b.id, theirs.id], winnerId: a.id }, 404],
		[{ loserIds: [b.id], winnerId: theirs.id }, 404],
		[{ loserId: b.id, winnerId: a.id, choices: { id: b.id } }, 422, 'choices'],
		[{ loserId: b.id, winnerId: a.id, choices: { title: theirs.id } }, 422, 'choices'],
		[{ loserId: b.id, winnerId: a.id, choices: { title: 'x' } }, 422, 'choices'],
		[{ loserId: b.id, winnerId: a.id, choices: { title: null } }, 422, 'choices'],
		[{ loserId: b.id, winnerId: a.id, choices: [] }, 400, 'choices']])
		for (const path of ['', '/preview']) {
			const rs = await merge(body, path);
			assert.equal(rs.status, status, `${path} ${JSON.stringify(body)} ${rs.text}`);
			assert.ok(!field || Object.keys(rs.json.errors).every((path) => path.split('.')[0].replace(/s$/, '') === field.replace(/s$/, '')), rs.text);
		}
	const rs = await merge({ loserId: b.id, winnerId: a.id });
	assert.deepEqual(Object.keys(rs.json), ['success', 'winnerId', 'mergeId']);
});
