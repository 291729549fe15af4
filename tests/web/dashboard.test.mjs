// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// The dashboard: figures that lead to their lists, and the first steps of a new organization.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { long } from '../lib/api.mjs';
import { VISITS, colleague, demonstrator, member, seedDemo } from './lib/browser.mjs';

before(seedDemo);

for (const { name, ...look } of VISITS)
	long(`matches its screenshot (${name})`, async () => {
		const who = await demonstrator(look);
		await who.go('/');
		await who.page.locator('[data-bar]').first().waitFor();
		await who.looks(`dashboard-${name}`);
		await who.close();
	});

// Returns the figure with a title, and the page to which it leads.
const figure = (page, title) => page.getByRole('link', { name: title, exact: true });
const shown = (page, title) => figure(page, title).locator('xpath=../..').locator('[data-figure]').innerText();
const change = (page, title) => figure(page, title).locator('xpath=../..').locator('[data-change]').innerText();

test('each figure is the number of records in the list to which it leads', async () => {
	const who = await demonstrator();
	const { page } = who;
	await who.call('/api/activities', { type: 'call', subject: 'Just now', occurred_at: new Date().toISOString() });
	await who.go('/');
	const total = (text) => page.getByText(new RegExp(`of ${text}$`));
	const lists = { Contacts: '/contacts', 'New contacts, 30 days': '/contacts', 'Activities, 30 days': '/activities' };
	for (const [title, path] of Object.entries(lists)) {
		await figure(page, title).waitFor();
		await page.locator('[data-bar]').first().waitFor();
		const number = await shown(page, title);
		assert.match(number, /^[1-9]\d*$/);
		await figure(page, title).click();
		await page.waitForURL(`**${path}?filter=**`);
		await total(number).waitFor();
		const rows = await who.call(`/api${path}?range=[0,0]&filter=${encodeURIComponent(new URL(page.url()).searchParams.get('filter'))}`);
		assert.ok(rows.length > 0);
		await page.goBack();
	}
	await figure(page, 'My open tasks').click();
	await page.getByRole('heading', { name: 'Tasks', level: 1 }).waitFor();
	await page.goBack();

	const stages = await who.call('/api/deals/aggregate?group=["stage"]&values=["sum:amount"]');
	for (const { stage, sum_amount } of stages)
		await page.getByRole('link', { name: new RegExp(`${stage} 1.*${sum_amount.toLocaleString('en')}`, 'i') }).waitFor();
	const open = stages.filter(({ stage }) => !['won', 'lost'].includes(stage)).reduce((sum, { sum_amount }) => sum + sum_amount, 0);
	assert.equal((await shown(page, 'Open deals')).replace(/\D/g, ''), String(open));
	await figure(page, 'Open deals').click();
	await who.sees('Stage: Lead, Qualified, Proposal');
	await page.locator('[data-card]').first().waitFor();
	assert.deepEqual(await page.locator('[data-stage]').evaluateAll((all) => all.map((one) => one.dataset.stage)),
		['lead', 'qualified', 'proposal']);
	await page.goBack();
	await page.getByRole('link', { name: /^Won 1/ }).click();
	await who.sees('Stage: Won');
	await page.locator('[data-card]').first().waitFor();
	assert.equal(await page.locator('[data-card]').count(), 1);
	await who.close();
});

long('the thirty days are days in the organization\'s time zone', async () => {
	const who = await member();
	const { page } = who;
	await who.call('/api/configuration/1', { time_zone: 'Pacific/Kiritimati' }, 'PATCH');
	// The time zone is fourteen hours ahead of UTC.
	const AHEAD = 14 * 3_600_000, DAY = 86_400_000;
	const since = Math.floor((Date.now() + AHEAD) / DAY) * DAY - AHEAD - 29 * DAY;
	for (const [last_name, at] of [['Before', since - 60_000], ['First', since + 60_000], ['Last', Date.now()]])
		await who.call('/api/contacts', { last_name, first_seen: new Date(at).toISOString() });
	await who.go('/');
	await page.locator('[data-bar]').first().waitFor();
	assert.equal(await shown(page, 'New contacts, 30 days'), '2');
	assert.deepEqual(await page.locator('[data-bar]').evaluateAll((all) => all.map((one) => [...one.parentElement.parentElement.children].indexOf(one.parentElement))),
		[0, 29]);
	await figure(page, 'New contacts, 30 days').click();
	await page.getByText(/of 2$/).waitFor();
	await who.close();
});

