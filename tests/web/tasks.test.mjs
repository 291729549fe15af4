// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// Tasks: due dates, completion, snoozing, and recurrence.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { long } from '../lib/api.mjs';
import { VISITS, demonstrator, member, seedDemo } from './lib/browser.mjs';

const DAY = 86_400_000;
const due = (days) => new Date(Date.now() + days * DAY).toISOString();
const part = (who, name) => who.page.getByRole('region', { name: new RegExp(`^${name}`) });
const find = async (who, filter) => who.call(`/api/tasks?filter=${encodeURIComponent(JSON.stringify(filter))}`);

before(async () => {
	seedDemo();
});

for (const { name, ...look } of VISITS)
	long(`the list and the form match their screenshots (${name})`, async () => {
		const who = await demonstrator(look);
		const [contact] = await who.call('/api/contacts?range=[0,0]');
		const late = await who.call('/api/tasks', { contact_id: contact.id, type: 'call', text: 'Was due the day before', due_date: due(-1) });
		await who.go('/tasks');
		await who.sees('Was due the day before');
		await who.sees('Send the revised drafts');
		await who.looks(`tasks-${name}`);
		await who.go(`/tasks/${late.id}`);
		await who.page.locator('[name=text]').first().waitFor();
		await who.looks(`task-edit-${name}`);
		await who.go('/tasks?show=done');
		await who.sees('Thank her for the signature');
		await who.looks(`tasks-done-${name}`);
		await who.call(`/api/tasks/${late.id}`, undefined, 'DELETE');
		await who.close();
	});

test('a recurring task is created, snoozed and completed, and its completion creates the next task', async () => {
	const who = await demonstrator();
	await who.go('/tasks');
	await who.page.getByRole('button', { name: 'New task' }).click();
	await who.fill({ 'Task *': 'Water <b>the plants</b>' });
	await who.page.getByRole('combobox', { name: /^Contact/ }).fill('okafor');
	await who.page.getByRole('option', { name: 'Maya Okafor' }).click();
	await who.page.getByRole('combobox', { name: 'Repeat' }).click();
	await who.page.getByRole('option', { name: 'Every week', exact: true }).click();
	await who.press('Save');
	await part(who, 'Today').getByText('Water <b>the plants</b>').waitFor();
	await who.page.getByRole('button', { name: /^Snooze: Water/ }).click();
	await who.page.getByRole('menuitem', { name: 'Tomorrow morning' }).click();
	await who.sees('You’ll be reminded on');
	const [task] = await find(who, { 'text@like': 'Water', 'done_date@is': null });
	assert.ok(task.remind_at);
	assert.equal(task.rrule, 'FREQ=WEEKLY');
	await part(who, 'Today').getByRole('checkbox', { name: /^Water/ }).click();
	await who.sees('Done. Next one scheduled');
	await part(who, 'Later').or(part(who, 'This week')).getByText('Water <b>the plants</b>').waitFor();
	assert.equal((await find(who, { 'text@like': 'Water' })).length, 2);
	await who.close();
});

long('a task shows its type as an icon and the company, and its actions appear with the pointer or the focus', async () => {
	const who = await member();
	const { page } = who;
	const { id: company_id } = await who.call('/api/companies', { name: 'Navy' });
	const { id: contact_id } = await who.call('/api/contacts', { first_name: 'Grace', last_name: 'Hopper', company_id });
	const { id: sales_id } = await who.call('/api/me');
	await who.call('/api/tasks', { contact_id, sales_id, type: 'call', text: 'Ask about the moth', due_date: new Date().toISOString() });
	await who.go('/tasks');
	const line = page.getByRole('listitem').filter({ hasText: 'Ask about the moth' });
	await line.getByText('Navy').waitFor();
	await line.getByTitle('Call').or(line.getByRole('img', { name: 'Call' })).first().waitFor();
	const shown = () => line.locator('.actions').evaluate((one) => getComputedStyle(one).opacity);
	assert.equal(await shown(), '0');
	await line.hover();
	assert.equal(await shown(), '1');
	await page.mouse.move(0, 0);
	await page.keyboard.press('j');
	await line.getByRole('link', { name: 'Edit: Ask about the moth' }).and(page.locator(':focus')).waitFor();
	assert.equal(await shown(), '1');
	await who.looks('task-line');
	await who.close();
});

long('the completion of a task is undone, and a task is edited', async () => {
	const who = await demonstrator();
	await who.go('/tasks');
	await who.page.getByRole('checkbox', { name: 'Quote for online booking' }).click();
	await who.sees('Done: Quote for online booking');
	await who.page.getByRole('checkbox', { name: 'Quote for online booking' }).waitFor({ state: 'detached' });
	await who.press('Undo');
	await who.page.getByRole('checkbox', { name: 'Quote for online booking' }).waitFor();
	await who.page.getByRole('link', { name: 'Edit: Quote for online booking' }).click();
	await who.fill({ 'Task *': 'Offer for online booking' });
	await who.press('Save');
	await who.page.getByRole('checkbox', { name: 'Offer for online booking' }).waitFor();
	assert.equal((await find(who, { text: 'Offer for online booking' }))[0].done_date, null);
	await who.close();
});

long('a colleague\'s new task appears without a reload', async () => {
	const one = await demonstrator(), other = await demonstrator();
	await one.go('/tasks');
	await one.sees('To do');
	const [contact] = await other.call('/api/contacts?range=[0,0]');
	await other.call('/api/tasks', { contact_id: contact.id, text: 'Came by itself', due_date: new Date().toISOString() });
	await part(one, 'Today').getByText('Came by itself').waitFor();
	await one.close();
	await other.close();
});
