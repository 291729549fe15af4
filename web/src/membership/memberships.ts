// Memberships: the tier of a member and the period that it is for.
import Icon from '@mui/icons-material/CardMembershipOutlined';
import { Minor, OwnMinorInput } from '../records/minor';
import { History } from '../records/tabs';
import { brief } from './Brief';
import { moves, reason } from '../records/moves';
import { member, money, words } from './resources';

const name = 'user_memberships';

export const memberships = brief(
	{
		name,
		icon: Icon,
		title: ({ tier }) => tier,
		fields: {
			member_id: member,
			fee: { Cell: Minor, Input: OwnMinorInput },
			currency: { ...money.currency, required: undefined },
		},
		form: ['member_id', ['tier', 'status'], ['starts_on', 'ends_on'], ['currency', 'fee'], 'renews'],
		defaults: () => ({ status: 'active' }),
		list: {
			name: 'tier',
			columns: ['member_id', 'status', 'starts_on', 'ends_on', 'fee', 'renews'],
			sort: ['starts_on', 'DESC'],
			filters: ['member_id', 'tier', 'status', 'starts_on', 'ends_on'],
		},
		page: {
			facts: [
				'member_id',
				'tier',
				'status',
				'starts_on',
				'ends_on',
				'fee',
				'renews',
				'billed_on',
				'cancelled_on',
				'cancel_reason',
				'created_at',
				'updated_at',
			],
			tabs: { history: History },
			Actions: moves(name, [
				{
					action: 'renew',
					from: ['active', 'suspended'],
					words: { en: 'Renew', fr: 'Renouveler' },
					asks: [
						{ name: 'ends_on', type: 'date', words: { en: 'New last day', fr: 'Nouveau dernier jour' } },
					],
				},
				{
					action: 'cancel',
					from: ['pending', 'active', 'suspended'],
					words: { en: 'Cancel membership', fr: 'Annuler l’adhésion' },
					danger: true,
					asks: [{ name: 'on', type: 'date', words: { en: 'From', fr: 'À partir du' } }, reason],
				},
			]),
		},
		words: words({
			en: {
				one: 'Membership',
				many: 'Memberships',
				empty: 'No memberships yet',
				create: 'New membership',
				tabs: { history: 'History' },
			},
			fr: {
				one: 'Adhésion',
				many: 'Adhésions',
				empty: 'Aucune adhésion',
				create: 'Nouvelle adhésion',
				feminine: true,
				tabs: { history: 'Historique' },
			},
		}),
	},
	'status',
	'ends_on',
);
