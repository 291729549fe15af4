// Custom objects, which administrators define in the settings.
import Icon from '@mui/icons-material/CategoryOutlined';
import { described } from '../records/pages';
import type { Resource } from '../records/resource';
import { History } from '../records/tabs';
import { administratorsOnly, followDefinitions } from '../customFields/definitions';
import { OpenButton } from './OpenButton';

const resource: Resource = {
	name: 'object_definitions',
	icon: Icon,
	group: 'data',
	title: ({ plural }) => plural as string,
	exact: true,
	madeOnPage: true,
	fields: {
		key: { input: { helperText: 'customObjects.key_help' } },
		help: { input: { helperText: 'customObjects.help_help' } },
	},
	form: ['label', 'plural', 'icon', 'help', 'key'],
	defaults: () => ({ icon: 'box' }),
	list: {
		name: 'plural',
		columns: ['label', 'icon', 'resource', 'created_at'],
		sort: ['position', 'ASC'],
		filters: ['plural', 'label'],
	},
	page: {
		facts: ['label', 'plural', 'icon', 'help', 'key', 'resource', 'position'],
		tabs: {
			field_definitions: {
				resource: 'field_definitions',
				filter: ({ resource: of }) => ({ resource: of }),
				add: ({ resource: of }) => ({ resource: of }),
				sort: ['position', 'ASC'],
			},
			history: History,
		},
		Actions: OpenButton,
	},
};

followDefinitions('object_definitions');

export default administratorsOnly(described(resource));
