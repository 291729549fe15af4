// Users of the front end, in Chromium.
//
// Every page is watched: a test fails on a console error, a failed request or a request to another host.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { afterEach } from 'node:test';
import { startChromium } from '../../lib/chromium.mjs';
import { leave, note } from '../../lib/exchanges.mjs';

export const BASE = process.env.BASE;
export const PASSWORD = 'correct horse battery';
export const WIDTHS = { desktop: 1280, phone: 360 };

/** Two visits that cover both widths, color schemes and languages. */
export const LOOKS = [
	{ name: 'desktop', width: WIDTHS.desktop, colorScheme: 'light', locale: 'en-GB',
		timezoneId: 'Europe/London' },
	{ name: 'phone', width: WIDTHS.phone, colorScheme: 'dark', locale: 'fr-FR',
		timezoneId: 'Europe/Paris' },
];

// "script/test --all" and runs for screenshots use both looks. Otherwise, each file uses one look, which depends on
// its name.
const chosen = basename(process.argv[1]).length % 2;
const visits = (looks) => process.env.TESTS_ALL || process.env.SCREENS ? looks : [looks[chosen]];

/** The combinations of width, language and color scheme in which a test file visits its pages. */
export const VISITS = visits(LOOKS);

/** The remaining combinations of width and language. */
export const OTHER_VISITS = visits([
	{ ...LOOKS[1], name: 'desktop-fr', width: WIDTHS.desktop },
	{ ...LOOKS[0], name: 'phone-en', width: WIDTHS.phone },
]);

const require = createRequire(import.meta.url);
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

// require() is used because an import, which searches the whole package for names, takes a quarter longer.
const newContext = startChromium(require('playwright-core').chromium);

/** Returns the addresses that a request reads. For a batch, these are the addresses of its parts. */
export function readsOf(address) {
	const url = new URL(address);
	return url.pathname === '/api/batch' ? url.searchParams.getAll('get').map((path) => new URL(path, url)) : [url];
}

/** Returns whether a request or response, or a part of a batch, is for this path. */
export const isRead = (path) => (one) => readsOf(one.url()).some(({ pathname }) => pathname === path);

/**
 * Requests of portal users that the server refuses: the page sends them before it knows that the user is a portal user.
 */
export const READ_AHEAD = /^422 GET \/api\/(assistant\/status|configuration\/1|views)$/;

const mocks = new WeakMap();

// Responds to the mocked parts of a batch in place of the server.
async function mockParts(route, all) {
	const response = await route.fetch();
	const { results } = await response.json();
	readsOf(route.request().url()).forEach((url, i) => {
		const { answer: { status = 200, json } } = all.findLast(({ matches }) => matches(url)) ?? { answer: {} };
		if (json)
			results[i] = { status, data: json };
	});
	await route.fulfill({ response, json: { results } });
}

/**
 * Responds to reads of matching addresses, even in batches, with `answer`: { status, json }. Returns a function that
 * removes the mock.
 */
export async function mockReads(page, matches, answer) {
	const all = mocks.get(page) ?? [], mock = { matches, answer };
	if (!mocks.has(page)) {
		mocks.set(page, all);
		await page.route('**/api/batch?*', (route) => readsOf(route.request().url()).some((url) => all.some(({ matches }) => matches(url)))
			? mockParts(route, all) : route.continue());
	}
	all.push(mock);
	const alone = (route) => route.request().method() === 'GET' ? route.fulfill(answer) : route.fallback();
	await page.route(matches, alone);
	return async () => {
		all.splice(all.indexOf(mock), 1);
		await page.unroute(matches, alone);
	};
}

