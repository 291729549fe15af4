// The labels that the catalogue of the server has of resources and their fields.
import type { I18nProvider } from 'ra-core';
import type { Catalogue } from '../data/catalogue';
import { speak, type Locale } from '../i18n/i18n';

/** Translates "resources.NAME.name" and "resources.NAME.fields.FIELD", for which no folder has a message. */
export function withLabels(i18n: I18nProvider, catalogue: Catalogue): I18nProvider {
	const locale = i18n.getLocale() as Locale;
	const labelOf = (key: string) => {
		const [group, name = '', part, field = ''] = key.split('.');
		if (group !== 'resources') return undefined;
		const known = catalogue[name];
		return (part === 'name' ? known : part === 'fields' ? known?.fields[field] : undefined)?.label?.[locale];
	};
	return speak({
		...i18n,
		translate: (key, options) => {
			const _ = labelOf(key);
			return i18n.translate(key, _ === undefined ? options : { ...options, _ });
		},
	});
}
