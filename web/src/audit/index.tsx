import Icon from '@mui/icons-material/FactCheckOutlined';
import type { Area } from '../records/area';
import { lazy } from '../ui/lazy';

const Audit = lazy(() => import('./Audit'));

export default {
	pages: [{ path: '/audit', element: <Audit /> }],
	settings: {
		to: '/audit',
		label: 'audit.title',
		icon: Icon,
		group: 'organization',
		shown: ({ administrator, grants }) => administrator || grants.audit_log !== undefined,
	},
} satisfies Area;
