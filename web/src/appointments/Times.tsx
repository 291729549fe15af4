// The times of an appointment, in the form and below its title.
import { Suspense } from 'react';
import Stack from '@mui/material/Stack';
import { DateTimeInput } from 'react-admin';
import { required, useRecordContext, useTranslate } from 'ra-core';
import { useWatch } from 'react-hook-form';
import { ownZone } from '../i18n/formats';
import { useFormats } from '../data/useFormats';
import { Input } from '../records/fields';
import { lazy } from '../ui/lazy';
import type { Shown } from '../records/resource';
import { addDays, shiftKey, spanOf, type Appointment } from './appointment';

const Conflicts = lazy(() => import('./Conflicts').then((all) => ({ default: all.Conflicts })));

const row = { direction: { xs: 'column', sm: 'row' }, spacing: { sm: 2 } } as const;
const later = (value: string, all: Partial<Appointment>) =>
	value && all.starts_at && new Date(value) <= new Date(all.starts_at) ? 'appointments.too_early' : undefined;
/** The validators for the end of an appointment. */
export const ends = [required(), later];
const notBefore = (value: string, all: Partial<Appointment>) =>
	value && all.starts_local && value.slice(0, 10) <= all.starts_local.slice(0, 10)
		? 'appointments.too_early'
		: undefined;

// Converts the end of an appointment to its last day. The form shows the last day, and the record stores the midnight
// after it.
const lastDay = (value?: string) => (value ? shiftKey(value.slice(0, 10), -1) : '');
const dayAfter = (day: string) => day && `${shiftKey(day, 1)}T00:00:00`;

/** The inputs for the days of an appointment without times. */
export const FirstDay = (props: object) => (
	<Input
		{...props}
		field={{ name: 'starts_local', kind: 'date' }}
		label="appointments.first_day"
		validate={required()}
		format={(value?: string) => value?.slice(0, 10) ?? ''}
		parse={(day: string) => day && `${day}T00:00:00`}
	/>
);

export const LastDay = (props: object) => (
	<Input
		{...props}
		field={{ name: 'ends_local', kind: 'date' }}
		label="appointments.last_day"
		validate={[required(), notBefore]}
		format={lastDay}
		parse={dayAfter}
	/>
);

export const Day = ({ field: { name }, value }: Shown) =>
	useFormats().date(name === 'ends_local' ? lastDay(value) : value.slice(0, 10));

export function Times() {
	return useWatch({ name: 'all_day' }) ? (
		<Stack {...row}>
			<FirstDay key="from" />
			<LastDay key="until" />
		</Stack>
	) : (
		<Stack {...row}>
			<DateTimeInput key="starts" source="starts_at" validate={required()} />
			<DateTimeInput key="ends" source="ends_at" validate={ends} />
		</Stack>
	);
}

export function Warning() {
	const id = useRecordContext<Appointment>()?.id;
	return (
		<Suspense>
			<Conflicts {...useWatch()} id={id} />
		</Suspense>
	);
}

export const Overlaps = () => (
	<Suspense>
		<Conflicts {...useRecordContext<Appointment>()!} />
	</Suspense>
);

/** The time and the status, and the time in the time zone in which it was entered. */
export function Span({ row }: { row: Appointment }) {
	const translate = useTranslate();
	const { date, dateTime } = useFormats();
	const [from, until] = spanOf(row);
	const last = row.all_day ? addDays(until, -1) : until;
	const show = row.all_day ? date : dateTime;
	return [
		+from === +last ? show(from) : `${show(from)} – ${show(last)}`,
		translate(`appointments.statuses.${row.status}`, { _: row.status }),
		!row.all_day &&
			row.time_zone !== ownZone() &&
			translate('appointments.elsewhere', { zone: row.time_zone, time: row.starts_local.slice(11, 16) }),
	]
		.filter(Boolean)
		.join(' · ');
}
