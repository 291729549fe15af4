// The queue of members who wait to be called.
import Icon from '@mui/icons-material/PeopleOutlined';
import { lazy } from '../ui/lazy';
import { History } from '../records/tabs';
import { brief } from './Brief';
import { member, words } from './resources';
import { QueuePosition } from './QueuePosition';

const name = 'membership_queue';

export const queue = brief(
	{
		name,
		icon: Icon,
		title: ({ id }) => `#${id}`,
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
		words: words({
			en: {
				one: 'Queue entry',
				many: 'Queue',
				empty: 'No queue entries yet',
				create: 'New queue entry',
				fields: {
					priority_help: '9 is called first',
					status_waiting: 'Waiting',
					status_called: 'Called',
					status_served: 'Served',
					status_missed: 'Missed',
					position: 'Position',
					wait: 'Expected wait',
					minutes: '%{smart_count} minute |||| %{smart_count} minutes',
					call: 'Call the next',
					calls: 'Calls the member who has waited longest, among those of the highest priority.',
					serve: 'Served',
					miss: 'Did not come',
					cancel: 'Leave the queue',
				},
				tabs: { history: 'History' },
			},
			fr: {
				one: 'Entrée',
				many: 'File d’attente',
				empty: 'Aucune inscription',
				create: 'Nouvelle entrée',
				feminine: true,
				fields: {
					priority_help: '9 est appelé en premier',
					status_waiting: 'En attente',
					status_called: 'Appel',
					status_served: 'Traitée',
					status_missed: 'Absence',
					position: 'Position',
					wait: 'Attente prévue',
					minutes: '%{smart_count} minute |||| %{smart_count} minutes',
					call: 'Appeler le suivant',
					calls: 'Appelle le membre qui attend depuis le plus longtemps, parmi ceux de la plus haute priorité.',
					serve: 'Traitée',
					miss: 'N’est pas venu',
					cancel: 'Quitter la file',
				},
				tabs: { history: 'Historique' },
			},
		}),
	},
	'status',
);
