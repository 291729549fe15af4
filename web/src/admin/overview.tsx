// The state of the background jobs, which several administration pages show.
import Alert from '@mui/material/Alert';
import { useQuery } from '@tanstack/react-query';
import { useDataProvider, useTranslate } from 'ra-core';
import { useFormats } from '../data/useFormats';
import type { Provider } from '../data/dataProvider';

export interface Queue {
	name: string;
	waiting: number;
	due: number;
	since: string | null;
	/** The entry that has waited longest. */
	attempts: number | null;
	error: string | null;
}

export interface Chore {
	name: string;
	ended_at: string;
	took_ms: number;
	failed: boolean;
	failed_at: string | null;
	next_at: string | null;
}

export interface Backup {
	started_at: string;
	ended_at: string;
	state: 'verified' | 'failed';
	name: string | null;
	place: string;
	bytes: number | null;
	reason: string | null;
}

/** A problem with the machine. amount is a time in seconds, or a number of bytes. */
interface HostProblem {
	problem: string;
	amount: number | null;
	error: string | null;
}

interface Overview {
	queues: Queue[];
	mail_failed: number;
	mail_configured: boolean;
	chores: Chore[];
	host: HostProblem[];
	backups: { list: Backup[]; verified_at: string | null; wrong: 'failed' | 'old' | null };
}

const EVERY = 5000;

export function useJobs() {
	const { ask } = useDataProvider<Provider>();
	return useQuery({
		queryKey: ['jobs'],
		refetchInterval: EVERY,
		queryFn: () => ask<Overview>('/api/operators/jobs'),
	});
}

/** Warns that the certificate is about to expire, or that the disk is nearly full. */
export function HostNotices() {
	const translate = useTranslate();
	const { dateTime, count } = useFormats();
	return useJobs().data?.host.map(({ problem, amount, error }) => (
		<Alert key={problem} severity={/(ed|full)$/.test(problem) ? 'error' : 'warning'} sx={{ mb: 1 }}>
			{translate(`admin.host.${problem}`, {
				error,
				when: dateTime(new Date(Number(amount) * 1000).toISOString()),
				n: count(Math.round(Number(amount) / 1048576)),
			})}
		</Alert>
	));
}

/** Warns that the last backup failed, or that there is no backup from the last two days. */
export function BackupNotice() {
	const translate = useTranslate();
	const { dateTime } = useFormats();
	const backups = useJobs().data?.backups;
	return (
		backups?.wrong && (
			<Alert severity="error" sx={{ mb: 1 }}>
				{translate(`admin.backup_${backups.wrong}`)}{' '}
				{backups.verified_at
					? translate('admin.backup_last', { when: dateTime(backups.verified_at) })
					: translate('admin.backup_none')}
			</Alert>
		)
	);
}

/** Warns that emails are not sent, and explains how to change this. */
export function MailNotice() {
	const translate = useTranslate();
	return (
		useJobs().data?.mail_configured === false && (
			<Alert severity="warning" sx={{ mb: 1 }}>
				{translate('admin.no_smtp')}
			</Alert>
		)
	);
}
