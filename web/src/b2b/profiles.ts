// Company profiles: the relationship of a company to the organization.
import Icon from '@mui/icons-material/AccountTreeOutlined';
import type { Resource } from '../records/resource';

const types = ['prospect', 'customer', 'principal', 'distributor', 'vendor', 'partner', 'other'];

export const profiles: Resource = {
	name: 'company_profiles',
	icon: Icon,
	title: ({ name }) => name,
	fields: {
		type: {
			kind: 'choice',
			choices: (_, say) =>
				types.map((value) => ({ value, label: say(`resources.company_profiles.fields.type_${value}`) })),
		},
	},
	verbs: ['update'],
	form: ['type', ['is_principal', 'is_distributor'], 'parent_id'],
	page: { facts: ['type', 'is_principal', 'is_distributor', 'parent_id'], tabs: {} },
};
