// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// Tables: cells that are edited in place, columns, and changes to many records.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { long } from '../lib/api.mjs';
import { LOOKS, colleague, member, isRead } from './lib/browser.mjs';
import { renders } from './lib/renders.mjs';

const row = (who, name) => who.page.getByRole('row').filter({ hasText: name });
const cell = (who, field, name) => who.page.getByRole('button', { name: `Edit ${field}: ${name}` });
const editor = (who, field, name) => who.page.getByRole('dialog', { name: `${field}: ${name}` });
const find = async (who, last_name) => (await who.call(`/api/contacts?filter=${JSON.stringify({ last_name })}`))[0];

async function people(who, count = 2) {
	const { id } = await who.call('/api/companies', { name: 'Navy' });
	await who.call('/api/batch', { operations: Array.from({ length: count }, (_, n) => ({ method: 'POST', resource: 'contacts',
		data: { first_name: 'Person', last_name: `Number${n}`, title: 'Buyer', company_id: id, status: 'cold',
			last_seen: new Date(Date.now() - n * 60_000).toISOString(),
			email_jsonb: [{ email: `person${n}@tables.test`, type: 'Work' }] } })) });
}

async function columns(who, deed) {
	await who.press('Columns');
	const dialog = who.page.getByRole('dialog', { name: 'Columns' });
	await deed(dialog);
	await who.page.keyboard.press('Escape');
	await who.page.locator('.MuiBackdrop-root').last().waitFor({ state: 'detached' });
}

test('a cell is edited by mouse, and with Enter, Escape, Tab and the arrow keys', async () => {
	const who = await member();
	const { page } = who;
	await people(who);
	await who.go('/contacts');
	await who.sees('Person Number0');
	await columns(who, async (dialog) => {
		await dialog.getByRole('checkbox', { name: 'Position' }).check();
		await dialog.getByRole('checkbox', { name: 'Tags' }).uncheck();
	});
	await row(who, 'Number0').getByText('Buyer').last().click();
	await editor(who, 'Position', 'Person Number0').getByRole('textbox').fill('Captain');
	await who.looks('tables-edit', { fullPage: false });
	const saved = page.waitForResponse((rs) => rs.request().method() === 'PUT');
	await page.keyboard.press('Enter');
	assert.deepEqual((await saved).request().postDataJSON(), { title: 'Captain' });
	await row(who, 'Number0').getByText('Captain').first().waitFor();
	assert.equal((await find(who, 'Number0')).title, 'Captain');
	// Escape discards the edit.
	await cell(who, 'Position', 'Person Number0').focus();
	await page.keyboard.press('Enter');
	await editor(who, 'Position', 'Person Number0').getByRole('textbox').fill('Nobody');
	await page.keyboard.press('Escape');
	await editor(who, 'Position', 'Person Number0').waitFor({ state: 'detached' });
	assert.equal(await page.getByText('Nobody').count(), 0);
	// The arrow key moves to the next row. Tab saves and opens the next cell.
	await page.keyboard.press('ArrowDown');
	await page.keyboard.press('Enter');
	await editor(who, 'Position', 'Person Number1').getByRole('textbox').fill('Admiral');
	await page.keyboard.press('Shift+Tab');
	await page.getByRole('option', { name: 'Hot' }).click();
	await row(who, 'Number1').getByText('Hot').waitFor();
	await who.settled();
	const { title, status } = await find(who, 'Number1');
	assert.deepEqual([title, status], ['Admiral', 'hot']);
	await cell(who, 'Emails', 'Person Number1').click();
	const emails = editor(who, 'Emails', 'Person Number1');
	await emails.getByRole('textbox', { name: 'Email' }).fill('admiral@tables.test');
	await page.keyboard.press('Enter');
	await row(who, 'Number1').getByRole('link', { name: 'admiral@tables.test' }).waitFor();
	// A delayed response about the previous company does not replace the typed text.
	await page.route('**/api/companies*', (route) => setTimeout(() => route.continue(), 700));
	const navy = page.waitForResponse((rs) => isRead('/api/companies')(rs) && rs.url().includes('id'));
	await cell(who, 'Company', 'Person Number1').click();
	await editor(who, 'Company', 'Person Number1').getByRole('combobox').fill('Fleet');
	await navy;
	await page.getByRole('option', { name: 'Create “Fleet”' }).click();
	await row(who, 'Number1').getByRole('link', { name: 'Fleet' }).waitFor();
	await who.close();
});

const heights = (who) => who.page.locator('tbody tr').evaluateAll((rows) => [...new Set(rows.map((one) => Math.round(one.getBoundingClientRect().height)))]);

// Returns the names of the rows that an action renders again.
const again = async (who, deed) => [...new Set((await renders(who.page, 'tbody [data-edit]', deed)).map((label) => label.split(': ')[1]))];

