// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// own stack: it kills nginx.
// The feed in a browser's EventSource, which reconnects and receives missed
// events even when the feed's nginx or nginx's workers are killed.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { member } from './lib/browser.mjs';

const { BUILD, STACK } = process.env;
const live = Boolean(process.env.TENANTRY_FEED_SOCKET);
let jobs;
after(() => jobs?.kill());

const master = (name) => Number(readFileSync(`${STACK}/${name}.pid`, 'utf8'));

// Closes all connections. nginx's master starts new workers.
function killWorkers() {
	const workers = execFileSync('ps', ['-o', 'pid=', '--ppid', master('nginx')], { encoding: 'utf8' });
	for (const pid of workers.trim().split(/\s+/))
		process.kill(Number(pid), 'SIGKILL');
}

const post = (page, path, body) => page.evaluate(async ([to, what]) => {
	const rs = await fetch(to, { method: 'POST', headers: { 'content-type': 'application/json' },
		body: JSON.stringify(what) });
	return { status: rs.status, json: await rs.json().catch(() => null) };
}, [path, body]);

test('P34 an EventSource receives all changes, even when the feed\'s nginx or nginx\'s workers are killed', { skip: !live && 'nginx has no nchan' }, async () => {
	jobs = spawn(`${BUILD}/tenantry-jobs`, [], { stdio: 'ignore' });
	const who = await member();
	const { page } = who;
	assert.equal((await post(page, '/api/auth/organization/create',
		{ name: 'Feed', slug: `feed-${process.pid}` })).status, 200);
	await page.evaluate(() => {
		window.heard = [];
		window.source = new EventSource('/api/changes/stream');
		for (const name of ['change', 'reset'])
			window.source.addEventListener(name, (e) =>
				window.heard.push({ name, id: e.lastEventId, ...JSON.parse(e.data) }));
	});
	const tags = () => page.evaluate(() => window.heard.filter((e) => e.resource === 'tags'));
	const hears = async (n) => {
		await page.waitForFunction((count) =>
			window.heard.filter((e) => e.resource === 'tags').length >= count, n, { timeout: 60000 });
		return tags();
	};
	const make = async (name) => {
		const rs = await post(page, '/api/tags', { name, color: '#123456' });
		assert.equal(rs.status, 201);
		return rs.json.id;
	};
	await page.waitForFunction(() => window.source.readyState === EventSource.OPEN);
	const ids = [await make('one')];
	await hears(1);

	const feed = master('feed');
	process.kill(feed, 'SIGKILL');
	await page.waitForFunction(() => window.source.readyState === EventSource.CONNECTING);
	assert.equal((await post(page, '/api/tags', { name: 'meanwhile', color: '#123456' })).status, 201);
	ids.push((await hears(2))[1].id);
	for (let tries = 0; master('feed') === feed && tries < 600; tries++)
		await new Promise((r) => setTimeout(r, 100));
	assert.notEqual(master('feed'), feed, 'the feed comes back');
	await page.waitForFunction(() => window.source.readyState === EventSource.OPEN, null, { timeout: 60000 });
	killWorkers();
	await page.waitForFunction(() => window.source.readyState === EventSource.CONNECTING);
	await page.waitForFunction(() => fetch('/live').then((rs) => rs.ok, () => false));
	for (const name of ['two', 'three'])
		ids.push(await make(name));
	await page.waitForFunction(() => window.source.readyState === EventSource.OPEN, null, { timeout: 60000 });
	ids.push(await make('four'));
	const heard = await hears(5);
	assert.deepEqual(heard.map((e) => [e.name, e.verb, e.id]), ids.map((id) => ['change', 'create', id]));
	assert.deepEqual(heard.map((e) => e.seq), ids.map((_, n) => heard[0].seq + n));
	assert.ok(!(await page.evaluate(() => window.heard)).some((e) => e.name === 'reset'));
	await who.close();
});
