// Profiles of companies: what a company is to the organization.
import Icon from '@mui/icons-material/AccountTreeOutlined';
import type { Noun } from '../app/noun';

const types = ['prospect', 'customer', 'principal', 'distributor', 'vendor', 'partner', 'other'];

export const profiles: Noun = {
	name: 'company_profiles',
	icon: Icon,
	title: ({ id }) => String(id),
	fields: {
		type: { kind: 'choice', choices: (_, say) => types.map((value) => ({ value, label: say(`resources.company_profiles.fields.type_${value}`) })) },
		is_principal: { kind: 'boolean' },
		is_distributor: { kind: 'boolean' },
		parent_id: { kind: 'reference', reference: 'companies' },
	},
	verbs: ['update'],
	form: ['type', ['is_principal', 'is_distributor'], 'parent_id'],
	page: { facts: ['type', 'is_principal', 'is_distributor', 'parent_id'], tabs: {} },
	words: {
		en: {
			name: 'B2B profile |||| B2B profiles',
			empty: '',
			action: { create: '' },
			fields: { type: 'Type', is_principal: 'Principal', is_distributor: 'Distributor', parent_id: 'Parent', children: 'Subsidiaries',
				type_prospect: 'Prospect', type_customer: 'Customer', type_principal: 'Principal', type_distributor: 'Distributor', type_vendor: 'Vendor', type_partner: 'Partner', type_other: 'Other',
				principals: 'Principals', principals_help: 'What each principal sells and through whom, how close you are to its people, and the deals that it leads. A contact with an influence of 70 or more is an advocate. Open deals are counted in all currencies; “Weighted” and “Won in a year” are sums of the organization’s currency.',
				no_principals: 'No company is a principal yet', nb_products: 'Products', nb_distributors: 'Distributors', nb_contacts: 'Contacts', nb_advocates: 'Advocates',
				engagement: 'Engagement', last_interaction_at: 'Last interaction', nb_opportunities: 'Open deals', weighted_amount: 'Weighted', won_amount: 'Won in a year',
				commissions: 'Commissions', commissions_help: '%{from} – %{to}, for what was won.', no_commissions: 'Nothing was won in this period', distributor: 'Distributor',
				count: 'Deals', without_terms: 'Without terms', base: 'Base', commission: 'Commission',
				period: 'Period', period_month: 'This month', period_last_month: 'Last month', period_year: 'This year', period_last_year: 'Last year' },
			notifications: { created: '', updated: 'Profile updated', deleted: '' },
		},
		fr: {
			name: 'Profil B2B |||| Profils B2B',
			empty: '',
			action: { create: '' },
			fields: { type: 'Type', is_principal: 'Mandant', is_distributor: 'Distributeur', parent_id: 'Société mère', children: 'Filiales',
				type_prospect: 'Prospect', type_customer: 'Client', type_principal: 'Mandant', type_distributor: 'Distributeur', type_vendor: 'Fournisseur', type_partner: 'Partenaire', type_other: 'Autre',
				principals: 'Mandants', principals_help: 'Ce que chaque mandant vend et par qui, vos liens avec ses contacts, et les affaires qu’il mène. Un contact dont l’influence atteint 70 est un appui. Les affaires en cours sont comptées dans toutes les devises ; « Pondéré » et « Gagné en un an » sont des sommes dans la devise de l’organisation.',
				no_principals: 'Aucune entreprise n’est encore un mandant', nb_products: 'Produits', nb_distributors: 'Distributeurs', nb_contacts: 'Contacts', nb_advocates: 'Appuis',
				engagement: 'Engagement', last_interaction_at: 'Dernier échange', nb_opportunities: 'Affaires en cours', weighted_amount: 'Pondéré', won_amount: 'Gagné en un an',
				commissions: 'Commissions', commissions_help: '%{from} – %{to}, sur les affaires gagnées.', no_commissions: 'Rien n’a été gagné dans cette période', distributor: 'Distributeur',
				count: 'Affaires', without_terms: 'Sans conditions', base: 'Base', commission: 'Commission',
				period: 'Période', period_month: 'Ce mois', period_last_month: 'Le mois dernier', period_year: 'Cette année', period_last_year: 'L’année dernière' },
			notifications: { created: '', updated: 'Profil modifié', deleted: '' },
		},
	},
};
