// The log of a job, its counts, and buttons that cancel the job or queue it again.
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import { useLocale, useRecordContext, useRefresh, useTranslate } from 'ra-core';
import { colon } from '../i18n/i18n';
import { useAct } from '../data/act';
import { send } from '../data/http';
import { may } from '../data/permissions';
import { useMe } from '../data/session';
import { Numbers } from './Numbers';

interface Entry {
	at: string;
	level: string;
	message: string;
}

/** The email that created a job, from the job's payload. */
interface Payload {
	mail?: { from?: string; subject?: string | null };
	files?: { title?: string }[];
	ignored?: string[];
}

export default function JobLog() {
	const translate = useTranslate();
	const locale = useLocale();
	const refresh = useRefresh();
	const me = useMe();
	const [busy, act] = useAct();
	const row = useRecordContext();
	const name = (one: string) => translate(`resources.integration_jobs.fields.${one}`);
	if (!row) return null;
	const become = (status: string) =>
		act(async () => {
			await send(`/api/integration_jobs/${row.id}`, { method: 'PATCH', body: { status } });
			refresh();
		});
	const { mail, files, ignored } = row.payload as Payload;
	const about =
		mail && Array.isArray(files) && Array.isArray(ignored)
			? [
					`${name('mail')}${colon()}${[mail.from, mail.subject].filter(Boolean).join(', ')}`,
					files.length && `${name('files')}${colon()}${files.map((file) => file?.title).join(', ')}`,
					ignored.length && `${name('ignored')}${colon()}${ignored.join(', ')}`,
				]
					.filter(Boolean)
					.join(' · ')
			: '';
	const waits = ['queued', 'running'].includes(row.status);
	return (
		<Box sx={{ p: 2 }}>
			{may(me, 'integration_jobs', 'update') && (
				<Stack direction="row" sx={{ gap: 1, mb: 2 }}>
					{(waits || (row.schedule && row.status !== 'cancelled')) && (
						<Button disabled={busy} color="error" onClick={() => become('cancelled')}>
							{name('cancel')}
						</Button>
					)}
					{!waits && (
						<Button disabled={busy} onClick={() => become('queued')}>
							{name('again')}
						</Button>
					)}
				</Stack>
			)}
			{about && (
				<Typography variant="body2" sx={{ mb: 1, overflowWrap: 'anywhere' }}>
					{about}
				</Typography>
			)}
			<Typography variant="body2" sx={{ mb: 2 }}>
				{Object.entries(row.counts as Record<string, number>)
					.map(([what, n]) => `${name(`count_${what}`)}${colon()}${n}`)
					.join(' · ')}
			</Typography>
			<Numbers
				label={name('log')}
				head={['at', 'message'].map(name)}
				lines={(row.log as Entry[]).map(({ at, message }) => [new Date(at).toLocaleString(locale), message])}
			/>
			{row.sample && (
				<Box component="pre" tabIndex={0} aria-label={name('sample')} sx={{ overflowX: 'auto' }}>
					{JSON.stringify(row.sample, null, 2)}
				</Box>
			)}
		</Box>
	);
}
