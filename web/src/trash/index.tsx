import { lazy } from 'react';
import Icon from '@mui/icons-material/DeleteOutlined';
import type { Noun } from '../app/noun';

export default {
	resource: { name: 'trash', icon: Icon, list: lazy(() => import('./TrashList')), recordRepresentation: 'title' },
	menu: { to: '/trash', label: 'trash.title', icon: Icon, order: 90, manage: true },
} satisfies Noun;
