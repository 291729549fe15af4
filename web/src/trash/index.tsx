import Icon from '@mui/icons-material/DeleteOutlined';
import type { Feature } from '../records/feature';
import { lazy } from '../ui/lazy';

export default {
	resource: { name: 'trash', icon: Icon, list: lazy(() => import('./TrashList')), recordRepresentation: 'title' },
	settings: { to: '/trash', label: 'trash.title', icon: Icon, group: 'data' },
} satisfies Feature;
