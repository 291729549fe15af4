// The activity of a contact or deal.
import { useState } from 'react';
import Call from '@mui/icons-material/CallOutlined';
import Task from '@mui/icons-material/CheckCircleOutlined';
import Mail from '@mui/icons-material/EmailOutlined';
import Meeting from '@mui/icons-material/GroupsOutlined';
import Note from '@mui/icons-material/StickyNote2Outlined';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import { useGetList, useRecordContext, useResourceContext, useTranslate, type RaRecord } from 'ra-core';
import { Ago } from './Ago';
import { QueryResult } from './QueryResult';
import { Colleague } from './People';

interface Entry extends RaRecord<string> {
	type: string;
	date: string;
	subject: string | null;
	text: string | null;
}

const icons: Record<string, typeof Note> =
	{ call: Call, email: Mail, meeting: Meeting, task: Task, note: Note };

function Line({ entry }: { entry: Entry }) {
	const translate = useTranslate();
	const Icon = icons[entry.type] ?? Note;
	return (
		<Stack component="li" direction="row" spacing={2}>
			<Icon color="action" aria-hidden />
			<Box sx={{ minWidth: 0 }}>
				{entry.subject && <Typography sx={{ fontWeight: 600, overflowWrap: 'anywhere' }}>{entry.subject}</Typography>}
				<Typography sx={{ whiteSpace: 'pre-line', overflowWrap: 'anywhere' }}>{entry.text}</Typography>
				<Typography variant="body2" color="textSecondary">
					{translate(`app.entries.${entry.type}`, { _: entry.type })}{' · '}
					<Colleague record={entry} />{' · '}
					<Ago value={entry.date} />
				</Typography>
			</Box>
		</Stack>
	);
}

/** The activity of the current contact or deal, newest first. */
export function Timeline() {
	const translate = useTranslate();
	const row = useRecordContext()!;
	const refer = useResourceContext() === 'deals' ? 'deal_id' : 'contact_id';
	const [most, setMost] = useState(25);
	const query = useGetList<Entry>('timeline', { filter: { [refer]: row.id },
		sort: { field: 'date', order: 'DESC' }, pagination: { page: 1, perPage: most } });
	return (
		<QueryResult query={query} empty={translate('app.no_activity')}>
			{(data) => (
				<>
					<Stack component="ul" spacing={2.5} sx={{ listStyle: 'none', m: 0, p: 0 }}>
						{data.map((entry) => <Line key={entry.id} entry={entry} />)}
					</Stack>
					{query.total! > data.length && (
						<Button sx={{ mt: 2 }} onClick={() => setMost(most + 25)}>{translate('app.more')}</Button>
					)}
				</>
			)}
		</QueryResult>
	);
}
