import { lazy } from 'react';
import Icon from '@mui/icons-material/WebhookOutlined';
import type { Noun } from '../app/noun';

const Webhooks = lazy(() => import('./Webhooks'));
const Deliveries = lazy(() => import('./Deliveries'));

export default {
	pages: [
		{ path: '/webhooks', element: <Webhooks /> },
		{ path: '/webhooks/:id', element: <Deliveries /> },
	],
	menu: { to: '/webhooks', label: 'webhooks.title', icon: Icon, order: 95, manage: true,
		shown: ({ administrator }) => administrator },
} satisfies Noun;
