import type { Area } from '../records/area';
import { lazy } from '../ui/lazy';
import { Icon } from './Icon';

const WhatsNew = lazy(() => import('./WhatsNew'));

export default {
	pages: [{ path: '/whats-new', element: <WhatsNew /> }],
	// In a view of the organization, the visible records are not those of the administrator.
	menu: { to: '/whats-new', label: 'whats_new.title', icon: Icon, shown: ({ viewing }) => !viewing },
} satisfies Area;
