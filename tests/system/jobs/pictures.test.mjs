// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// own stack: its tenantry-jobs works for all organizations.
// Images of contacts and companies are downloaded in the background, only from
// public servers, and served as uploaded files.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import http from 'node:http';
import os from 'node:os';
import { after, before, test } from 'node:test';
import { STACK, freePort, jobsLog, launch, sleep, startJobs, stopJobs, until }
	from './lib/jobs.mjs';
import { BASE, ask, long, owner, sql } from '../../lib/api.mjs';

const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk'
	+ '+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
const sha = (email) => createHash('sha256').update(email).digest('hex');

// The responses of the simulated server, by the last path segment.
const answers = new Map(), asked = [];
let port, who, jobs, n = 0;
const servers = [];

function answer(rq, rs) {
	const url = new URL(rq.url, 'http://x');
	const key = url.pathname.split('/').at(-1);
	asked.push({ key, path: url.pathname, query: url.search, headers: rq.headers });
	const how = answers.get(key);
	if (how)
		return how(rs, rq);
	rs.writeHead(404).end();
}

const image = (rs) => rs.writeHead(200, { 'content-type': 'image/png' }).end(PNG);
const serves = (type, body) => (rs) => rs.writeHead(200, { 'content-type': type }).end(body);
const redirects = (location) => (rs) => rs.writeHead(302, { location }).end();
const hang = () => {};

const settings = (more) => ({ TENANTRY_PICTURES: 'on', TENANTRY_PRIVATE_PICTURES: 'on',
	TENANTRY_GRAVATAR_URL: `http://127.0.0.1:${port}/avatar`,
	TENANTRY_FAVICON_URL: `http://127.0.0.1:${port}/site`, ...more });

before(async () => {
	port = await freePort();
	for (const host of ['0.0.0.0', '::'])
		servers.push(await new Promise((done) => {
			const s = http.createServer(answer);
			s.on('error', () => done(s));
			s.listen({ port, host, ipv6Only: host === '::' }, () => done(s));
		}));
	who = await owner('Pictures');
	jobs = await startJobs(settings());
	await until(() => sql('SELECT 1 FROM ops.pictures_on').length === 1);
});

after(async () => {
	servers.forEach((s) => { s.closeAllConnections(); s.close(); });
	await stopJobs(jobs);
});

async function make(resource, body) {
	const rs = await ask('POST', `/api/${resource}`, { token: who.token, body });
	assert.equal(rs.status, 201, rs.text);
	return rs.json;
}
const read = async (resource, id) =>
	(await ask('GET', `/api/${resource}/${id}`, { token: who.token })).json;
const company = (website) => make('companies', { name: `C ${++n}`, website });
const contact = (...emails) => make('contacts', { first_name: `c ${++n}`,
	email_jsonb: emails.map((email) => ({ email, type: 'Work' })) });
const wanted = (id) => sql(`SELECT attempts, due_at <= now() FROM ops.job
	WHERE subject LIKE '%/${id}'`)[0];
// Waits until a request has ended. The next poll starts within five seconds.
const settled = (id, ms = 20000) => until(() => !wanted(id), ms);
const files = () => Number(sql('SELECT count(*) FROM ops.file')[0][0]);
const timesAsked = (key) => asked.filter((a) => a.key === key).length;

async function shows(picture, bytes = PNG) {
	assert.match(picture.src, new RegExp(`^${BASE}/uploads/[0-9a-f]{40}\\.png$`));
	assert.equal(picture.path, picture.src.split('/').at(-1));
	assert.equal(picture.type, 'image/png');
	const rs = await fetch(picture.src);
	assert.equal(rs.status, 200);
	assert.equal(rs.headers.get('content-type'), 'image/png');
	assert.deepEqual(Buffer.from(await rs.arrayBuffer()), bytes);
}

test('53 a new company has no logo at first, and its website\'s favicon a moment later', async () => {
	answers.set('acme53.org', image);
	const made = await company('https://www.acme53.org/about');
	assert.equal(made.logo, null);
	await settled(made.id);
	const { logo } = await read('companies', made.id);
	await shows(logo);
	assert.equal(logo.title, 'Company favicon');
});

test('a contact gets the Gravatar of the first address that has one', async () => {
	const email = 'Ada@Gravatar.org';
	answers.set(sha(email.toLowerCase()), image);
	const made = await contact('nobody@gmail.com', email);
	await settled(made.id);
	await shows((await read('contacts', made.id)).avatar);
	const question = asked.find((a) => a.key === sha(email.toLowerCase()));
	assert.equal(question.query, '?d=404');
	assert.equal(question.headers.cookie, undefined);
	assert.equal(timesAsked('gmail.com'), 0);
	assert.equal(timesAsked('gravatar.org'), 0);
});

