// Messages between members and the staff.
import Icon from '@mui/icons-material/QuestionAnswerOutlined';
import { lazy } from '../ui/lazy';
import type { Resource } from '../records/resource';
import { brief } from './Brief';
import { member } from './resources';

const Thread = lazy(() => import('./Thread'));

export const memberMessages: Resource = brief(
	{
		name: 'member_messages',
		icon: Icon,
		title: ({ body }) => (body?.length > 80 ? `${body.slice(0, 79)}…` : body),
		fields: {
			member_id: member,
		},
		verbs: ['create'],
		form: ['member_id', 'body'],
		list: {
			name: 'body',
			columns: ['member_id', 'from_member', 'read_at', 'created_at'],
			sort: ['created_at', 'DESC'],
			filters: ['member_id', 'body', 'from_member', 'read_at', 'created_at'],
		},
		page: {
			facts: ['member_id', 'from_member', 'author_id', 'read_at', 'created_at'],
			tabs: { messages: { shows: 'member_messages', Part: Thread } },
		},
	},
	'member_id',
	'created_at',
);
