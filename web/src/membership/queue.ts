// The queue of members who are waiting to be called.
import Icon from '@mui/icons-material/PeopleOutlined';
import { lazy } from '../ui/lazy';
import { History } from '../records/tabs';
import { dated } from '../records/titles';
import { brief } from './Brief';
import { member } from './resources';
import { QueuePosition } from './QueuePosition';

const name = 'membership_queue';

export const queue = brief(
	{
		name,
		icon: Icon,
		title: dated(name),
		fields: {
			member_id: member,
			priority: {
				input: { min: 0, max: 9, step: 1, helperText: `resources.${name}.fields.priority_help` },
			},
			status: { fixed: true },
		},
		form: ['member_id', 'priority', 'note'],
		defaults: () => ({ priority: 0 }),
		list: {
			name: 'id',
			columns: ['member_id', 'status', 'priority', 'created_at', 'called_at', 'ended_at'],
			sort: ['created_at', 'ASC'],
			filters: ['member_id', 'status', 'priority', 'created_at'],
		},
		page: {
			facts: ['member_id', 'status', 'priority', 'note', 'created_at', 'called_at', 'ended_at'],
			tabs: { history: History },
			Actions: lazy(() => import('./QueueButtons')),
			Notice: QueuePosition,
		},
	},
	'status',
);
