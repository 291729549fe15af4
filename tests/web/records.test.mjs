// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// The drawer that creates records, and the editing of records on their page.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { long } from '../lib/api.mjs';
import { DEMO, LOOKS, colleague, demonstrator, further, member, seedDemo } from './lib/browser.mjs';

before(seedDemo);

const drawer = (who, name) => who.page.getByRole('dialog', { name });

test('c opens the drawer on any page, for a contact with a new company, an email address and a new tag', async () => {
	const who = await member();
	const { page } = who;
	await who.go('/trash');
	await page.getByRole('heading', { level: 1, name: 'Trash' }).waitFor();
	await page.keyboard.press('c');
	const form = drawer(who, 'New contact');
	await form.getByLabel('First name').and(page.locator(':focus')).waitFor();
	await page.keyboard.type('Grace');
	await form.getByRole('combobox', { name: 'Company' }).fill('Navy');
	await page.getByRole('option', { name: 'Create “Navy”' }).click();
	await form.getByRole('combobox', { name: 'Tags' }).fill('compiler');
	await page.getByRole('option', { name: 'Create “compiler”' }).click();
	await form.getByLabel('Last name').fill('Hopper');
	await form.getByRole('textbox', { name: 'Email' }).fill('grace@navy.test');
	await who.looks('create-desktop', { fullPage: false });
	await form.getByRole('button', { name: 'Save' }).click();
	await form.waitFor({ state: 'detached' });
	assert.equal(new URL(page.url()).pathname, '/trash');
	const [contact] = await who.call('/api/contacts');
	assert.deepEqual([contact.company_name, contact.email_jsonb, contact.tags.length],
		['Navy', [{ email: 'grace@navy.test', type: 'Work' }], 1]);
	await page.getByRole('status').getByRole('link', { name: 'View' }).click();
	await page.getByRole('heading', { name: 'Grace Hopper', level: 1 }).waitFor();
	await page.waitForFunction(() => document.title === 'Grace Hopper · Tenantry');
	await who.close();
});

long('text that is typed right after c, or right after a cell is opened, is not lost on a slow machine', async () => {
	const who = await member();
	const { page } = who;
	const { id } = await who.call('/api/contacts', { first_name: 'Grace', last_name: 'Hopper', title: 'Captain' });
	const slow = async (rate) => (await who.context.newCDPSession(page)).send('Emulation.setCPUThrottlingRate', { rate });
	// Sends all keys without waiting until the page has handled the previous key.
	const type = (keys) => Promise.all([...keys].map((key) => page.keyboard.press(key)));
	const first = drawer(who, 'New contact').getByLabel('First name');
	// While a part of the form is loading, the rest stays visible.
	await page.route(/\/Similar-/, (route) => setTimeout(() => route.continue(), 1500));
	await who.go('/trash');
	const part = page.waitForResponse(/\/Similar-/);
	await page.getByRole('heading', { level: 1, name: 'Trash' }).waitFor();
	await slow(4);
	await page.keyboard.press('c');
	await first.and(page.locator(':focus')).waitFor();
	await type('Ad');
	await new Promise((resolve) => setTimeout(resolve, 500));
	await type('a');
	assert.equal(await first.inputValue(), 'Ada');
	await part;
	await who.settled();
	assert.equal(await first.inputValue(), 'Ada');
	await slow(1);
	await page.evaluate(() => sessionStorage.clear()); // the session storage contains the draft of the form
	// The drawer is loaded some time after the page, with code that other pages need.
	const loaded = page.waitForResponse(/\/pages-/);
	await who.go('/trash');
	await (await loaded).finished();
	await who.settled();
	await slow(4);
	await type('cAda');
	assert.equal(await first.inputValue(), 'Ada');
	await slow(1);
	await who.go(`/contacts/${id}/show`);
	await page.getByRole('region', { name: 'About' }).getByRole('button', { name: /^Edit Position/ }).focus();
	await who.settled();
	await slow(4);
	await type(['Enter', ...' Grace', 'Enter']);
	await slow(1);
	await page.getByRole('region', { name: 'About' }).getByText('Captain Grace').waitFor();
	await who.close();
});

