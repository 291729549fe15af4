// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_WORKERS=1
// long: api/operations/maintenance tests the rules.
// The banner about planned maintenance on all pages, the What's New page and its checklist.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { beforeEach, test } from 'node:test';
import { ask, sql, until } from '../lib/api.mjs';
import { VISITS, member, visitor } from './lib/browser.mjs';

const MINUTE = 60_000;
const tenantry = (...words) => execFileSync(`${process.env.BUILD}/tenantry`, words, { encoding: 'utf8' });
const at = (ms) => new Date(Date.now() + ms).toISOString();
// Waits until the page knows the state. Restarts the worker, because it caches the maintenance window for some seconds.
async function known(wanted) {
	process.kill(Number(process.env.WORKERS), 'SIGHUP');
	await until(async () => Boolean((await ask('GET', '/api/maintenance')).json?.window) === wanted);
}
const schedule = (ms) => {
	tenantry('maintenance', 'schedule', at(ms), '60', 'We move the data.');
	return known(true);
};
// Finds the banner in either language, because one of the looks is in French.
const banner = ({ page }, text = /Planned maintenance|Maintenance prévue/) => page.getByRole('status').filter({ hasText: text });

beforeEach(() => {
	sql('DELETE FROM ops.maintenance; DELETE FROM ops.checklist_item');
	return known(false);
});

for (const { name, ...look } of VISITS)
	test(`visitors and members see the banner, with a countdown in their time zone (${name})`, async () => {
		await schedule(90 * MINUTE);
		const starts = Date.parse(sql('SELECT starts_at FROM ops.maintenance')[0][0]);
		const out = await visitor({ ...look, timezoneId: 'Pacific/Auckland' });
		await out.go('/sign-in');
		await banner(out).waitFor();
		const text = (await banner(out).innerText()).replaceAll('\u202f', ' ');
		const clock = new Intl.DateTimeFormat('en-GB', { hour: 'numeric', minute: '2-digit', timeZone: 'Pacific/Auckland' }).format(starts);
		assert.ok(text.includes(clock) || text.includes(`${clock.slice(0, 2) % 12 || 12}:${clock.slice(3)}`), `${clock}: ${text}`);
		assert.match(text, /[GU][MT][TC]\+1[23]|NZ[DS]T/);
		assert.ok(text.endsWith('We move the data.'), text);
		// The countdown is not part of the announcement.
		const timer = out.page.getByRole('timer');
		assert.match(await timer.innerText(), /^(Starts in|Début dans) 1 h (2\d|30) min$/);
		assert.equal(await timer.getAttribute('aria-live'), 'off');
		assert.doesNotMatch(text, / min/);
		await out.looks(`maintenance-sign-in-${name}`, { fullPage: false });
		await out.close();
		const who = await member(look);
		await who.go('/contacts');
		await banner(who).waitFor();
		await who.looks(`maintenance-${name}`, { fullPage: false });
		await who.close();
	});

test('the banner is shown from a day before the start until the end, and disappears when the window is canceled', async () => {
	await schedule(25 * 60 * MINUTE);
	const who = await visitor();
	const { page } = who;
	await page.clock.install({ time: Date.now() });
	const polled = () => page.waitForResponse((rs) => rs.url().endsWith('/api/maintenance'));
	const asked = polled();
	await who.go('/sign-in');
	await page.clock.fastForward(5000);
	await asked;
	assert.equal(await banner(who).count(), 0);
	await page.clock.fastForward(61 * MINUTE);
	await banner(who).waitFor();
	await page.clock.fastForward(24 * 60 * MINUTE);
	await banner(who, 'Maintenance in progress until').waitFor();
	// The countdown may be a minute old, if the banner changed at the start.
	assert.match(await page.getByRole('timer').innerText(), /^Ends in (1 h 0|\d+) min$/);
	assert.equal(await page.getByRole('link', { name: 'Status page' }).getAttribute('href'), '/status/');
	tenantry('maintenance', 'cancel');
	await known(false);
	await page.route('**/api/maintenance', async (route) => route.fulfill({ response: await route.fetch({ headers: { 'cache-control': 'no-cache' } }) }));
	for (let i = 0; i < 30 && await page.getByRole('timer').count() > 0; i++)
		await page.clock.fastForward(MINUTE);
	await page.getByRole('timer').waitFor({ state: 'detached' });
	assert.equal(await banner(who, 'aintenance').count(), 0);
	await page.unrouteAll({ behavior: 'ignoreErrors' });	// a request may be in progress
	await who.close();
});

test('the banner and its dates are in French for a French user', async () => {
	await schedule(90 * MINUTE);
	const who = await visitor({ locale: 'fr-FR' });
	await who.go('/sign-in');
	await banner(who, 'Maintenance prévue').waitFor();
	assert.match(await who.page.getByRole('timer').innerText(), /^Début dans 1 h /);
	await who.close();
});

test('a page that is opened while the workers are stopped leads to the status page', async () => {
	await schedule(90 * MINUTE);
	const who = await visitor();
	who.expect(/^502 GET /);
	await who.page.route('**/api/**', (route) => route.fulfill({ status: 502, contentType: 'application/problem+json', body: '{}' }));
	await who.go('/');
	await who.page.getByRole('link', { name: 'Status page' }).click();
	await who.sees('We move the data.');
	await who.sees('Planned · Prévue');
	await who.close();
});

const dot = ({ page }) => page.getByRole('menuitem', { name: 'New entries' });

test('What’s New has a dot until the user has opened it, on every device', async () => {
	const who = await member();
	const { page } = who;
	await who.go('/');
	await dot(who).waitFor();
	await dot(who).click();
	await page.getByRole('region', { name: 'Planned maintenance is announced' }).waitFor();
	await dot(who).waitFor({ state: 'detached' });
	await page.evaluate(() => localStorage.clear());
	await who.go('/');
	await page.getByRole('menuitem', { name: 'What’s new' }).waitFor();
	await who.settled();
	assert.equal(await dot(who).count(), 0);
	await who.close();
});

for (const { name, ...look } of VISITS)
	test(`What’s New matches its screenshot (${name})`, async () => {
		tenantry('checklist', 'add', 'My contacts are complete', '--fr', 'Mes contacts sont complets');
		const who = await member(look);
		await who.go('/whats-new');
		await who.sees(/My contacts are complete|Mes contacts sont complets/);
		await who.looks(`whats-new-${name}`);
		await who.close();
	});

test('a user confirms an item, resets it, and reports a problem', async () => {
	tenantry('checklist', 'add', 'My deals are complete', '--fr', 'Mes affaires sont complètes');
	const who = await member();
	const { page } = who;
	const answers = () => sql('SELECT state, coalesce(detail, $$$$) FROM ops.checklist_answer');
	await who.go('/whats-new');
	await page.getByRole('button', { name: 'Looks right: My deals are complete' }).click();
	await who.sees(/^Confirmed /);
	assert.deepEqual(answers(), [['verified', '']]);
	await page.getByRole('button', { name: 'Undo: My deals are complete' }).click();
	await page.getByRole('button', { name: 'Report a problem: My deals are complete' }).click();
	await page.getByRole('dialog').getByLabel('What is wrong?').fill('Two are missing');
	await who.press('Send report');
	await who.sees(/Two are missing/);
	assert.deepEqual(answers(), [['problem', 'Two are missing']]);
	assert.match(tenantry('checklist', 'report'), /My deals are complete: Two are missing/);
	await who.close();
});
