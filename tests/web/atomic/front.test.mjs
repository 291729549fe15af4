// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// Atomic CRM's front end with contrib/atomic-crm/nginx.conf, and the server's addresses in a browser that runs the
// front end's service worker.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { chromium } from 'playwright-core';
import { startChromium } from '../../lib/chromium.mjs';

const BASE = process.env.BASE;
const newContext = startChromium(chromium);
const SCRIPT = '/assets/index-0a1b2c3d.js';

const SCOPES = /const scopes = (\[[^\]]*\])/.exec(readFileSync(
	new URL('src/mailedLinks.ts', import.meta.url), 'utf8'))[1].split(',').length - 1;

// The addresses of links in emails, of files in a new tab and of callbacks from providers, each with a word from the
// response.
const ADDRESSES = [
	['/api/auth/reset-password/0123456789abcdef?callbackURL=%2Fpassword.html', /INVALID_TOKEN|password/i],
	['/api/auth/verify-email?token=0123456789abcdef&callbackURL=/password.html', /TOKEN/i],
	['/api/auth/magic-link/confirm?token=0123456789abcdef', /<html/],
	['/api/auth/magic-link/verify?token=0123456789abcdef', /token/i],
	['/api/auth/delete-user/callback?token=0123456789abcdef', /message/],
	['/api/auth/callback/github?code=a&state=b', /error|message/],
	['/api/contacts/export', /problem|message/],
	['/uploads/0123456789abcdef0123456789abcdef01234567.txt', /not found/i],
	['/invite/0123456789abcdef', /invit/i],
	['/operator.html', /operator/i],
	['/password.html', /password/i],
];

// Opens a browser that has visited the CRM with active service workers.
async function visitor(query) {
	const context = await newContext();
	const page = await context.newPage();
	await page.goto(`${BASE}/${query}`);
	await page.getByText('The CRM').waitFor();
	await page.waitForFunction(async (many) => {
		const all = await navigator.serviceWorker.getRegistrations();
		return all.length >= many && all.every((one) => one.active?.state === 'activated');
	}, query === '' ? SCOPES + 1 : 1);
	// Chromium loads a page without its worker when the worker is slow to start.
	let controlled = false;
	for (let loads = 0; !controlled && loads < 20; loads++) {
		await page.reload();
		await page.getByText('The CRM').waitFor();
		controlled = await page.evaluate(() => navigator.serviceWorker.controller !== null);
	}
	assert.ok(controlled, 'the page has its service worker');
	return { context, page };
}

// Returns the addresses to which the service worker responds with the page.
async function taken({ context }) {
	const found = [];
	for (const [path, word] of ADDRESSES) {
		const page = await context.newPage();
		const rs = await page.goto(BASE + path);
		const text = await rs.text();
		// The server may redirect the browser to the page.
		if (new URL(page.url()).pathname !== '/' && text.includes('id="root"'))
			found.push(path);
		else
			assert.match(page.url() + text, word, path);
		await page.close();
	}
	return found;
}

test('the documented nginx step serves the page, its compressed script and our own pages', async () => {
	const page = await fetch(`${BASE}/`);
	assert.equal(page.status, 200);
	assert.match(page.headers.get('content-security-policy'), /script-src 'self'/);
	assert.equal(page.headers.get('cache-control'), 'no-cache');
	const script = await fetch(BASE + SCRIPT, { headers: { 'accept-encoding': 'gzip' } });
	assert.equal(script.status, 200);
	assert.match(script.headers.get('content-type'), /^text\/javascript/);
	assert.equal(script.headers.get('content-encoding'), 'gzip');
	assert.match(script.headers.get('cache-control'), /immutable/);
	assert.equal(script.headers.get('set-cookie'), null);
	for (const path of ['/operator.html', '/password.html', '/link.js', '/pass.js', '/style.css'])
		assert.equal((await fetch(BASE + path)).status, 200, path);
});

test('without the overlay, Atomic CRM\'s service worker takes every address of the server', async () => {
	const who = await visitor('?without');
	assert.deepEqual(await taken(who), ADDRESSES.map(([path]) => path));
	await who.context.close();
});

test('with the overlay, it takes none except the front end\'s page', async () => {
	const who = await visitor('');
	assert.deepEqual(await taken(who), []);
	assert.ok((await who.page.goto(`${BASE}/`)).fromServiceWorker());
	await who.context.close();
});

test('with service-worker.patch alone, it takes none either', async () => {
	const who = await visitor('?patched');
	assert.deepEqual(await taken(who), []);
	assert.ok((await who.page.goto(`${BASE}/`)).fromServiceWorker());
	await who.context.close();
});
