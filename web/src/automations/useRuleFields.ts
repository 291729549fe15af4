// The fields of records that rules know.
import { useMemo } from 'react';
import { useCatalogue } from '../data/session';
import { fieldsOf, quotedIn, type About } from './rule';

/** The fields by name, FIELDOF(NAME), of which an unknown one is a text, and the variables for texts. */
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
