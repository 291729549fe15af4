import { Navigate } from 'react-router-dom';
import Icon from '@mui/icons-material/AutoModeOutlined';
import type { Area } from '../records/area';
import { lazy } from '../ui/lazy';

export default {
	routes: {
		name: 'automation_rules',
		icon: Icon,
		list: lazy(() => import('./RuleList')),
		show: lazy(() => import('./RuleShow')),
		edit: lazy(() => import('./RuleEdit')),
		create: lazy(() => import('./RuleCreate')),
		recordRepresentation: 'name',
	},
	// The API uses the names "automations" and "automation_rules" for rules.
	pages: [{ path: '/automations/*', element: <Navigate to="/automation_rules" replace /> }],
	settings: { to: '/automation_rules', label: 'automations.title', icon: Icon, group: 'automation' },
} satisfies Area;
