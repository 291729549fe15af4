// The menu: the pages that the user chose, the other pages below "More", favourites and recent records. In the
// settings, the menu contains the settings pages instead.
import { memo, Suspense, useEffect, useState, type MouseEvent } from 'react';
import Less from '@mui/icons-material/ExpandLess';
import Further from '@mui/icons-material/ExpandMore';
import Gone from '@mui/icons-material/RemoveCircleOutline';
import Box from '@mui/material/Box';
import useMediaQuery from '@mui/material/useMediaQuery';
import type { Theme } from '@mui/material/styles';
import { Menu, Sidebar, useSidebarState, type SidebarProps } from 'react-admin';
import { useGetManyAggregate, useStore, useTranslate } from 'ra-core';
import { useLocation } from 'react-router-dom';
import { OrganizationSwitcher } from '../organization/OrganizationSwitcher';
import { useAct } from '../data/act';
import { useEntries } from '../records/entries';
import { useAreas } from '../records/area';
import { lazy } from '../ui/lazy';
import type { Entry } from '../records/menu';
import { Item, MAIN, Part, Toggle } from './MenuPart';
import { useMenuChoice } from './menuChoice';
import { useRowName } from '../records/resources';
import { useFavourites, useRecent, type Shown } from '../data/favourites';

const MenuMore = lazy(() => import('./MenuMore'));
const Settings = lazy(() => import('./MenuSettings'));

function Record({ resource, id, name }: Shown) {
	const Icon = useAreas().find((one) => one.routes?.name === resource)?.routes?.icon;
	return <Menu.Item to={`/${resource}/${id}/show`} primaryText={name} leftIcon={Icon && <Icon />} />;
}

// A favourite with the record's current name. If the record was deleted, the entry removes itself.
function Favourite({ remove, ...one }: Shown & { remove: () => Promise<unknown> }) {
	const { resource, id, name } = one;
	const translate = useTranslate();
	const [, act] = useAct();
	const rowName = useRowName(resource);
	const { data: [row] = [], isSuccess } = useGetManyAggregate(resource, { ids: [Number(id)] });
	return isSuccess && !row ? (
		<Menu.Item
			primaryText={translate('i18n.menu.unfavourite', { name })}
			title={translate('ra.input.references.single_missing')}
			leftIcon={<Gone />}
			to={`/${resource}/${id}/show`}
			onClick={(event: MouseEvent) => {
				event.preventDefault();
				void act(remove);
			}}
		/>
	) : (
		<Record {...one} name={row ? rowName(row) : name} />
	);
}

// The group "More", which is expanded on the page of one of its entries.
function More({ rest }: { rest: Entry[] }) {
	const { pathname } = useLocation();
	const [more, setMore] = useStore('menu.more', false);
	const open = more || rest.some(({ to }) => pathname === to || pathname.startsWith(`${to}/`));
	return (
		<>
			<Toggle
				label="i18n.menu.more"
				Icon={open ? Less : Further}
				aria-expanded={open}
				onClick={() => setMore(!more)}
			/>
			<Suspense>{open && <MenuMore rest={rest} />}</Suspense>
		</>
	);
}

// This part is rendered again when an entry changes, but not when the address changes.
const Work = memo(function Work() {
	const [open] = useSidebarState();
	const { shown, rest } = useMenuChoice();
	const { favourites, find, toggle } = useFavourites();
	const { recent } = useRecent();
	const others = recent.filter((one) => !find(one)).slice(0, 5);
	return (
		<>
			<Part title={MAIN}>
				{shown.map((entry) => (
					<Item key={entry.to} {...entry} />
				))}
			</Part>
			<More rest={rest} />
			{favourites.length > 0 && (
				<Part title="i18n.menu.favourites">
					{favourites.map((one) => (
						<Favourite key={one.view} {...one} remove={() => toggle(one)} />
					))}
				</Part>
			)}
			{open && others.length > 0 && (
				<Part title="i18n.menu.recent">
					{others.map((one) => (
						<Record key={`${one.resource}/${one.id}`} {...one} />
					))}
				</Part>
			)}
		</>
	);
});

export function MainMenu() {
	const translate = useTranslate();
	const [open] = useSidebarState();
	const { pathname } = useLocation();
	const inSettings = useEntries().settings.some(({ to }) => pathname === to || pathname.startsWith(`${to}/`));
	return (
		<Box component="nav" aria-label={translate(inSettings ? 'i18n.menu.settings' : 'i18n.menu.label')}>
			<Box sx={{ p: 1 }}>
				<OrganizationSwitcher small={!open} />
			</Box>
			{inSettings ? (
				<Suspense>
					<Settings />
				</Suspense>
			) : (
				<Work />
			)}
		</Box>
	);
}

/** The sidebar. On a narrow screen, it is a dialog, which needs a name. It closes when the window becomes narrow. */
export function Rail(props: SidebarProps) {
	const translate = useTranslate();
	const narrow = useMediaQuery<Theme>((theme) => theme.breakpoints.down('sm'));
	const [, setOpen] = useSidebarState();
	const [before, setBefore] = useState(false);
	useEffect(() => {
		if (narrow === before) return;
		setOpen(!narrow);
		setBefore(narrow);
	}, [narrow, before, setOpen]);
	return (
		<Sidebar
			{...props}
			// The dialog must not open in the first narrow render: if it were closed while opening, it would stay
			// invisible above the page.
			{...(narrow && !before && { open: false })}
			{...(narrow && { slotProps: { paper: { 'aria-label': translate(MAIN) } } })}
		/>
	);
}
