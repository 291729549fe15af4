// The email reminders of an appointment, in minutes before its start.
import { SelectArrayInput } from 'react-admin';
import { useRecordContext, useTranslate } from 'ra-core';
import type { Shown } from '../records/resource';
import { reminders, type Appointment } from './appointment';

function useName() {
	const translate = useTranslate();
	return (n: number) =>
		translate(`appointments.before.${n}`, { _: translate('appointments.minutes', { smart_count: n }) });
}

export function RemindersInput({ source }: { source: string }) {
	const name = useName();
	const known = useRecordContext<Appointment>()?.reminders ?? [];
	return (
		<SelectArrayInput
			source={source}
			choices={[...new Set([...reminders, ...known])].map((id) => ({ id, name: name(id) }))}
		/>
	);
}

export const Reminders = ({ value }: Pick<Shown, 'value'>) => (value as number[]).map(useName()).join(', ');
