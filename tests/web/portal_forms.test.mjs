// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// long: it creates and changes a record of each kind that a member has.
// A member works with their own records in the portal: creates, edits and deletes them, and presses the first button,
// by mouse and by keyboard, at both widths.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { association } from './lib/association.mjs';
import { createBeside, edit, input, main, remove, visit } from './lib/records.mjs';

// Messages are written in their thread (see member_messages.test.mjs).
const ELSEWHERE = ['member_messages'];

test('a member works with their own records in the portal', async () => {
	const { boss, mia: who } = await association({ width: 1440 });
	const { paths } = await boss.call('/api/openapi.json');
	who.page.on('dialog', (dialog) => dialog.accept());
	who.expect(/^404 GET /);	// the page may request the deleted record again
	const catalogue = await who.call('/api/catalogue'), may = (name, action) => catalogue[name]?.own && catalogue[name].actions.includes(action);
	const names = Object.keys(catalogue).filter((name) => may(name, 'create') && !ELSEWHERE.includes(name));
	assert.ok(names.length > 5, names.join());
	await who.go('/');
	await who.settled();
	who.blank = who.page.getByRole('link', { name: 'My profile', exact: true });	// an unknown address shows the first page
	const rows = {}, faults = [];
	const { page } = who, buttons = page.locator('main').getByRole('button', { name: /^(New|Add|Join|Pay|Report) / });
	let n = 0;
	// A page shows the records of several resources.
	for (const name of names) {
		if (rows[name])
			continue;
		await visit(who, `/${name}`);
		await who.settled();
		for (const label of await buttons.allInnerTexts()) {
			const [resource, row] = await createBeside(who, page.locator('main').getByRole('button', { name: label, exact: true }).first(), await input(who, n++))
				.catch(({ message }) => faults.push(`${name}, ${label}: ${message}`) && []);
			rows[resource] = row;
			await visit(who, `/${name}`);	// in the portal, there is no drawer
			await who.settled();
		}
	}
	assert.deepEqual(faults, []);
	assert.deepEqual(names.filter((name) => !rows[name]), []);
	const each = async (action, verb, work) => {
		for (const name of names.filter((one) => may(one, action) && paths[`/api/${one}/{id}`][verb]))
			await work(who, name, rows[name], await input(who, n++)).catch(({ message }) => faults.push(`${work.name} ${name}: ${message}`));
	};
	await each('update', 'patch', edit);
	await each('update', 'get', main);
	await each('delete', 'delete', remove);
	assert.deepEqual(faults, []);
	await who.close();
	await boss.close();
});

test('Ctrl+Enter saves each form of the portal', async () => {
	const { boss, mia: who, profile, make } = await association({ width: 1440 });
	await make('user_billing_schedules', { member_id: profile.id, description: 'Fee', amount: 4000, currency: 'EUR', due_on: '2030-02-01' });
	const { page } = who, buttons = page.locator('main').getByRole('button', { name: /^(New|Add|Join|Pay|Report)\b/ });
	await who.go('/');
	await who.settled();
	const pages = ['/', ...await page.locator('a[href^="/member/"]').evaluateAll((all) => all.map((one) => one.getAttribute('href')))];
	let seen = 0;
	for (const path of pages) {
		await who.go(path);
		await who.settled();
		const count = await buttons.count();	// an open form hides the buttons
		for (let n = 0; n < count; n++, seen++) {
			await who.go(path);
			await who.settled();
			await buttons.nth(n).click();
			const form = page.getByRole('dialog').locator('form');
			await form.locator('input, textarea').and(page.locator(':visible')).first().focus();
			await who.settled();
			await page.keyboard.press('Control+Enter');
			await page.waitForFunction(() => !document.querySelector('[role=dialog] form') || document.querySelector('[role=dialog] [aria-invalid=true]'), undefined, { timeout: 10000 })
				.catch(() => assert.fail(`${path}, button ${n}: nothing happened`));
		}
	}
	assert.ok(seen > 5, `${seen} forms`);
	await who.close();
	await boss.close();
});
