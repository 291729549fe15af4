// The queues and scheduled jobs of tenantry-jobs, refreshed every few seconds.
import { useState } from 'react';
import Check from '@mui/icons-material/CheckCircleOutlined';
import Fault from '@mui/icons-material/ErrorOutlined';
import Late from '@mui/icons-material/ScheduleOutlined';
import Alert from '@mui/material/Alert';
import Button from '@mui/material/Button';
import { useTranslate } from 'ra-core';
import { Link } from 'react-router-dom';
import { QueryResult } from '../ui/QueryResult';
import { useFormats } from '../data/useFormats';
import { Deed, Line, Lines, Panel } from '../ui/Panel';
import JobEntries, { JobLog } from './JobEntries';
import { BackupNotice, HostNotices, MailNotice, useJobs, type Backup, type Chore, type Queue } from './overview';

const PATIENCE = 5 * 60_000; // a periodic task records its runs once a minute

const old = (when: string) => Date.now() - new Date(when).getTime() > PATIENCE;
const last = (chores: Chore[]) =>
	chores
		.map(({ ended_at }) => ended_at)
		.sort()
		.at(-1);

function Queues({ queues }: { queues: Queue[] }) {
	const translate = useTranslate();
	const { ago, count } = useFormats();
	return (
		<Lines>
			{queues.map(({ name, waiting, since, attempts, error }) => (
				<Line
					key={name}
					title={translate(`admin.queues.${name}`)}
					icon={
						since && old(since) ? (
							<Late color="warning" />
						) : (
							<Check color={waiting ? 'action' : 'success'} />
						)
					}
					note={
						waiting === 0
							? translate('admin.idle')
							: [
									translate('admin.waiting', { smart_count: waiting, n: count(waiting) }),
									since && translate('admin.due', { when: ago(since) }),
									attempts && error && translate('admin.attempts', { smart_count: attempts }),
									error,
								]
									.filter(Boolean)
									.join(', ')
					}
				/>
			))}
		</Lines>
	);
}

function Chores({ chores }: { chores: Chore[] }) {
	const translate = useTranslate();
	const { ago, count, dateTime } = useFormats();
	const [shown, setShown] = useState<string>();
	const nameOf = (name: string) => translate(`admin.chores.${name}`, { _: name.replace(/_/g, ' ') });
	const heard = last(chores);
	return (
		<>
			{heard && old(heard) && (
				<Alert severity="warning" sx={{ mb: 1 }}>
					{translate('admin.silent', { when: ago(heard) })}
				</Alert>
			)}
			<Lines>
				{chores.map(({ name, ended_at, took_ms, failed, failed_at, next_at }) => (
					<Line
						key={name}
						icon={failed ? <Fault color="error" /> : <Check color="success" />}
						title={nameOf(name)}
						action={
							failed_at && <Deed does="admin.job_log" of={nameOf(name)} onClick={() => setShown(name)} />
						}
						note={[
							translate(failed ? 'admin.failed' : 'admin.done', { when: ago(ended_at) }),
							translate('admin.took', { ms: count(took_ms) }),
							next_at && translate('admin.next', { when: dateTime(next_at) }),
							!failed && failed_at && translate('admin.failed_last', { when: dateTime(failed_at) }),
						]
							.filter(Boolean)
							.join(' · ')}
					/>
				))}
			</Lines>
			{shown && <JobLog id={`tasks-${shown}`} name={nameOf(shown)} close={() => setShown(undefined)} />}
		</>
	);
}

const MIB = 1024 * 1024;

function Backups({ list }: { list: Backup[] }) {
	const translate = useTranslate();
	const { ago, count } = useFormats();
	return (
		<Lines>
			{list.slice(0, 7).map(({ started_at, ended_at, state, name, place, bytes, reason }) => (
				<Line
					key={started_at}
					icon={state === 'failed' ? <Fault color="error" /> : <Check color="success" />}
					title={name ?? translate('admin.no_backup')}
					note={[
						translate(state === 'failed' ? 'admin.failed' : 'admin.verified', { when: ago(ended_at) }),
						bytes && translate('admin.mebibytes', { n: count(Math.ceil(bytes / MIB)) }),
						reason ?? place,
					]
						.filter(Boolean)
						.join(' · ')}
				/>
			))}
		</Lines>
	);
}

export default function Jobs() {
	const translate = useTranslate();
	const { count } = useFormats();
	const query = useJobs();
	return (
		<>
			<HostNotices />
			<Panel title={translate('admin.queue')} lead={translate('admin.queue_help')}>
				<QueryResult query={query}>
					{({ queues, mail_failed }) => (
						<>
							<MailNotice />
							{mail_failed > 0 && (
								<Alert
									severity="warning"
									sx={{ mb: 1 }}
									action={
										<Button color="inherit" size="small" component={Link} to="/administration/mail">
											{translate('admin.parts.mail')}
										</Button>
									}
								>
									{translate('admin.mail_failed', {
										smart_count: mail_failed,
										n: count(mail_failed),
									})}
								</Alert>
							)}
							<Queues queues={queues} />
						</>
					)}
				</QueryResult>
			</Panel>
			<JobEntries />
			<Panel title={translate('admin.backup')} lead={translate('admin.backup_help')}>
				<QueryResult query={query}>
					{({ backups }) =>
						backups.list.length ? (
							<>
								<BackupNotice />
								<Backups list={backups.list} />
							</>
						) : (
							<Alert severity="info">{translate('admin.backup_none')}</Alert>
						)
					}
				</QueryResult>
			</Panel>
			<Panel title={translate('admin.chore')} lead={translate('admin.chore_help')}>
				<QueryResult query={query}>
					{({ chores }) =>
						chores.length ? (
							<Chores chores={chores} />
						) : (
							<Alert severity="info">{translate('admin.never')}</Alert>
						)
					}
				</QueryResult>
			</Panel>
		</>
	);
}
