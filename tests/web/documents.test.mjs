// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// The documents at /docs: menu, search and links, with and without a session.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BASE, LOOKS, member, visitor } from './lib/browser.mjs';

test('a member opens the documents from the menu', async () => {
	const who = await member({ organization: 'Readers Ltd' });
	await who.go('/');
	await who.page.getByRole('heading', { name: 'Dashboard', level: 1 }).waitFor();
	await who.page.getByRole('banner').getByRole('button', { name: 'Ada Lovelace', exact: true }).click();
	await who.page.getByRole('menuitem', { name: 'Documentation' }).click();
	await who.page.getByRole('heading', { name: 'Documentation', level: 1 }).waitFor();
	assert.equal(who.page.url(), `${BASE}/docs/`);
	await who.close();
});

test('a visitor searches, and a result leads to its section', async () => {
	const who = await visitor();
	assert.equal((await who.go('/docs')).status(), 200);
	await who.page.getByRole('heading', { name: 'Documentation', level: 1 }).waitFor();
	await who.page.keyboard.press('/');
	await who.page.keyboard.type('restore backup');
	await who.page.getByRole('option').first().waitFor();
	await who.page.keyboard.press('ArrowDown');
	await who.page.keyboard.press('ArrowDown');
	const chosen = who.page.getByRole('option', { selected: true });
	assert.equal(await chosen.count(), 1);
	const to = await chosen.getByRole('link', { includeHidden: true }).getAttribute('href');
	await who.page.keyboard.press('Enter');
	await who.page.waitForURL((url) => url.href.endsWith(`/docs/${to}`));
	assert.match(await who.page.innerText('main'), /restore/i);
	await who.page.getByRole('combobox').fill('<b>qzxv');
	await who.sees('Nothing contains “<b>qzxv”.');
	assert.equal(await who.page.getByRole('option').count(), 0);
	await who.close();
});

test('the reference shows all operations, with requests to this server only', async () => {
	const who = await visitor();
	const asked = [];
	who.page.on('request', (request) => asked.push(request.url()));
	await who.go('/docs/api');
	await who.page.getByRole('main').getByRole('link', { name: 'Reference of operations' }).click();
	const document = await (await who.context.request.get(`${BASE}/api/openapi.json`)).json();
	const groups = who.page.getByLabel('Group');
	await who.page.locator('#operations .opblock').first().waitFor();
	assert.deepEqual((await groups.locator('option').allInnerTexts()).sort(), document.tags.map(({ name }) => name).sort());
	await groups.selectOption('tags');
	await who.page.waitForURL(/[?]tag=tags$/);
	const operations = who.page.locator('#operations .opblock');
	await operations.first().waitFor();
	assert.equal(await operations.count(), [...Object.values(document.paths), ...Object.values(document.webhooks)].flatMap(Object.values)
		.filter(({ tags }) => tags[0] === 'tags').length);
	await operations.filter({ hasText: 'List, filter, sort and count' }).getByRole('button').first().click();
	await who.sees('JSON object of conditions: column, column@operator');
	assert.equal(await who.page.getByRole('button', { name: 'Try it out' }).count(), 0);
	assert.deepEqual(asked.filter((url) => !url.startsWith(BASE) && !url.startsWith('data:')), []);
	const documents = asked.filter((url) => url.includes('/api/openapi.json'));
	assert.ok(documents.length > 0 && documents.every((url) => /[?](tag|only)=/.test(url)), `the complete document is not loaded: ${documents}`);
	await who.close();
});

test('pages match their screenshots, and the menu opens on a phone', async () => {
	for (const look of LOOKS) {
		const who = await visitor(look);
		for (const page of ['', 'api/lists.html', 'backups.html']) {
			await who.go(`/docs/${page}`);
			await who.looks(`docs-${look.name}-${page.replace(/\W/g, '-')}`, { fullPage: false });
		}
		if (look.name === 'phone') {
			assert.equal(await who.page.getByRole('link', { name: 'Backups', exact: true }).isVisible(), false);
			await who.press('Menu');
		}
		await who.page.getByRole('navigation', { name: 'Documents' }).getByRole('link', { name: /Lists/ }).or(
			who.page.getByRole('navigation', { name: 'Documents' }).getByRole('link', { name: 'Backups' })).first().click();
		await who.page.waitForURL(/\/docs\/.+\.html$/);
		await who.close();
	}
});

test('a page has pictures in the reader\'s colour scheme', async () => {
	for (const colorScheme of ['light', 'dark']) {
		const who = await visitor({ colorScheme });
		for (const page of ['README.html', 'web.html', 'api/members.html']) {
			await who.go(`/docs/${page}`);
			await who.page.evaluate(() => document.querySelectorAll('main img').forEach((one) => one.scrollIntoView()));
			await who.settled();
			const all = await who.page.locator('main img').evaluateAll((images) => images.map((one) => [one.naturalWidth > 0, one.currentSrc]));
			assert.notEqual(all.length, 0, page);
			assert.deepEqual(all.filter(([loaded, from]) => !loaded || !from.endsWith(`-${colorScheme}.webp`)), [], page);
		}
		await who.close();
	}
});

test('an unknown address gets 404 with a page that links to the start, and addresses need no .html', async () => {
	const who = await visitor();
	who.expect(/^404 GET \/docs\/nothing.html/);
	assert.equal((await who.go('/docs/nothing.html')).status(), 404);
	await who.sees('Page not found');
	for (const path of ['api', 'feed', 'api/', 'decisions/'])
		assert.equal((await who.context.request.get(`${BASE}/docs/${path}`)).status(), 200, path);
	const slash = await who.context.request.get(`${BASE}/docs/api/`, { maxRedirects: 0 });
	assert.deepEqual([slash.status(), slash.headers().location], [302, '/docs/api'], 'relative links on the page work');
	const headers = (await who.context.request.get(`${BASE}/docs/api/lists.html`)).headers();
	assert.match(headers['content-security-policy'], /script-src 'self'; connect-src 'self'; style-src 'self'/);
	await who.close();
});
