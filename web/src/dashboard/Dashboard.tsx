// The dashboard: figures with links to the lists that they count, and the first steps of a new organization.
import { Suspense } from 'react';
import Box from '@mui/material/Box';
import Link from '@mui/material/Link';
import Skeleton from '@mui/material/Skeleton';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import { Title } from 'react-admin';
import { useGetList, useTranslate, type RaRecord } from 'ra-core';
import { Link as RouterLink } from 'react-router-dom';
import { excerpt } from '../ui/excerpt';
import { lazy } from '../ui/lazy';
import { QueryResult, QueryError, type Query } from '../ui/QueryResult';
import { useConfiguration } from '../data/configuration';
import { useFormats } from '../data/useFormats';
import { Panel } from '../ui/Panel';
import { Face, fullName } from '../records/People';
import { useMe } from '../data/session';
import { NewButton } from '../records/create';
import { may } from '../data/permissions';
import { LOST } from '../deals/deal';
import type { Contact } from '../contacts/contact';
import { ImportButton } from '../imports/ImportButton';
import { TaskLine } from '../tasks/TaskLine';
import type { Task } from '../tasks/task';
import { Days, Funnel } from './charts';
import { Figures } from './figures';
import { periods, useCount, useDays, useMyTasks, useNewDeals, usePipeline, useRecent } from './queries';

// The height of the first steps in pixels. It is reserved so that the content below does not move when the steps
// appear.
const SETUP = { xs: 500, md: 294 };

// Shown to administrators of a new organization, or of an organization in which the steps have begun.
const Setup = lazy(() => import('./Setup'));

const list = { component: 'ul', sx: { listStyle: 'none', m: 0, p: 0, display: 'grid', gap: 1.5 } } as const;

// Extends a link to the size of its line.
const whole = { '&::after': { content: '""', position: 'absolute', inset: 0 } } as const;

