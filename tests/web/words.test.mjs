// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// The texts of the built web app: both languages have the same texts, and no text mentions page elements.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { visitor } from './lib/browser.mjs';

const ASSETS = join(process.env.SOURCES, 'web/dist/assets');

const leaves = (tree, path) => Object.entries(tree).flatMap(([name, value]) => typeof value === 'string'
	? [[`${path}${name}`, value]] : leaves(value, `${path}${name}.`));

async function texts(language) {
	const [file] = readdirSync(ASSETS).filter((name) => name.startsWith(`all.${language}-`) && name.endsWith('.js'));
	const who = await visitor();
	await who.go('/sign-in');
	const all = await who.page.evaluate(async (path) => (await import(path)).default, `/assets/${file}`);
	await who.close();
	return leaves(all, '');
}

// Default texts of react-admin in its authors' wording. Tenantry uses neither react-admin's saved queries nor its
// configurable pages.
const DEFAULTS = {
	en: /\belements?\b|\bitems selected|are you sure|log ?in\b|logout|incorrect|references? data|dataProvider|typed a wrong|out of boundaries|cannot go|client error|reconnect/i,
	fr: /éléments? (?:créé|supprimé|mis à jour|sélectionné|inconnu)|êtes-vous sûr|déconnexion|élément inexistant|mauvaise url|hors limites/i,
};

for (const language of ['en', 'fr'])
	test(`no text is a default text of react-admin (${language})`, async () => {
		const found = (await texts(language)).filter(([name, text]) => /^ra\.(?!saved_queries|configurable)/.test(name) && DEFAULTS[language].test(text));
		assert.deepEqual(found, []);
	});

test('both languages have the same texts', async () => {
	const [en, fr] = await Promise.all(['en', 'fr'].map(async (language) =>
		(await texts(language)).map(([name]) => name).filter((name) => !name.startsWith('ra.')).sort()));
	assert.deepEqual(fr, en);
});

test('every scheduled job has a name', async () => {
	const folder = join(process.env.SOURCES, 'jobs');
	const files = readdirSync(folder).flatMap((part) => part.endsWith('.c') ? part : readdirSync(join(folder, part)).map((name) => `${part}/${name}`));
	const jobs = files.filter((name) => name.endsWith('.c')).flatMap((name) =>
		[...readFileSync(join(folder, name), 'utf8').matchAll(/_task = \{ "(\w+)"/g)].map(([, job]) => job));
	const names = (await texts('en')).map(([name]) => name);
	assert.ok(jobs.length > 15);
	assert.deepEqual(jobs.filter((job) => !names.includes(`admin.chores.${job}`)), []);
});
