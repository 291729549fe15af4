import { useState, type JSX } from 'react';
import Added from '@mui/icons-material/AddCircleOutlined';
import Deleted from '@mui/icons-material/RemoveCircleOutlined';
import Changed from '@mui/icons-material/EditOutlined';
import Imported from '@mui/icons-material/HistoryOutlined';
import Button from '@mui/material/Button';
import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { useGetManyAggregate, useTranslate, type RaRecord } from 'ra-core';
import { colon } from '../i18n/i18n';
import { useResourceName } from '../data/resourceName';
import { Link } from 'react-router-dom';
import { useFormats } from '../data/useFormats';
import { useLabel } from '../records/label';
import { Line } from '../ui/Panel';
import { useResource, useRowName } from '../records/resources';
import { touched } from '../ui/theme';
import { usePageOf } from '../records/usePageOf';
import { empty, Value } from '../records/values';

export interface Entries {
	id: number;
	at: string;
	user_id: string | null;
	name: string | null;
	impersonator: string | null;
	resource: string;
	row_id: string;
	/** insert, update or delete. Entries that were migrated from other systems have different actions. */
	action: string;
	changes: Record<string, { old: unknown; new: unknown }>;
	address: string | null;
}

const icons: Record<string, JSX.Element> = {
	insert: <Added color="success" />,
	update: <Changed color="action" />,
	delete: <Deleted color="error" />,
};

// Resources that the catalogue omits because only a settings page shows them.
const undescribed = ['webhooks'];

// Fields that are irrelevant to users: ID and timestamps.
const dull = ['id', 'created_at', 'updated_at'];

/** The name of a record of this resource, if its values include a name. */
function named(resource: string, of: (member: string) => unknown) {
	return (
		[of('first_name'), of('last_name')].filter(Boolean).join(' ') ||
		([
			'name',
			resource === 'contacts' ? '' : 'title',
			'subject',
			'description',
			'holder',
			'code',
			'tier',
			'reason',
			'email',
			'url',
		]
			.map(of)
			.find((text) => typeof text === 'string' && text && text.length < 100) as string | undefined)
	);
}

/** The name of the record, if the entry contains it: when the record was created, deleted or renamed. */
const called = ({ resource, changes }: Entries) =>
	named(resource, (member) => changes[member]?.new ?? changes[member]?.old);

function Changes({ entry: { resource, changes } }: { entry: Entries }) {
	const label = useLabel();
	const row = { id: 0, currency: changes.currency?.new ?? changes.currency?.old };
	return (
		<Box
			component="dl"
			sx={{
				m: 0,
				mt: 1,
				flexBasis: '100%',
				display: 'grid',
				columnGap: 2,
				rowGap: 0.5,
				gridTemplateColumns: { sm: 'minmax(120px, max-content) minmax(0, 1fr)' },
			}}
		>
			{Object.entries(changes)
				.filter(([member, { old, new: now }]) => !dull.includes(member) && !(empty(old) && empty(now)))
				.map(([member, { old, new: now }]) => (
					<Box key={member} sx={{ display: 'contents' }}>
						<Typography component="dt" variant="body2" color="textSecondary">
							{label({ resource, source: member })}
						</Typography>
						<Typography
							component="dd"
							variant="body2"
							color="textPrimary"
							sx={{ m: 0, overflowWrap: 'anywhere' }}
						>
							{!empty(old) && (
								<>
									<Value {...{ resource, member, row }} value={old} /> →{' '}
								</>
							)}
							<Value {...{ resource, member, row }} value={now} />
						</Typography>
					</Box>
				))}
		</Box>
	);
}

/** Returns the entries grouped by action, oldest entry last. All writes of a request have the same time. */
export const inActions = (entries: Entries[]): Entries[][] =>
	entries.reduce<Entries[][]>((actions, entry) => {
		const last = actions.at(-1);
		if (last?.[0]?.at === entry.at && last[0].user_id === entry.user_id) last.push(entry);
		else actions.push([entry]);
		return actions;
	}, []);

/** Returns whether the record of an entry may still exist, and has an ID with which it can be read. */
const lasts = ({ action, row_id }: Entries) => action !== 'delete' && /^\d+$/.test(row_id);

/** Returns the result of called() or, if the record still exists and can be read, its current name. */
function useCalled(entry: Entries) {
	const own = called(entry);
	const described = useResource(entry.resource);
	const listed = described ? (described.verbs?.includes('list') ?? true) : undescribed.includes(entry.resource);
	const nameOf = useRowName(entry.resource);
	const { data } = useGetManyAggregate<RaRecord>(
		entry.resource,
		{ ids: [Number(entry.row_id)] },
		{ enabled: !own && lasts(entry) && listed },
	);
	const row = data?.[0];
	return own ?? (row && ((described && nameOf(row)) || named(entry.resource, (member) => row[member])));
}

export function Entry({ entries }: { entries: Entries[] }) {
	const translate = useTranslate();
	const resourceName = useResourceName();
	const pageOf = usePageOf();
	const { dateTime } = useFormats();
	const [open, setOpen] = useState(false);
	const entry = entries.at(-1)!;
	const { id, action, resource, row_id, name, user_id, impersonator, address, at } = entry;
	const more = entries.length - 1;
	const page = lasts(entry) ? pageOf({ resource, id: Number(row_id) }) : undefined;
	const titled = ({ resource: of }: Entries, text?: string) => [resourceName(of), text].filter(Boolean).join(' · ');
	const title = titled(entry, useCalled(entry));
	return (
		<Line
			icon={icons[action] ?? <Imported color="action" />}
			title={
				page ? (
					<Box component={Link} to={page} sx={{ color: 'inherit', ...touched }}>
						{title}
					</Box>
				) : (
					title
				)
			}
			note={
				<>
					{[
						translate(`i18n.history.${action}`, { _: action }),
						name ??
							translate(
								action === 'console'
									? 'audit.operator'
									: user_id
										? 'audit.gone'
										: 'i18n.history.nobody',
							),
						impersonator && translate('profile.impersonated'),
						address,
						more > 0 && translate('audit.more', { smart_count: more }),
					]
						.filter(Boolean)
						.join(' · ')}
					{' · '}
					<time dateTime={at}>{dateTime(at)}</time>
					<Box id={`entry-${id}`} hidden={!open}>
						{open &&
							[...entries].reverse().map((one) => (
								<Box key={one.id}>
									{more > 0 && (
										<Typography variant="body2" color="textPrimary" sx={{ mt: 1, fontWeight: 600 }}>
											{translate(`i18n.history.${one.action}`, { _: one.action })}
											{colon()}
											{titled(one, called(one))}
										</Typography>
									)}
									<Changes entry={one} />
								</Box>
							))}
					</Box>
				</>
			}
			action={
				<Button
					size="small"
					aria-expanded={open}
					aria-controls={`entry-${id}`}
					onClick={() => setOpen(!open)}
					aria-label={`${translate('audit.what')}: ${title}`}
				>
					{translate('audit.what')}
				</Button>
			}
		/>
	);
}
