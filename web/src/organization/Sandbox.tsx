// Creates a sandbox or, inside a sandbox, shows its withheld emails and permitted hosts, and resets it.
import { useState, type FormEvent } from 'react';
import Button from '@mui/material/Button';
import Stack from '@mui/material/Stack';
import TextField from '@mui/material/TextField';
import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslate } from 'ra-core';
import { useAct } from '../data/act';
import { send } from '../data/http';
import { useMe } from '../data/session';
import { useFormats } from '../data/useFormats';
import { FormDialog } from '../ui/FormDialog';
import { Line, Lines, Panel } from '../ui/Panel';
import { QueryResult } from '../ui/QueryResult';
import { enter } from './queries';

interface Mail {
	id: number;
	created_at: string;
	template: string;
	recipient: string;
	data: Record<string, string | string[]> | null;
}

const AT = '/api/sandbox';
const hostsQuery = queryOptions({
	queryKey: ['sandbox'],
	queryFn: async () => (await send<{ hosts: string[] }>(AT)).json.hosts,
});
const mailsQuery = queryOptions({
	queryKey: ['sandbox', 'mails'],
	queryFn: async () => (await send<Mail[]>(`${AT}/mails`)).json,
});

/** Creates a sandbox with the organization's settings, and opens it. */
function Create() {
	const translate = useTranslate();
	const [busy, act] = useAct();
	const create = (event: FormEvent<HTMLFormElement>) => {
		event.preventDefault();
		const body = { name: new FormData(event.currentTarget).get('sandbox_name') };
		void act(async () => enter((await send<{ id: string }>('/api/sandboxes', { method: 'POST', body })).json.id));
	};
	return (
		<Panel title={translate('organization.sandbox.title')} lead={translate('organization.sandbox.help')}>
			<Stack component="form" onSubmit={create} direction={{ xs: 'column', sm: 'row' }} spacing={2}>
				<TextField
					id="sandbox_name"
					name="sandbox_name"
					required
					label={translate('organization.sandbox.name')}
					sx={{ maxWidth: 420 }}
					slotProps={{ htmlInput: { maxLength: 200 } }}
				/>
				<Button type="submit" variant="contained" disabled={busy} sx={{ alignSelf: 'flex-start' }}>
					{translate('organization.sandbox.create')}
				</Button>
			</Stack>
		</Panel>
	);
}

function Hosts() {
	const translate = useTranslate();
	const query = useQuery(hostsQuery);
	const [busy, act] = useAct();
	const save = (event: FormEvent<HTMLFormElement>) => {
		event.preventDefault();
		const text = new FormData(event.currentTarget).get('hosts') as string;
		const body = { hosts: text.split(/[\s,]+/).filter(Boolean) };
		void act(() => send(AT, { method: 'PUT', body }).then(() => query.refetch()), 'profile.saved');
	};
	return (
		<QueryResult query={query}>
			{(hosts) => (
				<Stack key={hosts.join()} component="form" onSubmit={save} spacing={2}>
					<TextField
						id="hosts"
						name="hosts"
						multiline
						fullWidth
						defaultValue={hosts.join('\n')}
						label={translate('organization.sandbox.hosts')}
						helperText={translate('organization.sandbox.hosts_help')}
					/>
					<Button type="submit" variant="contained" disabled={busy} sx={{ alignSelf: 'flex-start' }}>
						{translate('ra.action.save')}
					</Button>
				</Stack>
			)}
		</QueryResult>
	);
}

function Mails() {
	const translate = useTranslate();
	const { dateTime } = useFormats();
	return (
		<Panel title={translate('organization.sandbox.mails')} lead={translate('organization.sandbox.mails_help')}>
			<QueryResult query={useQuery(mailsQuery)}>
				{(mails) => (
					<Lines>
						{mails.map(({ id, created_at, template, recipient, data }) => (
							<Line
								key={id}
								title={recipient}
								note={[
									translate(`admin.templates.${template}`, { _: template }),
									dateTime(created_at),
									...Object.values(data ?? {}).flat(),
								].join(' · ')}
							/>
						))}
					</Lines>
				)}
			</QueryResult>
		</Panel>
	);
}

function Reset() {
	const translate = useTranslate();
	const client = useQueryClient();
	const [open, setOpen] = useState(false);
	const text = translate('organization.sandbox.reset');
	return (
		<Panel
			title={text}
			lead={translate('organization.sandbox.reset_help')}
			action={
				<Button variant="outlined" color="error" onClick={() => setOpen(true)}>
					{text}
				</Button>
			}
		>
			{open && (
				<FormDialog
					danger
					title={text}
					lead={translate('organization.sandbox.reset_sure')}
					action={text}
					close={() => setOpen(false)}
					submit={async () => {
						await send(`${AT}/reset`, { method: 'POST' });
						await client.invalidateQueries();
						setOpen(false);
					}}
				/>
			)}
		</Panel>
	);
}

export function Sandbox() {
	const translate = useTranslate();
	if (!useMe().sandbox) return <Create />;
	return (
		<>
			<Panel title={translate('organization.sandbox.title')} lead={translate('organization.sandbox.banner')}>
				<Hosts />
			</Panel>
			<Mails />
			<Reset />
		</>
	);
}
