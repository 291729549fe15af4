// Members' identity verifications, reviewed beside their evidence.
import Icon from '@mui/icons-material/VerifiedUserOutlined';
import DecisionIcon from '@mui/icons-material/RuleOutlined';
import { lazy } from '../ui/lazy';
import type { Resource } from '../records/resource';
import { dated } from '../records/titles';
import { brief } from './Brief';
import { moves, reason } from '../records/moves';
import { country, member } from './resources';

const name = 'kyc_verification';
const why = { ...reason, needed: true as const };

export const verifications = brief(
	{
		name,
		icon: Icon,
		title: dated(name),
		fields: {
			member_id: member,
			country,
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
					own: true,
				},
				{
					action: 'review',
					from: ['submitted'],
					may: 'review',
				},
				{
					action: 'approve',
					from: ['in_review'],
					may: 'review',
					asks: [
						{
							name: 'expires_on',
							type: 'date',
						},
					],
				},
				{
					action: 'ask',
					from: ['in_review'],
					may: 'review',
					asks: [why],
				},
				{
					action: 'reject',
					from: ['in_review'],
					may: 'review',
					asks: [why],
					danger: true,
				},
				{
					action: 'revoke',
					from: ['approved'],
					may: 'revoke',
					asks: [why],
					danger: true,
				},
				{ action: 'renew', from: ['approved', 'expired'], own: true },
				{
					action: 'withdraw',
					from: ['draft', 'submitted', 'needs_information'],
					danger: true,
					own: true,
				},
			]),
		},
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
	},
	'created_at',
);
