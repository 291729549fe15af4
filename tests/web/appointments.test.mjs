// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// The calendar: five views, dragging, the keyboard, conflict warnings, subscriptions.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { long } from '../lib/api.mjs';
import { BASE, VISITS, demonstrator, member, seedDemo } from './lib/browser.mjs';

before(seedDemo);

for (const { name, ...look } of VISITS)
	long(`the views of the calendar, an appointment and the form match their screenshots (${name})`, async () => {
		const who = await demonstrator(look);
		const [one] = await who.call('/api/appointments?filter={"title":"Design review"}');
		const day = one.starts_at.slice(0, 10);
		for (const view of ['day', 'work_week', 'week', 'month', 'agenda']) {
			await who.go(`/appointments?view=${view}&day=${day}`);
			await who.page.locator('h1:not(:empty)').waitFor();
			await who.settled();
			if (!['month', 'work_week'].includes(view))
				await who.sees('Design review');
			await who.looks(`appointments-${view}-${name}`);
		}
		// Even on a phone, the button for a new appointment shows its text, at most one line lower.
		const [today, fresh] = await Promise.all([/^(Today|Aujourd’hui)$/, /^(New appointment|Nouveau rendez-vous)$/].map((one) =>
			who.page.getByRole('main').getByRole('button', { name: one }).boundingBox()));
		assert.ok(fresh.y - today.y < (name === 'phone' ? 60 : 8) && fresh.width > 100, `${today.y} ${fresh.y} ${fresh.width}`);
		await who.go(`/appointments?view=week&day=${day}`);
		// The lines between hours are as light as the lines between days.
		const [hour, column] = await who.page.locator('[data-slot]').last().evaluate((one) => [
			getComputedStyle(document.querySelector('.week [aria-hidden=true] > div:nth-child(3) > :last-child')).borderTopColor,
			getComputedStyle(one.parentElement).borderLeftColor]);
		assert.equal(hour, column);
		await who.go(`/appointments/${one.id}/show`);
		await who.sees('Video call');
		await who.looks(`appointment-${name}`);
		await who.go(`/appointments/${one.id}`);
		await who.page.locator('input[name=title]').waitFor();
		await who.looks(`appointment-edit-${name}`);
		await who.close();
	});

test('an appointment is created with attendees, and a second appointment at the same time shows a warning', async () => {
	const who = await demonstrator({ timezoneId: 'America/New_York' });
	await who.go('/appointments/create?day=2027-03-10&hour=15');
	await who.fill({ 'Title *': 'Fitting <script>alert(1)</script>', 'Room or equipment': 'Blue' });
	const coming = who.page.getByRole('combobox', { name: 'Attendees' });
	await coming.fill('svensson');
	await who.page.getByRole('option', { name: 'Liam Svensson' }).click();
	await coming.fill('guest@example.test');
	await coming.press('Enter');
	await who.press('Save');
	await who.sees('guest@example.test');
	await who.sees('Liam Svensson');
	await who.page.waitForURL(/\/appointments\/\d+/);
	const [made] = await who.call('/api/appointments?filter={"resource":"Blue"}');
	assert.equal(made.starts_at, '2027-03-10T20:00:00+00:00');
	assert.equal(made.time_zone, 'America/New_York');
	assert.deepEqual(made.attendees.map(({ email, contact_id }) => email ?? typeof contact_id), ['number', 'guest@example.test']);
	await who.go('/appointments/create?day=2027-03-10&hour=15');
	await who.sees('Overlaps with another appointment:');
	await who.looks('appointment-conflict');
	await who.go('/appointments?view=week&day=2027-03-10');
	await who.page.getByRole('link', { name: /Fitting/ }).waitFor();
	await who.close();
});

test('a month of six weeks fits on the screen, so that its last days are visible', async () => {
	const who = await member({ viewport: { width: 1440, height: 900 } });
	await who.go('/appointments?view=month&day=2026-11-30');
	await who.page.getByText('November 2026').first().waitFor();
	await who.settled();
	const cells = await who.page.getByRole('main').getByRole('cell').evaluateAll((all) => all.map((one) => one.getBoundingClientRect().bottom));
	assert.equal(cells.length, 42);
	assert.ok(Math.max(...cells) <= 900, `${Math.max(...cells)}`);
	await who.close();
});

