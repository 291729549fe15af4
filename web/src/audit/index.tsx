import Icon from '@mui/icons-material/FactCheckOutlined';
import type { Area } from '../records/area';
import { lazy } from '../ui/lazy';
import { may } from '../data/permissions';

const Audit = lazy(() => import('./Audit'));

export default {
	pages: [{ path: '/audit', element: <Audit /> }],
	elsewhere: { audit_log: '/audit' },
	settings: {
		to: '/audit',
		label: 'audit.title',
		icon: Icon,
		group: 'organization',
		shown: (me) => may(me, 'audit_log', 'list'),
	},
} satisfies Area;
