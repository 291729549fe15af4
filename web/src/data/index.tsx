import Icon from '@mui/icons-material/TableChartOutlined';
import type { Feature } from '../app/feature';
import { lazy } from '../app/lazy';

const Data = lazy(() => import('./Data'));

export default {
	pages: [{ path: '/data/:table?', element: <Data /> }],
	settings: {
		to: '/data',
		label: 'data.title',
		icon: Icon,
		group: 'data',
		shown: ({ administrator }) => administrator,
	},
} satisfies Feature;
