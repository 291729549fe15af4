// The high-availability setup of docs/scaling.md on six machines. While clients write, each process and machine is
// lost, and the primary is cut off in both directions. No acknowledged write is lost or runs twice, and each change
// reaches the webhook and the feed.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { ask, owner, sleep, sql, until } from '../../lib/api.mjs';
import { Listener, closeListeners } from '../../lib/listener.mjs';
import { Machine, as, documented } from './machines.mjs';

const ROUNDS = Number(process.env.HA_ROUNDS ?? 1);
const MOST = 12_000; // maximum number of ms without a write after a loss
const manual = documented('tests/system/ha/ha.test.mjs');
Object.assign(process.env, { BETTER_AUTH_URL: process.env.BASE, SIGNUP: 'open', TENANTRY_RATE_LIMIT: 'off',
	BETTER_AUTH_SECRET: randomBytes(24).toString('base64'), TENANTRY_PRIVATE_WEBHOOKS: 'on', TENANTRY_WORKERS: '4',
	STACK_NAMES: 'crm.example.org 192.0.2.10 192.0.2.11 192.0.2.12', STACK_PROXIES: '192.0.2.10',
	DATABASE_URL: /DATABASE_URL="(.*)"/.exec(manual.settings)[1] });

const database = { etcd: `env $(cat /etc/default/etcd) ${as('etcd', 'etcd')}`,
	patroni: `env HOME=/var/lib/postgresql ${as('postgres', 'patroni /etc/patroni/config.yml')}` };
const servers = ['pg1', 'pg2', 'pg3'].map((name, i) => new Machine(name, `192.0.2.2${i + 1}`, database));
const hosts = ['a', 'b'].map((name, i) => new Machine(name, `192.0.2.1${i + 1}`, Object.fromEntries(['workers', 'jobs', 'nginx', 'feed']
	.map((part) => [part, `${process.env.SOURCES}/tests/system/ha/host.sh ${name} ${part}`]))));
const balancer = new Machine('balancer', '192.0.2.10', { haproxy: 'haproxy -db -f /etc/haproxy/haproxy.cfg' });
const machines = [...servers, ...hosts, balancer];
let me, hook, readers;

// Returns the cluster members as Patroni sees them, from a server that responds.
async function members() {
	for (const { address } of servers)
		try {
			const rs = await fetch(`http://${address}:8008/cluster`, { signal: AbortSignal.timeout(1000) });
			return (await rs.json()).members;
		} catch {
			// try the next server
		}
	return [];
}
const having = async (role) => {
	const name = (await members()).find((m) => m.role === role)?.name;
	return servers.find((s) => s.name === name);
};
const primary = () => having('leader');
const standby = () => having('sync_standby');
const healthy = async () => {
	const list = await members();
	return list.length === 3 && list.every((m) => m.role === 'leader' || m.lag === 0) && list.some((m) => m.role === 'sync_standby')
		&& list.some((m) => m.role === 'leader');
};

// The webhook receiver counts how often each event was received, by its tag.
const received = new Map();
const receiver = http.createServer(async (rq, rs) => {
	const parts = [];
	for await (const part of rq)
		parts.push(part);
	const id = rq.headers['webhook-id'], { data } = JSON.parse(Buffer.concat(parts));
	const of = received.get(String(data.id)) ?? new Map();
	received.set(String(data.id), of.set(id, (of.get(id) ?? 0) + 1));
	rs.end();
});

