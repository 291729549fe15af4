// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// Lists as calendars by a date, for custom objects and other resources.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { colleague, member } from './lib/browser.mjs';

const show = async ({ page }, view) => {
	await page.getByRole('button', { name: 'View as' }).click();
	await page.getByRole('menuitem', { name: view }).click();
};
const dayOf = (n) => {
	const now = new Date();
	return `${now.getFullYear()}-${String(now.getMonth() + 1).padStart(2, '0')}-${String(n).padStart(2, '0')}`;
};
const middle = async (locator) => {
	const { x, y, width, height } = await locator.boundingBox();
	return [x + width / 2, y + height / 2];
};
async function drag(page, from, to) {
	const [start, end] = [await middle(from), await middle(to)];
	await page.mouse.move(...start);
	await page.mouse.down();
	await page.mouse.move(...end, { steps: 6 });
	await page.mouse.up();
}
const cell = ({ page }, n) => page.locator(`[data-date="${dayOf(n)}"]`).first();

test('records are shown, created, moved by mouse and opened in a calendar, and a move is undone', async () => {
	const who = await member();
	const { page } = who;
	const { resource } = await who.call('/api/object_definitions', { label: 'Machine', plural: 'Machines', icon: 'machine' });
	await who.call('/api/field_definitions', { resource, label: 'Service', kind: 'date' });
	const { id } = await who.call(`/api/${resource}`, { name: 'Lathe', custom: { service: dayOf(10) } });
	await who.call(`/api/${resource}`, { name: 'Drill', custom: { service: dayOf(12) } });
	await who.call(`/api/${resource}`, { name: 'Unplanned' });
	const service = async () => (await who.call(`/api/${resource}/${id}`)).custom.service;
	await who.go(`/${resource}`);
	await show(who, 'Calendar: Service');
	await page.getByRole('link', { name: 'Lathe' }).waitFor();
	assert.equal(await page.getByRole('link', { name: 'Unplanned' }).count(), 0);
	await who.looks('record-calendar');

	await drag(page, page.getByRole('link', { name: 'Lathe' }), cell(who, 17));
	await who.sees('“Lathe” moved to');
	assert.equal(await service(), dayOf(17));
	await page.getByRole('alert').filter({ hasText: '“Lathe” moved' }).getByRole('button', { name: 'Undo' }).click();
	await cell(who, 10).getByText('Lathe').waitFor();
	assert.equal(await service(), dayOf(10));

	// The keyboard reaches each day.
	await page.locator(`[data-slot^="${dayOf(20)}"]`).focus();
	await page.keyboard.press('ArrowRight');
	await page.keyboard.press('Enter');
	const form = page.getByRole('dialog');
	await form.getByRole('textbox', { name: 'Name' }).fill('Press');
	await form.getByRole('button', { name: 'Save' }).click();
	await cell(who, 21).getByText('Press').waitFor();

	// The list's filter applies, and other months are shown.
	await page.getByRole('searchbox').or(page.getByPlaceholder('Search')).first().fill('Drill');
	await page.getByRole('link', { name: 'Lathe' }).waitFor({ state: 'detached' });
	await page.getByRole('button', { name: 'Next' }).click();
	await page.getByRole('link', { name: 'Drill' }).waitFor({ state: 'detached' });
	const month = await page.locator('h2').first().innerText();
	await show(who, 'Table');
	await show(who, 'Calendar: Service');
	await page.getByRole('heading', { name: month }).waitFor();
	await page.getByRole('button', { name: 'Today' }).click();
	await page.getByRole('link', { name: 'Drill' }).click();
	await page.getByRole('heading', { name: 'Drill' }).waitFor();

	// A colleague who may only read cannot move a record or create one.
	const reader = await colleague(who, 'viewer');
	await reader.go(`/${resource}`);
	await show(reader, 'Calendar: Service');
	await reader.page.getByRole('link', { name: 'Lathe' }).waitFor();
	assert.equal(await reader.page.locator('[data-slot]').count(), 0);
	await show(reader, 'Table');
	await reader.page.getByRole('link', { name: 'Unplanned' }).waitFor();
});

test('a date with a time keeps its time when it is moved', async () => {
	const who = await member();
	const { page } = who;
	await who.call('/api/field_definitions', { resource: 'companies', label: 'Visit', kind: 'time' });
	const { id } = await who.call('/api/companies', { name: 'Juniper', custom: { visit: `${dayOf(14)}T12:20:00Z` } });
	await who.go('/companies');
	await show(who, 'Calendar: Visit');
	await who.settled();
	await drag(page, page.getByRole('link', { name: 'Juniper' }), cell(who, 16));
	await who.sees('“Juniper” moved to');
	const { custom } = await who.call(`/api/companies/${id}`);
	assert.match(custom.visit, new RegExp(`^${dayOf(16)}T1[123]:20:00`));	// a clock change may lie between the days
});
