// Tasks: their fields and form. TaskList.tsx replaces their list.
import Icon from '@mui/icons-material/CheckCircleOutlined';
import { ownZone } from '../i18n/formats';
import { lazy } from '../ui/lazy';
import type { Resource } from '../records/resource';
import { described } from '../records/pages';
import { noon, repetitions, type Task } from './task';

const resource: Resource = {
	name: 'tasks',
	icon: Icon,
	title: ({ text }: Task) => text ?? '',
	Line: lazy(() =>
		import('./TaskLine').then(({ TaskLine }) => ({
			default: ({ row }: { row: Task }) => <TaskLine task={row} everybody named />,
		})),
	),
	fields: {
		text: { required: true, input: { minRows: 1 } },
		type: { kind: 'choice', choices: ({ taskTypes }) => taskTypes },
		due_date: { required: true },
		remind_at: { input: { helperText: 'tasks.remind_help' } },
		done_date: { fixed: true },
		time_zone: { fixed: true },
		rrule: { kind: 'choice', choices: (_, say) => repetitions(say), input: { emptyText: 'tasks.once' } },
	},
	form: ['text', 'contact_id', ['type', 'sales_id'], ['due_date', 'remind_at'], 'rrule'],
	defaults: ({ id }, { taskTypes }) => ({ sales_id: id, type: taskTypes[0]?.value, due_date: noon() }),
	complete: (row) => ({ ...row, time_zone: ownZone() }),
};

export default described(resource, { label: 'tasks.title', keys: 'g t', list: lazy(() => import('./TaskList')) });
