// Payouts to members, their bank accounts, and the batches for the bank.
import AccountIcon from '@mui/icons-material/AccountBalanceWalletOutlined';
import BatchIcon from '@mui/icons-material/DescriptionOutlined';
import PayoutIcon from '@mui/icons-material/CallMadeOutlined';
import { useTranslate } from 'ra-core';
import { lazy } from '../ui/lazy';
import { Minor } from '../records/minor';
import type { Resource, Shown } from '../records/resource';
import { nameOf } from '../records/RowInput';
import { History } from '../records/tabs';
import { brief } from './Brief';
import { moves, reason } from '../records/moves';
import { member, money } from './resources';
import { Waits } from './Waits';

// The reasons that prevent a payout from being sent.
function Holds({ value }: Shown) {
	const translate = useTranslate();
	return value.map((one: string) => translate(`resources.user_payouts.fields.hold_${one}`, { _: one })).join(', ');
}

export const payouts = brief(
	{
		name: 'user_payouts',
		icon: PayoutIcon,
		title: ({ description, reference }) => description || reference,
		fields: {
			member_id: { ...member, fixed: true },
			...money,
			holds: { Cell: Holds },
		},
		verbs: ['create'],
		form: ['account_id', 'payment_id', ['currency', 'amount'], 'description'],
		defaults: (_, { currency }) => ({ currency }),
		list: {
			name: 'description',
			columns: ['member_id', 'amount', 'status', 'created_at'],
			sort: ['created_at', 'DESC'],
			filters: ['member_id', 'status', 'created_at', 'reference'],
		},
		page: {
			facts: [
				'member_id',
				'account_id',
				'payment_id',
				'description',
				'status',
				'amount',
				'holds',
				'reason',
				'reference',
				'batch_id',
				'created_at',
				'updated_at',
			],
			tabs: {
				disputes: {
					resource: 'disputes',
					filter: ({ id }) => ({ payout_id: id }),
					add: ({ id }) => ({ payout_id: id }),
				},
				history: History,
			},
			Notice: Waits,
			Actions: moves('user_payouts', [
				{ action: 'approve', from: ['requested'], may: 'approve', notBy: 'requested_by' },
				{
					action: 'reject',
					from: ['requested'],
					may: 'approve',
					asks: [reason],
					danger: true,
				},
				{
					action: 'cancel',
					from: ['requested', 'approved'],
					asks: [reason],
					danger: true,
				},
				{
					action: 'withdraw',
					from: ['sent'],
					may: 'send',
					asks: [reason],
					danger: true,
				},
			]),
		},
	},
	'status',
	'amount',
);

export const payoutAccounts: Resource = {
	name: 'payout_accounts',
	icon: AccountIcon,
	title: (row) => nameOf('payout_accounts', row),
	fields: {
		member_id: { fixed: false },
		holder: { required: true, fixed: false },
		bic: { fixed: false },
		iban: { kind: 'text', required: true, secret: true },
	},
	form: ['member_id', 'holder', 'iban', 'bic'],
	// An account without a member belongs to the organization, which makes payouts from it.
	complete: ({ member_id, ...row }) => (member_id ? { member_id, ...row } : { ...row, organization: true }),
	list: {
		name: 'holder',
		columns: ['member_id', 'country', 'last4', 'created_at'],
		sort: ['created_at', 'DESC'],
		filters: ['member_id', 'holder', 'country'],
	},
	page: { facts: ['member_id', 'holder', 'country', 'last4', 'bic', 'created_at'], tabs: {} },
};

export const payoutBatches: Resource = {
	name: 'payout_batches',
	icon: BatchIcon,
	title: (row) => nameOf('payout_batches', row),
	fields: {
		total: { Cell: Minor },
	},
	form: [],
	list: {
		name: 'id',
		columns: ['execute_on', 'payouts', 'total', 'created_at'],
		sort: ['created_at', 'DESC'],
		filters: ['execute_on', 'currency'],
	},
	page: {
		facts: ['account_id', 'execute_on', 'payouts', 'total', 'created_at'],
		tabs: { user_payouts: { resource: 'user_payouts', filter: ({ id }) => ({ batch_id: id }), add: () => ({}) } },
		Actions: lazy(() => import('./BatchFile')),
	},
};
