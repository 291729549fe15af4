// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// Scripts in uploaded files: a real browser executes none of them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BASE, member } from './lib/browser.mjs';

const SVG = '<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="9" '
	+ 'height="9" onload="top.ran = 1; window.ran = 1"><script>top.ran = 1; window.ran = 1;'
	+ 'fetch("/api/me?ran")</script><rect width="9" height="9"/></svg>';
const HTML = '<!doctype html><script>top.ran = 1; window.ran = 1; fetch("/api/me?ran")</script>'
	+ '<img src=x onerror="window.ran = 1">';
// A picture that is also a script: GIF89a is a variable to which a value is
// assigned.
const DOT = 'R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7';
const POLYGLOT = Buffer.concat([Buffer.from('GIF89a/*'), Buffer.alloc(24),
	Buffer.from('*/=1;window.ran=1;top.ran=1//'), Buffer.from(DOT, 'base64')]);

const upload = (page, content, type, title) => page.evaluate(async ([base64, t, name]) => {
	const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
	const form = new FormData();
	form.append('file', new Blob([bytes], { type: t }), name);
	const rs = await fetch('/api/upload', { method: 'POST', body: form });
	return { status: rs.status, ...await rs.json() };
}, [Buffer.from(content).toString('base64'), type, title]);

let owner;

async function somebody() {
	if (owner)
		return owner;
	owner = await member();
	const made = await owner.page.evaluate(async () => (await fetch(
		'/api/auth/organization/create', { method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify({ name: 'Files', slug: 'files-of-a-browser' }) })).status);
	assert.equal(made, 200);
	owner.asked = [];
	owner.context.on('request', (rq) => owner.asked.push(rq.url()));
	return owner;
}

// Opens the file as a page, and embeds it in every possible way.
async function tried(src) {
	const who = await somebody();
	const opened = await who.context.newPage();
	const download = opened.waitForEvent('download', { timeout: 3000 }).catch(() => null);
	await opened.goto(src).catch(() => null);
	const ran = await opened.evaluate(() => window.ran ?? null).catch(() => null);
	const kept = await download;
	await opened.close();
	const inside = await who.page.evaluate(async (url) => {
		delete window.ran;
		const load = (element, name) => new Promise((done) => {
			element[name] = url;
			element.onload = () => done('loaded');
			element.onerror = () => done('refused');
			document.body.append(element);
			setTimeout(() => done('nothing'), 1500);
		});
		const make = (tag) => document.createElement(tag);
		const worker = await new Promise((done) => {
			try {
				const w = new Worker(url);
				w.onerror = () => done('refused');
				setTimeout(() => done('nothing'), 500);
			} catch {
				done('refused');
			}
		});
		return { worker, script: await load(make('script'), 'src'),
			frame: await load(make('iframe'), 'src'),
			object: await load(make('object'), 'data'),
			image: await load(make('img'), 'src'), ran: window.ran ?? null };
	}, src);
	return { ...inside, ran: ran ?? inside.ran, download: kept?.suggestedFilename() ?? null,
		asked: who.asked.filter((url) => url.includes('?ran')).length };
}

test('a script in an SVG picture does not run', async () => {
	const { page } = await somebody();
	const file = await upload(page, SVG, 'image/svg+xml', 'drawing.svg');
	assert.equal(file.status, 201);
	const got = await tried(file.src);
	assert.deepEqual([got.ran, got.asked, got.script], [null, 0, 'refused']);
	assert.equal(got.download, 'drawing.svg');
	assert.equal(got.image, 'loaded'); /* as a picture, the file is shown */
});

test('a script in a page does not run', async () => {
	const { page } = await somebody();
	for (const type of ['text/html', 'image/png', 'application/xhtml+xml']) {
		const file = await upload(page, HTML, type, 'page.html');
		const got = await tried(file.src);
		assert.deepEqual([got.ran, got.asked, got.script, got.image],
			[null, 0, 'refused', 'refused'], type);
		assert.equal(got.download, 'page.html');
	}
});

test('a picture that is also a script does not run', async () => {
	const { page } = await somebody();
	const file = await upload(page, POLYGLOT, 'image/gif', 'dot.gif');
	assert.equal(file.type, 'image/gif');
	const got = await tried(file.src);
	assert.deepEqual([got.ran, got.asked, got.script, got.download],
		[null, 0, 'refused', null]);
	/* even if it is uploaded as a script, the file is a picture */
	const told = await upload(page, POLYGLOT, 'text/javascript', 'dot.js');
	assert.equal(told.type, 'image/gif');
	assert.equal((await tried(told.src)).ran, null);
	await owner.close();
});
