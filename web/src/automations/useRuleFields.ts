// The record fields that rules can use.
import { useMemo } from 'react';
import { useCatalogue } from '../data/session';
import { fieldsOf, quotedIn, type About } from './rule';

/**
 * Returns the fields by name; fieldOf(NAME), which treats an unknown name as a text field; and the variables that
 * texts can contain.
 */
export function useRuleFields(about: About) {
	const catalogue = useCatalogue();
	return useMemo(() => {
		const fields = fieldsOf(catalogue, about);
		return {
			fields,
			fieldOf: (name: string) => fields[name] ?? { kind: 'text' as const },
			quoted: quotedIn(catalogue, about),
		};
	}, [catalogue, about]);
}
