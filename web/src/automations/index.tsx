import { lazy } from 'react';
import Icon from '@mui/icons-material/AutoModeOutlined';
import type { Noun } from '../app/noun';

export default {
	resource: {
		name: 'automation_rules',
		icon: Icon,
		list: lazy(() => import('./RuleList')),
		show: lazy(() => import('./RuleShow')),
		edit: lazy(() => import('./RuleEdit')),
		create: lazy(() => import('./RuleCreate')),
		recordRepresentation: 'name',
	},
	menu: { to: '/automation_rules', label: 'automations.title', icon: Icon, order: 93, manage: true },
} satisfies Noun;
