// Report templates: the columns and filters of an export.
import Icon from '@mui/icons-material/SummarizeOutlined';
import { lazy } from '../ui/lazy';
import type { Resource } from '../records/resource';

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
};
