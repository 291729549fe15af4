// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// The calendar: three views, editing, conflict warnings, subscriptions.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { BASE, VISITS, demonstrator, seedDemo } from './lib/browser.mjs';

before(seedDemo);

for (const { name, ...look } of VISITS)
	test(`month, week, agenda, an appointment and the form match their screenshots (${name})`, async () => {
		const who = await demonstrator(look);
		const [one] = await who.call('/api/appointments?filter={"title":"Design review"}');
		const day = one.starts_at.slice(0, 10);
		for (const view of ['month', 'week', 'agenda']) {
			await who.go(`/appointments?view=${view}&day=${day}`);
			await who.page.locator('h1:not(:empty)').waitFor();
			if (view !== 'month' || name !== 'phone')
				await who.sees('Design review');
			await who.looks(`appointments-${view}-${name}`);
		}
		// On a phone, too, the button for a new one has its text, at the latest in the second line.
		const [today, fresh] = await Promise.all([/^(Today|Aujourd’hui)$/, /^(New appointment|Nouveau rendez-vous)$/].map((one) =>
			who.page.getByRole('main').getByRole('button', { name: one }).boundingBox()));
		assert.ok(fresh.y - today.y < (name === 'phone' ? 60 : 8) && fresh.width > 100, `${today.y} ${fresh.y} ${fresh.width}`);
		await who.go(`/appointments?view=week&day=${day}`);
		// The lines of the hours are as light as those of the days.
		const [hour, column] = await who.page.getByRole('button', { name: /^(New appointment|Nouveau rendez-vous), / }).nth(1).evaluate((one) =>
			[getComputedStyle(one).borderTopColor, getComputedStyle(one.parentElement).borderLeftColor]);
		assert.equal(hour, column);
		await who.go(`/appointments/${one.id}/show`);
		await who.sees('Video call');
		await who.looks(`appointment-${name}`);
		await who.go(`/appointments/${one.id}`);
		await who.page.locator('input[name=title]').waitFor();
		await who.looks(`appointment-edit-${name}`);
		await who.close();
	});

test('creates an appointment with attendees; a second one at the same time shows a warning', async () => {
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

test('all-day appointments keep their date', async () => {
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
	await elsewhere.page.getByRole('region', { name: /4 May|May 4/ }).getByText('Trade fair').waitFor();
	await elsewhere.page.getByRole('region', { name: /5 May|May 5/ }).getByText('Trade fair').waitFor();
	assert.equal(await elsewhere.page.getByText('Trade fair').count(), 2);
	await elsewhere.go(`/appointments/${fair.id}`);
	await elsewhere.page.getByLabel('Title *').fill('Fair');
	await elsewhere.press('Save');
	await elsewhere.page.getByText('Fair', { exact: true }).first().waitFor();
	const after = await elsewhere.call(`/api/appointments/${fair.id}`);
	assert.deepEqual([after.starts_at, after.ends_local], [fair.starts_at, fair.ends_local]);
	await elsewhere.close();
});

test('a subscription URL is shown once, can be read, and is revoked', async () => {
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
