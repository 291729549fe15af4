import Stack from '@mui/material/Stack';
import { BooleanInput, DateInput, DateTimeInput, SelectArrayInput, SelectInput, TextInput } from 'react-admin';
import { required, useRecordContext, useTranslate } from 'ra-core';
import { useWatch } from 'react-hook-form';
import { ColleagueInput, RowInput } from '../app/RowInput';
import { reminders, shiftKey, statuses, type Appointment } from './appointment';
import { AttendeesInput } from './AttendeesInput';
import { Conflicts } from './Conflicts';

const row = { direction: { xs: 'column', sm: 'row' }, spacing: { sm: 2 } } as const;
const later = (value: string, all: Partial<Appointment>) =>
	value && all.starts_at && new Date(value) <= new Date(all.starts_at) ? 'appointments.too_early' : undefined;
const notBefore = (value: string, all: Partial<Appointment>) =>
	value && all.starts_local && value.slice(0, 10) <= all.starts_local.slice(0, 10) ? 'appointments.too_early' : undefined;

// The form shows the last day; the record stores the midnight after it.
const lastDay = (value?: string) => value ? shiftKey(value.slice(0, 10), -1) : '';
const dayAfter = (day: string) => day && `${shiftKey(day, 1)}T00:00:00`;

function Times() {
	return useWatch({ name: 'all_day' }) ? (
		<Stack {...row}>
			<DateInput key="from" source="starts_local" validate={required()} label="appointments.first_day"
				format={(value?: string) => value?.slice(0, 10) ?? ''} parse={(day: string) => day && `${day}T00:00:00`} />
			<DateInput key="until" source="ends_local" validate={[required(), notBefore]} label="appointments.last_day"
				format={lastDay} parse={dayAfter} />
		</Stack>
	) : (
		<Stack {...row}>
			<DateTimeInput key="starts" source="starts_at" validate={required()} />
			<DateTimeInput key="ends" source="ends_at" validate={[required(), later]} />
		</Stack>
	);
}

function Warning() {
	const id = useRecordContext<Appointment>()?.id;
	return <Conflicts {...useWatch() as Partial<Appointment>} id={id} />;
}

/** The form of an appointment. */
export function AppointmentInputs() {
	const translate = useTranslate();
	const known = useRecordContext<Appointment>()?.reminders ?? [];
	return (
		<Stack sx={{ width: '100%', maxWidth: 720 }}>
			<TextInput source="title" validate={required()} autoComplete="off" />
			<BooleanInput source="all_day" />
			<Times />
			<Warning />
			<RowInput source="contact_id" reference="contacts" />
			<AttendeesInput source="attendees" />
			<Stack {...row} sx={{ mt: 1 }}>
				<TextInput source="location" autoComplete="off" />
				<TextInput source="resource" autoComplete="off" helperText="appointments.resource_help" />
			</Stack>
			<Stack {...row} sx={{ mt: 1 }}>
				<SelectInput source="status" validate={required()} choices={statuses.map((id) =>
					({ id, name: translate(`appointments.statuses.${id}`) }))} />
				<ColleagueInput source="sales_id" />
			</Stack>
			<SelectArrayInput source="reminders" choices={[...new Set([...reminders, ...known])].map((id) =>
				({ id, name: translate(`appointments.before.${id}`, { _: translate('appointments.minutes', { smart_count: id }) }) }))} />
			<TextInput source="notes" multiline minRows={3} />
		</Stack>
	);
}
