// Legal holds, which prevent the erasure of a member.
import Icon from '@mui/icons-material/LockOutlined';
import { brief } from './Brief';
import { moves } from '../records/moves';
import { member } from './resources';

export const holds = brief(
	{
		name: 'legal_holds',
		icon: Icon,
		title: ({ reason }) => reason,
		fields: {
			member_id: member,
		},
		verbs: ['create'],
		form: ['member_id', 'reason'],
		list: {
			name: 'reason',
			columns: ['member_id', 'created_at', 'released_at'],
			sort: ['created_at', 'DESC'],
			filters: ['member_id', 'created_at', 'released_at'],
		},
		page: {
			facts: ['member_id', 'reason', 'created_at', 'released_at'],
			tabs: {},
			Actions: moves('legal_holds', [
				{
					action: 'release',
					from: [undefined],
					unless: 'released_at',
					asks: [],
					danger: true,
				},
			]),
		},
	},
	'created_at',
	'released_at',
);
