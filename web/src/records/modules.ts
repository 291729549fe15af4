// The modules that organizations can switch on. Each folder with a module.ts is a module, which is loaded for
// organizations that have switched it on.
import { addTexts } from '../i18n/i18n';
import type { Area, Module } from './area';

const loaders = import.meta.glob<Module>('../*/module.ts', { import: 'default' });

const areasOf = async (name: string) => {
	const module = await loaders[`../${name}/module.ts`]?.();
	return module?.areas.map((area): Area => ({ ...area, module: name })) ?? [];
};

/** Loads the areas of these modules, and their texts. */
export async function loadAreas(names: string[]) {
	const [areas] = await Promise.all([Promise.all(names.map(areasOf)), addTexts(names)]);
	return areas.flat();
}