long('the figures lead to stages regardless of the stage names', async () => {
	const who = await member();
	const { page } = who;
	const dealStages = [['a,b', 'First, second'], ['c&d', 'Third'], ['won', 'Won'], ['lost', 'Lost']].map(([value, label]) => ({ value, label }));
	await who.call('/api/configuration/1', { config: { dealStages } }, 'PATCH');
	for (const { value } of dealStages)
		await who.call('/api/deals', { name: value, stage: value, amount: 10 });
	const stages = () => page.locator('[data-stage]').evaluateAll((all) => all.map((one) =>
		[one.dataset.stage, one.querySelectorAll('[data-card]').length]));
	await who.go('/');
	await figure(page, 'Open deals').click();
	await page.locator('[data-card]').first().waitFor();
	assert.deepEqual(await stages(), [['a,b', 1], ['c&d', 1]]);
	await page.goBack();
	await page.getByRole('link', { name: /^Third 1/ }).click();
	await page.locator('[data-card]').first().waitFor();
	assert.deepEqual(await stages(), [['c&d', 1]]);
	await who.close();
});

long('every page shows the demo data, even on a wide screen', async () => {
	const who = await demonstrator({ width: 1920 });
	const { page } = who;
	await who.go('/');
	await page.locator('[data-bar]').first().waitFor();
	await who.looks('dashboard-wide');
	for (const [name, rows, one] of [['contacts', 10, 'Maya Okafor'], ['companies', 4, 'Harbor Dental']]) {
		await who.go(`/${name}`);
		await page.getByRole('row').filter({ hasText: one }).waitFor();
		assert.equal(await page.locator('tbody tr').count(), rows);
		await who.looks(`${name}-wide`);
	}
	await who.go('/deals');
	for (const stage of ['Won', 'Lost'])
		await who.press(`Expand ${stage}`);
	await page.locator('[data-stage=lost] [data-card]').waitFor();
	assert.deepEqual(await page.locator('[data-stage]').evaluateAll((all) => all.map((one) =>
		[one.dataset.stage, one.querySelectorAll('[data-card]').length])),
	[['lead', 1], ['qualified', 1], ['proposal', 1], ['won', 1], ['lost', 1]]);
	await who.looks('deals-wide');
	for (const [show, tasks] of [['', 3], ['?show=done', 1]]) {
		await who.go(`/tasks${show}`);
		await page.getByRole('tabpanel').getByRole('listitem').first().waitFor();
		await who.settled();
		assert.equal(await page.getByRole('tabpanel').getByRole('checkbox').count(), tasks);
	}
	await who.close();
});

long('figures are compared with the thirty days before', async () => {
	const who = await member();
	const { page } = who;
	const ago = (days) => new Date(Date.now() - days * 86_400_000).toISOString();
	for (const days of [1, 2, 3, 40, 400])
		await who.call('/api/contacts', { last_name: `Seen ${days}`, first_seen: ago(days) });
	for (const days of [1, 35, 36, 37])
		await who.call('/api/activities', { type: 'call', subject: 'Call', occurred_at: ago(days) });
	for (const [amount, days] of [[3000, 2], [500, 45], [99, 100]])
		await who.call('/api/deals', { name: 'Deal', stage: 'opportunity', amount, created_at: ago(days) });
	await who.go('/');
	await who.sees(/\+3 \(30 days ago:.2\)/);
	for (const [title, text] of Object.entries({ Contacts: '+3 (30 days ago: 2)', 'New contacts, 30 days': '+2 (30 days before: 1)',
		'Activities, 30 days': '−2 (30 days before: 3)', 'Open deals': 'New: US$3,000, +US$2,500 (30 days before: US$500)', 'My open tasks': '±0 (30 days ago: 0)' }))
		assert.equal((await change(page, title)).replaceAll('\u00a0', ' '), text, title);
	assert.equal(await shown(page, 'Open deals'), 'US$3,599');
	await who.close();
});