long('an edit renders only its row, and a page of rows creates few formats and elements', async () => {
	const who = await member();
	const { page } = who;
	await people(who, 30);
	await who.call(`/api/contacts/${(await find(who, 'Number3')).id}`, { phone_jsonb: Array.from({ length: 4 }, (_, n) => ({ number: `+44 20 7946 000${n}`, type: 'Work' })),
		tags: await Promise.all(['Early', 'Late', 'A tag with a long name', 'And another'].map(async (name) => (await who.call('/api/tags', { name, color: '#88aa88' })).id)) }, 'PATCH');
	await page.addInitScript(() => {
		globalThis.formats = 0;
		for (const name of ['DateTimeFormat', 'NumberFormat', 'RelativeTimeFormat'])
			Intl[name] = new Proxy(Intl[name], { construct(...args) { globalThis.formats++; return Reflect.construct(...args); } });
	});
	await who.go('/contacts');
	await who.sees('Person Number29');
	await who.settled();
	assert.ok(await page.evaluate(() => globalThis.formats) < 30);
	assert.ok(await page.evaluate(() => document.querySelectorAll('tbody *').length) < 30 * 42);
	// A new address does not render any row again.
	assert.deepEqual(await renders(page, 'tbody a', () => who.lead('/contacts#elsewhere')), []);
	// A long value is cut off, and its row is as high as the other rows.
	assert.deepEqual(await heights(who), [36]);
	assert.deepEqual(await again(who, async () => {
		await cell(who, 'Emails', 'Person Number7').click();
		await editor(who, 'Emails', 'Person Number7').getByRole('textbox', { name: 'Email' }).fill('one@tables.test');
	}), []);
	assert.deepEqual(await again(who, async () => {
		await page.keyboard.press('Enter');
		await row(who, 'Number7').getByRole('link', { name: 'one@tables.test' }).waitFor();
		await who.settled();
	}), ['Person Number7']);
	assert.deepEqual(await again(who, () => page.getByRole('checkbox', { name: 'Select: Person Number2', exact: true }).check()), ['Person Number2']);
	await who.close();
});

test('a refused edit is reverted, and a colleague\'s edit of the same field shows both versions', async () => {
	const who = await member();
	const { page } = who;
	await people(who);
	await who.go('/contacts');
	await who.sees('Person Number0');
	await columns(who, (dialog) => dialog.getByRole('checkbox', { name: 'Position' }).check());
	const put = async (text) => {
		await cell(who, 'Position', 'Person Number0').click();
		await editor(who, 'Position', 'Person Number0').getByRole('textbox').fill(text);
	};
	who.expect(/^(422|412) PUT /);
	await page.route('**/api/contacts/*', (route) => route.request().method() !== 'PUT' ? route.continue() : route.fulfill({ status: 422,
		contentType: 'application/problem+json', body: JSON.stringify({ status: 422, message: 'no such rank' }) }));
	await put('Pirate');
	await page.keyboard.press('Enter');
	await who.sees('no such rank');
	await row(who, 'Number0').getByText('Pirate').first().waitFor({ state: 'detached' });
	await page.unroute('**/api/contacts/*');
	const { id } = await find(who, 'Number0');
	const read = page.waitForResponse(isRead(`/api/contacts/${id}`));
	await put('Captain');
	await read;
	await who.call(`/api/contacts/${id}`, { title: 'Admiral' }, 'PATCH');
	await page.keyboard.press('Enter');
	const dialog = page.getByRole('dialog', { name: 'Someone else edited this' });
	await dialog.getByText('Theirs: Admiral').waitFor();
	await dialog.getByRole('button', { name: 'Save selection' }).click();
	await dialog.waitFor({ state: 'detached' });
	await row(who, 'Number0').getByText('Captain').first().waitFor();
	assert.equal((await find(who, 'Number0')).title, 'Captain');
	await who.close();
});

