// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// long: it visits each list.
// The list of each resource has a search field with a filter that the server accepts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PASSWORD, owner } from '../lib/api.mjs';
import { rowsOf } from '../lib/rows.mjs';
import { api, member, visitor } from './lib/browser.mjs';

// Lists without a search field. Either their first column is a number, a kind or a record, which a filter selects, or
// they have special pages.
const WITHOUT = ['integration_jobs', 'kyc_verification', 'ledger_accounts', 'membership_queue', 'payout_batches'];

test('each list in the menu can be searched', async () => {
	const boss = await owner('Lists');
	await rowsOf(boss, 'lists');
	const who = await visitor({ width: 1440 }), { page } = who;
	await api(who.context, '/api/auth/sign-in/email', { email: boss.email, password: PASSWORD });
	await who.go('/');
	await who.press('More');
	await who.settled();
	const links = () => page.locator('nav a[role=menuitem]').evaluateAll((all) => all.map((one) => new URL(one.href).pathname));
	const all = await links();
	await page.locator('nav').getByRole('menuitem', { name: 'Settings', exact: true }).click();
	await who.settled();
	const searched = [], without = [];
	for (const path of new Set([...all, ...await links()])) {
		await who.lead('/none');
		await page.getByText('Check the address').waitFor();
		await who.lead(path);
		await page.getByText('Check the address').waitFor({ state: 'detached' });
		await who.settled();
		if (!await page.locator('.RaList-main tbody tr').count())
			continue;
		const field = page.getByRole('main').getByPlaceholder('Search', { exact: true });
		if (!await field.count()) {
			without.push(path.slice(1));
			continue;
		}
		await field.fill('nothing has this');
		await page.locator('.RaList-main tbody tr').first().waitFor({ state: 'detached' });
		searched.push(path.slice(1));
		await field.fill('');
		await page.locator('.RaList-main tbody tr').first().waitFor();
	}
	assert.deepEqual(without.filter((name) => !WITHOUT.includes(name)), [], `searched: ${searched}`);
	for (const name of ['contacts', 'user_profiles', 'user_payments', 'price_lists'])
		assert.ok(searched.includes(name), `${name} among ${searched}`);
	await who.close();
});

test('while a list loads, its button for a new record cannot be pressed, because an empty list has its button elsewhere', async () => {
	const who = await member(), { page } = who;
	await who.go('/tasks');
	await who.settled();
	let answer;
	const asked = new Promise((done) => {
		answer = done;
	});
	await page.route((url) => /^\/api\/(batch|contacts)$/.test(url.pathname) && decodeURIComponent(url.href).includes('/api/contacts'), async (route) => {
		await asked;
		await route.continue();
	});
	await page.locator('nav').getByRole('menuitem', { name: 'Contacts', exact: true }).click();
	await page.getByRole('heading', { level: 1, name: 'Contacts' }).waitFor();
	assert.equal(await page.getByRole('button', { name: 'New contact' }).count(), 0);
	answer();
	await who.press('New contact');
	await page.getByRole('dialog', { name: 'New contact' }).waitFor();
	await who.close();
});

test('each empty list of the menus explains its purpose', async () => {
	const who = await member();
	const { page } = who;
	for (const module of ['b2b', 'factory', 'membership'])
		await who.call(`/api/modules/${module}`, { enabled: true }, 'PUT');
	const entries = () => page.locator('nav').getByRole('menuitem').evaluateAll((all) => all.map((one) => one.getAttribute('href')));
	await who.go('/organization');
	await page.getByRole('menuitem', { name: 'Trash' }).waitFor();
	const pages = await entries();
	await who.go('/');
	await who.press('More');
	await page.getByRole('menuitem', { name: 'Disputes' }).waitFor();
	pages.push(...await entries());
	let seen = 0;
	const silent = [];
	for (const address of new Set(pages)) {
		await who.lead(address);
		await page.waitForURL(`**${address}`);
		await who.settled();
		const empty = page.locator('#main-content [data-empty]');
		if (await empty.count() === 0)
			continue;
		seen++;
		if (await empty.locator('p').count() < 2)
			silent.push(address);
	}
	assert.ok(seen > 20, `${seen} empty lists`);
	assert.deepEqual(silent, []);
	await who.close();
});
