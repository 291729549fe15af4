// pages.mjs [-r ROUNDS] [NAME...] - see pages. BASE is the address of the stack, and PGDATABASE is its database.
import { execFileSync } from 'node:child_process';
import { chromium } from 'playwright-core';

const { BASE } = process.env;
const CONTACTS = 10_000, DEALS = 500;
const PASSWORD = 'correct horse battery';
const args = process.argv.slice(2);
const rounds = args[0] === '-r' ? Number(args.splice(0, 2)[1]) : 5;
const wanted = (name) => args.length === 0 || args.some((one) => name.includes(one));
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const median = (some) => [...some].sort((a, b) => a - b)[some.length >> 1];
const round = (n) => n < 1 ? n.toFixed(3) : Math.round(n);

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox', '--disable-gpu', '--disable-quic'] });
const viewport = { width: 1440, height: 900 };

// Creates an organization, and inserts its rows like a restore. Returns the state of a signed-in browser.
async function prepare() {
	const context = await browser.newContext();
	const call = async (path, body, method = body ? 'POST' : 'GET') => {
		const rs = await context.request.fetch(BASE + path, { method, data: body, headers: { Origin: BASE } });
		if (!rs.ok()) throw new Error(`${rs.status()} ${method} ${path}: ${await rs.text()}`);
		return rs.json();
	};
	await call('/api/auth/sign-up/email', { email: `pages.${process.pid}@example.test`, password: PASSWORD, name: 'Ada Lovelace' });
	await call('/api/auth/organization/create', { name: 'Analytical Engines', slug: `pages-${process.pid}` });
	const me = await call('/api/me'), { organization_id, id } = me;
	execFileSync('psql', ['-Xq', '-v', 'ON_ERROR_STOP=1', '-v', `org=${organization_id}`, '-v', `me=${id}`,
		'-v', `contacts=${CONTACTS}`, '-f', '-'], { input: `
		SET session_replication_role = replica;
		INSERT INTO crm.companies (org_id, id, name, sector)
			SELECT :'org', i, 'Company ' || i, 'it' FROM generate_series(1, 1000) i;
		INSERT INTO crm.tags (org_id, id, name, color) SELECT :'org', i, 'tag' || i, '#88aa88' FROM generate_series(1, 20) i;
		INSERT INTO crm.contacts (org_id, id, first_name, last_name, title, company_id, sales_id, status, last_seen, tags, email_jsonb, phone_jsonb)
			SELECT :'org', i, 'Person', 'Number' || i, 'Buyer', 1 + i % 1000, :me,
				(ARRAY['cold', 'warm', 'hot', 'in-contract'])[1 + i % 4], now() - i * interval '1 minute',
				ARRAY[1 + i % 10, 11 + i % 10],
				jsonb_build_array(jsonb_build_object('email', 'person' || i || '@pages.test', 'type', 'Work')),
				jsonb_build_array(jsonb_build_object('number', '+1-555-' || i, 'type', 'Work'))
			FROM generate_series(1, :contacts) i;
		SET session_replication_role = origin;
		SELECT ops.count_total(t) IS NULL AS x FROM unnest('{crm.companies,crm.contacts}'::regclass[]) t \\g /dev/null
		SELECT crm.write_documents(t) IS NULL AS x FROM unnest('{crm.companies,crm.contacts}'::regclass[]) t \\g /dev/null
		VACUUM ANALYZE;` });
	const stages = ['opportunity', 'proposal-sent', 'in-negociation', 'delayed', 'won', 'lost'];
	for (let n = 0; n < DEALS; n += 50)
		await call('/api/batch', { operations: Array.from({ length: 50 }, (_, i) => ({ method: 'POST', resource: 'deals', data: {
			name: `Deal ${n + i}`, stage: stages[(n + i) % stages.length], amount: 1000 + n + i, company_id: 1 + (n + i) % 1000,
			expected_closing_date: '2030-01-15' } })) });
	const { cookies } = await context.storageState();
	await context.close();
	// The list shows a plain text column, too.
	const columns = ['title', 'company_id', 'email_jsonb', 'phone_jsonb', 'status', 'last_seen', 'tags'].map((name) => ({ name }));
	return { cookies, origins: [{ origin: BASE, localStorage: [
		{ name: `RaStore${me.user_id}.${organization_id}.contacts.columns`, value: JSON.stringify(columns) }] }] };
}

