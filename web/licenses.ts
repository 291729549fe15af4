// The licences of the packages in a bundle.
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Plugin } from 'vite';

// Returns the name and the licence of a package.
function notice(folder: string): string {
	const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
	const texts = readdirSync(folder)
		.sort()
		.filter((file) => /^(licen[cs]e|notice)/i.test(file))
		.map((file) => readFileSync(`${folder}/${file}`, 'utf8').trim());
	return [`${name} ${version}`, `Licence: ${license}`, ...texts].join('\n\n');
}

/** Writes the texts of all licenses to a file with this name, because the bundle must contain them. */
export const licenses = (fileName: string): Plugin => ({
	name: 'licenses',
	generateBundle(_options, bundle) {
		const folders = Object.values(bundle)
			.flatMap((file) =>
				file.type === 'chunk' ? file.moduleIds : file.originalFileNames.map((name) => resolve(name)),
			)
			.flatMap((id) => /^\0?(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id)?.[1] ?? []);
		const notices = [...new Set(folders)].map(notice);
		this.emitFile({
			type: 'asset',
			fileName,
			source: [...new Set(notices)].sort().join(`\n\n${'-'.repeat(72)}\n\n`) + '\n',
		});
	},
});
