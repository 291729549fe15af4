import { lazy } from 'react';
import Icon from '@mui/icons-material/AccountCircleOutlined';
import type { Noun } from '../app/noun';

const Profile = lazy(() => import('./Profile'));

export default {
	pages: [{ path: '/profile/:tab?', element: <Profile /> }],
	menu: { to: '/profile', label: 'profile.title', icon: Icon, order: 110, manage: true },
} satisfies Noun;
