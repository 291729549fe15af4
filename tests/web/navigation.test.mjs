// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// Ways through the workspace: menu, settings, favourites, recent records, shortcuts.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { long } from '../lib/api.mjs';
import { WIDTHS, colleague, demonstrator, member, picture, seedDemo } from './lib/browser.mjs';

before(seedDemo);

long('? lists the shortcuts, and shortcuts without Control can be turned off and do nothing during typing', async () => {
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
	await list.getByLabel('Single-key shortcuts').press('Space');
	await page.keyboard.press('Escape');
	await list.waitFor({ state: 'detached' });
	await page.keyboard.press('?');
	await page.keyboard.press('Control+k');
	await page.getByRole('combobox', { name: 'Search' }).waitFor();
	assert.equal(await list.count(), 0);
	await who.close();
});

test('g and a letter open a page, the menu contains the daily work, and the settings have a separate menu', async () => {
	const who = await demonstrator();
	const { page } = who;
	const entries = () => page.getByRole('navigation').getByRole('menuitem').allInnerTexts();
	await who.go('/');
	await page.getByRole('menuitem', { name: 'Messages' }).waitFor();
	assert.deepEqual((await entries()).slice(0, 9).map((text) => text.replace(/^New entries\s*/, '')),
		['Dashboard', 'Contacts', 'Companies', 'Deals', 'Tasks', 'Calendar', 'Messages', 'What’s new', 'Settings']);
	for (const [keys, title] of Object.entries({ gd: 'Deals', gc: 'Contacts', gh: 'Dashboard', gs: 'Organization' })) {
		for (const key of keys)
			await page.keyboard.press(key);
		await page.getByRole('heading', { level: 1, name: title }).waitFor();
	}
	assert.ok((await entries()).includes('Trash'));
	await page.getByRole('menuitem', { name: 'Trash' }).click();
	await page.getByRole('heading', { level: 1, name: 'Trash' }).waitFor();
	await who.looks('settings-menu');
	await page.getByRole('menuitem', { name: 'Back to work' }).click();
	await page.getByRole('heading', { level: 1, name: 'Dashboard' }).waitFor();
	for (const [address, there] of [['/audit_log', '/audit'], ['/message_channels', '/messages/channels']]) {
		await who.lead(address);
		await page.waitForURL(({ pathname }) => pathname === there);
	}
	await who.close();
});

long('on a phone, the settings open in the menu', async () => {
	const who = await demonstrator({ width: WIDTHS.phone, colorScheme: 'dark', locale: 'fr-FR' });
	const { page } = who;
	await who.go('/contacts');
	await page.getByRole('button', { name: 'Ouvrir le menu' }).click();
	await page.getByRole('menuitem', { name: 'Paramètres' }).click();
	await page.getByRole('menuitem', { name: 'Corbeille' }).waitFor();
	await who.looks('settings-menu-phone', { fullPage: false });
	await page.getByRole('menuitem', { name: 'Corbeille' }).click();
	await page.getByRole('heading', { level: 1, name: 'Corbeille' }).waitFor();
	await who.go('/companies');
	const title = page.getByRole('heading', { level: 1, name: 'Entreprises' });
	await title.waitFor();
	assert.ok(await title.evaluate((one) => one.scrollWidth <= one.clientWidth));
	await page.getByRole('button', { name: 'Demo User' }).click();
	await page.getByRole('menuitem', { name: 'Thème\u00a0: Clair' }).waitFor();
	await picture(page, 'user-menu-phone');
	await page.getByRole('menuitem', { name: 'English' }).click();
	await page.getByRole('heading', { level: 1, name: 'Companies' }).waitFor();
	await who.close();
});

long('favourites are the same on a different device, and recent records are listed', async () => {
	const who = await demonstrator(), other = await demonstrator({ width: WIDTHS.phone });
	const { page } = who;
	const [first, second] = await who.call('/api/contacts?range=[0,1]');
	const name = ({ first_name, last_name }) => `${first_name} ${last_name}`;
	await who.go(`/contacts/${first.id}/show`);
	await page.getByRole('button', { name: 'Favorite', pressed: false }).click();
	await page.getByRole('button', { name: 'Favorite', pressed: true }).waitFor();
	await who.lead(`/contacts/${second.id}/show`);
	await page.getByRole('menuitem', { name: name(second) }).waitFor();
	await who.looks('favourites');
	await page.getByRole('menuitem', { name: name(first) }).click();
	await page.getByRole('heading', { level: 1, name: name(first) }).waitFor();
	await other.go('/');
	await other.page.getByRole('button', { name: 'Open menu' }).click();
	await other.page.getByRole('menuitem', { name: name(first) }).waitFor();
	assert.equal(await other.page.getByRole('menuitem', { name: name(second) }).count(), 0);
	await page.getByRole('button', { name: 'Favorite', pressed: true }).click();
	await page.getByRole('button', { name: 'Favorite', pressed: false }).waitFor();
	await who.close();
	await other.close();
});