long('columns are kept with their order and width, even in a saved view', async () => {
	const who = await member(LOOKS[0]);
	const { page } = who;
	await people(who);
	await who.go('/contacts');
	await who.sees('Person Number0');
	const heads = async () => (await page.getByRole('columnheader').allInnerTexts()).map((text) => text.trim()).filter(Boolean);
	await columns(who, async (dialog) => {
		await dialog.getByRole('checkbox', { name: 'Tags' }).uncheck();
		await dialog.getByRole('checkbox', { name: 'LinkedIn' }).check();
		await dialog.getByRole('button', { name: 'Move up: LinkedIn' }).click();
		await dialog.getByRole('button', { name: 'Wider: Company' }).click();
		assert.deepEqual(await heights(who), [36]);
		await dialog.getByRole('switch', { name: 'Comfortable rows' }).check();
		await who.looks('tables-columns', { fullPage: false });
	});
	const wanted = ['Name', 'Company', 'Emails', 'Phone numbers', 'Status', 'LinkedIn', 'Last activity'];
	assert.deepEqual(await heads(), wanted);
	const company = page.getByRole('columnheader', { name: 'Company' });
	assert.equal(Math.round((await company.boundingBox()).width), 240);
	const { x, y, width, height } = await company.boundingBox();
	await page.mouse.move(x + width - 4, y + height / 2);
	await page.mouse.down();
	await page.mouse.move(x + width + 56, y + height / 2, { steps: 4 });
	await page.mouse.up();
	await page.reload();
	await who.sees('Person Number0');
	assert.deepEqual(await heads(), wanted);
	assert.equal(Math.round((await company.boundingBox()).width), 300);
	assert.deepEqual(await heights(who), [52]);
	await who.looks('tables-comfortable');
	await who.press('Views');
	await page.getByRole('menuitem', { name: 'Save view…' }).click();
	await who.fill({ Name: 'Mine' });
	await who.press('Save');
	await page.getByRole('button', { name: 'Mine', exact: true }).waitFor();
	await columns(who, (dialog) => dialog.getByRole('button', { name: 'Reset' }).click());
	const usual = await heads();
	assert.ok(!usual.includes('LinkedIn'));
	await who.press('Mine');
	await page.getByRole('menuitem', { name: 'Mine', exact: true }).click();
	await page.getByRole('columnheader', { name: 'LinkedIn' }).waitFor();
	assert.deepEqual(await heads(), wanted);
	// The user's selection is restored, and a view with invalid columns shows the default columns.
	await who.press('Mine');
	await page.getByRole('menuitem', { name: 'All', exact: true }).click();
	await page.getByRole('columnheader', { name: 'LinkedIn' }).waitFor({ state: 'detached' });
	assert.deepEqual(await heads(), usual);
	await who.call('/api/views', { resource: 'contacts', name: 'Other', filters: { status: 'cold' }, columns: [null, { name: 'nothing' }, { width: 3 }] });
	await page.reload();
	await who.press('Views');
	await page.getByRole('menuitem', { name: 'Other', exact: true }).click();
	await page.getByRole('button', { name: 'Other', exact: true }).waitFor();
	await who.sees('Person Number0');
	assert.deepEqual(await heads(), usual);
	await who.close();
});

test('all matching records are edited, exported and deleted, after a question with their number', async () => {
	const boss = await member();
	await colleague(boss, 'member', { first_name: 'Grace', last_name: 'Hopper' });
	const { page } = boss;
	await people(boss, 60);
	await boss.go('/contacts');
	await boss.sees('Person Number0');
	await page.getByRole('checkbox', { name: 'Select all' }).check();
	await boss.sees('50 selected');
	await boss.press('Select all 60');
	await boss.sees('60 selected');
	await boss.looks('tables-selected', { fullPage: false });
	const bar = page.locator('[data-test=bulk-actions-toolbar]');
	await bar.getByRole('button', { name: 'Export' }).click();
	const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: 'NDJSON' }).click()]);
	const text = (await (await file.createReadStream()).toArray()).join('');
	assert.equal(text.trim().split('\n').length, 60);
	await bar.getByRole('button', { name: 'Edit' }).click();
	await page.getByRole('option', { name: 'Status' }).click();
	const dialog = page.getByRole('dialog', { name: 'Edit 60 records' });
	await dialog.getByRole('combobox', { name: 'Status', exact: true }).click();
	await page.getByRole('option', { name: 'Hot' }).click();
	await dialog.getByRole('button', { name: 'Update 60 records' }).click();
	await boss.sees('Status: 60 records updated');
	const hot = async () => (await boss.call('/api/contacts?filter={"status":"hot"}&range=[0,99]')).length;
	assert.equal(await hot(), 60);
	await boss.press('Undo');
	await boss.sees('Undone');
	assert.equal(await hot(), 0);
	await page.getByRole('checkbox', { name: 'Select all' }).check();
	await boss.press('Delete');
	await page.getByRole('dialog', { name: 'Delete 50 records?' }).getByRole('button', { name: 'Delete' }).click();
	await boss.sees('50 contacts deleted');
	assert.equal((await boss.call('/api/contacts?range=[0,99]')).length, 10);
	await boss.press('Undo');
	await boss.sees('1-50 of 60');
	// The server deletes at most 1,000 records at once.
	await page.route('**/api/contacts?*', async (route) => {
		const response = await route.fetch();
		await route.fulfill({ response, headers: { ...response.headers(), 'content-range': 'contacts 0-49/1001' } });
	});
	await page.reload();
	await page.getByRole('checkbox', { name: 'Select all' }).check();
	await boss.press('Select all 1,001');
	assert.ok(await page.getByRole('button', { name: 'At most 1,000 can be deleted at once' }).isDisabled());
	await boss.close();
});

test('a user who may not change records has no editors', async () => {
	const boss = await member();
	await people(boss);
	const vera = await colleague(boss, 'viewer');
	await vera.go('/contacts');
	await vera.sees('Person Number0');
	assert.equal(await vera.page.getByRole('button', { name: /^Edit / }).count(), 0);
	await vera.close();
	await boss.close();
});
