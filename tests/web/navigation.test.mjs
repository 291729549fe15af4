// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// Ways through the workspace: shortcuts.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { demonstrator, seedDemo } from './lib/browser.mjs';

before(seedDemo);

test('? lists the shortcuts; those without Control can be turned off, and wait while something is typed', async () => {
	const who = await demonstrator();
	const { page } = who;
	const list = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
	await who.go('/contacts');
	await page.getByRole('textbox', { name: 'Search' }).press('?');
	await page.getByRole('heading', { level: 1 }).click();
	assert.equal(await list.count(), 0);
	await page.keyboard.press('?');
	await list.getByText('Ctrl').first().waitFor();
	await who.looks('shortcuts');
	await list.getByLabel('Shortcuts of single keys').press('Space');
	await page.keyboard.press('Escape');
	await list.waitFor({ state: 'detached' });
	await page.keyboard.press('?');
	await page.keyboard.press('Control+k');
	await page.getByRole('combobox', { name: 'Search' }).waitFor();
	assert.equal(await list.count(), 0);
	await who.close();
});
