// stack: SIGNUP=open TENANTRY_QUEUE_MS=5000 STACK_WAIT=35s
// own stack: it uses the burst limit of the address up.
// The stock provider of react-admin sends a request for each row of deleteMany and updateMany, all at once. With the
// default limits, 500 rows are queued instead of refused.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import http from 'node:http';
import os from 'node:os';
import { before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { long } from '../../lib/api.mjs';
import { BASE } from '../lib/http.mjs';
import { member, owner } from '../lib/people.mjs';

const ROWS = 500;
let who;

before(async () => {
	who = await owner('many');
});

// Creates rows, each with a note, which a deletion moves to the trash, too.
async function rowsOf(mark) {
	const ids = [];
	while (ids.length < ROWS) {
		const rs = await who.browser.post('/api/batch', { operations: Array.from({ length: 50 }, (_, i) => [
			{ method: 'POST', resource: 'contacts', data: { first_name: mark, last_name: `row ${ids.length + i}`, email_jsonb: [{ email: `${mark}.${ids.length + i}@example.test`, type: 'Work' }] } },
			{ method: 'POST', resource: 'contact_notes', data: { contact_id: { $ref: 2 * i }, text: 'noted' } },
		]).flat() });
		assert.equal(rs.status, 200, rs.text);
		ids.push(...rs.json.results.filter((_, i) => i % 2 === 0).map(({ data }) => data.id));
	}
	return ids;
}

// fetch() from another address: the limits do not apply to the address of the server. Each request opens a connection.
const remote = (url, { method = 'GET', headers, body } = {}) => new Promise((resolve, reject) => {
	const rq = http.request(url, { method, headers: Object.fromEntries(new Headers(headers)), localAddress: '127.0.0.6', agent: false }, async (rs) => {
		const text = Buffer.concat(await rs.toArray()).toString();
		resolve(new Response(text, { status: rs.statusCode, headers: Object.entries(rs.headers).flatMap(([name, value]) => [value].flat().map((v) => [name, v])) }));
	});
	rq.on('error', reject).end(body);
});

// Counts the outcomes of all requests, because the provider reports only the first failure.
async function outcomes(send) {
	const counts = {};
	const real = globalThis.fetch;
	globalThis.fetch = async (...all) => {
		const rs = await remote(...all);
		counts[rs.status] = (counts[rs.status] ?? 0) + 1;
		return rs;
	};
	try {
		await send().catch((error) => assert.fail(`${JSON.stringify(counts)} ${error.status} ${JSON.stringify(error.body ?? error.message)}`));
	} finally {
		globalThis.fetch = real;
	}
	return counts;
}

const refilled = () => pause(ROWS * 10 + 1000);	// the burst limit allows 100 more requests each second

test(`updateMany and deleteMany of ${ROWS} rows change all of them`, async () => {
	const ids = await rowsOf('many');
	await refilled();
	assert.deepEqual(await outcomes(() => who.data.updateMany('contacts', { ids, data: { title: 'changed' } })), { 200: ROWS });
	const count = async (filter) => Number((await who.browser.get(`/api/contacts?range=[0,0]&filter=${encodeURIComponent(JSON.stringify(filter))}`))
		.headers['content-range'].split('/')[1]);
	assert.equal(await count({ title: 'changed' }), ROWS);
	await refilled();
	assert.deepEqual(await outcomes(() => who.data.deleteMany('contacts', { ids })), { 200: ROWS });
	assert.equal(await count({ first_name: 'many' }), 0);
});

// Runs body() while other programs use the processors, for a minute at most.
async function beside(body) {
	const hogs = Array.from({ length: 4 * os.availableParallelism() }, () => spawn('timeout', ['60', 'sh', '-c', 'while :; do :; done']));
	try {
		return await body();
	} finally {
		for (const hog of hogs)
			hog.kill();
	}
}

long(`deleteMany of ${ROWS} rows on a busy machine deletes all of them`, async () => {
	const ids = await rowsOf('slowly');
	await refilled();
	assert.deepEqual(await beside(() => outcomes(() => who.data.deleteMany('contacts', { ids }))), { 200: ROWS });
});

test('a colleague is answered before the requests that were already waiting', async () => {
	const ids = await rowsOf('first');
	const colleague = await member(who);
	await refilled();
	let left = ROWS;
	const all = ids.map(async (id) => {
		const rs = await remote(`${BASE}/api/contacts/${id}`, { method: 'DELETE', headers: { cookie: who.browser.jar.header(), origin: who.browser.origin } });
		left--;
		return rs.status;
	});
	while (left === ROWS)
		await pause(5);
	const early = left, rs = await colleague.browser.get('/api/me');
	assert.equal(rs.status, 200, rs.text);
	assert.ok(left > early / 2, `${left} of ${early} requests were left`);
	assert.deepEqual([...new Set(await Promise.all(all))], [200]);
});

test('beyond the burst limit, a request gets 429 with Retry-After', async () => {
	await refilled();
	const all = await Promise.all(Array.from({ length: 900 }, () => remote(`${BASE}/live`)));
	const refused = all.filter((rs) => rs.status !== 200);
	assert.ok(all.length - refused.length >= 600, `${all.length - refused.length}`);
	assert.ok(refused.length > 0);
	for (const rs of refused)
		assert.deepEqual([rs.status, Boolean(rs.headers.get('retry-after'))], [429, true], await rs.text());
});
