import { lazy } from 'react';
import Icon from '@mui/icons-material/FactCheckOutlined';
import type { Feature } from '../app/feature';

const Audit = lazy(() => import('./Audit'));

export default {
	pages: [{ path: '/audit', element: <Audit /> }],
	menu: { to: '/audit', label: 'audit.title', icon: Icon, manage: true,
		shown: ({ administrator, grants }) => administrator || grants.audit_log !== undefined },
} satisfies Feature;
