// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// own stack: it kills a worker.
// The change feed. Each subscriber receives each change in the organization once and no changes in other organizations,
// and is disconnected on losing access.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { LONG, long } from '../../lib/api.mjs';
import { Listener, closeListeners } from '../../lib/listener.mjs';
import { sql } from '../lib/database.mjs';
import { startJobs, until } from '../lib/files.mjs';
import { member, owner } from '../lib/people.mjs';

const SUBSCRIBERS = Number(process.env.FEED_SUBSCRIBERS ?? (LONG ? 1000 : 100));
const live = Boolean(process.env.TENANTRY_FEED_SOCKET);
let jobs = startJobs();
after(async () => {
	closeListeners();
	await jobs.stop();
});

const cookies = (who) => ({ cookie: who.browser.jar.header() });
const listen = (who, options) => new Listener(cookies(who), options);
const settled = (all) => until(() => all.every((l) => l.listening), 20_000);
const make = async (who, name) => (await who.data.create('tags', {
	data: { name, color: '#123456' } })).data;
const numbers = (l) => l.changes.map((e) => e.seq);
const consecutive = (list) => list.every((n, i) => i === 0 || n === list[i - 1] + 1);

test('P34 a change names the user, the time and the row, but contains no values', async () => {
	const me = await owner('feed');
	const other = await owner('other');
	const [mine, others] = [listen(me), listen(other)];
	await settled([mine, others]);
	assert.equal(mine.type, 'text/event-stream');
	const tag = await make(me, 'secret words');
	await me.browser.send('PATCH', `/api/tags/${tag.id}`, { name: 'more of them' });
	await me.browser.send('DELETE', `/api/tags/${tag.id}`);
	await until(() => mine.changes.length >= 3);
	assert.deepEqual(mine.changes.map(({ at, ...e }) => e), ['create', 'update', 'delete']
		.map((verb, i) => ({ event: 'change', seq: mine.changes[0].seq + i, resource: 'tags',
			id: tag.id, verb, by: me.browser.user?.id ?? mine.changes[0].by })));
	assert.ok(Math.abs(Date.parse(mine.changes[0].at) - Date.now()) < 60_000);
	assert.ok(!JSON.stringify(mine.events).includes('secret'));
	assert.deepEqual(others.changes, []);
	// GET /api/changes returns the same changes, with keyset pagination.
	const first = mine.changes[0].seq - 1;
	const asked = await me.browser.get(`/api/changes?after=${first}&limit=2`);
	assert.deepEqual(asked.json, { changes: mine.changes.slice(0, 2).map(({ event, ...e }) => e),
		seq: first + 2, more: true, reset: false });
	assert.equal((await me.browser.get(`/api/changes?after=${first + 2}`)).json.changes.length, 1);
	assert.equal((await me.browser.get('/api/changes?after=99999999')).json.reset, true);
	assert.match((await me.browser.get('/api/changes?after=99999999')).json.fallback, /^\/api\/RESOURCE\?filter=.*updated_at@gte.*include=deleted$/);
	assert.deepEqual((await me.browser.get('/api/changes?after=99999999&resources=["tags"]')).json,
		(await me.browser.get('/api/changes?after=99999999')).json);
	for (const bad of ['after=x', 'after=-1'])
		assert.equal((await me.browser.get(`/api/changes?${bad}`)).status, 400, bad);
	for (const bad of ['0', '1001', '5000', '-1', '1.5', 'x', ''])
		assert.deepEqual((({ status, json }) => [status, json.errors])(await me.browser.get(`/api/changes?after=0&limit=${bad}`)),
			[400, { limit: 'limit: must be a whole number from 1 to 1000' }], bad);
	for (const good of [1, 1000])
		assert.equal((await me.browser.get(`/api/changes?after=${first}&limit=${good}`)).status, 200, good);
	mine.close();
	others.close();
});

