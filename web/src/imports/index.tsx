import Icon from '@mui/icons-material/UploadFileOutlined';
import type { Area } from '../records/area';
import { lazy } from '../ui/lazy';
import { allWith } from '../data/permissions';
import type { Import } from './import';

export default {
	routes: {
		name: 'imports',
		icon: Icon,
		list: lazy(() => import('./ImportList')),
		show: lazy(() => import('./ImportShow')),
		create: lazy(() => import('./ImportCreate')),
		recordRepresentation: ({ title, id }: Import) => title || `#${id}`,
	},
	settings: {
		to: '/imports',
		label: 'imports.title',
		icon: Icon,
		group: 'data',
		shown: (me) => allWith(me, 'import').length > 0,
	},
} satisfies Area;
