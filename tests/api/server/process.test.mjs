// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// own stack: it locks a table, and counts the requests that wait for it.
// Workers during shutdown, disconnected clients, and connections that hang.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import net from 'node:net';
import { before, test } from 'node:test';
import { STACK, ask, owner, query, sleep, sql, until } from '../../lib/api.mjs';
import { hold, waiting } from '../../lib/database.mjs';
import { Peer, askWorker, parameters, workers } from '../../lib/fcgi.mjs';

const tag = (name) => JSON.stringify({ name, color: '#abc' });
const LIST = '/api/contact_notes' + query({ range: [0, 99] });
let who;

before(async () => {
	who = await owner('Process');
	const contact = (await ask('POST', '/api/contacts', { token: who.token, body: { last_name: 'Big' } })).json.id;
	for (let i = 0; i < 8; i++) {
		const rs = await ask('POST', '/api/contact_notes', { token: who.token,
			body: { contact_id: contact, text: '😀'.repeat(225000) } });
		assert.equal(rs.status, 201);
	}
});

test('a crash of the supervisor or of a worker leaves no core file', () => {
	const supervisor = process.env.WORKERS;
	const children = readFileSync(`/proc/${supervisor}/task/${supervisor}/children`, 'utf8').trim().split(' ');
	assert.ok(children.length > 2);
	for (const pid of [supervisor, ...children])
		assert.match(readFileSync(`/proc/${pid}/limits`, 'utf8'), /^Max core file size +0 +0 /m);
});

test('a worker loads the mail parser and the HTTP client only when it needs them', async () => {
	const pool = await workers({ POSTMARK_WEBHOOK_USER: 'hook', POSTMARK_WEBHOOK_PASSWORD: 'the-secret-of-the-hook',
		POSTMARK_WEBHOOK_AUTHORIZED_IPS: '192.0.2.0/24', LD_DEBUG: 'files', LD_DEBUG_OUTPUT: `${STACK}/loaded` });
	const [pid] = pool.pids();
	// Only root can read the maps of a process without core files, but ld.so shows them to its user.
	const heavy = () => readdirSync(STACK).filter((name) => name.startsWith('loaded.'))
		.flatMap((name) => readFileSync(`${STACK}/${name}`, 'utf8').match(/file=lib(curl|gmime|gio|gpgme|xml2|pango|rtmp)\S*/g) ?? []);
	assert.equal((await pool.ask('GET', LIST, { token: who.token })).status, 200);
	assert.deepEqual(heavy(), []);
	const rs = await pool.ask('POST', '/api/inbound/mail', { body: Buffer.from('From: a@b.test\r\n\r\ntext\r\n'), headers: {
		CONTENT_TYPE: 'message/rfc822', REMOTE_ADDR: '192.0.2.1',
		HTTP_AUTHORIZATION: `Basic ${Buffer.from('hook:the-secret-of-the-hook').toString('base64')}` } });
	assert.equal(rs.status, 403, rs.text);
	assert.ok(heavy().some((name) => name.startsWith('file=libgmime')));
	assert.ok(pool.pids().includes(pid));
	await pool.stop();
});

function tagged(name) {
	return Number(sql(`SELECT count(*) FROM crm.tags
		WHERE name LIKE '${name}%'`)[0][0]);
}

test('after SIGTERM in the middle of a request body, the body is read completely', async () => {
	const pool = await workers();
	const body = Buffer.from(tag('half'.repeat(100)));
	const [pid] = pool.pids();
	const peer = new Peer(pool.socket);
	peer.begin(parameters('POST', '/api/tags', { token: who.token, body }));
	peer.body(body.subarray(0, 50));
	await sleep(150);
	process.kill(pid, 'SIGTERM');
	await sleep(150);
	peer.body(body.subarray(50));
	peer.end();
	const rs = await peer.closed;
	assert.equal(rs.status, 201, rs.text);
	assert.ok(rs.ended);
	assert.equal(JSON.parse(rs.text).name, 'half'.repeat(100));
	await until(() => !pool.pids().includes(pid));
	assert.equal((await pool.ask('GET', '/ready')).status, 200);
	await pool.stop();
});

