// Favourite records and the last ones that the user opened. Favourites are private views of the API, so that
// they are the same on each device; the last records are known to this browser until the user signs out.
import { useEffect } from 'react';
import Filled from '@mui/icons-material/Star';
import Star from '@mui/icons-material/StarBorder';
import IconButton from '@mui/material/IconButton';
import { useDataProvider, useGetList, useGetOne, useGetRecordRepresentation, useStore, useTranslate, type RaRecord } from 'ra-core';
import { useLocation } from 'react-router-dom';
import { useAct } from './act';
import type { Provider } from './dataProvider';
import { useFeatures } from './feature';
import { useMe } from './session';
import { FAVOURITES } from './start';

export interface Shown {
	resource: string;
	id: string;
	name: string;
}

const MOST = 10;

const same = (one: Shown) => (other: Shown) => one.resource === other.resource && one.id === other.id;

/** The record whose page is open, if it has an own page and an entry in the main menu. */
export function useShown(): Shown | undefined {
	const [, resource = '', id = ''] = /^\/(\w+)\/(\d+)\/show/.exec(useLocation().pathname) ?? [];
	const known = useFeatures().some((one) => one.menu && one.resource?.show && one.resource.name === resource);
	const represent = useGetRecordRepresentation(resource);
	const { data } = useGetOne(resource, { id }, { enabled: known });
	const name = known && data ? represent(data) : undefined;
	return typeof name === 'string' && name ? { resource, id, name } : undefined;
}

export function useRecent() {
	const [recent, setRecent] = useStore<Shown[]>('records.recent', []);
	return { recent, add: (one: Shown) => setRecent([one, ...recent.filter((other) => !same(one)(other))].slice(0, MOST)) };
}

export function useFavourites() {
	const { data = [], refetch } = useGetList<RaRecord & { name: string; filters: Omit<Shown, 'name'> }>('views', FAVOURITES);
	const { tell } = useDataProvider<Provider>();
	const all = data.map(({ id: view, name, filters }) => ({ view, name, ...filters }));
	const find = (one: Shown) => all.find(same(one));
	/** Adds a record, or removes it. */
	const toggle = async (one: Shown) => {
		const { resource, id, name } = one, there = all.filter(same(one));
		await (there.length > 0 ? Promise.all(there.map(({ view }) => tell(`/api/views/${view}`, undefined, 'DELETE')))
			: tell('/api/views', { resource: FAVOURITES.filter.resource, name, filters: { resource, id } }));
		await refetch();
	};
	// After a merge, two favourites may be of the same record.
	return { favourites: all.filter((one) => find(one) === one), find, toggle };
}

/** Makes the record of the page a favourite, and remembers that it was opened. */
export function FavouriteButton() {
	const translate = useTranslate();
	const shown = useShown();
	const { viewing } = useMe();
	const { add } = useRecent();
	const { find, toggle } = useFavourites();
	const [busy, act] = useAct();
	const key = shown && `${shown.resource} ${shown.id} ${shown.name}`;
	useEffect(() => {
		if (shown && !viewing)
			add(shown);
	}, [key]);
	return shown && !viewing && (
		<IconButton color="inherit" disabled={busy} aria-pressed={find(shown) !== undefined} title={translate('app.menu.favourite')}
			aria-label={translate('app.menu.favourite')} onClick={() => act(() => toggle(shown))}>
			{find(shown) ? <Filled color="warning" /> : <Star />}
		</IconButton>
	);
}
