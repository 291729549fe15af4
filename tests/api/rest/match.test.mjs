// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Concurrent edits of one row: ETag, If-Match and 412.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { member, owner } from '../lib/people.mjs';

const me = await owner('match');
const other = await member(me);
const stranger = await owner('stranger');
const { browser } = me;

const tag = (rs) => rs.headers.etag;
const create = async (resource, row) => {
	const rs = await browser.post(`/api/${resource}`, row);
	assert.equal(rs.status, 201, rs.text);
	return rs;
};
const change = (path, body, match, method = 'PATCH', who = me) => who.browser.send(method,
	path, body, { 'if-match': match });

test('a row has the same strong ETag in every response', async () => {
	const made = await create('contacts', { last_name: 'Tag' });
	assert.match(tag(made), /^"[0-9a-f]{32}"$/);
	const path = `/api/contacts/${made.json.id}`;
	const got = await browser.get(path);
	assert.equal(tag(got), tag(made));
	const changed = await change(path, { last_name: 'Tagged' });
	assert.notEqual(tag(changed), tag(made));
	assert.equal(tag(await browser.get(path)), tag(changed));
	assert.equal(tag(await change(path, { last_name: 'Tagged' })), tag(changed));
	assert.equal(tag(await change(path, {})), tag(changed));
	assert.equal(tag(await browser.get(`${path}?fields=["id"]`)), tag(changed));
});

test('every resource with single rows returns an ETag and checks If-Match', async () => {
	const company = (await create('companies', { name: 'c' })).json.id;
	const contact = (await create('contacts', { last_name: 'x' })).json.id;
	const deal = (await create('deals', { name: 'd', stage: 'opportunity' })).json.id;
	const rows = {
		companies: [company, { name: 'd' }],
		contacts: [contact, { first_name: 'y' }],
		deals: [deal, { amount: 3 }],
		contact_notes: [(await create('contact_notes', { contact_id: contact,
			text: 'n' })).json.id, { text: 'm' }],
		deal_notes: [(await create('deal_notes', { deal_id: deal,
			text: 'n' })).json.id, { text: 'm' }],
		tasks: [(await create('tasks', { contact_id: contact })).json.id, { text: 'm' }],
		tags: [(await create('tags', { name: 't', color: '#000000' })).json.id,
			{ color: '#ffffff' }],
		sales: [me.me.id, { first_name: 'Else' }],
		configuration: [1, { config: { title: 'mine' } }],
	};
	for (const [resource, [id, body]] of Object.entries(rows)) {
		const path = `/api/${resource}/${id}`;
		const seen = tag(await browser.get(path));
		assert.match(seen, /^"[0-9a-f]{32}"$/, resource);
		const first = await change(path, body, seen, 'PUT');
		assert.equal(first.status, 200, `${resource}: ${first.text}`);
		const late = await change(path, body, seen, 'PUT');
		assert.equal(late.status, 412, `${resource}: ${late.text}`);
		assert.equal(tag(late), tag(first), resource);
		assert.deepEqual(late.json.current, first.json, resource);
	}
});

test('computed columns and a card\'s position do not change the ETag', async () => {
	const company = await create('companies', { name: 'Counts' });
	const path = `/api/companies/${company.json.id}`;
	await create('contacts', { last_name: 'x', company_id: company.json.id });
	const now = await browser.get(path);
	assert.equal(now.json.nb_contacts, 1);
	assert.equal(tag(now), tag(company));
	const deal = await create('deals', { name: 'd', stage: 'opportunity' });
	const moved = await change(`/api/deals/${deal.json.id}`, { index: 7 }, tag(deal));
	assert.equal(moved.json.index, 7);
	assert.equal(tag(moved), tag(deal));
});

test('a stale If-Match returns 412 with the current row, and changes nothing', async () => {
	const made = await create('tags', { name: 'first', color: '#000000' });
	const path = `/api/tags/${made.json.id}`;
	const second = await change(path, { name: 'second' }, undefined, 'PUT', other);
	for (const [method, body] of [['PUT', { name: 'third' }], ['PATCH', { name: 'third' }],
		['PATCH', {}], ['DELETE', undefined]]) {
		const rs = await change(path, body, tag(made), method);
		assert.equal(rs.status, 412, rs.text);
		assert.equal(rs.headers['content-type'], 'application/problem+json');
		assert.equal(rs.json.type, '/problems/stale');
		assert.deepEqual(rs.json.current, second.json);
		assert.equal(tag(rs), tag(second));
	}
	assert.equal((await change(path, undefined, tag(second), 'DELETE')).status, 200);
	assert.equal((await change(path, { name: 'x' }, tag(second))).status, 404);
});

