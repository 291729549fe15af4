// The modules that an organization switches on: each folder with module.ts is one, and is loaded for the
// organizations that have it.
import type { Area, Module } from './area';

const loaders = import.meta.glob<Module>('../*/module.ts', { import: 'default' });

/** The description of a module, if the pages have it. */
export const loadModule = async (name: string) => loaders[`../${name}/module.ts`]?.();

/** The areas of these modules. */
export const loadAreas = async (names: string[]) =>
	(await Promise.all(names.map(loadModule))).flatMap(
		(one) => one?.areas.map((area): Area => ({ ...area, module: one.words })) ?? [],
	);
