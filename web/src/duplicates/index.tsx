import Icon from '@mui/icons-material/JoinInnerOutlined';
import type { Area } from '../records/area';
import { lazy } from '../ui/lazy';

export default {
	routes: { name: 'duplicates', icon: Icon, list: lazy(() => import('./DuplicateList')) },
	settings: { to: '/duplicates', label: 'duplicates.title', icon: Icon, group: 'data' },
} satisfies Area;
