import { Suspense } from 'react';
import Icon from '@mui/icons-material/SettingsOutlined';
import { Navigate } from 'react-router-dom';
import type { Area } from '../records/area';
import { lazy } from '../ui/lazy';
import { useMe } from '../data/session';
import { inside } from './parts';

const Banner = lazy(() => import('./ViewAs').then(({ Viewing }) => ({ default: Viewing })));
const Settings = lazy(() => import('./Settings'));

const Viewing = () =>
	useMe().viewing ? (
		<Suspense>
			<Banner />
		</Suspense>
	) : null;

export default {
	pages: [
		{ path: '/organization/:tab?/:item?', element: <Settings /> },
		{ path: '/settings', element: <Navigate to="/organization" replace /> },
	],
	settings: { to: '/organization', label: 'organization.settings', icon: Icon, group: 'organization', inside },
	everywhere: Viewing,
} satisfies Area;