long('the pipeline shows the share of each stage, with won in green and lost in grey', async () => {
	const who = await member();
	const { page } = who;
	for (const [stage, amount] of [['opportunity', 500], ['won', 300], ['lost', 200]])
		await who.call('/api/deals', { name: stage, stage, amount });
	await who.go('/');
	for (const text of [/^Opportunity 1 50% US\$500$/, /^Won 1 30% US\$300$/, /^Lost 1 20% US\$200$/, /^Delayed 0 0% US\$0$/])
		await page.getByRole('link', { name: text }).waitFor();
	const colors = await page.locator('[data-share]').evaluateAll((all) => Object.fromEntries(all.map((one) =>
		[one.dataset.share, getComputedStyle(one).backgroundColor.match(/[\d.]+/g).map(Number)])));
	const [red, green, blue] = colors.won, [dark, ...others] = colors.lost;
	assert.ok(green > red && green > blue, `${colors.won}`);
	assert.ok(others.slice(0, 2).every((one) => Math.abs(one - dark) < 16), `${colors.lost}`);
	await who.close();
});

long('one busy day does not flatten the other days', async () => {
	const who = await member();
	const { page } = who;
	const ago = (days) => new Date(Date.now() - days * 86_400_000).toISOString();
	const contacts = (count, days) => who.call('/api/batch', { operations: Array.from({ length: count }, () =>
		({ method: 'POST', resource: 'contacts', data: { last_name: 'Seen', first_seen: ago(days) } })) });
	for (const [count, days] of [[2, 1], [3, 5], [4, 9], [60, 12]])
		await contacts(count, days);
	await who.go('/');
	await page.locator('[data-cut]').waitFor();
	assert.deepEqual(await page.locator('[data-cut]').allInnerTexts(), ['60']);
	assert.deepEqual(await page.locator('[data-axis]').allInnerTexts(), ['6', '3', '0']);
	const heights = await page.locator('[data-bar]').evaluateAll((all) => all.map((one) => Math.round(one.getBoundingClientRect().height)));
	assert.ok(heights[0] > 130 && heights.slice(1).every((one) => one > 30), `${heights}`);
	await who.looks('dashboard-outlier');
	await who.close();
});

long('a task is completed on the dashboard, and the completion is undone', async () => {
	const who = await member();
	const { page } = who;
	const { id } = await who.call('/api/contacts', { last_name: 'Hopper' });
	for (const text of ['Call back', 'Write'])
		await who.call('/api/tasks', { contact_id: id, text, type: 'call', due_date: new Date().toISOString(), sales_id: (await who.call('/api/me')).id });
	await who.go('/');
	await page.getByRole('checkbox', { name: 'Call back' }).click();
	await page.getByRole('checkbox', { name: 'Call back' }).waitFor({ state: 'detached' });
	assert.equal(await shown(page, 'My open tasks'), '1');
	await who.press('Undo');
	await page.getByRole('checkbox', { name: 'Call back' }).waitFor();
	await page.getByRole('checkbox', { name: 'Write' }).focus();
	await page.keyboard.press('Space');
	await page.getByRole('checkbox', { name: 'Write' }).waitFor({ state: 'detached' });
	assert.deepEqual((await who.call('/api/tasks?sort=["text","ASC"]')).map(({ text, done_date }) => [text, done_date !== null]),
		[['Call back', false], ['Write', true]]);
	await who.close();
});

