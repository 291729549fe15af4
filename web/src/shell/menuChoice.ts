// The main menu entries that the user has chosen, in order. Like favourites, they are stored as a private view.
import { useDataProvider, useGetList, type RaRecord } from 'ra-core';
import type { Provider } from '../data/dataProvider';
import { useEntries } from '../records/entries';
import { OWN_VIEWS } from '../data/ownViews';

/** The number of entries before "More". */
export const MOST = 9;

interface Choice extends RaRecord {
	resource: string;
	filters: { entries: string[] };
}

export function useMenuChoice() {
	const { data = [], refetch } = useGetList<Choice>('views', OWN_VIEWS);
	const { tell } = useDataProvider<Provider>();
	const { work } = useEntries();
	const saved = data.find(({ resource }) => resource === 'menu');
	// CRM entries come before module entries, and the settings are at the end.
	const own = work.slice(0, -1).filter(({ module }) => !module);
	const modules = work.filter(({ module }) => module);
	const usual = [...[...own, ...modules].slice(0, MOST - 1), work.at(-1)!];
	const shown = saved ? saved.filters.entries.flatMap((path) => work.find(({ to }) => to === path) ?? []) : usual;
	return {
		shown,
		rest: work.filter((entry) => !shown.includes(entry)),
		save: async (entries: string[]) => {
			const filters = { entries };
			await (saved
				? tell(`/api/views/${saved.id}`, { filters }, 'PATCH')
				: tell('/api/views', { resource: 'menu', name: 'menu', filters }));
			await refetch();
		},
	};
}