long('all-day appointments keep their date', async () => {
	const who = await demonstrator({ timezoneId: 'Asia/Tokyo' });
	await who.go('/appointments/create?day=2027-05-04');
	await who.fill({ 'Title *': 'Trade fair' });
	await who.page.getByRole('switch', { name: 'All day' }).check();
	await who.fill({ 'First day *': '2027-05-04', 'Last day *': '2027-05-05' });
	await who.press('Save');
	await who.sees('4 May 2027');
	const [fair] = await who.call('/api/appointments?filter={"title":"Trade fair"}');
	assert.deepEqual([fair.starts_local, fair.ends_local, fair.all_day], ['2027-05-04T00:00:00', '2027-05-06T00:00:00', true]);
	await who.close();
	const elsewhere = await demonstrator({ timezoneId: 'America/Los_Angeles' });
	await elsewhere.go('/appointments?view=agenda&day=2027-05-04');
	await elsewhere.page.getByRole('listitem', { name: /4 May|May 4/ }).getByText('Trade fair').waitFor();
	await elsewhere.page.getByRole('listitem', { name: /5 May|May 5/ }).getByText('Trade fair').waitFor();
	assert.equal(await elsewhere.page.getByText('Trade fair').count(), 2);
	await elsewhere.go(`/appointments/${fair.id}`);
	await elsewhere.page.getByLabel('Title *').fill('Fair');
	await elsewhere.press('Save');
	await elsewhere.page.getByText('Fair', { exact: true }).first().waitFor();
	const after = await elsewhere.call(`/api/appointments/${fair.id}`);
	assert.deepEqual([after.starts_at, after.ends_local], [fair.starts_at, fair.ends_local]);
	await elsewhere.close();
});

const slot = (page, day, hour) => page.locator(`[data-slot="${day} ${hour}"]`);

// Drags from a point in one element to a point in another. The points are given as fractions of the elements' heights.
async function drag(page, from, start, to, end) {
	await from.scrollIntoViewIfNeeded();
	for (const [box, part, deed] of [[await from.boundingBox(), start, 'down'], [await to.boundingBox(), end, 'up']]) {
		await page.mouse.move(box.x + box.width / 3, box.y + box.height * part, { steps: 12 });
		await page.mouse[deed]();
	}
}

// Performs an action that saves an appointment, and waits for the response.
const saves = (page, deed) => Promise.all([page.waitForResponse((rs) => rs.request().method() === 'PATCH' && rs.ok()), deed]);

long('an appointment is created, moved and resized by dragging', async () => {
	const who = await member({ timezoneId: 'Europe/London', width: 1280 });
	const { page } = who;
	const times = async () => {
		const [{ all_day, starts_at, ends_at, starts_local, ends_local }] = await who.call('/api/appointments');
		return (all_day ? [starts_local, ends_local] : [starts_at, ends_at]).map((time) => time.slice(0, 16));
	};
	await who.go('/appointments?view=week&day=2027-03-10');
	await slot(page, '2027-03-10', 10).waitFor({ state: 'attached' });
	await drag(page, slot(page, '2027-03-10', 10), 0.1, slot(page, '2027-03-10', 11), 0.9);
	const drawer = page.getByRole('dialog', { name: 'New appointment' });
	await drawer.getByLabel('Title *').fill('Fitting');
	await drawer.getByRole('button', { name: 'Save' }).click();
	const fitting = page.getByRole('link', { name: /Fitting/ });
	await fitting.waitFor();
	assert.deepEqual(await times(), ['2027-03-10T10:00', '2027-03-10T12:00']);

	await saves(page, drag(page, fitting, 0.18, slot(page, '2027-03-11', 13), 0.36));
	assert.deepEqual(await times(), ['2027-03-11T13:00', '2027-03-11T15:00']);
	await who.sees('Fitting moved');
	await saves(page, who.press('Undo'));
	assert.deepEqual(await times(), ['2027-03-10T10:00', '2027-03-10T12:00']);
	await who.sees('Undone');

	await page.mouse.move(0, 0);
	await fitting.hover();
	await saves(page, drag(page, fitting, 0.99, slot(page, '2027-03-10', 13), 0.9));
	assert.deepEqual(await times(), ['2027-03-10T10:00', '2027-03-10T14:00']);

	// In the month view, a moved appointment keeps its time of day, and a click opens its page.
	await who.press('Month');
	await slot(page, '2027-03-23', 9).waitFor({ state: 'attached' });
	await saves(page, drag(page, fitting, 0.5, slot(page, '2027-03-16', 9), 0.5));
	assert.deepEqual(await times(), ['2027-03-16T10:00', '2027-03-16T14:00']);
	await fitting.click();
	await page.waitForURL(/\/appointments\/\d+\/show/);
	await who.close();
});

