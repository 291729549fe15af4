// Pipelines and their stages, which administrators change on a settings page.
import { createElement } from 'react';
import Icon from '@mui/icons-material/ViewKanbanOutlined';
import type { Area } from '../records/area';
import { lazy } from '../ui/lazy';
import type { Resource } from '../records/resource';

export const pipelines: Resource = {
	name: 'pipelines',
	icon: Icon,
	title: ({ name }) => name,
	fields: { name: {}, team_id: {}, is_default: {} },
	verbs: [],
	form: [],
};

export const stages: Resource = {
	name: 'pipeline_stages',
	icon: Icon,
	title: ({ label }) => label,
	fields: {
		label: {},
		outcome: {},
		probability: {},
		pipeline_id: { kind: 'number' },
	},
	verbs: [],
	form: [],
};

const Pipelines = lazy(() => import('./Pipelines'));

export const pipelineSettings: Area = {
	resource: pipelines,
	pages: [{ path: '/pipelines', element: createElement(Pipelines) }],
	settings: {
		to: '/pipelines',
		label: 'resources.pipelines.name',
		icon: Icon,
		group: 'organization',
		shown: ({ administrator }) => administrator,
	},
};
