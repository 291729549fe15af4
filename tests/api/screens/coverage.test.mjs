// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Each acceptance line of the front end has a test with its number. Each line
// about a screen has a test that uses the providers and the screen's hooks.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const LINES = 101;

// Lines that are only about the HTTP API and the platform, and not visible on a screen.
const unseen = [90, 91, 92, 93, 94, 95, 97, 99, 100];

const tests = new URL(`file://${process.env.SOURCES}/tests/api/`);

function covered(...folders) {
	const found = new Set();
	for (const [folder, pattern] of folders)
		for (const name of readdirSync(new URL(folder, tests)))
			if (pattern.test(name))
				for (const [, n] of readFileSync(new URL(`${folder}/${name}`, tests),
					'utf8').matchAll(/^\s*test\(['"`](\d+) /gm))
					found.add(Number(n));
	return (except = []) => Array.from({ length: LINES }, (_, i) => i + 1)
		.filter((n) => !found.has(n) && !except.includes(n));
}

test('every acceptance line has a test', () => {
	assert.deepEqual(covered(['atomic_crm', /\.test\.mjs$/],
		['screens', /\.test\.mjs$/])(), []);
});

// screens.sh runs the files of atomic_crm with our provider instead of the
// stock provider.
test('every line about a screen has a test through the providers', () => {
	assert.deepEqual(covered(['atomic_crm', /^(?!users).*\.test\.mjs$/],
		['screens', /^(?!coverage).*\.test\.mjs$/])(unseen), []);
});

test('version 1.5.0 finds its constants and later versions their functions', async () => {
	const overlay = await import('./providers/index.js');
	assert.equal(typeof overlay.dataProvider.getList, 'function');
	assert.equal(typeof overlay.authProvider.checkAuth, 'function');
	assert.equal(overlay.getDataProvider(), overlay.dataProvider);
	assert.equal(overlay.getAuthProvider(), overlay.authProvider);
});
