// Members' tax forms. Only the PDF contains the identifier.
import Icon from '@mui/icons-material/RequestPageOutlined';
import { lazy } from '../ui/lazy';
import { History } from '../records/tabs';
import { brief } from './Brief';
import { country, member } from './resources';

export const taxForms = brief(
	{
		name: 'tax_forms',
		icon: Icon,
		title: ({ year, kind }) => `${kind.toUpperCase()} ${year}`,
		fields: {
			member_id: { ...member, fixed: false },
			year: { required: true, fixed: false },
			kind: {
				required: true,
				fixed: false,
				// The codes of the forms W-9 and W-8BEN are w9 and w8ben.
				input: {
					parse: (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, ''),
					helperText: 'resources.tax_forms.fields.kind_help',
				},
			},
			country: { ...country, required: true, fixed: false },
			legal_name: { required: true, fixed: false },
			identifier: { kind: 'text', required: true, secret: true },
		},
		verbs: ['create', 'delete'],
		form: ['member_id', ['year', 'kind'], ['country', 'legal_name'], 'identifier'],
		list: {
			name: 'year',
			columns: ['member_id', 'kind', 'country', 'identifier_last'],
			sort: ['year', 'DESC'],
			filters: ['member_id', 'year', 'kind', 'country'],
		},
		page: {
			facts: ['member_id', 'year', 'kind', 'country', 'legal_name', 'identifier_last', 'created_at'],
			tabs: { history: History },
			Actions: lazy(() => import('./TaxFormFile')),
		},
	},
	'identifier_last',
);
