// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// own stack: it takes the memory of the workers.
// long: it takes the memory of the workers.
// Workers without memory and a full disk are reported.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { before, test } from 'node:test';
import { STACK, ask, owner, query, sql, until, workersLog } from '../../lib/api.mjs';
import { workers } from '../../lib/fcgi.mjs';
import { sanitized } from '../lib/workers.mjs';

let who;

before(async () => {
	who = await owner('Exhausted');
});

// Returns the IDs of a process and its descendants.
const family = (pid) => [pid, ...readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
	.split(' ').filter(Boolean).flatMap((child) => family(Number(child)))];

// Limits the memory of every worker and its replacements to the current size plus a few MiB.
function limit(more) {
	for (const pid of family(Number(process.env.WORKERS)).slice(1)) {
		const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[0]);
		execFileSync('prlimit', [`--pid=${pid}`, `--as=${pages * 4096 + (more << 20)}:`]);
	}
}

test('an export in any format needs memory only for one page of rows', async () => {
	if (sanitized)
		return;
	sql(`SET session_replication_role = replica;
		INSERT INTO crm.contacts (org_id, id, last_name, background, email_jsonb)
		SELECT '${who.organization}', ops.new_id(), 'Wide', repeat('x', 20000), (SELECT jsonb_agg(jsonb_build_object('email',
			format('p%s@wide.test', n), 'type', 'Work')) FROM generate_series(1, 3000) n) FROM generate_series(1, 150)`);
	for (const format of ['csv', 'ndjson', 'vcard']) {
		limit(64);
		const rs = await ask('GET', `/api/contacts/export?format=${format}`, { token: who.token });
		assert.equal(rs.status, 200, `${format}: ${rs.text.slice(0, 300)}`);
		assert.ok(rs.text.split('p3000@wide.test').length > 150, format);
		assert.ok(rs.text.length > 150 * 20000, `${format}: ${rs.text.length}`);
	}
	sql(`SET session_replication_role = replica; DELETE FROM crm.contacts WHERE last_name = 'Wide'`);
});

test('a worker that runs out of memory responds, and the next request is served', async () => {
	if (sanitized)
		return;
	const contact = (await ask('POST', '/api/contacts', { token: who.token, body: { last_name: 'Fat' } })).json.id;
	for (let i = 0; i < 40; i++) {
		const rs = await ask('POST', '/api/contact_notes', { token: who.token, body: {
			contact_id: contact, text: '😀'.repeat(225000) } });
		assert.equal(rs.status, 201, rs.text.slice(0, 300));
	}
	const list = (range) => ask('GET', '/api/contact_notes' + query({ range }), { token: who.token });
	let refused = 0;
	// The first limit is too low for libpq, and other limits are too low for the response.
	for (const more of [16, 36, 40, 44, 48, 56, 64, 72, 80, 96]) {
		limit(more);
		const rs = await list([0, 39]);
		if (rs.status === 200)
			continue;
		refused++;
		assert.equal(rs.status, 503, `${more} MiB: ${rs.text.slice(0, 300)}`);
		assert.equal(rs.json.type, '/problems/memory', rs.text);
		assert.match(rs.json.instance, new RegExp(rs.headers['x-request-id']));
		const few = await until(async () => {
			const small = await list([0, 0]);
			return small.status === 200 && small;
		});
		assert.equal(few.json.length, 1);
	}
	assert.ok(refused > 1, `${refused} were refused`);
	assert.match(workersLog(), / out_of_memory/);
});

test('an upload to a full disk is refused with the reason', async (t) => {
	const full = `${STACK}/full`;
	mkdirSync(full);
	const asRoot = (...args) => process.getuid() ? execFileSync('sudo', ['-n', ...args])
		: execFileSync(args[0], args.slice(1));
	try {
		asRoot('mount', '-t', 'tmpfs', '-o', `size=64k,mode=0700,uid=${process.getuid()}`, 'tmpfs', full);
	} catch {
		t.skip('only root, or a user with sudo, can make a small disk');
		return;
	}
	const pool = await workers({ UPLOAD_DIR: full });
	try {
		const rs = await pool.ask('POST', '/api/upload', { token: who.token,
			body: 'y'.repeat(300000), headers: { CONTENT_TYPE: 'text/plain' } });
		const told = JSON.parse(rs.text);
		assert.equal(rs.status, 507, rs.text);
		assert.equal(told.type, '/problems/storage-full');
		assert.match(told.title, /no room/);
		assert.deepEqual(readdirSync(full).flatMap((f) => readdirSync(`${full}/${f}`)), []);
	} finally {
		await pool.stop();
		asRoot('umount', full);
	}
});

test('with a full database disk, writes are refused and reads are answered', async () => {
	sql(`CREATE FUNCTION crm.no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
		RAISE EXCEPTION 'could not extend file "base/1/2": No space left on device' USING ERRCODE = 'disk_full'; END $$;
		CREATE TRIGGER no_room AFTER INSERT ON crm.tags FOR EACH ROW WHEN (NEW.name = 'no room') EXECUTE FUNCTION crm.no_room();`);
	const rs = await ask('POST', '/api/tags', { token: who.token, body: { name: 'no room', color: '#abc' } });
	assert.deepEqual([rs.status, rs.json.type, rs.json.title], [507, '/problems/storage-full', 'There is no room left on the server.']);
	assert.doesNotMatch(rs.text, /base/);
	const list = await ask('GET', '/api/tags', { token: who.token });
	assert.deepEqual([list.status, list.json], [200, []]);
	await until(() => /error .* db state=53100 error="could not extend file/.test(workersLog()));
	sql('DROP TRIGGER no_room ON crm.tags; DROP FUNCTION crm.no_room()');
});
