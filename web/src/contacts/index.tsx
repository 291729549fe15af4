import { lazy } from 'react';
import Icon from '@mui/icons-material/PeopleOutlined';
import type { Feature } from '../app/feature';
import { fullName } from '../app/People';

export default {
	resource: {
		name: 'contacts',
		icon: Icon,
		list: lazy(() => import('./ContactList')),
		show: lazy(() => import('./ContactShow')),
		edit: lazy(() => import('./ContactEdit')),
		create: lazy(() => import('./ContactCreate')),
		recordRepresentation: fullName,
	},
	menu: { to: '/contacts', label: 'contacts.title', icon: Icon, keys: 'g c' },
} satisfies Feature;
