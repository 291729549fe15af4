import { lazy } from 'react';
import Icon from '@mui/icons-material/BusinessOutlined';
import type { Feature } from '../app/feature';

export default {
	resource: {
		name: 'companies',
		icon: Icon,
		list: lazy(() => import('./CompanyList')),
		show: lazy(() => import('./CompanyShow')),
		edit: lazy(() => import('./CompanyEdit')),
		create: lazy(() => import('./CompanyCreate')),
		recordRepresentation: 'name',
	},
	menu: { to: '/companies', label: 'companies.title', icon: Icon, keys: 'g o' },
} satisfies Feature;
