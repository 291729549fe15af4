// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_WORKERS=2 TENANTRY_QUEUE_MS=60000
// own stack: it kills and restarts processes.
// Regardless of what is killed and when, no row lacks its file, and no file lacks its row after the periodic tasks have
// run. Acknowledged files exist.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, openSync, readFileSync, readdirSync, rmSync, utimesSync, writeFileSync }
	from 'node:fs';
import { before, test } from 'node:test';
import { ask, owner, sleep, sql, until } from '../../lib/api.mjs';

const { BUILD, STEPS, UPLOAD_DIR } = process.env;
const CONTENT = randomBytes(200000);
let who;

before(async () => {
	who = await owner('Killed');
});

const at = (program, what) => writeFileSync(`${STEPS}.${program}`, what);
const calm = (program) => rmSync(`${STEPS}.${program}`, { force: true });
const armed = (program) => existsSync(`${STEPS}.${program}`);

const paths = () => existsSync(UPLOAD_DIR) ? readdirSync(UPLOAD_DIR).flatMap((folder) =>
	readdirSync(`${UPLOAD_DIR}/${folder}`).map((name) => `${UPLOAD_DIR}/${folder}/${name}`))
	: [];
const names = () => paths().map((path) => path.split('/').pop()).sort();
// Omits partial files, which are deleted only after a day.
const whole = () => names().filter((name) => !/\.\d+$/.test(name));
const rows = (where = 'true') => sql(`SELECT name FROM ops.file WHERE ${where} ORDER BY 1`)
	.map(([name]) => name);
const live = () => rows("NOT removing AND place = 'local'");

const upload = (body = CONTENT) => ask('POST', '/api/upload', { token: who.token, body,
	headers: { 'content-type': 'application/octet-stream' } });

async function back(json) {
	const rs = await ask('GET', `/uploads/${json.path}`);
	assert.equal(rs.status, 200, rs.text);
	assert.equal(Number(rs.headers['content-length']), json.size);
}

// Runs tenantry-jobs until the condition holds, and ends the claims of a killed task immediately. Restarts the program
// if it is killed, as the service manager does.
async function jobs(condition) {
	const log = openSync(`${process.env.STACK}/log/jobs.log`, 'a');
	let done = false, child;
	const gone = new Promise((resolve) => {
		const start = () => {
			child = spawn(`${BUILD}/tenantry-jobs`, [], { stdio: ['ignore', log, log] });
			child.on('exit', () => done ? resolve() : start());
		};
		start();
	});
	await until(async () => {
		sql('UPDATE ops.file SET remove_at = now() WHERE removing; NOTIFY tenantry_periodic_tasks');
		await sleep(100);
		return condition();
	}, 20000).finally(() => {
		done = true;
		child.kill('SIGTERM');
	});
	await gone;
}

// Simulates the next day, on which only leftover files are deleted.
async function settled(kept) {
	for (const path of paths())
		utimesSync(path, 1, 1);
	await jobs(() => rows('removing').length === 0
		&& names().join() === live().join());
	assert.deepEqual(live(), kept.map((json) => json.path).sort());
	for (const json of kept)
		await back(json);
}

test('killing a worker at any step of an upload loses no acknowledged file', async () => {
	const kept = [];
	let step = 0, survived = 0;
	for (; survived < 2; step++) {
		at('tenantry-fcgi', `${step + 1} kill`);
		const rs = await upload();
		survived += armed('tenantry-fcgi') ? 1 : 0;
		calm('tenantry-fcgi');
		assert.ok([201, 502].includes(rs.status), `${step} ${rs.text}`);
		if (rs.status === 201)
			kept.push(rs.json);
		/* the file of each row exists at all times */
		const there = names();
		for (const name of live())
			assert.ok(there.includes(name), `killed at ${step + 1}: ${name}`);
		assert.ok(step < 60);
		await until(async () => (await ask('GET', '/ready')).status === 200);
	}
	console.log(`# say killed at ${step - survived} steps of an upload`);
	assert.ok(step > 10);
	/* a file exists even if only the response was lost */
	const more = live().filter((name) => !kept.some((json) => json.path === name));
	assert.ok(more.length <= 1, more.join());
	kept.push(...more.map((path) => ({ path, size: CONTENT.length })));
	await settled(kept);
});

test('a full disk or a disk with write errors refuses uploads and leaves no rows', async () => {
	const before = rows().length, had = names();
	for (const fault of ['write 5', 'write 28', 'fsync 5', 'open 28', 'rename 5']) {
		at('tenantry-fcgi', fault);
		const rs = await upload();
		calm('tenantry-fcgi');
		assert.equal(rs.status, fault.endsWith(' 28') ? 507 : 503, fault); // error 28: no space left
		assert.match(rs.headers['content-type'], /problem\+json/);
		assert.deepEqual([rows().length, names()], [before, had], fault);
	}
	assert.equal((await upload()).status, 201);
});

test('killing the periodic tasks at any step loses no file', async () => {
	sql('UPDATE ops.file SET remove_at = now(), removing = true');
	await jobs(() => rows().length === 0);
	const picture = Buffer.from('GIF89a inline').toString('base64');
	let killed = 0;
	for (let step = 1; step <= 32; step++) {
		const avatar = `data:image/gif;base64,${picture}`;
		const stays = await ask('POST', '/api/contacts', { token: who.token,
			body: { last_name: 'stays', avatar } });
		const goes = await ask('POST', '/api/contacts', { token: who.token,
			body: { last_name: 'goes', avatar } });
		assert.equal(stays.status, 201, stays.text);
		await ask('PATCH', `/api/contacts/${goes.json.id}`, { token: who.token,
			body: { avatar: { src: '/x.png' } } });
		at('tenantry-jobs', `${step} kill`);
		const mine = stays.json.avatar.path;
		await jobs(() => sql(`SELECT place FROM ops.file WHERE name = '${mine}'`)[0][0]
			=== 'local' && whole().join() === live().join());
		killed += armed('tenantry-jobs') ? 0 : 1;
		calm('tenantry-jobs');
		await back({ path: mine, size: 13 });
	}
	console.log(`# say the periodic tasks were killed ${killed} times`);
	assert.ok(killed >= 28);
	assert.equal(live().length, 32);
	await settled(live().map((path) => ({ path, size: 13 })));
	assert.equal(sql('SELECT count(*) FROM ops.file_bytes')[0][0], '0');
});

test('leftover files are deleted after a day, and other files remain', async () => {
	const folder = paths()[0].replace(/\/[^/]*$/, '');
	const digits = folder.slice(-2);
	const name = (c) => `${digits}${c.repeat(38)}.png`;
	const old = [`${folder}/${name('a')}`, `${UPLOAD_DIR}/new/${name('b')}.77`];
	const others = [`${folder}/${name('c')}`, `${folder}/README`, `${UPLOAD_DIR}/new/${name('d')}.1`];
	for (const path of [...old, ...others])
		writeFileSync(path, 'x');
	for (const path of [...old, others[1]])
		utimesSync(path, 1, 1);
	await jobs(() => !old.some(existsSync));
	assert.ok(others.every(existsSync));
	others.forEach((path) => rmSync(path));
	assert.match(readFileSync(`${process.env.STACK}/log/workers.log`, 'utf8'), /route=\/api\/upload/);
});
