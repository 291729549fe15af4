// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// The search box finds rows, pages and actions, by keyboard only.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { long } from '../lib/api.mjs';
import { BASE, WIDTHS, demonstrator, seedDemo } from './lib/browser.mjs';
import { renders } from './lib/renders.mjs';

before(seedDemo);

for (const [name, width] of Object.entries(WIDTHS))
	test(`a contact is found despite a typing error, and opened (${name})`, async () => {
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

long('Ctrl+K opens the search box, arrow keys select, Escape closes it, and it finds pages and actions', async () => {
	const who = await demonstrator();
	await who.go('/');
	await who.page.getByRole('heading', { level: 1 }).waitFor();
	await who.page.keyboard.press('Control+k');
	await who.page.getByRole('combobox', { name: 'Search' }).fill('qqzz');
	await who.sees('No results for “qqzz”');
	await who.page.keyboard.press('Escape');
	await who.page.getByRole('dialog').waitFor({ state: 'detached' });
	await who.page.keyboard.press('Control+k');
	await who.page.getByRole('combobox', { name: 'Search' }).fill('contact');
	await who.page.getByRole('option', { name: 'New contact' }).waitFor();
	await who.settled(); // waits until the found contacts are shown as well
	// An arrow key renders only two of the entries again.
	assert.equal((await renders(who.page, '[role=option]', () => who.page.keyboard.press('ArrowDown'))).length, 2);
	await who.page.getByRole('combobox', { name: 'Search' }).fill('tras');
	await who.page.getByRole('option', { name: 'Trash', selected: true }).waitFor();
	await who.page.keyboard.press('Enter');
	await who.page.waitForURL(`${BASE}/trash`);
	assert.equal(await who.page.getByText('No results').count(), 0);
	await who.close();
});

long('the search box runs commands: edit and move the current record, theme, language, organization', async () => {
	const who = await demonstrator();
	const { page } = who;
	const run = async (text, option) => {
		await page.keyboard.press('Control+k');
		await page.getByRole('combobox', { name: /Search|Rechercher/ }).fill(text);
		await page.getByRole('option', { name: option, selected: true }).waitFor();
		await page.keyboard.press('Enter');
		await page.getByRole('dialog').waitFor({ state: 'detached' });
	};
	const deal = (await who.call('/api/deals?filter={"archived_at@is":null}')).find(({ stage }) => stage !== 'qualified');
	await who.go(`/deals/${deal.id}/show`);
	await page.getByRole('heading', { level: 1, name: deal.name }).waitFor();
	await page.keyboard.press('Control+k');
	await page.getByRole('option', { name: `Edit “${deal.name}”` }).waitFor();
	await who.looks('commands', { fullPage: false });
	await page.keyboard.press('Escape');
	await page.getByRole('dialog').waitFor({ state: 'detached' });
	await run('to quali', `Move “${deal.name}” to Qualified`);
	await who.sees('Deal updated');
	assert.equal((await who.call(`/api/deals/${deal.id}`)).stage, 'qualified');
	await run('edit', `Edit “${deal.name}”`);
	await page.waitForURL(`${BASE}/deals/${deal.id}`);
	await run('theme', 'Theme: Dark');
	await page.waitForFunction(() => getComputedStyle(document.body).backgroundColor === 'rgb(20, 23, 26)');
	await run('fran', 'Language: Français');
	await page.getByRole('button', { name: 'Rechercher', exact: true }).waitFor();
	await run('thème', 'Thème\u00a0: Clair');
	await page.waitForFunction(() => getComputedStyle(document.body).backgroundColor === 'rgb(247, 245, 240)');
	await who.call(`/api/deals/${deal.id}/move`, { stage: deal.stage, index: 0 });
	await who.close();
});
