// Report templates: the columns and filters of an export.
import Icon from '@mui/icons-material/SummarizeOutlined';
import { lazy } from '../ui/lazy';
import type { Resource } from '../records/resource';
import { words } from './resources';

export const reports: Resource = {
	name: 'report_templates',
	icon: Icon,
	group: 'data',
	title: ({ name }) => name,
	fields: {
		resource: {
			input: { helperText: 'resources.report_templates.fields.resource_help' },
		},
		columns: { fixed: true },
		filters: { fixed: true },
	},
	form: [['name', 'resource']],
	list: { name: 'name', columns: ['resource', 'created_at'], sort: ['name', 'ASC'], filters: ['name', 'resource'] },
	page: {
		facts: ['resource', 'columns', 'filters', 'created_at'],
		tabs: {},
		Actions: lazy(() => import('./ReportFile')),
	},
	words: words({
		en: {
			one: 'Report',
			many: 'Reports',
			empty: 'No reports yet',
			create: 'New report',
			invite: 'A report is an export with chosen columns and filters, which programs set by the API.',
			fields: {
				resource_help: 'As the API names them: user_payments',
			},
		},
		fr: {
			one: 'Rapport',
			many: 'Rapports',
			empty: 'Aucun rapport',
			create: 'Nouveau rapport',
			invite: 'Un rapport est un export avec des colonnes et des filtres choisis, que les programmes règlent par l’API.',
			fields: {
				resource_help: 'Le nom dans l’API : user_payments',
			},
		},
	}),
};
