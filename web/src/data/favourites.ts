// Favourite records and the records that the user opened last. The API stores favourites as private views, so they are
// the same on each device. This browser stores the last opened records until the user signs out.
import { useDataProvider, useGetList, useStore, type RaRecord } from 'ra-core';
import type { Provider } from './dataProvider';
import { OWN_VIEWS } from './ownViews';

export interface Shown {
	resource: string;
	id: string;
	name: string;
}

interface Favourite extends RaRecord {
	resource: string;
	name: string;
	filters: Omit<Shown, 'name'>;
}

const MOST = 10;

const same = (one: Shown) => (other: Shown) => one.resource === other.resource && one.id === other.id;

export function useRecent() {
	const [recent, setRecent] = useStore<Shown[]>('records.recent', []);
	return {
		recent,
		add: (one: Shown) => setRecent([one, ...recent.filter((other) => !same(one)(other))].slice(0, MOST)),
	};
}

export function useFavourites() {
	const { data = [], refetch } = useGetList<Favourite>('views', OWN_VIEWS);
	const { tell } = useDataProvider<Provider>();
	const all = data
		.filter(({ resource }) => resource === 'favourites')
		.map(({ id: view, name, filters }) => ({ view, name, ...filters }));
	const find = (one: Shown) => all.find(same(one));
	/** Adds a record to the favourites, or removes it from them. */
	const toggle = async (one: Shown) => {
		const { resource, id, name } = one,
			there = all.filter(same(one));
		await (there.length > 0
			? Promise.all(there.map(({ view }) => tell(`/api/views/${view}`, undefined, 'DELETE')))
			: tell('/api/views', { resource: 'favourites', name, filters: { resource, id } }));
		await refetch();
	};
	// After a merge, two favourites may refer to the same record.
	return { favourites: all.filter((one) => find(one) === one), find, toggle };
}
