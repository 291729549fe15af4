// The dashboard: figures that lead to what they count, and the first steps of a new organization.
import { Suspense } from 'react';
import Box from '@mui/material/Box';
import Card from '@mui/material/Card';
import Link from '@mui/material/Link';
import Skeleton from '@mui/material/Skeleton';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import { Title } from 'react-admin';
import { useGetList, useTranslate, type RaRecord } from 'ra-core';
import { Link as RouterLink } from 'react-router-dom';
import { lazy } from '../app/lazy';
import { QueryResult, QueryError, type Query } from '../app/QueryResult';
import { labelOf, useConfiguration } from '../app/configuration';
import { useFormats } from '../app/formats';
import { Panel } from '../app/Panel';
import { Face, fullName } from '../app/People';
import { useMe } from '../app/session';
import { NewButton } from '../app/create';
import { may, useMay } from '../app/permissions';
import type { Contact } from '../contacts/contact';
import { ImportButton } from '../imports/ImportButton';
import { Bars, Days } from './charts';
import { useCount, useDays, usePipeline, useRecent } from './queries';

// For administrators of an organization that is new, or has begun with the steps.
const Setup = lazy(() => import('./Setup'));

/** A figure, which leads to the list that it counts; the page shows the error of a failed one elsewhere. */
function Figure({ title, query, to }: { title: string; query: Query<string>; to: string }) {
	const translate = useTranslate();
	return (
		<Card
			sx={{
				p: 2.5,
				minWidth: 0,
				position: 'relative',
				display: 'flex',
				flexDirection: 'column',
				justifyContent: 'space-between',
				'&:hover': { borderColor: 'primary.main' },
			}}
		>
			<Typography color="textSecondary" variant="body2">
				<Link
					component={RouterLink}
					to={to}
					color="inherit"
					sx={{ '&::after': { content: '""', position: 'absolute', inset: 0 } }}
				>
					{translate(`dashboard.${title}`)}
				</Link>
			</Typography>
			<Typography
				variant="h2"
				component="p"
				sx={{ mt: 0.5, fontSize: { xs: '1.25rem', sm: '1.5rem' }, overflowWrap: 'anywhere' }}
			>
				{query.data ?? (query.error ? '–' : <Skeleton width="3em" />)}
			</Typography>
		</Card>
	);
}

const shown = <T,>({ data, ...query }: Query<T>, show: (data: T) => string): Query<string> => ({
	...query,
	data: data === undefined ? undefined : show(data),
});

const list = { component: 'ul', sx: { listStyle: 'none', m: 0, p: 0, display: 'grid', gap: 1.5 } } as const;

function useMyTasks() {
	const me = useMe();
	return useGetList<RaRecord & { text: string; type: string; due_date: string; contact_id: number }>(
		'tasks',
		{
			filter: { sales_id: me.id, 'done_date@is': null },
			sort: { field: 'due_date', order: 'ASC' },
			pagination: { page: 1, perPage: 6 },
		},
		{ enabled: useMay('tasks', 'list') },
	);
}

function MyTasks({ query }: { query: ReturnType<typeof useMyTasks> }) {
	const translate = useTranslate();
	const { ago } = useFormats();
	const { taskTypes } = useConfiguration();
	return (
		<Panel title={translate('dashboard.my_tasks')}>
			<QueryResult query={query} empty={translate('dashboard.no_tasks')}>
				{(rows) => (
					<Box {...list}>
						{rows.map(({ id, text, type, due_date, contact_id }) => (
							<Box component="li" key={id}>
								<Link component={RouterLink} to={`/contacts/${contact_id}/show`} color="inherit">
									{text || labelOf(taskTypes, type)}
								</Link>
								<Typography
									variant="body2"
									color={new Date(due_date) < new Date() ? 'error' : 'textSecondary'}
								>
									{ago(due_date)}
								</Typography>
							</Box>
						))}
					</Box>
				)}
			</QueryResult>
		</Panel>
	);
}

