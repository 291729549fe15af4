// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_WORKERS=4 TENANTRY_LOGIN_WORKERS=2 TENANTRY_SLOW_WORKERS=2
// own stack: it has a second host, and stops and kills it.
// The load balancers of docs/scaling.md in front of two hosts. No request fails while a host is stopped and started,
// and few requests fail when a host is lost.
import assert from 'node:assert/strict';
import { spawn, execFileSync } from 'node:child_process';
import { mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { LONG, STACK, ask, owner, sleep, sql, until } from '../../lib/api.mjs';
import { hostA, startHost } from './host.mjs';

const document = readFileSync(`${process.env.SOURCES}/docs/scaling.md`, 'utf8');
const block = (language) => new RegExp('^```' + language + '\\n(.*?)^```$', 'ms').exec(document)[1];
const DRAIN = 4; // seconds; the load balancers check once per second, and once more after a failure
const MS = LONG ? 10_000 : 2_000;
let a, b, me, port;

const free = () => execFileSync('bash', ['-c', '. "$SOURCES/tests/lib/server.sh"; free_port'], { encoding: 'utf8' }).trim();
const there = (program) => {
	try {
		return Boolean(execFileSync('sh', ['-c', `command -v ${program}`]));
	} catch {
		return false;
	}
};

// Returns the configuration in docs/scaling.md with the addresses of this test.
const configured = (language) => block(language)
	.replaceAll('192.0.2.11:8080', new URL(a.base).host).replaceAll('192.0.2.12:8080', new URL(b.base).host)
	.replaceAll('crm.example.org', '127.0.0.1').replace(/^(\s*bind |\s*listen |)(:?)8080/m, `$1$2${port}`);

const balancers = {
	haproxy: {
		start: (dir) => {
			writeFileSync(`${dir}/haproxy.cfg`, configured('haproxy'));
			return ['haproxy', '-f', `${dir}/haproxy.cfg`];
		},
	},
	nginx: {
		start: (dir, conf = configured('nginx')) => {
			writeFileSync(`${dir}/nginx.conf`, `pid ${dir}/pid; daemon off; ${process.getuid() === 0 ? 'user root;' : ''}
				events { } http { access_log off; ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
					.map((kind) => `${kind}_temp_path ${dir}/${kind};`).join(' ')} ${conf} }`);
			return ['nginx', '-p', dir, '-e', 'stderr', '-c', `${dir}/nginx.conf`];
		},
		// This nginx does not check /ready.
		take: (dir, out) => balancers.nginx.start(dir, configured('nginx')
			.replace(`${new URL(b.base).host} `, out ? '$&down ' : '$&')),
	},
	caddy: {
		start: (dir) => {
			writeFileSync(`${dir}/Caddyfile`, `{\n\tadmin off\n}\n${configured('caddy')}`);
			return ['caddy', 'run', '--config', `${dir}/Caddyfile`, '--adapter', 'caddyfile'];
		},
	},
};

before(async () => {
	a = hostA();
	b = await startHost('b', { TENANTRY_DRAIN_TIME: String(DRAIN) });
	me = await owner('Balanced');
});
after(() => b.stop());

// Sends one request on a new connection. Returns the status, or the error.
const request = (method, path, headers = {}, body) => new Promise((done) => {
	const rq = http.request({ port, host: '127.0.0.1', method, path, agent: false,
		headers: { authorization: `Bearer ${me.token}`, ...body && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }, ...headers } },
	(rs) => {
		rs.resume();
		rs.on('end', () => done(rs.statusCode));
		rs.on('error', (error) => done(error.code));
	});
	rq.on('error', (error) => done(error.code));
	rq.end(body);
});

let n = 0;
const kinds = {
	read: () => request('GET', '/api/tags'),
	write: () => request('POST', '/api/tags', {}, JSON.stringify({ name: `plain ${++n}`, color: '#123456' })),
	keyed: () => request('POST', '/api/tags', { 'idempotency-key': `k${++n}` }, JSON.stringify({ name: `keyed ${n}`, color: '#123456' })),
};

// Sends requests of each kind, some concurrently, until the work is done. Returns { read: { sent, failed }, ... }.
async function during(work) {
	let busy = true;
	const count = Object.fromEntries(Object.keys(kinds).map((kind) => [kind, { sent: 0, failed: [] }]));
	const clients = Object.entries(kinds).flatMap(([kind, send]) => [1, 2].map(async () => {
		while (busy) {
			const status = await send();
			count[kind].sent++;
			if (status !== 200 && status !== 201)
				count[kind].failed.push(status);
			await sleep(5);
		}
	}));
	try {
		await work();
	} finally {
		busy = false;
		await Promise.all(clients);
	}
	return count;
}

const failed = (count) => Object.fromEntries(Object.entries(count).map(([kind, { failed: list }]) => [kind, list]));
const none = { read: [], write: [], keyed: [] };
const served = (host) => readFileSync(`${host.env.STACK}/log/nginx-access.log`, 'utf8').split('\n').filter((line) => line.includes('"path":"/api/tags"')).length;

// Both hosts get requests.
async function balanced() {
	const counts = [a, b].map(served);
	await until(async () => {
		await Promise.all(Array.from({ length: 8 }, kinds.read));
		return [a, b].every((host, i) => served(host) > counts[i]);
	}, 30_000);
}

