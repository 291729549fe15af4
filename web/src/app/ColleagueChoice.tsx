// Selects a colleague outside of a form. The server searches, as in RowInput.
import { useState } from 'react';
import Autocomplete from '@mui/material/Autocomplete';
import TextField from '@mui/material/TextField';
import { useDebouncedEvent } from 'react-admin';
import { useGetList, type RaRecord } from 'ra-core';
import { fullName, type Named } from './People';

export interface Person extends RaRecord<number>, Named {
	user_id: string | null;
}

export function ColleagueChoice({ label, value, choose, autoFocus = false }:
	{ label: string; value: Person | null; choose: (person: Person | null) => void; autoFocus?: boolean }) {
	const [q, setQ] = useState('');
	const search = useDebouncedEvent((text: string) => setQ(text.trim()), 300);
	const { data = [], isFetching } = useGetList<Person>('sales', { filter: q ? { q } : {},
		sort: { field: 'last_name', order: 'ASC' }, pagination: { page: 1, perPage: 10 } });
	return (
		<Autocomplete value={value} onChange={(_, person) => choose(person)} options={data} loading={isFetching}
			filterOptions={(all) => all} getOptionLabel={(person) => fullName(person) || '–'} getOptionKey={({ id }) => id}
			isOptionEqualToValue={(a, b) => a.id === b.id}
			onInputChange={(_, text, reason) => search(reason === 'input' ? text : '')}
			renderInput={(props) => <TextField {...props} required autoFocus={autoFocus} label={label} />} />
	);
}
