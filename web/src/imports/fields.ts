import { useTranslate, useTranslateLabel } from 'ra-core';

/** What a field is called: a word of ours, or as on the pages of that resource. */
export function useFieldName(resource: string | null) {
	const translate = useTranslate();
	const label = useTranslateLabel();
	return (field: string) => translate(`imports.fields.${field}`,
		{ _: String(label({ resource: resource ?? 'contacts', source: field })) });
}