function MyTasks({ query }: { query: Query<Task[]> }) {
	const translate = useTranslate();
	return (
		<Panel title={translate('dashboard.my_tasks')}>
			<QueryResult query={query} empty={translate('dashboard.no_tasks')} rows={6} height={58}>
				{(rows) => (
					<Box {...list} sx={{ ...list.sx, gap: 0, ml: -2, mr: -1 }}>
						{rows.map((task) => (
							<TaskLine key={task.id} task={task} everybody={false} />
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
			<QueryResult query={query} rows={5} height={44} empty={translate('dashboard.no_hot')}>
				{(rows) => (
					<Box {...list}>
						{rows.map((contact) => (
							<Box
								component="li"
								key={contact.id}
								sx={{
									display: 'flex',
									gap: 1.5,
									alignItems: 'center',
									position: 'relative',
									minHeight: 44,
								}}
							>
								<Face name={fullName(contact)} file={contact.avatar} />
								<Box sx={{ minWidth: 0 }}>
									<Link
										component={RouterLink}
										to={`/contacts/${contact.id}/show`}
										color="inherit"
										sx={whole}
									>
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
			<QueryResult query={query} rows={6} height={44} empty={translate('dashboard.nothing')}>
				{(rows) => (
					<Box {...list}>
						{rows.map(({ id, subject, text, date, contact_id }) => (
							<Box component="li" key={id} sx={{ minWidth: 0, position: 'relative' }}>
								<Typography noWrap>
									{contact_id ? (
										<Link
											component={RouterLink}
											to={`/contacts/${contact_id}/show`}
											color="inherit"
											sx={whole}
										>
											{subject || excerpt(text ?? '')}
										</Link>
									) : (
										subject || excerpt(text ?? '')
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

/** Shown in place of a chart without data. */
function Empty({ text, resource }: { text: string; resource: string }) {
	const translate = useTranslate();
	return (
		<Stack
			direction="row"
			useFlexGap
			sx={{ gap: 2, flexWrap: 'wrap', alignItems: 'center', justifyContent: 'space-between' }}
		>
			<Typography color="textSecondary">{translate(text)}</Typography>
			<NewButton resource={resource} small />
		</Stack>
	);
}

/** Shown to users who cannot set up the organization. */
function Welcome() {
	const translate = useTranslate();
	return (
		<Panel title={translate('dashboard.welcome')} lead={translate('resources.contacts.invite')}>
			<Stack direction="row" sx={{ gap: 1 }}>
				<NewButton resource="contacts" label="dashboard.first_contact" />
				<ImportButton resource="contacts" />
			</Stack>
		</Panel>
	);
}

const filtered = (path: string, filter: object) => `${path}?${new URLSearchParams({ filter: JSON.stringify(filter) })}`;

/** Returns the address of the board, limited to these stages. */
const board = (stages: string[]) => `/deals?${new URLSearchParams(stages.map((stage) => ['stage', stage]))}`;

export default function Dashboard() {
	const translate = useTranslate();
	const { dealPipelineStatuses, dealStages, setup } = useConfiguration();
	const me = useMe();
	const reads = (resource: string) => may(me, resource, 'list');
	const contacts = useCount('contacts');
	const stages = usePipeline();
	const days = useDays();
	const newDeals = useNewDeals();
	const recent = useRecent();
	const tasks = useMyTasks();
	const outcomeOf = (stage: string) =>
		stage === LOST ? 'lost' : dealPipelineStatuses.includes(stage) ? 'won' : 'open';
	const open = dealStages.map(({ value }) => value).filter((stage) => outcomeOf(stage) === 'open');
	const sum = (field: 'new_contacts' | 'activities') => {
		const [now, past] = periods(days.data ?? []).map((all) => all.reduce((n, day) => n + day[field], 0));
		return { query: { ...days, data: days.data && now }, past: days.data && past, than: 'before' };
	};
	const newContacts = sum('new_contacts');
	const figures = [
		reads('contacts') && {
			title: 'contacts',
			to: filtered('/contacts', {}),
			query: contacts,
			past:
				contacts.data !== undefined && newContacts.query.data !== undefined
					? contacts.data - newContacts.query.data
					: undefined,
			than: 'ago',
		},
		reads('deals') && {
			title: 'open_deals',
			to: board(open),
			query: {
				...stages,
				data: stages.data?.reduce((n, { stage, sum_amount }) => n + (open.includes(stage) ? sum_amount : 0), 0),
			},
			now: newDeals[0],
			past: newDeals[1],
			than: 'new_deals',
			money: true,
		},
		reads('contacts') && { title: 'new_contacts', to: filtered('/contacts', recent.contacts), ...newContacts },
		reads('activities') && {
			title: 'activities',
			to: filtered('/activities', recent.activities),
			...sum('activities'),
		},
		reads('tasks') && { title: 'open_tasks', to: '/tasks', query: tasks.count, past: tasks.past, than: 'ago' },
	].filter((one) => one !== false);
	const charts = reads('deals') || reads('contacts');
	const setsUp = me.administrator && !me.viewing;
	return (
		<Box
			// The content is mounted again after the first read, so that its appearance does not count as a layout
			// shift.
			key={contacts.data === undefined ? 'waiting' : 'read'}
			sx={{
				display: 'grid',
				gap: 2,
				pt: 3,
				alignItems: 'start',
				gridTemplateColumns: {
					xs: 'minmax(0, 1fr)',
					md: charts ? 'minmax(0, 2fr) minmax(0, 1fr)' : 'minmax(0, 720px)',
				},
				'& > .whole': { gridColumn: '1 / -1' },
			}}
		>
			<Title title="dashboard.title" />
			<Stack className="whole" spacing={2} sx={{ '&:empty': { display: 'none' } }}>
				{setsUp
					? contacts.data !== undefined &&
						(setup || contacts.data === 0) && (
							<Box sx={{ minHeight: setup ? undefined : SETUP }}>
								<Suspense>
									<Setup contacts={contacts.data} />
								</Suspense>
							</Box>
						)
					: contacts.data === 0 && <Welcome />}
				{contacts.error && contacts.data === undefined && (
					<QueryError error={contacts.error} again={contacts.refetch} />
				)}
			</Stack>
			<Figures all={figures} />
			<Stack spacing={2} sx={{ '&:empty': { display: 'none' } }}>
				{reads('deals') && (
					<Panel title={translate('dashboard.pipeline')}>
						<QueryResult query={stages} rows={dealStages.length} height={37}>
							{(all) =>
								all.length === 0 ? (
									<Empty text="resources.deals.invite" resource="deals" />
								) : (
									<Funnel
										stages={dealStages.map(({ value, label }) => {
											const { sum_amount = 0, count = 0 } =
												all.find(({ stage }) => stage === value) ?? {};
											return {
												name: label,
												amount: sum_amount,
												count,
												outcome: outcomeOf(value),
												to: board([value]),
											};
										})}
									/>
								)
							}
						</QueryResult>
					</Panel>
				)}
				{reads('contacts') && (
					<Panel title={translate('dashboard.days')}>
						<QueryResult query={days} waiting={<Skeleton variant="rounded" height={230} />}>
							{(all) =>
								periods(all)[0].some((one) => one.new_contacts + one.activities > 0) ? (
									<Days days={periods(all)[0]} />
								) : (
									<Empty text="dashboard.no_days" resource="activities" />
								)
							}
						</QueryResult>
					</Panel>
				)}
			</Stack>
			<Stack spacing={2}>
				{reads('tasks') && <MyTasks query={tasks.list} />}
				{reads('contacts') && <HotContacts />}
				<Latest />
			</Stack>
		</Box>
	);
}
