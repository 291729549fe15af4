// The state of the background jobs, which the pages of the administration share.
import Alert from '@mui/material/Alert';
import { useQuery } from '@tanstack/react-query';
import { useDataProvider, useTranslate } from 'ra-core';
import type { Provider } from '../app/dataProvider';

export interface Queue {
	name: string;
	waiting: number;
	due: number;
	since: string | null;
}

export interface Chore {
	name: string;
	ended_at: string;
	took_ms: number;
	failed: boolean;
	failed_at: string | null;
}

interface Overview {
	queues: Queue[];
	mail_failed: number;
	mail_configured: boolean;
	chores: Chore[];
}

const EVERY = 5000;

export function useJobs() {
	const { ask } = useDataProvider<Provider>();
	return useQuery({ queryKey: ['jobs'], refetchInterval: EVERY, queryFn: () => ask<Overview>('/api/operators/jobs') });
}

/** Says that no mail is sent, and how to change that. */
export function MailNotice() {
	const translate = useTranslate();
	return useJobs().data?.mail_configured === false
		&& <Alert severity="warning" sx={{ mb: 1 }}>{translate('admin.no_smtp')}</Alert>;
}
