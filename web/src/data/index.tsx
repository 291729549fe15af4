import { lazy } from 'react';
import Icon from '@mui/icons-material/TableChartOutlined';
import type { Feature } from '../app/feature';

const Data = lazy(() => import('./Data'));

export default {
	pages: [{ path: '/data/:table?', element: <Data /> }],
	settings: { to: '/data', label: 'data.title', icon: Icon, group: 'data',
		shown: ({ administrator }) => administrator },
} satisfies Feature;
