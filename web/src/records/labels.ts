// The texts of resources: those of their descriptions, and the labels of the catalogue.
import type { I18nProvider } from 'ra-core';
import type { Catalogue } from '../data/catalogue';
import { speak, type Locale } from '../i18n/i18n';
import type { Resource } from './resource';

/** Translates "resources.NAME..." and "NAME.tabs...", for what no folder has a message. */
export function withWords(i18n: I18nProvider, resources: Resource[], catalogue: Catalogue): I18nProvider {
	const locale = i18n.getLocale() as Locale;
	const texts = new Map(resources.map(({ name, words }) => [name, words?.[locale]]));
	const labelOf = (name: string, part?: string, field?: string) =>
		part === 'name'
			? catalogue[name]?.label?.[locale]
			: part === 'fields' && field
				? catalogue[name]?.fields[field]?.label?.[locale]
				: undefined;
	const find = (key: string) => {
		const [group = '', name = '', ...path] = key.split('.');
		return group === 'resources'
			? (path.reduce((at: any, member) => at?.[member], texts.get(name)) ?? labelOf(name, ...path))
			: name === 'tabs' && path[0] && texts.get(group)?.tabs?.[path[0]];
	};
	return speak({
		...i18n,
		translate: (key, options) => {
			const text = find(key);
			return i18n.translate(key, typeof text === 'string' ? { ...options, _: text } : options);
		},
	});
}
