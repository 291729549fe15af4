// The texts: both languages have the same keys, with the same placeholders.
import { describe, expect, test } from 'vitest';
import { refused } from '../lint/texts.js';
import en from '../src/i18n/all.en';
import fr from '../src/i18n/all.fr';
import { byFolder } from '../src/i18n/byFolder';

type Texts = { [name: string]: string | Texts | ((...args: never[]) => string) };

const flat = (texts: object, path = ''): [string, string][] =>
	Object.entries(texts as Texts).flatMap(([name, value]): [string, string][] =>
		typeof value === 'object'
			? flat(value, `${path}${name}.`)
			: typeof value === 'string'
				? [[path + name, value]]
				: [],
	);
const values = (text: string) => [...new Set(text.match(/%\{\w+\}/g))].sort();
const own = (texts: object) => flat(texts).filter(([name]) => !name.startsWith('ra.'));

const english = new Map(own(byFolder(en, import.meta.glob('/src/*/module.en.ts', { eager: true, import: 'default' }))));
const french = new Map(own(byFolder(fr, import.meta.glob('/src/*/module.fr.ts', { eager: true, import: 'default' }))));

describe('English and French', () => {
	test('have the same texts', () => {
		expect(english.size).toBeGreaterThan(2200);
		expect([...french.keys()].sort()).toEqual([...english.keys()].sort());
	});

	test('have the same placeholders', () => {
		const other = [...english].filter(
			([name, text]) => String(values(text)) !== String(values(french.get(name) ?? '')),
		);
		expect(other).toEqual([]);
	});

	test('have empty texts for the same keys', () => {
		const other = [...english].filter(([name, text]) => Boolean(text.trim()) !== Boolean(french.get(name)?.trim()));
		expect(other).toEqual([]);
	});
});

// Names, and words that are the same in both languages.
const SAME = new Set(
	(
		'action active administration assistant base chat code commission condition configuration contact conversation ctrl date description document ' +
		'engagement english français import inactive influence invitation logo machine maintenance message minute module ms net newsletter note ' +
		'notification option participant pipeline position prospect section secret session source table tenantry total type version web webhook mail ' +
		'bic crm iban sha sms url vcard instagram linkedin messenger mysql postgresql telegram whatsapp'
	).split(' '),
);

test.each([
	['English', english],
	['French', french],
])('%s: no two kinds of records have the same name', (_, texts) => {
	const names = [...texts]
		// Permissions on the organization itself are named like the records that they permit changing.
		.filter(([key]) => /^resources\.(?!(invitation|ac|member|organization_member)\.)\w+\.name$/.test(key))
		.map(([key, text]) => [text.split(' |||| ').at(-1)!, key] as const);
	expect(names.length).toBeGreaterThan(60);
	expect(names.filter(([name], n) => names.findIndex(([other]) => other === name) !== n)).toEqual([]);
});

test('no French text is English', () => {
	const same = (text: string) =>
		(text.replace(/%\{\w+\}/g, '').match(/\p{L}{2,}/gu) ?? []).every((word) =>
			[word, word.replace(/s$/, '')].some((one) => SAME.has(one.toLowerCase())),
		);
	expect([...english].filter(([name, text]) => french.get(name) === text && !same(text))).toEqual([]);
});

test('a text without a French translation does not compile', () => {
	const files = Object.entries(
		import.meta.glob<string>('/src/*/{messages,module}.fr.ts', { eager: true, query: '?raw', import: 'default' }),
	);
	expect(files.length).toBeGreaterThan(25);
	expect(
		files.filter(
			([, text]) => !text.includes('\nconst fr: typeof en = {') || !text.endsWith('\nexport default fr;\n'),
		),
	).toEqual([]);
});

test('a text in code is refused', () => {
	expect(
		[
			"const words = { en: 'Yes', fr: 'Oui' }",
			"const words = { en: { yes: 'Yes' }, fr: { yes: 'Oui' } }",
			"const word = locale === 'fr' ? 'Oui' : 'Yes'",
			'const word = <p>Yes</p>',
			'const field = <Field label="An answer" />',
		].map(refused),
	).toEqual([1, 1, 1, 1, 1]);
	expect(
		["const word = translate('a.yes')", 'const word = <p>{word} ·</p>', '<Field label="a.yes" />'].map(refused),
	).toEqual([0, 0, 0]);
});

test('the texts of a folder are under its name, and resource texts are merged', () => {
	const all = byFolder({ ra: { action: { save: 'Save', edit: 'Edit' } } } as never, {
		'/src/deals/messages.en.ts': { resources: { deals: { name: 'Deal' } }, board: 'Board' },
		'/src/tasks/messages.en.ts': { resources: { tasks: { name: 'Task' } }, ra: { action: { save: 'Keep' } } },
	});
	expect(all).toEqual({
		deals: { board: 'Board' },
		tasks: {},
		resources: { deals: { name: 'Deal' }, tasks: { name: 'Task' } },
		ra: { action: { save: 'Keep', edit: 'Edit' } },
	});
	// Module texts are loaded later.
	expect(
		byFolder(all, { '/src/b2b/module.en.ts': { name: 'B2B', resources: { products: { name: 'Product' } } } }),
	).toMatchObject({
		deals: { board: 'Board' },
		b2b: { name: 'B2B' },
		resources: { deals: { name: 'Deal' }, tasks: { name: 'Task' }, products: { name: 'Product' } },
	});
});
