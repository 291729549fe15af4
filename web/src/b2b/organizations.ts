// The organizations to which contacts belong.
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
};