for (const width of [1100, 1440, 360])
	long(`no number is wrapped or cut off at ${width} px`, async () => {
		const who = await member({ width });
		const { page } = who;
		for (const amount of [44_500, 1_234_567_890])
			await who.call('/api/deals', { name: 'Deal', stage: 'opportunity', amount });
		await who.go('/');
		await page.getByText(/^New: /).waitFor();
		assert.deepEqual(await page.locator('[data-figure]').evaluateAll((all) => all.filter((one) =>
			one.getClientRects().length !== 1 || one.scrollWidth > one.clientWidth || one.clientHeight > 40).map((one) => one.innerText)), []);
		await who.looks(`dashboard-large-${width}`);
		await who.close();
	});

const firstContact = async (who) => `/contacts/${(await who.call('/api/contacts?range=[0,0]&sort=["id","ASC"]'))[0].id}/show`;
for (const [name, enter, path, seen] of [
	['the dashboard of the demo', demonstrator, () => '/', /30 days ago/],
	['the dashboard of a new organization', member, () => '/', /30 days ago/],
	['a list', demonstrator, () => '/companies', /1-\d+ of \d+/],
	['a record', demonstrator, firstContact, 'First contact'],
])
	long(`${name} does not move while it loads`, async (t) => {
		const who = await enter({ width: 1440 });
		const { page } = who;
		await page.addInitScript(() => {
			globalThis.shifts = [];
			new PerformanceObserver((all) => all.getEntries().forEach((one) => one.hadRecentInput || globalThis.shifts.push([one.value,
				...one.sources.map(({ node }) => node?.outerHTML?.slice(0, 120))]))).observe({ type: 'layout-shift', buffered: true });
		});
		await who.go(await path(who));
		await page.getByText(seen).first().waitFor();
		await who.settled();
		const shifts = await page.evaluate(() => globalThis.shifts);
		const sum = shifts.reduce((all, [value]) => all + value, 0);
		t.diagnostic(`say ${sum} ${JSON.stringify(shifts)}`);
		assert.ok(sum < 0.05, `${sum}: ${JSON.stringify(shifts, null, 1)}`);
		await who.close();
	});

for (const { name, ...look } of VISITS.map((one) => ({ ...one, locale: one.name === 'desktop' ? one.locale : 'en-GB' })))
	long(`a new organization is set up, with sample data, or later (${name})`, async () => {
		const who = await member(look);
		const { page } = who;
		await who.go('/');
		await who.sees('0 of 3 steps done');
		assert.equal(await page.locator('[data-bar]').count(), 0);
		await who.looks(`setup-${name}`);

		await page.getByRole('button', { name: 'Set up' }).click();
		const dialog = page.getByRole('dialog', { name: 'Set up your organization' });
		assert.equal(await dialog.getByLabel('Time zone').inputValue(), look.timezoneId);
		await dialog.getByLabel('Name').fill('Difference Engines');
		await dialog.getByLabel('Currency').fill('EUR');
		await page.getByRole('option', { name: /^EUR/ }).click();
		await who.looks(`setup-region-${name}`);
		await dialog.getByRole('button', { name: 'Save' }).click();
		await who.sees('1 of 3 steps done');
		const [{ config, time_zone }] = await who.call('/api/configuration');
		assert.deepEqual([config.currency, time_zone], ['EUR', look.timezoneId]);
		assert.ok((await who.call('/api/organizations')).some((one) => one.name === 'Difference Engines'));

		await who.press('Skip for now');
		await page.getByRole('button', { name: 'Get started · 1 of 3 steps done' }).waitFor();
		await page.reload();
		await page.getByRole('button', { name: 'Get started · 1 of 3 steps done' }).click();

		await who.press('Add sample data');
		await who.sees('2 of 3 steps done');
		await who.sees('This organization contains sample data.');
		await page.getByRole('link', { name: /^Opportunity 2/ }).waitFor();
		await page.locator('[data-bar]').first().waitFor();
		await who.looks(`setup-sample-${name}`);
		// Records that the user added to the sample data remain, together with the sample records to which they belong.
		const sample = async (resource, filter) => (await who.call(`/api/${resource}?filter=${encodeURIComponent(JSON.stringify(filter))}`))[0].id;
		await who.call('/api/contacts', { last_name: 'Mine', company_id: await sample('companies', { name: 'Brightlane Studio' }) });
		await who.call('/api/contact_notes', { contact_id: await sample('contacts', { last_name: 'Kobayashi' }), text: 'Mine' });
		await who.call('/api/deals', { name: 'Mine', stage: 'opportunity', contact_ids: [await sample('contacts', { last_name: 'Alvarez' })] });
		await who.call('/api/deal_notes', { deal_id: await sample('deals', { name: 'Website relaunch' }), text: 'Mine' });
		await who.press('Remove sample data');
		await who.sees('Sample data removed, except 7 records that your own records belong to.');
		const left = async (resource, field) => (await who.call(`/api/${resource}?sort=["${field}","ASC"]`)).map((one) => one[field]);
		assert.deepEqual(await left('companies', 'name'), ['Brightlane Studio', 'Harbor Dental', 'Northwind Fitness']);
		assert.deepEqual(await left('contacts', 'last_name'), ['Alvarez', 'Kobayashi', 'Mine', 'Okafor']);
		assert.deepEqual(await left('deals', 'name'), ['Mine', 'Website relaunch']);
		for (const resource of ['contact_notes', 'deal_notes'])
			assert.deepEqual(await left(resource, 'text'), ['Mine'], resource);
		for (const resource of ['tasks', 'activities', 'tags'])
			assert.deepEqual(await who.call(`/api/${resource}`), [], resource);
		assert.equal(await page.getByText('This organization contains sample data.').count(), 0);

		await page.getByRole('button', { name: 'Invite', exact: true }).click();
		await page.getByLabel('Email').fill('grace@example.test');
		await page.getByRole('dialog').getByRole('button', { name: 'Invite' }).click();
		await who.sees('Invitation sent to grace@example.test.');
		await page.getByRole('button', { name: 'Close' }).click();
		await page.getByRole('heading', { name: 'Get started' }).waitFor({ state: 'detached' });
		await who.close();
	});

