// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// The order of custom fields and of their sections: fields are dragged as cards.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { member } from './lib/browser.mjs';

test('fields and sections are moved by keyboard, menu and button, and forms follow', async () => {
	const who = await member();
	const { page } = who;
	for (const [label, section] of [['Alpha'], ['Beta'], ['Gamma', 'Contract']])
		await who.call('/api/field_definitions', { resource: 'companies', label, kind: 'text', ...(section && { section }) });
	const order = async () => (await who.call('/api/field_definitions?filter={"resource":"companies"}&sort=["position","ASC"]')).map(({ label, section }) => `${section ?? '-'} ${label}`);
	const becomes = async (wanted) => {
		for (let tries = 0; tries < 100 && String(await order()) !== String(wanted); tries++)
			await page.waitForTimeout(100);
		assert.deepEqual(await order(), wanted);
	};
	await who.go('/fields/companies');
	const loose = page.getByRole('region', { name: 'Without a section' });
	await loose.getByText('Beta').waitFor();
	// The menu moves a card to the top of a column.
	await loose.getByRole('listitem').filter({ hasText: 'Beta' }).getByRole('button').click();
	await page.getByRole('menuitem', { name: /Without a section/ }).click();
	await becomes(['- Beta', '- Alpha', 'Contract Gamma']);
	await page.getByRole('button', { name: 'New section' }).click();
	await page.getByRole('textbox', { name: 'Section' }).fill('Service');
	await page.getByRole('button', { name: 'Create' }).click();
	await page.getByRole('region', { name: 'Service' }).waitFor();
	await loose.getByRole('listitem').filter({ hasText: 'Alpha' }).getByRole('button').click();
	await page.getByRole('menuitem', { name: /Service/ }).click();
	await becomes(['- Beta', 'Contract Gamma', 'Service Alpha']);
	await page.getByRole('region', { name: 'Service' }).getByRole('button', { name: 'Move the section forward' }).click();
	await becomes(['- Beta', 'Service Alpha', 'Contract Gamma']);
	// A card is dragged by the mouse.
	const from = await page.getByRole('region', { name: 'Contract' }).getByRole('listitem').filter({ hasText: 'Gamma' }).boundingBox();
	const to = await page.getByRole('region', { name: 'Service' }).getByRole('listitem').filter({ hasText: 'Alpha' }).boundingBox();
	await page.mouse.move(from.x + 30, from.y + 30);
	await page.mouse.down();
	await page.mouse.move(to.x + 40, to.y + to.height / 2, { steps: 10 });
	await page.mouse.move(to.x + 42, to.y + 4, { steps: 5 });
	await page.mouse.up();
	await becomes(['- Beta', 'Service Gamma', 'Service Alpha']);
	await who.go('/companies/create');
	await page.getByRole('textbox', { name: 'Alpha' }).waitFor();
	const labels = await page.locator('form label').allTextContents();
	assert.deepEqual(labels.filter((text) => /Alpha|Beta|Gamma/.test(text)).map((text) => text.replace(/\W/g, '')), ['Beta', 'Gamma', 'Alpha']);
	await who.close();
});
