import { lazy } from 'react';
import Icon from '@mui/icons-material/FactCheckOutlined';
import type { Noun } from '../app/noun';

const Audit = lazy(() => import('./Audit'));

export default {
	pages: [{ path: '/audit', element: <Audit /> }],
	menu: { to: '/audit', label: 'audit.title', icon: Icon, order: 97, manage: true,
		shown: ({ administrator }) => administrator },
} satisfies Noun;
