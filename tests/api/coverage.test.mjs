// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Every exchange recorded from the reference is replayed or skipped with a
// reason, and every known weakness of comparable servers has a test.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const RECORDED = 641; // number of exchanges recorded from the reference
const WEAKNESSES = 75; // number of weakness classes found in comparable servers

const here = new URL('.', import.meta.url);
const read = (name) => readFileSync(new URL(name, here), 'utf8');
const missing = (most, found) => Array.from({ length: most }, (_, i) => i + 1)
	.filter((n) => !found.has(n));

test('every recorded exchange is replayed or skipped with a reason', () => {
	const leftOut = JSON.parse(read('recorded/left_out.json'));
	const found = new Set(Object.keys(leftOut).map(Number));
	for (const name of readdirSync(new URL('recorded', here))) {
		if (!name.endsWith('.jsonl'))
			continue;
		for (const line of read(`recorded/${name}`).trimEnd().split('\n').slice(1)) {
			const { n } = JSON.parse(line);
			assert(!(n in leftOut), `${n} is both in ${name} and in left_out.json`);
			found.add(n);
		}
	}
	assert.deepEqual(missing(RECORDED, found), []);
	for (const [n, reason] of Object.entries(leftOut))
		assert.match(reason, /\S+ \S+/, `no reason for ${n}`);
});

test('every known weakness has a test with its number', () => {
	const found = new Set();
	for (const name of readdirSync(here, { recursive: true }))
		if (name.endsWith('.test.mjs'))
			for (const [, list] of read(name).matchAll(/security ((?:\d+(?:, | and )?)+)/g))
				for (const n of list.match(/\d+/g))
					found.add(Number(n));
	assert.deepEqual(missing(WEAKNESSES, found), []);
});
