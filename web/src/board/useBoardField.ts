// The choice field whose values are the columns of a list's board, stored for the user.
import { useStore, useTranslate } from 'ra-core';
import { useConfiguration } from '../data/configuration';
import { fieldOf, type Completed } from '../records/resource';
import { useFields } from '../records/resources';

const MOST = 50; // maximum number of columns

/** Returns the fields whose values can be the columns, the current field, if any, and a function that sets it. */
export function useBoardField(resource: Completed) {
	const configuration = useConfiguration();
	const translate = useTranslate();
	const { readable } = useFields(resource);
	const [chosen, set] = useStore<string | null>(`${resource.name}.board`, null);
	// A board is not useful for settings: there are few, and they do not pass through states.
	const fields = resource.group
		? []
		: readable(Object.keys(resource.fields)).filter((name) => {
				const { kind, choices } = fieldOf(resource, name);
				const n = kind === 'choice' ? (choices?.(configuration, translate).length ?? 0) : 0;
				return n > 0 && n <= MOST;
			});
	return { fields, field: fields.find((name) => name === chosen), set };
}
