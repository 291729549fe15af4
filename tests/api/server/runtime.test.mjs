// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_METRICS_ORGANIZATIONS=2
// Interfaces for operators: request IDs, logs, health, metrics and plain CGI.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import http from 'node:http';
import { before, test } from 'node:test';
import { BASE, PASSWORD, STACK, ask, metrics, owner, query, sleep, sql,
	until, workersLog } from '../../lib/api.mjs';

let who;

before(async () => {
	who = await owner('Runtime');
});

test('the response header, the log line and the audit row contain the same request ID', async () => {
	const rs = await ask('POST', '/api/tags', { token: who.token,
		headers: { 'X-Request-Id': 'f'.repeat(32), 'Request-Id': 'x' },
		body: { name: 'audited', color: '#fff' } });
	const id = rs.headers['x-request-id'];
	assert.match(id, /^[0-9a-f]{32}$/);
	assert.notEqual(id, 'f'.repeat(32));
	assert.deepEqual(sql(`SELECT count(*) FROM ops.audit_log
		WHERE request_id = '${id}'`), [['1']]);
	const lines = workersLog().split('\n').filter((l) => l.includes(id) && l.includes(' request '));
	assert.equal(lines.length, 1, lines.join('\n'));
	assert.match(lines[0], / request method=POST path=\/api\/tags .*status=201 /);
});

test('a problem contains its request ID', async () => {
	const rs = await ask('GET', '/api/contacts/1', { token: who.token });
	assert.equal(rs.json.instance,
		`urn:tenantry:request:${rs.headers['x-request-id']}`);
});

test('no log contains a password, a token or customers\' data', async () => {
	const secret = 'canary-password-8261', canary = 'canary-text-5512';
	const made = await ask('POST', '/api/auth/sign-up/email', { body: {
		name: 'Canary', email: 'canary@people.test', password: secret } });
	const cookie = made.headers['set-cookie'][0].split(';')[0];
	const token = made.json.token;
	for (const password of [secret, `${secret}x`])
		await ask('POST', '/api/auth/sign-in/email', {
			body: { email: 'canary@people.test', password } });
	await ask('POST', '/api/auth/sign-in/email', {
		body: `{"email":"canary@people.test","password":"${secret}` });
	await ask('GET', `/api/auth/sign-in/email?password=${secret}`);
	await ask('GET', '/api/contacts' + query({ filter: { q: canary } }),
		{ headers: { cookie } });
	await ask('POST', '/api/contacts', { token: who.token,
		body: { last_name: canary, first_seen: canary } });
	await ask('POST', '/api/tasks', { token: who.token,
		body: { text: canary, contact_id: 1 } });
	await ask('POST', '/api/auth/change-password', { token, body: {
		currentPassword: secret, newPassword: `${secret}-new` } });
	const invite = await ask('POST', '/api/invites', { token: who.token,
		body: { email: 'invited@people.test' } });
	const invited = invite.json.token;
	await ask('GET', `/invite/${invited}`);
	await ask('GET', `/invite/${token}`);
	await sleep(1200); /* nginx writes its log every second */
	const needles = [secret, canary, token, invited, who.token,
		cookie.split('=')[1], decodeURIComponent(cookie.split('.')[2])];
	for (const file of readdirSync(`${STACK}/log`)) {
		const text = readFileSync(`${STACK}/log/${file}`, 'utf8');
		for (const needle of needles)
			assert.ok(!text.includes(needle), `${file} holds ${needle}`);
	}
	assert.equal(sql(`SELECT count(*) FROM ops.audit_log t
		WHERE t::text LIKE '%${secret}%' OR t::text LIKE '%${token}%'`)[0][0],
	'0', 'the audit log holds a secret');
});

test('no token is stored in plain text', async () => {
	const dump = sql(`SELECT t::text FROM identity.session t
		UNION ALL SELECT t::text FROM identity.organization_invitation t
		UNION ALL SELECT t::text FROM ops.idempotency_key t`).join('\n');
	assert.ok(!dump.includes(who.token));
	assert.ok(!sql('SELECT password FROM identity.account').join()
		.includes(PASSWORD));
});

test('/live, /health and /ready respond, with details of their checks',
	async () => {
		assert.deepEqual((await ask('GET', '/live')).json, { status: 'ok' });
		for (const path of ['/health', '/ready']) {
			const rs = await ask('GET', path);
			assert.equal(rs.status, 200);
			assert.equal(rs.json.status, 'ok');
			assert.ok(Number.isInteger(rs.json.schema));
			assert.equal((await ask('HEAD', path)).text, '');
		}
	});

const route = 'method="GET",route="/api/tags"';