long('another kind of record can be chosen, and typed text is not lost by accident', async () => {
	const who = await member(LOOKS[1]);
	const { page } = who;
	await who.go('/');
	await page.getByRole('heading', { level: 1 }).waitFor();
	await page.getByRole('button', { name: 'Nouveau', exact: true }).click();
	await drawer(who, 'Nouveau contact').getByRole('tab', { name: 'Affaire' }).click();
	const form = drawer(who, 'Nouvelle affaire');
	await form.getByLabel('Nom *').fill('Moteur');
	await who.looks('create-phone', { fullPage: false });
	let asked = 0;
	page.once('dialog', (dialog) => { asked++; dialog.dismiss(); });
	await page.keyboard.press('Escape');
	assert.equal(asked, 1);
	page.once('dialog', (dialog) => { asked++; dialog.dismiss(); });
	await form.getByRole('tab', { name: 'Contact' }).click();
	assert.equal(asked, 2);
	assert.equal(await form.getByLabel('Nom *').inputValue(), 'Moteur');
	page.once('dialog', (dialog) => dialog.accept());
	await form.getByRole('button', { name: 'Annuler' }).click();
	await form.waitFor({ state: 'detached' });
	assert.deepEqual(await who.call('/api/deals'), []);
	await who.close();
});

long('a kind of record is found by typing, and no two kinds have the same name', async () => {
	const who = await member();
	const { page } = who;
	for (const module of ['b2b', 'factory', 'membership'])
		await who.call(`/api/modules/${module}`, { enabled: true }, 'PUT');
	await who.go('/trash');
	await page.getByRole('heading', { level: 1 }).waitFor();
	await page.keyboard.press('c');
	await page.getByRole('dialog').getByRole('tab').first().waitFor();
	const tabs = await page.getByRole('dialog').getByRole('tab').allInnerTexts();
	assert.equal(tabs.length, 5);
	const kinds = page.getByRole('dialog').getByRole('combobox', { name: 'Other type of record' });
	await kinds.click();
	const names = [...tabs, ...await page.getByRole('option').allInnerTexts()];
	assert.ok(names.length > 20);
	assert.deepEqual(names.filter((name, n) => names.indexOf(name) !== n), []);
	await page.getByRole('group', { name: 'Membership' }).waitFor();
	await kinds.fill('member legal h');
	await page.keyboard.press('ArrowDown');
	await page.keyboard.press('Enter');
	await page.getByRole('dialog').getByRole('tab', { name: 'Member legal hold', selected: true }).waitFor();
	await page.keyboard.press('Escape');	// closes the list of the first field
	await who.looks('create-kinds', { fullPage: false });
	await who.close();
});

test('a record of a resource without a trash is deleted after a confirmation', async () => {
	const who = await member();
	const { page } = who;
	await who.call('/api/modules/membership', { enabled: true }, 'PUT');
	const { id } = await who.call('/api/newsfeed_posts', { title: 'Open day', body: 'On Sunday' });
	await who.go(`/newsfeed_posts/${id}/show`);
	const asked = [];
	page.on('dialog', (dialog) => { asked.push(dialog.message()); return asked.length === 1 ? dialog.dismiss() : dialog.accept(); });
	await who.further('Delete');
	await who.settled();
	assert.equal(asked.length, 1);
	assert.equal((await who.call(`/api/newsfeed_posts/${id}`)).id, id);
	await who.further('Delete');
	await page.waitForURL((url) => url.pathname === '/newsfeed_posts');
	assert.equal(asked.length, 2);
	assert.deepEqual(await who.call('/api/newsfeed_posts'), []);
	await who.close();
});

test('a user who may not create records has no drawer', async () => {
	const boss = await member();
	const vera = await colleague(boss, 'viewer');
	await vera.go('/contacts');
	await vera.settled();
	await vera.page.keyboard.press('c');
	assert.equal(await vera.page.getByRole('button', { name: /^New/ }).count(), 0);
	assert.equal(await vera.page.getByRole('dialog').count(), 0);
	await vera.close();
	await boss.close();
});

