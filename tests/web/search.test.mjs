// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// The search box: rows, pages and actions, by keyboard only.
import { before, test } from 'node:test';
import { BASE, WIDTHS, demonstrator, seedDemo } from './lib/browser.mjs';

before(seedDemo);

for (const [name, width] of Object.entries(WIDTHS))
	test(`finds a contact despite a typing error, and opens it (${name})`, async () => {
		const who = await demonstrator({ width });
		await who.go('/');
		await who.page.getByRole('button', { name: 'Search', exact: true }).click();
		await who.page.getByRole('combobox', { name: 'Search' }).fill('okafr');
		await who.page.getByRole('option', { name: /Maya Okafor/ }).first().waitFor();
		await who.looks(`search-${name}`);
		await who.page.keyboard.press('Enter');
		await who.page.waitForURL(/\/contacts\/\d+\/show/);
		await who.page.getByRole('heading', { name: 'Maya Okafor', level: 1 }).waitFor();
		await who.close();
	});

test('Ctrl+K opens it, arrow keys select, Escape closes; it finds pages and actions', async () => {
	const who = await demonstrator();
	await who.go('/');
	await who.page.getByRole('heading', { level: 1 }).waitFor();
	await who.page.keyboard.press('Control+k');
	await who.page.getByRole('combobox', { name: 'Search' }).fill('trash');
	await who.sees('No results for “trash”');
	await who.page.keyboard.press('Escape');
	await who.page.getByRole('dialog').waitFor({ state: 'detached' });
	await who.page.keyboard.press('Control+k');
	await who.page.getByRole('combobox', { name: 'Search' }).fill('contact');
	await who.page.getByRole('option', { name: 'New contact' }).waitFor();
	await who.page.getByRole('combobox', { name: 'Search' }).fill('tras');
	await who.page.getByRole('option', { name: 'Trash', selected: true }).waitFor();
	await who.page.keyboard.press('Enter');
	await who.page.waitForURL(`${BASE}/trash`);
	await who.close();
});
