// The settings and secrets of an integration, and the test of its connection.
import { useState } from 'react';
import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Stack from '@mui/material/Stack';
import TextField from '@mui/material/TextField';
import { useQuery } from '@tanstack/react-query';
import { useRecordContext, useRefresh, useTranslate, type RaRecord } from 'ra-core';
import { useAct } from '../data/act';
import { send } from '../data/http';
import { may } from '../data/permissions';
import { Secret } from '../ui/Secret';
import { useMe } from '../data/session';

interface Job {
	id: number;
	status: string;
	error: string | null;
	/** Sample rows of the other system, or the address of a mailbox. */
	sample: { address?: string }[] | null;
}

const name = (one: string) => `resources.integration_configs.fields.${one}`;

/** The result of the last test, if any. */
function Tested({ id, mail }: { id: number; mail: boolean }) {
	const translate = useTranslate();
	const { data: job } = useQuery({
		queryKey: ['integration_test', id],
		queryFn: async () => (await send<Job>(`/api/integration_jobs/${id}`)).json,
		refetchInterval: ({ state }) => (['succeeded', 'failed'].includes(state.data?.status ?? '') ? false : 1000),
	});
	return (
		<Box role="status">
			{job?.status === 'failed' ? (
				<Alert severity="error">{job.error}</Alert>
			) : job?.status !== 'succeeded' ? (
				translate(name('test_waits'))
			) : mail ? (
				<>
					<Alert severity="success" sx={{ mb: 1 }}>
						{translate(name('mail_good'))}
					</Alert>
					<Secret text={job.sample?.[0]?.address ?? ''} label={translate(name('mail_address'))} />
				</>
			) : (
				<>
					<Alert severity="success">{translate(name('test_good'))}</Alert>
					<Box component="pre" tabIndex={0} sx={{ overflowX: 'auto' }}>
						{JSON.stringify(job.sample, null, 2)}
					</Box>
				</>
			)}
		</Box>
	);
}

/** Inputs for the incoming mail settings, which are also part of the JSON text of all settings. */
function MailSettings({
	value,
	disabled,
	change,
}: {
	value: Record<string, unknown>;
	disabled: boolean;
	change: (value: Record<string, unknown>) => void;
}) {
	const translate = useTranslate();
	const field = (one: string) => (
		<TextField
			key={one}
			id={`mail-${one}`}
			size="small"
			fullWidth
			label={translate(name(one))}
			helperText={translate(name(`${one}_help`))}
			disabled={disabled}
			value={value[one] ?? ''}
			onChange={({ target }) => {
				const { [one]: _, ...others } = value;
				change(target.value ? { ...value, [one]: target.value } : others);
			}}
		/>
	);
	return <Stack sx={{ gap: 2, width: '100%', maxWidth: 480 }}>{['mailbox', 'attachment'].map(field)}</Stack>;
}

function Settings({ row }: { row: RaRecord }) {
	const translate = useTranslate();
	const refresh = useRefresh();
	const me = useMe();
	const [busy, act] = useAct();
	const [settings, setSettings] = useState(JSON.stringify(row.settings, null, 2));
	const [secret, setSecret] = useState({ name: '', value: '' });
	const [test, setTest] = useState<number>();
	let value: unknown;
	try {
		value = JSON.parse(settings);
	} catch {
		/* the field itself shows the error */
	}
	const path = `/api/integration_configs/${row.id}`;
	const keep = () =>
		act(async () => {
			await send(path, { method: 'PATCH', body: { settings: value } });
			refresh();
		}, 'profile.saved');
	const keepSecret = () =>
		act(async () => {
			await send(`${path}/secret`, { method: 'PUT', body: secret });
			setSecret({ name: '', value: '' });
			refresh();
		}, 'profile.saved');
	const begin = () =>
		act(async () =>
			setTest(
				(
					await send<Job>('/api/integration_jobs', {
						method: 'POST',
						body: { integration_id: row.id, kind: 'test' },
					})
				).json.id,
			),
		);
	const same = JSON.stringify(value) === JSON.stringify(row.settings);
	const writes = may(me, 'integration_configs', 'update');
	const mail = row.type === 'email_in';
	return (
		<Stack sx={{ p: 2, gap: 2, alignItems: 'flex-start' }}>
			{mail && (
				<MailSettings
					value={typeof value === 'object' && value ? (value as Record<string, unknown>) : {}}
					disabled={!writes || value === undefined}
					change={(changed) => setSettings(JSON.stringify(changed, null, 2))}
				/>
			)}
			<TextField
				id="integration-settings"
				multiline
				fullWidth
				minRows={4}
				label={translate(name('settings'))}
				helperText={translate(name(mail ? 'mail_settings_help' : 'settings_help'))}
				value={settings}
				error={value === undefined}
				disabled={!writes}
				onChange={({ target }) => setSettings(target.value)}
			/>
			{writes && (
				<>
					<Button variant="contained" disabled={busy || value === undefined || same} onClick={keep}>
						{translate('ra.action.save')}
					</Button>
					{!mail && (
						<Stack direction="row" useFlexGap sx={{ gap: 1, flexWrap: 'wrap', alignItems: 'center' }}>
							<TextField
								id="secret-name"
								size="small"
								label={translate(name('secret_name'))}
								value={secret.name}
								onChange={({ target }) => setSecret({ ...secret, name: target.value })}
							/>
							<TextField
								id="secret-value"
								size="small"
								type="password"
								autoComplete="off"
								label={translate(name('secret_value'))}
								value={secret.value}
								onChange={({ target }) => setSecret({ ...secret, value: target.value })}
							/>
							<Button disabled={busy || !secret.name || !secret.value} onClick={keepSecret}>
								{translate(name('secret_keep'))}
							</Button>
						</Stack>
					)}
				</>
			)}
			{may(me, 'integration_jobs', 'create') && (
				<Button disabled={busy} onClick={begin}>
					{translate(name(mail ? 'mail_test' : 'test'))}
				</Button>
			)}
			{test !== undefined && <Tested key={test} id={test} mail={mail} />}
		</Stack>
	);
}

export default function Connection() {
	const row = useRecordContext();
	return row && <Settings key={row.id} row={row} />;
}
