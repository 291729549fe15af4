// Verifications of the identity of members, reviewed beside their evidence.
import Icon from '@mui/icons-material/VerifiedUserOutlined';
import DecisionIcon from '@mui/icons-material/RuleOutlined';
import { lazy } from '../ui/lazy';
import type { Resource } from '../records/resource';
import { brief } from './Brief';
import { moves, reason } from '../records/moves';
import { member, words } from './resources';

const name = 'kyc_verification';
const why = { ...reason, needed: true as const };

export const verifications = brief(
	{
		name,
		icon: Icon,
		title: ({ id }) => `#${id}`,
		fields: {
			member_id: member,
			country: {
				input: { parse: (text: string) => text.toUpperCase(), slotProps: { htmlInput: { maxLength: 2 } } },
			},
			reviewer_id: { kind: 'reference', reference: 'sales' },
		},
		form: ['member_id', ['document_type', 'country'], 'note'],
		defaults: () => ({ document_type: 'passport' }),
		list: {
			name: 'id',
			columns: ['member_id', 'status', 'document_type', 'country', 'submitted_at', 'expires_on'],
			sort: ['submitted_at', 'DESC'],
			filters: ['member_id', 'status', 'submitted_at', 'expires_on'],
		},
		page: {
			facts: [
				'member_id',
				'status',
				'document_type',
				'country',
				'note',
				'reason',
				'reviewer_id',
				'submitted_at',
				'decided_at',
				'expires_on',
			],
			tabs: {
				evidence: { shows: 'kyc_evidence', Part: lazy(() => import('./Evidence')) },
				decisions: {
					resource: 'kyc_decisions',
					filter: ({ id }) => ({ verification_id: id }),
					add: () => ({}),
				},
			},
			Actions: moves(name, [
				{
					action: 'submit',
					from: ['draft', 'needs_information'],
					words: { en: 'Submit', fr: 'Soumettre' },
					own: true,
				},
				{
					action: 'review',
					from: ['submitted'],
					may: 'review',
					words: { en: 'Begin review', fr: 'Commencer l’examen' },
				},
				{
					action: 'approve',
					from: ['in_review'],
					may: 'review',
					words: { en: 'Approve', fr: 'Approuver' },
					asks: [
						{
							name: 'expires_on',
							type: 'date',
							words: { en: 'Until (a year if empty)', fr: 'Jusqu’au (un an si vide)' },
						},
					],
				},
				{
					action: 'ask',
					from: ['in_review'],
					may: 'review',
					words: { en: 'Ask for more', fr: 'Demander un complément' },
					asks: [why],
				},
				{
					action: 'reject',
					from: ['in_review'],
					may: 'review',
					words: { en: 'Reject', fr: 'Refuser' },
					asks: [why],
					danger: true,
				},
				{
					action: 'revoke',
					from: ['approved'],
					may: 'revoke',
					words: { en: 'Revoke', fr: 'Révoquer' },
					asks: [why],
					danger: true,
				},
				{ action: 'renew', from: ['approved', 'expired'], words: { en: 'Renew', fr: 'Renouveler' }, own: true },
				{
					action: 'withdraw',
					from: ['draft', 'submitted', 'needs_information'],
					words: { en: 'Withdraw', fr: 'Retirer' },
					danger: true,
					own: true,
				},
			]),
		},
		words: words({
			en: {
				one: 'Verification',
				many: 'Verifications',
				empty: 'No verifications yet',
				create: 'New verification',
				fields: {
					document_type_passport: 'Passport',
					document_type_id_card: 'Identity card',
					document_type_driving_licence: 'Driving licence',
					document_type_residence_permit: 'Residence permit',
					document_type_other: 'Other',
					status_draft: 'Draft',
					status_submitted: 'Submitted',
					status_in_review: 'In review',
					status_needs_information: 'Needs information',
					status_approved: 'Approved',
					status_rejected: 'Rejected',
					status_withdrawn: 'Withdrawn',
					status_expired: 'Expired',
					status_revoked: 'Revoked',
				},
				tabs: { evidence: 'Evidence', decisions: 'Decisions' },
			},
			fr: {
				one: 'Vérification',
				many: 'Vérifications',
				empty: 'Aucune vérification',
				create: 'Nouvelle vérification',
				feminine: true,
				fields: {
					document_type_passport: 'Passeport',
					document_type_id_card: 'Carte d’identité',
					document_type_driving_licence: 'Permis de conduire',
					document_type_residence_permit: 'Titre de séjour',
					document_type_other: 'Autre',
					status_draft: 'Brouillon',
					status_submitted: 'Soumise',
					status_in_review: 'En examen',
					status_needs_information: 'Complément demandé',
					status_approved: 'Approuvée',
					status_rejected: 'Refusée',
					status_withdrawn: 'Retirée',
					status_expired: 'Expirée',
					status_revoked: 'Révoquée',
				},
				tabs: { evidence: 'Justificatifs', decisions: 'Décisions' },
			},
		}),
	},
	'document_type',
	'status',
);

export const decisions: Resource = brief(
	{
		name: 'kyc_decisions',
		icon: DecisionIcon,
		title: ({ from_status, to_status }) => `${from_status} → ${to_status}`,
		Subtitle: ({ row }) => row.reason,
		fields: {},
		verbs: [],
		form: [],
		list: { name: 'to_status', columns: ['reason', 'created_at'], sort: ['id', 'ASC'], filters: ['created_at'] },
		page: { facts: ['to_status', 'reason', 'created_at'], tabs: {} },
		words: words({
			en: {
				one: 'Decision',
				many: 'Decisions',
				empty: 'No decisions yet',
				create: '',
			},
			fr: {
				one: 'Décision',
				many: 'Décisions',
				empty: 'Aucune décision',
				create: '',
				feminine: true,
			},
		}),
	},
	'created_at',
);
