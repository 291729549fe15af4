// Appointments: their fields, form and page; Calendar.tsx is their list.
import { lazy } from 'react';
import Icon from '@mui/icons-material/CalendarMonthOutlined';
import type { Noun } from '../app/noun';
import { described } from '../app/pages';
import { starting, statuses, timed, type Appointment } from './appointment';
import { Attendees, AttendeesInput } from './AttendeesInput';
import { Reminders, RemindersInput } from './Reminders';
import { Overlaps, Span, Times, Warning } from './Times';

const noun: Noun = {
	name: 'appointments',
	icon: Icon,
	title: ({ title }: Appointment) => title,
	Subtitle: Span,
	fields: {
		title: { kind: 'text', required: true },
		all_day: { kind: 'boolean' },
		contact_id: { kind: 'reference', reference: 'contacts' },
		attendees: { kind: 'json', Cell: Attendees, Input: AttendeesInput },
		location: { kind: 'text' },
		resource: { kind: 'text', input: { helperText: 'appointments.resource_help' } },
		status: { kind: 'choice', required: true, choices: (_, say) => statuses.map((value) => ({ value, label: say(`appointments.statuses.${value}`) })) },
		sales_id: { kind: 'reference', reference: 'sales' },
		reminders: { kind: 'json', Cell: Reminders, Input: RemindersInput },
		notes: { kind: 'longtext' },
	},
	form: ['title', 'all_day', { Part: Times }, { Part: Warning }, 'contact_id', 'attendees', ['location', 'resource'], ['status', 'sales_id'],
		'reminders', 'notes'],
	defaults: ({ id }) => ({ sales_id: id, status: 'scheduled', all_day: false, reminders: [], attendees: [],
		...starting(new URLSearchParams(window.location.search)) }),
	complete: timed,
	page: {
		facts: ['contact_id', 'attendees', 'location', 'resource', 'notes', 'reminders', 'status', 'sales_id'],
		tabs: {},
		Notice: Overlaps,
	},
};

export default described(noun, { label: 'appointments.title', keys: 'g a', list: lazy(() => import('./Calendar')) });
