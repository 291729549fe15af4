// Reads the first rows of a file in the browser, and counts all rows, before anything is uploaded.
import Papa from 'papaparse';
import type { Import } from './import';

const SIZE = 65_536;
const ROWS = 6;

/** How the file is read, as detected or as set by the user. */
export interface Reading {
	encoding: string;
	delimiter: string;
	header: boolean;
	/** The number of lines before the first row. */
	skip: number;
}

export interface Head extends Reading {
	/** The format. A workbook cannot be imported. */
	format: Import['format'] | 'workbook';
	rows: string[][];
}

export const delimiters = [',', ';', '\t', '|'];
export const encodings = [
	'UTF-8',
	'UTF-16LE',
	'UTF-16BE',
	'windows-1252',
	'windows-1250',
	'windows-1251',
	'windows-1253',
	'windows-1254',
	'windows-1255',
	'windows-1256',
	'macintosh',
	'Shift_JIS',
	'EUC-KR',
	'GB18030',
	'Big5',
];

function guessEncoding(bytes: Uint8Array): string {
	if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'UTF-16LE';
	if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'UTF-16BE';
	try {
		// The last character may be incomplete.
		new TextDecoder('UTF-8', { fatal: true }).decode(bytes, { stream: true });
		return 'UTF-8';
	} catch {
		return 'windows-1252';
	}
}

// Returns whether a row contains column names: none of its cells contains an email address, a number or a date. The
// server applies the same test.
const names = (row: string[] = []) => !row.some((cell) => cell.includes('@') || /^[\d+\-., ]+$/.test(cell));

// Returns whether the bytes begin like an .xlsx or .xls file.
const workbook = (bytes: Uint8Array) =>
	[
		[0x50, 0x4b, 3, 4],
		[0xd0, 0xcf, 0x11, 0xe0],
	].some((head) => head.every((byte, n) => bytes[n] === byte));

// Returns the text after the given number of lines.
const behind = (text: string, lines: number) =>
	text.replace(new RegExp(`^(?:[^\\r\\n]*(?:\\r\\n?|\\n)){${lines}}`), '');

export async function readHead(file: File, said: Partial<Reading>): Promise<Head> {
	const bytes = new Uint8Array(await file.slice(0, SIZE).arrayBuffer());
	const encoding = said.encoding ?? guessEncoding(bytes);
	const text = new TextDecoder(encoding).decode(bytes, { stream: true });
	const format = workbook(bytes)
		? 'workbook'
		: /^\s*[{[]/.test(text)
			? 'json'
			: /^\s*BEGIN:VCARD/i.test(text)
				? 'vcard'
				: 'csv';
	const [, sep] = /^sep=([,;\t|])[\r\n]/i.exec(text) ?? [];
	const skip = said.skip ?? (sep ? 1 : 0),
		delimiter = said.delimiter ?? sep;
	const { data, meta } = Papa.parse<string[]>(format === 'csv' ? behind(text, skip) : '', {
		preview: ROWS,
		skipEmptyLines: true,
		delimiter: delimiter ?? '',
		delimitersToGuess: delimiters,
	});
	return {
		format,
		encoding,
		delimiter: delimiter ?? meta.delimiter,
		header: said.header ?? names(data[0]),
		skip,
		rows: data,
	};
}

/** Returns the number of rows in the whole file, or undefined for formats other than CSV. */
export const countRows = (file: File, { format, encoding, delimiter, header, skip }: Head) =>
	format !== 'csv'
		? undefined
		: new Promise<number>((resolve, reject) => {
				let rows = header ? -1 : 0;
				Papa.parse<string[]>(file, {
					encoding,
					delimiter,
					skipEmptyLines: true,
					error: reject,
					beforeFirstChunk: (text) => behind(text, skip),
					chunk: ({ data }) => {
						rows += data.length;
					},
					complete: () => resolve(Math.max(rows, 0)),
				});
			});
