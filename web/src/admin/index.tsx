import Icon from '@mui/icons-material/AdminPanelSettingsOutlined';
import type { Area } from '../records/area';
import { lazy } from '../ui/lazy';
import { isOperator, queryClient, sessionQuery } from '../data/session';
import { Impersonation } from './Impersonation';

const Administration = lazy(() => import('./Administration'));

/** Only operators see the page. The server refuses requests from everyone else. */
const operator = () => isOperator(queryClient.getQueryData(sessionQuery.queryKey)?.user);

export default {
	pages: [{ path: '/administration/:tab?', element: <Administration /> }],
	settings: { to: '/administration', label: 'admin.title', icon: Icon, group: 'server', shown: operator },
	everywhere: Impersonation,
} satisfies Area;
