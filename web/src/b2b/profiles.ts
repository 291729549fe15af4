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
				type_prospect: 'Prospect', type_customer: 'Customer', type_principal: 'Principal', type_distributor: 'Distributor', type_vendor: 'Vendor', type_partner: 'Partner', type_other: 'Other' },
			notifications: { created: '', updated: 'Profile updated', deleted: '' },
		},
		fr: {
			name: 'Profil B2B |||| Profils B2B',
			empty: '',
			action: { create: '' },
			fields: { type: 'Type', is_principal: 'Mandant', is_distributor: 'Distributeur', parent_id: 'Société mère', children: 'Filiales',
				type_prospect: 'Prospect', type_customer: 'Client', type_principal: 'Mandant', type_distributor: 'Distributeur', type_vendor: 'Fournisseur', type_partner: 'Partenaire', type_other: 'Autre' },
			notifications: { created: '', updated: 'Profil modifié', deleted: '' },
		},
	},
};
