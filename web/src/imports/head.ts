// Reads the first rows of a file in the browser, and counts all of them, before anything is uploaded.
import Papa from 'papaparse';
import type { Import } from './import';

const SIZE = 65_536;
const ROWS = 6;

/** How the file is read: detected, or set by the user. */
export interface Reading {
	encoding: string;
	delimiter: string;
	header: boolean;
}

export interface Head extends Reading {
	format: Import['format'];
	rows: string[][];
}

export const delimiters = [',', ';', '\t', '|'];
export const encodings = ['UTF-8', 'UTF-16LE', 'UTF-16BE', 'windows-1252'];

function guessEncoding(bytes: Uint8Array): string {
	if (bytes[0] === 0xff && bytes[1] === 0xfe)
		return 'UTF-16LE';
	if (bytes[0] === 0xfe && bytes[1] === 0xff)
		return 'UTF-16BE';
	try {
		// The last character may be incomplete.
		new TextDecoder('UTF-8', { fatal: true }).decode(bytes, { stream: true });
		return 'UTF-8';
	} catch {
		return 'windows-1252';
	}
}

// Column names never look like this; the server has the same rule.
const names = (row: string[] = []) => !row.some((cell) => cell.includes('@') || /^[\d+\-., ]+$/.test(cell));

export async function readHead(file: File, said: Partial<Reading>): Promise<Head> {
	const bytes = new Uint8Array(await file.slice(0, SIZE).arrayBuffer());
	const encoding = said.encoding ?? guessEncoding(bytes);
	const text = new TextDecoder(encoding).decode(bytes, { stream: true });
	const format = /^\s*[{[]/.test(text) ? 'json' : /^\s*BEGIN:VCARD/i.test(text) ? 'vcard' : 'csv';
	const { data, meta } = Papa.parse<string[]>(format === 'csv' ? text : '', { preview: ROWS, skipEmptyLines: true,
		delimiter: said.delimiter ?? '', delimitersToGuess: delimiters });
	return { format, encoding, delimiter: said.delimiter ?? meta.delimiter, header: said.header ?? names(data[0]), rows: data };
}

/** The number of rows of the whole file; undefined for other formats than CSV. */
export const countRows = (file: File, { format, encoding, delimiter, header }: Head) => format !== 'csv' ? undefined
	: new Promise<number>((resolve, reject) => {
		let rows = header ? -1 : 0;
		Papa.parse<string[]>(file, { encoding, delimiter, skipEmptyLines: true, error: reject,
			chunk: ({ data }) => { rows += data.length; }, complete: () => resolve(Math.max(rows, 0)) });
	});
