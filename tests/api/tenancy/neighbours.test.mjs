// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_WORKERS=4 TENANTRY_QUEUE_MS=60000 TENANTRY_SLOW_WORKERS=2
// An organization cannot occupy the workers that another organization needs.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { BASE, ask, metrics, owner, query, sleep, sql, until } from '../../lib/api.mjs';
import { hold, waiting } from '../../lib/database.mjs';
import { workers } from '../lib/workers.mjs';

let busy, other, row;

async function made(who, last_name) {
	const rs = await ask('POST', '/api/contacts',
		{ token: who.token, body: { first_name: 'A', last_name } });
	assert.equal(rs.status, 201, rs.text);
	return rs.json;
}

before(async () => {
	busy = await owner('Busy');
	other = await owner('Other');
	row = await made(busy, 'Busy');
	await made(other, 'Other');
});

const gauge = async (name, pool = 'api') =>
	(await metrics())[`tenantry_organization_${name}{pool="${pool}"}`];
// Returns the statuses of requests. A response with 503 must come from a request that waited 2 s for a lock, not from a
// request that was queued too long.
const statuses = async (requests, ...allowed) => {
	for (const rs of await Promise.all(requests)) {
		assert.ok(allowed.includes(rs.status), rs.text);
		assert.ok(rs.status !== 503 || !/send too many requests/.test(rs.text), rs.text);
	}
};

async function locked(statement, body) {
	const lock = await hold(statement);
	try {
		return await body(lock);
	} finally {
		await lock.release();
	}
}

// Sends requests that wait for a locked row. A wait of 2 s ends with 503.
const blocked = (n, body) =>
	locked(`SELECT FROM crm.contacts WHERE id = ${row.id} FOR UPDATE`, async (lock) => {
		const all = Array.from({ length: n }, (_, i) => ask('PATCH',
			`/api/contacts/${row.id}`, { token: busy.token, body: { title: `${i}` } }));
		await until(async () => {
			const all = await metrics();
			return all['tenantry_organization_workers{pool="api"}'] +
				all['tenantry_organization_waiting{pool="api"}'] >= n;
		});
		return body(all, lock);
	});

test('an organization leaves a worker free, and its excess requests wait', async () => {
	const queued = await gauge('waits_total');
	const all = await blocked(12, async (all) => {
		const n = await gauge('workers');
		assert.ok(n >= 1 && n <= 3, `${n} workers are occupied`);
		for (let i = 0; i < 10; i++) {
			const rs = await ask('GET', '/api/contacts', { token: other.token });
			assert.equal(rs.status, 200, rs.text);
			assert.equal(rs.json.length, 1);
			assert.ok(await gauge('workers') <= 3);
		}
		return all;
	});
	await statuses(all, 200, 503);
	await until(async () => await gauge('waiting') === 0 && await gauge('workers') === 0);
	assert.ok(await gauge('waits_total') >= queued + 9);
});

test('slow requests reduce an organization to its share', async () => {
	const one = await blocked(1, async ([one]) => {
		await sleep(1500);
		return one;
	});
	assert.ok([200, 503].includes(one.status), one.text);
	assert.equal(await gauge('share'), 1);
	const all = await blocked(8, async (all) => {
		assert.equal(await gauge('workers'), 1);
		assert.equal(waiting(), 1);
		return all;
	});
	await statuses(all, 200, 503);
});

test('a burst of 40 requests from one organization is answered', async () => {
	const all = await Promise.all(Array.from({ length: 40 }, (_, i) => (i % 2
		? ask('GET', '/api/contacts', { token: busy.token })
		: made(busy, `Burst ${i}`))));
	for (const rs of all)
		assert.ok(rs.id !== undefined || rs.status === 200, rs.text);
	assert.equal(sql(`SELECT count(*) FROM crm.contacts
		WHERE last_name LIKE 'Burst %'`)[0][0], '20');
});

// The test works like react-admin's deleteMany with a provider that sends a request for each row.
test('500 concurrent requests from a client, each on a separate connection, are answered', async () => {
	const operations = Array.from({ length: 100 }, (_, i) => ({ method: 'POST', resource: 'tags', data: { name: `many ${i}`, color: '#fff' } }));
	const ids = [];
	for (let i = 0; i < 5; i++) {
		const rs = await ask('POST', '/api/batch', { token: busy.token,
			body: { operations: operations.map(({ data, ...one }) => ({ ...one, data: { ...data, name: `${data.name} ${i}` } })) } });
		assert.equal(rs.status, 200, rs.text);
		ids.push(...rs.json.results.map(({ data }) => data.id));
	}
	const headers = { Authorization: `Bearer ${busy.token}` };
	const all = await Promise.all(ids.map(async (id) => {
		const rs = await fetch(`${BASE}/api/tags/${id}`, { method: 'DELETE', headers });
		return `${rs.status} ${rs.ok ? await rs.arrayBuffer() && '' : await rs.text()}`;
	}));
	assert.deepEqual([...new Set(all)], ['200 ']);
});

