// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// long: forms.test.mjs fills in all forms by keyboard.
// Work without a mouse: the position and visibility of the focus after navigation, and the keys of lists, forms and
// dialogs.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { demonstrator, seedDemo } from './lib/browser.mjs';

before(seedDemo);

const MODULES = ['b2b', 'factory', 'membership'];

// Returns the demo user with all modules, and the addresses of all entries in both menus.
async function everything() {
	const who = await demonstrator({ width: 1440 });
	for (const module of MODULES)
		await who.call(`/api/modules/${module}`, { enabled: true }, 'PUT');
	const { page } = who, entries = [];
	for (const path of ['/', '/organization']) {
		await who.go(path);
		await who.settled();
		await page.getByRole('heading', { level: 1 }).waitFor();
		if (path === '/') {
			await page.getByRole('button', { name: 'More', expanded: false }).click();
			await page.getByRole('menu', { name: 'Membership' }).waitFor();
		}
		entries.push(await page.locator('nav a[role=menuitem]').evaluateAll((all) =>
			[...new Set(all.map((one) => one.getAttribute('href')))].filter((href) => !/\/show$/.test(href))));
	}
	assert.ok(entries.flat().length > 40, entries.flat().join());
	return { ...who, entries: entries[0], settings: entries[1] };
}

const focused = (page, what, path) => page.waitForFunction(([selector, name]) => document.activeElement?.matches(selector)
	&& document.activeElement.textContent && (!name || location.pathname.startsWith(name)), [what, path], { timeout: 8000 })
	.catch(async () => assert.fail(`${page.url()}: the focus is on ${await page.evaluate(() => document.activeElement.outerHTML.slice(0, 200))}, not on ${what}`));

test('the heading has the focus after each navigation, and the opened row has it after "back"', async () => {
	const who = await everything();
	const { page } = who;
	let opened = 0;
	for (const [start, entries] of [['/', who.entries], ['/organization', who.settings]]) {
		await who.go(start);
		await page.locator(`nav a[href="${entries.at(-1)}"]`).waitFor();
		// The start page comes last, because it is open at the beginning.
		const others = entries.filter((one) => !['/', '/organization'].includes(one));
		for (const entry of start === '/organization' ? [...others, start] : others) {
			await page.locator(`nav a[href="${entry}"]`).first().press('Enter');
			await focused(page, 'h1', entry);
			await who.settled();
			const row = page.locator('#main-content tbody tr a[href]').first();
			if (!await row.count() || entry === '/organization')
				continue;
			const href = await row.getAttribute('href');
			await row.press('Enter');
			await focused(page, 'h1', href.split('?')[0]);
			await page.goBack();
			await focused(page, `a[href="${href}"]`, entry);
			opened++;
		}
	}
	assert.ok(opened > 3, `${opened} rows were opened`);
	await who.close();
});

test('the heading of a search result and of a new record has the focus, and a tab keeps the focus', async () => {
	const who = await demonstrator();
	const { page } = who;
	await who.go('/contacts');
	await who.sees('Maya Okafor');
	await page.keyboard.press('Control+k');
	await page.getByRole('combobox', { name: 'Search' }).fill('Settings');
	await page.getByRole('option').first().waitFor();
	await page.keyboard.press('Enter');
	await focused(page, 'h1', '/organization');
	await page.getByRole('tab', { name: 'Modules' }).press('Enter');
	await focused(page, '[role=tab]', '/organization/modules');
	await who.close();
});

test('each button, link and menu entry shows that it has the focus', async () => {
	const who = await demonstrator();
	const { page } = who;
	await who.go('/contacts');
	await who.sees('Maya Okafor');
	await who.settled();
	await page.keyboard.press('Tab');	// from now on, the focus is shown as for a keyboard
	const same = [], stops = page.locator(':is(nav, header, #main-content) :is(a[href], button, [role=menuitem], [role=button]):not([tabindex="-1"], [data-edit])');
	const all = await stops.count();
	assert.ok(all > 40, `${all} stops`);
	for (let n = 0; n < all; n++) {
		const stop = stops.nth(n);
		if (!await stop.isVisible())
			continue;
		await stop.focus();
		const { x, y, width, height } = await stop.boundingBox();
		const shot = () => page.screenshot({ clip: { x: Math.max(x - 4, 0), y: Math.max(y - 4, 0), width: width + 8, height: height + 8 }, animations: 'disabled' });
		const one = await shot();
		await stop.evaluate((element) => element.blur());
		if (one.equals(await shot()))
			same.push(await stop.evaluate((element) => element.outerHTML.slice(0, 120)));
	}
	assert.deepEqual(same, []);
	await who.close();
});

