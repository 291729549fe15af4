// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_WORKERS=4 TENANTRY_LOGIN_WORKERS=2 TENANTRY_SLOW_WORKERS=2
// own stack: it has a second host, whose primary is lost, and a standby of the server.
// A standby answers reads as the primary does. It is not used while it lags behind, is stopped, or is promoted. A
// caller's next read sees the caller's writes.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, unlinkSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { STACK, ask, openapi, operations, owner, person, sleep, sql, until } from '../../lib/api.mjs';
import { rowsOf } from '../../lib/rows.mjs';
import { startHost } from './host.mjs';

const LAG = 3; // the value of TENANTRY_READ_LAG
const folder = process.env.TEST_PGDATA.replace(/data$/, 'standby');
const bin = process.env.TEST_PGBIN ?? execFileSync('sh', ['-c', 'ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1'], { encoding: 'utf8' }).trim();
const primary = `${STACK}/primary`; // the folder of the socket through which host b reaches the primary
const url = (host, name) => `postgresql:///${process.env.PGDATABASE}?host=${host}&user=tenantry_owner&application_name=${name}`;
let b, me;

function postgres(...command) {
	const as = process.getuid() === 0 ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--init-groups'] : ['env'];
	const run = spawnSync('setsid', [...as, ...command], { cwd: '/', stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
	assert.equal(run.status, 0, run.stderr);
}
const control = (...words) => postgres(`${bin}/pg_ctl`, '-D', `${folder}/data`, '-w', '-l', `${folder}/log`, ...words);
const onStandby = (text) => execFileSync('psql', ['-XAtqh', folder, '-c', text], { encoding: 'utf8', env: process.env }).trim();

const connectPrimary = () => symlinkSync(process.env.PGHOST, primary);
function losePrimary() {
	unlinkSync(primary);
	sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name IN ('b', 'b_jobs')`);
}

before(async () => {
	postgres('mkdir', '-p', folder);
	postgres(`${bin}/pg_basebackup`, '-h', process.env.PGHOST, '-U', 'postgres', '-D', `${folder}/data`, '-R', '-X', 'stream', '-c', 'fast');
	postgres('sh', '-c', `echo "unix_socket_directories = '${folder}'" >>${folder}/data/postgresql.conf`);
	control('start');
	connectPrimary();
	b = await startHost('b', { DATABASE_URL: url(primary, 'b'), DATABASE_READ_URL: url(folder, 'b_reads'), TENANTRY_READ_LAG: String(LAG) });
	me = await owner('Standby');
	await until(used);
});
after(async () => {
	await b.stop();
	control('stop', '-m', 'immediate');
	execFileSync('rm', ['-rf', folder]);
});

async function metric(name) {
	const { text } = await ask('GET', '/metrics?part=host', { base: b.base });
	return Number(text.match(new RegExp(`^${name} (.*)$`, 'm'))[1]);
}
const used = async () => await metric('tenantry_standby_used') === 1;
const reads = () => metric('tenantry_standby_reads_total');
const doctor = () => spawnSync(`${process.env.BUILD}/tenantry`, ['doctor', '--quick'],
	{ encoding: 'utf8', env: { ...process.env, ...b.env, TENANTRY_SQL: process.env.SOURCES } }).stdout;
// Waits until the standby has replayed all previous writes, and until host b has noticed.
async function caughtUp() {
	const [[lsn]] = sql('SELECT pg_current_wal_insert_lsn()');
	await until(() => onStandby(`SELECT pg_last_wal_replay_lsn() >= '${lsn}'`) === 't');
	await sleep(500);
}

const at = (base, who = me) => (method, path, body, headers = {}) => ask(method, path, { base, token: who.token, body, headers });
const onB = (...args) => at(b.base)(...args);
const onA = (...args) => at(process.env.BASE)(...args);
// Returns true if the standby answered the request.
async function byStandby(request) {
	const was = await reads();
	const rs = await request();
	assert.equal(rs.status, 200, rs.text);
	return await reads() > was;
}

test('the standby answers each GET route as the primary does', async () => {
	const rows = await rowsOf(me, 'standby');
	const key = await onA('POST', '/api/auth/api-key/create', { name: 'reader' });
	assert.equal(key.status, 200, key.text);
	sql(`UPDATE identity.api_key SET rate_limit_max = 100000 WHERE id = '${key.json.id}'`);
	await caughtUp();
	const document = await openapi();
	const value = (parameter, resource) => parameter.name === 'id' ? rows[resource]?.id ?? 1 : parameter.example ?? 'x';
	// These paths count requests, return the current time or the state of a host, or are streams.
	const moving = new Set(['/metrics', '/api/changes/stream', '/api/proof-of-work', '/api/auth/passkey/generate-authenticate-options',
		'/api/auth/passkey/generate-register-options', '/api/auth/token', '/api/auth/get-session', '/api/auth/list-sessions']);
	let compared = 0, byKey = 0;
	const unlike = [];
	const before = await reads();
	for (const { method, path, operation, resource } of operations(document)) {
		if (method !== 'GET' || moving.has(path))
			continue;
		const full = path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(value({ name }, operation['x-resource'] ?? path.split('/')[2])));
		const required = (operation.parameters ?? []).filter((p) => p.required && p.in === 'query');
		const query = required.length ? '?' + new URLSearchParams(required.map((p) => [p.name, String(value(p, resource))])) : '';
		const first = await onA('GET', full + query);
		if (first.status !== 200)
			continue;
		const second = await onB('GET', full + query);
		const third = await onA('GET', full + query); // a response that differs each time does not show which server answered
		const strip = (rs) => rs.text.replaceAll(rs.headers['x-request-id'], '').replaceAll(b.base, '').replaceAll(process.env.BASE, '');
		if (second.status !== 200 || (strip(second) !== strip(first) && strip(first) === strip(third)))
			unlike.push(`${full}${query}: ${second.status} ${second.text.slice(0, 200)}`);
		compared++;
		const withKey = (base) => ask('GET', full + query, { base, headers: { 'x-api-key': key.json.key } });
		const mine = await withKey(process.env.BASE), theirs = await withKey(b.base);
		if (mine.status !== theirs.status)
			unlike.push(`${full} with a key: ${mine.status}, ${theirs.status} ${theirs.text.slice(0, 200)}`);
		byKey += mine.status === 200;
	}
	assert.deepEqual(unlike, []);
	assert.ok(compared > 150, `${compared} routes were compared`);
	const answered = await reads() - before;
	console.log(`# ${compared} GET routes compared, ${byKey} with a key, ${answered} reads by the standby`);
	assert.ok(answered > compared, `${answered} reads by the standby`);
});

test('the caller\'s next read sees a write on each host, regardless of the standby\'s lag', async () => {
	const { json: contact } = await onA('POST', '/api/contacts', { last_name: 'first' });
	const path = `/api/contacts/${contact.id}`;
	const name = async (request) => (await request()).json.last_name;
	await caughtUp();
	assert.ok(await byStandby(() => onB('GET', path)));
	onStandby('SELECT pg_wal_replay_pause()');
	try {
		// Other users read the rows from the standby.
		const wrote = await onA('PATCH', path, { last_name: 'second' });
		assert.equal(wrote.headers['read-after'], undefined, 'host a has no standby');
		assert.equal(await name(() => onB('GET', path)), 'first');
		// A client that knows of a write sends the cookie.
		assert.equal(await name(() => onB('GET', path, undefined, { 'read-after': String(Date.now()) })), 'second');
		assert.equal(await name(() => onB('GET', path, undefined, { 'read-after': 'now' })), 'second');
		assert.equal(await name(() => onB('GET', path)), 'first');
		// The host remembers the users who have written.
		const own = await onB('PATCH', path, { last_name: 'third' });
		assert.match(own.headers['read-after'], /^\d{13}$/);
		assert.equal(own.headers['set-cookie'], undefined, 'a client with a token uses the header');
		assert.equal(await name(() => onB('GET', path)), 'third');
	} finally {
		onStandby('SELECT pg_wal_replay_resume()');
	}
	await caughtUp();
	assert.ok(await byStandby(() => onB('GET', path)), 'the standby has it by now');
	// Many writes and reads follow each other without a pause.
	for (let i = 0; i < 100; i++) {
		await onB('PATCH', path, { last_name: `name ${i}` });
		assert.equal(await name(() => onB('GET', path)), `name ${i}`);
	}
});

test('a browser sends a cookie to the other hosts, and they know a new session immediately', async () => {
	const who = await person();
	onStandby('SELECT pg_wal_replay_pause()');
	try {
		const headers = { origin: b.base };
		const signedIn = await ask('POST', '/api/auth/sign-in/email', { base: b.base, headers: { origin: process.env.BETTER_AUTH_URL },
			body: { email: who.email, password: 'correct horse battery' } });
		assert.equal(signedIn.status, 200, signedIn.text);
		const cookies = signedIn.headers['set-cookie'].map((line) => line.split(';')[0]);
		assert.ok(cookies.some((cookie) => /read_after=\d{13}$/.test(cookie)), cookies.join());
		const seen = signedIn.headers['set-cookie'].find((line) => line.includes('read_after'));
		assert.match(seen, new RegExp(`Max-Age=${LAG + 2}; .*HttpOnly`));
		const session = await ask('GET', '/api/auth/list-sessions', { base: b.base, headers: { ...headers, cookie: cookies.join('; ') } });
		assert.equal(session.status, 200, session.text);
		// Even without the cookie, the primary answers requests for which the standby knows no session.
		const other = await ask('GET', '/api/auth/list-sessions', { base: b.base, token: signedIn.json.token });
		assert.equal(other.status, 200, other.text);
		assert.ok(await metric('tenantry_standby_passed_on_total') >= 0);
	} finally {
		onStandby('SELECT pg_wal_replay_resume()');
	}
	await caughtUp();
});

test('a session is extended on the primary when the standby detects that an extension is due', async () => {
	const who = await owner('Due');
	sql(`UPDATE identity.session SET expires_at = now() + interval '5 days' WHERE user_id = '${who.user.id}'`);
	await caughtUp();
	assert.ok(await byStandby(() => at(b.base, who)('GET', '/api/tags')));
	const [[days]] = sql(`SELECT extract(day FROM expires_at - now()) FROM identity.session WHERE user_id = '${who.user.id}'`);
	assert.equal(Number(days), 6);
	await caughtUp();
	const again = await at(b.base, who)('GET', '/api/tags');
	assert.equal(again.headers['set-auth-token'], undefined);
});

test('the primary counts and limits the reads with a key, and refuses a key that has just been disabled', async () => {
	const made = await onA('POST', '/api/auth/api-key/create', { name: 'few' });
	assert.equal(made.status, 200, made.text);
	sql(`UPDATE identity.api_key SET rate_limit_max = 3, rate_limit_window = 60000 WHERE id = '${made.json.id}'`);
	await caughtUp();
	const read = () => ask('GET', '/api/tags', { base: b.base, headers: { 'x-api-key': made.json.key } });
	for (let left = 2; left >= 0; left--) {
		const rs = await read();
		assert.equal(rs.status, 200, rs.text);
		assert.match(rs.headers.ratelimit, new RegExp(`;r=${left};`));
	}
	const limited = await read();
	assert.equal(limited.status, 429, limited.text);
	assert.ok(Number(limited.headers['retry-after']) > 0);
	const key = await onA('POST', '/api/auth/api-key/create', { name: 'gone' });
	await caughtUp();
	const get = () => ask('GET', '/api/tags', { base: b.base, headers: { 'x-api-key': key.json.key } });
	assert.ok(await byStandby(get));
	onStandby('SELECT pg_wal_replay_pause()');
	try {
		sql(`UPDATE identity.api_key SET enabled = false WHERE id = '${key.json.id}'`);
		assert.equal((await get()).status, 401);
	} finally {
		onStandby('SELECT pg_wal_replay_resume()');
	}
	await caughtUp();
});

test('a standby that lags behind is not used until it has caught up', async () => {
	assert.match(doctor(), /^ok    standby reads  *the standby has caught up with the primary$/m);
	onStandby('SELECT pg_wal_replay_pause()');
	try {
		await onA('POST', '/api/tags', { name: 'lag', color: '#abc' });
		await until(async () => !await used(), 1000 * (LAG + 5));
		assert.ok(!await byStandby(() => onB('GET', '/api/contacts')));
		assert.ok(await metric('tenantry_standby_lag_seconds') >= LAG);
		assert.match(doctor(), /^warn  standby reads  *the standby is .* behind/m);
	} finally {
		onStandby('SELECT pg_wal_replay_resume()');
	}
	await until(used);
	assert.ok(await byStandby(() => onB('GET', '/api/contacts')));
});

test('no read fails when the standby is killed or started again', async () => {
	let going = true, n = 0;
	const failed = [];
	const load = Array.from({ length: 4 }, async () => {
		while (going) {
			const rs = await onB('GET', '/api/contacts');
			n++;
			if (rs.status !== 200)
				failed.push(`${rs.status} ${rs.text}`);
		}
	});
	control('stop', '-m', 'immediate');
	await until(async () => !await used());
	assert.match(doctor(), /^warn  standby reads  *the standby of DATABASE_READ_URL does not answer/m);
	await sleep(1000);
	control('start');
	await until(used);
	going = false;
	await Promise.all(load);
	console.log(`# ${n} reads`);
	assert.deepEqual(failed, []);
	assert.ok(await byStandby(() => onB('GET', '/api/contacts')));
});

test('without the primary, the standby answers reads, and writes are refused', async () => {
	const key = await onA('POST', '/api/auth/api-key/create', { name: 'alone' });
	await caughtUp();
	await sleep(1000 * LAG); // the caller's last write becomes old enough
	await until(used);
	losePrimary();
	try {
		await until(async () => await metric('tenantry_standby_alone') === 1);
		for (const path of ['/api/contacts', '/api/me', '/api/tags', '/api/auth/get-session', '/api/auth/organization/list'])
			assert.equal((await onB('GET', path)).status, 200, path);
		const byKey = await ask('GET', '/api/contacts', { base: b.base, headers: { 'x-api-key': key.json.key } });
		assert.equal(byKey.status, 200, byKey.text);
		const ready = await ask('GET', '/ready', { base: b.base });
		assert.equal(ready.status, 200);
		assert.equal(ready.json.status, 'read-only');
		assert.equal((await ask('GET', '/health', { base: b.base })).status, 503);
		const refused = await onB('POST', '/api/tags', { name: 'alone', color: '#abc' });
		assert.equal(refused.status, 503, refused.text);
		assert.equal(refused.json.type, '/problems/unavailable');
	} finally {
		connectPrimary();
	}
	await until(async () => await metric('tenantry_standby_alone') === 0);
	assert.equal((await onB('POST', '/api/tags', { name: 'not alone', color: '#abc' })).status, 201);
	assert.equal((await ask('GET', '/ready', { base: b.base })).json.status, 'ok');
});

test('a host and jobs report that their DATABASE_URL leads to a standby', async () => {
	const cgi = (REQUEST_METHOD, path, more = {}) => spawnSync(`${process.env.BUILD}/tenantry-fcgi`, { encoding: 'utf8', input: more.body ?? '',
		env: { ...process.env, TENANTRY_SOCKET: '', DATABASE_URL: url(folder, 'c'), GATEWAY_INTERFACE: 'CGI/1.1', REQUEST_METHOD, REQUEST_URI: path,
			QUERY_STRING: '', REMOTE_ADDR: '127.0.0.1', SERVER_PROTOCOL: 'HTTP/1.1', ...more } }).stdout;
	const authorized = { HTTP_AUTHORIZATION: `Bearer ${me.token}` };
	assert.match(cgi('GET', '/ready'), /^Status: 503 [^]*"code":"database_read_only"/);
	assert.match(cgi('GET', '/api/tags', authorized), /^Status: 200/);
	const body = '{"name":"standby","color":"#abc"}';
	const refused = cgi('POST', '/api/tags', { ...authorized, body, CONTENT_TYPE: 'application/json', CONTENT_LENGTH: String(body.length) });
	assert.match(refused, /^Status: 503 [^]*"code":"database_read_only"/);
	const jobs = spawnSync('timeout', ['-s', 'TERM', '3', `${process.env.BUILD}/tenantry-jobs`],
		{ encoding: 'utf8', env: { ...process.env, DATABASE_URL: url(folder, 'c') } });
	assert.match(jobs.stderr, /jobs wait=yes because="DATABASE_URL leads to a standby"/);
	assert.ok(jobs.stderr.split('\n').length < 6, jobs.stderr);
	const said = spawnSync(`${process.env.BUILD}/tenantry`, ['doctor', '--quick'],
		{ encoding: 'utf8', env: { ...process.env, DATABASE_URL: url(folder, 'c'), TENANTRY_SQL: process.env.SOURCES } }).stdout;
	assert.match(said, /^FAIL  standby reads  *DATABASE_URL leads to a standby/m);
});

test('a standby that was promoted is not used', async () => {
	await until(used);
	control('promote');
	await until(async () => !await used());
	const { json: contact } = await onB('POST', '/api/contacts', { last_name: 'promoted' });
	assert.ok(!await byStandby(() => onB('GET', `/api/contacts/${contact.id}`)));
	assert.match(doctor(), /^warn  standby reads  *DATABASE_READ_URL names a primary/m);
	assert.match(readFileSync(`${b.env.STACK}/log/workers.log`, 'utf8'), /standby used=no because="it is no standby"/);
});
