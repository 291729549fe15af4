import Icon from '@mui/icons-material/SettingsOutlined';
import type { Feature } from '../app/feature';
import { lazy } from '../app/lazy';
import { Viewing } from './ViewAs';

const Settings = lazy(() => import('./Settings'));

export default {
	pages: [{ path: '/organization/:tab?/:item?', element: <Settings /> }],
	settings: { to: '/organization', label: 'organization.settings', icon: Icon, group: 'organization' },
	everywhere: Viewing,
} satisfies Feature;
