import { lazy } from 'react';
import Icon from '@mui/icons-material/TableChartOutlined';
import type { Feature } from '../app/feature';

const Data = lazy(() => import('./Data'));

export default {
	pages: [{ path: '/data/:table?', element: <Data /> }],
	menu: { to: '/data', label: 'data.title', icon: Icon, manage: true,
		shown: ({ administrator }) => administrator },
} satisfies Feature;
