// A member's contact data: email addresses, telephone numbers, web pages and postal addresses.
import ContactIcon from '@mui/icons-material/ContactPhoneOutlined';
import AddressIcon from '@mui/icons-material/HomeOutlined';
import { brief } from './Brief';
import { country, member } from './resources';

export const contacts = brief(
	{
		name: 'user_contacts',
		icon: ContactIcon,
		title: ({ value }) => value,
		Subtitle: ({ row }) => row.label,
		fields: {
			member_id: member,
		},
		form: ['member_id', ['kind', 'value'], 'label', 'is_default'],
		defaults: () => ({ kind: 'email' }),
		list: {
			name: 'value',
			columns: ['member_id', 'kind', 'label', 'is_default'],
			sort: ['kind', 'ASC'],
			filters: ['member_id', 'kind', 'value'],
		},
	},
	'kind',
);

export const addresses = brief(
	{
		name: 'user_addresses',
		icon: AddressIcon,
		title: ({ line1 }) => line1,
		Subtitle: ({ row }) =>
			[row.line2, row.postal_code, row.city, row.region, row.country].filter(Boolean).join(', '),
		fields: {
			member_id: member,
			country,
		},
		form: ['member_id', 'kind', 'line1', 'line2', ['postal_code', 'city'], ['region', 'country'], 'is_default'],
		defaults: () => ({ kind: 'home' }),
		list: {
			name: 'line1',
			columns: ['member_id', 'kind', 'postal_code', 'city', 'country'],
			sort: ['kind', 'ASC'],
			filters: ['member_id', 'kind', 'city', 'country'],
		},
	},
	'kind',
);