test('after SIGTERM in the middle of a response, the response is sent completely', async () => {
	const pool = await workers();
	const [pid] = pool.pids();
	const peer = new Peer(pool.socket);
	peer.socket.pause();
	peer.begin(parameters('GET', LIST, { token: who.token }));
	peer.end();
	await sleep(600);
	process.kill(pid, 'SIGTERM');
	await sleep(300);
	assert.ok(pool.pids().includes(pid), 'the worker exited before the response was sent');
	peer.socket.resume();
	const rs = await peer.closed;
	assert.ok(rs.ended);
	assert.equal(JSON.parse(rs.text).length, 8);
	await until(() => !pool.pids().includes(pid));
	await pool.stop();
});

test('after SIGTERM to the supervisor while a statement waits, the request is completed',
	async () => {
		const pool = await workers();
		const lock = await hold('LOCK TABLE crm.tags');
		const reply = pool.ask('POST', '/api/tags',
			{ token: who.token, body: tag('during') });
		await until(() => waiting() > 0);
		pool.child.kill('SIGTERM');
		await sleep(200);
		await lock.release();
		const rs = await reply;
		assert.equal(rs.status, 201, rs.text);
		assert.deepEqual(await pool.ended, { code: 0, signal: null });
	});

test('after SIGTERM to the supervisor, requests that wait for their organization\'s share are answered',
	async () => {
		const pool = await workers({ TENANTRY_WORKERS: '4' });
		const lock = await hold('LOCK TABLE crm.tags');
		const replies = Array.from({ length: 12 }, (_, n) => pool.ask('POST', '/api/tags',
			{ token: who.token, body: tag(`share ${n}`) }));
		await until(() => waiting() > 0);
		await sleep(300);
		pool.child.kill('SIGTERM');
		await sleep(200);
		await lock.release();
		for (const rs of await Promise.all(replies))
			assert.equal(rs.status, 201, rs.text);
		assert.deepEqual(await pool.ended, { code: 0, signal: null });
	});

test('after SIGTERM to the supervisor, even requests that do not fit into the workers\' socket are answered',
	async () => {
		const pool = await workers({ TENANTRY_WORKERS: '4' });
		const lock = await hold('LOCK TABLE crm.tags');
		const replies = Array.from({ length: 390 }, (_, n) => pool.ask('POST', '/api/tags',
			{ token: who.token, body: tag(`many ${n}`) }));
		await until(() => waiting() > 0);
		await pool.ask('GET', '/live'); // after them
		pool.child.kill('SIGTERM');
		await sleep(100);
		await lock.release();
		for (const rs of await Promise.all(replies))
			assert.ok(rs.status === 201 || rs.status === 503, `${rs.status} ${rs.text}`);
		assert.ok(tagged('many ') > 300, `${tagged('many ')} were answered`);
		assert.deepEqual(await pool.ended, { code: 0, signal: null });
	});

test('/live returns the generation with which the workers were started', async () => {
	const pool = await workers({ TENANTRY_GENERATION: 'second "start"' });
	assert.deepEqual(JSON.parse((await pool.ask('GET', '/live')).text),
		{ status: 'ok', generation: 'second "start"' });
	await pool.stop();
});

test('an idle pool stops immediately, regardless of when it gets the signal', async () => {
	for (let round = 0; round < 5; round++) {
		const pool = await workers({ TENANTRY_WORKERS: '4' });
		const pids = pool.pids();
		await sleep(Math.random() * 100);
		const start = Date.now();
		await pool.stop();
		/* a worker that does not notice the end would be killed after 20 s */
		assert.ok(Date.now() - start < 15000, `${Date.now() - start} ms`);
		for (const pid of pids)
			assert.throws(() => process.kill(pid, 0));
	}
});

test('with SIGTERM at random moments under load, every response is complete', async () => {
	const pool = await workers({ TENANTRY_WORKERS: '2' });
	let done = false, answered = 0;
	const load = Array.from({ length: 6 }, async () => {
		while (!done) {
			const rs = await pool.ask('GET', '/api/tags', { token: who.token });
			assert.equal(rs.status, 200, JSON.stringify(rs));
			assert.ok(rs.ended);
			answered++;
		}
	});
	for (let i = 0; i < 40 || answered <= 100; i++) {
		assert.ok(i < 1000, `${answered} responses in a thousand rounds`);
		await sleep(20 + Math.random() * 40);
		const pids = pool.pids();
		/* both may have exited, and the next two may not have
		 * started yet */
		if (pids.length > 0)
			process.kill(pids[i % pids.length], 'SIGTERM');
	}
	done = true;
	await Promise.all(load);
	await pool.stop();
});

