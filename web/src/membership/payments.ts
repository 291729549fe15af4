// Members' payments and payment methods.
import PaymentIcon from '@mui/icons-material/PaymentsOutlined';
import MethodIcon from '@mui/icons-material/CreditCardOutlined';
import { codeInput } from '../records/codeInput';
import { Minor } from '../records/minor';
import type { Resource } from '../records/resource';
import { nameOf } from '../records/RowInput';
import { History } from '../records/tabs';
import { brief } from './Brief';
import { moves, reason } from '../records/moves';
import { member, money } from './resources';

const rest = {
	name: 'amount',
	needed: true as const,
	most: ({ amount, refunded_amount }: { amount?: number; refunded_amount?: number }) =>
		(amount ?? 0) - (refunded_amount ?? 0),
};

export const payments = brief(
	{
		name: 'user_payments',
		icon: PaymentIcon,
		title: (row) => nameOf('user_payments', row),
		fields: {
			member_id: member,
			...money,
			refunded_amount: { Cell: Minor, of: ({ refunded_amount }) => refunded_amount > 0 },
		},
		verbs: ['create'],
		form: ['member_id', 'billing_schedule_id', 'payment_method_id', ['currency', 'amount'], 'description'],
		defaults: (_, { currency }) => ({ currency }),
		list: {
			name: 'description',
			columns: ['member_id', 'amount', 'refunded_amount', 'status', 'created_at', 'succeeded_at'],
			sort: ['created_at', 'DESC'],
			filters: ['member_id', 'status', 'created_at', 'succeeded_at', 'description'],
		},
		page: {
			facts: [
				'member_id',
				'description',
				'status',
				'amount',
				'refunded_amount',
				'reason',
				'billing_schedule_id',
				'payment_method_id',
				'succeeded_at',
				'refunded_at',
				'created_at',
			],
			tabs: { history: History },
			Actions: moves('user_payments', [
				{ action: 'succeed', from: ['pending'] },
				{ action: 'fail', from: ['pending'], asks: [reason] },
				{ action: 'retry', from: ['failed'], own: true },
				{
					action: 'cancel',
					from: ['pending'],
					asks: [reason],
					danger: true,
					own: true,
				},
				{
					action: 'refund',
					from: ['succeeded'],
					may: 'refund',
					asks: [rest, reason],
					danger: true,
				},
			]),
		},
	},
	'status',
	'amount',
);

export const paymentMethods: Resource = {
	name: 'user_payment_methods',
	icon: MethodIcon,
	title: (row) => nameOf('user_payment_methods', row),
	fields: {
		member_id: member,
		provider: { input: codeInput },
		token: { secret: true },
	},
	form: ['member_id', ['kind', 'provider'], 'token', ['brand', 'last4'], ['expires_on', 'label'], 'is_default'],
	defaults: () => ({ kind: 'bank' }),
	list: {
		name: 'label',
		columns: ['member_id', 'kind', 'brand', 'last4', 'expires_on', 'is_default'],
		sort: ['created_at', 'DESC'],
		filters: ['member_id', 'kind', 'provider', 'expires_on'],
	},
};
