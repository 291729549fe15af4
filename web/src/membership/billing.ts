// Subscriptions, and the amounts due.
import SubscriptionIcon from '@mui/icons-material/AutorenewOutlined';
import DueIcon from '@mui/icons-material/RequestQuoteOutlined';
import { History } from '../records/tabs';
import { dated } from '../records/titles';
import { brief } from './Brief';
import { moves, reason } from '../records/moves';
import { member, money } from './resources';

export const subscriptions = brief(
	{
		name: 'user_subscriptions',
		icon: SubscriptionIcon,
		title: ({ plan }) => plan,
		fields: {
			member_id: member,
			...money,
			interval_months: { input: { min: 1, max: 120, step: 1 } },
		},
		form: ['member_id', ['plan', 'status'], ['currency', 'amount'], 'interval_months', ['starts_on', 'ends_on']],
		defaults: (_, { currency }) => ({ status: 'active', currency, interval_months: 1 }),
		list: {
			name: 'plan',
			columns: ['member_id', 'status', 'amount', 'interval_months', 'next_on'],
			sort: ['starts_on', 'DESC'],
			filters: ['member_id', 'plan', 'status', 'next_on'],
		},
		page: {
			facts: [
				'member_id',
				'plan',
				'status',
				'amount',
				'interval_months',
				'starts_on',
				'ends_on',
				'next_on',
				'cancelled_on',
				'created_at',
				'updated_at',
			],
			tabs: {
				dues: {
					resource: 'user_billing_schedules',
					filter: ({ id }) => ({ subscription_id: id }),
					add: ({ member_id }) => ({ member_id }),
				},
				history: History,
			},
		},
	},
	'status',
	'amount',
);

export const dues = brief(
	{
		name: 'user_billing_schedules',
		icon: DueIcon,
		title: (row) => row.description || dated('user_billing_schedules')(row),
		fields: {
			member_id: member,
			...money,
		},
		verbs: ['create'],
		form: ['member_id', 'description', ['currency', 'amount'], 'due_on'],
		defaults: (_, { currency }) => ({ currency }),
		list: {
			name: 'description',
			columns: ['member_id', 'due_on', 'amount', 'status'],
			sort: ['due_on', 'DESC'],
			filters: ['member_id', 'status', 'due_on', 'description'],
		},
		page: {
			facts: [
				'member_id',
				'description',
				'status',
				'amount',
				'due_on',
				'period_starts_on',
				'period_ends_on',
				'waive_reason',
				'created_at',
				'updated_at',
			],
			tabs: {
				payments: {
					resource: 'user_payments',
					filter: ({ id }) => ({ billing_schedule_id: id }),
					add: ({ id, member_id, amount, currency, description }) => ({
						billing_schedule_id: id,
						member_id,
						amount,
						currency,
						description,
					}),
				},
				history: History,
			},
			Actions: moves('user_billing_schedules', [
				{
					action: 'waive',
					from: ['open'],
					asks: [reason],
					danger: true,
				},
			]),
		},
	},
	'due_on',
	'status',
	'amount',
);
