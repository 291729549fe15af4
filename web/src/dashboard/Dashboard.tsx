import { lazy, Suspense } from 'react';
import Box from '@mui/material/Box';
import Card from '@mui/material/Card';
import Link from '@mui/material/Link';
import Skeleton from '@mui/material/Skeleton';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import { Title } from 'react-admin';
import { useGetList, useTranslate, type RaRecord } from 'ra-core';
import { Link as RouterLink } from 'react-router-dom';
import { QueryResult, QueryError, type Query } from '../app/QueryResult';
import { labelOf, useConfiguration } from '../app/configuration';
import { useFormats } from '../app/formats';
import { Panel } from '../app/Panel';
import { Face, fullName } from '../app/People';
import { useMe } from '../app/session';
import { NewButton } from '../app/create';
import type { Contact } from '../contacts/contact';
import { useCount, useDays, usePipeline, type Stage } from './queries';

const Pipeline = lazy(() => import('./charts').then(({ Pipeline }) => ({ default: Pipeline })));
const Days = lazy(() => import('./charts').then(({ Days }) => ({ default: Days })));

/** A figure; the page shows the error of a failed one elsewhere. */
function Figure<T>({ title, query, show, to }: {
	title: string;
	query: Query<T>;
	show: (data: T) => string;
	to?: string;
}) {
	const translate = useTranslate();
	return (
		<Card sx={{ p: 2.5, minWidth: 0 }}>
			<Typography color="textSecondary" variant="body2">
				{to ? <Link component={RouterLink} to={to} color="inherit">{translate(`dashboard.${title}`)}</Link>
					: translate(`dashboard.${title}`)}
			</Typography>
			<Typography variant="h2" component="p" sx={{ mt: 0.5, overflowWrap: 'anywhere' }}>
				{query.data !== undefined ? show(query.data) : query.error ? '–' : <Skeleton width="3em" />}
			</Typography>
		</Card>
	);
}

const list = { component: 'ul', sx: { listStyle: 'none', m: 0, p: 0, display: 'grid', gap: 1.5 } } as const;

function MyTasks() {
	const me = useMe();
	const translate = useTranslate();
	const { ago } = useFormats();
	const { taskTypes } = useConfiguration();
	const query = useGetList<RaRecord & { text: string; type: string; due_date: string; contact_id: number }>(
		'tasks', { filter: { sales_id: me.id, 'done_date@is': null }, sort: { field: 'due_date', order: 'ASC' },
			pagination: { page: 1, perPage: 6 } });
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
								<Typography variant="body2"
									color={new Date(due_date) < new Date() ? 'error' : 'textSecondary'}>{ago(due_date)}</Typography>
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
	const query = useGetList<Contact>('contacts', { filter: { status: 'hot' },
		sort: { field: 'last_seen', order: 'DESC' }, pagination: { page: 1, perPage: 5 } });
	return (
		<Panel title={translate('dashboard.hot')}>
			<QueryResult query={query} empty={translate('dashboard.no_hot')}>
				{(rows) => (
					<Box {...list}>
						{rows.map((contact) => (
							<Box component="li" key={contact.id} sx={{ display: 'flex', gap: 1.5, alignItems: 'center' }}>
								<Face name={fullName(contact)} file={contact.avatar} />
								<Box sx={{ minWidth: 0 }}>
									<Link component={RouterLink} to={`/contacts/${contact.id}/show`} color="inherit">{fullName(contact)}</Link>
									<Typography variant="body2" color="textSecondary" noWrap>{contact.company_name}</Typography>
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
	const query = useGetList<RaRecord & { type: string; subject: string | null; text: string | null;
		date: string; contact_id: number | null }>('timeline', { filter: { 'resource@neq': 'tasks' },
		sort: { field: 'date', order: 'DESC' }, pagination: { page: 1, perPage: 6 } });
	return (
		<Panel title={translate('dashboard.latest')}>
			<QueryResult query={query} empty={translate('dashboard.nothing')}>
				{(rows) => (
					<Box {...list}>
						{rows.map(({ id, subject, text, date, contact_id }) => (
							<Box component="li" key={id} sx={{ minWidth: 0 }}>
								<Typography noWrap>
									{contact_id ? (
										<Link component={RouterLink} to={`/contacts/${contact_id}/show`} color="inherit">{subject || text}</Link>
									) : subject || text}
								</Typography>
								<Typography variant="body2" color="textSecondary">{ago(date)}</Typography>
							</Box>
						))}
					</Box>
				)}
			</QueryResult>
		</Panel>
	);
}

function Welcome() {
	const translate = useTranslate();
	return (
		<Panel title={translate('dashboard.welcome')}>
			<Typography sx={{ mb: 2 }}>{translate('dashboard.welcome_help')}</Typography>
			<NewButton noun="contacts" label="dashboard.first_contact" />
		</Panel>
	);
}

export default function Dashboard() {
	const translate = useTranslate();
	const formats = useFormats();
	const { dealPipelineStatuses, dealStages } = useConfiguration();
	const contacts = useCount('contacts');
	const stages = usePipeline();
	const days = useDays();
	const open = (all: Stage[]) => all.filter(({ stage }) => stage !== 'lost' && !dealPipelineStatuses.includes(stage));
	const sum = (of: Stage[]) => of.reduce((all, { sum_amount }) => all + sum_amount, 0);
	const tasks = useCount('tasks', { 'done_date@is': null });
	const missing = [contacts, tasks].filter(({ data, error }) => error && data === undefined);
	return (
		<Box sx={{ display: 'grid', gap: 2, pt: 3, alignItems: 'start',
			gridTemplateColumns: { xs: 'minmax(0, 1fr)', md: 'minmax(0, 2fr) minmax(0, 1fr)' } }}>
			<Title title="dashboard.title" />
			<Box sx={{ gridColumn: '1 / -1', display: 'grid', gap: 2,
				gridTemplateColumns: { xs: 'repeat(2, minmax(0, 1fr))', md: 'repeat(4, minmax(0, 1fr))' } }}>
				{missing[0] && (
					<Box sx={{ gridColumn: '1 / -1' }}>
						<QueryError error={missing[0].error} again={() => missing.forEach(({ refetch }) => refetch())} />
					</Box>
				)}
				<Figure title="contacts" to="/contacts" query={contacts} show={formats.count} />
				<Figure title="open_deals" query={stages} show={(all) => formats.money(sum(open(all)))} />
				<Figure title="new_contacts" query={days} show={(all) => formats.count(all.reduce((sum, day) => sum + day.new_contacts, 0))} />
				<Figure title="open_tasks" query={tasks} show={formats.count} />
			</Box>
			<Stack spacing={2}>
				{contacts.data === 0 && <Welcome />}
				<Suspense fallback={<Skeleton variant="rounded" height={660} />}>
					<Panel title={translate('dashboard.pipeline')}>
						<QueryResult query={stages}>
							{(all) => <Pipeline stages={dealStages.map(({ value, label }) => ({ name: label,
								amount: all.find(({ stage }) => stage === value)?.sum_amount ?? 0 }))} />}
						</QueryResult>
					</Panel>
					<Panel title={translate('dashboard.days')}><QueryResult query={days}>{(all) => <Days days={all} />}</QueryResult></Panel>
				</Suspense>
			</Stack>
			<Stack spacing={2}>
				<MyTasks />
				<HotContacts />
				<Latest />
			</Stack>
		</Box>
	);
}
