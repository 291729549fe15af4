import type { Area } from '../records/area';
import { lazy } from '../ui/lazy';
import { Icon } from './Icon';

const WhatsNew = lazy(() => import('./WhatsNew'));

export default {
	pages: [{ path: '/whats-new', element: <WhatsNew /> }],
	// Hidden while an administrator views the organization as a user, because the data is the user's, not the
	// administrator's.
	menu: { to: '/whats-new', label: 'whats_new.title', icon: Icon, shown: ({ viewing }) => !viewing },
} satisfies Area;
