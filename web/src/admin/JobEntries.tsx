// The waiting and failed queue entries, and the log of an entry.
import { useState } from 'react';
import Alert from '@mui/material/Alert';
import Chip from '@mui/material/Chip';
import MenuItem from '@mui/material/MenuItem';
import Stack from '@mui/material/Stack';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useQuery } from '@tanstack/react-query';
import { useDataProvider, useTranslate } from 'ra-core';
import { colon } from '../i18n/i18n';
import { useAct } from '../data/act';
import type { Provider } from '../data/dataProvider';
import { FormDialog } from '../ui/FormDialog';
import { useFormats } from '../data/useFormats';
import { QueryResult } from '../ui/QueryResult';
import { Deed, Line, Lines, Panel } from '../ui/Panel';

const colors = { waiting: 'default', running: 'info', failed: 'error' } as const;
const queues = ['mail', 'imports', 'webhooks', 'pictures', 'embeddings', 'integrations', 'payments'];

interface Entry {
	id: string;
	queue: string;
	state: keyof typeof colors;
	organization: string | null;
	subject: string | null;
	attempts: number | null;
	due_at: string | null;
	error: string | null;
}

interface Attempt {
	at: string;
	outcome: string;
	error: string | null;
}

const EVERY = 5000;
const MOST = 50;

/** The failed attempts of an entry, or the failed runs of a scheduled job. */
export function JobLog({ id, name, close }: { id: string; name: string; close: () => void }) {
	const { ask } = useDataProvider<Provider>();
	const translate = useTranslate();
	const { dateTime } = useFormats();
	const query = useQuery({
		queryKey: ['jobs', 'log', id],
		gcTime: 0,
		queryFn: () => ask<Attempt[]>(`/api/operators/jobs/${encodeURIComponent(id)}/log`),
	});
	return (
		<FormDialog title={translate('admin.job_log_of', { name })} close={close}>
			<QueryResult query={query} empty={translate('admin.job_log_empty')}>
				{(all) => (
					<Lines>
						{all.map(({ at, outcome, error }) => (
							<Line
								key={at}
								title={dateTime(at)}
								note={[translate(`admin.outcomes.${outcome}`), error].filter(Boolean).join(' · ')}
							/>
						))}
					</Lines>
				)}
			</QueryResult>
		</FormDialog>
	);
}

function Choice({
	name,
	value,
	choices,
	label,
	choose,
}: {
	name: string;
	value: string;
	choices: [string, string][];
	label: string;
	choose: (value: string) => void;
}) {
	const translate = useTranslate();
	return (
		<TextField
			id={name}
			select
			value={value}
			label={label}
			sx={{ flex: '1 1 160px', maxWidth: 220 }}
			onChange={(event) => choose(event.target.value)}
			slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}
		>
			<MenuItem value="">{translate('admin.any')}</MenuItem>
			{choices.map(([key, text]) => (
				<MenuItem key={key} value={key}>
					{text}
				</MenuItem>
			))}
		</TextField>
	);
}

export default function JobEntries() {
	const { ask, tell } = useDataProvider<Provider>();
	const translate = useTranslate();
	const { dateTime } = useFormats();
	const [state, setState] = useState('');
	const [queue, setQueue] = useState('');
	const [shown, setShown] = useState<Entry>();
	const [asking, setAsking] = useState<Entry>();
	const [busy, act] = useAct();
	const query = useQuery({
		queryKey: ['jobs', 'entries', queue, state],
		refetchInterval: EVERY,
		queryFn: () =>
			ask<Entry[]>('/api/operators/jobs/entries', {
				queue: queue || undefined,
				state: state || undefined,
				limit: MOST,
			}),
	});
	const change = ({ id }: Entry, deed: string) =>
		tell(`/api/operators/jobs/${id}/${deed}`).then(() => query.refetch());
	// Returns the name of an entry. The subject of an email consists of its template and its recipient.
	const nameOf = ({ id, queue, subject }: Entry) => {
		const [template, recipient] = queue === 'mail' ? (subject?.split(' ') ?? []) : [];
		return recipient
			? `${translate(`admin.templates.${template}`, { _: template })}${colon()}${recipient}`
			: (subject ?? id);
	};
	const note = ({ queue, organization, attempts, due_at, error }: Entry) =>
		[
			translate(`admin.queues.${queue}`),
			organization,
			attempts && translate('admin.attempts', { smart_count: attempts }),
			due_at && translate('admin.next', { when: dateTime(due_at) }),
			error,
		]
			.filter(Boolean)
			.join(' · ');
	return (
		<Panel title={translate('admin.entries')} lead={translate('admin.entries_help')}>
			<Stack direction="row" useFlexGap sx={{ flexWrap: 'wrap', gap: 1.5, mb: 1 }}>
				<Choice
					name="job-state"
					value={state}
					label={translate('admin.state')}
					choose={setState}
					choices={Object.keys(colors).map((one) => [one, translate(`admin.outcomes.${one}`)])}
				/>
				<Choice
					name="job-queue"
					value={queue}
					label={translate('admin.of_queue')}
					choose={setQueue}
					choices={queues.map((one) => [one, translate(`admin.queues.${one}`)])}
				/>
			</Stack>
			<QueryResult query={query} empty={translate('admin.no_entries')}>
				{(entries) => (
					<>
						<Lines>
							{entries.map((entry) => (
								<Line
									key={entry.id + entry.state}
									title={nameOf(entry)}
									note={note(entry)}
									action={
										<>
											<Chip
												size="small"
												variant="outlined"
												color={colors[entry.state]}
												label={translate(`admin.outcomes.${entry.state}`)}
											/>
											<Deed
												does="admin.job_log"
												of={nameOf(entry)}
												onClick={() => setShown(entry)}
											/>
											{(entry.state === 'waiting' ||
												(entry.state === 'failed' &&
													!['imports', 'integrations', 'payments'].includes(
														entry.queue,
													))) && (
												<Deed
													does="admin.job_retry"
													of={nameOf(entry)}
													disabled={busy}
													onClick={() =>
														act(() => change(entry, 'retry'), 'admin.job_retried')
													}
												/>
											)}
											{entry.state === 'waiting' && entry.queue !== 'payments' && (
												<Deed
													does="admin.job_cancel"
													of={nameOf(entry)}
													color="error"
													disabled={busy}
													onClick={() => setAsking(entry)}
												/>
											)}
										</>
									}
								/>
							))}
						</Lines>
						{entries.length === MOST && (
							<Typography color="textSecondary">
								{translate('admin.first_entries', { n: MOST })}
							</Typography>
						)}
					</>
				)}
			</QueryResult>
			{shown && <JobLog id={shown.id} name={nameOf(shown)} close={() => setShown(undefined)} />}
			{asking && (
				<FormDialog
					danger
					title={translate('admin.job_cancel_what', { name: nameOf(asking) })}
					action={translate('admin.job_cancel')}
					submit={() => change(asking, 'cancel').then(() => setAsking(undefined))}
					close={() => setAsking(undefined)}
				>
					<Alert severity="warning">{translate('admin.job_cancel_help')}</Alert>
				</FormDialog>
			)}
		</Panel>
	);
}