for (const [name, { start, take }] of Object.entries(balancers))
	test(`${name}: no request fails while a host is stopped and started, and few when a host is lost`, { skip: !there(name) && `there is no ${name}` }, async (t) => {
		port = free();
		const dir = `${STACK}/${name}`;
		mkdirSync(dir);
		const log = openSync(`${STACK}/log/${name}.log`, 'a');
		const [program, ...words] = start(dir);
		const balancer = spawn(program, words, { stdio: ['ignore', log, log], env: { ...process.env, HOME: dir } });
		try {
			await until(async () => await request('GET', '/ready') === 200, 20_000);
			await balanced();
			const quiet = await during(() => sleep(MS));
			assert.deepEqual(failed(quiet), none, 'without a disturbance');
			assert.ok(Object.values(quiet).every(({ sent }) => sent > 20));

			// Waits until the load balancer has removed the host: it detects that /ready returns 503, or
			// gets a configuration without the host.
			const tell = async (out) => {
				take?.(dir, out);
				if (take)
					balancer.kill('SIGHUP');
				await sleep(1000);
			};
			const stopped = await during(async () => {
				await tell(true);
				await b.run('kill -TERM $WORKERS; wait $WORKERS');
				await sleep(MS);
				await b.run('start_workers; wait_ready');
				await tell(false);
			});
			assert.deepEqual(failed(stopped), none, 'a host is stopped and started');
			await balanced();

			// Kills all processes of the host.
			const tags = () => Number(sql(`SELECT count(*) FROM crm.tags WHERE name LIKE 'keyed %'`)[0][0]);
			const [had, sent] = [tags(), n];
			const lost = await during(async () => {
				await sleep(500);
				await b.run('pids="$WORKERS $(pgrep -P $WORKERS) $NGINX $(pgrep -P $NGINX)"; kill -KILL $pids; wait $WORKERS $NGINX; true');
				await sleep(MS);
			});
			assert.ok(sent < n);
			t.diagnostic(`say ${name}: a host is killed: ${Object.entries(lost).map(([kind, { sent: all, failed: list }]) =>
				`${list.length} of ${all} (${kind})`).join(', ')}`);
			const ran = tags() - had;
			assert.ok(ran >= lost.keyed.sent - lost.keyed.failed.length && ran <= lost.keyed.sent, 'none is lost');
			assert.deepEqual(sql("SELECT name FROM crm.tags WHERE name LIKE 'keyed %' GROUP BY name HAVING count(*) > 1"), [],
				'each request with a key has run once');
			assert.ok(lost.write.failed.length <= 4, `those that the host executed: ${lost.write.failed}`);
			if (name === 'haproxy') // 409: PostgreSQL has not noticed yet that the host is gone
				assert.deepEqual(lost.keyed.failed.filter((status) => status !== 409), []);
			if (name !== 'caddy') // Caddy repeats no request that a host has received
				assert.deepEqual(lost.read.failed, []);
			assert.ok(lost.read.failed.length + lost.keyed.failed.length <= 8);
			await b.run('rm -f "$STACK"/*.sock.* "$STACK"/{api,login,slow}.sock; start_workers; until [ -S $STACK/slow.sock ]; do sleep 0.05; done; start_nginx; wait_ready');
			await balanced();

			// Kills the workers. nginx responds with 502 until they have restarted.
			const crashed = await during(async () => {
				await sleep(500);
				await b.run('pids="$WORKERS $(pgrep -P $WORKERS)"; kill -KILL $pids; wait $WORKERS; true');
				await sleep(MS);
			});
			t.diagnostic(`say ${name}: the workers are killed: ${Object.entries(crashed).map(([kind, { sent: all, failed: list }]) =>
				`${list.length} of ${all} (${kind})`).join(', ')}`);
			if (name === 'haproxy')
				assert.deepEqual([...crashed.read.failed, ...crashed.keyed.failed.filter((status) => status !== 409)], []);
			if (name === 'nginx')
				assert.deepEqual(crashed.read.failed, []);
			await b.run('rm -f "$STACK"/{api,login,slow}.sock; start_workers; wait_ready');
			await balanced();
		} finally {
			balancer.kill('SIGKILL');
		}
	});

test('/ready returns 503 during a drain while other requests are served, and a second signal ends the drain', async () => {
	const at = (path) => ask('GET', path, { base: b.base, token: me.token });
	const began = Date.now();
	await b.run('kill -TERM $WORKERS');
	await until(async () => (await at('/ready')).status === 503);
	const { json, headers } = await at('/ready');
	assert.equal(json.code, 'draining');
	assert.ok(headers['retry-after']);
	assert.equal((await at('/health')).status, 200);
	assert.equal((await at('/api/tags')).status, 200);
	assert.match((await at('/metrics')).text, /^tenantry_draining 1$/m);
	await b.run('kill -TERM $WORKERS; wait $WORKERS');
	assert.ok(Date.now() - began < DRAIN * 1000, 'the second signal ends the drain');
	await b.run('start_workers; wait_ready');
	assert.match((await at('/metrics')).text, /^tenantry_draining 0$/m);
});
