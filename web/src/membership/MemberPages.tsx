// The pages that members see. They are the staff's pages for the same records, with a member's permissions.
import { useEffect, useMemo, type ComponentType, type ReactNode } from 'react';
import Button from '@mui/material/Button';
import Card from '@mui/material/Card';
import MenuItem from '@mui/material/MenuItem';
import Stack from '@mui/material/Stack';
import Switch from '@mui/material/Switch';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import {
	RecordContextProvider,
	ResourceContextProvider,
	useDataProvider,
	useGetList,
	useGetOne,
	useRefresh,
	useTranslate,
	type RaRecord,
} from 'ra-core';
import { useAct } from '../data/act';
import { colon } from '../i18n/i18n';
import { useConfiguration } from '../data/configuration';
import { Creating, NewButton } from '../records/create';
import type { Provider } from '../data/dataProvider';
import { Described } from '../records/Described';
import { Facts } from '../records/Facts';
import { send } from '../data/http';
import { InlineEditing } from '../records/inline';
import { useLabel } from '../records/label';
import { Markdown } from '../ui/Markdown';
import { PageActions } from '../ui/PageActions';
import { fieldOf, type Completed, type Resource } from '../records/resource';
import { Line, Lines, Panel } from '../ui/Panel';
import { PortalPage } from '../organization/PortalPage';
import { currencies, zones } from '../i18n/regions';
import { QueryResult } from '../ui/QueryResult';
import { RecordEditPage } from '../records/RecordForm';
import { RecordPage } from '../records/RecordPage';
import { Related } from '../records/Related';
import { useResource } from '../records/resources';
import { chooseScheme } from '../ui/scheme';
import { useMe, type Me } from '../data/session';
import type { Scheme } from '../ui/theme';
import { acceptances } from './agreements';
import { dues, subscriptions } from './billing';
import { directory } from './directory';
import { disputes } from './disputes';
import { memberMessages } from './memberMessages';
import { members } from './members';
import { memberships } from './memberships';
import { news } from './news';
import { paymentMethods, payments } from './payments';
import { payoutAccounts, payouts } from './payouts';
import { queue } from './queue';
import { addresses, contacts } from './reach';
import { useSay } from './say';
import { allSettings } from './settings';
import { taxForms } from './taxForms';
import Thread from './Thread';
import { decisions, verifications } from './verifications';

const resources = [
	members,
	memberships,
	subscriptions,
	dues,
	payments,
	paymentMethods,
	payouts,
	payoutAccounts,
	disputes,
	verifications,
	decisions,
	taxForms,
	contacts,
	addresses,
	queue,
	acceptances,
	directory,
	news,
	memberMessages,
];

// The fields that members do not see: a member's own rows need not name the member, and only the staff fills in some
// fields.
const staffs = ['member_id', 'priority', 'status'];
// The notification that only the staff receives by email.
const staffsMails = 'member_messages';
const untold = (resource: Resource) => [
	'member_id',
	'batch_id',
	...(resource === members ? ['created_at', 'updated_at'] : []),
];
const owned = (resource: Resource, own: NonNullable<Me['own']>): Resource => ({
	...resource,
	exact: true,
	complete: undefined,
	verbs: (own[resource.name] ?? []).filter((verb) => resource.verbs?.includes(verb) ?? true),
	form: resource.form
		.map((row) => (Array.isArray(row) ? row.filter((name) => !staffs.includes(name)) : row))
		.filter((row) => typeof row !== 'string' || !staffs.includes(row)),
	page: resource.page && {
		...resource.page,
		facts: resource.page.facts.filter((name) => !untold(resource).includes(name)),
		tabs: resource.name === verifications.name ? resource.page.tabs : {},
	},
});

interface Appearance {
	theme: 'system' | Scheme;
	density: 'comfortable' | 'compact';
}

// Applies the member's appearance settings to the pages, on each device.
function useAppearance() {
	const { data: [look] = [] } = useQuery({
		queryKey: ['user_appearance_settings'],
		queryFn: async () => (await send<Appearance[]>('/api/user_appearance_settings?range=[0,0]')).json,
	});
	const { theme, density } = look ?? {};
	useEffect(() => {
		if (theme) chooseScheme(theme === 'system' ? undefined : theme);
	}, [theme]);
	useEffect(() => {
		document.documentElement.style.fontSize = density === 'compact' ? '87.5%' : '';
	}, [density]);
}

