// The labels of fields.
import { useCallback } from 'react';
import { useTranslateLabel } from 'ra-core';

/** Returns label({ RESOURCE, SOURCE }), which returns the label of a field as text. */
export function useLabel(): (field: { resource?: string; source?: string }) => string {
	const label = useTranslateLabel();
	return useCallback(
		(field) => {
			const text = label(field);
			return typeof text === 'string' ? text : '';
		},
		[label],
	);
}
