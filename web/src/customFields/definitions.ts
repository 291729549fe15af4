// What the pages of definitions have in common: administrators change them, and other pages follow.
import { onWrite } from '../data/http';
import { meQuery, queryClient } from '../data/session';
import type { Area } from '../records/area';

/** Lets lists, forms and pages follow a change of the definitions of a resource at once. */
export const followDefinitions = (resource: string) =>
	onWrite((path) => {
		if (new RegExp(`^/api/(${resource}|trash)\\b`).test(path))
			void queryClient.invalidateQueries({ queryKey: meQuery.queryKey });
	});

/** The area, in the settings of administrators alone. */
export const administratorsOnly = (area: Area): Area => ({
	...area,
	...(area.settings && {
		settings: { ...area.settings, shown: ({ administrator }) => administrator },
	}),
});
