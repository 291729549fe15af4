// Appointments: their fields, form and page. Calendar.tsx replaces their list.
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
		starts_at: { required: true, of: timed },
		ends_at: { required: true, of: timed, input: { validate: ends } },
		starts_local: { of: ({ all_day }) => all_day, Cell: Day, Input: FirstDay },
		ends_local: { of: ({ all_day }) => all_day, Cell: Day, Input: LastDay },
		time_zone: { fixed: true },
		attendees: { Cell: Attendees, Input: AttendeesInput },
		resource: { input: { helperText: 'appointments.resource_help' } },
		status: {
			kind: 'choice',
			required: true,
			choices: (_, say) => statuses.map((value) => ({ value, label: say(`appointments.statuses.${value}`) })),
		},
		reminders: { Cell: Reminders, Input: RemindersInput },
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
