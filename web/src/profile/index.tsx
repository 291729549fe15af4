import Icon from '@mui/icons-material/AccountCircleOutlined';
import type { Area } from '../records/area';
import { lazy } from '../ui/lazy';
import { inside } from './parts';

const Profile = lazy(() => import('./Profile'));

export default {
	pages: [{ path: '/profile/:tab?', element: <Profile /> }],
	settings: { to: '/profile', label: 'profile.title', icon: Icon, group: 'organization', inside },
} satisfies Area;
