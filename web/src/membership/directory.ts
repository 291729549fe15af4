// The directory: the members who chose to be listed, with the data that they chose to show.
import Icon from '@mui/icons-material/MenuBookOutlined';
import type { Resource } from '../records/resource';
import { nameOf } from '../records/RowInput';

const facts = ['headline', 'bio', 'birth_date', 'city', 'country', 'email', 'phone'];

export const directory: Resource = {
	name: 'member_directory',
	icon: Icon,
	title: (row) => nameOf('user_profiles', row) || `#${row.id}`,
	Subtitle: ({ row }) => [row.headline, row.city].filter(Boolean).join(' · '),
	fields: {
		bio: {},
		birth_date: {},
		email: {},
		phone: {},
	},
	verbs: [],
	form: [],
	list: {
		name: 'last_name',
		columns: ['headline', 'city'],
		sort: ['last_name', 'ASC'],
		filters: ['city', 'country'],
	},
	page: { facts, tabs: {} },
};
