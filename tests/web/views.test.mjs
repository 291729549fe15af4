// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// Saved views are private or shared, selected, renamed, deleted and restored.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { long } from '../lib/api.mjs';
import { LOOKS, member } from './lib/browser.mjs';

async function keep(who, name, shared) {
	await who.press('Views');
	await who.page.getByRole('menuitem', { name: 'Save view…' }).click();
	await who.fill({ Name: name });
	if (shared)
		await who.page.getByLabel('Share with everyone').check();
	await who.press('Save');
	await who.page.getByRole('button', { name, exact: true }).waitFor();
}
const choose = async (who, from, to) => {
	await who.press(from);
	await who.page.getByRole('menuitem', { name: to }).click();
};

const [desktop, phone] = LOOKS;
const hot = `/contacts?${new URLSearchParams({ filter: JSON.stringify({ status: 'hot' }),
	displayedFilters: JSON.stringify({ status: true }), sort: 'first_name', order: 'DESC', page: 1, perPage: 25 })}`;

async function people(who) {
	for (const [first_name, status] of [['Ada', 'hot'], ['Charles', 'cold'], ['Grace', 'hot']])
		await who.call('/api/contacts', { first_name, last_name: 'Engine', status });
}

test('a list is saved with its filters and order, and opened again', async () => {
	const who = await member(desktop);
	const { page } = who;
	await people(who);
	await who.go(hot);
	const gone = page.getByText('Charles Engine');
	await who.sees('Grace Engine');
	await keep(who, 'Hot ones', true);
	await choose(who, 'Hot ones', 'All');
	await gone.waitFor();
	await choose(who, 'Views', 'Hot ones');
	await gone.waitFor({ state: 'detached' });
	assert.match(page.url(), /sort=first_name/);
	await page.mouse.move(0, 0); // away from the header, whose tooltip is not part of the page
	await who.looks('views-desktop');
	await choose(who, 'Hot ones', 'Edit “Hot ones”…');
	await who.fill({ Name: 'Warmest' });
	await who.press('Save');
	await choose(who, 'Warmest', 'Delete “Warmest”');
	await who.sees('“Warmest” deleted');
	assert.deepEqual(await who.call('/api/views'), []);
	await who.press('Undo');
	await page.getByRole('button', { name: 'Warmest' }).waitFor();
	const [view] = await who.call('/api/views');
	assert.deepEqual([view.sharing, view.filters, view.sort], ['organization', { status: 'hot' }, ['first_name', 'DESC']]);
	await who.close();
});

long('a view is saved on a phone', async () => {
	const who = await member(phone);
	const { page } = who;
	await people(who);
	await who.call('/api/views', { resource: 'contacts', name: 'Chauds', filters: { status: 'hot' }, sort: ['first_name', 'DESC'] });
	await who.go(hot);
	await who.press('Chauds'); // the list is recognized as this view
	await page.getByRole('menuitem', { name: 'Modifier « Chauds »…' }).click();
	await page.getByRole('dialog').waitFor();
	await who.looks('views-phone', { fullPage: false });
	await who.close();
});

long('the board of deals has views', async () => {
	const who = await member();
	const { page } = who;
	for (const deal of ['Engine', 'Loom'])
		await who.call('/api/deals', { name: deal, stage: 'opportunity', amount: 1 });
	await who.go('/deals?q=engine');
	await who.sees('Engine');
	await keep(who, 'Machines');
	await choose(who, 'Machines', 'All');
	await who.sees('Loom');
	await choose(who, 'Views', 'Machines');
	await page.getByText('Loom').waitFor({ state: 'detached' });
	assert.equal(await page.getByRole('searchbox').inputValue(), 'engine');
	await who.close();
});
