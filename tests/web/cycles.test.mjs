// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// The modules of web/src have no import cycles, and its folders are layers. This includes imports of types and lazy
// imports.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';

const ROOT = join(process.env.SOURCES, 'web/src');
const IMPORT = /(?:\bfrom|\bimport|\bimport\()\s*'(\.[^']*)'/g;

const fileOf = (path) => [path, '.ts', '.tsx', '/index.ts', '/index.tsx']
	.map((end) => end === path ? path : path + end).find((file) => /\.\w+$/.test(file) && existsSync(file));

// Returns the imports of a file. A file that is imported with ?raw is text, not a module.
const importsOf = (file) => [...readFileSync(file, 'utf8').matchAll(IMPORT)].filter(([, to]) => !to.includes('?')).map(([, to]) => {
	const found = fileOf(join(dirname(file), to));
	assert.ok(found, `${file} imports ${to}, which does not exist`);
	return found;
});

// Returns the first import cycle from a file: the files of the cycle, with the first file repeated at the end.
function cycleFrom(graph, file, path = [], done = new Set()) {
	if (path.includes(file))
		return [...path.slice(path.indexOf(file)), file];
	if (done.has(file))
		return undefined;
	for (const next of graph.get(file) ?? []) {
		const found = cycleFrom(graph, next, [...path, file], done);
		if (found)
			return found;
	}
	done.add(file);
	return undefined;
}

test('a cycle is detected', () => {
	const graph = new Map([['a', ['b']], ['b', ['c', 'd']], ['c', []], ['d', ['b']]]);
	assert.deepEqual(cycleFrom(graph, 'a'), ['b', 'd', 'b']);
	graph.set('d', ['c']);
	assert.equal(cycleFrom(graph, 'a'), undefined);
});

// A file imports from its own folder and from the folders before it. Pages and the parts of records may import each
// other.
const LAYERS = [['i18n'], ['data'], ['ui'], ['records', 'a folder of pages'], ['shell'], ['main.tsx']];
const folderOf = (file) => file.slice(ROOT.length + 1).split('/')[0];
const layerOf = (file) => {
	const found = LAYERS.findIndex((names) => names.includes(folderOf(file)));
	return found < 0 ? LAYERS.findIndex((names) => names.includes('records')) : found;
};

const files = readdirSync(ROOT, { recursive: true }).filter((name) => /\.tsx?$/.test(name)).map((name) => join(ROOT, name));
const graph = new Map(files.map((file) => [file, importsOf(file)]));

test('no import of web/src points upward', () => {
	assert.deepEqual(LAYERS.flat().filter((name) => !existsSync(join(ROOT, name))), ['a folder of pages']);
	const upward = [...graph].flatMap(([file, all]) => all.filter((to) => layerOf(to) > layerOf(file))
		.map((to) => `${file.slice(ROOT.length + 1)} imports ${to.slice(ROOT.length + 1)}`));
	assert.deepEqual(upward, []);
});

test('web/src has no cycle', () => {
	assert.ok([...graph.values()].flat().length > files.length, 'the pattern finds no imports');
	const done = new Set();
	for (const file of files)
		assert.deepEqual(cycleFrom(graph, file, [], done)?.map((one) => one.slice(ROOT.length + 1)), undefined);
});