long('a favourite follows a new name and a merge, and is removed with its record', async () => {
	const who = await member();
	const { page, call } = who;
	const ada = await call('/api/contacts', { first_name: 'Ada', last_name: 'King' });
	const countess = await call('/api/contacts', { first_name: 'Countess', last_name: 'Lovelace' });
	const entry = (name) => page.getByRole('menu', { name: 'Favorites' }).getByRole('menuitem', { name, exact: true });
	await who.go(`/contacts/${ada.id}/show`);
	await page.getByRole('button', { name: 'Favorite', pressed: false }).click();
	await entry('Ada King').waitFor();
	await call(`/api/contacts/${ada.id}`, { last_name: 'Byron' }, 'PATCH');
	await entry('Ada Byron').waitFor();
	const { mergeId } = await call('/api/merge_contacts', { loserId: ada.id, winnerId: countess.id });
	await who.go('/contacts');
	await entry('Countess Lovelace').click();
	await page.getByRole('heading', { level: 1, name: 'Countess Lovelace' }).waitFor();
	await call(`/api/merges/${mergeId}/undo`, {});
	await who.go('/companies');
	await entry('Ada Byron').waitFor();
	await call('/api/contacts/bulk', { ids: [ada.id], delete: true });
	await entry('Remove “Ada King”').waitFor();
	await who.looks('favourite-gone');
	await entry('Remove “Ada King”').click();
	await page.getByRole('menu', { name: 'Favorites' }).waitFor({ state: 'detached' });
	assert.deepEqual(await call('/api/views'), []);
	await who.close();
});

long('the menu has nine entries, which the user chooses for all devices, and "More" groups the others by module', async () => {
	const who = await member({ width: 1440 });
	const { page, call } = who;
	for (const module of ['b2b', 'factory', 'membership'])
		await call(`/api/modules/${module}`, { enabled: true }, 'PUT');
	await who.go('/');
	const main = page.getByRole('menu', { name: 'Main menu' });
	const entries = async () => (await main.getByRole('menuitem').allInnerTexts()).map((text) => text.replace(/^New entries\s*/, ''));
	await main.getByRole('menuitem', { name: 'Settings' }).waitFor();
	assert.equal((await entries()).length, 9);
	await who.press('More');
	await page.getByRole('menu', { name: 'Membership' }).getByRole('menuitem', { name: 'Payouts' }).waitFor();
	await page.getByRole('menu', { name: 'B2B' }).first().waitFor();
	await who.looks('menu-more', { fullPage: false });
	await who.press('Customize menu');
	const dialog = page.getByRole('dialog', { name: 'Customize menu' });
	assert.ok(await dialog.getByRole('checkbox', { name: 'Payouts' }).isDisabled(), 'a tenth entry');
	await dialog.getByRole('checkbox', { name: 'What’s new' }).click();
	await dialog.getByRole('checkbox', { name: 'Payouts' }).click();
	for (let n = 0; n < 8; n++)
		await dialog.getByRole('button', { name: 'Move “Payouts” up' }).click();
	assert.ok(await dialog.getByRole('button', { name: 'Move “Payouts” up' }).isDisabled());
	await who.looks('menu-customize', { fullPage: false });
	await dialog.getByRole('button', { name: 'Save' }).click();
	await dialog.waitFor({ state: 'detached' });
	await main.getByRole('menuitem', { name: 'Payouts' }).waitFor();
	const now = await entries();
	assert.deepEqual([now.length, now[0], now.includes('What’s new')], [9, 'Payouts', false]);
	await page.evaluate(() => localStorage.clear());	// simulates a different device
	await who.go('/');
	await main.getByRole('menuitem', { name: 'Payouts' }).waitFor();
	assert.deepEqual(await entries(), now);
	await who.close();
});

long('a setting is found by typing', async () => {
	const who = await member();
	const { page } = who;
	await who.go('/organization');
	await page.getByLabel('Find a setting').fill('tRÀsh');
	await page.getByRole('menuitem', { name: 'Trash' }).waitFor();
	assert.equal(await page.getByRole('menuitem', { name: 'Imports' }).count(), 0);
	await page.getByLabel('Find a setting').fill('zzz');
	await who.sees('No results for “zzz”');
	await who.close();
});

// The tabs that administrators and members see, and the panels of each tab.
for (const role of ['owner', 'member'])
	test(`each tab and each panel of the settings is found by typing, as ${role}`, async () => {
		const boss = await member();
		await boss.call('/api/modules/membership', { enabled: true }, 'PUT');
		const who = role === 'owner' ? boss : await colleague(boss, role);
		const { page } = who;
		const found = [];
		for (const base of ['/organization', '/profile']) {
			await who.go(base);
			await page.getByRole('tab').first().waitFor();
			for (const address of await page.getByRole('tab').evaluateAll((tabs) => tabs.map((one) => one.getAttribute('href')))) {
				await who.lead(address);
				await page.getByRole('tab', { selected: true }).and(page.locator(`[href="${address}"]`)).waitFor();
				await who.settled();
				const titles = [page.getByRole('tab', { selected: true }), page.getByRole('tabpanel').getByRole('heading', { level: 2 })];
				for (const title of titles)
					found.push(...(await title.allInnerTexts()).map((text) => ({ address, text })));
			}
		}
		assert.ok(found.length > 15);
		const missing = [];
		for (const { address, text } of found) {
			await page.getByLabel('Find a setting').fill(text);
			const entry = page.locator(`nav a[href="${address}"], nav a[href="${address.replace(/\/\w+$/, '')}"]`);
			await entry.filter({ hasText: text }).first().waitFor({ timeout: 1000 }).catch(() => missing.push(`${address}: ${text}`));
		}
		assert.deepEqual(missing, []);
		await page.getByLabel('Find a setting').fill('passk');
		await page.getByRole('menuitem', { name: 'Passkeys' }).click();
		await page.waitForURL('**/profile/security');
		if (who !== boss)
			await who.close();
		await boss.close();
	});

test('/settings opens the settings, and the address of a message without a number is unknown', async () => {
	const who = await demonstrator();
	const { page } = who;
	await who.go('/settings');
	await page.waitForURL('**/organization');
	for (const path of ['/messages/hello', '/messages/hello/show']) {
		await who.go(path);
		await page.getByRole('heading', { name: 'Page not found', level: 1 }).waitFor();
	}
	await who.close();
});