test('a contact without a Gravatar gets the website\'s icon, and a missing image is requested once', async () => {
	answers.set('site.example.org', image);
	const first = await contact('a@missing.org', 'b@site.example.org');
	await settled(first.id);
	await shows((await read('contacts', first.id)).avatar);
	const again = await contact('a@missing.org');
	await settled(again.id);
	assert.equal((await read('contacts', again.id)).avatar, null);
	assert.equal(timesAsked('missing.org'), 1);
	assert.equal(timesAsked(sha('a@missing.org')), 1);
});

test('no request is sent for mail providers, or for addresses and names of private networks', async () => {
	const before = asked.length;
	const made = [];
	for (const site of ['https://gmail.com', 'http://www.GMAIL.com/x', 'gmx.de', 'http://127.0.0.1',
		'http://[::1]/', 'http://2130706433/', 'http://0x7f.1/', 'localhost', 'http://router.local',
		'http://intranet/', 'http://a b.org/', 'http://../../x', 'http://x@10.0.0.1/'])
		made.push(await company(site));
	for (const { id, website } of made) {
		await settled(id);
		assert.equal((await read('companies', id)).logo, null, website);
	}
	assert.equal(asked.length, before);
});

test('a response that is not an image is not stored', async () => {
	const before = files();
	const odd = { 'svg.org': serves('image/png', '<svg xmlns="http://www.w3.org/2000/svg" onload="x()"/>'),
		'html.org': serves('image/png', '<!doctype html><script>x()</script>'), 'empty.org': serves('image/png', ''),
		'pdf.org': serves('image/png', '%PDF-1.4\n'), 'text.org': serves('image/png', 'ERROR'),
		'huge.org': serves('image/png', Buffer.concat([PNG, Buffer.alloc(1 << 20)])),
		'teapot.org': (rs) => rs.writeHead(418).end(PNG),
		'loop.org': redirects(`http://127.0.0.1:${port}/site/target.org`),
		'file.org': redirects('file:///etc/passwd'), 'gopher.org': redirects(`gopher://127.0.0.1:${port}/x`) };
	answers.set('target.org', image);
	const made = {};
	for (const [host, how] of Object.entries(odd)) {
		answers.set(host, how);
		made[host] = (await company(host)).id;
	}
	for (const [host, id] of Object.entries(made)) {
		await settled(id);
		assert.equal((await read('companies', id)).logo, null, host);
		assert.equal(timesAsked(host), 1, host);
		assert.equal(sql(`SELECT 1 FROM ops.picture_missing WHERE key = 'favicon/${host}'`).length, 1);
	}
	assert.equal(timesAsked('target.org'), 0, 'redirects are not followed');
	assert.equal(files(), before);
});

test('a failing server is retried a few times, then skipped', async () => {
	answers.set('down.org', (rs) => rs.writeHead(503).end());
	const made = await company('down.org');
	for (let i = 1; i <= 3; i++) {
		await until(() => wanted(made.id)?.[0] === String(i) && timesAsked('down.org') === i);
		await until(() => Number(sql(`SELECT extract(epoch FROM due_at - now()) FROM ops.job
			WHERE subject LIKE '%/${made.id}'`)[0][0]) > 240);
		sql(`UPDATE ops.job SET due_at = now() WHERE subject LIKE '%/${made.id}'`);
	}
	await settled(made.id);
	assert.equal(timesAsked('down.org'), 4);
	assert.equal((await read('companies', made.id)).logo, null);
	assert.equal(sql('SELECT 1 FROM ops.picture_missing WHERE key = \'favicon/down.org\'').length, 0);
});

long('a server that hangs or responds slowly does not delay writes', async (t) => {
	answers.set('hang.org', hang);
	answers.set('drip.org', (rs) => {
		rs.writeHead(200, { 'content-type': 'image/png' });
		const timer = setInterval(() => rs.write('x'), 200);
		rs.on('close', () => clearInterval(timer));
	});
	const time = async (site) => {
		const times = [];
		for (let i = 0; i < 60; i++) {
			const start = process.hrtime.bigint();
			await company(site());
			times.push(Number(process.hrtime.bigint() - start) / 1e6);
		}
		return times.sort((a, b) => a - b)[30];
	};
	const quiet = await time(() => undefined);
	const first = await company('hang.org'), second = await company('drip.org');
	await until(() => timesAsked('hang.org') > 0);
	const busy = await time(() => 'hang.org');
	t.diagnostic(`say a company is created in ${quiet.toFixed(2)} ms, in ${busy.toFixed(2)} ms`
		+ ' while its image server hangs (medians of 60)');
	await until(() => timesAsked('drip.org') > 0, 40000);
	await until(() => Number(sql(`SELECT extract(epoch FROM held_until - now()) FROM ops.job
		WHERE subject LIKE '%/${second.id}'`)[0][0]) < 299.5, 20000);
	sql('DELETE FROM ops.job');
	for (const { id } of [first, second])
		assert.equal((await read('companies', id)).logo, null);
});

