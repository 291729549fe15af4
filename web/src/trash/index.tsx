import Icon from '@mui/icons-material/DeleteOutlined';
import type { Feature } from '../app/feature';
import { lazy } from '../app/lazy';

export default {
	resource: { name: 'trash', icon: Icon, list: lazy(() => import('./TrashList')), recordRepresentation: 'title' },
	settings: { to: '/trash', label: 'trash.title', icon: Icon, group: 'data' },
} satisfies Feature;