long('sample data that cannot be recorded in the configuration is removed', async () => {
	const who = await member();
	const { page } = who;
	await who.go('/');
	await who.sees('0 of 3 steps done');
	who.expect(/^500 PUT \/api\/configuration/);
	await page.route('**/api/configuration/1', (route) => route.request().method() === 'PUT'
		? route.fulfill({ status: 500, json: { title: 'Broken', status: 500 } }) : route.continue());
	await who.press('Add sample data');
	await page.getByRole('alert').first().waitFor();
	await who.settled();
	for (const resource of ['companies', 'contacts', 'deals', 'tasks', 'activities', 'tags', 'contact_notes'])
		assert.deepEqual(await who.call(`/api/${resource}`), [], resource);
	await page.unroute('**/api/configuration/1');
	await who.press('Add sample data');
	await who.sees('This organization contains sample data.');
	await who.close();
});

long('an empty organization leads users who cannot set it up to their first contact', async () => {
	const boss = await member();
	const who = await colleague(boss, 'member');
	const { page } = who;
	await who.go('/');
	assert.equal(await page.getByRole('heading', { name: 'Get started' }).count(), 0);
	await page.getByRole('link', { name: 'Import' }).waitFor();
	await page.getByRole('button', { name: 'Add your first contact' }).click();
	await page.getByLabel('First name').waitFor();
	await who.close();
	await boss.close();
});

long('an empty list explains its purpose, and leads to the first record', async () => {
	const who = await member();
	for (const [path, text, create, imports] of [['contacts', 'the people you work with', 'New contact', true],
		['companies', 'Companies group', 'New company', true], ['deals', 'the sales you’re working on', 'New deal', true],
		['activities', 'Calls, meetings and emails', 'New activity', false]]) {
		await who.go(`/${path}`);
		await who.sees(text);
		await who.page.getByRole('button', { name: create }).last().waitFor();
		assert.equal(await who.page.getByRole('main').getByRole('link', { name: 'Import', exact: true }).count() > 0, imports, path);
		await who.looks(`empty-${path}`);
	}
	await who.close();
});
