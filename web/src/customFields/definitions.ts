// Helpers that the pages of definitions share: when administrators change definitions, other pages adapt.
import { onWrite } from '../data/http';
import { meQuery, queryClient } from '../data/session';
import type { Area } from '../records/area';

/** Makes lists, forms and pages reflect a changed definition of a resource immediately. */
export const followDefinitions = (resource: string) =>
	onWrite((path) => {
		if (new RegExp(`^/api/(${resource}|trash)\\b`).test(path))
			void queryClient.invalidateQueries({ queryKey: meQuery.queryKey });
	});

/** Returns the area in the settings, for administrators only. */
export const administratorsOnly = (area: Area): Area => ({
	...area,
	...(area.settings && {
		settings: { ...area.settings, shown: ({ administrator }) => administrator },
	}),
});
