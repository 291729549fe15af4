// Runs psql as the superuser of the test database.
import { execFileSync } from 'node:child_process';

// Returns the rows as arrays of text. Only the last line break is removed: an empty last
// column ends a line with a tab.
export function psqlRows(args, input) {
	const out = execFileSync('psql', ['-XqAt', '-F', '\t', '-v', 'ON_ERROR_STOP=1', ...args],
		{ encoding: 'utf8', input, maxBuffer: 1 << 28, stdio: ['pipe', 'pipe', 'pipe'] });
	return out === '' ? [] : out.replace(/\n$/, '').split('\n').map((line) => line.split('\t'));
}