test('P34 a stream resumes after its last event, from the database or from nginx', async () => {
	const me = await owner('resumes');
	const l = listen(me);
	await settled([l]);
	await make(me, 'one');
	await until(() => l.changes.length === 1);
	const { seq } = l.changes[0];
	l.close();
	for (const name of ['two', 'three'])
		await make(me, name);
	const again = listen(me, { last: String(seq) });
	await settled([again]);
	await until(() => again.changes.length === 2);
	await make(me, 'four');
	await until(() => again.changes.length >= 3);
	assert.deepEqual(numbers(again), [seq + 1, seq + 2, seq + 3]);
	again.close();
	// An ID that is no longer available, or never was, causes a reset event.
	const lost = listen(me, { last: '5000000' });
	await until(() => lost.events.length > 0);
	assert.deepEqual(lost.events[0], { event: 'reset', seq: seq + 3, fallback: lost.events[0].fallback });
	lost.close();
	const bad = listen(me, { last: 'x' });
	await until(() => bad.status);
	assert.equal(bad.status, 400);
});

test('P34 a stream requires a session and membership in the organization', async () => {
	const me = await owner('strict');
	const other = await owner('stranger');
	const none = new Listener({});
	const wrong = listen(me, { query: `?orgId=${other.me.organization_id ?? other.organization}` });
	await until(() => none.status && wrong.status);
	assert.equal(none.status, 401);
	assert.ok([403, 404].includes(wrong.status), String(wrong.status));
	// The internal location cannot be reached from outside, even with valid parameters.
	const rs = await me.browser.get('/tenantry-feed?org=x&reader=y&last=');
	assert.equal(rs.status, 404);
});

test('P34 a subscriber who loses access is disconnected within a second', { skip: !live && 'nginx has no nchan' }, async () => {
	const me = await owner('cuts');
	const times = [];
	const cut = async (l, act) => {
		await settled([l]);
		await act();
		const done = Date.now();
		await until(() => !l.open);
		times.push(l.endedAt - done);
		await until(() => l.closed);
		assert.ok([401, 403, 409].includes(l.status), String(l.status));
		l.close();
	};
	const max = await member(me);
	const stays = listen(me);
	await cut(listen(max), () => max.browser.post('/api/auth/sign-out', {}));
	const eve = await member(me);
	await cut(listen(eve), async () => assert.equal((await me.browser.send('PATCH',
		`/api/sales/${eve.me.id}`, { disabled: true })).status, 200));
	const tom = await member(me);
	await cut(listen(tom), () => sql(`DELETE FROM identity.session s USING identity.organization_member m
		WHERE m.user_id = s.user_id AND m.sales_id = ${tom.me.id}`));
	const ann = await member(me);
	await cut(listen(ann), () => sql(`DELETE FROM identity.organization_member
		WHERE sales_id = ${ann.me.id}`));
	const ted = await member(me);
	await cut(listen(ted), () => sql(`UPDATE identity.session s SET expires_at = now()
		FROM identity.organization_member m WHERE m.user_id = s.user_id AND m.sales_id = ${ted.me.id}`));
	assert.ok(stays.listening, 'the others stay connected');
	// A busy machine may delay some events, but not beyond the next heartbeat of the feed.
	assert.ok(Math.min(...times) < 1000 && Math.max(...times) < 15000, `${times} ms`);
	await make(me, 'still here');
	await until(() => stays.changes.length === 1);
	stays.close();
});

test('a subscriber whose role becomes limited leaves the channel and sees only own rows', { skip: !live && 'nginx has no nchan' }, async () => {
	const me = await owner('narrows');
	const role = (path, data) => me.browser.post(`/api/auth/organization/${path}`, data);
	assert.equal((await role('create-role', { role: 'rep', permission: { crm: ['read'] } })).status, 200);
	const rep = await member(me, 'rep');
	const l = listen(rep);
	await settled([l]);
	assert.equal((await role('update-role', { roleName: 'rep',
		data: { permission: { contacts: ['read:own'] } } })).status, 200);
	await until(() => l.requests > 1 && !l.listening);
	const ids = [];
	for (const sales_id of [me.me.id, rep.me.id, me.me.id]) {
		const rs = await me.browser.post('/api/contacts', { last_name: 'Fed', sales_id });
		assert.equal(rs.status, 201, rs.text);
		ids.push(rs.json.id);
	}
	await until(() => l.events.some((e) => e.id === ids[1]));
	const head = () => me.browser.get('/api/changes').then((rs) => rs.json.seq);
	await until(async () => Number(l.last) >= await head());
	assert.deepEqual(l.events.filter((e) => e.resource === 'contacts').map((e) => e.id), [ids[1]]);
	l.close();
});