function HotContacts() {
	const translate = useTranslate();
	const query = useGetList<Contact>('contacts', {
		filter: { status: 'hot' },
		sort: { field: 'last_seen', order: 'DESC' },
		pagination: { page: 1, perPage: 5 },
	});
	return (
		<Panel title={translate('dashboard.hot')}>
			<QueryResult query={query} empty={translate('dashboard.no_hot')}>
				{(rows) => (
					<Box {...list}>
						{rows.map((contact) => (
							<Box
								component="li"
								key={contact.id}
								sx={{ display: 'flex', gap: 1.5, alignItems: 'center' }}
							>
								<Face name={fullName(contact)} file={contact.avatar} />
								<Box sx={{ minWidth: 0 }}>
									<Link component={RouterLink} to={`/contacts/${contact.id}/show`} color="inherit">
										{fullName(contact)}
									</Link>
									<Typography variant="body2" color="textSecondary" noWrap>
										{contact.company_name}
									</Typography>
								</Box>
							</Box>
						))}
					</Box>
				)}
			</QueryResult>
		</Panel>
	);
}

function Latest() {
	const translate = useTranslate();
	const { ago } = useFormats();
	const query = useGetList<
		RaRecord & {
			type: string;
			subject: string | null;
			text: string | null;
			date: string;
			contact_id: number | null;
		}
	>('timeline', {
		filter: { 'resource@neq': 'tasks' },
		sort: { field: 'date', order: 'DESC' },
		pagination: { page: 1, perPage: 6 },
	});
	return (
		<Panel title={translate('dashboard.latest')}>
			<QueryResult query={query} empty={translate('dashboard.nothing')}>
				{(rows) => (
					<Box {...list}>
						{rows.map(({ id, subject, text, date, contact_id }) => (
							<Box component="li" key={id} sx={{ minWidth: 0 }}>
								<Typography noWrap>
									{contact_id ? (
										<Link
											component={RouterLink}
											to={`/contacts/${contact_id}/show`}
											color="inherit"
										>
											{subject || text}
										</Link>
									) : (
										subject || text
									)}
								</Typography>
								<Typography variant="body2" color="textSecondary">
									{ago(date)}
								</Typography>
							</Box>
						))}
					</Box>
				)}
			</QueryResult>
		</Panel>
	);
}

/** In place of a chart without numbers. */
function Empty({ text, noun }: { text: string; noun: string }) {
	const translate = useTranslate();
	return (
		<Stack
			direction="row"
			useFlexGap
			sx={{ gap: 2, flexWrap: 'wrap', alignItems: 'center', justifyContent: 'space-between' }}
		>
			<Typography color="textSecondary">{translate(text)}</Typography>
			<NewButton noun={noun} small />
		</Stack>
	);
}

/** For users who do not set up the organization. */
function Welcome() {
	const translate = useTranslate();
	return (
		<Panel title={translate('dashboard.welcome')} lead={translate('resources.contacts.invite')}>
			<Stack direction="row" sx={{ gap: 1 }}>
				<NewButton noun="contacts" label="dashboard.first_contact" />
				<ImportButton resource="contacts" />
			</Stack>
		</Panel>
	);
}

const filtered = (path: string, filter: object) => `${path}?${new URLSearchParams({ filter: JSON.stringify(filter) })}`;

/** The board with some stages. */
const board = (stages: string[]) => `/deals?${new URLSearchParams(stages.map((stage) => ['stage', stage]))}`;

