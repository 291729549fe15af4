// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// long: it visits 260 pages.
// Touch screens: on every page at a width of 390 pixels, each control can be hit on 44 pixels of its height, toolbars have at
// most three icons, and buttons that create records have a label.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LOOKS } from './lib/browser.mjs';
import { crawl, everything } from './lib/crawl.mjs';

const LOOK = { ...LOOKS[0], width: 390, viewport: { width: 390, height: 6000 }, hasTouch: true, isMobile: true };

// Returns the faults of the page for a finger.
const faultsOf = (page) => page.evaluate(() => {
	const faults = [];
	const controls = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [role=button], [role=tab], [role=checkbox], [role=switch], [role=combobox], [role=option], [role=menuitem]';
	// A finger hits a control through its parts, its label, or the frame of its input.
	const hits = (one, x, y) => {
		const at = document.elementFromPoint(x, y);
		return at && [one, ...one.labels ?? [], ...(one.getAttribute('aria-labelledby') ?? '').split(' ').map((id) => document.getElementById(id)),
			one.closest('.MuiInputBase-root, .MuiButtonBase-root')].some((part) => part?.contains(at));
	};
	const tall = (one) => {
		const box = one.getBoundingClientRect(), x = box.left + Math.min(box.width, 200) / 2, middle = box.top + box.height / 2;
		if (!hits(one, x, middle))
			return undefined; // covered, or in the invisible part of a scrollable element
		let [top, bottom] = [middle, middle];
		while (hits(one, x, top - 1) && middle - top < 60)
			top--;
		while (hits(one, x, bottom + 1) && bottom - middle < 60)
			bottom++;
		return bottom - top + 1;
	};
	for (const one of document.querySelectorAll(controls)) {
		const box = one.getBoundingClientRect();
		if (!one.checkVisibility({ visibilityProperty: true }) || box.width <= 1 || box.height <= 1 || one.closest('[aria-hidden=true]') || one.disabled)
			continue;
		const height = tall(one);
		if (height !== undefined && height < 43)
			faults.push(`${height} pixels high: ${one.outerHTML.replace(/ (class|id|style|d|viewBox|focusable)="[^"]*"/g, '').slice(0, 140)}`);
	}
	for (const bar of document.querySelectorAll('.MuiToolbar-root, #page-actions')) {
		const icons = [...bar.querySelectorAll('button, a')].filter((one) => one.checkVisibility() && one.getBoundingClientRect().width > 1
			&& one.querySelector('svg') && !one.innerText.trim() && !/^(More actions|Open menu)$/.test(one.getAttribute('aria-label')) && !one.querySelector('.face'));
		if (icons.length > 3)
			faults.push(`${icons.length} icons: ${icons.map((one) => one.getAttribute('aria-label'))}`);
	}
	for (const one of document.querySelectorAll('main :is(a, button):has([data-testid=AddIcon])'))
		if (one.checkVisibility() && !one.innerText.trim())
			faults.push(`no label: ${one.outerHTML.slice(0, 140)}`);
	if (document.documentElement.scrollWidth > document.documentElement.clientWidth)
		faults.push(`${document.documentElement.scrollWidth} pixels wide`);
	return faults;
});

test('all controls of all pages are large enough for a finger', async (t) => {
	const { boss, mia, begin } = await everything(LOOK);
	const found = {};
	const examine = (who, from, options) => crawl(who, from, async (path) => {
		for (const fault of await faultsOf(who.page))
			(found[fault] ??= []).push(path);
	}, options);
	const of = await examine(boss, begin), portal = await examine(mia, ['/'], { reload: true });
	t.diagnostic(`say ${of.length} and ${portal.length} pages`);
	assert.ok(of.length > 120 && portal.length > 10);
	const faults = Object.entries(found).map(([fault, paths]) => `${fault}: ${paths.slice(0, 3)}`);
	assert.equal(faults.length, 0, faults.join('\n'));
	await mia.close();
	await boss.close();
});