/** Provides the resource descriptions to all portal pages and messages. */
export function Around({ children }: { children: ReactNode }) {
	const { own = {} } = useMe();
	useAppearance();
	const areas = useMemo(
		() => [...resources.map((resource) => owned(resource, own)), ...allSettings].map((resource) => ({ resource })),
		[own],
	);
	return <Described areas={areas}>{children}</Described>;
}

const useProfile = () =>
	useGetList('user_profiles', {
		filter: { user_id: useMe().user_id },
		pagination: { page: 1, perPage: 1 },
		sort: { field: 'id', order: 'ASC' },
	});

/** The rows of a resource, below a heading with its name. */
function Section({ resource: { name, list } }: { resource: Resource }) {
	const translate = useTranslate();
	return (
		<Panel
			title={translate(`resources.${name}.name`, { smart_count: 2 })}
			action={<NewButton small resource={name} />}
		>
			<Related resource={name} filter={() => ({})} sort={list!.sort} />
		</Panel>
	);
}

/** The rows of the only resource of a page, whose heading names them. */
const only = ({ name, list }: Resource) =>
	function Only() {
		return (
			<Card sx={{ p: { xs: 2, sm: 3 } }}>
				<PageActions>
					<NewButton resource={name} />
				</PageActions>
				<Related resource={name} filter={() => ({})} sort={list!.sort} />
			</Card>
		);
	};

const sections =
	(...all: Resource[]) =>
	() =>
		all.map((resource) => <Section key={resource.name} resource={resource} />);

function Profile() {
	const resource = useResource(members.name)!;
	return (
		<ResourceContextProvider value={members.name}>
			<InlineEditing resource={resource}>
				<Facts resource={resource} title={`resources.${members.name}.name`} />
			</InlineEditing>
			<Section resource={contacts} />
			<Section resource={addresses} />
		</ResourceContextProvider>
	);
}

interface Agreement extends RaRecord<number> {
	title: string;
	text: string;
	hash: string;
}

function Documents() {
	const say = useSay();
	const refresh = useRefresh();
	const { tell } = useDataProvider<Provider>();
	const [busy, act] = useAct();
	const query = useGetList<Agreement>('pending_agreements', {
		pagination: { page: 1, perPage: 100 },
		sort: { field: 'created_at', order: 'ASC' },
	});
	// Accepts an agreement. The hash identifies the text that was read.
	const accept = ({ id, hash }: Agreement) =>
		act(() => tell('/api/user_agreements/accept', { document_id: id, hash }).then(refresh), say('accepted'));
	return (
		<>
			<Panel title={say('pending')}>
				<QueryResult query={query} empty={say('nothing_pending')}>
					{(all) => (
						<Stack spacing={3}>
							{all.map((one) => (
								<article key={one.id}>
									<Typography variant="h5" component="h3" gutterBottom>
										{one.title}
									</Typography>
									<Markdown text={one.text} />
									<Button
										variant="contained"
										sx={{ mt: 1.5 }}
										disabled={busy}
										onClick={() => accept(one)}
									>
										{say('accept')}
										{colon()}
										{one.title}
									</Button>
								</article>
							))}
						</Stack>
					)}
				</QueryResult>
			</Panel>
			<Section resource={acceptances} />
		</>
	);
}

// The known values of a text field, which the browser suggests.
const known: Record<string, string[]> = { currency: currencies, time_zone: zones };

// Returns a time as the value of an input, in the device's time zone.
const localTime = (at: string) =>
	new Date(Date.parse(at) - new Date(at).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);

