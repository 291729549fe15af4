// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// The deal board with many concurrent moves.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { member, owner } from '../lib/people.mjs';

const me = await owner('board');
const { data, browser } = me;
const stranger = await owner('stranger');
const stages = ['one', 'two', 'told', 'messy', 'dated', 'dated 2', 'shelf', 'shelf 2', 'asked', 'mine', 'elsewhere', 'keyed', 'stock',
	'storm 1', 'storm 2', 'storm 3', ...[0, 1, 2, 3, 4].flatMap((n) => [`into ${n}`,
		...[...'abcd'].map((name) => `from ${n} ${name}`)])];
for (const { browser: boss } of [me, stranger])
	assert.equal((await boss.put('/api/configuration/1', { config: { dealStages:
		stages.map((value) => ({ value, label: value })) } })).status, 200);

const make = async (stage, names, more = {}) => {
	const rows = [];
	for (const [index, name] of names.entries())
		rows.push((await data.create('deals', { data: { name, stage, index, ...more } })).data);
	return rows;
};
const column = async (stage) => (await data.getList('deals', { filter: { stage },
	pagination: { page: 1, perPage: 1000 }, sort: { field: 'index', order: 'ASC' } })).data;
const names = async (stage) => (await column(stage)).map((d) => d.name).join('');
const dense = (rows) => assert.deepEqual(rows.map((d) => d.index), rows.map((_, i) => i));
const move = (deal, body, who = browser, headers = {}) =>
	who.post(`/api/deals/${deal.id}/move`, body, headers);

test('a move puts the card in its position, and both columns stay numbered from 0', async () => {
	const [a, b, c, d] = await make('one', ['a', 'b', 'c', 'd']);
	await make('two', ['x', 'y']);
	const steps = [
		[a, { index: 2 }, 'bcad'], [d, { index: 0 }, 'dbca'],
		[b, { before_id: d.id }, 'bdca'], [b, { after_id: String(c.id) }, 'dcba'],
		[d, { index: 99 }, 'cbad'], [d, { index: -7 }, 'dcba'],
		[c, { index: '3', stage: 'one' }, 'dbac'], [c, { index: 3 }, 'dbac'],
	];
	for (const [deal, body, order] of steps) {
		const rs = await move(deal, body);
		assert.equal(rs.status, 200, rs.text);
		assert.equal(rs.json[0].id, deal.id);
		assert.equal(await names('one'), order);
		dense(await column('one'));
	}
	const rs = await move(b, { stage: 'two', index: 1 });
	assert.deepEqual(rs.json.map((r) => r.name).sort(), ['a', 'b', 'c', 'y']);
	assert.equal(await names('one'), 'dac');
	assert.equal(await names('two'), 'xby');
	dense(await column('one'));
	dense(await column('two'));
});

test('a move returns only the changed rows, as GET returns them', async () => {
	const rows = await make('told', ['a', 'b', 'c', 'd']);
	const { json } = await move(rows[1], { index: 2 });
	assert.deepEqual(json.map((r) => r.name), ['b', 'c']);
	for (const row of json)
		assert.deepEqual(row, (await browser.get(`/api/deals/${row.id}`)).json);
});

test('a move repairs gaps, duplicate numbers and missing numbers in a column', async () => {
	const rows = await make('messy', ['a', 'b', 'c', 'd', 'e']);
	const put = (row, index) => data.update('deals', { id: row.id, data: { index },
		previousData: row });
	await put(rows[0], -3);
	await put(rows[1], 32767);
	await put(rows[2], 32767);
	await put(rows[3], null);
	await move(rows[4], { after_id: rows[0].id });
	assert.equal(await names('messy'), 'aebcd');
	dense(await column('messy'));
});

test('a change of stage updates updated_at, and a change of position does not', async () => {
	const [a] = await make('dated', ['a', 'b']);
	const [inside] = (await move(a, { index: 1 })).json;
	assert.equal(inside.updated_at, a.updated_at);
	const [across] = (await move(a, { index: 0, stage: 'dated 2' })).json;
	assert.notEqual(across.updated_at, a.updated_at);
});

test('an archived card has no position, is not changed by moves, and returns to the top', async () => {
	const [a, b, c] = await make('shelf', ['a', 'b', 'c']);
	const shown = async () => (await column('shelf')).filter((d) => !d.archived_at);
	await data.update('deals', { id: b.id, data: { archived_at: new Date().toISOString() },
		previousData: b });
	const shelved = (await data.getOne('deals', { id: b.id })).data;
	const moved = (await move(a, { index: 1 })).json;
	assert.deepEqual(moved.map((d) => d.name), ['a', 'c']);
	assert.deepEqual((await shown()).map((d) => d.name), ['c', 'a']);
	dense(await shown());
	await move(c, { stage: 'shelf 2', index: 0 });
	assert.equal((await move(a, { before_id: b.id })).status, 422);
	await move(c, { stage: 'shelf', index: 7 });
	assert.deepEqual((await shown()).map((d) => d.name), ['a', 'c']);
	assert.deepEqual((await data.getOne('deals', { id: b.id })).data, shelved);
	const rs = await browser.post(`/api/deals/${b.id}/unarchive`);
	assert.equal(rs.status, 200, rs.text);
	assert.equal(rs.json[0].archived_at, null);
	assert.equal(await names('shelf'), 'bac');
	dense(await column('shelf'));
});

