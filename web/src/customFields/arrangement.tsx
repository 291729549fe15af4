// The order of custom fields and their sections, in the settings.
import Icon from '@mui/icons-material/SwapVertOutlined';
import type { Area } from '../records/area';
import { lazy } from '../ui/lazy';
import { administratorsOnly } from './definitions';

const Arrange = lazy(() => import('./Arrange'));

export default administratorsOnly({
	pages: [{ path: '/fields/:resource?', element: <Arrange /> }],
	settings: { to: '/fields', label: 'customFields.arrange', icon: Icon, group: 'data' },
} satisfies Area);
