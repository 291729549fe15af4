// The form for a first message to a contact. The address is used as the thread ID, so a reply without a thread ID
// belongs to the same conversation.
import { useState } from 'react';
import Add from '@mui/icons-material/Add';
import Button from '@mui/material/Button';
import MenuItem from '@mui/material/MenuItem';
import { useDataProvider, useNotify, useRefresh, useTranslate } from 'ra-core';
import type { Contact } from '../contacts/contact';
import type { Provider } from '../data/dataProvider';
import { Ask, FormDialog, type Answers } from '../ui/FormDialog';
import { channels } from './channel';
import { ways } from './message';

function Form({ contact, close }: { contact: Contact; close: () => void }) {
	const { tell } = useDataProvider<Provider>();
	const translate = useTranslate();
	const notify = useNotify();
	const refresh = useRefresh();
	const [status, setStatus] = useState(ways[0]!);
	const save = async ({ channel, recipient, subject, body }: Answers) => {
		await tell('/api/messages', {
			channel,
			recipient,
			body,
			status,
			subject: subject || null,
			thread_id: recipient,
			contact_id: contact.id,
			direction: 'outbound',
		});
		notify(`messages.kept.${status}`, { type: 'success' });
		close();
		refresh();
	};
	return (
		<FormDialog
			title={translate('messages.compose')}
			action={translate(`messages.ways.${status}`)}
			submit={save}
			close={close}
		>
			<Ask name="channel" select defaultValue="email" label={translate('messages.channel')}>
				{Object.keys(channels).map((one) => (
					<MenuItem key={one} value={one}>
						{translate(`messages.channels.${one}`)}
					</MenuItem>
				))}
			</Ask>
			<Ask
				name="recipient"
				autoComplete="off"
				label={translate('resources.messages.fields.recipient')}
				defaultValue={contact.email_jsonb?.[0]?.email ?? contact.phone_jsonb?.[0]?.number}
			/>
			<Ask name="subject" required={false} autoComplete="off" label={translate('messages.subject')} />
			<Ask name="body" multiline minRows={3} maxRows={12} label={translate('messages.words')} />
			<Ask
				name="status"
				select
				value={status}
				label={translate('messages.as')}
				onChange={(event) => setStatus(event.target.value)}
			>
				{ways.map((way) => (
					<MenuItem key={way} value={way}>
						{translate(`messages.ways.${way}`)}
					</MenuItem>
				))}
			</Ask>
		</FormDialog>
	);
}

export function Compose({ contact }: { contact: Contact }) {
	const translate = useTranslate();
	const [open, setOpen] = useState(false);
	return (
		<>
			<Button variant="contained" startIcon={<Add />} onClick={() => setOpen(true)}>
				{translate('messages.compose')}
			</Button>
			{open && <Form contact={contact} close={() => setOpen(false)} />}
		</>
	);
}
