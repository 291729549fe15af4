// An input outside a form that selects a colleague, a contact or a company. As with RowInput, the server searches.
import { useState } from 'react';
import Autocomplete from '@mui/material/Autocomplete';
import TextField from '@mui/material/TextField';
import { useQuery } from '@tanstack/react-query';
import { useDebouncedEvent } from 'react-admin';
import { useDataProvider, type RaRecord } from 'ra-core';
import type { Provider } from '../data/dataProvider';
import type { Named } from './People';
import { nameOf } from './RowInput';

export interface Person extends RaRecord<number>, Named {
	user_id?: string | null;
}

// The fields that are read from each resource. The records are sorted by the last field.
const fields = {
	sales: ['id', 'user_id', 'first_name', 'last_name'],
	contacts: ['id', 'first_name', 'last_name'],
	companies: ['id', 'name'],
};

export function RowChoice<Row extends RaRecord<number> = Person>({
	among,
	label,
	value,
	choose,
	autoFocus = false,
}: {
	among: keyof typeof fields;
	label: string;
	value: Row | null;
	choose: (row: Row | null) => void;
	autoFocus?: boolean;
}) {
	const { ask } = useDataProvider<Provider>();
	const [text, setText] = useState('');
	const [q, setQ] = useState('');
	const search = useDebouncedEvent(setQ, 300);
	const { data = [], isFetching } = useQuery({
		queryKey: [among, 'choice', q],
		queryFn: () =>
			ask<Row[]>(`/api/${among}`, {
				filter: q ? { q } : {},
				range: [0, 9],
				count: 'none',
				fields: fields[among],
				sort: [fields[among].at(-1)!, 'ASC'],
			}),
	});
	// Results for an earlier text are not shown, because Enter selects the first option.
	const found = text === q && !isFetching;
	return (
		<Autocomplete
			value={value}
			onChange={(_, row) => choose(row)}
			options={found ? data : []}
			loading={!found}
			autoHighlight
			filterOptions={(all) => all}
			getOptionLabel={(row) => nameOf(among, row) || '–'}
			getOptionKey={({ id }) => id}
			isOptionEqualToValue={(a, b) => a.id === b.id}
			onInputChange={(_, typed, reason) => {
				const words = reason === 'input' ? typed.trim() : '';
				setText(words);
				search(words);
			}}
			renderInput={(props) => <TextField {...props} required autoFocus={autoFocus} label={label} />}
		/>
	);
}
