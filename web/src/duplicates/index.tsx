import Icon from '@mui/icons-material/JoinInnerOutlined';
import type { Feature } from '../records/feature';
import { lazy } from '../ui/lazy';

export default {
	resource: { name: 'duplicates', icon: Icon, list: lazy(() => import('./DuplicateList')) },
	settings: { to: '/duplicates', label: 'duplicates.title', icon: Icon, group: 'data' },
} satisfies Feature;
