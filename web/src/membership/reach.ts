// How to reach a member: addresses for mail, numbers and pages; and postal addresses.
import ContactIcon from '@mui/icons-material/ContactPhoneOutlined';
import AddressIcon from '@mui/icons-material/HomeOutlined';
import { brief } from './Brief';
import { member, words } from './resources';

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
		words: words({
			en: {
				one: 'Contact detail',
				many: 'Contact details',
				empty: 'No contact details yet',
				create: 'New contact detail',
				fields: { name: 'Value', kind_email: 'E-mail', kind_phone: 'Phone', kind_web: 'Web' },
			},
			fr: {
				one: 'Coordonnée',
				many: 'Coordonnées',
				empty: 'Aucune coordonnée',
				create: 'Nouvelle coordonnée',
				feminine: true,
				fields: {
					name: 'Valeur',
					kind_email: 'E-mail',
					kind_phone: 'Téléphone',
					kind_web: 'Web',
				},
			},
		}),
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
			country: {
				input: { parse: (text: string) => text.toUpperCase(), slotProps: { htmlInput: { maxLength: 2 } } },
			},
		},
		form: ['member_id', 'kind', 'line1', 'line2', ['postal_code', 'city'], ['region', 'country'], 'is_default'],
		defaults: () => ({ kind: 'home' }),
		list: {
			name: 'line1',
			columns: ['member_id', 'kind', 'postal_code', 'city', 'country'],
			sort: ['kind', 'ASC'],
			filters: ['member_id', 'kind', 'city', 'country'],
		},
		words: words({
			en: {
				one: 'Address',
				many: 'Addresses',
				empty: 'No addresses yet',
				create: 'New address',
				fields: {
					name: 'Address',
					kind_home: 'Home',
					kind_work: 'Work',
					kind_billing: 'Billing',
					kind_shipping: 'Shipping',
				},
			},
			fr: {
				one: 'Adresse',
				many: 'Adresses',
				empty: 'Aucune adresse',
				create: 'Nouvelle adresse',
				feminine: true,
				fields: {
					name: 'Adresse',
					kind_home: 'Domicile',
					kind_work: 'Travail',
					kind_billing: 'Facturation',
					kind_shipping: 'Livraison',
				},
			},
		}),
	},
	'kind',
);
