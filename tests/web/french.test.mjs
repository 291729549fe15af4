// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// long: it visits 260 pages.
// French: no reachable page shows an English text, and at 1440 pixels no button, heading, tab or menu entry is cut off.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { association } from './lib/association.mjs';
import { LOOKS } from './lib/browser.mjs';

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
	return { texts: [...new Set(found)].filter(Boolean), cut, links: [...document.querySelectorAll('a[href^="/"]')].map((one) => one.getAttribute('href').replace(/[?#].*/, '')) };
});

/** Visits the given pages and the pages to which they link, one page of each kind. */
async function crawl(who, begin, visit) {
	const { page } = who, find = await finder(page);
	const kind = (path) => path.replace(/\d+/g, 'N');
	const seen = new Set(begin.map(kind)), all = [...begin], english = {}, cut = {};
	while (all.length > 0) {
		const path = all.shift();
		await visit(path);
		await who.settled();
		const now = await shown(page);
		for (const text of find(now.texts))
			(english[text] ??= []).push(path);
		for (const text of now.cut)
			(cut[text] ??= []).push(path);
		for (const link of now.links)
			if (!seen.has(kind(link)) && !/^\/(api|assets|problems|calendar|docs)\b|\.\w+$/.test(link)) {
				seen.add(kind(link));
				all.push(link);
			}
	}
	return { english, cut, visited: [...seen] };
}

test('no page shows an English text to a French user', async (t) => {
	const { boss, mia, profile, make } = await association(LOOK);
	for (const module of ['b2b', 'factory'])
		await boss.call(`/api/modules/${module}`, { enabled: true }, 'PUT');
	const company = await make('companies', { name: 'Zig' });
	const contact = await make('contacts', { first_name: 'Zoé', last_name: 'Zag', company_id: company.id });
	await make('deals', { name: 'Zut', stage: 'opportunity', amount: 5, company_id: company.id, contact_ids: [contact.id] });
	await make('tasks', { contact_id: contact.id, text: 'Zzz', due_date: new Date().toISOString() });
	await make('activities', { type: 'call', subject: 'Zzz', contact_id: contact.id, occurred_at: new Date().toISOString() });
	await make('user_memberships', { member_id: profile.id, tier: 'Zinc', starts_on: '2026-01-01' });
	await make('user_billing_schedules', { member_id: profile.id, description: 'Zone', amount: 4000, currency: 'EUR', due_on: '2030-02-01' });
	await make('user_payments', { member_id: profile.id, description: 'Zone', amount: 4000, currency: 'EUR' });
	await make('cost_rates', { kind: 'labour', code: 'zinc', currency: 'EUR', rate: 45, valid_from: '2020-01-01' });
	await make('cost_calculations', { name: 'Zinc', inputs: { currency: 'EUR', quantity: 1, materials: [{ name: 'zinc', price: 2, quantity_per_unit: 2 }] } });
	await make('integration_configs', { name: 'Zinc', type: 'postgres' });
	const { paths } = await boss.call('/api/openapi.json');
	const resources = Object.keys(paths).map((path) => path.match(/^\/api\/(\w+)$/)?.[1]).filter((name) => name && paths[`/api/${name}`].get && paths[`/api/${name}/{id}`]);
	assert.ok(resources.length > 60);
	await boss.go('/');
	await boss.settled();
	// An unknown page is opened before each page, so that no text of the previous page is found.
	const none = boss.page.getByText('Page introuvable').first();
	const of = await crawl(boss, ['/', '/settings', ...resources.flatMap((name) => [`/${name}`, ...paths[`/api/${name}`].post ? [`/${name}/create`] : []])], async (path) => {
		await boss.lead('/none');
		await none.waitFor();
		await boss.lead(path);
		await none.waitFor({ state: 'detached', timeout: 5000 }).catch(() => {}); // it may already be hidden
	});
	await mia.go('/');
	await mia.settled();
	const portal = await crawl(mia, ['/'], mia.go);
	t.diagnostic(`say ${of.visited.length} and ${portal.visited.length} pages`);
	assert.ok(of.visited.length > 120 && portal.visited.length > 10);
	const places = (found) => Object.entries(found).map(([text, paths]) => `${text}: ${paths.slice(0, 3)}`).join('\n');
	assert.equal(places({ ...of.english, ...portal.english }), '');
	assert.equal(places({ ...of.cut, ...portal.cut }), '');
	await mia.close();
	await boss.close();
});
