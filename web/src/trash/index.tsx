import Icon from '@mui/icons-material/DeleteOutlined';
import type { Area } from '../records/area';
import { lazy } from '../ui/lazy';

export default {
	routes: { name: 'trash', icon: Icon, list: lazy(() => import('./TrashList')), recordRepresentation: 'title' },
	settings: { to: '/trash', label: 'trash.title', icon: Icon, group: 'data' },
} satisfies Area;
