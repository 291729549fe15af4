import { describe, expect, test } from 'vitest';
import { guessKind } from '../src/imports/guess';
import { countRows, readHead } from '../src/imports/head';
import { keys, repeats, shown } from '../src/imports/import';

const file = (...parts: BlobPart[]) => new File(parts, 'file.csv');
const head = (...parts: BlobPart[]) => readHead(file(...parts), {});

describe('the head of a file', () => {
	test('a header row is recognized, with format, encoding and delimiter', async () => {
		expect(await head('name;city\nAda;London\n')).toMatchObject({
			format: 'csv',
			encoding: 'UTF-8',
			delimiter: ';',
			header: true,
			skip: 0,
			rows: [
				['name', 'city'],
				['Ada', 'London'],
			],
		});
	});

	test('a row of values is not a header row', async () => {
		expect((await head('Ada,ada@example.org\n')).header).toBe(false);
		expect((await head('1 200,3\n4,5\n')).header).toBe(false);
	});

	test('the delimiter that a spreadsheet declares is used', async () => {
		expect(await head('sep=;\nname;a,b\n')).toMatchObject({ delimiter: ';', skip: 1, rows: [['name', 'a,b']] });
	});

	test('a quoted cell may contain a line end and a quote', async () => {
		expect((await head('name,text\nAda,"a\n""b"""\n')).rows[1]).toEqual(['Ada', 'a\n"b"']);
	});

	test('the encoding is detected', async () => {
		expect((await head(new Uint8Array([0xff, 0xfe, 0x61, 0]))).encoding).toBe('UTF-16LE');
		const old = await head(new Uint8Array([0x6e, 0x61, 0x6d, 0x65, 0x0a, 0xc9, 0x76, 0x61]));
		expect(old).toMatchObject({ encoding: 'windows-1252', rows: [['name'], ['Éva']] });
	});

	test('formats other than CSV are recognized', async () => {
		expect((await head(' [{"a":1}]')).format).toBe('json');
		expect((await head('BEGIN:VCARD\n')).format).toBe('vcard');
		expect((await head(new Uint8Array([0x50, 0x4b, 3, 4]))).format).toBe('workbook');
		expect(countRows(file('[]'), await head('[]'))).toBeUndefined();
	});
});

describe('a new field for a column', () => {
	test('has the kind whose format matches all values', () => {
		expect(guessKind(['1', '-20'])).toBe('integer');
		expect(guessKind(['1', '2,5', "1'000.50"])).toBe('number');
		expect(guessKind(['2026-01-31', '2026-2-1'])).toBe('date');
		expect(guessKind(['31.12.2026'])).toBe('date');
		expect(guessKind(['yes', 'No'])).toBe('boolean');
		expect(guessKind(['a@b.test'])).toBe('email');
		expect(guessKind(['https://a.test/'])).toBe('url');
		expect(guessKind(['2026-01-31T10:00:00Z'])).toBe('time');
	});

	test('is a text field otherwise', () => {
		expect(guessKind([])).toBe('text');
		expect(guessKind(['1', 'x'])).toBe('text');
		expect(guessKind(['0041', '12'])).toBe('text');
	});
});

describe('a plan', () => {
	const by = (mapping: (string | null)[], resource = 'contacts') => keys({ resource, format: 'csv', mapping });

	test('records are matched by a field that a column is mapped to', () => {
		expect(by(['first_name', null])).toEqual([]);
		expect(by(['email_work', 'last_name', 'id'])).toEqual(['email', 'id', 'name']);
		expect(by(['name'], 'companies')).toEqual(['name']);
	});

	test('several columns can be mapped to addresses, numbers or tags', () => {
		expect(['email_work', 'phone_home', 'tags', 'name'].map(repeats)).toEqual([true, true, true, false]);
	});

	test('cells are shown as text', () => {
		expect(shown(null)).toBe('');
		expect(shown('2027-01-05T00:00:00.000Z')).toBe('2027-01-05');
		expect(shown('2027-01-05T10:00:00Z')).toBe('2027-01-05T10:00:00Z');
		expect(shown([1, 2])).toBe('[1,2]');
		expect(shown(1.5)).toBe('1.5');
	});
});