test('the facts of a record are edited in place, and its tabs create related records', async () => {
	const who = await member();
	const { page } = who;
	const { id } = await who.call('/api/contacts', { first_name: 'Grace', last_name: 'Hopper', title: 'Captain' });
	await who.go(`/contacts/${id}/show`);
	const about = page.getByRole('region', { name: 'About' });
	await about.getByText('Captain').click();
	await page.getByRole('dialog', { name: 'Position: Grace Hopper' }).getByRole('textbox').fill('Admiral');
	await page.keyboard.press('Enter');
	await about.getByText('Admiral').waitFor();
	assert.equal(await about.getByText('LinkedIn').count(), 0);
	await about.getByRole('button', { name: /^Show \d+ empty fields$/ }).click();
	await about.getByText('LinkedIn').waitFor();
	await about.getByRole('button', { name: 'Edit Newsletter: Grace Hopper' }).click();
	await page.getByRole('dialog', { name: 'Newsletter: Grace Hopper' }).getByRole('switch').click();
	await about.getByText('Yes').waitFor();
	await who.settled();
	const { title, has_newsletter } = await who.call(`/api/contacts/${id}`);
	assert.deepEqual([title, has_newsletter], ['Admiral', true]);
	await page.getByRole('tab', { name: 'Deals' }).click();
	await page.waitForURL(/tab=deals/);
	await who.press('New deal');
	await drawer(who, 'New deal').getByLabel('Name *').fill('Compiler');
	await drawer(who, 'New deal').getByRole('button', { name: 'Save' }).click();
	await page.getByRole('tabpanel').getByRole('link', { name: 'Compiler' }).waitFor();
	const [deal] = await who.call('/api/deals');
	assert.deepEqual(deal.contact_ids, [id]);
	await page.reload();
	await page.getByRole('tabpanel').getByRole('link', { name: 'Compiler' }).waitFor();
	await page.getByRole('tab', { name: 'Appointments' }).click();
	await who.press('New appointment');
	await drawer(who, 'New appointment').getByLabel('Title *').fill('Launch');
	await drawer(who, 'New appointment').getByRole('button', { name: 'Save' }).click();
	await page.getByRole('tabpanel').getByRole('link', { name: 'Launch' }).click();
	await page.getByRole('heading', { name: 'Launch', level: 1 }).waitFor();
	await who.looks('appointment-page');
	await who.close();
});

long('companies and deals show the tasks and appointments of their contacts', async () => {
	const who = await member();
	const { page } = who;
	const company = await who.call('/api/companies', { name: 'Navy' });
	const contact = await who.call('/api/contacts', { first_name: 'Grace', last_name: 'Hopper', company_id: company.id });
	const deal = await who.call('/api/deals', { name: 'Compiler', stage: 'opportunity', amount: 1, contact_ids: [contact.id] });
	const lonely = await who.call('/api/deals', { name: 'Lonely', stage: 'opportunity', amount: 1 });
	await who.go(`/companies/${company.id}/show?tab=tasks`);
	await who.sees('No open tasks');
	await who.press('New task');
	const form = drawer(who, 'New task');
	await form.getByLabel('Task *').fill('Find the moth');
	assert.equal(await form.getByRole('combobox', { name: 'Contact' }).inputValue(), 'Grace Hopper');
	await form.getByRole('button', { name: 'Save' }).click();
	await page.getByRole('tabpanel').getByRole('checkbox', { name: 'Find the moth' }).waitFor();
	await page.getByRole('tabpanel').getByRole('link', { name: 'Grace Hopper' }).waitFor();
	await who.looks('company-tasks');
	await who.go(`/deals/${deal.id}/show?tab=tasks`);
	await page.getByRole('tabpanel').getByRole('checkbox', { name: 'Find the moth' }).click();
	await who.sees('No open tasks');
	await page.getByRole('tab', { name: 'Appointments' }).click();
	await who.press('New appointment');
	await drawer(who, 'New appointment').getByLabel('Title *').fill('Launch');
	await drawer(who, 'New appointment').getByRole('button', { name: 'Save' }).click();
	await page.getByRole('tabpanel').getByRole('link', { name: 'Launch' }).waitFor();
	assert.equal((await who.call('/api/appointments'))[0].contact_id, contact.id);
	await who.go(`/deals/${lonely.id}/show?tab=appointments`);
	await who.sees('No appointments yet');
	assert.equal(await page.getByRole('button', { name: 'New appointment' }).count(), 0);
	await who.close();
});