test('If-Match accepts lists and *, and refuses weak tags and invalid values', async () => {
	const made = await create('tags', { name: 'forms', color: '#000000' });
	const path = `/api/tags/${made.json.id}`;
	const status = async (match) => (await change(path, {}, match)).status;
	assert.equal(await status('*'), 200);
	assert.equal(await status(tag(made)), 200);
	assert.equal(await status(`"x", ${tag(made)} ,"y"`), 200);
	assert.equal(await status(`, ${tag(made)}`), 200);
	assert.equal(await status(`W/${tag(made)}`), 412);
	assert.equal(await status('"x"'), 412);
	assert.equal(await status('"{\\",}"'), 400);
	assert.equal(await status('"{a}"'), 412);
	assert.equal(await status(tag(made).slice(1, -1)), 400);
	assert.equal(await status('*, "x"'), 400);
	assert.equal(await status(`${tag(made)} "x"`), 400);
	assert.equal((await change('/api/tags/1', {}, '*')).status, 404);
	assert.equal((await change('/api/tags/1', {}, '"x"')).status, 404);
	const filter = encodeURIComponent(JSON.stringify({ id: [made.json.id] }));
	assert.equal((await change(`/api/tags?filter=${filter}`, { name: 'z' }, tag(made)))
		.status, 400);
	assert.equal((await change(`/api/tags?filter=${filter}`, undefined, tag(made),
		'DELETE')).status, 400);
});

test('of concurrent changes with the same ETag, exactly one succeeds', async () => {
	for (let round = 0; round < 10; round++) {
		const made = await create('tags', { name: 'race', color: '#000000' });
		const path = `/api/tags/${made.json.id}`;
		const all = await Promise.all([me, other, me, other].map((who, i) =>
			change(path, { name: `by ${round} ${i}` }, tag(made), 'PUT', who)));
		const won = all.filter((rs) => rs.status === 200);
		assert.equal(won.length, 1, all.map((rs) => rs.status).join());
		for (const rs of all.filter((r) => r !== won[0])) {
			assert.equal(rs.status, 412, rs.text);
			assert.equal(rs.json.current.name, won[0].json.name);
		}
	}
});

test("another organization's row returns 404, and a row that the caller cannot edit 422", async () => {
	const made = await create('tags', { name: 'mine', color: '#000000' });
	const path = `/api/tags/${made.json.id}`;
	for (const match of ['*', '"x"', tag(made)]) {
		const rs = await change(path, { name: 'z' }, match, 'PUT', stranger);
		const none = await change('/api/tags/9007199254740001', { name: 'z' }, match, 'PUT',
			stranger);
		assert.equal(rs.status, 404);
		assert.equal(rs.text.replace(/urn:[^"]*/, ''), none.text.replace(/urn:[^"]*/, ''));
		assert.equal(tag(rs), undefined);
	}
	const boss = `/api/sales/${me.me.id}`;
	assert.equal((await change(boss, { first_name: 'z' }, '"x"', 'PUT', other)).status, 422);
});

test('a response that is repeated for an Idempotency-Key has the same ETag', async () => {
	const made = await create('tags', { name: 'kept', color: '#000000' });
	const path = `/api/tags/${made.json.id}`;
	const headers = { 'if-match': tag(made), 'idempotency-key': `kept-${made.json.id}` };
	const ask = (more = {}) => browser.put(path, { name: 'again' },
		{ ...headers, ...more });
	const first = await ask();
	assert.equal(first.status, 200, first.text);
	const again = await ask();
	assert.equal(again.text, first.text);
	assert.equal(tag(again), tag(first));
	assert.equal((await ask({ 'if-match': tag(first) })).status, 422);
	const key = { 'idempotency-key': `made-${made.json.id}` };
	const make = () => browser.post('/api/tags', { name: 'new', color: '#000000' }, key);
	const one = await make(), two = await make();
	assert.deepEqual([two.text, tag(two)], [one.text, tag(one)]);
	const late = { 'if-match': tag(made), 'idempotency-key': `late-${made.json.id}` };
	for (let i = 0; i < 2; i++)
		assert.equal((await browser.put(path, { name: 'z' }, late)).status, 412);
});

test('CORS allows If-Match and exposes ETag and Link', async () => {
	const rs = await browser.send('OPTIONS', '/api/tags/1', undefined,
		{ 'access-control-request-method': 'PUT' });
	assert.match(rs.headers['access-control-allow-headers'], /if-match/);
	const got = await browser.get('/api/tags', { origin: browser.origin });
	assert.match(got.headers['access-control-expose-headers'], /ETag, Link/);
});

test('If-Match on other routes is refused, not ignored', async () => {
	const deal = await create('deals', { name: 'Card', stage: 'opportunity' });
	for (const [path, body] of [[`/api/deals/${deal.json.id}/move`, { stage: 'won', index: 0 }],
		['/api/deals', { name: 'Other', stage: 'opportunity' }]]) {
		const rs = await change(path, body, tag(deal), 'POST');
		assert.equal(rs.status, 400, rs.text);
		assert.ok(rs.json.errors['If-Match']);
	}
});
