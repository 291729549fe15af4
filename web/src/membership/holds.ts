// Legal holds, while which a member is not erased.
import Icon from '@mui/icons-material/LockOutlined';
import { brief } from './Brief';
import { moves } from '../records/moves';
import { member, words } from './resources';

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
					words: { en: 'Release', fr: 'Lever' },
					asks: [],
					danger: true,
					lead: {
						en: 'The legal hold ends permanently. This member can then be erased.',
						fr: 'La conservation légale prend fin définitivement. Ce membre peut ensuite être effacé.',
					},
				},
			]),
		},
		words: words({
			en: {
				one: 'Legal hold of a member',
				many: 'Legal holds of members',
				empty: 'No legal holds',
				create: 'New legal hold',
				fields: { name: 'Reason' },
			},
			fr: {
				one: 'Conservation légale d’un membre',
				many: 'Conservations légales de membres',
				empty: 'Aucune conservation légale',
				create: 'Nouvelle conservation légale',
				feminine: true,
				fields: { name: 'Motif' },
			},
		}),
	},
	'created_at',
	'released_at',
);