long('the times of an appointment are edited in place, and a new start moves the end', async () => {
	const who = await member({ timezoneId: 'Europe/London' });
	const { page } = who;
	const make = (data) => who.call('/api/appointments', { time_zone: 'Europe/London', ...data });
	const { id } = await make({ title: 'Launch', starts_at: '2027-03-01T09:00:00Z', ends_at: '2027-03-01T10:30:00Z' });
	const about = page.getByRole('region', { name: 'About' });
	const put = async (name, input, value) => {
		await about.getByRole('button', { name }).click();
		await page.getByRole('dialog').getByLabel(input).fill(value);
		const saved = page.waitForResponse((rs) => rs.request().method() === 'PUT');
		await page.keyboard.press('Enter');
		await saved;
	};
	const times = async (one) => {
		const { starts_at, ends_at } = await who.call(`/api/appointments/${one}`);
		return [starts_at, ends_at].map((time) => new Date(time).toISOString().slice(0, 16));
	};
	await who.go(`/appointments/${id}/show`);
	await put('Edit Starts: Launch', 'Starts', '2027-03-02T14:00');
	assert.deepEqual(await times(id), ['2027-03-02T14:00', '2027-03-02T15:30']);
	await put('Edit Ends: Launch', 'Ends', '2027-03-02T15:00');
	assert.deepEqual(await times(id), ['2027-03-02T14:00', '2027-03-02T15:00']);
	await about.getByRole('button', { name: 'Edit Ends: Launch' }).click();
	await page.getByRole('dialog').getByLabel('Ends').fill('2027-03-01T15:00');
	await page.keyboard.press('Enter');
	await who.sees('End must be after start');
	const fair = await make({ title: 'Fair', all_day: true, starts_local: '2027-03-01T00:00:00', ends_local: '2027-03-03T00:00:00' });
	await who.go(`/appointments/${fair.id}/show`);
	await about.getByText('2 Mar 2027').waitFor();
	await put('Edit Starts: Fair', 'First day', '2027-03-30');
	assert.deepEqual(await times(fair.id), ['2027-03-29T23:00', '2027-03-31T23:00']);
	await who.looks('appointment-times');
	await who.close();
});

long('the files of all notes are listed, page by page', async () => {
	const who = await member();
	const { page } = who;
	const { id } = await who.call('/api/contacts', { last_name: 'Hopper' });
	const file = (n) => ({ src: `/api/files/${n}`, title: `plan ${n}.txt` });
	const note = (n) => ({ method: 'POST', resource: 'contact_notes', data: { contact_id: id, text: `Note ${n}`,
		date: new Date(2026, 0, 1, 0, n).toISOString(), attachments: n % 2 ? [] : [file(n)] } });
	for (let from = 0; from < 120; from += 60)
		await who.call('/api/batch', { operations: Array.from({ length: 60 }, (_, n) => note(from + n)) });
	await who.go(`/contacts/${id}/show?tab=files`);
	const panel = page.getByRole('tabpanel');
	await panel.getByText('plan 118.txt').waitFor();
	assert.equal(await panel.getByRole('listitem').count(), 50);
	await panel.getByRole('button', { name: 'Show more' }).click();
	await panel.getByText('plan 0.txt').waitFor();
	assert.equal(await panel.getByRole('listitem').count(), 60);
	await who.close();
});

long('a call is logged in two clicks, and a note is edited and shown as Markdown', async () => {
	const who = await member();
	const { page } = who;
	const { id } = await who.call('/api/contacts', { first_name: 'Grace', last_name: 'Hopper' });
	await who.go(`/contacts/${id}/show`);
	await who.press('Log call');
	await page.keyboard.type('She found a moth');
	await page.getByRole('dialog', { name: 'Log call' }).getByRole('button', { name: 'Save' }).click();
	await who.sees('Activity logged');
	const [activity] = await who.call('/api/activities');
	assert.deepEqual([activity.type, activity.contact_id, activity.body], ['call', id, 'She found a moth']);
	await page.getByRole('tabpanel').getByText(/^Call · /).waitFor();
	await who.fill({ 'Write a note': 'See **the log**' });
	await page.setInputFiles('input[type=file]', { name: 'MOTH.PNG', mimeType: 'image/png', buffer: Buffer.from(
		'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64') });
	await who.press('Add note');
	await page.getByRole('listitem').locator('strong', { hasText: 'the log' }).waitFor();
	await page.waitForFunction(() => document.querySelector('li img')?.naturalWidth === 1);
	await page.getByRole('tab', { name: 'Files' }).click();
	await page.getByRole('tabpanel').getByRole('link', { name: 'MOTH.PNG' }).waitFor();
	await who.settled(); // a number in a tab's label moves the tabs after it
	await page.getByRole('tab', { name: 'Activity' }).click();
	await who.press('Edit this note');
	await page.getByLabel('Note', { exact: true }).fill('See [the log](https://log.example/)');
	// The text is kept after an error.
	who.expect(/^422 PUT \/api\/contact_notes/);
	await page.route('**/api/contact_notes/*', (route) => route.request().method() === 'PUT'
		? route.fulfill({ status: 422, json: { type: '/problems/invalid', title: 'Invalid content', status: 422, message: 'too long' } }) : route.continue());
	await who.press('Save');
	await page.getByText('too long').waitFor();
	assert.equal(await page.getByLabel('Note', { exact: true }).inputValue(), 'See [the log](https://log.example/)');
	await page.unroute('**/api/contact_notes/*');
	await who.press('Save');
	await page.getByRole('link', { name: 'the log' }).waitFor();
	await who.looks('record-notes');
	await who.close();
});

