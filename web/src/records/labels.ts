// Resource labels and field labels from the server's catalogue.
import type { I18nProvider } from 'ra-core';
import type { Catalogue, CatalogueResource } from '../data/catalogue';
import { isObject } from '../i18n/customNames';
import { speak, type Locale } from '../i18n/i18n';

// Returns a text that is common to all custom objects, with the object's names.
const objectText = (i18n: I18nProvider, known: CatalogueResource, part: string, locale: Locale, options?: object) => {
	const [one = '', many = one] = known.label?.[locale].split(' |||| ') ?? [];
	return part === 'invite'
		? (known.help ?? '')
		: i18n.translate(`customObjects.texts.${part}`, { ...options, one, many });
};

// Returns the label of the button for a new record of a resource without pages.
function newText(i18n: I18nProvider, resource: string) {
	const name = i18n.translate(`resources.${resource}.name`, { smart_count: 1, _: '' });
	return name ? i18n.translate('ra.page.create', { name }) : i18n.translate('i18n.create.title');
}

/**
 * Adds the translations of "resources.NAME.name", "resources.NAME.fields.FIELD" and "resources.NAME.action.create" for
 * which no folder has a message, and all texts of custom objects.
 */
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
			const [group, name = '', ...parts] = key.split('.');
			if (
				group === 'resources' &&
				isObject(name) &&
				catalogue[name] &&
				!['name', 'fields', 'tabs'].includes(parts[0]!)
			)
				return objectText(i18n, catalogue[name], parts.join('.'), locale, options);
			const _ = group === 'resources' && parts.join('.') === 'action.create' ? newText(i18n, name) : labelOf(key);
			return i18n.translate(key, _ === undefined ? options : { ...options, _ });
		},
	});
}