function Setting({ resource, name, row }: { resource: Completed; name: string; row: RaRecord }) {
	const { tell } = useDataProvider<Provider>();
	const translate = useTranslate();
	const client = useQueryClient();
	const configuration = useConfiguration();
	const [busy, act] = useAct();
	const title = useLabel()({ resource: resource.name, source: name });
	const { kind, choices } = fieldOf(resource, name);
	const value = row[name];
	const began = kind === 'time' && value ? localTime(value) : (value ?? '');
	const set = (to: unknown) =>
		act(() =>
			tell(`/api/${resource.name}/${row.id}`, { [name]: to }, 'PATCH').then(() =>
				client.invalidateQueries({ queryKey: [resource.name] }),
			),
		);
	const shared = {
		size: 'small',
		hiddenLabel: true,
		variant: 'outlined',
		disabled: busy,
		slotProps: { htmlInput: { 'aria-label': title } },
		sx: { minWidth: 160 },
	} as const;
	return (
		<Line
			title={title}
			action={
				kind === 'boolean' ? (
					<Switch
						checked={value}
						disabled={busy}
						onChange={() => set(!value)}
						slotProps={{ input: { 'aria-label': title } }}
					/>
				) : choices ? (
					<TextField
						select
						{...shared}
						value={value ?? ''}
						onChange={({ target }) => set(target.value || null)}
					>
						{choices(configuration, translate).map((one) => (
							<MenuItem key={one.value} value={one.value}>
								{one.label}
							</MenuItem>
						))}
					</TextField>
				) : (
					<>
						<TextField
							{...shared}
							key={value}
							type={kind === 'time' ? 'datetime-local' : 'text'}
							defaultValue={began}
							slotProps={{ htmlInput: { 'aria-label': title, list: known[name] && `known-${name}` } }}
							onBlur={({ target }) =>
								target.value !== began &&
								set(
									kind === 'time' && target.value
										? new Date(target.value).toISOString()
										: target.value.trim() || null,
								)
							}
						/>
						{known[name] && (
							<datalist id={`known-${name}`}>
								{known[name].map((one) => (
									<option key={one} value={one} />
								))}
							</datalist>
						)}
					</>
				)
			}
		/>
	);
}

function SettingsOf({ name: of, id }: { name: string; id: RaRecord['id'] }) {
	const translate = useTranslate();
	const resource = useResource(of)!;
	const names = resource.form
		.flat()
		.filter((row) => typeof row === 'string')
		.filter((row) => row !== staffsMails);
	const query = useGetOne(resource.name, { id });
	return (
		<Panel title={translate(`resources.${resource.name}.name`)}>
			<QueryResult query={query}>
				{(row) => (
					<Lines>
						{names.map((name) => (
							<Setting key={name} resource={resource} name={name} row={row} />
						))}
					</Lines>
				)}
			</QueryResult>
		</Panel>
	);
}

const pages: Record<string, ComponentType<{ row: RaRecord }>> = {
	profile: Profile,
	membership: sections(memberships, subscriptions),
	payments: sections(dues, payments, paymentMethods, payouts, payoutAccounts, disputes),
	verification: sections(verifications, taxForms),
	news: only(news),
	messages: () => (
		<Card>
			<Thread />
		</Card>
	),
	queue: only(queue),
	documents: Documents,
	directory: only(directory),
	settings: ({ row }) => allSettings.map(({ name }) => <SettingsOf key={name} name={name} id={row.id} />),
};

export function MemberPage({ page }: { page: string }) {
	const say = useSay();
	const query = useProfile();
	const Page = pages[page]!;
	return (
		<Creating>
			<PortalPage title={say(page)}>
				<QueryResult query={query} empty={say('none')}>
					{([row]) => (
						<RecordContextProvider value={row}>
							<Stack spacing={2}>
								<Page row={row} />
							</Stack>
						</RecordContextProvider>
					)}
				</QueryResult>
			</PortalPage>
		</Creating>
	);
}

/** The page of a row, or its form. */
export function OwnRow({ name, home, shows = false }: { name: string; home: string; shows?: boolean }) {
	const translate = useTranslate();
	const { page } = resources.find((one) => one.name === name)!;
	return (
		<Creating>
			<PortalPage title={translate(`resources.${name}.name`, { smart_count: 1 })} back={`/member/${home}`}>
				<ResourceContextProvider value={name}>
					{shows && page ? <RecordPage /> : <RecordEditPage />}
				</ResourceContextProvider>
			</PortalPage>
		</Creating>
	);
}
