import Home from '@mui/icons-material/SpaceDashboardOutlined';
import Box from '@mui/material/Box';
import Divider from '@mui/material/Divider';
import { Menu, useSidebarState, useTranslate } from 'react-admin';
import { OrganizationSwitcher } from '../organization/OrganizationSwitcher';
import { useFeatures } from './feature';
import { useMe } from './session';

function Entries({ manage }: { manage: boolean }) {
	const me = useMe();
	const translate = useTranslate();
	return useFeatures().map(({ menu }) => menu && Boolean(menu.manage) === manage &&
		(menu.shown?.(me) ?? true) && (
			<Menu.Item key={menu.to} to={menu.to} primaryText={translate(menu.label, { smart_count: 2 })} leftIcon={<menu.icon />} />
		));
}

export function MainMenu() {
	const translate = useTranslate();
	const [open] = useSidebarState();
	return (
		<Box component="nav" aria-label={translate('app.menu.label')}>
			<Box sx={{ p: 1 }}><OrganizationSwitcher small={!open} /></Box>
			<Menu sx={{ my: 0, '&.RaMenu-open': { width: 'auto' } }}>
				<Menu.Item to="/" primaryText="dashboard.title" leftIcon={<Home />} />
				<Entries manage={false} />
				{useFeatures().some(({ menu }) => menu?.manage) && <Divider component="li" sx={{ m: 1.5 }} />}
				<Entries manage />
			</Menu>
		</Box>
	);
}
