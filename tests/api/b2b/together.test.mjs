// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// own stack: it counts the deadlocks in the database.
// Two users change the same opportunities concurrently: one through /api/deals like a stock client, and one through
// /api/opportunities.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { query } from '../../lib/api.mjs';
import { good } from '../lib/answers.mjs';
import { sql } from '../lib/database.mjs';
import { member, owner } from '../lib/people.mjs';

const OLD = '/api/deals', YOUNG = '/api/opportunities';
let boss, other, second;
const create = (name, more) => good(boss.browser.post(YOUNG, { name, stage: 'opportunity', amount: 0, ...more }));

before(async () => {
	boss = await owner('together');
	await good(boss.browser.put('/api/modules/b2b', { enabled: true }));
	other = await member(boss, 'member');
	second = (await good(boss.browser.post('/api/pipelines', { name: 'Second' }))).id;
	for (const [label, outcome] of [['Talk', 'open'], ['Signed', 'won'], ['Dropped', 'lost']])
		await good(boss.browser.post('/api/pipeline_stages', { pipeline_id: second, label, outcome }));
});

// Sends a whole row with its ETag until no other change intervenes. Returns the number of intervening changes.
async function put(who, path, id, change) {
	for (let conflicts = 0; ; conflicts++) {
		const now = await who.browser.get(`${path}/${id}`);
		const rs = await who.browser.put(`${path}/${id}`, { ...now.json, ...change(now.json) }, { 'if-match': now.headers.etag });
		if (rs.status === 200)
			return conflicts;
		assert.equal(rs.status, 412, `${path}: ${rs.text}`);
	}
}

test('whole rows that are sent with If-Match do not overwrite changes through the other path', async () => {
	const ids = (await Promise.all(['a', 'b', 'c'].map((name) => create(name, { probability: 0 })))).map(({ id }) => id);
	// A row that was read before a change through the other path is refused, in either order.
	for (const [who, path, late, rival] of [[boss, OLD, other, YOUNG], [boss, YOUNG, other, OLD]]) {
		const was = await late.browser.get(`${rival}/${ids[0]}`);
		await put(who, path, ids[0], (row) => ({ description: `${row.description ?? ''}x` }));
		const rs = await late.browser.put(`${rival}/${ids[0]}`, { ...was.json, description: null }, { 'if-match': was.headers.etag });
		assert.equal(rs.status, 412, rs.text);
	}
	const client = async (who, path, change) => {
		let conflicts = 0;
		for (let n = 0; n < 12; n++)
			for (const id of ids)
				conflicts += await put(who, path, id, change);
		return conflicts;
	};
	let rounds = 0;
	for (let met = 0; met === 0; rounds += 12) {
		assert.ok(rounds < 600, 'no two writes met');
		const conflicts = await Promise.all([client(other, OLD, ({ amount }) => ({ amount: amount + 1 })),
			client(boss, YOUNG, ({ probability }) => ({ probability: (probability + 1) % 100 }))]);
		met = conflicts[0] + conflicts[1];
	}
	for (const id of ids) {
		const row = await good(boss.browser.get(`${YOUNG}/${id}`));
		assert.deepEqual([row.amount, row.probability, row.probability_is_manual], [rounds, rounds % 100, true]);
	}
	assert.equal((await good(boss.browser.get(`${YOUNG}/${ids[0]}`))).description, 'xx');
});

test('concurrent moves, bulk changes and whole rows through both paths lose no row and no change', async () => {
	const rows = [];
	for (let n = 0; n < 8; n++)
		rows.push((await create(`card ${n}`, { description: '0' })).id);
	const answers = [], note = async (what, answer) => answers.push([what, await answer]);
	const bulk = (who, path, ids, set) => who.browser.post(`${path}/bulk`, { ids, set });
	for (let round = 0; round < 4; round++)
		await Promise.all([
			...rows.map((id, n) => note('old move', other.browser.post(`${OLD}/${id}/move`,
				{ stage: ['won', 'lost', 'opportunity', 'delayed'][(n + round) % 4], index: n % 3 }))),
			...rows.map((id, n) => note('move', boss.browser.post(`${YOUNG}/${id}/move`,
				n % 2 ? { pipeline_id: second, index: 0 } : { stage: 'proposal-sent', index: n }))),
			...[1, 2].flatMap((part) => [
				note('old bulk change', bulk(other, OLD, rows, { category: part === 1 ? 'other' : 'copywriting' })),
				note('bulk change', bulk(boss, YOUNG, [...rows].reverse(), { is_committed: part === 1, probability: 50 + round }))]),
			...rows.slice(0, 4).map((id) => put(boss, YOUNG, id, (row) => ({ description: String(Number(row.description) + 1) }))),
			...rows.slice(0, 4).map((id) => put(other, OLD, id, (row) => ({ amount: row.amount + 1 }))),
		]);
	const failed = answers.filter(([, rs]) => rs.status >= 300);
	assert.deepEqual(failed.map(([what, rs]) => `${what}: ${rs.status} ${rs.text}`), []);
	const all = await good(boss.browser.get(`${YOUNG}${query({ filter: { id: rows }, range: [0, 99] })}`));
	assert.deepEqual(all.map(({ id }) => id).sort(), [...rows].sort());
	for (const row of all) {
		const n = rows.indexOf(row.id);
		assert.ok(['other', 'copywriting'].includes(row.category), row.category);
		assert.deepEqual([row.probability_is_manual, row.outcome !== 'open' || row.probability === 53], [true, true], row.name);
		assert.deepEqual([Number(row.description), row.amount], n < 4 ? [4, 4] : [0, 0], row.name);
	}
	assert.deepEqual(sql('SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()'), [['0']]);
});
