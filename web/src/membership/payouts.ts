// Payouts to members, the bank accounts that they go to, and the batches for the bank.
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
import { member, money, words } from './resources';

// What keeps it from being sent.
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
			batch_id: { kind: 'number' },
		},
		verbs: ['create'],
		form: ['account_id', 'payment_id', ['currency', 'amount'], 'description'],
		defaults: (_, { currency }) => ({ currency }),
		list: {
			name: 'reference',
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
			Actions: moves('user_payouts', [
				{ action: 'approve', from: ['requested'], may: 'approve', words: { en: 'Approve', fr: 'Approuver' } },
				{
					action: 'reject',
					from: ['requested'],
					may: 'approve',
					words: { en: 'Reject', fr: 'Refuser' },
					asks: [reason],
					danger: true,
				},
				{
					action: 'cancel',
					from: ['requested', 'approved'],
					words: { en: 'Cancel payout', fr: 'Annuler le versement' },
					asks: [reason],
					danger: true,
				},
				{
					action: 'withdraw',
					from: ['sent'],
					may: 'send',
					words: { en: 'Withdraw from batch', fr: 'Retirer du lot' },
					asks: [reason],
					danger: true,
				},
			]),
		},
		words: words({
			en: {
				one: 'Payout',
				many: 'Payouts',
				empty: 'No payouts yet',
				create: 'New payout',
				invite: 'What members are paid. Somebody else than who asks for a payout approves it, and it is sent to the bank with others.',
				fields: {
					hold_dispute: 'dispute',
					hold_payment: 'too little of the payment is left',
					hold_kyc: 'member not verified',
					hold_account: 'IBAN missing',
					status_requested: 'Requested',
					status_approved: 'Approved',
					status_rejected: 'Rejected',
					status_sent: 'Sent',
					status_paid: 'Paid',
				},
				tabs: { disputes: 'Disputes', history: 'History' },
			},
			fr: {
				one: 'Versement',
				many: 'Versements',
				empty: 'Aucun versement',
				create: 'Nouveau versement',
				invite: 'Ce que les membres reçoivent. Une autre personne que celle qui demande un versement l’approuve, et il part à la banque avec d’autres.',
				fields: {
					hold_dispute: 'litige',
					hold_payment: 'solde du paiement insuffisant',
					hold_kyc: 'membre non vérifié',
					hold_account: 'IBAN manquant',
					status_requested: 'Demande',
					status_approved: 'Approbation',
					status_rejected: 'Refus',
					status_sent: 'Envoi',
					status_paid: 'Payé',
				},
				tabs: { disputes: 'Litiges', history: 'Historique' },
			},
		}),
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
	form: ['member_id', 'holder', ['iban', 'bic']],
	// Without a member it is the organization's, which payouts come from.
	complete: ({ member_id, ...row }) => (member_id ? { member_id, ...row } : { ...row, organization: true }),
	list: {
		name: 'holder',
		columns: ['member_id', 'country', 'last4', 'created_at'],
		sort: ['created_at', 'DESC'],
		filters: ['member_id', 'holder', 'country'],
	},
	page: { facts: ['member_id', 'holder', 'country', 'last4', 'bic', 'created_at'], tabs: {} },
	words: words({
		en: {
			one: 'Bank account',
			many: 'Bank accounts',
			empty: 'No bank accounts yet',
			create: 'New bank account',
			fields: {
				name: 'Holder',
				iban: 'IBAN',
			},
		},
		fr: {
			one: 'Compte bancaire',
			many: 'Comptes bancaires',
			empty: 'Aucun compte bancaire',
			create: 'Nouveau compte bancaire',
			fields: {
				name: 'Titulaire',
				iban: 'IBAN',
			},
		},
	}),
};

export const payoutBatches: Resource = {
	name: 'payout_batches',
	icon: BatchIcon,
	title: ({ execute_on, currency }) => `${execute_on} ${currency}`,
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
	words: words({
		en: {
			one: 'Batch of payouts',
			many: 'Batches for the bank',
			empty: 'Nothing was sent yet',
			create: '',
			tabs: { user_payouts: 'Payouts' },
		},
		fr: {
			one: 'Lot de versements',
			many: 'Lots pour la banque',
			empty: 'Rien n’a été envoyé',
			create: '',
			tabs: { user_payouts: 'Versements' },
		},
	}),
};