// Touches a point, waits `held` milliseconds, moves to another point in steps, and releases it. The events are sent
// without waiting for each other, so that a busy machine does not prolong the touch.
async function finger(who, [x, y], held, [toX, toY]) {
	const cdp = await who.context.newCDPSession(who.page);
	const touch = (type, ...points) => cdp.send('Input.dispatchTouchEvent', { type, touchPoints: points.map(([one, other]) => ({ x: one, y: other })) });
	const touched = touch('touchStart', [x, y]);
	if (held) {
		await touched;
		await who.page.waitForTimeout(held);
	}
	const steps = Array.from({ length: 8 }, (_, n) => touch('touchMove', [x + (toX - x) * (n + 1) / 8, y + (toY - y) * (n + 1) / 8]));
	await Promise.all([touched, ...steps, touch('touchEnd')]);
}
const point = async (locator, part) => {
	const { x, y, width, height } = await locator.boundingBox();
	return [x + width / 3, y + height * part];
};

long('on a phone, a finger that is held for a moment creates and moves an appointment, and a finger that scrolls does not', async () => {
	const who = await member({ timezoneId: 'Europe/London', width: 390, hasTouch: true, isMobile: true });
	const { page } = who;
	const times = async () => {
		const [{ starts_at, ends_at }] = await who.call('/api/appointments');
		return [starts_at, ends_at].map((time) => time.slice(0, 16));
	};
	const at = (hour) => slot(page, '2027-03-10', hour);
	await who.go('/appointments?view=day&day=2027-03-10');
	await at(10).waitFor({ state: 'attached' });
	await who.settled();
	await at(12).scrollIntoViewIfNeeded();
	await finger(who, await point(at(10), 0.1), 800, await point(at(11), 0.9));
	const drawer = page.getByRole('dialog', { name: 'New appointment' });
	await drawer.getByLabel('Title *').fill('Fitting');
	await drawer.getByRole('button', { name: 'Save' }).click();
	const fitting = page.getByRole('link', { name: /Fitting/ });
	await fitting.waitFor();
	await drawer.waitFor({ state: 'detached' });
	assert.deepEqual(await times(), ['2027-03-10T10:00', '2027-03-10T12:00']);

	await page.locator('.MuiSnackbar-root').waitFor({ state: 'detached' });	// the message covers some of the hours
	await saves(page, finger(who, await point(fitting, 0.25), 800, await point(at(13), 0.5)));
	assert.deepEqual(await times(), ['2027-03-10T13:00', '2027-03-10T15:00']);

	// A finger that moves immediately scrolls, unless the appointment is still selected.
	await page.reload();
	await fitting.waitFor();
	await who.settled();
	await fitting.scrollIntoViewIfNeeded();
	const from = await point(fitting, 0.5);
	await finger(who, from, 0, [from[0], from[1] - 150]);
	await who.settled();
	assert.deepEqual(await times(), ['2027-03-10T13:00', '2027-03-10T15:00']);
	await who.close();
});

long('an all-day appointment is dragged to different days, and shown on each of them', async () => {
	const who = await member({ timezoneId: 'America/Los_Angeles' });
	const { page } = who;
	const { id } = await who.call('/api/appointments', { title: 'Fair', all_day: true, time_zone: 'Europe/London',
		starts_local: '2027-03-10T00:00:00', ends_local: '2027-03-12T00:00:00' });
	await who.call('/api/appointments', { title: 'Night', starts_at: '2027-03-18T05:00:00Z', ends_at: '2027-03-18T07:00:00Z' });
	await who.go('/appointments?view=month&day=2027-03-10');
	const fair = page.getByRole('link', { name: /Fair/ });
	await fair.waitFor();
	const [bar, cell] = [await fair.boundingBox(), await slot(page, '2027-03-10', 9).boundingBox()];
	assert.ok(Math.abs(bar.width / cell.width - 2) < 0.2, `${bar.width} ${cell.width}`);
	await saves(page, drag(page, fair, 0.5, slot(page, '2027-03-17', 9), 0.5));
	const { starts_local, ends_local } = await who.call(`/api/appointments/${id}`);
	assert.deepEqual([starts_local, ends_local], ['2027-03-17T00:00:00', '2027-03-19T00:00:00']);
	// An appointment that ends at midnight in the user's time zone is not shown on the next day.
	await who.go('/appointments?view=agenda&day=2027-03-16');
	await page.getByRole('listitem', { name: /March 17|17 March/ }).getByText('Night').waitFor();
	assert.equal(await page.getByText('Night').count(), 1);
	await who.close();
});

