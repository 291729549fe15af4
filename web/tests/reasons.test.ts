// The reasons of refusals: each text of the server has a translation, which keeps its values.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import french from '../src/i18n/reasons.fr';
import { translated } from '../src/i18n/reasons';

const ROOT = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '../..');

const sources = (folder: string, end: string): [path: string, text: string][] =>
	readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((one) => {
		const path = `${folder}/${one.name}`;
		if (one.isDirectory()) return sources(path, end);
		return one.name.endsWith(end) ? [[path, readFileSync(join(ROOT, path), 'utf8')]] : [];
	});

const files = (folder: string, end: string) => sources(folder, end).map(([, text]) => text);

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

// What only programs get wrong: the syntax of requests, and what mail servers and other programs send.
const programs =
	/^fcgi\/http\/(body|dav|development|etag|origin|param|param_names|request|route_alias|router)\.c|^fcgi\/rest\/(array_update|batch|crud|csv_export|field_limits)\.c|^fcgi\/server\/(body_input|worker)\.c|^handlers\/crm\/(address_book|carddav|changes|inbound|inbound_mail)\.c|^handlers\/assistant\/mcp\.c|^handlers\/operations\/(audit_log|health|problems)\.c/;
const syntax =
	/^(must be (a list of strings|null, or|\[|exact|\{|sent)|must start|must occur|the cursor|has a name that|the filter requires (an object|a list)|"\*" is given twice|Without files|is required with filters|The limits of fields|The workers may not)/;
const literals = (code: string) =>
	[...code.matchAll(/(?:"(?:[^"\\]|\\.)*"\s*(?:PRI\w+\s*)?)+/g)].map(([all]) =>
		[...all.matchAll(/"((?:[^"\\]|\\.)*)"/g)]
			.map(([, text]) => text)
			.join('')
			.replace(/%[-+0-9.*]*(?:zu|zd|ld|lu|lld|llu|[sdujc]|$)|%(?= )/g, '*')
			.replaceAll('\\"', '"'),
	);

/** The arguments of the calls of a function. */
const calls = (code: string, name: string) =>
	[...code.matchAll(new RegExp(`\\b${name}\\(`, 'g'))].map(({ index }) => {
		const all = [''];
		let depth = 0;
		for (const [part] of code.slice(index + name.length + 1).matchAll(/"(?:[^"\\]|\\.)*"|[^]/g)) {
			if (part === ')' && depth === 0) break;
			depth += '([{'.includes(part) ? 1 : ')]}'.includes(part) ? -1 : 0;
			if (part === ',' && depth === 0) all.push('');
			else all[all.length - 1] += part;
		}
		return all;
	});

test('each text of the handlers has a translation', () => {
	const found = ['handlers', 'fcgi', 'lib']
		.flatMap((folder) => sources(folder, '.c'))
		.filter(([path]) => !programs.test(path))
		.flatMap(([, code]) => [
			...calls(code, 'request_fail').map((all) => all[2] ?? ''),
			...calls(code, 'request_fail_field').map((all) => all[3] ?? ''),
		])
		.flatMap(literals);
	// Those in brackets are of Better Auth.
	const all = [...new Set(found)].filter((text) => /^[^[]*[a-z]/.test(text) && !syntax.test(text));
	expect(all.length).toBeGreaterThan(100);
	expect(all.filter((text) => !(text in french))).toEqual([]);
});

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
