// Tax forms of members. The identifier is in the PDF alone.
import Icon from '@mui/icons-material/RequestPageOutlined';
import { codeInput, stamps } from '../records/description';
import { lazy } from '../ui/lazy';
import { History } from '../records/tabs';
import { brief } from './Brief';
import { member, words } from './resources';

export const taxForms = brief(
	{
		name: 'tax_forms',
		icon: Icon,
		title: ({ year, kind }) => `${kind.toUpperCase()} ${year}`,
		fields: {
			member_id: member,
			year: { kind: 'number', required: true },
			kind: {
				kind: 'text',
				required: true,
				input: { ...codeInput, helperText: 'resources.tax_forms.fields.kind_help' },
			},
			country: {
				kind: 'text',
				required: true,
				input: { parse: (text: string) => text.toUpperCase(), slotProps: { htmlInput: { maxLength: 2 } } },
			},
			legal_name: { kind: 'text', required: true },
			identifier: { kind: 'text', required: true, secret: true },
			identifier_last: { kind: 'text', fixed: true },
			created_at: stamps.created_at,
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
		words: words({
			en: {
				one: 'Tax form',
				many: 'Tax forms',
				empty: 'No tax forms yet',
				create: 'New tax form',
				fields: {
					year: 'Year',
					kind: 'Form',
					kind_help: 'Such as w9 or w8ben',
					country: 'Country (two letters)',
					legal_name: 'Legal name',
					identifier: 'Identifier',
					identifier_last: 'Identifier ends with',
				},
				tabs: { history: 'History' },
			},
			fr: {
				one: 'Formulaire fiscal',
				many: 'Formulaires fiscaux',
				empty: 'Aucun formulaire fiscal',
				create: 'Nouveau formulaire fiscal',
				fields: {
					year: 'Année',
					kind: 'Formulaire',
					kind_help: 'Comme w9 ou w8ben',
					country: 'Pays (deux lettres)',
					legal_name: 'Nom légal',
					identifier: 'Identifiant',
					identifier_last: 'Fin de l’identifiant',
				},
				tabs: { history: 'Historique' },
			},
		}),
	},
	'identifier_last',
);