before(async () => {
	await Promise.all(machines.map((m) => m.boot()));
	for (const server of servers) {
		server.run(manual.database);
		server.start();
	}
	await until(healthy, 90_000);
	servers[0].run(`PATH=${process.env.PATH}; ${manual.create}`);
	await until(healthy, 30_000); // a standby that lacks the database would refuse the connection
	hosts[0].run(`TENANTRY_SQL=$SOURCES "$BUILD/tenantry" schema up`);
	writeFileSync(`${balancer.folder}/etc/haproxy/haproxy.cfg`, manual.haproxy);
	for (const machine of [...hosts, balancer])
		machine.start();
	await until(async () => (await ask('GET', '/ready').catch(() => ({}))).status === 200, 60_000);
	receiver.listen(9000, '192.0.2.1');
	me = await owner('Available');
	const rs = await ask('POST', '/api/webhooks', { token: me.token, body: { url: 'http://192.0.2.1:9000/', events: ['companies.create'] } });
	assert.equal(rs.status, 201, rs.text);
	hook = rs.json;
	readers = hosts.map(({ address }) => new Listener({ authorization: `Bearer ${me.token}` },
		{ base: `http://${address}:8080`, persistent: true }));
	await until(() => readers.every((l) => l.listening), 30_000);
});
after(async () => {
	closeListeners();
	receiver.close();
	receiver.closeAllConnections?.();
	for (const machine of machines)
		if (machine.init?.exitCode === null && machine.init.signalCode === null)
			await machine.lose();
});

// Sends one request on a new connection. Returns the status and the body, or the error.
const create = (kind, name) => new Promise((done) => {
	const body = JSON.stringify({ name, ...kind === 'tags' && { color: '#123456' } });
	const rq = http.request(`${process.env.BASE}/api/${kind}`, { method: 'POST', agent: false, timeout: 10_000, headers: {
		authorization: `Bearer ${me.token}`, 'idempotency-key': name.replace(' ', '-'), 'content-type': 'application/json', 'content-length': body.length } },
	(rs) => {
		const parts = [];
		rs.on('data', (part) => parts.push(part));
		rs.on('end', () => done({ status: rs.statusCode, text: Buffer.concat(parts).toString() }));
		rs.on('error', (error) => done({ status: error.code }));
	});
	rq.on('timeout', () => rq.destroy(Object.assign(new Error(), { code: 'timeout' })));
	rq.on('error', (error) => done({ status: error.code }));
	rq.end(body);
});

// Clients write until they are stopped, and repeat each request with its key until it succeeds. The webhook receives
// the companies. It allows two deliveries at a time, so only a few companies are created per second.
const acknowledged = { tags: new Map(), companies: new Map() }, repeated = {};
let writing = true, last = Date.now(), longest = 0, n = 0;
const writes = () => acknowledged.tags.size + acknowledged.companies.size;
async function client(kind, pause) {
	while (writing) {
		const name = `${kind} ${++n}`;
		for (;;) {
			const { status, text } = await create(kind, name);
			if (status === 201) {
				acknowledged[kind].set(name, String(JSON.parse(text).id));
				longest = Math.max(longest, Date.now() - last);
				last = Date.now();
				break;
			}
			assert.ok([409, 429, 502, 503, 504].includes(status) || typeof status === 'string', `${status} ${text}`);
			repeated[status] = (repeated[status] ?? 0) + 1;
			await sleep(100);
		}
		await sleep(pause);
	}
}

const child = (host, part) => host.run(`pgrep -P $(cat "$STACK/${host.name}/${part}.pid") | head -1`).trim();
const postmaster = (server) => server.run('head -1 /var/lib/postgresql/tenantry/postmaster.pid').trim();
const later = (ms, work) => sleep(ms).then(work);

