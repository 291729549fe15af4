// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// Custom fields with a file: defined, filled in with the picker and by dropping, shown, filtered, replaced in place and on a phone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { member } from './lib/browser.mjs';

const choose = async (page, label, option) => {
	await page.getByRole('combobox', { name: label }).click();
	await page.getByRole('option', { name: option, exact: true }).click();
};
const pick = async (page, button, name, text) => {
	const [picker] = await Promise.all([page.waitForEvent('filechooser'), page.getByRole('button', { name: button }).click()]);
	await picker.setFiles({ name, mimeType: 'text/plain', buffer: Buffer.from(text) });
};

test('a file is chosen, shown, replaced and removed', async () => {
	const who = await member();
	const { page } = who;
	await who.go('/field_definitions/create');
	await choose(page, 'Records', 'Companies');
	await page.getByRole('textbox', { name: 'Name' }).fill('Contract');
	await choose(page, 'Kind', 'File');
	assert.equal(await page.getByLabel('Default').count(), 0);
	await page.getByRole('switch', { name: 'Required' }).or(page.getByRole('checkbox', { name: 'Required' })).check();
	await page.getByRole('button', { name: 'Save' }).click();
	await page.getByRole('heading', { name: 'Contract' }).waitFor();

	await who.go('/companies/create');
	await page.getByRole('textbox', { name: 'Name' }).fill('Juniper Legal');
	await page.getByRole('button', { name: 'Save' }).click();
	const input = page.getByRole('group', { name: 'Contract' });
	await input.getByText('Required').waitFor();
	await pick(page, 'Choose file', 'Lease.txt', 'x'.repeat(1500));
	await input.getByRole('link', { name: 'Lease.txt' }).waitFor();
	await input.getByText('1.5 kB').waitFor();
	await page.getByRole('button', { name: 'Save' }).click();
	const about = page.getByRole('region', { name: 'About' });
	const link = about.getByRole('link', { name: 'Lease.txt' });
	await link.waitFor();
	const path = await link.getAttribute('href');
	assert.match(path, /^\/uploads\/[0-9a-f]{40}\.txt$/);
	assert.equal((await page.request.get(new URL(path, page.url()).href)).status(), 200);
	await about.getByText('1.5 kB').waitFor();

	// A dropped file replaces the file, and the previous file is gone.
	await about.getByRole('button', { name: /^Edit Contract/ }).click();
	const inline = page.getByRole('dialog').getByRole('group', { name: 'Contract' });
	const dropped = await page.evaluateHandle(() => {
		const data = new DataTransfer();
		data.items.add(new File(['new'], 'Amendment.txt', { type: 'text/plain' }));
		return data;
	});
	for (const type of ['dragover', 'drop'])
		await inline.dispatchEvent(type, { dataTransfer: dropped });
	await inline.getByRole('link', { name: 'Amendment.txt' }).waitFor();
	await page.getByRole('button', { name: 'Save', exact: true }).click();
	await about.getByRole('link', { name: 'Amendment.txt' }).waitFor();
	assert.equal((await page.request.get(new URL(path, page.url()).href)).status(), 404);

	await who.go('/companies');
	await page.getByRole('button', { name: 'Columns' }).click();
	await page.getByRole('dialog').getByRole('checkbox', { name: 'Contract' }).check();
	await page.keyboard.press('Escape');
	await page.getByRole('cell', { name: 'Amendment.txt' }).waitFor();
	await page.getByRole('button', { name: 'Add filter' }).click();
	await page.getByRole('menuitemcheckbox', { name: 'Contract' }).click();
	await page.getByRole('textbox', { name: 'Contract' }).fill('lease');
	await page.getByRole('link', { name: 'Juniper Legal' }).waitFor({ state: 'detached' });
	await page.getByRole('textbox', { name: 'Contract' }).fill('amend');
	await page.getByRole('link', { name: 'Juniper Legal' }).waitFor();
});

test('a file can be chosen and removed on a phone, and a refused file shows the reason', async () => {
	const who = await member({ width: 360, hasTouch: true, isMobile: true });
	const { page } = who;
	await who.call('/api/field_definitions', { resource: 'companies', key: 'plan', kind: 'file', label: 'Plan' });
	const { id } = await who.call('/api/companies', { name: 'Small' });
	await who.go(`/companies/${id}/edit`);
	const input = page.getByRole('group', { name: 'Plan' });
	await pick(page, 'Choose file', 'Empty.txt', '');
	await page.getByRole('alert').getByText(/empty/).waitFor();
	await pick(page, 'Choose file', `${'A very long name of a plan '.repeat(4)}.txt`, 'plan');
	await input.getByRole('link', { name: /^A very long/ }).waitFor();
	assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth));
	await page.getByRole('button', { name: 'Save' }).click();
	await page.getByRole('link', { name: /^A very long/ }).waitFor();
	await who.go(`/companies/${id}/edit`);
	await input.getByRole('button', { name: 'Remove' }).click();
	await page.getByRole('button', { name: 'Save' }).click();
	await page.getByRole('link', { name: /^A very long/ }).waitFor({ state: 'detached' });
	assert.deepEqual((await who.call(`/api/companies/${id}`)).custom, {});
});
