// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_WORKERS=4 TENANTRY_LOGIN_WORKERS=2 TENANTRY_SLOW_WORKERS=2
// own stack: it kills and restarts processes.
// Uploads, merges and batches while workers, tenantry-jobs and the database are killed. Each acknowledged write exists
// once and completely, no file lacks its row, and no row lacks its file.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, utimesSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { STACK, ask, owner, sql, until } from '../../lib/api.mjs';
import { killWorker, outliveCrashes, postgres, storm } from './storm.mjs';

const UPLOADS = `${STACK}/uploads`;
const LIMIT = 60000;
let who, jobs, ended = false;

// Restarts tenantry-jobs whenever it is killed.
function work() {
	jobs = spawn(`${process.env.BUILD}/tenantry-jobs`, [],
		{ env: { ...process.env, UPLOAD_DIR: UPLOADS }, stdio: 'ignore' });
	jobs.on('exit', () => ended || work());
}

before(async () => {
	who = await owner('Storm');
	await outliveCrashes();
	work();
});
after(() => {
	ended = true;
	jobs.kill('SIGTERM');
});

// Causes one of the faults. Database faults are the least frequent.
async function fault(n) {
	if (n % 25 === 24)
		postgres('restart', '-m', 'immediate');
	else if (n % 4 === 3)
		jobs.kill('SIGKILL');
	else
		killWorker();
}
const pause = () => 100 + Math.random() * 100;
const org = () => `'${who.organization}'`;

// Returns different bytes for each key, which are recognized as an image.
function picture(key) {
	const parts = [Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')];
	for (let n = 0; n < 2000; n++)
		parts.push(createHash('sha256').update(`${key} ${n}`).digest());
	return Buffer.concat(parts);
}

const inline = (key) => Number(key.split('-').at(-1)) % 2 === 1;

function keep(key) {
	if (!inline(key))
		return { path: `/api/upload?filename=${key}.png`, type: 'image/png',
			body: picture(key) };
	return { path: '/api/contacts', body: { last_name: key, avatar: {
		title: `${key}.png`,
		src: `data:image/png;base64,${picture(key).toString('base64')}` } } };
}

// Returns all files in the folder, regardless of their names.
const onDisk = () => readdirSync(UPLOADS, { recursive: true,
	withFileTypes: true }).filter((entry) => entry.isFile())
	.map((entry) => [`${entry.parentPath ?? entry.path}/${entry.name}`,
		entry.name]);

test('the files of acknowledged uploads exist, and no other files', async () => {
	const log = await storm('files', who.token, keep, fault, pause);
	for (const [key, text] of log.acked) {
		const said = JSON.parse(text);
		const src = inline(key) ? said.avatar.src : said.src;
		const rs = await fetch(process.env.BASE + new URL(src).pathname);
		assert.equal(rs.status, 200, `${key} ${src}`);
		assert.ok(Buffer.from(await rs.arrayBuffer()).equals(picture(key)),
			`${key} has other bytes`);
	}
	assert.equal(sql(`SELECT count(*) FROM ops.file WHERE org_id = ${org()}
		AND NOT removing`)[0][0], String(log.acked.size), 'too many files');
	/* One day later. */
	sql(`UPDATE ops.file SET remove_at = now() WHERE removing`);
	for (const [path] of onDisk())
		utimesSync(path, 0, 0);
	jobs.kill('SIGKILL'); // the next process scans the folder immediately
	await until(() => {
		sql('NOTIFY tenantry_periodic_tasks');
		return sql(`SELECT count(*) FROM ops.file WHERE removing
			OR place = 'database'`)[0][0] === '0';
	}, LIMIT);
	const rows = sql(`SELECT name FROM ops.file WHERE place = 'local'`).flat();
	await until(() => onDisk().length <= rows.length, LIMIT);
	assert.deepEqual(onDisk().map(([, name]) => name).sort(), rows.sort());
});

test('acknowledged merges are complete, and no other merge exists', async () => {
	const pairs = sql(`SELECT set_config('app.org_id', ${org()}, false);
		WITH made AS (INSERT INTO crm.contacts (org_id, last_name, tags)
			SELECT ${org()}, 'pair ' || n / 2, '{}'
			FROM generate_series(0, 1999) n RETURNING id, last_name),
		called AS (INSERT INTO crm.tasks (org_id, contact_id, text)
			SELECT ${org()}, id, last_name FROM made)
		SELECT min(id), max(id) FROM made GROUP BY last_name`)
		.filter((row) => row.length === 2);
	let next = 0;
	const mine = new Map();
	const log = await storm('merges', who.token, (key) => {
		if (next === pairs.length)
			return null;
		const [winnerId, loserId] = pairs[next++].map(Number);
		mine.set(key, { winnerId, loserId });
		return { path: '/api/merge_contacts', body: { winnerId, loserId } };
	}, fault, pause);
	const told = [...log.acked.keys()].map((key) => mine.get(key));
	assert.deepEqual(sql(`SELECT loser, winner FROM (VALUES
			${told.map((m) => `(${m.loserId}, ${m.winnerId})`)}) x (loser, winner)
		WHERE EXISTS (SELECT FROM crm.contacts WHERE id = loser)
		   OR (SELECT count(*) FROM crm.tasks WHERE contact_id = winner) <> 2
		   OR (SELECT count(*) FROM crm.merges m
			WHERE m.loser_id = x.loser) <> 1`),
	[], 'a merge differs from its response');
	assert.deepEqual(sql(`SELECT
		(SELECT count(*) FROM crm.tasks WHERE text LIKE 'pair %'),
		(SELECT count(*) FROM crm.merges)`),
	[['2000', String(log.acked.size)]]);
});

test('acknowledged batches are complete, and no other batch exists', async () => {
	const log = await storm('batches', who.token, (key) => ({
		path: '/api/batch', body: { operations: [
			{ method: 'POST', resource: 'companies', data: { name: key } },
			{ method: 'POST', resource: 'contacts',
				data: { last_name: key, company_id: { $ref: 0 } } },
			{ method: 'POST', resource: 'contact_notes',
				data: { text: key, contact_id: { $ref: 1 } } },
		] } }), fault, pause);
	assert.deepEqual(sql(`SELECT count(DISTINCT c.name), count(*)
		FROM crm.companies c
		LEFT JOIN crm.contacts k ON k.org_id = c.org_id
			AND k.company_id = c.id AND k.last_name = c.name
		LEFT JOIN crm.contact_notes n ON n.org_id = k.org_id
			AND n.contact_id = k.id AND n.text = k.last_name
		WHERE c.name LIKE 'batches-%' AND n.id IS NOT NULL`),
	[[String(log.acked.size), String(log.acked.size)]]);
	assert.equal(sql(`SELECT count(*) FROM crm.companies
		WHERE name LIKE 'batches-%'`)[0][0], String(log.acked.size));
	const rs = await ask('GET', '/ready');
	assert.equal(rs.status, 200);
});
