// The organization's members: their profiles and all related records.
import { createElement } from 'react';
import Icon from '@mui/icons-material/BadgeOutlined';
import { lazy } from '../ui/lazy';
import { Sums } from '../records/minor';
import type { RelatedTab } from '../records/resource';
import { Face } from '../records/People';
import { nameOf } from '../records/RowInput';
import { History } from '../records/tabs';
import { brief } from './Brief';

const about = (resource: string): RelatedTab => ({
	resource,
	filter: ({ id }) => ({ member_id: id }),
	add: ({ id }) => ({ member_id: id }),
});
const Thread = lazy(() => import('./Thread'));
const kinds = [
	'user_memberships',
	'user_billing_schedules',
	'user_payments',
	'user_subscriptions',
	'user_payment_methods',
	'user_contacts',
	'user_addresses',
	'user_payouts',
	'payout_accounts',
	'kyc_verification',
	'tax_forms',
	'disputes',
	'membership_queue',
	'user_agreements',
	'legal_holds',
];

export const members = brief(
	{
		name: 'user_profiles',
		icon: Icon,
		title: (row) => nameOf('user_profiles', row) || `#${row.id}`,
		Face: ({ row, size }) =>
			createElement(Face, { name: nameOf('user_profiles', row) ?? '', ...(size && { size }) }),
		Subtitle: ({ row }) => row.headline,
		fields: {
			membership_status: {
				kind: 'choice',
				choices: (_, say) =>
					['pending', 'active', 'suspended', 'cancelled'].map((value) => ({
						value,
						label: say(`resources.user_memberships.fields.status_${value}`),
					})),
			},
			amounts_due: { Cell: Sums, sort: false },
		},
		form: [['first_name', 'last_name'], ['headline', 'birth_date'], 'bio'],
		list: {
			name: 'last_name',
			columns: ['membership_status', 'amounts_due', 'birth_date', 'created_at'],
			sort: ['last_name', 'ASC'],
			filters: ['membership_status', 'first_name', 'last_name', 'headline', 'birth_date', 'created_at'],
			search: true,
		},
		page: {
			facts: [
				'membership_status',
				'amounts_due',
				'first_name',
				'last_name',
				'headline',
				'birth_date',
				'bio',
				'created_at',
				'updated_at',
			],
			More: lazy(() => import('./MemberButtons')),
			tabs: {
				...Object.fromEntries(kinds.map((kind) => [kind, about(kind)])),
				messages: { shows: 'member_messages', Part: Thread },
				history: History,
			},
		},
	},
	'membership_status',
	'amounts_due',
);
