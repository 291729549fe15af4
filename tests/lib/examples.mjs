// The minutes that examples/README.md states for each example.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

const table = readFileSync(`${process.env.SOURCES}/examples/README.md`, 'utf8');

/** The minutes by the name of the file; NaN if the table states none. */
export const MINUTES = Object.fromEntries([...table.matchAll(/^\| \[([\w.-]+)\]\(.*\| *([^|]*?) *\|$/gm)].map(([, file, minutes]) => [file, Number(minutes || NaN)]));

/** Runs an example, and fails if this takes longer than the table states. Returns the result. */
export async function within(file, run) {
	assert.ok(MINUTES[file] > 0, `examples/README.md states the minutes of ${file}`);
	const began = Date.now();
	const result = await run();
	const seconds = (Date.now() - began) / 1000;
	assert.ok(seconds <= MINUTES[file] * 60, `${file} took ${seconds} s, and examples/README.md states ${MINUTES[file]} minutes`);
	return result;
}
