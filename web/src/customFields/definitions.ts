// Helpers that the pages of definitions share: when administrators change definitions, other pages adapt.
import type { Catalogue } from '../data/catalogue';
import { onWrite } from '../data/http';
import { meQuery, queryClient } from '../data/session';
import type { Area } from '../records/area';

/** Returns the resources whose rows have custom fields. */
export const customizable = (catalogue: Catalogue) =>
	Object.entries(catalogue)
		.filter(([name, { fields }]) => 'custom' in fields && name !== 'records')
		.map(([name]) => name);

/** Makes lists, forms and pages reflect a changed definition of a resource immediately. */
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