// Returns the processor time of all tasks and of the longest task of Chromium's main thread, in milliseconds.
async function traced(page, deed) {
	await browser.startTracing(page, { categories: ['toplevel', '__metadata'] });
	await deed();
	const { traceEvents } = JSON.parse(await browser.stopTracing());
	const threads = new Set(traceEvents.filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain').map(({ pid, tid }) => `${pid} ${tid}`));
	const tasks = traceEvents.filter(({ name, pid, tid, tdur }) => /RunTask/.test(name) && tdur && threads.has(`${pid} ${tid}`)).map(({ tdur }) => tdur / 1000);
	return { cpu: tasks.reduce((sum, one) => sum + one, 0), longest: Math.max(...tasks) };
}

// This is longer than the delay after which pages load further data. Because of the feed, the network is never idle.
const quiet = () => pause(2500);
const key = (page, name) => page.keyboard.press(name);
const type = async (page, text) => { for (const letter of text) { await key(page, letter); await pause(60); } };
const seen = (page, text) => page.getByText(text, { exact: true }).first().waitFor();
// The browser stores the parameters of a list, so they are given explicitly. The text of the previous visit is removed,
// because the drawer would restore it.
const list = async (page) => {
	await page.evaluate(() => { if (globalThis.origin !== 'null') sessionStorage.clear(); });
	await page.goto(`${BASE}/contacts?filter={}&page=1&perPage=50`);
	await seen(page, 'Person Number50');
};

// For each interaction: its preparation, which is not measured, the measured action, and the expected result. Finding
// an element takes longer than some interactions.
const interactions = {
	'cell edit with six letters': [list, async (page) => {
		await page.locator('tbody tr:nth-child(5) [data-edit]').first().click();
		await pause(600);
		await key(page, 'Control+a');
		await type(page, 'abcdef');
		await key(page, 'Enter');
		await pause(1200);
	}, (page) => seen(page, 'abcdef')],
	'palette with five letters': [list, async (page) => {
		await key(page, 'Control+k');
		await pause(600);
		await type(page, 'perso');
		await pause(1200);
	}, (page) => page.locator('[role=option]').filter({ hasText: 'Person' }).first().waitFor()],
	'drawer with six letters': [list, async (page) => {
		await key(page, 'c');
		await pause(1000);
		await type(page, 'abcdef');
		await pause(600);
	}, (page) => page.waitForFunction(() => document.querySelector('input[name=first_name]')?.value.endsWith('abcdef'))],
	'search in a list': [list, async (page) => {
		await page.locator('input[name=q]').focus();
		await type(page, 'number7777');
		await pause(1500);
	}, async (page) => { await seen(page, 'Person Number7777'); await page.getByText('Person Number50').waitFor({ state: 'detached' }); }],
	'next page': [list, async (page) => {
		await page.locator('.MuiTablePagination-root [aria-label="Go to page 2"], [aria-label="Go to page 2"]').first().click();
		await pause(1500);
	}, (page) => seen(page, 'Person Number77')],
	'open record': [list, async (page) => {
		await page.locator('tbody tr:nth-child(7) a').first().click();
		await pause(1500);
	}, (page) => page.locator('main h2').first().waitFor()],
};

async function visit(state, deed) {
	const context = await browser.newContext({ viewport, locale: 'en-GB', storageState: state, reducedMotion: 'reduce' });
	context.setDefaultTimeout(60_000);
	try {
		return await deed(await context.newPage());
	} finally {
		await context.close();
	}
}

async function measureInteraction(state, [before, deed, after]) {
	return visit(state, async (page) => {
		// The first visit compiles the code and loads lazy chunks.
		for (let warm = 0; ; warm++) {
			await before(page);
			await quiet();
			if (warm === 1) break;
			await deed(page);
			await after(page);
		}
		const result = await traced(page, () => deed(page));
		await after(page);
		return result;
	});
}

// Drags a card across the board and back.
async function measureDrag(state) {
	return visit(state, async (page) => {
		await page.goto(`${BASE}/deals`);
		const card = page.locator('[data-card]').first();
		await card.waitFor();
		await quiet();
		const { x, y, width } = await card.boundingBox();
		await page.mouse.move(x + width / 2, y + 12);
		await page.mouse.down();
		await page.evaluate(() => {
			const frames = globalThis.frames_ = { count: 0, since: performance.now() };
			const tick = () => { frames.count++; requestAnimationFrame(tick); };
			requestAnimationFrame(tick);
		});
		let fps;
		const result = await traced(page, async () => {
			for (let n = 0; n < 120; n++) {
				await page.mouse.move(x + width / 2 + 350 * (1 - Math.cos(n / 19)), y + 12 + 150 * (1 - Math.cos(n / 11)));
				await pause(16);
			}
			fps = await page.evaluate(() => globalThis.frames_.count / (performance.now() - globalThis.frames_.since) * 1000);
		});
		await key(page, 'Escape');
		await page.mouse.up();
		return { ...result, fps };
	});
}

const starts = {
	'sign-in': ['/', 'input[name=email]', true],
	dashboard: ['/', 'main a[href^="/contacts/"][href$="/show"]'],
	contacts: ['/contacts', 'tbody tr'],
	deals: ['/deals', '[data-card]'],
	'a contact': ['/contacts/5/show', 'main h2'],
	companies: ['/companies', 'main a[href^="/companies/"]'],
	tasks: ['/tasks', '#part-today'],
};

// Measures the time from the request to the first frame with the content of the page, and then until the main thread
// has been idle for half a second.
async function measureStart(state, [path, content, visitor]) {
	return visit(visitor ? undefined : state, async (page) => {
		const cdp = await page.context().newCDPSession(page);
		await cdp.send('Emulation.setCPUThrottlingRate', { rate: 4 });
		let requests = 0, bytes = 0;
		await cdp.send('Network.enable');
		cdp.on('Network.requestWillBeSent', ({ request: { url } }) => { if (/^http/.test(url) && !url.includes('/stream')) requests++; });
		cdp.on('Network.dataReceived', ({ encodedDataLength }) => { bytes += encodedDataLength; });
		await page.addInitScript((selector) => {
			globalThis.shifts = 0;
			globalThis.moved = [];
			globalThis.busyUntil = 0;
			new PerformanceObserver((all) => all.getEntries().forEach((one) => {
				if (one.hadRecentInput) return;
				globalThis.shifts += one.value;
				globalThis.moved.push([one.value, ...one.sources.map(({ node }) => node?.outerHTML?.slice(0, 120) ?? node?.nodeName)]);
			})).observe({ type: 'layout-shift', buffered: true });
			new PerformanceObserver((all) => all.getEntries().forEach((one) => { globalThis.busyUntil = one.startTime + one.duration; })).observe({ type: 'longtask', buffered: true });
			const look = () => {
				if (globalThis.shown || !document.querySelector(selector)) return globalThis.shown || requestAnimationFrame(look);
				requestAnimationFrame(() => { globalThis.shown = performance.now(); });
			};
			look();
		}, content);
		await page.goto(BASE + path, { waitUntil: 'commit' });
		await page.waitForFunction(() => globalThis.shown);
		const early = requests;
		await pause(5000);
		const found = await page.evaluate(() => ({ shown: globalThis.shown, usable: Math.max(globalThis.shown, globalThis.busyUntil), cls: globalThis.shifts, moved: globalThis.moved }));
		if (process.env.VERBOSE) console.error(path, JSON.stringify(found.moved, null, 1));
		return { ...found, requests: early, bytes: bytes / 1000 };
	});
}

async function repeat(name, columns, deed) {
	const all = [];
	for (let n = 0; n < rounds; n++) all.push(await deed());
	console.log(`| ${name} | ${columns.map((column) => round(median(all.map((one) => one[column])))).join(' | ')} |`);
}

const state = process.env.STATE ? JSON.parse(process.env.STATE) : await prepare();
if (process.env.STATE === undefined && process.env.VERBOSE) console.error(`STATE='${JSON.stringify(state)}'`);
const some = (all) => Object.entries(all).filter(([name]) => wanted(name));
const heading = (...titles) => console.log(`\n| ${titles.join(' | ')} |\n|${'---|'.repeat(titles.length)}`);
if (some(interactions).length > 0) heading('interaction', 'CPU of the main thread, ms', 'longest task, ms');
for (const [name, one] of some(interactions)) await repeat(name, ['cpu', 'longest'], () => measureInteraction(state, one));
if (wanted('drag')) {
	heading('drag', 'frames/s', 'CPU of the main thread, ms', 'longest task, ms');
	await repeat(`a card among ${DEALS}`, ['fps', 'cpu', 'longest'], () => measureDrag(state));
}
if (some(starts).length > 0) heading('cold start, CPU slowed down four times', 'content shown, ms', 'last long task ended, ms', 'layout shifts', 'requests until then', 'kB');
for (const [name, one] of some(starts)) await repeat(name, ['shown', 'usable', 'cls', 'requests', 'bytes'], () => measureStart(state, one));
await browser.close();