test('a waiting write with a body and an Idempotency-Key runs once', async () => {
	const background = '😀'.repeat(22500);
	const posts = await blocked(4, async (all) => {
		const before = await gauge('waits_total');
		const post = () => ask('POST', '/api/contacts', { token: busy.token,
			headers: { 'idempotency-key': 'neighbours-1' },
			body: { first_name: 'Once', last_name: 'Waited', background } });
		const posts = [post(), post()];
		await until(async () => await gauge('waits_total') === before + 2);
		return Promise.all([...posts, ...all]);
	});
	for (const rs of posts.slice(0, 2)) {
		assert.ok([201, 409].includes(rs.status), rs.text);
		if (rs.status === 201)
			assert.equal(rs.json.background, background);
	}
	assert.equal(sql(`SELECT count(*) FROM crm.contacts
		WHERE last_name = 'Waited'`)[0][0], '1');
});

// Runs body(ended) while the requests that send() returns wait for a lock. ended() returns the number of requests that
// have a response. If all requests have one, body is run again, because on a slow machine, each wait of 2 s may have
// ended. Returns the last requests.
async function beside(statement, send, body) {
	for (let round = 1; ; round++) {
		let ended = 0;
		const [all, late] = await locked(statement, async () => {
			const all = send().map(async (rs) => {
				await rs;
				ended++;
				return rs;
			});
			await body(() => ended);
			const late = ended;
			await sleep(1000); // requests count as slow for ten times their duration
			return [all, late];
		});
		if (late < all.length)
			return all;
		await Promise.all(all);
		assert.ok(round < 5, 'others wait for them');
	}
}

// Keeps requests waiting for a locked table until another organization has received ten responses.
const crowded = (table, send) =>
	beside(`LOCK TABLE crm.${table} IN ACCESS EXCLUSIVE MODE`, send, async () => {
		await until(() => waiting() > 0);
		await sleep(200);	// long enough for the other requests to arrive
		for (let i = 0; i < 10; i++) {
			assert.ok(waiting() < 4, 'all workers wait');
			const rs = await ask('GET', '/api/tags', { token: other.token });
			assert.equal(rs.status, 200, rs.text);
		}
	});
const list = (who, table = 'contacts') => ask('GET', `/api/${table}`, { token: who.token });

test('all organizations of one founder together have the shares of one founder', async () => {
	const founder = await owner('Founder'), all = [founder];
	for (let i = 0; i < 3; i++) {
		const rs = await ask('POST', '/api/auth/organization/create', { token: founder.token,
			body: { name: 'Next', slug: `next-${i}` } });
		assert.equal(rs.status, 200, rs.text);
		all.push({ token: founder.token, organization: rs.json.id });
	}
	const get = ({ token, organization }) => ask('GET', `/api/contacts?orgId=${organization}`, { token });
	const founderOf = () => sql(`SELECT identity.founder_of('${all[3].organization}')`)[0][0];
	assert.equal(founderOf(), founder.user.id);
	sql(`UPDATE identity."user" SET role = 'admin' WHERE id = '${founder.user.id}'`);
	assert.equal(founderOf(), '', 'an operator founds for others');
	sql(`UPDATE identity."user" SET role = NULL WHERE id = '${founder.user.id}'`);
	for (const one of all)
		await get(one);
	await statuses(await crowded('contacts', () => [get(all[0])]), 200, 503);
	await statuses(await crowded('contacts', () => all.flatMap((one) => [get(one), get(one)])), 200, 503);
});

test('even if all organizations are slow, they leave a worker free', async () => {
	const all = [];
	for (let i = 0; i < 5; i++)
		all.push(await owner(`Slow${i}`));
	await statuses(await crowded('contacts', () => all.slice(0, 3).map((who) => list(who))), 200, 503);
	await statuses(await crowded('contacts', () => all.slice(2).map((who) => list(who))), 200, 503);
	await statuses(await crowded('contacts', () => [...all, ...all].map((who) => list(who))), 200, 503);
});

test('a request to a secret address counts for its organization, regardless of the query string', async () => {
	const feed = async () => new URL((await ask('POST', '/api/calendar_feeds',
		{ token: busy.token, body: {} })).json.url).pathname;
	const feeds = [await feed(), await feed(), await feed(), await feed()];
	const held = await crowded('appointments', () => [...feeds, ...feeds, ...feeds.map((path, i) => `${path}?orgId=x${i}`)]
		.map((path) => ask('GET', path)));
	await statuses(held, 200, 503);
});