// Each function causes a loss, and may return a function that ends it. The names that begin with "machine" are losses
// of a whole server.
const losses = {
	'machine: primary': async () => {
		const server = await primary();
		await server.lose();
		return () => later(12_000, () => server.back());
	},
	'machine: standby': async () => {
		const server = await standby();
		await server.lose();
		return () => later(5_000, () => server.back());
	},
	'machine: host': async () => {
		const host = hosts[n % 2];
		await host.lose();
		return () => later(5_000, () => host.back());
	},
	'postmaster of the primary': async () => {
		const server = await primary();
		server.run(`kill -KILL ${postmaster(server)}`);
	},
	'Patroni of the primary': async () => (await primary()).kill('patroni'),
	'postmaster of the standby': async () => {
		const server = await standby();
		server.run(`kill -KILL ${postmaster(server)}`);
	},
	'etcd of the primary': async () => (await primary()).kill('etcd'),
	'load balancer': async () => balancer.kill('haproxy'),
	worker: async () => {
		const host = hosts[n % 2];
		host.run(`kill -KILL ${child(host, 'workers')}`);
	},
	'workers of a host': async () => {
		const host = hosts[n % 2];
		host.run(`supervisor=$(cat "$STACK/${host.name}/workers.pid"); kill -KILL $supervisor $(pgrep -P $supervisor)`);
	},
	jobs: async () => {
		const host = hosts[n % 2];
		host.run(`main=$(cat ${host.folder}/jobs.pid); kill -KILL $main $(pgrep -P $main)`);
	},
	'machine: primary hears no other server': async () => {
		const server = await primary();
		server.deaf(servers.filter((other) => other !== server));
		return () => later(12_000, () => server.hears());
	},
	'machine: no other server hears the primary': async () => {
		const server = await primary(), others = servers.filter((other) => other !== server);
		for (const other of others)
			other.deaf([server]);
		return () => later(12_000, () => others.forEach((other) => other.hears()));
	},
};

test('clients can write after the loss of any process or machine', async (t) => {
	const clients = [client('companies', 300), ...Array.from({ length: 5 }, () => client('tags', 60))];
	const gaps = Object.fromEntries(Object.keys(losses).map((name) => [name, []]));
	const began = Date.now();
	try {
		for (let round = 0; round < ROUNDS; round++)
			for (const [name, lose] of Object.entries(losses)) {
				await until(healthy, 90_000);
				await sleep(1000);
				longest = 0;
				const heal = await lose();
				await sleep(2000);
				await heal?.();
				await until(healthy, 90_000);
				const count = writes();
				await until(() => writes() > count + 20, 60_000);
				gaps[name].push(longest);
				console.log(`# ${new Date().toISOString()} ${name}: ${longest} ms`);
			}
	} finally {
		writing = false;
		await Promise.all(clients);
	}
	for (const [name, list] of Object.entries(gaps))
		t.diagnostic(`say ${name}: ${list.length} times, at most ${(Math.max(...list) / 1000).toFixed(1)} s without a write`);
	t.diagnostic(`say ${writes()} writes acknowledged in ${Math.round((Date.now() - began) / 1000)} s, repeated: ${JSON.stringify(repeated)}`);
	for (const [name, list] of Object.entries(gaps))
		assert.ok(Math.max(...list) <= MOST, `${name}: ${list}`);
});

test('no acknowledged write is lost or executed twice', () => {
	for (const [kind, names] of Object.entries(acknowledged)) {
		const rows = sql(`SELECT name, id FROM crm.${kind} WHERE org_id = '${me.organization}' ORDER BY id`);
		assert.equal(new Set(rows.map(([name]) => name)).size, rows.length, 'a write has run twice');
		assert.deepEqual(new Map(rows), new Map([...names].sort(([, x], [, y]) => x - y)));
	}
});

test('the webhook received each change, always with the same ID', async (t) => {
	await until(() => received.size >= acknowledged.companies.size, 180_000);
	const ids = [...received.values()];
	assert.deepEqual(new Set(received.keys()), new Set(acknowledged.companies.values()));
	assert.ok(ids.every((of) => of.size === 1), 'a change has two events');
	t.diagnostic(`say webhook ${hook.id}: ${ids.filter((of) => Math.max(...of.values()) > 1).length} of ${ids.length} events came twice`);
});

test('the feed of each host contains each change once', async () => {
	const numbers = (l) => [...new Set(l.events.filter((e) => e.event === 'change' && e.resource in acknowledged).map((e) => e.seq))];
	await until(() => readers.every((l) => numbers(l).length >= writes()), 60_000);
	for (const l of readers) {
		assert.deepEqual(numbers(l).filter((seq, i, list) => i > 0 && seq !== list[i - 1] + 1), [], 'a gap in the numbers');
		assert.equal(numbers(l).length, writes());
		assert.deepEqual(l.events.filter((e) => e.event === 'reset'), []);
	}
});
