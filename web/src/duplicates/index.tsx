import { lazy } from 'react';
import Icon from '@mui/icons-material/JoinInnerOutlined';
import type { Feature } from '../app/feature';

export default {
	resource: { name: 'duplicates', icon: Icon, list: lazy(() => import('./DuplicateList')) },
	menu: { to: '/duplicates', label: 'duplicates.title', icon: Icon, manage: true },
} satisfies Feature;