// Returns the memory of both nginx instances and their workers in KiB. Shared pages count once.
const master = (name) => readFileSync(`${process.env.STACK}/${name}.pid`, 'utf8').trim();
const nginx = () => ['nginx', 'feed'].map(master).flatMap((pid) =>
	[pid, ...readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')]);
const memory = () => nginx().reduce((sum, pid) => sum + Number(
	/Pss:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))[1]), 0);

test(`P34 ${SUBSCRIBERS} subscribers each receive each change once, despite killed workers`,
	{ skip: !live && 'nginx has no nchan' }, async (t) => {
	const people = await Promise.all([...'abcde'].map((name) => owner(`crowd${name}`)));
	const before = memory();
	const crowd = [];
	for (let i = 0; i < SUBSCRIBERS; i++) {
		crowd.push({ l: listen(people[i % 5]), who: people[i % 5] });
		if (i % 50 === 49)
			await new Promise((r) => setTimeout(r, 50));
	}
	await until(() => crowd.every(({ l }) => l.listening), 180_000);
	const used = memory() - before;
	t.diagnostic(`say ${SUBSCRIBERS} listeners: ${used} KiB of nginx,`
		+ ` ${Math.round(5000 / SUBSCRIBERS * used / 1024)} MiB for 5,000`);
	await make(people[0], 'settles');
	await new Promise((r) => setTimeout(r, 1000));
	for (const { l } of crowd)
		l.events.length = 0;
	const from = crowd.map(({ l }) => Number(l.last));
	const write = async (n) => {
		for (let i = 0; i < n; i++)
			await Promise.all(people.map((who, p) => make(who, `${p} ${i} ${Math.random()}`)));
	};
	await write(4);
	// After the worker was killed, another worker continues at the same position.
	await jobs.stop();
	await write(2);
	jobs = startJobs();
	await write(4);
	await until(() => crowd.every(({ l }, i) => Number(l.last) >= from[i] + 10), 30_000);
	for (const [i, { l }] of crowd.entries()) {
		const seen = [...new Set(numbers(l))].sort((a, b) => a - b);
		assert.equal(seen.length, 10, 'exactly ten');
		assert.ok(consecutive(seen) && seen[0] === from[i] + 1);
	}
	const doubled = crowd.filter(({ l }) => numbers(l).length > 10).length;
	t.diagnostic(`say received twice, with the same number: ${doubled} of ${crowd.length}`);
	assert.ok(used / SUBSCRIBERS * 5000 < 256 * 1024, '5,000 in 256 MiB');
	for (const { l } of crowd)
		l.close();
});

long('the CRM responds while the feed\'s nginx is down, and the feed recovers', { skip: !live && 'nginx has no nchan' }, async () => {
	const me = await owner('crash');
	const l = listen(me);
	await settled([l]);
	const killed = master('feed');
	process.kill(Number(killed), 'SIGKILL');
	const back = () => master('feed') !== killed;
	await until(() => l.retry === 3000 || back(), 20_000);	// the client polls unless the feed is available earlier
	await make(me, 'told while the feed is down');
	await until(() => l.changes.length === 1, 20_000);
	await until(back, 20_000);
	await settled([l]);
	await make(me, 'told when it is back');
	await until(() => l.changes.length === 2, 10_000);
	assert.equal(l.status, 200);
	l.close();
});

long('without a publisher, a client reconnects after some seconds, not immediately', { skip: !live && 'nginx has no nchan' }, async () => {
	const me = await owner('feed');
	// Prevents any process from holding the feed.
	sql(`CREATE FUNCTION ops.nobody() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
		CREATE TRIGGER nobody BEFORE INSERT OR UPDATE ON ops.feed_server FOR EACH ROW EXECUTE FUNCTION ops.nobody()`);
	const l = listen(me);
	await until(() => l.retry === 3000, 10_000);
	await make(me, 'told meanwhile');
	await until(() => l.changes.length === 1, 10_000);
	const { requests } = l;
	await new Promise((r) => setTimeout(r, 1000));
	assert.ok(l.requests <= requests + 1, `${l.requests - requests} requests in a second`);
	sql('DROP TRIGGER nobody ON ops.feed_server; DROP FUNCTION ops.nobody()');
	await settled([l]);
	l.close();
});
