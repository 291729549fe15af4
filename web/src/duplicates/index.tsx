import { lazy } from 'react';
import Icon from '@mui/icons-material/JoinInnerOutlined';
import type { Noun } from '../app/noun';

export default {
	resource: { name: 'duplicates', icon: Icon, list: lazy(() => import('./DuplicateList')) },
	menu: { to: '/duplicates', label: 'duplicates.title', icon: Icon, order: 85, manage: true },
} satisfies Noun;
