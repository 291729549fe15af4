// Disputes about payments and payouts.
import Icon from '@mui/icons-material/BalanceOutlined';
import { History } from '../records/tabs';
import { Minor } from '../records/minor';
import { brief } from './Brief';
import { moves } from '../records/moves';
import { member } from './resources';

const note = { name: 'note' };

export const disputes = brief(
	{
		name: 'disputes',
		icon: Icon,
		title: ({ reason }) => reason,
		fields: {
			member_id: { ...member },
			// Disputes about payments that a provider has charged are opened at the provider.
			payment_id: {
				required: ({ payout_id }) => !payout_id,
				input: { filter: { status: 'succeeded', 'provider@is': null } },
			},
			amount: { fixed: true, Cell: Minor },
		},
		verbs: ['create'],
		form: [['payment_id', 'payout_id'], 'reason', 'evidence_due_at'],
		list: {
			name: 'reason',
			columns: ['member_id', 'amount', 'status', 'evidence_due_at'],
			sort: ['evidence_due_at', 'ASC'],
			filters: ['member_id', 'status', 'evidence_due_at'],
		},
		page: {
			facts: [
				'member_id',
				'payment_id',
				'payout_id',
				'amount',
				'reason',
				'status',
				'evidence_due_at',
				'evidence',
				'note',
				'decided_at',
				'created_at',
				'updated_at',
			],
			tabs: { history: History },
			Actions: moves('disputes', [
				{
					action: 'submit',
					from: ['open'],
					own: true,
					asks: [{ name: 'evidence', needed: true }],
				},
				{
					action: 'win',
					from: ['open', 'evidence'],
					may: 'decide',
					asks: [note],
				},
				{
					action: 'lose',
					from: ['open', 'evidence'],
					may: 'decide',
					asks: [note],
					danger: true,
				},
			]),
		},
	},
	'status',
	'amount',
);