test('a row that was changed during the download is not updated, and the image is not stored', async () => {
	const chosen = { src: 'https://example.org/mine.png' };
	let release;
	answers.set('slow.org', (rs) => { release = () => image(rs); });
	const made = await company('slow.org');
	await until(() => release);
	const before = files();
	await ask('PATCH', `/api/companies/${made.id}`, { token: who.token, body: { logo: chosen } });
	release();
	await settled(made.id);
	assert.deepEqual((await read('companies', made.id)).logo, chosen);
	release = undefined;
	const other = await company('slow.org');
	await until(() => release);
	answers.set('fast.org', image);
	await ask('PATCH', `/api/companies/${other.id}`, { token: who.token, body: { website: 'fast.org' } });
	release();
	await settled(other.id);
	await until(async () => (await read('companies', other.id)).logo);
	assert.equal(timesAsked('fast.org'), 1, 'the new website is requested');
	assert.equal(files(), before + 1);
	release = undefined;
	const gone = await company('slow.org');
	await until(() => release);
	await ask('DELETE', `/api/companies/${gone.id}`, { token: who.token });
	release();
	await settled(gone.id);
	assert.equal(files(), before + 1);
});

test('after kill -9 during the download, the image is stored once', async () => {
	let stuck = 0;
	answers.set('killed.org', () => { stuck++; });
	const made = await company('killed.org');
	await until(() => stuck === 1);
	const before = files();
	jobs.kill('SIGKILL');
	await jobs.gone;
	answers.set('killed.org', image);
	jobs = await startJobs(settings());
	await settled(made.id);
	await shows((await read('companies', made.id)).logo);
	assert.equal(files(), before + 1);
});

test('no notation of a private address leads to a connection', async () => {
	await stopJobs(jobs);
	answers.set('guarded.org', image);
	const made = await company('guarded.org');
	const hosts = ['127.0.0.1', 'localhost', '2130706433', '0x7f000001', '0x7f.0.0.1', '0177.0.0.1',
		'017700000001', '127.1', '0', '0.0.0.0', '[::1]', '[::]', '[::ffff:127.0.0.1]',
		'[::ffff:7f00:1]', '[64:ff9b::7f00:1]', 'example.org@127.0.0.1', os.hostname(),
		Object.values(os.networkInterfaces()).flat().find((a) => !a.internal && a.family === 'IPv4')
			?.address ?? '10.0.0.1', '169.254.169.254', '[fe80::1]', '[fd00::1]'];
	const tried = asked.length;
	for (const host of hosts) {
		sql(`UPDATE ops.job SET due_at = now(), held_until = '-infinity', attempts = 0 WHERE subject LIKE '%/${made.id}'`);
		jobs = await startJobs(settings({ TENANTRY_PRIVATE_PICTURES: 'off',
			TENANTRY_FAVICON_URL: `http://${host}:${port}/site` }));
		await until(() => /download status=0/.test(jobs.said()), 15000);
		await stopJobs(jobs);
		assert.equal(asked.length, tried, host);
	}
	for (const url of ['file:///etc', 'ftp://example.org', 'example.org', 'http://']) {
		const refused = launch(`${process.env.BUILD}/tenantry-jobs`, [],
			{ ...settings({ TENANTRY_FAVICON_URL: url }) }, () => {});
		assert.equal(await refused.gone, 1, url);
		assert.match(refused.said(), /TENANTRY_FAVICON_URL/);
	}
	sql(`UPDATE ops.job SET due_at = now(), held_until = '-infinity', attempts = 0 WHERE subject LIKE '%/${made.id}'`);
	jobs = await startJobs(settings());
	await settled(made.id);
	await shows((await read('companies', made.id)).logo);
});

test('when disabled, nothing is requested, and rows contain the URL of the service', async () => {
	await stopJobs(jobs);
	jobs = await startJobs(settings({ TENANTRY_PICTURES: 'off' }));
	await until(() => sql('SELECT 1 FROM ops.pictures_on').length === 0);
	const before = asked.length;
	const made = await company('https://off.org');
	assert.deepEqual(made.logo, { src: 'https://favicon.show/off.org', title: 'Company favicon' });
	assert.equal(sql('SELECT 1 FROM ops.job').length, 0);
	await sleep(300);
	assert.equal(asked.length, before);
	assert.doesNotMatch(jobsLog(), new RegExp(sha('ada@gravatar.org')));
	assert.ok(STACK);
});
