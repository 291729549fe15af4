import { lazy } from 'react';
import Icon from '@mui/icons-material/SettingsOutlined';
import type { Noun } from '../app/noun';

const Settings = lazy(() => import('./Settings'));

export default {
	pages: [{ path: '/organization/:tab?', element: <Settings /> }],
	menu: { to: '/organization', label: 'organization.settings', icon: Icon, order: 100, manage: true },
} satisfies Noun;
