// The texts: both languages have the same ones, with the same values in them.
import { describe, expect, test } from 'vitest';
import en from '../src/i18n/all.en';
import fr from '../src/i18n/all.fr';
import { byFolder } from '../src/i18n/byFolder';
import type { Area } from '../src/records/area';
import type { Resource } from '../src/records/resource';

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

const english = new Map(own(en));
const french = new Map(own(fr));

describe('English and French', () => {
	test('have the same texts', () => {
		expect(english.size).toBeGreaterThan(1000);
		expect([...french.keys()].sort()).toEqual([...english.keys()].sort());
	});

	test('have the same values in them', () => {
		const other = [...english].filter(
			([name, text]) => String(values(text)) !== String(values(french.get(name) ?? '')),
		);
		expect(other).toEqual([]);
	});

	test('are empty for the same names', () => {
		const other = [...english].filter(([name, text]) => Boolean(text.trim()) !== Boolean(french.get(name)?.trim()));
		expect(other).toEqual([]);
	});
});

// Words of both languages, and names.
const SAME = new Set(
	(
		'action active administration assistant base chat code commission condition configuration contact conversation ctrl date description document ' +
		'engagement import inactive influence invitation logo machine maintenance message minute module ms net newsletter note option ' +
		'participant pipeline position prospect section secret session source table tenantry total type version web webhook mail ' +
		'bic crm iban sha sms url vcard instagram linkedin messenger mysql postgresql telegram whatsapp'
	).split(' '),
);

const described = Object.values(
	import.meta.glob<{ default: { areas?: Area[] } & Partial<Resource> }>(
		['../src/*/module.ts', '../src/resources/*.ts'],
		{ eager: true },
	),
).flatMap(({ default: one }) => one.areas?.map(({ resource }) => resource) ?? [one as Resource]);

describe('no text is English in French', () => {
	const same = (text: string) =>
		(text.replace(/%\{\w+\}/g, '').match(/[A-Za-z]{2,}/g) ?? []).every((word) =>
			[word, word.replace(/s$/, '')].some((one) => SAME.has(one.toLowerCase())),
		);
	const untranslated = (en: [string, string][], fr: Map<string, string>) =>
		en.filter(([name, text]) => fr.get(name) === text && !same(text));

	test('in the folders', () => {
		expect(untranslated([...english], french)).toEqual([]);
	});

	test('in the descriptions of resources', () => {
		const all = described.filter((resource) => resource?.words);
		expect(all.length).toBeGreaterThan(30);
		expect(
			all.flatMap((resource) => untranslated(flat(resource!.words!.en), new Map(flat(resource!.words!.fr)))),
		).toEqual([]);
	});
});

test('the texts of a folder are under its name, and those of resources are joined', () => {
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
});