test('SIGHUP replaces the workers and drops no request', async () => {
	const pool = await workers({ TENANTRY_WORKERS: '2' });
	const first = pool.pids();
	let done = false, answered = 0;
	const load = Array.from({ length: 6 }, async () => {
		while (!done) {
			const rs = await pool.ask('GET', '/api/me', { token: who.token });
			assert.equal(rs.status, 200, JSON.stringify(rs));
			answered++;
		}
	});
	for (let i = 0; i < 8 || answered <= 100; i++) {
		assert.ok(i < 100, `${answered} responses in a hundred rounds`);
		await sleep(250);
		pool.child.kill('SIGHUP');
	}
	await sleep(500);
	done = true;
	await Promise.all(load);
	await until(() => pool.pids().length === 4); /* the count includes the processes for the queue and the watcher */
	assert.ok(!pool.pids().some((pid) => first.includes(pid)));
	await pool.stop();
});

test('a new server takes over the socket of a running server, and no request fails', async () => {
	let pool = await workers({ TENANTRY_WORKERS: '2' });
	const { socket } = pool;
	const statuses = new Map();
	let busy = true;
	// There are more clients than workers, so that connections wait in the socket.
	const clients = Array.from({ length: 20 }, async () => {
		while (busy) {
			const { status } = await askWorker(socket, 'GET', '/api/tags', { token: who.token });
			statuses.set(status, (statuses.get(status) ?? 0) + 1);
		}
	});
	for (let i = 0; i < 3; i++) {
		const next = await workers({ TENANTRY_SOCKET: socket, TENANTRY_WORKERS: '2' }, ['--take-over']);
		await until(() => next.log().includes('start pool=api'));
		pool.child.kill('SIGTERM');
		assert.deepEqual(await pool.ended, { code: 0, signal: null });
		pool = next;
	}
	const served = statuses.get(200);
	await until(() => statuses.get(200) > served);
	busy = false;
	await Promise.all(clients);
	assert.deepEqual([...statuses.keys()], [200]);
	// Without the option, the process keeps the socket.
	const other = spawnSync(`${process.env.BUILD}/tenantry-fcgi`, [], { encoding: 'utf8', env: { ...process.env, TENANTRY_SOCKET: socket } });
	assert.equal(other.status, 1);
	assert.match(other.stderr, /in use by another process/);
	assert.equal((await pool.ask('GET', '/ready')).status, 200);
	await pool.stop();
});

test('a killed worker is replaced', async () => {
	const pool = await workers();
	const answering = () => Number([...pool.log().matchAll(/ pid=(\d+) id=\S+ request /g)].at(-1)[1]);
	for (let i = 0; i < 3; i++) {
		const pid = answering();
		process.kill(pid, 'SIGKILL');
		await until(() => !pool.pids().includes(pid) && pool.pids().length === 2); /* including the watcher */
		assert.equal((await pool.ask('GET', '/ready')).status, 200);
		await until(() => answering() !== pid);
		await sleep(1100); /* a worker that dies immediately restarts later */
	}
	assert.match(pool.log(), /worker_died pid=\d+ pool=api signal=9/);
	await pool.stop();
});

