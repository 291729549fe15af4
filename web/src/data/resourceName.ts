// Resource names.
import { useLocaleState, useTranslate } from 'ra-core';
import type { Locale } from '../i18n/i18n';
import { useCatalogue } from './session';

/**
 * Returns resourceName(RESOURCE), which returns the singular name of the resource's records or, with 2, the plural. For
 * resources without pages, the name is the server's label.
 */
export function useResourceName() {
	const translate = useTranslate();
	const catalogue = useCatalogue();
	const [locale] = useLocaleState();
	return (resource: string, count = 1) =>
		translate(`resources.${resource}.name`, {
			smart_count: count,
			_: catalogue[resource]?.label?.[locale as Locale] ?? resource.replaceAll('_', ' '),
		});
}

/** Returns the resources whose rows have a trash or a feed, sorted by name. */
export function useResourcesWith(what: 'trash' | 'feed') {
	const catalogue = useCatalogue();
	const resourceName = useResourceName();
	return Object.keys(catalogue)
		.filter((id) => catalogue[id]![what])
		.map((id) => ({ id, name: resourceName(id) }))
		.sort((one, other) => one.name.localeCompare(other.name));
}
