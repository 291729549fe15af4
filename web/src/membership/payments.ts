// Payments and the ways in which members pay.
import { createElement } from 'react';
import PaymentIcon from '@mui/icons-material/PaymentsOutlined';
import MethodIcon from '@mui/icons-material/CreditCardOutlined';
import { codeInput } from '../records/description';
import { Minor } from '../records/minor';
import type { Resource, Shown } from '../records/resource';
import { nameOf } from '../records/RowInput';
import { History } from '../records/tabs';
import { brief } from './Brief';
import { moves, reason } from '../records/moves';
import { member, money, words } from './resources';

const rest = {
	name: 'amount',
	words: { en: 'Amount', fr: 'Montant' },
	needed: true as const,
	most: ({ amount, refunded_amount }: { amount?: number; refunded_amount?: number }) =>
		(amount ?? 0) - (refunded_amount ?? 0),
};

const Refunded = (shown: Shown) => (shown.value ? createElement(Minor, shown) : '–');

export const payments = brief(
	{
		name: 'user_payments',
		icon: PaymentIcon,
		title: ({ description, id }) => description || `#${id}`,
		fields: {
			member_id: member,
			...money,
			refunded_amount: { Cell: Refunded },
		},
		verbs: ['create'],
		form: ['member_id', ['billing_schedule_id', 'payment_method_id'], ['currency', 'amount'], 'description'],
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
				{ action: 'succeed', from: ['pending'], words: { en: 'Has come in', fr: 'Reçu' } },
				{ action: 'fail', from: ['pending'], words: { en: 'Has failed', fr: 'Échec' }, asks: [reason] },
				{ action: 'retry', from: ['failed'], words: { en: 'Try again', fr: 'Réessayer' }, own: true },
				{
					action: 'cancel',
					from: ['pending'],
					words: { en: 'Cancel payment', fr: 'Annuler le paiement' },
					asks: [reason],
					danger: true,
					own: true,
				},
				{
					action: 'refund',
					from: ['succeeded'],
					may: 'refund',
					words: { en: 'Refund', fr: 'Rembourser' },
					asks: [rest, reason],
					danger: true,
				},
			]),
		},
		words: words({
			en: {
				one: 'Payment',
				many: 'Payments',
				empty: 'No payments yet',
				create: 'New payment',
				fields: {
					name: 'Description',
					status_succeeded: 'Paid',
					status_refunded: 'Refunded',
				},
				tabs: { history: 'History' },
			},
			fr: {
				one: 'Paiement',
				many: 'Paiements',
				empty: 'Aucun paiement',
				create: 'Nouveau paiement',
				fields: {
					name: 'Description',
					status_succeeded: 'Payé',
					status_refunded: 'Remboursé',
				},
				tabs: { history: 'Historique' },
			},
		}),
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
	words: words({
		en: {
			one: 'Payment method',
			many: 'Payment methods',
			empty: 'No payment methods yet',
			create: 'New payment method',
			fields: {
				name: 'Label',
				kind_card: 'Card',
				kind_bank: 'Bank account',
			},
		},
		fr: {
			one: 'Moyen de paiement',
			many: 'Moyens de paiement',
			empty: 'Aucun moyen de paiement',
			create: 'Nouveau moyen de paiement',
			fields: {
				name: 'Libellé',
				kind_card: 'Carte',
				kind_bank: 'Compte bancaire',
			},
		},
	}),
};
