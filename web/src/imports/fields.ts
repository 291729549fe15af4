import { useTranslate, useTranslateLabel } from 'ra-core';

/** The name of a field: the import's own, or the label of the resource. */
export function useFieldName(resource: string | null) {
	const translate = useTranslate();
	const label = useTranslateLabel();
	return (field: string) => translate(`imports.fields.${field}`,
		{ _: String(label({ resource: resource ?? 'contacts', source: field })) });
}