// On an idle machine, the next worker starts within 100 ms.
test('a request that ends two workers is refused, and each is replaced', async () => {
	const pool = await workers(), other = await owner('Other');
	const watcher = await until(() => Number(/ pid=(\d+) id=- cache_epoch /.exec(pool.log())?.[1]));
	const serving = () => pool.pids().find((pid) => pid !== watcher);
	const add = (body, { token } = who) => pool.ask('POST', '/api/tags', { token, body });
	const crash = async (body) => {
		const lock = await hold('LOCK TABLE crm.tags'), pid = serving();
		const reply = add(body);
		await until(() => waiting() > 0);
		process.kill(pid, 'SIGSEGV');
		assert.equal((await reply).status, 0);
		assert.equal((await pool.ask('GET', '/api/contacts', { token: who.token })).status, 200);
		await lock.release();
		await until(() => pool.pids().length === 2);	/* including the watcher */
		assert.notEqual(serving(), pid);
	};
	const refused = async (reply) => {
		const rs = await reply;
		assert.deepEqual([rs.status, JSON.parse(rs.text).type], [503, '/problems/crashes'], pool.log());
		assert.match(rs.head, /\r\nRetry-After: 600/);
	};
	for (let i = 0; i < 2; i++)
		await crash(tag('bad'));
	await refused(add(tag('bad')));
	assert.equal((await add(tag('good'))).status, 201);
	assert.equal((await add(tag('bad'), other)).status, 201);
	for (let i = 0; i < 3; i++)
		await crash(tag(`bad ${i}`));
	await refused(add(tag('good too')));
	assert.equal((await add(tag('good too'), other)).status, 201);
	assert.equal((await pool.ask('GET', '/api/tags', { token: who.token })).status, 200);
	assert.match(pool.log(), /worker_died pid=\d+ pool=api (signal|status)=\d+ route=\/api\/tags/);
	const metrics = await pool.ask('GET', '/metrics');
	assert.match(metrics.text, /\ntenantry_workers_failed_total 5\n/);
	assert.match(metrics.text, /\ntenantry_worker_failed_timestamp_seconds [1-9]\d+\n/);
	await pool.stop();
});

test('when the supervisor is killed, its workers exit', async () => {
	const pool = await workers({ TENANTRY_WORKERS: '3' });
	const pids = pool.pids();
	pool.child.kill('SIGKILL');
	await until(() => pids.every((pid) => {
		try {
			process.kill(pid, 0);
			return false;
		} catch {
			return true;
		}
	}), 5000);
	/* the socket can be used again */
	const again = await workers({ TENANTRY_SOCKET: pool.socket });
	await again.stop();
});

test('requests of disconnected clients are not executed', async () => {
	const pool = await workers();
	const lock = await hold('LOCK TABLE crm.tags');
	const peers = Array.from({ length: 60 }, (_, i) => {
		const body = Buffer.from(tag(`left ${i}`));
		const peer = new Peer(pool.socket);
		peer.begin(parameters('POST', '/api/tags',
			{ token: who.token, body }));
		peer.body(body);
		peer.end();
		return peer;
	});
	await until(() => waiting() > 0);
	for (const peer of peers)
		peer.socket.destroy();
	await sleep(100);
	await lock.release();
	assert.equal((await pool.ask('GET', '/ready')).status, 200);
	assert.ok(tagged('left') <= 1, `${tagged('left')} rows of disconnected clients`);
	assert.match(pool.log(), / departed/);
	await pool.stop();
});

test('a request that waited too long is refused before it is executed', async () => {
	const pool = await workers({ TENANTRY_QUEUE_MS: '300' });
	const at = (ago) => ({ TENANTRY_ARRIVED:
		((Date.now() - ago) / 1000).toFixed(3) });
	const body = tag('stale');
	let rs = await pool.ask('POST', '/api/tags',
		{ token: who.token, body, headers: at(1000) });
	assert.equal(rs.status, 503, rs.text);
	assert.match(rs.head, /\r\nRetry-After: \d+/);
	assert.match(pool.log(), /status=503 .*trips=0/);
	assert.equal(tagged('stale'), 0);
	rs = await pool.ask('POST', '/api/tags',
		{ token: who.token, body, headers: at(0) });
	assert.equal(rs.status, 201, rs.text);
	await pool.stop();
});

test('three hundred concurrent requests wait for their turn', async () => {
	const pool = await workers();
	const all = await Promise.all(Array.from({ length: 300 }, () =>
		pool.ask('GET', '/api/tags', { token: who.token })));
	assert.deepEqual([...new Set(all.map((rs) => rs.status))], [200]);
	await pool.stop();
});

test('connections that hang do not block the pool', async () => {
	const pool = await workers({ TENANTRY_WORKERS: '2' });
	const half = new Peer(pool.socket);
	half.socket.write(Buffer.from([1, 1, 0]));
	await sleep(100);
	for (let i = 0; i < 20; i++)
		assert.equal((await pool.ask('GET', '/ready')).status, 200);
	/* all workers are waiting, which the supervisor detects */
	const other = new Peer(pool.socket);
	other.begin(parameters('POST', '/api/tags',
		{ token: who.token, body: tag('hangs') }));
	other.body(Buffer.from('{'));
	await sleep(200);
	const start = Date.now();
	assert.equal((await pool.ask('GET', '/ready')).status, 200);
	const waited = Date.now() - start;
	assert.ok(waited < 40000, `${waited} ms`);
	for (const peer of [half, other])
		peer.socket.destroy();
	assert.equal(tagged('hangs'), 0);
	pool.child.kill('SIGTERM');
	await pool.ended;
});

