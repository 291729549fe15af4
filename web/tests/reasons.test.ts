// The reasons of refusals: each text of the server has a translation, which keeps its values.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import french from '../src/app/reasons.fr';
import { translated } from '../src/app/reasons';

const ROOT = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '../..');

const files = (folder: string, end: string): string[] =>
	readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((one) =>
		one.isDirectory()
			? files(`${folder}/${one.name}`, end)
			: one.name.endsWith(end)
				? [readFileSync(join(ROOT, folder, one.name), 'utf8')]
				: [],
	);

// 401 and 429 are translated by their problem types; [body.x] are texts of Better Auth.
const raised = files('schema', '.sql').flatMap((text) =>
	[...text.replace(/'\s*\n\s*'/g, '').matchAll(/RAISE EXCEPTION\s+'((?:[^']|'')*)'([^;]*);/g)]
		.filter(([, , using]) => /ZH4(?!01|29)/.test(using!))
		.map(([, message]) => message!.replaceAll("''", "'").replaceAll('%', '*')),
);
// What functions are given to raise.
const passed = files('schema', '.sql').flatMap((text) =>
	[...text.matchAll(/PERFORM factory_app\.refuse_input\([^;]*?, (?:format\()?'((?:[^']|'')*)'[^;]*;/g)].map(
		([, message]) => message!.replaceAll("''", "'").replaceAll('%s', '*'),
	),
);
const explained = /public_text\(.*?^}/ms.exec(files('lib/db', 'db_error.c')[0]!)![0];
const ofStates = [...explained.matchAll(/return ((?:"[^"]*"\s*)+);/g)].map(([, text]) =>
	text!.replace(/"\s*"/g, '').replaceAll('"', ''),
);

test('each text of the database has a translation', () => {
	const all = [...new Set([...raised, ...passed, ...ofStates])].filter((text) => /^[^[]*[a-z]/.test(text));
	expect(all.length).toBeGreaterThan(300);
	expect(ofStates.length).toBe(10);
	expect(passed.length).toBeGreaterThan(10);
	expect(all.filter((text) => !(text in french))).toEqual([]);
});

test('translations keep the values', () => {
	const count = (text: string) => text.split('*').length;
	expect(Object.entries(french).filter(([en, fr]) => count(en) !== count(fr))).toEqual([]);
	expect(translated('must have at most 240 characters', french)).toBe('doit avoir 240 caractères au plus');
	expect(translated('cannot become paid while it is waived', french)).toBe(
		'ne peut pas devenir « paid » tant que l’état est « waived »',
	);
	expect(translated('something else', french)).toBe('something else');
});
