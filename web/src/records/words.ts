// The texts of resources that have no folder with messages.
import type { I18nProvider } from 'ra-core';
import { speak, type Locale } from '../i18n/i18n';
import type { Resource } from './resource';

/** Translates "resources.NAME..." and "NAME.tabs..." from the description of the resource. */
export function withWords(i18n: I18nProvider, resources: Resource[]): I18nProvider {
	const texts = new Map(resources.map(({ name, words }) => [name, words?.[i18n.getLocale() as Locale]]));
	const find = (key: string) => {
		const [group = '', name = '', ...path] = key.split('.');
		return group === 'resources'
			? path.reduce((at: any, member) => at?.[member], texts.get(name))
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
