// Disputes about payments and payouts.
import Icon from '@mui/icons-material/BalanceOutlined';
import { History } from '../records/tabs';
import { Minor } from '../records/minor';
import { brief } from './Brief';
import { moves } from '../records/moves';
import { member, words } from './resources';

const note = { name: 'note', words: { en: 'Note', fr: 'Note' } };

export const disputes = brief(
	{
		name: 'disputes',
		icon: Icon,
		title: ({ reason }) => reason,
		fields: {
			member_id: { ...member },
			// What a provider charged is disputed there.
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
					words: { en: 'Submit evidence', fr: 'Fournir des preuves' },
					own: true,
					asks: [{ name: 'evidence', needed: true, words: { en: 'Evidence', fr: 'Preuves' } }],
				},
				{
					action: 'win',
					from: ['open', 'evidence'],
					may: 'decide',
					words: { en: 'Won', fr: 'Gagné' },
					asks: [note],
				},
				{
					action: 'lose',
					from: ['open', 'evidence'],
					may: 'decide',
					words: { en: 'Lost', fr: 'Perdu' },
					asks: [note],
					danger: true,
				},
			]),
		},
		words: words({
			en: {
				one: 'Dispute',
				many: 'Disputes',
				empty: 'No disputes',
				create: 'New dispute',
				fields: {
					name: 'Reason',
					status_open: 'Open',
					status_evidence: 'With evidence',
					status_won: 'Won',
					status_lost: 'Lost',
				},
				tabs: { history: 'History' },
			},
			fr: {
				one: 'Litige',
				many: 'Litiges',
				empty: 'Aucun litige',
				create: 'Nouveau litige',
				fields: {
					name: 'Motif',
					status_open: 'Ouvert',
					status_evidence: 'Avec preuves',
					status_won: 'Gagné',
					status_lost: 'Perdu',
				},
				tabs: { history: 'Historique' },
			},
		}),
	},
	'status',
	'amount',
);
