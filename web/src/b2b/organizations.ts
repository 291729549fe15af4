// The organizations of contacts.
import Icon from '@mui/icons-material/BadgeOutlined';
import type { Resource } from '../records/resource';

export const organizations: Resource = {
	name: 'contact_organizations',
	icon: Icon,
	title: ({ role }) => role ?? '',
	fields: {
		influence: {
			input: { min: 0, max: 100, helperText: 'resources.contact_organizations.fields.scale' },
		},
	},
	form: [['contact_id', 'company_id'], ['role', 'influence'], ['started_on', 'ended_on'], 'is_primary'],
	words: {
		en: {
			name: 'Organization of a contact |||| Organizations of contacts',
			empty: 'No organizations yet',
			action: { create: 'Add organization' },
			fields: {
				scale: '0 to 100',
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
				scale: 'De 0 à 100',
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
