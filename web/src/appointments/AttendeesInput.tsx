// Attendees: contacts and colleagues by name, anyone else by email.
import { useState } from 'react';
import Autocomplete from '@mui/material/Autocomplete';
import Box from '@mui/material/Box';
import Chip from '@mui/material/Chip';
import Link from '@mui/material/Link';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useDataProvider, useGetMany, useInput, useTranslate, type RaRecord } from 'ra-core';
import { Link as RouterLink } from 'react-router-dom';
import type { Provider } from '../data/dataProvider';
import type { Shown } from '../records/resource';
import { fullName, type Named } from '../records/People';
import type { Attendee } from './appointment';

type Person = RaRecord<number> & Named;

const same = (a: Attendee, b: Attendee) =>
	a.contact_id === b.contact_id && a.sales_id === b.sales_id && a.email === b.email;
const keyOf = ({ contact_id, sales_id, email }: Attendee) => String(contact_id ?? sales_id ?? email);

/** Looks up the names of contacts and colleagues. */
export function useNames(attendees: Attendee[]): (attendee: Attendee) => string {
	const contacts = attendees.flatMap(({ contact_id }) => contact_id ?? []);
	const sales = attendees.flatMap(({ sales_id }) => sales_id ?? []);
	const all = [
		useGetMany<Person>('contacts', { ids: contacts }, { enabled: contacts.length > 0 }),
		useGetMany<Person>('sales', { ids: sales }, { enabled: sales.length > 0 }),
	].flatMap(({ data = [] }) => data);
	return ({ contact_id, sales_id, email, name }) => {
		const person = all.find((one) => one?.id === (contact_id ?? sales_id));
		return (person && fullName(person)) || name || email || '…';
	};
}

/** The names and responses of the attendees. */
export function Attendees({ value }: Pick<Shown, 'value'>) {
	const translate = useTranslate();
	const nameOf = useNames(value);
	return (value as Attendee[]).map((one, n) => (
		<Box key={n} component="span" sx={{ display: 'block' }}>
			{one.contact_id ? (
				<Link component={RouterLink} to={`/contacts/${one.contact_id}/show`}>
					{nameOf(one)}
				</Link>
			) : (
				nameOf(one)
			)}{' '}
			<Typography component="span" variant="body2" color="textSecondary">
				{translate(`appointments.answers.${one.status}`, { _: one.status })}
			</Typography>
		</Box>
	));
}

export function AttendeesInput({ source }: { source: string }) {
	const translate = useTranslate();
	const { ask } = useDataProvider<Provider>();
	const {
		field,
		fieldState: { error },
	} = useInput({ source, defaultValue: [] });
	const value: Attendee[] = field.value ?? [];
	const [text, setText] = useState('');
	const { data: found = [] } = useQuery({
		queryKey: ['contacts', 'attendees', text],
		enabled: text.length > 1,
		placeholderData: keepPreviousData,
		queryFn: async (): Promise<Attendee[]> => {
			const search = {
				filter: { q: text },
				range: [0, 7],
				fields: ['id', 'first_name', 'last_name'],
				count: 'none',
			};
			const [sales, contacts] = await Promise.all([
				ask<Person[]>('/api/sales', search),
				ask<Person[]>('/api/contacts', search),
			]);
			return [
				...sales.map((one) => ({ sales_id: one.id, name: fullName(one) })),
				...contacts.map((one) => ({ contact_id: one.id, name: fullName(one) })),
			];
		},
	});
	const nameOf = useNames(value);
	return (
		<Autocomplete<Attendee, true, false, true>
			multiple
			freeSolo
			autoSelect={false}
			value={value}
			options={text.length > 1 ? found : []}
			filterOptions={(all) => all}
			filterSelectedOptions
			isOptionEqualToValue={same}
			getOptionKey={(one) => (typeof one === 'string' ? one : keyOf(one))}
			getOptionLabel={(one) => (typeof one === 'string' ? one : (one.name ?? one.email ?? ''))}
			groupBy={(one) => translate(one.sales_id ? 'appointments.colleagues' : 'appointments.contacts')}
			inputValue={text}
			onInputChange={(_, now) => setText(now)}
			onBlur={field.onBlur}
			onChange={(_, chosen) =>
				field.onChange(
					chosen.flatMap((one): Attendee[] =>
						typeof one !== 'string'
							? [one]
							: /^\S+@\S+\.\S+$/.test(one.trim())
								? [{ email: one.trim() }]
								: [],
					),
				)
			}
			renderTags={(all, props) =>
				all.map((one, index) => {
					const { key, ...chip } = props({ index });
					return <Chip size="small" key={key} label={nameOf(one)} {...chip} />;
				})
			}
			renderInput={(props) => (
				<TextField
					{...props}
					error={Boolean(error)}
					label={translate(`resources.appointments.fields.${source}`)}
					helperText={error?.message ?? translate('appointments.attendees_help')}
				/>
			)}
		/>
	);
}