test('j and k move through the rows, x selects a row, Enter opens it, and / searches', async () => {
	const who = await demonstrator();
	const { page } = who;
	await who.go('/contacts');
	await who.sees('Maya Okafor');
	const names = await page.locator('tbody tr td:nth-of-type(2) a').allInnerTexts();
	const now = () => page.evaluate(() => document.activeElement.innerText);
	for (const [key, name] of [['j', names[0]], ['j', names[1]], ['j', names[2]], ['k', names[1]]]) {
		await page.keyboard.press(key);
		assert.equal(await now(), name);
	}
	await page.keyboard.press('x');
	await page.getByText('1 selected').waitFor();
	assert.ok(await page.locator('tbody tr').nth(1).getByRole('checkbox').isChecked());
	await page.keyboard.press('Enter');
	await page.getByRole('heading', { level: 1, name: names[1] }).waitFor();
	await page.goBack();
	await focused(page, 'a[href$="/show"]', '/contacts');
	assert.equal(await now(), names[1]);
	await page.keyboard.press('/');
	await page.getByRole('main').getByRole('textbox', { name: 'Search' }).and(page.locator(':focus')).waitFor();
	await page.getByRole('heading', { level: 1 }).click();
	await page.keyboard.press('?');
	const list = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
	for (const name of ['Next row', 'Previous row', 'Select the row', 'Search the list', 'Save the form'])
		await list.getByText(name, { exact: true }).waitFor();
	await page.keyboard.press('Escape');
	await who.go('/tasks');
	await who.settled();
	await page.locator('#tasks li').first().waitFor();
	await page.keyboard.press('j');
	await page.locator('#tasks li').first().locator('a:focus').waitFor({ timeout: 3000 }).catch(async () => assert.fail(await page.evaluate(() => document.activeElement.outerHTML.slice(0, 300))));
	await who.close();
});

test('Control+Enter saves the form', async () => {
	const who = await demonstrator();
	const { page } = who;
	const { id } = await who.call('/api/contacts', { first_name: 'Grace', last_name: 'Hopper' });
	await who.go(`/contacts/${id}`);
	await page.getByLabel('Position').fill('Admiral');
	await page.getByLabel('Position').press('Control+Enter');
	await page.waitForURL(/\/show$/);
	await page.getByLabel('Write a note').fill('Met in Arlington');
	await page.getByLabel('Write a note').press('Control+Enter');
	await page.getByRole('listitem').getByText('Met in Arlington').waitFor();
	assert.equal((await who.call(`/api/contacts/${id}`)).title, 'Admiral');
	await who.close();
});

// Controls that would end the session, leave the page, or remove what the test opens.
const SKIPPED = /sign out|delete|leave|view as|download|restore|skip to content|français/i;

