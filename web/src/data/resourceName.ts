// What records are called.
import { useLocaleState, useTranslate } from 'ra-core';
import type { Locale } from '../i18n/i18n';
import { useCatalogue } from './session';

/** resourceName(RESOURCE): what one of its records is called; with 2, several. The label of a resource without pages is that of the server. */
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
