// Pipelines and their stages, which administrators change on a page of the settings.
import { createElement } from 'react';
import Icon from '@mui/icons-material/ViewKanbanOutlined';
import type { Area } from '../records/area';
import { lazy } from '../ui/lazy';
import type { Resource } from '../records/resource';

const none = { created: '', updated: '', deleted: '' };

export const pipelines: Resource = {
	name: 'pipelines',
	icon: Icon,
	title: ({ name }) => name,
	fields: { name: {}, team_id: {}, is_default: {} },
	verbs: [],
	form: [],
	words: {
		en: {
			name: 'Pipeline |||| Pipelines',
			empty: 'No stages yet',
			invite: 'A pipeline is a way to sell, with stages of its own. Opportunities of a team’s pipeline are seen by its members, administrators, and those with whom they are shared.',
			action: { create: 'New pipeline' },
			fields: {
				none: 'No team',
				default_help: 'Deal stages that are added under “%{fields}” are in the default pipeline.',
				edit: 'Edit pipeline',
				remove: 'Delete pipeline “%{name}”?',
				up: 'Move up',
				down: 'Move down',
			},
			notifications: none,
		},
		fr: {
			name: 'Pipeline |||| Pipelines',
			empty: 'Aucune étape',
			invite: 'Un pipeline est une façon de vendre, avec ses propres étapes. Les opportunités du pipeline d’une équipe sont vues par ses membres, les administrateurs et ceux avec qui elles sont partagées.',
			action: { create: 'Nouveau pipeline' },
			fields: {
				none: 'Aucune équipe',
				default_help: 'Les étapes ajoutées dans « %{fields} » sont dans le pipeline par défaut.',
				edit: 'Modifier le pipeline',
				remove: 'Supprimer le pipeline « %{name} » ?',
				up: 'Monter',
				down: 'Descendre',
			},
			notifications: none,
		},
	},
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
	words: {
		en: {
			name: 'Stage |||| Stages',
			empty: '',
			action: { create: 'New stage' },
			fields: {
				edit: 'Edit stage',
				remove: 'Delete stage “%{name}”?',
			},
			notifications: none,
		},
		fr: {
			name: 'Étape |||| Étapes',
			empty: '',
			action: { create: 'Nouvelle étape' },
			fields: {
				edit: 'Modifier l’étape',
				remove: 'Supprimer l’étape « %{name} » ?',
			},
			notifications: none,
		},
	},
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
