// Contacts: their fields, list, form and page.
import Icon from '@mui/icons-material/PeopleOutlined';
import { Ago } from '../ui/Ago';
import { PageLink } from '../ui/PageLink';
import type { Resource } from '../records/resource';
import { described } from '../records/pages';
import { Face, fullName } from '../records/People';
import type { Contact } from './contact';
import { Badges, ContactFiles, ContactStream, Messages, More, Similar, Tasks } from './parts';
import { Status } from './Status';
import { Tags } from './Tags';

const resource: Resource = {
	name: 'contacts',
	icon: Icon,
	title: fullName,
	Face: ({ row, size }: { row: Contact; size?: number }) => (
		<Face name={fullName(row)} file={row.avatar} size={size} />
	),
	Subtitle: ({ row, table }: { row: Contact; table?: boolean }) =>
		[row.title, !table && row.company_name].filter(Boolean).join(' · '),
	Aside: ({ row }: { row: Contact }) => <Status value={row.status} />,
	fields: {
		company_id: {
			sort: 'company_name',
			Cell: ({ row }) => (
				<PageLink className="link" to={`/companies/${row.company_id}/show`}>
					{row.company_name}
				</PageLink>
			),
		},
		email_jsonb: { sort: 'email_fts' },
		phone_jsonb: { sort: 'phone_fts' },
		tags: { reads: true, Cell: ({ row }) => <Tags record={row as Contact} /> },
		status: {
			kind: 'choice',
			choices: ({ noteStatuses }) => noteStatuses,
			Cell: ({ value }) => <Status value={value} />,
		},
		gender: {
			kind: 'choice',
			choices: (_, say) =>
				['female', 'male', 'nonbinary'].map((value) => ({ value, label: say(`contacts.genders.${value}`) })),
		},
		last_seen: { fixed: true, Cell: Ago },
		first_seen: { fixed: true },
	},
	form: [
		{ Part: Similar },
		['first_name', 'last_name'],
		'email_jsonb',
		['company_id', 'tags'],
		'title',
		'phone_jsonb',
		{ heading: 'i18n.about' },
		['status', 'sales_id'],
		'linkedin_url',
		'background',
		'has_newsletter',
	],
	defaults: ({ id }, { noteStatuses }) => ({
		sales_id: id,
		status: noteStatuses[0]?.value,
		email_jsonb: [{ type: 'Work' }],
		phone_jsonb: [],
		tags: [],
	}),
	complete: (row) => ({ ...row, first_seen: new Date().toISOString(), last_seen: new Date().toISOString() }),
	list: {
		name: 'last_name',
		columns: ['company_id', 'email_jsonb', 'phone_jsonb', 'status', 'last_seen', 'tags'],
		sort: ['last_seen', 'DESC'],
		filters: [
			'status',
			'tags',
			'company_id',
			'title',
			'sales_id',
			'first_seen',
			'last_seen',
			'nb_tasks',
			'has_newsletter',
		],
		search: true,
		formats: ['csv', 'vcard', 'ndjson'],
	},
	page: {
		facts: [
			'email_jsonb',
			'phone_jsonb',
			'title',
			'company_id',
			'status',
			'tags',
			'linkedin_url',
			'background',
			'has_newsletter',
			'sales_id',
			'first_seen',
			'last_seen',
		],
		tabs: {
			stream: ContactStream,
			deals: {
				resource: 'deals',
				filter: ({ id }) => ({ 'contact_ids@cs': [id] }),
				add: ({ id, company_id }) => ({ contact_ids: [id], company_id }),
			},
			appointments: {
				resource: 'appointments',
				filter: ({ id }) => ({ contact_id: id }),
				add: ({ id }) => ({ contact_id: id }),
				sort: ['starts_at', 'DESC'],
			},
			messages: { shows: 'messages', Part: Messages },
			files: { shows: 'contact_notes', Part: ContactFiles },
		},
		logs: 'contact_id',
		More,
		Head: Badges,
		Side: { shows: 'tasks', Part: Tasks },
	},
};

export default described(resource, { label: 'contacts.title', keys: 'g c' });
