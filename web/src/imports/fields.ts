import { useTranslate } from 'ra-core';
import { named as onPages } from '../i18n/customNames';
import { useLabel } from '../records/label';
import { useResource } from '../records/resources';

/**
 * Returns the label of an import field: the label of the field that it fills in the resource or, if there is none, in
 * activities, which refer to the same records.
 */
export function useFieldName(of: string | null) {
	const translate = useTranslate();
	const label = useLabel();
	const own = of ?? 'contacts';
	const activities = useResource('activities');
	const resource = useResource(own) ?? activities;
	const named = (source: string) => label({ resource: resource?.name ?? own, source });
	return (said: string): string => {
		const field = onPages(said);
		const [, list, type = ''] = /^(email|phone)_(work|home|other)$/.exec(field) ?? [];
		if (list)
			return `${named(`${list}_jsonb`)} (${translate(`contacts.kinds.${type.replace(/^./, (letter) => letter.toUpperCase())}`)})`;
		// Import fields that fill a reference, by name or by number.
		const filled =
			field === 'owner'
				? 'sales_id'
				: [`${field}_id`, `${field.replace(/s$/, '')}_ids`].find((name) => resource?.fields[name]);
		if (filled) return named(filled);
		return resource?.fields[field]?.kind === 'reference'
			? `${named(field)} (${translate('imports.fields.id')})`
			: translate(`imports.fields.${field}`, { _: label({ resource: own, source: field }) });
	};
}
