import { lazy } from 'react';
import Icon from '@mui/icons-material/CheckCircleOutlined';
import type { Feature } from '../app/feature';
import type { Task } from './task';

export default {
	resource: {
		name: 'tasks',
		icon: Icon,
		list: lazy(() => import('./TaskList')),
		edit: lazy(() => import('./TaskEdit')),
		create: lazy(() => import('./TaskCreate')),
		recordRepresentation: (task: Task) => task.text ?? '',
	},
	menu: { to: '/tasks', label: 'tasks.title', icon: Icon, keys: 'g t' },
} satisfies Feature;
