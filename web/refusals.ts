// The refusal texts for the pages: the virtual:refusals module, generated from schema/refusals/.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';

export const FOLDER = fileURLToPath(new URL('../schema/refusals/', import.meta.url));

/** A refusal, as described by a file in schema/refusals/. */
export interface Refusal {
	status: number;
	en: string;
	fr: string;
	cause: string;
	remedy: string;
}

/** Returns the refusals from all files, by code. They are the JSON text between "$$" and "$$" in each file. */
export const readRefusals = (): Record<string, Refusal> =>
	Object.assign(
		{},
		...readdirSync(FOLDER)
			.filter((file) => file.endsWith('.sql'))
			.map((file) => JSON.parse(readFileSync(FOLDER + file, 'utf8').split('$$')[1]!)),
	);

export const refusals = (): Plugin => ({
	name: 'refusals',
	resolveId: (id) => (id === 'virtual:refusals' ? '\0refusals' : undefined),
	load(id) {
		if (id !== '\0refusals') return undefined;
		const texts = Object.entries(readRefusals()).map(([code, { en, fr }]) => [code, [en, fr]]);
		return `export default ${JSON.stringify(Object.fromEntries(texts))}`;
	},
});
