// The star button of the record whose page is open.
import { useEffect, useEffectEvent } from 'react';
import Filled from '@mui/icons-material/Star';
import Star from '@mui/icons-material/StarBorder';
import IconButton from '@mui/material/IconButton';
import { useGetOne, useGetRecordRepresentation, useTranslate } from 'ra-core';
import { useLocation } from 'react-router-dom';
import { useAct } from '../data/act';
import { useAreas } from './area';
import { useFavourites, useRecent, type Shown } from '../data/favourites';
import { useMe } from '../data/session';

/** Returns the record whose page is open, if it has a separate page and an entry in the main menu. */
export function useShown(): Shown | undefined {
	const [, resource = '', id = ''] = /^\/(\w+)\/(\d+)\/show/.exec(useLocation().pathname) ?? [];
	const known = useAreas().some((one) => one.menu && one.routes?.show && one.routes.name === resource);
	const represent = useGetRecordRepresentation(resource);
	const { data } = useGetOne(resource, { id }, { enabled: known });
	const name = known && data ? represent(data) : undefined;
	return typeof name === 'string' && name ? { resource, id, name } : undefined;
}

/** Adds the page's record to the favourites, and remembers that the record was opened. */
export default function FavouriteButton() {
	const translate = useTranslate();
	const shown = useShown();
	const { viewing } = useMe();
	const { add } = useRecent();
	const { find, toggle } = useFavourites();
	const [busy, act] = useAct();
	const key = shown && `${shown.resource} ${shown.id} ${shown.name}`;
	const remember = useEffectEvent(() => {
		if (shown && !viewing) add(shown);
	});
	useEffect(() => remember(), [key]);
	return (
		shown &&
		!viewing && (
			<IconButton
				color="inherit"
				disabled={busy}
				aria-pressed={find(shown) !== undefined}
				title={translate('i18n.menu.favourite')}
				aria-label={translate('i18n.menu.favourite')}
				onClick={() => act(() => toggle(shown))}
			>
				{find(shown) ? <Filled color="warning" /> : <Star />}
			</IconButton>
		)
	);
}
