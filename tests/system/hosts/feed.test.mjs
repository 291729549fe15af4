// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_WORKERS=4 TENANTRY_LOGIN_WORKERS=2 TENANTRY_SLOW_WORKERS=2
// own stack: it has a second host, and kills and stops processes.
// The change feed of two hosts. Every change reaches the readers of both hosts, even if processes of one host die or
// hang.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { LONG, ask, owner, sql, until } from '../../lib/api.mjs';
import { Listener, closeListeners } from '../../lib/listener.mjs';
import { hostA, startHost } from './host.mjs';

const live = Boolean(process.env.TENANTRY_FEED_SOCKET);
const ROUNDS = LONG ? 20 : 3;
const a = hostA(), hosts = [a];
let me, readers;

before(async () => {
	hosts.push(await startHost('b'));
	for (const host of hosts)
		host.startJobs();
	me = await owner('Feed');
	readers = hosts.map(({ base }) => new Listener({ authorization: `Bearer ${me.token}` }, { base }));
	await until(() => readers.every((l) => l.listening), 30_000);
});
after(async () => {
	closeListeners();
	for (const host of hosts.reverse())
		await host.stop();
});

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
let n = 0, made = 0;
const create = async (host) => {
	const rs = await ask('POST', '/api/tags', { token: me.token, base: host.base, body: { name: `tag ${++n}`, color: '#123456' } });
	assert.equal(rs.status, 201, rs.text);
	made++;
};
const numbers = (l) => l.changes.map((e) => e.seq);
const whole = (l) => {
	const seen = [...new Set(numbers(l))];
	return seen.length === made && seen.every((seq, i) => i === 0 || seq === seen[i - 1] + 1);
};

// Makes changes on the two hosts alternately for this time. All readers get all changes on their existing connections.
async function changes(ms) {
	const connections = readers.map((l) => l.requests);
	for (const end = Date.now() + ms; Date.now() < end;)
		for (const host of hosts)
			await create(host);
	await until(() => readers.every(whole), 20_000);
	assert.deepEqual(readers.map((l) => l.requests), connections, 'no reader was disconnected');
}

// Returns the median time, in ms, after which the changes of a host reach each reader.
async function delay(host) {
	const times = readers.map(() => []);
	for (let i = 0; i < 9; i++) {
		const began = Date.now();
		await create(host);
		await Promise.all(readers.map(async (l, k) => {
			while (!whole(l))
				await sleep(5);
			times[k].push(Date.now() - began);
		}));
	}
	return times.map((list) => list.sort((x, y) => x - y)[4]);
}

test('the changes of each host reach the readers of both hosts within a second', { skip: !live && 'nginx has no nchan' }, async (t) => {
	for (const host of hosts) {
		const times = await delay(host);
		t.diagnostic(`say changes on ${host.name} after ${times} ms`);
		assert.ok(times.every((ms) => ms < 1000), `${times} ms`);
	}
	assert.deepEqual(sql(`SELECT host FROM ops.feed_hosts()`).map(([name]) => name).includes('b'), true);
});

const holders = () => Object.fromEntries(sql('SELECT host, holder FROM ops.feed_server WHERE held_until > clock_timestamp()'));

for (const [what, harm, heal] of [
	['are killed', (host) => host.killJobs(), (host) => host.startJobs()],
	['hang', (host) => host.signalJobs('SIGSTOP'), (host) => host.signalJobs('SIGCONT')],
])
	test(`no reader notices that the jobs of a host ${what}`, { skip: !live && 'nginx has no nchan' }, async () => {
		for (let i = 0; i < ROUNDS; i++)
			for (const host of hosts) {
				await harm(host);
				await changes(1000);
				await heal(host);
				await changes(300);
			}
	});

