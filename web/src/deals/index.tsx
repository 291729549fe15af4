import { lazy } from 'react';
import Icon from '@mui/icons-material/HandshakeOutlined';
import type { Feature } from '../app/feature';

const Archive = lazy(() => import('./DealArchive'));

export default {
	resource: {
		name: 'deals',
		icon: Icon,
		list: lazy(() => import('./DealBoard')),
		show: lazy(() => import('./DealShow')),
		edit: lazy(() => import('./DealEdit')),
		create: lazy(() => import('./DealCreate')),
		recordRepresentation: 'name',
	},
	pages: [{ path: '/deals/archive', element: <Archive /> }],
	menu: { to: '/deals', label: 'deals.title', icon: Icon, keys: 'g d' },
} satisfies Feature;