test('metrics count the requests of the organizations with the highest usage', async () => {
	const single = async (name, org) => (await metrics())[
		`tenantry_organization_${name}_total{organization="${org}"}`];
	const [busy, quiet, late] = [await owner('Busy'), await owner('Quiet'), await owner('Late')];
	const list = (person, times) => Promise.all(Array.from({ length: times }, () => ask('GET', '/api/tags', { token: person.token })));
	await list(busy, 1000);
	const before = await single('requests', busy.organization);
	await list(quiet, 3);
	assert.ok(await single('requests', quiet.organization) >= 3);
	const batch = '/api/batch?get=%2Fapi%2Ftags&get=%2Fapi%2Ftags';
	assert.equal((await ask('GET', batch, { token: late.token })).json.results.length, 2);
	assert.equal(await single('requests', late.organization), 1, 'a batch is one request');
	assert.ok(await single('request_seconds', late.organization) > 0);
	assert.equal(await single('requests', quiet.organization), undefined, 'there are two entries');
	assert.ok(before >= 1000);
	assert.equal(await single('requests', busy.organization), before, 'the busy one stays');
});

test('metrics count each request once, by route and duration', async () => {
	const count = `tenantry_request_seconds_count{${route}}`;
	const good = `tenantry_requests_total{${route},status="2xx"}`;
	const refused = `tenantry_requests_total{${route},status="4xx"}`;
	await ask('GET', '/api/tags', { token: who.token });
	await ask('GET', '/api/tags');
	const first = await metrics();
	for (let i = 0; i < 30; i++)
		await ask('GET', '/api/tags', { token: who.token });
	for (let i = 0; i < 7; i++)
		await ask('GET', '/api/tags');
	const last = await metrics();
	assert.equal(last[good] - first[good], 30);
	assert.equal(last[refused] - first[refused], 7);
	assert.equal(last[count] - first[count], 37);
	const buckets = Object.entries(last).filter(([name]) =>
		name.startsWith(`tenantry_request_seconds_bucket{${route},`));
	assert.equal(buckets.at(-1)[1], last[count]);
	for (let i = 1; i < buckets.length; i++)
		assert.ok(buckets[i][1] >= buckets[i - 1][1]);
	assert.ok(last.tenantry_db_round_trips_total >=
		first.tenantry_db_round_trips_total + 30);
});

test('metrics use the Prometheus text format', async () => {
	const rs = await ask('GET', '/metrics');
	assert.match(rs.headers['content-type'], /^text\/plain; version=0\.0\.4/);
	const typed = new Set();
	for (const line of rs.text.trimEnd().split('\n')) {
		const type = /^# TYPE (\w+) (counter|gauge|histogram)$/.exec(line);
		if (type)
			typed.add(type[1]);
		else if (!line.startsWith('# HELP ')) {
			assert.match(line, /^\w+(\{\w+="[^"]*"(,\w+="[^"]*")*\})? [\d.]+$/);
			const name = /^\w+/.exec(line)[0];
			assert.ok(typed.has(name) ||
				typed.has(name.replace(/_(bucket|sum|count)$/, '')), name);
		}
	}
});

test('metrics include queues, jobs, backups and the database', async () => {
	const text = (await ask('GET', '/metrics')).text;
	const value = (name) => Number(text.match(new RegExp(`^tenantry_${name} (.*)$`, 'm'))?.[1]);
	assert.equal(value('database_up'), 1);
	for (const queue of ['mail', 'imports', 'webhooks', 'pictures', 'embeddings', 'reminders', 'integrations'])
		assert.ok(value(`queue_waiting{queue="${queue}"}`) >= 0, queue);
	assert.ok(value('database_bytes') > 1e6);
	assert.equal(value('database_connections_max'), Number(sql("SELECT current_setting('max_connections')::int"
		+ " - current_setting('superuser_reserved_connections')::int - coalesce(current_setting('reserved_connections', true)::int, 0)")));
	/* connections to other databases of the server also count */
	const other = Array.from({ length: 5 }, () => spawn('psql', ['-X', 'postgres'], { stdio: ['pipe', 'ignore', 'inherit'] }));
	try {
		await until(async () => Number((await ask('GET', '/metrics')).text.match(/^tenantry_database_connections (.*)$/m)[1])
			>= 5 + Number(sql('SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()')) - 1);
	} finally {
		for (const one of other)
			one.stdin.end();
	}
	assert.equal(value('backup_verified_timestamp_seconds'), 0);
	sql("SELECT ops.record_backup('2026-01-01T03:00:00Z', 'verified', 'x', '/backups', 1000, NULL, 'en')");
	sql("SELECT ops.record_periodic_task('trash', 1500, true)");
	const now = (await ask('GET', '/metrics')).text;
	assert.match(now, /^tenantry_backup_verified_timestamp_seconds 1[0-9]{9}$/m);
	assert.match(now, /^tenantry_job_run_failed\{job="trash"\} 1$/m);
	assert.match(now, /^tenantry_job_run_seconds\{job="trash"\} 1\.5/m);
});

test('metrics are available only to localhost', async () => {
	const status = await new Promise((resolve, reject) => {
		http.get(`${BASE}/metrics`, { localAddress: '127.0.0.2' },
			(rs) => resolve(rs.resume().statusCode)).on('error', reject);
	});
	assert.equal(status, 403);
});

