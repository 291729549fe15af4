// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Each promise in docs/promises.md has a test with its ID.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { test } from 'node:test';

const sources = new URL(`file://${process.env.SOURCES}/`);
const read = (path) => readFileSync(new URL(path, sources), 'utf8');

function* files(folder) {
	for (const name of readdirSync(new URL(folder, sources)))
		if (statSync(new URL(`${folder}/${name}`, sources)).isDirectory())
			yield* files(`${folder}/${name}`);
		else if (/\.(mjs|sh|sql)$/.test(name))
			yield `${folder}/${name}`;
}

test('every promise has a test with its ID, and every ID in a test is a promise', () => {
	const promised = [...read('docs/promises.md').matchAll(/^\| ([SP][\d-]+) \|/gm)]
		.map(([, id]) => id);
	assert.equal(promised.length, 54);
	const tried = new Set();
	for (const file of files('tests'))
		for (const [, ids] of read(file).matchAll(/['"`]((?:(?:S\d-\d\d|P\d\d),? )+)/g))
			for (const id of ids.match(/[SP][\d-]+/g))
				tried.add(id);
	assert.deepEqual(promised.filter((id) => !tried.has(id)), [], 'promises without a test');
	assert.deepEqual([...tried].filter((id) => !promised.includes(id)).sort(), [],
		'test IDs without a promise');
});
