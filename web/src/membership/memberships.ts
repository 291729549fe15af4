// Memberships: the tier of a member during a period.
import Icon from '@mui/icons-material/CardMembershipOutlined';
import { Minor, OwnMinorInput } from '../records/minor';
import { History } from '../records/tabs';
import { brief } from './Brief';
import { moves, reason } from '../records/moves';
import { member, money } from './resources';

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
					asks: [{ name: 'ends_on', type: 'date' }],
				},
				{
					action: 'cancel',
					from: ['pending', 'active', 'suspended'],
					danger: true,
					asks: [{ name: 'on', type: 'date' }, reason],
				},
			]),
		},
	},
	'status',
	'ends_on',
);