test('unknown secret addresses share one unit', async () => {
	// Only the work after the lookup of the unit waits for this table.
	const held = await beside('LOCK TABLE identity.organization IN ACCESS EXCLUSIVE MODE',
		() => Array.from({ length: 8 }, (_, i) => ask('GET', `/calendar/unknown${i}.ics?orgId=x${i}`)),
		(ended) => until(async () => ended() > 0 || await gauge('workers') + await gauge('waiting') >= 8));
	await statuses(held, 404, 503);
});

test('an export leaves a worker of the slow pool free', async () => {
	const get = (who) => ask('GET', '/api/contacts/export', { token: who.token });
	const all = await locked('LOCK TABLE crm.contacts IN ACCESS EXCLUSIVE MODE', async () => {
		const mine = [get(busy), get(busy), get(busy)];
		await until(async () => await gauge('waiting', 'slow') === 2);
		assert.equal(await gauge('workers', 'slow'), 1);
		const theirs = get(other);
		await until(async () => await gauge('workers', 'slow') === 2);
		assert.equal(await gauge('waiting', 'slow') > 0, true);
		return [...mine, theirs];
	});
	await statuses(all, 200, 503);
});

test('a client that leaves the queue is removed', async () => {
	let left;
	for (let n = 0; n < 5 && left !== 'gone'; n++) {	// on a slow machine, the request may be served before the client leaves
		const held = await blocked(3, async (held) => {
			const waits = await gauge('waiting');
			const stop = new AbortController();
			const gone = fetch(`${process.env.BASE}/api/contacts`, { signal: stop.signal,
				headers: { authorization: `Bearer ${busy.token}` } }).catch(() => 'gone');
			await until(async () => await gauge('waiting') >= waits + 1);
			stop.abort();
			left = await gone;
			await until(async () => await gauge('waiting') <= waits);
			return held;
		});
		await statuses(held, 200, 503);
	}
	assert.equal(left, 'gone');
});

test('a reload keeps waiting requests', async () => {
	const held = await blocked(6, async (held) => {
		process.kill(Number(process.env.WORKERS), 'SIGHUP');
		return held;
	});
	await statuses(held, 200, 503);
});

test('killed workers and a killed queue release what they held', async () => {
	await blocked(6, async (held) => {
		for (const pid of workers())
			try {
				process.kill(Number(pid), 'SIGKILL');
			} catch (e) {
				assert.equal(e.code, 'ESRCH'); // a worker from before the reload has ended
			}
		await statuses(held, 502, 503);
	});
	await until(async () => await gauge('workers') === 0 && await gauge('waiting') === 0);
	const rs = await ask('GET', `/api/contacts${query({ filter: { id: [row.id] } })}`,
		{ token: busy.token });
	assert.equal(rs.status, 200, rs.text);
});

test('batches over the same rows in any order do not deadlock', async () => {
	const rows = [];
	for (let i = 0; i < 8; i++)
		rows.push(await made(busy, `Batch ${i}`));
	const deadlocks = () => Number(sql(`SELECT deadlocks FROM pg_stat_database
		WHERE datname = current_database()`)[0][0]);
	const before = deadlocks();
	const batch = (n) => ask('POST', '/api/batch', { token: busy.token, body: {
		operations: [...rows].sort(() => Math.random() - 0.5).map(({ id }) => ({
			method: 'PATCH', resource: 'contacts', id, data: { title: `${n}` } })) } });
	await statuses(Array.from({ length: 16 }, (_, i) => batch(i)), 200);
	const bulk = ask('POST', '/api/contacts/bulk', { token: busy.token,
		body: { ids: rows.map(({ id }) => id), set: { title: 'bulk' } } });
	await statuses([bulk, ...Array.from({ length: 8 }, (_, i) => batch(i))], 200);
	await sql('SELECT pg_stat_force_next_flush()');
	assert.equal(deadlocks(), before);
});

test('a batch that waits too long for another batch can be sent again', async () => {
	await locked(`SELECT pg_advisory_xact_lock(hashtext('crm.begin_batch'),
		hashtext('${busy.organization}'))`, async () => {
		const rs = await ask('POST', '/api/batch', { token: busy.token, body: {
			operations: [{ method: 'PATCH', resource: 'contacts', id: row.id,
				data: { title: 'late' } }] } });
		assert.equal(rs.status, 503, rs.text);
		assert.equal(rs.json.type, '/problems/busy');
		assert.equal(rs.json.errors, undefined);
		assert.ok(Number(rs.headers['retry-after']) >= 1);
	});
});
