// The organizations of contacts.
import Icon from '@mui/icons-material/BadgeOutlined';
import type { Resource } from '../records/resource';

export const organizations: Resource = {
	name: 'contact_organizations',
	icon: Icon,
	title: ({ role }) => role ?? '',
	fields: {
		contact_id: { kind: 'reference', reference: 'contacts', required: true },
		company_id: { kind: 'reference', reference: 'companies', required: true },
		role: { kind: 'text' },
		influence: {
			kind: 'number',
			input: { min: 0, max: 100, helperText: 'resources.contact_organizations.fields.scale' },
		},
		started_on: { kind: 'date' },
		ended_on: { kind: 'date' },
		is_primary: { kind: 'boolean' },
	},
	form: [['contact_id', 'company_id'], ['role', 'influence'], ['started_on', 'ended_on'], 'is_primary'],
	words: {
		en: {
			name: 'Organization of a contact |||| Organizations of contacts',
			empty: 'No organizations yet',
			action: { create: 'Add organization' },
			fields: {
				contact_id: 'Contact',
				company_id: 'Company',
				role: 'Role',
				influence: 'Influence',
				scale: '0 to 100',
				started_on: 'Since',
				ended_on: 'Ended',
				is_primary: 'Primary',
				make: 'Make primary',
			},
			tabs: { contacts: 'Organizations', companies: 'People' },
			notifications: {
				created: 'Organization added',
				updated: 'Organization updated',
				deleted: 'Organization removed |||| %{smart_count} organizations removed',
			},
		},
		fr: {
			name: 'Organisation d’un contact |||| Organisations de contacts',
			empty: 'Aucune organisation',
			action: { create: 'Ajouter une organisation' },
			fields: {
				contact_id: 'Contact',
				company_id: 'Entreprise',
				role: 'Rôle',
				influence: 'Influence',
				scale: 'De 0 à 100',
				started_on: 'Depuis',
				ended_on: 'Fin',
				is_primary: 'Principale',
				make: 'Rendre principale',
			},
			tabs: { contacts: 'Organisations', companies: 'Personnes' },
			notifications: {
				created: 'Organisation ajoutée',
				updated: 'Organisation modifiée',
				deleted: 'Organisation retirée |||| %{smart_count} organisations retirées',
			},
		},
	},
};
