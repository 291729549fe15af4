import { useTranslate } from 'ra-core';
import { useLabel } from '../records/label';
import { useNoun } from '../records/nouns';

/** The name of a field of a file: that of the field which it fills, of the resource or else of an activity, which refers
 * to the same records. */
export function useFieldName(resource: string | null) {
	const translate = useTranslate();
	const label = useLabel();
	const own = resource ?? 'contacts';
	const activities = useNoun('activities');
	const noun = useNoun(own) ?? activities;
	const named = (source: string) => label({ resource: noun?.name ?? own, source });
	return (field: string): string => {
		const [, list, type = ''] = /^(email|phone)_(work|home|other)$/.exec(field) ?? [];
		if (list)
			return `${named(`${list}_jsonb`)} (${translate(`contacts.kinds.${type.replace(/^./, (letter) => letter.toUpperCase())}`)})`;
		// A reference by name, or by number.
		const filled =
			field === 'owner'
				? 'sales_id'
				: [`${field}_id`, `${field.replace(/s$/, '')}_ids`].find((name) => noun?.fields[name]);
		if (filled) return named(filled);
		return noun?.fields[field]?.kind === 'reference'
			? `${named(field)} (${translate('imports.fields.id')})`
			: translate(`imports.fields.${field}`, { _: label({ resource: own, source: field }) });
	};
}
