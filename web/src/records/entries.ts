// The entries of the main menu and the settings menu that the user sees.
import Settings from '@mui/icons-material/SettingsOutlined';
import Home from '@mui/icons-material/SpaceDashboardOutlined';
import { useAreas } from './area';
import type { Entry, Setting } from './menu';
import { may } from '../data/permissions';
import { useMe } from '../data/session';

const home: Entry = { to: '/', label: 'dashboard.title', icon: Home, keys: 'g h' };
const settings: Entry = { to: '/organization', label: 'i18n.menu.settings', icon: Settings, keys: 'g s' };

export function useEntries() {
	const me = useMe();
	const areas = useAreas().filter(
		({ routes }) => !routes || (may(me, routes.name, 'list') && !me.catalogue[routes.name]?.own),
	);
	const shown = <T extends Entry>(entry: T | undefined) => (entry && (entry.shown?.(me) ?? true) ? [entry] : []);
	const work = [home, ...areas.flatMap(({ menu, module }) => shown(menu && { ...menu, module })), settings];
	// Module entries come last.
	const ordered = [...areas].sort((one, other) => Number(Boolean(one.module)) - Number(Boolean(other.module)));
	const added = me.administrator
		? areas.flatMap(({ general }) => (general ? [{ to: '/organization/general', label: general.title }] : []))
		: [];
	const complete = (one: Setting): Setting =>
		one.to === settings.to ? { ...one, inside: (by) => [...(one.inside?.(by) ?? []), ...added] } : one;
	return { work, settings: ordered.flatMap((area) => shown(area.settings)).map(complete) };
}