// Collects the faults of a page, except errors that match an expected pattern of "STATUS METHOD /path".
function watch(page) {
	const faults = [], expected = [], checks = [];
	const fault = (text) => expected.some((one) => one.test(text)) || faults.push(text);
	page.on('pageerror', (error) => fault(`error: ${error.stack ?? error}`));
	page.on('console', (message) => {
		// The browser logs a failed request without its path, so it is reported elsewhere, with its path.
		if (message.type() === 'error' &&
			!message.text().startsWith('Failed to load resource'))
			fault(`console: ${message.text()}`);
	});
	page.on('response', (rs) => {
		const { pathname, search } = new URL(rs.url()), rq = rs.request(), method = rq.method();
		if (rs.status() >= 400)
			fault(`${rs.status()} ${method} ${pathname}`);
		if (pathname.startsWith('/api/'))
			note(`${method} ${pathname}${search} ${rq.postData() ?? ''}`, rs.status(), rs.headers()['x-request-id']);
	});
	// Reports failed parts of a batch. The body of the response is unavailable after the page was left.
	const parts = async (rs) => (await rs.json().catch(() => ({ results: [] }))).results.forEach(({ status }, i) =>
		status >= 400 && fault(`${status} GET ${readsOf(rs.url())[i].pathname}`));
	page.on('response', (rs) => rs.ok() && new URL(rs.url()).pathname === '/api/batch' && rs.request().method() === 'GET'
		&& checks.push(parts(rs)));
	page.on('requestfailed', (rq) => {
		// Leaving a page or reloading a list aborts its requests.
		if (rq.failure()?.errorText !== 'net::ERR_ABORTED')
			fault(`${rq.failure()?.errorText} ${rq.url()}`);
	});
	page.on('request', (rq) => {
		if (!/^(data|blob):/.test(rq.url()) && !rq.url().startsWith(BASE))
			fault(`a request to ${rq.url()}`);
	});
	const busy = new Set();
	page.on('request', (rq) => {
		if (rq.isNavigationRequest())
			busy.clear(); // requests of the previous page are aborted, not always with an event
		if (!rq.url().endsWith('/stream'))
			busy.add(rq);
	});
	for (const end of ['requestfinished', 'requestfailed'])
		page.on(end, (rq) => busy.delete(rq));
	// Requests of a page that was left never report their end.
	page.on('framenavigated', () => busy.clear());
	return { faults, busy, checked: () => Promise.all(checks), expect: (pattern) => expected.push(pattern) };
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/**
 * Fails after the given number of seconds, so that an operation that never ends does not block all tests. The browser
 * has no time limit for a script, for the text of a response, or for closing.
 */
export function within(seconds, what, promise) {
	let timer;
	const late = new Promise((_, fail) => {
		timer = setTimeout(() => fail(new Error(`${what} takes more than ${seconds} s`)), seconds * 1000);
	});
	return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

// Waits until the page has shown all responses and no request is pending, except for the feed, which never ends.
async function settled(page, busy) {
	for (let quiet = 0, tries = 0; quiet < 6; tries++) {
		assert.ok(tries < 300, `still pending: ${[...busy].map((rq) => rq.url())}`);
		quiet = busy.size ? 0 : quiet + 1;
		await pause(50);
	}
	// On a page that does nothing, Chromium may never call back without a time limit. The page may be left in the
	// meantime.
	await within(30, 'a page that is never idle', page.evaluate(() => new Promise((done) => requestIdleCallback(done, { timeout: 1000 })))
		.catch(() => {}));
}

// The visitors of the current test. If the test fails, the report shows what they saw.
const visitors = new Set();

afterEach(async ({ name }) => {
	for (const { page, faults } of visitors) {
		const text = await Promise.race([page.innerText('body').catch(() => 'nothing'), pause(2000)]);
		leave(name, `${page.url()} says ${text} ${faults.join('; ')}`);
	}
	visitors.clear();
});

// Opens a separate browser context for a user.
export async function visitor({ width = WIDTHS.desktop, ...options } = {}) {
	const context = await newContext({ locale: 'en-GB', reducedMotion: 'reduce',
		viewport: { width, height: 800 }, ...options });
	context.setDefaultTimeout(30000);
	const page = await context.newPage();
	// React reports an error from which it recovers together with the cause.
	await page.addInitScript(() => addEventListener('error', ({ error }) => error?.cause && console.error(`${location} ${error.cause.stack}`)));
	// The page describes invalid values itself: the browser's bubbles use another language.
	await page.addInitScript(() => addEventListener('invalid', (event) => setTimeout(() => event.defaultPrevented
		|| console.error(`a bubble of the browser: ${event.target.outerHTML}`)), true));
	const { faults, busy, checked, expect } = watch(page), seen = { page, faults };
	visitors.add(seen);
	return {
		context,
		page,
		expect,
		go: (path) => page.goto(BASE + path),
		// Navigates like a link within the page, without a reload.
		lead: (path) => page.evaluate((to) => {
			history.pushState(null, '', to);
			dispatchEvent(new PopStateEvent('popstate'));
		}, path),
		async fill(fields) {
			for (const [label, text] of Object.entries(fields))
				await page.getByLabel(label, { exact: true }).fill(text);
		},
		press: (name) => page.getByRole('button', { name, exact: true }).click(),
		// Presses one of a record's less common actions.
		further: (name) => further(page, name).then((one) => one.click()),
		settled: () => settled(page, busy),
		sees: (text) => page.getByText(text).first().waitFor().catch(async ({ message }) => {
			assert.fail(`${message}\n${page.url()} says ${await page.innerText('body')}\n${faults.join('\n')}`);
		}),
		// Checks the page with axe, and checks its words and its width. Stores a screenshot if SCREENS is set.
		async looks(name, { fullPage = true } = {}) {
			await settled(page, busy);
			await page.locator('h1').first().waitFor({ state: 'attached' });	// the heading may appear later
			await picture(page, name, { fullPage });
			await clean(page, name);
		},
		// Ends the session in this browser. The page is left first, because otherwise it could send a request without a
		// session.
		async clearCookies() {
			await page.goto('about:blank');
			await context.clearCookies();
		},
		async close() {
			visitors.delete(seen);
			await within(30, 'the text of a response', checked());
			await within(30, 'closing the browser', context.close());
			assert.deepEqual(faults, []);
		},
	};
}

/**
 * Stores a screenshot in the SCREENS folder, if the variable is set. No test compares screenshots, and each screenshot
 * takes a tenth of a second.
 */
export async function picture(page, name, options) {
	if (process.env.SCREENS)
		await page.screenshot({ path: join(process.env.SCREENS, `${name}.png`), ...options });
}

/** Returns the keys of messages in a text, such as ra.action.save: messages without a translation. */
export const keysIn = (text) => text.match(/(?<![\w@.])(?:[a-z_]+\.)+[a-z_]{3,}(?![\w@])/g)
	?.filter((word) => !/\.(?:test|example|csv|txt)$/.test(word)) ?? [];

async function clean(page, name) {
	// New elements are transparent for a moment. Only progress bars are animated forever.
	await page.evaluate(() => Promise.all([document.fonts.ready, ...document.getAnimations()
		.filter(({ effect, playState }) => playState === 'running' && Number.isFinite(effect?.getComputedTiming().endTime))
		.map(({ finished }) => finished.catch(() => {}))]).then(() => {}));
	if (!await page.evaluate(() => 'axe' in globalThis))
		await page.evaluate(axe);
	const { violations, text, wide, blank, cut, main } = await page.evaluate(async () => ({
		// A tooltip describes the element under the pointer, and is outside all landmarks.
		violations: (await globalThis.axe.run({ exclude: ['[role=tooltip]'] }, {
			runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
			resultTypes: ['violations'] })).violations,
		text: [...document.querySelectorAll('code')].reduce((text, { innerText }) => text.replace(innerText, ''), document.body.innerText),
		main: document.querySelector('main')?.innerText ?? '',
		wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
		// A button needs a text or an icon to be visible, except an empty hour of a calendar.
		blank: [...document.querySelectorAll('.MuiButton-root, .MuiIconButton-root')].filter((one) => one.checkVisibility() && one.getBoundingClientRect().width > 1 && one.getBoundingClientRect().bottom > 0
			&& !one.innerText.trim() && !one.querySelector('svg, img, canvas, [aria-hidden]')).map((one) => one.outerHTML.slice(0, 200)),
		// Page names in the menu must not be cut off.
		cut: [...document.querySelectorAll('nav [role=menuitem] .MuiTypography-root')].filter((one) => one.clientWidth > 40
			&& one.scrollWidth > one.clientWidth && !/\/show$/.test(one.closest('a')?.href)).map((one) => one.innerText),
	}));
	assert.deepEqual(violations.map(({ id, nodes }) =>
		`${name}: ${id}: ${nodes.slice(0, 3).map(({ html, any }) =>
			`${html.slice(0, 200)} ${any[0]?.message ?? ''}`).join(' | ')}`), []);
	assert.deepEqual(keysIn(text), [], `${name}: keys of messages`);
	// Pages show the name of a record, not its number. Only pages for operators, auditors and developers show stored
	// values.
	const numbers = /\/(data|docs|administration|audit|contact_erasures)\b/.test(page.url()) ? [] : main.match(/(?<![\w-])#?(\d{12,}|\d{1,3}([,\u00a0\u202f]\d{3}){4,})(?!\w)/g) ?? [];
	assert.deepEqual(numbers, [], `${name}: numbers of records`);
	assert.equal(wide, 0, `${name} is ${wide} pixels wider than the window`);
	assert.deepEqual([blank, cut], [[], []], `${name}: buttons without content, and names that are cut in the menu`);
}

/** Opens the menu of a record's less common actions, and returns one of its buttons. */
export async function further(page, name) {
	await page.getByRole('button', { name: /^(More actions|Autres actions)$/ }).click();
	const all = page.getByRole('dialog', { name: /^(More actions|Autres actions)$/ });
	return all.getByRole('button', { name, exact: true }).or(all.getByRole('link', { name, exact: true }));
}

let people = 0;

export async function api(context, path, body, method = body ? 'POST' : 'GET') {
	const rs = await context.request.fetch(BASE + path, { method, data: body,
		headers: { Origin: BASE } });
	assert.ok(rs.ok(), `${rs.status()} ${method} ${path}: ${await rs.text()}`);
	return rs.json();
}

// Signs up a visitor with a new organization.
export async function member({ first_name = 'Ada', last_name = 'Lovelace',
	organization = 'Analytical Engines', ...options } = {}) {
	const who = await visitor(options);
	const email = `web.${process.pid}.${++people}@example.test`;
	const call = (path, body, method) => api(who.context, path, body, method);
	await call('/api/auth/sign-up/email', { email, password: PASSWORD, name: `${first_name} ${last_name}` });
	const orgs = await call('/api/organizations');
	if (!orgs.some(({ name }) => name === organization))
		await call('/api/auth/organization/create', { name: organization,
			slug: `org-${process.pid}-${people}` });
	return { ...who, email, call };
}

// Signs up a user who joins another user's organization with a role.
export async function colleague(boss, role, { first_name = 'Vera', last_name = 'Viewer', ...options } = {}) {
	const who = await visitor(options);
	const { token } = await boss.call('/api/invites', { role });
	const email = `${role}.${process.pid}.${++people}@example.test`;
	await api(who.context, '/api/signup', { email, password: PASSWORD, first_name, last_name, invite_token: token });
	return { ...who, email, call: (path, body, method) => api(who.context, path, body, method) };
}

/** The email address of this file's demo user. */
export const DEMO = `demo.${process.pid}@clientflow.test`;

// Signs in the demo user, whose organization is the one that seed() added.
export async function demonstrator(options) {
	const who = await visitor(options);
	const call = (path, body, method) => api(who.context, path, body, method);
	await call('/api/auth/sign-in/email', { email: DEMO, password: PASSWORD });
	return { ...who, call };
}

let seeded = false;

/**
 * Adds the demo data of the CRM or of modules, once. The demos are renamed so that another file on this stack can add
 * its own demo.
 */
export function seed(...demos) {
	if (!seeded)
		execFileSync('flock', [`${process.env.STACK}/demo.lock`, 'sh', '-ec', `for demo in ${demos.join(' ')}; do "$BUILD/tenantry" seed $demo; done
			psql -Xqd "$PGDATABASE" -v ON_ERROR_STOP=1 -c "
			UPDATE identity.organization SET slug = slug || '-${process.pid}', demo = false WHERE demo;
			UPDATE identity.\\"user\\" SET email = '${DEMO}' WHERE email = 'demo@clientflow.test'"`], { env: {
			...process.env, TENANTRY_SQL: process.env.SOURCES,
			TENANTRY_DEMO_PASSWORD: PASSWORD } });
	seeded = true;
}

export const seedDemo = () => seed('demo');
