// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// long: it visits 260 pages.
// French: no reachable page shows an English text, and at 1440 pixels no button, heading, tab or menu entry is cut off.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { LOOKS, keysIn } from './lib/browser.mjs';
import { crawl, everything } from './lib/crawl.mjs';

const LOOK = { ...LOOKS[1], colorScheme: 'light', width: 1440 };
const ASSETS = join(process.env.SOURCES, 'web/dist/assets');
const files = readdirSync(ASSETS).filter((name) => name.endsWith('.js'));
const named = (pattern) => files.filter((name) => pattern.test(name)).map((name) => `/assets/${name}`);

/** Returns the texts of both languages, from the folders and the modules. */
const texts = (page) => page.evaluate(async (files) => {
	const leaves = (tree) => Object.entries(tree).flatMap(([name, value]) => typeof value === 'string'
		? [[name, value]] : value && typeof value === 'object' ? leaves(value).map(([path, text]) => [`${name}.${path}`, text]) : []);
	const all = { en: [], fr: [] };
	for (const [language, file] of files)
		all[language].push(...leaves((await import(file)).default));
	return all;
}, ['en', 'fr'].flatMap((language) => named(new RegExp(`^(all|module)\\.${language}-`)).map((file) => [language, file])));

// Returns the plural forms of a text, without the inserted values.
const forms = (text) => text.split('||||').map((one) => one.trim());
const literal = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

// Texts that may be the same in both languages: the other language, a person's name, English names from the server,
// and resource names in logs.
const DATA = new Set(['English', 'Member', 'Opportunity', 'Won', 'Lost', 'Delayed', 'Sales', 'contacts', 'companies', 'deals', 'tasks', 'Slug']);

/** Returns a function that finds English texts on a page. */
async function finder(page) {
	const { en, fr } = await texts(page);
	assert.ok(en.length > 1500 && fr.some(([, text]) => text === 'Mandant') && fr.some(([, text]) => /^Adhésion \|/.test(text)), `${en.length}`);
	const labels = Object.values(await (await page.context().request.get(`${process.env.BASE}/api/catalogue`)).json())
		.flatMap(({ label, fields }) => [label, ...Object.values(fields).map((field) => field.label)]).filter(Boolean);
	assert.ok(labels.length > 20, `${labels.length}`);
	en.push(...labels.map((label) => ['label', label.en]));
	fr.push(...labels.map((label) => ['label', label.fr]));
	const french = new Set(fr.flatMap(([, text]) => forms(text)));
	const english = en.filter(([path]) => !/^ra\.|(^|\.)(countries|currencies)\./.test(path)).flatMap(([, text]) => forms(text)).filter((text) => /[A-Za-z]{2}/.test(text));
	const { paths, components } = await (await page.context().request.get(`${process.env.BASE}/api/openapi.json`)).json();
	const guessed = [...Object.keys(paths).map((path) => path.split('/')[2] ?? ''), ...Object.values(components.schemas).flatMap(({ properties = {} }) => Object.keys(properties))]
		.map((name) => name.replace(/_id$/, '').replaceAll('_', ' ')).map((name) => name.charAt(0).toUpperCase() + name.slice(1));
	const plain = new Set([...english.filter((text) => !text.includes('%{')), ...guessed].filter((text) => !french.has(text) && !DATA.has(text)));
	// Each pattern has at least two words around the inserted values.
	const patterns = english.filter((text) => text.includes('%{') && (text.replace(/%\{\w+\}/g, '').match(/[A-Za-z]{2,}/g) ?? []).length > 1 && !french.has(text))
		.map((text) => new RegExp(`^${text.split(/%\{\w+\}/).map(literal).join('.*')}$`));
	return (shown) => shown.filter((text) => plain.has(text.replace(/\s*[:*…]+$/, '')) || plain.has(text) || patterns.some((one) => one.test(text)));
}

const shown = (page) => page.evaluate(() => {
	const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	for (let node; (node = walker.nextNode());)
		if (node.parentElement.checkVisibility() && !node.parentElement.closest('[data-user-text], script, code, pre'))
			found.push(node.data.trim());
	for (const name of ['aria-label', 'placeholder', 'title', 'alt'])
		for (const one of document.querySelectorAll(`[${name}]`))
			found.push(one.getAttribute(name).trim());
	const cut = [...document.querySelectorAll('th, button, [role=tab], [role=menuitem], nav a, h1, h2, h3')].filter((one) => one.checkVisibility() && one.clientWidth > 40
		&& one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflow !== 'visible').map((one) => one.innerText);
	return { texts: [...new Set(found)].filter(Boolean), cut };
});

/** Visits all pages. Adds the English texts and the texts that are cut off, with their pages, to `found`. */
async function examine(who, begin, found, options) {
	await who.go('/');
	const { page } = who, find = await finder(page);
	return crawl(who, begin, async (path) => {
		const now = await shown(page);
		for (const text of [...find(now.texts), ...keysIn(await page.locator('h1').first().innerText())])
			(found.english[text] ??= []).push(path);
		for (const text of now.cut)
			(found.cut[text] ??= []).push(path);
	}, options);
}

test('no page shows an English text, or the key of a text as its heading, to a French user', async (t) => {
	const { boss, mia, begin } = await everything(LOOK);
	const found = { english: {}, cut: {} };
	const of = await examine(boss, begin, found);
	const portal = await examine(mia, ['/'], found, { reload: true });
	t.diagnostic(`say ${of.length} and ${portal.length} pages`);
	assert.ok(of.length > 120 && portal.length > 10);
	const places = (texts) => Object.entries(texts).map(([text, paths]) => `${text}: ${paths.slice(0, 3)}`).join('\n');
	assert.equal(places(found.english), '');
	assert.equal(places(found.cut), '');
	await mia.close();
	await boss.close();
});
