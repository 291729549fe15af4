// Links a conversation with an unknown address to a contact.
import { useState } from 'react';
import Autocomplete from '@mui/material/Autocomplete';
import Button from '@mui/material/Button';
import TextField from '@mui/material/TextField';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useDataProvider, useRefresh, useTranslate, type RaRecord } from 'ra-core';
import type { Provider } from '../app/dataProvider';
import { FormDialog } from '../app/FormDialog';
import { fullName, type Named } from '../app/People';
import { addressOf, threadOf, type Message } from './message';

type Person = RaRecord<number> & Named;

function Choice({ message, close }: { message: Message; close: () => void }) {
	const translate = useTranslate();
	const refresh = useRefresh();
	const { ask, bulk } = useDataProvider<Provider>();
	const [q, setQ] = useState('');
	const [chosen, setChosen] = useState<Person | null>(null);
	const { data = [], isFetching } = useQuery({ queryKey: ['contacts', 'assign', q], placeholderData: keepPreviousData,
		queryFn: () => ask<Person[]>('/api/contacts', { filter: q ? { q } : {}, range: [0, 9], count: 'none',
			fields: ['id', 'first_name', 'last_name'], sort: ['last_name', 'ASC'] }) });
	const save = async () => {
		await bulk('messages', { filter: threadOf(message), set: { contact_id: chosen?.id }, max: 10_000 });
		close();
		refresh();
	};
	return (
		<FormDialog title={translate('messages.assign')} lead={translate('messages.assign_help', { address: addressOf(message) ?? '–' })}
			action={translate('ra.action.save')} submit={save} close={close}>
			<Autocomplete value={chosen} onChange={(_, person) => setChosen(person)} options={data} loading={isFetching}
				filterOptions={(all) => all} getOptionLabel={(person) => fullName(person) || '–'} getOptionKey={(person) => person.id}
				isOptionEqualToValue={(a, b) => a.id === b.id}
				onInputChange={(_, text, reason) => reason === 'input' && setQ(text.trim())}
				renderInput={(props) => <TextField {...props} autoFocus required label={translate('messages.contact')} />} />
		</FormDialog>
	);
}

export function Assign({ message }: { message: Message }) {
	const translate = useTranslate();
	const [asking, setAsking] = useState(false);
	return (
		<>
			<Button variant="outlined" onClick={() => setAsking(true)}>{translate('messages.assign')}</Button>
			{asking && <Choice message={message} close={() => setAsking(false)} />}
		</>
	);
}
