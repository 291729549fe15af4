// Appointments: their fields, form and page; Calendar.tsx is their list.
import Icon from '@mui/icons-material/CalendarMonthOutlined';
import { lazy } from '../ui/lazy';
import type { Resource } from '../records/resource';
import { described } from '../records/pages';
import { completed, moved, starting, statuses, timed, type Appointment } from './appointment';
import { Attendees, AttendeesInput } from './AttendeesInput';
import { Reminders, RemindersInput } from './Reminders';
import { Day, ends, FirstDay, LastDay, Overlaps, Span, Times, Warning } from './Times';

const resource: Resource = {
	name: 'appointments',
	icon: Icon,
	title: ({ title }: Appointment) => title,
	Subtitle: Span,
	fields: {
		title: { kind: 'text', required: true },
		all_day: { kind: 'boolean' },
		starts_at: { kind: 'time', required: true, of: timed },
		ends_at: { kind: 'time', required: true, of: timed, input: { validate: ends } },
		starts_local: { kind: 'date', of: ({ all_day }) => all_day, Cell: Day, Input: FirstDay },
		ends_local: { kind: 'date', of: ({ all_day }) => all_day, Cell: Day, Input: LastDay },
		contact_id: { kind: 'reference', reference: 'contacts' },
		attendees: { kind: 'json', Cell: Attendees, Input: AttendeesInput },
		location: { kind: 'text' },
		resource: { kind: 'text', input: { helperText: 'appointments.resource_help' } },
		status: {
			kind: 'choice',
			required: true,
			choices: (_, say) => statuses.map((value) => ({ value, label: say(`appointments.statuses.${value}`) })),
		},
		sales_id: { kind: 'reference', reference: 'sales' },
		reminders: { kind: 'json', Cell: Reminders, Input: RemindersInput },
		notes: { kind: 'longtext' },
	},
	form: [
		'title',
		'all_day',
		{ Part: Times },
		{ Part: Warning },
		'contact_id',
		'attendees',
		['location', 'resource'],
		['status', 'sales_id'],
		'reminders',
		'notes',
	],
	defaults: ({ id }) => ({
		sales_id: id,
		status: 'scheduled',
		all_day: false,
		reminders: [],
		attendees: [],
		...starting(new URLSearchParams(window.location.search)),
	}),
	complete: completed,
	follow: moved,
	page: {
		facts: [
			'starts_at',
			'ends_at',
			'starts_local',
			'ends_local',
			'contact_id',
			'attendees',
			'location',
			'resource',
			'notes',
			'reminders',
			'status',
			'sales_id',
		],
		tabs: {},
		Notice: Overlaps,
	},
};

export default described(resource, {
	label: 'appointments.title',
	keys: 'g a',
	list: lazy(() => import('./Calendar')),
});