export default function Dashboard() {
	const translate = useTranslate();
	const { money, count } = useFormats();
	const { dealPipelineStatuses, dealStages, setup } = useConfiguration();
	const me = useMe();
	const reads = (resource: string) => may(me, resource, 'list');
	const contacts = useCount('contacts');
	const stages = usePipeline();
	const days = useDays();
	const recent = useRecent();
	const tasks = useMyTasks();
	const open = dealStages
		.filter(({ value }) => value !== 'lost' && !dealPipelineStatuses.includes(value))
		.map(({ value }) => value);
	const sum = (field: 'new_contacts' | 'activities') =>
		shown(days, (all) => count(all.reduce((n, day) => n + day[field], 0)));
	const figures = [
		reads('contacts') && { title: 'contacts', to: filtered('/contacts', {}), query: shown(contacts, count) },
		reads('deals') && {
			title: 'open_deals',
			to: board(open),
			query: shown(stages, (all) =>
				money(all.reduce((n, { stage, sum_amount }) => n + (open.includes(stage) ? sum_amount : 0), 0)),
			),
		},
		reads('contacts') && {
			title: 'new_contacts',
			to: filtered('/contacts', recent.contacts),
			query: sum('new_contacts'),
		},
		reads('activities') && {
			title: 'activities',
			to: filtered('/activities', recent.activities),
			query: sum('activities'),
		},
		reads('tasks') && {
			title: 'open_tasks',
			to: '/tasks',
			query: { ...tasks, data: tasks.total === undefined ? undefined : count(tasks.total) },
		},
	].filter((one) => one !== false);
	const setsUp = me.administrator && !me.viewing;
	return (
		<Box
			sx={{
				display: 'grid',
				gap: 2,
				pt: 3,
				alignItems: 'start',
				gridTemplateColumns: { xs: 'minmax(0, 1fr)', md: 'minmax(0, 2fr) minmax(0, 1fr)' },
				'& > .whole': { gridColumn: '1 / -1' },
			}}
		>
			<Title title="dashboard.title" />
			<Stack className="whole" spacing={2} sx={{ '&:empty': { display: 'none' } }}>
				{setsUp
					? contacts.data !== undefined &&
						(setup || contacts.data === 0) && (
							<Suspense>
								<Setup contacts={contacts.data} />
							</Suspense>
						)
					: contacts.data === 0 && <Welcome />}
				{contacts.error && contacts.data === undefined && (
					<QueryError error={contacts.error} again={contacts.refetch} />
				)}
			</Stack>
			<Box
				className="whole"
				sx={{
					display: 'grid',
					gap: 2,
					gridTemplateColumns: {
						xs: 'repeat(2, minmax(0, 1fr))',
						md: `repeat(${figures.length}, minmax(0, 1fr))`,
					},
					'& > :last-child:nth-of-type(odd)': { gridColumn: { xs: '1 / -1', md: 'auto' } },
				}}
			>
				{figures.map((figure) => (
					<Figure key={figure.title} {...figure} />
				))}
			</Box>
			<Stack spacing={2}>
				{reads('deals') && (
					<Panel title={translate('dashboard.pipeline')}>
						<QueryResult query={stages}>
							{(all) =>
								all.length === 0 ? (
									<Empty text="resources.deals.invite" noun="deals" />
								) : (
									<Bars
										rows={dealStages.map(({ value, label }) => {
											const { sum_amount = 0, count = 0 } =
												all.find(({ stage }) => stage === value) ?? {};
											return { name: label, amount: sum_amount, count, to: board([value]) };
										})}
									/>
								)
							}
						</QueryResult>
					</Panel>
				)}
				{reads('contacts') && (
					<Panel title={translate('dashboard.days')}>
						<QueryResult query={days}>
							{(all) =>
								all.some((one) => one.new_contacts + one.activities > 0) ? (
									<Days days={all} />
								) : (
									<Empty text="dashboard.no_days" noun="activities" />
								)
							}
						</QueryResult>
					</Panel>
				)}
			</Stack>
			<Stack spacing={2}>
				{reads('tasks') && <MyTasks query={tasks} />}
				{reads('contacts') && <HotContacts />}
				<Latest />
			</Stack>
		</Box>
	);
}
