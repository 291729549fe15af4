import Icon from '@mui/icons-material/AccountCircleOutlined';
import type { Feature } from '../app/feature';
import { lazy } from '../app/lazy';

const Profile = lazy(() => import('./Profile'));

export default {
	pages: [{ path: '/profile/:tab?', element: <Profile /> }],
	settings: { to: '/profile', label: 'profile.title', icon: Icon, group: 'organization' },
} satisfies Feature;