test('an invalid move is refused', async () => {
	const [a] = await make('asked', ['a', 'b']);
	const [far] = await make('elsewhere', ['z']);
	const before = await column('asked');
	for (const [body, status, field] of [[{}, 422], [{ stage: 'asked' }, 422],
		[{ index: 0, before_id: far.id }, 422], [{ index: 1.5 }, 400, 'index'],
		[{ index: 'x' }, 400, 'index'], [{ index: [] }, 400, 'index'],
		[{ stage: '', index: 0 }, 422, 'stage'], [{ stage: 7, index: 0 }, 400, 'stage'],
		[{ before_id: far.id }, 422, 'before_id'], [{ after_id: a.id }, 422, 'after_id'],
		[{ after_id: 4711 }, 422, 'after_id'], [{ index: 0, place: 1 }, 422, 'place'],
		[{ stage: 'x'.repeat(501), index: 0 }, 422, 'stage'],
		[{ index: '99999999999999999999' }, 400, 'index']]) {
		const rs = await move(a, body);
		assert.equal(rs.status, status, `${JSON.stringify(body)} ${rs.text}`);
		if (field)
			assert.ok(rs.json.errors[field], rs.text);
	}
	for (const id of ['x', '1.5', '99999999999999999999'])
		assert.equal((await move({ id }, { index: 0 })).status, 400);
	assert.equal((await move({ id: 4711 }, { index: 0 })).status, 404);
	assert.equal((await browser.post('/api/deals/4711/unarchive')).status, 404);
	assert.deepEqual(await column('asked'), before);
});

test("another organization's card is not found", async () => {
	const [mine] = await make('mine', ['a']);
	const { data: theirs } = await stranger.data.create('deals',
		{ data: { name: 'theirs', stage: 'mine', index: 5 } });
	for (const rs of [await move(theirs, { index: 0 }),
		await browser.post(`/api/deals/${theirs.id}/unarchive`)])
		assert.equal(rs.status, 404);
	const rs = await move(mine, { before_id: theirs.id });
	assert.equal(rs.status, 422);
	await move(mine, { index: 0 });
	assert.equal((await stranger.data.getOne('deals', { id: theirs.id })).data.index, 5);
});

test('a repeated Idempotency-Key moves the card once', async () => {
	const [a] = await make('keyed', ['a', 'b', 'c']);
	const key = { 'idempotency-key': `move-${process.pid}` };
	const first = await move(a, { index: 1 }, browser, key);
	await move(a, { index: 0 });
	const again = await move(a, { index: 1 }, browser, key);
	assert.equal(again.text, first.text);
	assert.equal(await names('keyed'), 'abc');
});

test('fifty concurrent moves lose no card, and columns remain numbered from 0', async () => {
	const stages = ['storm 1', 'storm 2', 'storm 3'];
	const cards = [];
	for (const stage of stages)
		cards.push(...await make(stage, [..."abcdefgh"]));
	const others = await Promise.all([member(me), member(me)]);
	const drag = async (n) => {
		const who = [browser, ...others.map((o) => o.browser)][n % 3];
		const deal = cards[(n * 7) % cards.length];
		const place = n % 5 ? { index: (n * 11) % 9 }
			: { before_id: cards[(n * 5 + 1) % cards.length].id };
		const rs = await move(deal, { stage: stages[(n * 13) % 3], ...place }, who);
		assert.ok([200, 422].includes(rs.status), rs.text);
		return rs.status;
	};
	for (let round = 0; round < 3; round++) {
		const done = await Promise.all(Array.from({ length: 50 }, (_, n) =>
			drag(n + round * 50)));
		assert.ok(done.filter((s) => s === 200).length >= 40);
		const seen = [];
		for (const stage of stages) {
			const rows = await column(stage);
			dense(rows);
			seen.push(...rows.map((d) => d.id));
		}
		assert.deepEqual(seen.sort(), cards.map((d) => d.id).sort());
	}
});

test('concurrent moves into an empty column give each card its own position', async () => {
	for (let round = 0; round < 5; round++) {
		const cards = [];
		for (const name of 'abcd')
			cards.push(...await make(`from ${round} ${name}`, [name]));
		await Promise.all(cards.map((row) => move(row, { stage: `into ${round}`, index: 0 })));
		const rows = await column(`into ${round}`);
		assert.equal(rows.length, 4);
		dense(rows);
	}
});

test('concurrent single updates by a stock board lose nothing', async () => {
	const cards = await make('stock', [..."abcdefghij"]);
	await Promise.all([
		...cards.map((row, index) => data.update('deals', { id: row.id,
			data: { index: 9 - index, description: 'stock' }, previousData: row })),
		...cards.map((row, n) => move(row, { index: n % 4 }))]);
	const rows = await column('stock');
	assert.deepEqual(rows.map((d) => d.id).sort(), cards.map((d) => d.id).sort());
	assert.ok(rows.every((d) => d.description === 'stock'));
	await move(cards[0], { index: 0 });
	dense(await column('stock'));
});