test('a body that is cut off anywhere before its declared length writes nothing', async () => {
	const pool = await workers();
	const body = Buffer.from(tag('short body'));
	for (let cut = 0; cut < body.length; cut++) {
		const peer = new Peer(pool.socket);
		peer.begin(parameters('POST', '/api/tags', { token: who.token, body }));
		peer.body(body.subarray(0, cut));
		peer.end();
		const rs = await peer.closed;
		assert.equal(rs.status, 400, `${cut}: ${rs.text}`);
	}
	assert.equal(tagged('short body'), 0);
	await pool.stop();
});

test('invalid FastCGI records terminate no worker', async () => {
	const pool = await workers();
	const pids = pool.pids();
	const frames = [
		[], [0], [1, 1], [2, 1, 0, 1, 0, 0, 0, 0], [1, 9, 0, 0, 0, 0, 0, 0],
		[1, 4, 0, 1, 0, 0, 0, 0], [1, 1, 0, 1, 0, 8, 0, 0, 0, 9, 0, 0, 0, 0,
			0, 0], [1, 2, 0, 1, 0, 0, 0, 0],
		[1, 1, 0, 1, 0, 8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0,
			1, 4, 0, 1, 0, 8, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
			0xff],
	];
	for (const bytes of frames)
		await new Promise((done) => {
			const socket = net.connect(pool.socket);
			socket.on('error', () => {});
			socket.on('close', done);
			socket.end(Buffer.from(bytes));
			socket.resume();
		});
	assert.equal((await pool.ask('GET', '/ready')).status, 200);
	assert.deepEqual(pool.pids(), pids, pool.log().slice(-500));
	await pool.stop();
});

test('a killed watcher is replaced, and the new watcher follows the cache epoch', async () => {
	const pool = await workers();
	const watchers = () => [...pool.log().matchAll(/ pid=(\d+) id=- cache_epoch /g)].map((m) => Number(m[1]));
	await until(() => watchers().length > 0);
	const [pid] = watchers();
	process.kill(pid, 'SIGKILL');
	await until(() => !pool.pids().includes(pid) && pool.pids().length === 2);
	sql('SELECT ops.new_cache_epoch()');
	await until(() => watchers().at(-1) !== pid);
	await pool.stop();
});

test('a setting is read under its old name with a warning, and the new name takes precedence', async () => {
	const allowed = async (pool, origin) => (await pool.ask('GET', '/api/init_state',
		{ headers: { HTTP_ORIGIN: origin } })).head.includes(`Access-Control-Allow-Origin: ${origin}`);
	const old = await workers({ TENANTRY_TRUSTED_ORIGINS: '', BETTER_AUTH_TRUSTED_ORIGINS: 'https://old.test' });
	assert.match(old.log(), /^warning: BETTER_AUTH_TRUSTED_ORIGINS is called TENANTRY_TRUSTED_ORIGINS/m);
	assert.ok(await allowed(old, 'https://old.test'));
	assert.doesNotMatch(old.log(), /old\.test/);
	await old.stop();
	const both = await workers({ TENANTRY_TRUSTED_ORIGINS: 'https://new.test',
		BETTER_AUTH_TRUSTED_ORIGINS: 'https://old.test' });
	assert.match(both.log(), /both set: TENANTRY_TRUSTED_ORIGINS counts/);
	assert.deepEqual([await allowed(both, 'https://old.test'), await allowed(both, 'https://new.test')], [false, true]);
	await both.stop();
});

test('two supervisors cannot share a socket', async () => {
	const pool = await workers();
	const { status, stderr } = spawnSync(`${process.env.BUILD}/tenantry-fcgi`,
		{ env: { ...process.env, TENANTRY_SOCKET: pool.socket,
			TENANTRY_LOGIN_SOCKET: '', TENANTRY_SLOW_SOCKET: '' }, encoding: 'utf8' });
	assert.equal(status, 1);
	assert.match(stderr, /in use by another process/);
	assert.equal((await askWorker(pool.socket, 'GET', '/live')).status, 200);
	await pool.stop();
});