test('Escape closes each dialog, and the focus is not lost', async () => {
	const who = await everything();
	const { page } = who;
	page.on('dialog', (dialog) => dialog.dismiss());
	who.expect(/./);	// this test does not check the actions of the buttons
	const first = async (resource) => (await who.call(`/api/${resource}?range=[0,0]`))[0];
	const pages = [...new Set([...who.entries, ...who.settings, ...await Promise.all(['contacts', 'companies', 'deals'].map(async (resource) =>
		`/${resource}/${(await first(resource)).id}/show`)), '/profile', '/profile/security', '/profile/keys', '/organization/members', '/organization/roles', '/organization/teams'])];
	const seen = new Set(), dialogs = new Set(), open = [], lost = [];
	const buttons = page.locator('#main-content button:visible:not(:disabled)');
	const name = (button) => button.evaluate((one) => (one.getAttribute('aria-label') ?? one.innerText).replace(/[:“].*/s, '').trim());
	for (const path of pages) {
		await who.go(path);
		await buttons.first().waitFor({ timeout: 5000 }).catch(() => {});	// some pages have no such control
		await who.settled();
		const many = Math.min(await buttons.count(), 60);
		for (let n = 0; n < many; n++) {
			const button = buttons.nth(n);
			const called = await button.count() && await name(button).catch(() => '');
			if (!called || seen.has(called) || SKIPPED.test(called))
				continue;
			seen.add(called);
			await button.click({ timeout: 2000 }).catch(() => {});
			const dialog = page.locator('[role=dialog]:visible');
			await dialog.first().waitFor({ timeout: 250 }).catch(() => {});
			if (await dialog.count()) {
				dialogs.add(called);
				await who.settled();
				if (await page.locator(':is(.MuiAutocomplete-popper, [role=listbox]):visible').count())
					await page.keyboard.press('Escape');	// Escape closes the list of choices
				await page.keyboard.press('Escape');
				await dialog.first().waitFor({ state: 'hidden', timeout: 3000 }).catch(() => open.push(`${path}: ${called}`));
				await page.waitForFunction(() => document.activeElement !== document.body, null, { timeout: 1000 }).catch(() => lost.push(`${path}: ${called}`));
			} else
				await page.keyboard.press('Escape');
			if (await dialog.count() || new URL(page.url()).pathname !== path) {
				await who.go(path);
				await who.settled();
			}
		}
	}
	assert.deepEqual([open, lost], [[], []]);
	assert.ok(dialogs.size > 25, `${dialogs.size}: ${[...dialogs]}`);
	await who.close();
});

test('Ctrl+Enter saves, also in a field with a list, and selects the typed record', async () => {
	const who = await demonstrator({ width: 1440 });
	const { page } = who;
	await who.go('/deals');
	await who.settled();
	await page.keyboard.press('c');
	const drawer = page.getByRole('dialog');
	await drawer.getByRole('tab', { name: 'Deal' }).click();
	for (const name of [/^Company/, /^Stage/, /^Category/]) {
		await drawer.getByRole('combobox', { name }).focus();
		await page.keyboard.press('Control+Enter');
		await drawer.locator('[aria-invalid=true]').first().waitFor();	// the name is required
		await page.getByRole('listbox').waitFor({ state: 'detached' });
	}
	await drawer.getByLabel('Name *').fill('Keys');
	await drawer.getByLabel('Amount *').fill('5');
	await drawer.getByRole('combobox', { name: /^Company/ }).click();
	await page.keyboard.type('Juniper');
	await page.keyboard.press('Control+Enter');
	await who.sees('Deal created');
	const [deal] = await who.call('/api/deals?filter={"name":"Keys"}');
	const { name } = await who.call(`/api/companies/${deal.company_id}`);
	assert.equal(name, 'Juniper Legal');
	await who.close();
});

// Ctrl+Enter presses the submit button of the form that has the focus.
test('each page with a button to save has it in a form, so that Ctrl+Enter saves', async () => {
	const who = await everything();
	const { page } = who;
	const { paths } = await who.call('/api/openapi.json');
	const creates = Object.keys(paths).flatMap((path) => path.match(/^\/api\/(\w+)$/) && paths[path].post && paths[`${path}/{id}`] ? `${path.slice(4)}/create` : []);
	const tabs = [];
	for (const base of ['/organization', '/profile']) {
		await who.lead(base);
		await page.getByRole('tab').first().waitFor();
		tabs.push(...await page.getByRole('tab').evaluateAll((all) => all.map((one) => one.getAttribute('href'))));
	}
	const outside = [];
	let seen = 0;
	for (const path of new Set([...who.entries, ...who.settings, ...tabs, ...creates])) {
		await who.lead(path);
		await who.settled();
		const buttons = await page.locator('#main-content').getByRole('button', { name: 'Save', exact: true })
			.evaluateAll((all) => all.map((one) => one.type === 'submit' && one.form !== null));
		seen += buttons.length;
		if (buttons.includes(false))
			outside.push(path);
	}
	assert.ok(seen > 30, `${seen} buttons`);
	assert.deepEqual(outside, []);
	await who.close();
});
