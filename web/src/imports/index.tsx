import { lazy } from 'react';
import Icon from '@mui/icons-material/UploadFileOutlined';
import type { Feature } from '../app/feature';
import type { Import } from './import';

export default {
	resource: {
		name: 'imports',
		icon: Icon,
		list: lazy(() => import('./ImportList')),
		show: lazy(() => import('./ImportShow')),
		create: lazy(() => import('./ImportCreate')),
		recordRepresentation: ({ title, id }: Import) => title || `#${id}`,
	},
	settings: { to: '/imports', label: 'imports.title', icon: Icon, group: 'data' },
} satisfies Feature;
