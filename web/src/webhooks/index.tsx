import Icon from '@mui/icons-material/WebhookOutlined';
import type { Area } from '../records/area';
import { lazy } from '../ui/lazy';

const Webhooks = lazy(() => import('./Webhooks'));
const Deliveries = lazy(() => import('./Deliveries'));

export default {
	pages: [
		{ path: '/webhooks', element: <Webhooks /> },
		{ path: '/webhooks/:id', element: <Deliveries /> },
	],
	settings: {
		to: '/webhooks',
		label: 'webhooks.title',
		icon: Icon,
		group: 'automation',
		shown: ({ administrator }) => administrator,
	},
} satisfies Area;
