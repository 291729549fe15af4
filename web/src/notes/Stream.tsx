// The events of a contact or a deal, newest first: notes, calls, meetings, emails, tasks and changes.
import { Fragment, useState, type ReactNode } from 'react';
import Call from '@mui/icons-material/CallOutlined';
import Task from '@mui/icons-material/CheckCircleOutlined';
import Mail from '@mui/icons-material/EmailOutlined';
import Meeting from '@mui/icons-material/GroupsOutlined';
import Note from '@mui/icons-material/StickyNote2Outlined';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Skeleton from '@mui/material/Skeleton';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import { useGetList, useRecordContext, useResourceContext, useTranslate, type RaRecord } from 'ra-core';
import { Ago } from '../ui/Ago';
import { Allowed } from '../ui/Allowed';
import { dayBounds, dayKey } from '../i18n/formats';
import { ChangeLine, useHistory } from '../records/History';
import { Colleague } from '../records/People';
import { labelOf, useConfiguration } from '../data/configuration';
import { useMay } from '../data/permissions';
import { QueryError } from '../ui/QueryResult';
import { useSave } from '../records/save';
import { Composer, NoteEntry, type About, type Note as NoteRow } from './Notes';

const PAGE = 25;

interface Entry extends RaRecord<string> {
	resource: string;
	row_id: number;
	type: string;
	date: string;
	subject: string | null;
	text: string | null;
}

const icons: Record<string, typeof Note> = { call: Call, email: Mail, meeting: Meeting, task: Task, note: Note };

function Line({ entry }: { entry: Entry }) {
	const translate = useTranslate();
	const { taskTypes } = useConfiguration();
	const Icon = icons[entry.type] ?? Note;
	// The subject of a task in the timeline is its type.
	const task = entry.type === 'task';
	const subject = task ? entry.text : entry.subject;
	const kinds = [
		translate(`i18n.entries.${entry.type}`, { _: entry.type }),
		...(task && entry.subject && entry.subject !== 'none' ? [labelOf(taskTypes, entry.subject)] : []),
	];
	return (
		<Stack component="li" direction="row" spacing={2}>
			<Icon color="action" aria-hidden />
			<Box sx={{ minWidth: 0 }}>
				{subject && <Typography sx={{ fontWeight: 600, overflowWrap: 'anywhere' }}>{subject}</Typography>}
				{!task && (
					<Typography sx={{ whiteSpace: 'pre-line', overflowWrap: 'anywhere' }}>{entry.text}</Typography>
				)}
				<Typography variant="body2" color="textSecondary">
					{kinds.join(' · ')}
					{' · '}
					<Colleague record={entry} />
					{' · '}
					<Ago value={entry.date} />
				</Typography>
			</Box>
		</Stack>
	);
}

/** `add` returns additional values for a new note about the record. */
export function Stream({ resource, target, add }: Omit<About, 'id' | 'add'> & { add?: (row: RaRecord) => object }) {
	const translate = useTranslate();
	const about = useResourceContext()!;
	const row = useRecordContext()!;
	const [most, setMost] = useState(PAGE);
	const { save, dialog } = useSave(resource);
	// The list of tasks shows tasks with later dates.
	const filter = { [target]: row.id, 'date@lt': dayBounds(dayKey(new Date()))[1] };
	const newest = { filter, sort: { field: 'date', order: 'DESC' }, pagination: { page: 1, perPage: most } } as const;
	const timeline = useGetList<Entry>('timeline', newest);
	const mayRead = useMay(resource, 'read');
	// Notes have fields that the timeline omits.
	const { data: notes = [] } = useGetList<NoteRow>(resource, newest, { enabled: mayRead });
	const history = useHistory(about, row.id);
	const entries = timeline.data ?? [];
	const changes = history.data?.pages.flat() ?? [];
	const entryOf = (entry: Entry): ReactNode => {
		const note = entry.resource === resource && notes.find(({ id }) => id === entry.row_id);
		return note ? <NoteEntry resource={resource} note={note} save={save} /> : <Line entry={entry} />;
	};
	// While one list has more entries to load, older entries of the other list are not shown.
	const more = timeline.total !== undefined && timeline.total > entries.length;
	const since = Math.max(
		...[more && entries.at(-1)?.date, history.hasNextPage && changes.at(-1)?.at].map((at) =>
			at ? Date.parse(at) : 0,
		),
	);
	const all = [
		...entries.map((entry) => ({ key: entry.id, at: Date.parse(entry.date), line: entryOf(entry) })),
		...changes.map((change) => ({
			key: `change.${change.id}`,
			at: Date.parse(change.at),
			line: <ChangeLine resource={about} change={change} />,
		})),
	]
		.filter(({ at }) => at >= since)
		.sort((one, other) => other.at - one.at);
	const failed = [timeline, history].filter(({ error }) => error);
	return (
		<>
			{dialog}
			<Allowed resource={resource} action="create">
				<Composer resource={resource} target={target} id={row.id} add={add?.(row)} />
			</Allowed>
			<Stack spacing={2}>
				{failed.map((query, n) => (
					<QueryError key={n} error={query.error} again={query.refetch} />
				))}
				{timeline.isPending || history.isPending ? (
					<Skeleton height={120} />
				) : (
					<Stack component="ul" spacing={2} sx={{ listStyle: 'none', m: 0, p: 0 }}>
						{all.map(({ key, line }) => (
							<Fragment key={key}>{line}</Fragment>
						))}
					</Stack>
				)}
			</Stack>
			{(more || history.hasNextPage) && (
				<Button
					sx={{ mt: 2 }}
					onClick={() => {
						setMost(most + PAGE);
						if (history.hasNextPage) void history.fetchNextPage();
					}}
				>
					{translate('i18n.more')}
				</Button>
			)}
		</>
	);
}
