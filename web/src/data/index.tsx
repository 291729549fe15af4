import { lazy } from 'react';
import Icon from '@mui/icons-material/TableChartOutlined';
import type { Noun } from '../app/noun';

const Data = lazy(() => import('./Data'));

export default {
	pages: [{ path: '/data/:table?', element: <Data /> }],
	menu: { to: '/data', label: 'data.title', icon: Icon, order: 95, manage: true,
		shown: ({ administrator }) => administrator },
} satisfies Noun;
