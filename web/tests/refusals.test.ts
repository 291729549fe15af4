// The refusals of the API: schema/refusals/ describes each code that the sources raise, and each described refusal is
// raised.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readRefusals } from '../refusals';
import { translated } from '../src/i18n/reasons';

const ROOT = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '../..');

const sources = (folder: string, end: string): string[] =>
	readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((one) => {
		const path = `${folder}/${one.name}`;
		if (one.isDirectory()) return sources(path, end);
		return one.name.endsWith(end) ? [readFileSync(join(ROOT, path), 'utf8')] : [];
	});

const inSql = sources('schema', '.sql').join('\n').replace(/--.*$/gm, '');
const inC = ['fcgi', 'handlers', 'lib'].flatMap((folder) => sources(folder, '.c')).join('\n');

/** Returns the arguments of each call of a function. */
const calls = (code: string, name: string, quote: string) =>
	[...code.matchAll(new RegExp(`\\b${name}\\(`, 'g'))].map(({ index, 0: start }) => {
		const all = [''];
		let depth = 0;
		const tokens = quote === '"' ? /"(?:[^"\\]|\\.)*"|[^]/g : /'[^']*'|[^]/g;
		for (const [part] of code.slice(index + start.length).matchAll(tokens)) {
			if (part === ')' && depth === 0) break;
			depth += '([{'.includes(part) ? 1 : ')]}'.includes(part) ? -1 : 0;
			if (part === ',' && depth === 0) all.push('');
			else all[all.length - 1] += part;
		}
		return all;
	});

interface Raised {
	codes: string[];
	/** The number of arguments. Undefined if they are passed as a list. */
	values?: number;
}

/** Returns the codes to which an expression may evaluate. CASE and ?: have several. Compared values are not codes. */
const codesOf = (expression: string, quote: string) =>
	[...expression.replace(/WHEN [^]*? THEN/g, '').matchAll(new RegExp(`${quote}([a-z][a-z0-9_]*)${quote}`, 'g'))].map(
		([, code]) => code!,
	);

const raise = (quote: string, code: string, values: string[]): Raised => ({
	codes: codesOf(code, quote),
	values: values.some((value) => value.includes('VARIADIC')) ? undefined : values.length,
});
const raised: Raised[] = [
	...calls(inSql, 'ops\\.refuse', "'").map(([code, , ...values]) => raise("'", code!, values)),
	...calls(inSql, 'ops\\.fault', "'").map(([code, , ...values]) => raise("'", code!, values)),
	...calls(inSql, 'ops\\.refuse_with', "'").map(([, code, , ...values]) => raise("'", code!, values)),
	...calls(inSql, 'factory_app\\.refuse_input', "'").map(([code, , ...values]) => raise("'", code!, values)),
	...calls(inC, 'request_refuse', '"').map(([, code, , ...values]) => raise('"', code!, values)),
];
const refusals = readRefusals();

/** The number of calls of request_fail() with a variable text or for an unknown outcome. The number may only decrease. */
const WITHOUT_CODE = 4;
const count = (text: string) => new Set(text.match(/\{[1-9]\}/g)).size;

test('each raised refusal is described, with the same number of arguments', () => {
	expect(raised.length).toBeGreaterThan(600);
	const wrong = raised.flatMap(({ codes, values }) =>
		codes
			.filter((code) => !refusals[code] || (values !== undefined && count(refusals[code].en) !== values))
			.map((code) => `${code}: ${values}`),
	);
	expect(wrong).toEqual([]);
});

test('each described refusal is raised, or is a PostgreSQL error', () => {
	const used = new Set(raised.flatMap(({ codes }) => codes));
	const others = Object.entries(refusals).filter(([code, one]) => !used.has(code) && !('states' in one));
	// Codes of Better Auth may have a suffix or a subject.
	const named = new RegExp(`["'{](${others.map(([code]) => code).join('|')})["'}/:]`, 'g');
	const found = new Set([...(inC + inSql).matchAll(named)].map(([, code]) => code));
	expect(others.map(([code]) => code).filter((code) => !found.has(code))).toEqual([]);
});

test('each refusal has a text in both languages, a cause and a remedy, in sentences', () => {
	expect(Object.keys(refusals).length).toBeGreaterThan(500);
	const incomplete = Object.entries(refusals).filter(
		([code, { en, fr, cause, remedy }]) =>
			!/^([a-z][a-z0-9_]*|[A-Z][A-Z0-9_]*)$/.test(code) ||
			!en ||
			!fr ||
			![cause, remedy].every((text) => /^[^a-z].*\.$/.test(text)) ||
			count(en) !== count(fr),
	);
	expect(incomplete).toEqual([]);
});

// The only texts without a code are those of Better Auth's routes ([body.x]), and texts that are passed to a function.
test('the number of texts without a code does not grow', () => {
	const texts = [...inSql.matchAll(/RAISE EXCEPTION\s+'((?:[^']|'')*)'[^;]*ERRCODE = 'ZH4/g)].map(
		([, text]) => text!,
	);
	expect(texts.filter((text) => !text.startsWith('[body'))).toEqual([]);
	const fails = [
		...calls(inC, 'request_fail', '"').map((all) => all[2] ?? ''),
		...calls(inC, 'request_fail_field', '"').map((all) => all[3] ?? ''),
	].filter((text) => !/"\[(body|query)/.test(text) && !text.includes('const char *fmt'));
	expect(fails.length).toBe(WITHOUT_CODE);
});

test('a refusal is translated by its code, or by its text', () => {
	const french = Object.fromEntries(
		Object.entries(refusals).map(([code, { en, fr }]) => [code, [en, fr] as [string, string]]),
	);
	expect(translated('must have at most 240 characters', french)).toBe('doit avoir 240 caractères au plus');
	expect(translated('cannot become paid while it is waived', french)).toBe(
		'ne peut pas devenir « paid » tant que l’état est « waived »',
	);
	expect(translated('x', french, { code: 'too_many_characters', arguments: ['240'] })).toBe(
		'doit avoir 240 caractères au plus',
	);
	expect(
		translated('company 12 "Brightlane" is below', french, {
			code: 'below_itself',
			arguments: ['company 12 "Brightlane"', 'b'],
		}),
	).toContain('“Brightlane”');
	expect(translated('the card of Zoé: line 3 has too many parts', french)).toBe(
		'la fiche de Zoé : la ligne 3 a trop de parties',
	);
	expect(translated('something else', french)).toBe('something else');
	expect(translated('something else', french, { code: 'unknown_code' })).toBe('something else');
});
