// Each package.json has an up-to-date package-lock.json with exact versions. The lock file names no registry host, so
// npm uses the configured registry.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { isDeepStrictEqual } from 'node:util';

const ROOT = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..');
const UPDATE = 'npm install --package-lock-only --omit-lockfile-registry-resolved';
const SKIP = new Set(['node_modules', '_build', 'dist', 'var', '.git']);

const folders = (folder) => [folder, ...readdirSync(folder, { withFileTypes: true })
	.filter((one) => one.isDirectory() && !SKIP.has(one.name)).flatMap(({ name }) => folders(join(folder, name)))];
const read = (file) => JSON.parse(readFileSync(file, 'utf8'));

function wrong(folder) {
	const lock = join(folder, 'package-lock.json');
	if (!existsSync(lock))
		return 'has no lock file';
	const { packages } = read(lock), own = read(join(folder, 'package.json'));
	const kinds = ['dependencies', 'devDependencies', 'peerDependencies', 'optionalDependencies'];
	if (!kinds.every((kind) => isDeepStrictEqual(own[kind], packages[''][kind])))
		return 'differs from its lock file';
	const ranges = kinds.flatMap((kind) => Object.entries(own[kind] ?? {})).filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.-]+)?$/.test(version));
	if (ranges.length > 0)
		return `has no exact version of ${ranges.map(([name]) => name).join(', ')}`;
	if (Object.values(packages).some(({ resolved }) => resolved))
		return 'has a lock file that names a registry';
	return undefined;
}

const all = folders(ROOT).filter((folder) => existsSync(join(folder, 'package.json')));
const bad = all.flatMap((folder) => wrong(folder) ? [`locks: ${relative(ROOT, folder)} ${wrong(folder)}`] : []);
if (bad.length > 0) {
	console.error([...bad, `locks: run there: ${UPDATE}`].join('\n'));
	process.exit(1);
}
console.log(`locks: all passed, ${all.length} packages`);
