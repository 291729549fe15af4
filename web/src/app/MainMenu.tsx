// The menu: the pages of the daily work with favourites and recent records, or in the settings their pages.
import type { MouseEvent, ReactNode } from 'react';
import Back from '@mui/icons-material/ArrowBack';
import Gone from '@mui/icons-material/RemoveCircleOutline';
import Box from '@mui/material/Box';
import Divider from '@mui/material/Divider';
import Typography from '@mui/material/Typography';
import useMediaQuery from '@mui/material/useMediaQuery';
import type { Theme } from '@mui/material/styles';
import { Menu, Sidebar, useSidebarState, type SidebarProps } from 'react-admin';
import { useGetManyAggregate, useTranslate } from 'ra-core';
import { useLocation } from 'react-router-dom';
import { OrganizationSwitcher } from '../organization/OrganizationSwitcher';
import { useAct } from './act';
import { useEntries } from './entries';
import { useFeatures } from './feature';
import { groups } from './menu';
import { useRowName } from './nouns';
import { useFavourites, useRecent, type Shown } from './records';

const MAIN = 'app.menu.label';

function Part({ title, children }: { title: string; children: ReactNode }) {
	const translate = useTranslate();
	const [open] = useSidebarState();
	return (
		<>
			{open && title !== MAIN && (
				<Typography aria-hidden variant="body2" color="textSecondary" sx={{ px: 2, pt: 1.5, pb: 0.5 }}>{translate(title)}</Typography>
			)}
			{!open && title !== MAIN && <Divider sx={{ m: 1.5 }} />}
			<Menu aria-label={translate(title)} sx={{ my: 0, py: 0, '&.RaMenu-open': { width: 'auto' } }}>{children}</Menu>
		</>
	);
}

function Record({ resource, id, name }: Shown) {
	const Icon = useFeatures().find((one) => one.resource?.name === resource)?.resource?.icon;
	return <Menu.Item to={`/${resource}/${id}/show`} primaryText={name} leftIcon={Icon && <Icon />} />;
}

// The record under its current name; if it is gone, the entry removes itself.
function Favourite({ remove, ...one }: Shown & { remove: () => Promise<unknown> }) {
	const { resource, id, name } = one;
	const translate = useTranslate();
	const [, act] = useAct();
	const rowName = useRowName(resource);
	const { data: [row] = [], isSuccess } = useGetManyAggregate(resource, { ids: [Number(id)] });
	return isSuccess && !row
		? <Menu.Item primaryText={translate('app.menu.unfavourite', { name })} title={translate('ra.input.references.single_missing')}
			leftIcon={<Gone />} to={`/${resource}/${id}/show`} onClick={(event: MouseEvent) => { event.preventDefault(); act(remove); }} />
		: <Record {...one} name={row ? String(rowName(row)) : name} />;
}

function Work() {
	const translate = useTranslate();
	const [open, setOpen] = useSidebarState();
	const small = useMediaQuery<Theme>((theme) => theme.breakpoints.down('md'));
	const { work } = useEntries();
	const { favourites, find, toggle } = useFavourites();
	const { recent } = useRecent();
	const others = recent.filter((one) => !find(one)).slice(0, 5);
	return (
		<>
			<Part title={MAIN}>
				{work.map(({ to, label, icon: Icon, Count }) => (
					// The settings have a menu of their own, which stays open.
					<Menu.Item key={to} to={to} primaryText={translate(label, { smart_count: 2 })} leftIcon={Count ? <Count><Icon /></Count> : <Icon />}
						onClick={() => small && to === '/organization' && setOpen(true)} />
				))}
			</Part>
			{favourites.length > 0 && (
				<Part title="app.menu.favourites">
					{favourites.map((one) => <Favourite key={one.view} {...one} remove={() => toggle(one)} />)}
				</Part>
			)}
			{open && others.length > 0 && (
				<Part title="app.menu.recent">{others.map((one) => <Record key={`${one.resource}/${one.id}`} {...one} />)}</Part>
			)}
		</>
	);
}

function Settings() {
	const translate = useTranslate();
	const { settings } = useEntries();
	return (
		<>
			<Part title={MAIN}><Menu.Item to="/" primaryText="app.menu.back" leftIcon={<Back />} /></Part>
			{groups.map((group) => {
				const entries = settings.filter((one) => one.group === group);
				return entries.length > 0 && (
					<Part key={group} title={`app.menu.groups.${group}`}>
						{entries.map(({ to, label, icon: Icon }) => <Menu.Item key={to} to={to} primaryText={translate(label, { smart_count: 2 })} leftIcon={<Icon />} />)}
					</Part>
				);
			})}
		</>
	);
}

export function MainMenu() {
	const translate = useTranslate();
	const [open] = useSidebarState();
	const { pathname } = useLocation();
	const inSettings = useEntries().settings.some(({ to }) => pathname === to || pathname.startsWith(`${to}/`));
	return (
		<Box component="nav" aria-label={translate(inSettings ? 'app.menu.settings' : 'app.menu.label')}>
			<Box sx={{ p: 1 }}><OrganizationSwitcher small={!open} /></Box>
			{inSettings ? <Settings /> : <Work />}
		</Box>
	);
}

/** On a narrow screen it is a dialog, which needs a name. */
export function Rail(props: SidebarProps) {
	const translate = useTranslate();
	const narrow = useMediaQuery<Theme>((theme) => theme.breakpoints.down('sm'));
	return <Sidebar {...props} {...narrow && { slotProps: { paper: { 'aria-label': translate(MAIN) } } }} />;
}
