// The fields of records that rules can use.
import { useMemo } from 'react';
import { useCatalogue } from '../data/session';
import { fieldsOf, quotedIn, type About } from './rule';

/** The fields by name; fieldOf(NAME), a text if the name is unknown; and the variables that texts may have. */
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
