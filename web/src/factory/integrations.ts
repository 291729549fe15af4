// Integrations with other systems, their data mappings, and their jobs.
import Icon from '@mui/icons-material/HubOutlined';
import JobIcon from '@mui/icons-material/PlaylistPlayOutlined';
import MappingIcon from '@mui/icons-material/AltRouteOutlined';
import { lazy } from '../ui/lazy';
import { dated } from '../records/titles';
import type { Resource } from '../records/resource';

export const integrations: Resource = {
	name: 'integration_configs',
	icon: Icon,
	group: 'data',
	title: ({ name }) => name,
	fields: {
		settings: { fixed: true },
	},
	form: ['name', ['type', 'status']],
	defaults: () => ({ status: 'draft' }),
	list: {
		name: 'name',
		columns: ['type', 'status', 'updated_at'],
		sort: ['name', 'ASC'],
		filters: ['name', 'type', 'status'],
	},
	page: {
		facts: ['type', 'status', 'secrets', 'created_at', 'updated_at'],
		tabs: {
			connection: lazy(() => import('./Connection')),
			data_mappings: {
				resource: 'data_mappings',
				filter: ({ id }) => ({ integration_id: id }),
				add: ({ id }) => ({ integration_id: id }),
			},
			integration_jobs: {
				resource: 'integration_jobs',
				filter: ({ id }) => ({ integration_id: id }),
				add: ({ id }) => ({ integration_id: id }),
			},
		},
	},
};

export const mappings: Resource = {
	name: 'data_mappings',
	icon: MappingIcon,
	group: 'data',
	title: ({ name, version }) => `${name} ${version}`,
	fields: {
		version: { fixed: true },
		resource: { required: true },
		mode: { required: true },
		match_by: { required: true },
		fields: { fixed: true },
	},
	form: ['integration_id', 'name', ['resource', 'mode', 'match_by']],
	defaults: () => ({ resource: 'contacts', mode: 'both', match_by: 'external_id' }),
	list: {
		name: 'name',
		columns: ['integration_id', 'version', 'resource', 'updated_at'],
		sort: ['name', 'ASC'],
		filters: ['integration_id', 'name'],
	},
	page: {
		facts: ['integration_id', 'version', 'resource', 'mode', 'match_by', 'created_at', 'updated_at'],
		tabs: { editor: lazy(() => import('./MappingEditor')) },
	},
};

export const jobs: Resource = {
	name: 'integration_jobs',
	icon: JobIcon,
	group: 'data',
	title: dated('integration_jobs'),
	fields: {
		schedule: { input: { helperText: 'resources.integration_jobs.fields.schedule_help' } },
	},
	form: ['integration_id', 'mapping_id', ['schedule', 'run_after']],
	defaults: () => ({ kind: 'run' }),
	list: {
		name: 'id',
		columns: ['integration_id', 'kind', 'status', 'progress', 'run_after', 'finished_at'],
		sort: ['created_at', 'DESC'],
		filters: ['integration_id', 'status', 'run_after'],
	},
	page: {
		facts: [
			'integration_id',
			'mapping_id',
			'status',
			'schedule',
			'run_after',
			'attempts',
			'progress',
			'started_at',
			'finished_at',
			'error',
		],
		tabs: { log: lazy(() => import('./JobLog')) },
	},
};
