// The texts: both languages have the same ones, with the same values in them.
import { describe, expect, test } from 'vitest';
import en from '../src/app/all.en';
import fr from '../src/app/all.fr';
import { byFolder } from '../src/app/byFolder';

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
