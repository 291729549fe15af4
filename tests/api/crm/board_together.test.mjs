// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Several users move cards on the board concurrently.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../../lib/api.mjs';
import { hold, waiting } from '../../lib/database.mjs';
import { sql } from '../lib/database.mjs';
import { member, owner } from '../lib/people.mjs';

const me = await owner('board');
const other = await member(me);

const column = async (stage) => (await me.browser.get('/api/deals?range=[0,99]&sort=["index","ASC"]'
	+ `&filter=${encodeURIComponent(JSON.stringify({ stage }))}`)).json;
const ids = async (stage) => (await column(stage)).map((d) => d.id);
const move = (id, body, who = me) => who.browser.post(`/api/deals/${id}/move`, body);

const cards = [];
for (let index = 0; index < 12; index++)
	cards.push((await me.data.create('deals',
		{ data: { name: `card ${index}`, stage: 'opportunity', index } })).data.id);

test('P51 a drop is one request, which returns all changed cards', async () => {
	const rs = await move(cards[0], { stage: 'won', index: 0 });
	assert.equal(rs.status, 200, rs.text);
	assert.deepEqual([rs.json[0].id, rs.json[0].stage, rs.json[0].index], [cards[0], 'won', 0]);
	assert.deepEqual(await ids('won'), [cards[0]]);
	await move(cards[1], { stage: 'won', before_id: cards[0] });
	await move(cards[2], { stage: 'won', after_id: cards[1] });
	assert.deepEqual(await ids('won'), [cards[1], cards[2], cards[0]]);
	assert.deepEqual(await ids('opportunity'), cards.slice(3));
	const end = await move(cards[3], { index: 8 });
	assert.deepEqual(await ids('opportunity'), [...cards.slice(4), cards[3]]);
	const seen = new Map(end.json.map((d) => [d.id, d.index]));
	for (const d of await column('opportunity'))
		assert.equal(seen.get(d.id) ?? d.index, d.index);
});

test('P51 a drop writes only the cards that it passes, and no archived cards', async () => {
	const many = [];
	for (let index = 0; index < 40; index++)
		many.push((await me.data.create('deals', { data: { name: `w ${index}`, stage: 'proposal-sent', index,
			archived_at: index % 4 ? '2026-01-01T00:00:00Z' : null } })).data.id);
	const [first, second, third, ...rest] = many.filter((_, n) => n % 4 === 0);
	await move(first, { index: 0 });	// from this move on, cards are numbered from 0
	const written = async (body) => {
		const last = sql('SELECT max(id) FROM ops.audit_log')[0][0];
		assert.equal((await move(third, body)).status, 200);
		return sql(`SELECT row_id FROM ops.audit_log WHERE org_id = '${me.organization.id}' AND id > ${last} AND table_name = 'deals'
			ORDER BY row_id::bigint`).map(([id]) => Number(id));
	};
	assert.deepEqual(await written({ before_id: second }), [second, third]);
	assert.deepEqual(await written({ index: 0 }), [first, third]);
	assert.deepEqual(await written({ index: 0 }), []);
	assert.deepEqual(await written({ stage: 'delayed', index: 0 }),
		[first, second, third, ...rest]);
});

test('P51 concurrent moves by two users lose no card and give each card its own position', async () => {
	const answers = await Promise.all(cards.flatMap((id, n) => [
		move(id, { stage: n % 2 ? 'won' : 'opportunity', index: n % 5 }, me),
		move(id, { stage: n % 3 ? 'lost' : 'won', index: n % 4 }, other)]));
	for (const rs of answers)
		assert.ok([200, 503].includes(rs.status), rs.text);
	assert.ok(answers.filter((rs) => rs.status === 200).length >= cards.length);
	const all = [];
	for (const stage of ['opportunity', 'won', 'lost']) {
		const rows = await column(stage);
		assert.deepEqual(rows.map((d) => d.index), rows.map((_, n) => n), stage);
		all.push(...rows.map((d) => d.id));
	}
	assert.deepEqual(all.sort(), [...cards].sort());
});

test('P51 a move next to a card that has left the column is refused', async () => {
	await move(cards[0], { stage: 'opportunity', index: 0 });
	await move(cards[1], { stage: 'won', index: 0 });
	const before = await ids('opportunity');
	const rs = await move(cards[2], { stage: 'opportunity', after_id: cards[1] });
	assert.equal(rs.status, 422, rs.text);
	assert.deepEqual((await ids('opportunity')).filter((id) => id !== cards[2]),
		before.filter((id) => id !== cards[2]));
});

test('P51 a move waits only for moves in its columns', async () => {
	const create = async (stage) => (await me.data.create('deals', { data: { name: stage, stage, index: 0 } })).data.id;
	const [held, near, far] = [await create('won'), await create('won'), await create('delayed')];
	const open = await hold(`SET ROLE tenantry_owner; SET app.org_id = '${me.organization.id}';
		SELECT crm.place_deal(${held}, 'lost', 0, NULL, NULL)`);
	assert.equal((await move(far, { stage: 'in-negociation', index: 0 })).status, 200);
	const moved = move(near, { stage: 'in-negociation', index: 0 });
	await until(() => waiting() === 1);
	await open.release();
	assert.equal((await moved).status, 200);
	assert.deepEqual((await ids('in-negociation')).slice(0, 2), [near, far]);
});
