// The menu: the pages of the daily work with favourites and recent records, or in the settings their pages.
import type { ReactNode } from 'react';
import Back from '@mui/icons-material/ArrowBack';
import Box from '@mui/material/Box';
import Divider from '@mui/material/Divider';
import Typography from '@mui/material/Typography';
import useMediaQuery from '@mui/material/useMediaQuery';
import type { Theme } from '@mui/material/styles';
import { Menu, Sidebar, useSidebarState, useTranslate, type SidebarProps } from 'react-admin';
import { useLocation } from 'react-router-dom';
import { OrganizationSwitcher } from '../organization/OrganizationSwitcher';
import { useEntries } from './entries';
import { useFeatures } from './feature';
import { groups } from './noun';
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

function Records({ title, records }: { title: string; records: Shown[] }) {
	const features = useFeatures();
	return records.length > 0 && (
		<Part title={title}>
			{records.map(({ resource, id, name }) => {
				const Icon = features.find((one) => one.resource?.name === resource)?.resource?.icon;
				return <Menu.Item key={`${resource}/${id}`} to={`/${resource}/${id}/show`} primaryText={name} leftIcon={Icon && <Icon />} />;
			})}
		</Part>
	);
}

function Work() {
	const translate = useTranslate();
	const [open, setOpen] = useSidebarState();
	const small = useMediaQuery<Theme>((theme) => theme.breakpoints.down('md'));
	const { work } = useEntries();
	const { favourites } = useFavourites();
	const { recent } = useRecent();
	return (
		<>
			<Part title={MAIN}>
				{work.map(({ to, label, icon: Icon }) => (
					// The settings have a menu of their own, which stays open.
					<Menu.Item key={to} to={to} primaryText={translate(label, { smart_count: 2 })} leftIcon={<Icon />}
						onClick={() => small && to === '/organization' && setOpen(true)} />
				))}
			</Part>
			<Records title="app.menu.favourites" records={favourites} />
			{open && <Records title="app.menu.recent" records={recent.filter((one) => !favourites.some(({ resource, id }) =>
				resource === one.resource && id === one.id)).slice(0, 5)} />}
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
