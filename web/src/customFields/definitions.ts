// Helpers for the pages on which administrators change definitions. Other pages adapt to changed definitions.
import { onWrite } from '../data/http';
import { meQuery, queryClient } from '../data/session';
import type { Area } from '../records/area';

/** Makes lists, forms and pages reflect changed definitions immediately. */
export const followDefinitions = (resource: string) =>
	onWrite((path) => {
		if (new RegExp(`^/api/(${resource}|trash)\\b`).test(path))
			void queryClient.invalidateQueries({ queryKey: meQuery.queryKey });
	});

/** Returns the area as a settings page that only administrators see. */
export const administratorsOnly = (area: Area): Area => ({
	...area,
	...(area.settings && {
		settings: { ...area.settings, shown: ({ administrator }) => administrator },
	}),
});
