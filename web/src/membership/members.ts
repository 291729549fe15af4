// The members of the organization: their profiles, with all that is about them.
import { createElement } from 'react';
import Icon from '@mui/icons-material/BadgeOutlined';
import { lazy } from '../ui/lazy';
import type { Resource, RelatedTab } from '../records/resource';
import { Face } from '../records/People';
import { nameOf } from '../records/RowInput';
import { History } from '../records/tabs';
import { words } from './resources';

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

export const members: Resource = {
	name: 'user_profiles',
	icon: Icon,
	title: (row) => nameOf('user_profiles', row) || `#${row.id}`,
	Face: ({ row, size }) => createElement(Face, { name: nameOf('user_profiles', row) ?? '', ...(size && { size }) }),
	Subtitle: ({ row }) => row.headline,
	fields: {},
	form: [['first_name', 'last_name'], ['headline', 'birth_date'], 'bio'],
	list: {
		name: 'last_name',
		columns: ['birth_date', 'created_at'],
		sort: ['last_name', 'ASC'],
		filters: ['first_name', 'last_name', 'headline', 'birth_date', 'created_at'],
	},
	page: {
		facts: ['first_name', 'last_name', 'headline', 'birth_date', 'bio', 'created_at', 'updated_at'],
		More: lazy(() => import('./MemberButtons')),
		tabs: {
			...Object.fromEntries(kinds.map((kind) => [kind, about(kind)])),
			messages: { shows: 'member_messages', Part: Thread },
			history: History,
		},
	},
	words: words({
		en: {
			one: 'Member',
			many: 'Members',
			empty: 'No members yet',
			create: 'New member',
			invite: 'The people of the organization. Each portal user has a profile; add one for whom has no account.',
			tabs: {
				user_memberships: 'Memberships',
				user_billing_schedules: 'Dues',
				user_payments: 'Payments',
				user_subscriptions: 'Subscriptions',
				user_payment_methods: 'Payment methods',
				user_contacts: 'Contacts',
				user_addresses: 'Addresses',
				user_payouts: 'Payouts',
				payout_accounts: 'Bank accounts',
				kyc_verification: 'Verifications',
				tax_forms: 'Tax forms',
				disputes: 'Disputes',
				legal_holds: 'Legal holds',
				membership_queue: 'Queue',
				user_agreements: 'Agreements',
				messages: 'Messages',
				history: 'History',
			},
		},
		fr: {
			one: 'Membre',
			many: 'Membres',
			empty: 'Aucun membre',
			create: 'Nouveau membre',
			invite: 'Les personnes de l’organisation. Chaque utilisateur du portail a un profil ; ajoutez-en un pour qui n’a pas de compte.',
			tabs: {
				user_memberships: 'Adhésions',
				user_billing_schedules: 'Échéances',
				user_payments: 'Paiements',
				user_subscriptions: 'Abonnements',
				user_payment_methods: 'Moyens de paiement',
				user_contacts: 'Coordonnées',
				user_addresses: 'Adresses',
				user_payouts: 'Versements',
				payout_accounts: 'Comptes bancaires',
				kyc_verification: 'Vérifications',
				tax_forms: 'Formulaires fiscaux',
				disputes: 'Litiges',
				legal_holds: 'Conservations légales',
				membership_queue: 'File d’attente',
				user_agreements: 'Accords',
				messages: 'Messages',
				history: 'Historique',
			},
		},
	}),
};
