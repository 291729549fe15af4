// Custom fields, which administrators define in the settings.
import Icon from '@mui/icons-material/PostAddOutlined';
import { meQuery, queryClient } from '../data/session';
import { isObject } from '../i18n/customNames';
import { described } from '../records/pages';
import type { Resource } from '../records/resource';
import { currencies } from '../i18n/regions';
import { History } from '../records/tabs';
import { ChangeKind } from './ChangeKind';
import { administratorsOnly, customizable, followDefinitions } from './definitions';
import {
	ChoicesCell,
	ChoicesInput,
	DefaultCell,
	DefaultInput,
	RelationCell,
	RelationInput,
	RolledCell,
	RolledInput,
} from './inputs';
import { functions, kinds, rules } from './kinds';

const known = () => Object.entries(queryClient.getQueryData(meQuery.queryKey)?.catalogue ?? {});
const named = (some: [string, unknown][], say: (key: string, options?: object) => string) =>
	some.map(([value]) => ({ value, label: say(`resources.${value}.name`, { smart_count: 2 }) }));

const resource: Resource = {
	name: 'field_definitions',
	icon: Icon,
	group: 'data',
	title: ({ label }) => label,
	exact: true,
	fields: {
		resource: {
			kind: 'choice',
			choices: (_, say) =>
				named(
					customizable(Object.fromEntries(known())).map((name) => [name, undefined]),
					say,
				),
		},
		kind: {
			kind: 'choice',
			choices: (_, say) => kinds.map((value) => ({ value, label: say(`customFields.kinds.${value}`) })),
		},
		key: { input: { helperText: 'customFields.key_help' } },
		choices: {
			kind: 'json',
			Input: ChoicesInput,
			Cell: ChoicesCell,
			of: ({ kind }) => ['choice', 'choices'].includes(kind),
			required: () => true,
		},
		refers: {
			kind: 'choice',
			of: ({ kind }) => ['relation', 'relations'].includes(kind),
			required: () => true,
			choices: (_, say) =>
				named(
					known().filter(([name, { trash, label }]) => (trash && !label) || isObject(name)),
					say,
				),
		},
		on_delete: {
			kind: 'choice',
			of: ({ refers }) => Boolean(refers),
			choices: (_, say) => rules.map((value) => ({ value, label: say(`customFields.rules.${value}`) })),
			input: { helperText: 'customFields.on_delete_help' },
		},
		relation: {
			Input: RelationInput,
			Cell: RelationCell,
			of: ({ kind }) => kind === 'rollup',
			required: () => true,
		},
		function: {
			kind: 'choice',
			of: ({ kind }) => kind === 'rollup',
			choices: (_, say) => functions.map((value) => ({ value, label: say(`customFields.functions.${value}`) })),
			initial: 'count',
		},
		field: {
			Input: RolledInput,
			Cell: RolledCell,
			of: ({ kind, function: fn }) => kind === 'rollup' && fn !== 'count',
			required: () => true,
		},
		condition: { of: ({ kind }) => kind === 'rollup', input: { helperText: 'customFields.condition_help' } },
		required: { of: ({ kind }) => kind !== 'rollup' },
		minimum: { of: ({ kind }) => ['integer', 'number', 'money'].includes(kind) },
		maximum: { of: ({ kind }) => ['integer', 'number', 'money'].includes(kind) },
		currency: {
			kind: 'choice',
			of: ({ kind }) => kind === 'money',
			choices: () => currencies.map((value) => ({ value, label: value })),
			input: { helperText: 'customFields.currency_help' },
		},
		digits: { of: ({ kind }) => ['number', 'money', 'rollup'].includes(kind) },
		default_value: {
			Input: DefaultInput,
			Cell: DefaultCell,
			of: ({ kind, formula }) => Boolean(kind) && !['rollup', 'address', 'file'].includes(kind) && !formula,
		},
		formula: {
			of: ({ kind }) => ['text', 'integer', 'number', 'money', 'date', 'boolean'].includes(kind),
			input: { helperText: 'customFields.formula_help' },
		},
		help: { input: { helperText: 'customFields.help_help' } },
		section: { input: { helperText: 'customFields.section_help' } },
	},
	form: [
		'resource',
		'label',
		'kind',
		'choices',
		'refers',
		'on_delete',
		'relation',
		'function',
		'field',
		'condition',
		'required',
		{ heading: 'customFields.more' },
		'formula',
		'default_value',
		'currency',
		['minimum', 'maximum'],
		'digits',
		'help',
		'section',
		'key',
	],
	defaults: () => ({ kind: 'text' }),
	list: {
		name: 'label',
		columns: ['resource', 'kind', 'required', 'key', 'section'],
		sort: ['position', 'ASC'],
		filters: ['resource', 'kind', 'label'],
	},
	page: {
		facts: [
			'resource',
			'label',
			'kind',
			'choices',
			'refers',
			'on_delete',
			'relation',
			'function',
			'field',
			'condition',
			'required',
			'formula',
			'default_value',
			'currency',
			'minimum',
			'maximum',
			'digits',
			'help',
			'section',
			'position',
			'key',
		],
		tabs: { history: History },
		Actions: ChangeKind,
	},
};

followDefinitions('field_definitions');

export default administratorsOnly(described(resource));