// Runs the binary as a web server without FastCGI does.
function cgi(variables, body = '', end = true) {
	return new Promise((resolve) => {
		const child = spawn(`${process.env.BUILD}/tenantry-fcgi`, { env: {
			...process.env, TENANTRY_SOCKET: '', TENANTRY_LOGIN_SOCKET: '', TENANTRY_SLOW_SOCKET: '',
			GATEWAY_INTERFACE: 'CGI/1.1', SERVER_PROTOCOL: 'HTTP/1.1',
			QUERY_STRING: '', REMOTE_ADDR: '127.0.0.1', ...variables } });
		let out = '', log = '';
		child.stdout.on('data', (part) => { out += part; });
		child.stderr.on('data', (part) => { log += part; });
		child.stdin.on('error', () => {});
		child.stdin.write(body);
		if (end)
			child.stdin.end();
		child.on('exit', (code) => {
			const cut = out.indexOf('\r\n\r\n');
			resolve({ code, head: out.slice(0, cut), log,
				text: out.slice(cut + 4) });
		});
	});
}

test('as plain CGI, the program responds to GET and POST', async () => {
	const bearer = { HTTP_AUTHORIZATION: `Bearer ${who.token}` };
	let rs = await cgi({ REQUEST_METHOD: 'GET', SCRIPT_NAME: '/cgi-bin/t',
		PATH_INFO: '/live' });
	assert.equal(rs.code, 0, rs.log);
	assert.match(rs.head, /^Status: 200 OK\r\n/);
	assert.equal(rs.text, '{"status":"ok"}');
	const body = JSON.stringify({ name: 'by CGI', color: '#000' });
	rs = await cgi({ REQUEST_METHOD: 'POST', SCRIPT_NAME: '/api/tags',
		CONTENT_TYPE: 'application/json', CONTENT_LENGTH: body.length,
		...bearer }, body);
	assert.equal(rs.code, 0, rs.log);
	assert.match(rs.head, /^Status: 201 /);
	const { id } = JSON.parse(rs.text);
	rs = await cgi({ REQUEST_METHOD: 'GET', DOCUMENT_URI: `/api/tags/${id}`,
		...bearer });
	assert.equal(JSON.parse(rs.text).name, 'by CGI');
	rs = await cgi({ REQUEST_METHOD: 'GET', SCRIPT_NAME: '/api/tags' });
	assert.match(rs.head, /^Status: 401 /);
});

test('as plain CGI, an interrupted body writes nothing', async () => {
	const body = JSON.stringify({ name: 'broken', color: '#000' });
	const rs = await cgi({ REQUEST_METHOD: 'POST', SCRIPT_NAME: '/api/tags',
		CONTENT_TYPE: 'application/json', CONTENT_LENGTH: body.length,
		HTTP_AUTHORIZATION: `Bearer ${who.token}` }, body.slice(0, -4));
	assert.match(rs.head, /^Status: 400 /);
	assert.equal(sql(`SELECT count(*) FROM crm.tags
		WHERE name = 'broken'`)[0][0], '0');
});

test('a program that is started neither as FastCGI nor as CGI exits with an error', async () => {
	const child = spawn(`${process.env.BUILD}/tenantry-fcgi`, {
		env: { ...process.env, TENANTRY_SOCKET: '', TENANTRY_LOGIN_SOCKET: '', TENANTRY_SLOW_SOCKET: '' },
		stdio: ['ignore', 'ignore', 'pipe'] });
	let log = '';
	child.stderr.on('data', (part) => { log += part; });
	const code = await new Promise((done) => child.on('exit', done));
	assert.equal(code, 1);
	assert.match(log, /TENANTRY_SOCKET is not set and this is not a CGI request/);
});

test('responses have the headers that protect browsers', async () => {
	for (const path of ['/', '/live', '/api/contacts', '/nope', '/api/nope']) {
		const { headers } = await ask('GET', path);
		assert.equal(headers['x-content-type-options'], 'nosniff', path);
		assert.ok(headers['content-security-policy'], path);
		assert.ok(headers['x-frame-options'], path);
	}
});

test('without its database, the server returns 503, and recovers automatically',
	async () => {
		const name = process.env.PGDATABASE;
		const rs = await ask('GET', '/health');
		assert.equal(rs.status, 200);
		process.env.PGDATABASE = 'postgres';
		sql(`ALTER DATABASE "${name}" ALLOW_CONNECTIONS false;
			SELECT pg_terminate_backend(pid) FROM pg_stat_activity
			WHERE datname = '${name}'`);
		try {
			await until(async () => {
				const down = await ask('GET', '/ready');
				return down.status === 503 && down.headers['retry-after'];
			});
			const live = await ask('GET', '/live');
			assert.equal(live.status, 200);
			const metrics = await ask('GET', '/metrics');
			assert.deepEqual([metrics.status, metrics.headers['retry-after']], [200, undefined]);
			assert.match(metrics.text, /^tenantry_requests_total/m);
			assert.match(metrics.text, /^tenantry_database_up 0$/m);
		} finally {
			sql(`ALTER DATABASE "${name}" ALLOW_CONNECTIONS true`);
			process.env.PGDATABASE = name;
		}
		await until(async () => (await ask('GET', '/ready')).status === 200);
	});
