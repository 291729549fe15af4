// Companies: their fields, list, form and page.
import Icon from '@mui/icons-material/BusinessOutlined';
import { lazy } from '../ui/lazy';
import { byContacts, type Resource } from '../records/resource';
import { described } from '../records/pages';
import { Face } from '../records/People';
import { History } from '../records/tabs';
import { sizes, type Company } from './company';
import { NumberOfContacts, Summary } from './parts';

const resource: Resource = {
	name: 'companies',
	icon: Icon,
	title: ({ name }) => name,
	Face: ({ row, size }: { row: Company; size?: number }) => (
		<Face square name={row.name} file={row.logo} size={size} />
	),
	Subtitle: Summary,
	Aside: NumberOfContacts,
	fields: {
		sector: { kind: 'choice', choices: ({ companySectors }) => companySectors },
		size: {
			kind: 'choice',
			choices: (_, say) => sizes.map((value) => ({ value, label: say(`companies.sizes.${value}`) })),
		},
		context_links: { input: { helperText: 'companies.links_help' } },
		created_at: { fixed: true },
	},
	form: [
		'name',
		['sector', 'size'],
		'sales_id',
		'description',
		{ heading: 'companies.reach' },
		['website', 'phone_number'],
		'linkedin_url',
		'address',
		['zipcode', 'city'],
		['state_abbr', 'country'],
		{ heading: 'companies.more_facts' },
		['revenue', 'tax_identifier'],
		'context_links',
	],
	defaults: ({ id }) => ({ sales_id: id, context_links: [] }),
	list: {
		name: 'name',
		columns: ['sector', 'size', 'nb_contacts', 'nb_deals', 'sales_id'],
		sort: ['name', 'ASC'],
		filters: ['sector', 'size', 'city', 'country', 'sales_id', 'created_at'],
		search: true,
	},
	page: {
		facts: [
			'description',
			'sector',
			'size',
			'website',
			'phone_number',
			'linkedin_url',
			'address',
			'zipcode',
			'city',
			'state_abbr',
			'country',
			'revenue',
			'tax_identifier',
			'context_links',
			'sales_id',
			'created_at',
		],
		tabs: {
			activity: lazy(() => import('./Activity').then(({ Activity }) => ({ default: Activity }))),
			contacts: {
				resource: 'contacts',
				filter: ({ id }) => ({ company_id: id }),
				add: ({ id }) => ({ company_id: id }),
				count: 'nb_contacts',
				sort: ['last_name', 'ASC'],
			},
			deals: {
				resource: 'deals',
				filter: ({ id }) => ({ company_id: id }),
				add: ({ id }) => ({ company_id: id }),
				count: 'nb_deals',
			},
			...byContacts(({ id }) => ({ company_id: id })),
			history: History,
		},
	},
};

export default described(resource, { label: 'companies.title', keys: 'g o' });