long('a resource with only a description has a list, a form and a page, and so does a resource without one', async () => {
	const who = await member();
	const { page } = who;
	await who.call('/api/activities', { type: 'call', subject: 'About the moth' });
	await who.go('/activities');
	await page.getByRole('columnheader', { name: 'When' }).waitFor();
	await page.getByRole('row').filter({ hasText: 'About the moth' }).getByText('Call', { exact: true }).click();
	await page.getByRole('option', { name: 'Meeting' }).click();
	await page.getByRole('row').filter({ hasText: 'Meeting' }).waitFor();
	await who.settled();
	assert.equal((await who.call('/api/activities'))[0].type, 'meeting');
	await who.looks('activities');
	await page.getByRole('link', { name: 'About the moth' }).click();
	await page.getByRole('region', { name: 'About' }).getByText('Meeting').waitFor();
	await who.looks('activity');
	const phone = await demonstrator({ width: 360 });
	await phone.go('/activities');
	await phone.page.getByRole('link', { name: /Needs and dates/ }).getByText(/^Call · Priya Raman/).waitFor();
	await phone.looks('activities-phone');
	await phone.go('/sales');
	await phone.page.getByRole('link', { name: /Demo User/ }).getByText(DEMO).waitFor();
	await phone.looks('sales-phone');
	await phone.close();

	const { id } = await who.call('/api/contacts', { last_name: 'Hopper' });
	await who.call('/api/contact_notes', { contact_id: id, text: 'Found a moth', date: new Date().toISOString() });
	await who.go('/contact_notes');
	await page.getByRole('columnheader', { name: 'Text' }).waitFor();
	await who.looks('contact_notes');
	await page.getByRole('main').getByRole('button', { name: 'New', exact: true }).click();
	await page.waitForURL(/\/contact_notes\/create$/);
	await page.getByRole('textbox', { name: 'Text' }).waitFor();
	// The API creates the organization's users with a different request, does not delete them, and edits one user at a
	// time.
	await who.go('/sales');
	await page.getByRole('columnheader', { name: 'Email' }).waitFor();
	assert.equal(await page.getByRole('checkbox').count(), 0);
	assert.equal(await page.getByRole('main').getByRole('button', { name: 'New', exact: true }).count(), 0);
	await page.getByRole('row').nth(1).getByRole('link').first().click();
	await page.getByRole('link', { name: 'Edit', exact: true }).waitFor();
	assert.equal(await (await further(page, 'Delete')).count(), 0);
	await who.go('/contact_notes');
	await page.getByRole('link', { name: 'Found a moth' }).click();
	await page.waitForURL(/\/contact_notes\/\d+\/show/);
	await page.getByRole('region', { name: 'About' }).getByText('Found a moth').click();
	await page.getByRole('dialog', { name: /^Text: / }).getByRole('textbox').fill('Found two moths');
	await page.keyboard.press('Enter');
	await page.getByRole('heading', { name: 'Found two moths' }).waitFor();
	await who.go('/nothing_like_that');
	await who.sees('Page not found');
	await who.close();
});

test('the description of a resource has at most 80 lines', () => {
	for (const name of readdirSync(join(process.env.SOURCES, 'web/src/resources')))
		assert.ok(readFileSync(join(process.env.SOURCES, 'web/src/resources', name), 'utf8').split('\n').length <= 81, name);
});