test('if the process that publishes dies or hangs, another process of the host continues', { skip: !live && 'nginx has no nchan' }, async () => {
	for (const host of hosts)
		for (const signal of ['SIGKILL', 'SIGSTOP']) {
			// The process of tenantry-jobs is stopped first, so that a process of tenantry-fcgi publishes
			// to the feed.
			host.signalJobs('SIGSTOP');
			await changes(1000);
			const was = holders();
			host.signalJobs('SIGCONT');
			const pid = host.publisher();
			process.kill(pid, signal);
			await until(() => holders()[host.hostname] && holders()[host.hostname] !== was[host.hostname], 10_000);
			await changes(500);
			if (signal === 'SIGSTOP')
				process.kill(pid, 'SIGCONT');
			await changes(500);
		}
});

test('all readers get all changes when the jobs of both hosts are gone', { skip: !live && 'nginx has no nchan' }, async () => {
	for (const host of hosts)
		await host.killJobs();
	await changes(1500);
	for (const host of hosts)
		host.startJobs();
	await changes(500);
});

test('a reader that moves to another host continues after its last event', { skip: !live && 'nginx has no nchan' }, async () => {
	const l = new Listener({ authorization: `Bearer ${me.token}` }, { base: hosts[0].base, last: readers[0].last });
	await until(() => l.listening, 20_000);
	await create(hosts[1]);
	await until(() => numbers(l).length === 1, 10_000);
	const { last } = l;
	l.close();
	await create(hosts[0]);
	const again = new Listener({ authorization: `Bearer ${me.token}` }, { base: hosts[1].base, last });
	await create(hosts[1]);
	await until(() => numbers(again).length === 2, 20_000);
	assert.deepEqual(numbers(again), [Number(last) + 1, Number(last) + 2]);
	again.close();
	await until(() => readers.every(whole), 20_000);
});

test('signing out on one host disconnects a reader on the other host', { skip: !live && 'nginx has no nchan' }, async () => {
	const rs = await ask('POST', '/api/auth/sign-in/email', { body: { email: me.email, password: 'correct horse battery' } });
	assert.equal(rs.status, 200, rs.text);
	const l = new Listener({ authorization: `Bearer ${rs.json.token}` }, { base: hosts[1].base });
	await until(() => l.listening, 20_000);
	assert.equal((await ask('POST', '/api/auth/sign-out', { token: rs.json.token, body: {}, headers: { origin: process.env.BETTER_AUTH_URL } })).status, 200);
	await until(() => l.closed, 20_000);
	assert.equal(l.status, 401);
	assert.ok(readers.every((x) => x.listening), 'the others stay connected');
});

test('doctor reports a host whose readers get no events', { skip: !live && 'nginx has no nchan' }, async () => {
	const doctor = () => {
		try {
			return execFileSync(`${process.env.BUILD}/tenantry`, ['doctor', '--quick'],
				{ encoding: 'utf8', env: { ...process.env, TENANTRY_SQL: process.env.SOURCES } });
		} catch (error) {
			return error.stdout;
		}
	};
	const says = (pattern) => until(() => pattern.test(doctor()), 60_000);
	const age = () => sql(`UPDATE ops.feed_server SET reached_at = now() - interval '2 minutes'`);
	const metric = async () => Object.fromEntries([...(await ask('GET', '/metrics')).text
		.matchAll(/^tenantry_feed_reached_timestamp_seconds\{host="(.*)"\} (.*)$/gm)].map(([, host, at]) => [host, Number(at)]));
	// Each host detects that its events arrive.
	age();
	await says(/^ok    feed hosts  *events reach the readers of 2$/m);
	const { b } = await metric();
	assert.ok(Math.abs(b - Date.now() / 1000) < 60, `${b}`);
	// The feed's nginx hangs.
	hosts[1].signalFeed('SIGSTOP');
	await sleep(1000);
	age();
	await says(/^FAIL  feed hosts  *no event has reached readers on b for 1\d\d s/m);
	assert.ok((await metric()).b < Date.now() / 1000 - 100);
	hosts[1].signalFeed('SIGCONT');
	await says(/^ok    feed hosts  *events reach the readers of 2$/m);
	// On this host, no process publishes.
	sql(`INSERT INTO ops.feed_server (id, host, holder, held_until) VALUES ('c', 'c', 'c', now() - interval '2 minutes')`);
	assert.match(doctor(), /^warn  feed hosts  *c has published nothing for 1\d\d s/m);
});