long('Tab and the arrow keys reach each hour, and Enter creates an appointment at that hour', async () => {
	const who = await member({ timezoneId: 'Europe/London', width: 1280 });
	const { page } = who;
	const focused = () => page.evaluate(() => document.activeElement.dataset.slot);
	await who.go('/appointments?view=work_week&day=2027-03-10');
	await slot(page, '2027-03-10', 10).waitFor({ state: 'attached' });
	await page.getByRole('switch', { name: 'My appointments' }).focus();
	for (let n = 0; n < 12 && !await focused(); n++)
		await page.keyboard.press('Tab');
	assert.equal(await focused(), '2027-03-08 9');
	for (const key of ['ArrowRight', 'ArrowRight', 'ArrowDown'])
		await page.keyboard.press(key);
	assert.equal(await focused(), '2027-03-10 10');
	assert.equal(await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle), 'solid');
	await page.keyboard.press('Tab');
	assert.equal(await focused(), undefined);
	await page.keyboard.press('Shift+Tab');
	assert.equal(await focused(), '2027-03-10 10');
	for (const [key, hour] of [['ArrowUp', 0], ['ArrowDown', 23]]) {
		for (let n = 0; n < 24; n++)
			await page.keyboard.press(key);
		assert.equal(await focused(), `2027-03-10 ${hour}`);
		assert.ok(await page.evaluate(() => document.activeElement.getBoundingClientRect().bottom <= innerHeight));
	}
	await page.keyboard.press('Enter');
	const drawer = page.getByRole('dialog', { name: 'New appointment' });
	assert.equal(await drawer.getByLabel('Starts *').inputValue(), '2027-03-10T23:00');
	await page.keyboard.press('Escape');
	await drawer.waitFor({ state: 'detached' });
	assert.equal(await focused(), '2027-03-10 23');
	await who.press('Month');
	await page.locator('.month [data-slot="2027-03-10 9"]').focus();
	await page.keyboard.press('ArrowDown');
	assert.equal(await focused(), '2027-03-17 9');
	await who.close();
});

for (const [locale, days] of [['en-US', ['Sun', 'Sat']], ['en-GB', ['Mon', 'Sun']], ['fr-FR', ['lun.', 'dim.']]])
	long(`the week begins with ${days[0]}, and the name of a day links to the day (${locale})`, async () => {
		const who = await member({ locale });
		const { page } = who;
		await who.go('/appointments?view=week&day=2027-03-10');
		const names = page.locator('.week').getByRole('columnheader');
		await names.first().waitFor();
		const all = await names.allInnerTexts();
		assert.equal(all.length, 7);
		assert.deepEqual([all[0], all[6]].map((name) => days.find((day) => name.startsWith(day))), days, all.join());
		await names.nth(1).getByRole('link').click();
		await page.waitForURL(/view=day&day=2027-03-(08|09)|day=2027-03-(08|09)&view=day/);
		await page.locator('.day').getByRole('columnheader').nth(1).waitFor({ state: 'detached' });
		await who.go('/appointments?view=work_week&day=2027-03-10');
		await page.locator('.work_week').getByRole('columnheader').nth(4).waitFor();
		assert.equal(await page.locator('.work_week').getByRole('columnheader').count(), 5);
		await who.close();
	});

long('a subscription URL is shown once, can be read, and is revoked', async () => {
	const who = await demonstrator();
	await who.go('/appointments');
	await who.press('Subscribe');
	await who.fill({ 'Calendar name': 'My telephone' });
	await who.press('Create link');
	const url = await who.page.getByRole('group', { name: 'Subscription link' }).locator('pre').innerText();
	assert.ok(url.startsWith(`${BASE}/calendar/`), url);
	assert.match(await (await fetch(url)).text(), /BEGIN:VCALENDAR[^]*Design review/);
	await who.looks('appointments-feeds', { fullPage: false });
	await who.press('Revoke: My telephone');
	await who.sees('Link revoked');
	assert.equal((await fetch(url)).status, 404);
	await who.page.getByText('My telephone').waitFor({ state: 'detached' });
	await who.close();
});
