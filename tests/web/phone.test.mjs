// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// long: it checks sizes.
// The pages on a touch-screen phone with a width of 390 pixels.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { demonstrator, seedDemo } from './lib/browser.mjs';

before(seedDemo);

const PHONE = { width: 390, hasTouch: true, isMobile: true };

test('the page of a contact shows the name and the contact buttons, then the values, then the notes', async () => {
	const who = await demonstrator(PHONE);
	const { page } = who;
	const [{ id }] = await who.call('/api/contacts?filter={"q":"okafor"}');
	await who.go(`/contacts/${id}/show`);
	const parts = [page.getByRole('heading', { level: 1, name: 'Maya Okafor' }), page.getByRole('link', { name: 'Call' }),
		page.getByRole('region', { name: 'About' }), page.getByLabel('Write a note')];
	await parts.at(-1).waitFor();
	const tops = await Promise.all(parts.map(async (part) => (await part.boundingBox()).y));
	assert.deepEqual(tops, [...tops].sort((a, b) => a - b));
	const order = await page.evaluate(() => [...document.querySelectorAll('#main-content :is(h1, a[href^="tel:"], dl, #note)')].map((one) => one.localName));
	assert.deepEqual(order.filter((one, n) => one !== order[n - 1]), ['h1', 'a', 'dl', 'a', 'textarea']);
	assert.equal(await page.getByRole('link', { name: 'Call' }).getAttribute('href'), 'tel:+15550151');
	assert.match(await page.getByRole('link', { name: 'Email' }).getAttribute('href'), /^mailto:maya\.okafor/);
	await page.getByRole('link', { name: 'Message' }).click();
	await page.getByRole('tab', { name: 'Messages', selected: true }).waitFor();
	// A value must not overlap the button that edits it.
	for (const value of await page.locator('dd [data-editable]').all()) {
		const [text, button] = await value.evaluate((one) => {
			const range = document.createRange();
			range.setStart(one, 0);
			range.setEndBefore(one.querySelector('[data-edit]'));
			return [range.getBoundingClientRect().right, one.querySelector('[data-edit]').getBoundingClientRect().left];
		});
		assert.ok(text <= button + 1, `${text} ${button} ${await value.innerText()}`);
	}
	await who.close();
});

test('all actions of a contact are on one line', async () => {
	for (const locale of ['en-GB', 'fr-FR']) {
		const who = await demonstrator({ ...PHONE, locale });
		const [{ id }] = await who.call('/api/contacts?filter={"q":"okafor"}');
		await who.go(`/contacts/${id}/show`);
		const actions = who.page.locator('#page-actions :is(a, button)');
		await who.page.getByRole('button', { name: /^(More actions|Autres actions)$/ }).waitFor();
		await who.settled();
		const tops = await actions.evaluateAll((all) => all.map((one) => Math.round(one.getBoundingClientRect().top)));
		assert.equal(tops.length, 5);
		assert.equal(new Set(tops).size, 1, `${locale}: ${tops}`);
		await who.close();
	}
});

test('touch targets are 44 pixels high, and toolbars have at most three icons', async () => {
	const who = await demonstrator(PHONE);
	const { page } = who;
	const [{ id }] = await who.call('/api/contacts?range=[0,0]'), [deal] = await who.call('/api/deals?range=[0,0]');
	const small = [];
	for (const path of ['/', '/contacts', `/contacts/${id}/show`, `/contacts/${id}`, `/deals/${deal.id}/show`, '/companies', '/deals', '/tasks', '/appointments', '/trash']) {
		await who.go(path);
		await page.getByRole('heading', { level: 1 }).waitFor();
		await who.settled();
		assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= 390), `${path} is wider than the window`);
		small.push(...await page.locator('header button, #main-content :is(button, .MuiButton-root, .MuiIconButton-root, .MuiInputBase-root):visible').evaluateAll((all, at) =>
			all.map((one) => [one.getBoundingClientRect(), one]).filter(([{ height, width }]) => width > 1 && height > 1 && height < 44)
				.map(([{ height }, one]) => `${at}: ${Math.round(height)} ${one.outerHTML.slice(0, 160)}`), path));
		for (const bar of await page.locator('.MuiToolbar-root:visible, #page-actions:visible').all())
			assert.ok(await bar.locator('button:visible:not([aria-label="More actions"], [aria-label="Open menu"], [aria-haspopup=menu]:has(.face)), a:visible')
				.evaluateAll((all) => all.filter((one) => one.querySelector('svg') && !one.innerText.trim()).length) <= 3, path);
	}
	assert.deepEqual(small, []);
	await who.go('/contacts');
	await page.getByRole('button', { name: 'New contact' }).getByText('New contact').waitFor();
	await page.getByRole('button', { name: 'More actions' }).click();
	await page.getByRole('button', { name: 'Export' }).click();
	const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: 'CSV' }).click()]);
	assert.match(file.suggestedFilename(), /csv$/);
	await who.close();
});

