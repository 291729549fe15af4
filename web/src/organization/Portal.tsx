// The pages that portal users see: the records that are shared with the user.
import { Suspense, type ComponentType, type ReactNode } from 'react';
import Next from '@mui/icons-material/ChevronRight';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import List from '@mui/material/List';
import ListItem from '@mui/material/ListItem';
import ListItemText from '@mui/material/ListItemText';
import Typography from '@mui/material/Typography';
import { useQuery } from '@tanstack/react-query';
import { useTranslate, type HttpError } from 'ra-core';
import { useResourceName } from '../data/resourceName';
import { Link } from 'react-router-dom';
import { useFormats } from '../data/useFormats';
import { QueryResult } from '../ui/QueryResult';
import { readAll } from '../data/readAll';
import { useMe } from '../data/session';
import { SignOutButton } from '../auth/SignOutButton';
import { AuthPage } from '../auth/AuthPage';
import { WorkButton } from '../auth/WorkButton';
import { enter, organizationsQuery } from './queries';

interface Share {
	resource: string;
	row_id: number;
	expires_at: string | null;
}

type Row = Record<string, unknown> & { id: number };

interface Shared {
	resource: string;
	row: Row;
	/** The time at which the share ends, or Infinity if it has no end. */
	until: number;
}

/** Returns the records of a resource that a portal user can read: shared records, and records of a partner. */
const recordsOf = (resource: string) =>
	readAll<Row>(resource).catch((error: HttpError) => {
		// The list of shares also contains expired shares. The server refuses a resource if all of its shares have
		// expired.
		if (error.status === 404 || error.status === 422) return [];
		throw error;
	});

async function sharedRecords(): Promise<Shared[]> {
	// If a record is shared with the user and with a team, the later end applies.
	const ends = new Map<string, Map<number, number>>();
	for (const { resource, row_id, expires_at } of await readAll<Share>('shares')) {
		const rows = ends.get(resource) ?? new Map<number, number>();
		ends.set(
			resource,
			rows.set(row_id, Math.max(rows.get(row_id) ?? 0, expires_at === null ? Infinity : Date.parse(expires_at))),
		);
	}
	return (
		await Promise.all(
			[...ends].map(async ([resource, until]) =>
				(await recordsOf(resource))
					.filter(({ id }) => until.has(id))
					.map((row) => ({ resource, row, until: until.get(row.id)! })),
			),
		)
	).flat();
}

/** The name of a record is the first of these fields that the record has. */
const names = ['name', 'text', 'title', 'subject'];
/**
 * Stages, kinds and statuses are omitted, because their labels are in the configuration, which only the staff can read.
 */
const facts = ['title', 'website', 'phone_number', 'location'];
const days = ['due_date', 'expected_closing_date'];
const times = ['starts_at', 'occurred_at', 'sent_at'];

/** Returns the name of a record, and the other fields to show. */
function useWords() {
	const translate = useTranslate();
	const resourceName = useResourceName();
	const { date, dateTime } = useFormats();
	return ({ resource, row, until }: Shared): [string, string] => {
		const kind = resourceName(resource);
		const of = (fields: string[]) =>
			fields.map((field) => row[field]).filter((value) => typeof value === 'string' && value !== '') as string[];
		const name = [row.first_name, row.last_name].filter(Boolean).join(' ') || of(names)[0] || kind;
		const at = row.all_day
			? of(['starts_local']).map((local) => date(local.slice(0, 10)))
			: of(times).map(dateTime);
		return [
			name,
			[
				kind,
				...of(facts),
				...of(days).map(date),
				...at,
				until < Infinity && translate('organization.portal.until', { date: date(until - 1) }),
			]
				.filter((text) => text && text !== name)
				.join(' · '),
		];
	};
}

// A line that links to another page. Its text is aligned at the start.
const entry = { justifyContent: 'flex-start', textAlign: 'start', '& .MuiButton-endIcon': { ml: 'auto' } };

export function Portal({
	links,
	added,
	top,
}: {
	links: { to: string; label: string; Count?: ComponentType<{ children: ReactNode }> }[];
	/** Whether modules add pages. The portal is then not empty even if nothing is shared. */
	added: boolean;
	/** What modules show at the top of the first page. */
	top: ReactNode;
}) {
	const translate = useTranslate();
	const words = useWords();
	const { organization_id } = useMe();
	const { data: organizations = [] } = useQuery(organizationsQuery);
	const query = useQuery({ queryKey: ['shared'], queryFn: sharedRecords, refetchInterval: 60_000 });
	const name = organizations.find(({ id }) => id === organization_id)?.name ?? '';
	return (
		<AuthPage title={name} lead={!added && translate('organization.portal.help')}>
			{top}
			<QueryResult query={query} waiting={added ? <></> : undefined}>
				{(shared) =>
					shared.length === 0 ? (
						!added && <Typography>{translate('organization.portal.none')}</Typography>
					) : (
						<List disablePadding sx={{ mb: 2 }}>
							{shared.map((one) => {
								const [primary, secondary] = words(one);
								return (
									<ListItem key={`${one.resource} ${one.row.id}`} disableGutters divider>
										<ListItemText primary={primary} secondary={secondary} />
									</ListItem>
								);
							})}
						</List>
					)
				}
			</QueryResult>
			{links.map(({ to, label, Count }) => (
				<Button key={to} fullWidth component={Link} to={to} endIcon={<Next aria-hidden />} sx={entry}>
					{Count ? (
						<Suspense fallback={label}>
							<Count>
								<Box component="span" sx={{ pr: 1.5 }}>
									{label}
								</Box>
							</Count>
						</Suspense>
					) : (
						label
					)}
				</Button>
			))}
			{organizations
				.filter(({ id, suspended }) => id !== organization_id && !suspended)
				.map((one) => (
					<WorkButton key={one.id} fullWidth sx={entry} work={() => enter(one.id)}>
						{one.name}
					</WorkButton>
				))}
			<SignOutButton sx={entry} />
		</AuthPage>
	);
}
