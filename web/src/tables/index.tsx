import Icon from '@mui/icons-material/TableChartOutlined';
import type { Area } from '../records/area';
import { lazy } from '../ui/lazy';

const Data = lazy(() => import('./Data'));

export default {
	pages: [{ path: '/data/:table?', element: <Data /> }],
	settings: {
		to: '/data',
		label: 'tables.title',
		icon: Icon,
		group: 'data',
		shown: ({ administrator }) => administrator,
	},
} satisfies Area;
