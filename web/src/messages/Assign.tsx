// Assigns a conversation with an unknown address to a contact.
import { useState } from 'react';
import Button from '@mui/material/Button';
import { useDataProvider, useRefresh, useTranslate } from 'ra-core';
import type { Provider } from '../data/dataProvider';
import { FormDialog } from '../ui/FormDialog';
import { RowChoice, type Person } from '../records/RowChoice';
import { addressOf, threadOf, type Message } from './message';

function Choice({ message, close }: { message: Message; close: () => void }) {
	const translate = useTranslate();
	const refresh = useRefresh();
	const { bulk } = useDataProvider<Provider>();
	const [chosen, setChosen] = useState<Person | null>(null);
	const save = async () => {
		await bulk('messages', { filter: threadOf(message), set: { contact_id: chosen?.id }, max: 10_000 });
		close();
		refresh();
	};
	return (
		<FormDialog
			title={translate('messages.assign')}
			lead={translate('messages.assign_help', { address: addressOf(message) ?? '–' })}
			action={translate('ra.action.save')}
			submit={save}
			close={close}
		>
			<RowChoice
				autoFocus
				among="contacts"
				label={translate('messages.contact')}
				value={chosen}
				choose={setChosen}
			/>
		</FormDialog>
	);
}

export function Assign({ message }: { message: Message }) {
	const translate = useTranslate();
	const [asking, setAsking] = useState(false);
	return (
		<>
			<Button variant="outlined" onClick={() => setAsking(true)}>
				{translate('messages.assign')}
			</Button>
			{asking && <Choice message={message} close={() => setAsking(false)} />}
		</>
	);
}
