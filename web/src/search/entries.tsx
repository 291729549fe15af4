// The search box entries other than records: pages, and commands. Some commands apply to the record whose page is open.
import type { ReactNode } from 'react';
import Add from '@mui/icons-material/Add';
import Arrow from '@mui/icons-material/ArrowForward';
import Command from '@mui/icons-material/BoltOutlined';
import Edit from '@mui/icons-material/EditOutlined';
import { useQuery } from '@tanstack/react-query';
import { useDataProvider, useGetOne, useLocale, useRefresh, useTranslate } from 'ra-core';
import { useAct } from '../data/act';
import { useConfiguration } from '../data/configuration';
import { newLabel } from '../records/resource';
import { useCreation } from '../records/create';
import type { Provider } from '../data/dataProvider';
import { useEntries } from '../records/entries';
import { useAreas } from '../records/area';
import { colon, changeLanguage, locales } from '../i18n/i18n';
import { may, mayField } from '../data/permissions';
import { useShown } from '../records/FavouriteButton';
import { chooseScheme, useScheme } from '../ui/scheme';
import { useMe } from '../data/session';
import { enter, organizationsQuery } from '../organization/queries';

export interface Entry {
	key: string;
	group: string;
	icon: ReactNode;
	text: ReactNode;
	note?: ReactNode;
	run: () => void;
}

type Named = Entry & { text: string };

// The icons are constants, so that entries are not rendered again with each keystroke.
const add = <Add />;
const arrow = <Arrow />;
const command = <Command />;
const edit = <Edit />;

/** Returns the commands for the record whose page is open: edit it, or move a deal to another stage. */
function useRecordCommands(go: (path: string) => void): Omit<Named, 'group'>[] {
	const me = useMe();
	const translate = useTranslate();
	const { tell } = useDataProvider<Provider>();
	const { dealStages } = useConfiguration();
	const refresh = useRefresh();
	const [, act] = useAct();
	const { resource = '', id = '', name } = useShown() ?? {};
	const { data: deal } = useGetOne('deals', { id }, { enabled: resource === 'deals' });
	if (!name || !may(me, resource, 'edit')) return [];
	return [
		{ key: 'edit', icon: edit, text: translate('search.edit', { name }), run: () => go(`/${resource}/${id}`) },
		...(deal && !deal.archived_at && mayField(me, 'deals', 'stage', 'update')
			? dealStages
					.filter(({ value }) => value !== deal.stage)
					.map(({ value, label }) => ({
						key: `move ${value}`,
						icon: arrow,
						text: translate('search.move', { name, stage: label }),
						run: () => {
							void act(
								() => tell(`/api/deals/${id}/move`, { stage: value, index: 0 }).then(refresh),
								'resources.deals.notifications.updated',
							);
						},
					}))
			: []),
	];
}

/** Returns all entries. `go` opens a page. */
export function useEntriesOf(go: (path: string) => void): Named[] {
	const me = useMe();
	const translate = useTranslate();
	const locale = useLocale();
	const scheme = useScheme() === 'dark' ? 'light' : 'dark';
	const open = useCreation();
	const [, act] = useAct();
	const { work, settings } = useEntries();
	const { data: organizations = [] } = useQuery(organizationsQuery);
	const about = (key: string, what: string, choice: string, run: () => void) => ({
		key,
		icon: command,
		text: `${translate(what)}${colon()}${choice}`,
		run,
	});
	const creates = useAreas().flatMap(({ routes, resource }) =>
		routes?.create && routes.name && may(me, routes.name, 'create') && (resource?.verbs?.includes('create') ?? true)
			? [
					{
						key: `make ${routes.name}`,
						group: 'deeds',
						icon: add,
						run: () => (resource ? open(resource.name) : go(`/${routes.name}/create`)),
						text: translate(newLabel(routes.name)),
					},
				]
			: [],
	);
	const pages = [...work, ...settings].map(({ to, label }) => ({
		key: `to ${to} ${label}`,
		group: 'pages',
		icon: arrow,
		text: translate(label, { smart_count: 2 }),
		run: () => go(to),
	}));
	const commands = [
		...useRecordCommands(go),
		about('scheme', 'i18n.scheme.label', translate(`i18n.scheme.${scheme}`), () => chooseScheme(scheme)),
		...locales
			.filter((one) => one.locale !== locale)
			.map((one) => about(`language ${one.locale}`, 'i18n.language', one.name, () => changeLanguage(one.locale))),
		...organizations
			.filter(({ id, suspended }) => id !== me.organization_id && !suspended)
			.map(({ id, name }) =>
				about(`organization ${id}`, 'organization.switch', name, () => {
					void act(() => enter(id));
				}),
			),
	].map((entry) => ({ ...entry, group: 'commands' }));
	return [...commands, ...creates, ...pages];
}