test('inputs select a suitable keyboard, and the week begins with today', async () => {
	const who = await demonstrator(PHONE);
	const { page } = who;
	await who.go('/companies/create');
	const keys = (label) => page.getByLabel(label).evaluate(({ inputMode, enterKeyHint }) => [inputMode, enterKeyHint]);
	assert.deepEqual(await keys('Website'), ['url', 'done']);
	assert.deepEqual(await keys('Phone'), ['tel', 'done']);
	await who.go('/contacts/create');
	assert.deepEqual(await keys('Email'), ['email', 'done']);
	await who.go('/appointments?view=week');
	const today = page.locator('[role=columnheader][aria-current=date]');
	await today.waitFor();
	const { x, width } = await today.boundingBox();
	assert.ok(x >= 0 && x + width <= 390, `${x} ${width}`);
	await who.close();
});

test('links on the dashboard, in breadcrumbs and in tables, and chips, are 44 pixels high', async () => {
	const who = await demonstrator({ ...PHONE, viewport: { width: 390, height: 3000 } });
	const { page } = who;
	await who.call('/api/modules/b2b', { enabled: true }, 'PUT');
	const [deal] = await who.call('/api/deals?range=[0,0]'), { id } = await who.call('/api/companies', { name: 'Golden Grain' });
	await who.call(`/api/company_profiles/${id}`, { is_principal: true }, 'PATCH');
	let seen = 0;
	for (const [path, what, many] of [['/', 'main ul a:visible, main li a:visible', 6], [`/deals/${deal.id}/show`, 'nav[aria-label=Breadcrumb] a', 1],
		['/principals', 'main th a, main th [role=button]', 5], ['/deals?stage=won', '.MuiChip-deletable', 1]]) {
		await who.go(path);
		await page.locator(what).first().waitFor();
		await who.settled();
		// Measures the distance above and below the middle of an element at which a finger still hits it.
		const heights = await page.locator(what).evaluateAll((all) => all.map((one) => {
			const box = one.getBoundingClientRect(), x = box.left + Math.min(box.width, 300) / 2, middle = box.top + box.height / 2;
			if (x > (one.closest('[role=group]') ?? document.body).getBoundingClientRect().right)
				return [44, ''];	// outside the visible part of a scrollable element
			const hits = (y) => one.contains(document.elementFromPoint(x, y));
			let [top, bottom] = [middle, middle];
			while (hits(top - 1) && middle - top < 60)
				top--;
			while (hits(bottom + 1) && bottom - middle < 60)
				bottom++;
			return [bottom - top + 1, one.innerText];
		}));
		assert.ok(heights.length >= many, `${path}: ${heights.length}`);
		assert.deepEqual(heights.filter(([height]) => height < 43), [], path);
		seen += heights.length;
	}
	assert.ok(seen > 12);
	await who.close();
});

test('the contact, the company and the date of a task are on one line of text', async () => {
	const who = await demonstrator(PHONE);
	await who.go('/tasks');
	await who.page.locator('main li').first().waitFor();
	await who.settled();
	const lines = await who.page.locator('main li a[href^="/contacts/"]').evaluateAll((all) => all.map((link) => {
		const middle = (one) => {
			const range = document.createRange();
			range.selectNodeContents(one);
			const { top, bottom } = range.getBoundingClientRect();
			return (top + bottom) / 2;
		};
		return [...link.parentElement.children].map(middle).filter((at) => Math.abs(at - middle(link)) < 16).map((at) => Math.round(at - middle(link)));
	}));
	assert.ok(lines.some((line) => line.length > 1), JSON.stringify(lines));
	assert.deepEqual(lines.flat().filter((off) => Math.abs(off) > 1), []);
	await who.close();
});
