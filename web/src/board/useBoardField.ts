// The field by which a list is shown as a board or as a calendar, stored for the user.
import { useStore, useTranslate } from 'ra-core';
import { useConfiguration } from '../data/configuration';
import { fieldOf, type Completed, type Kind } from '../records/resource';
import { useFields } from '../records/resources';

const MOST = 50; // maximum number of columns

/** Returns whether records are shown in a calendar by a field of this kind, and not on a board. */
export const isDated = (kind: Kind) => kind === 'date' || kind === 'time';

/**
 * Returns the fields whose values can be the columns of a board or the days of a calendar, the current field, if any,
 * and a function that sets it.
 */
export function useBoardField(resource: Completed) {
	const configuration = useConfiguration();
	const translate = useTranslate();
	const { readable } = useFields(resource);
	const [chosen, set] = useStore<string | null>(`${resource.name}.board`, null);
	// These views are not useful for settings, because an organization has few settings, and they have no progress.
	const fields = resource.group
		? []
		: readable(Object.keys(resource.fields)).filter((name) => {
				const { kind, choices } = fieldOf(resource, name);
				if (isDated(kind)) return !['created_at', 'updated_at'].includes(name);
				const n = kind === 'choice' ? (choices?.(configuration, translate).length ?? 0) : 0;
				return n > 0 && n <= MOST;
			});
	return { fields, field: fields.find((name) => name === chosen), set };
}
