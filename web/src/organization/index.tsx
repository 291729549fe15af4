import { Suspense } from 'react';
import Icon from '@mui/icons-material/SettingsOutlined';
import type { Feature } from '../app/feature';
import { lazy } from '../app/lazy';
import { useMe } from '../app/session';

const Banner = lazy(() => import('./ViewAs').then(({ Viewing }) => ({ default: Viewing })));
const Settings = lazy(() => import('./Settings'));

const Viewing = () =>
	useMe().viewing ? (
		<Suspense>
			<Banner />
		</Suspense>
	) : null;

export default {
	pages: [{ path: '/organization/:tab?/:item?', element: <Settings /> }],
	settings: { to: '/organization', label: 'organization.settings', icon: Icon, group: 'organization' },
	everywhere: Viewing,
} satisfies Feature;
