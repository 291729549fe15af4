import { lazy } from 'react';
import Icon from '@mui/icons-material/CalendarMonthOutlined';
import type { Feature } from '../app/feature';

export default {
	resource: {
		name: 'appointments',
		icon: Icon,
		list: lazy(() => import('./Calendar')),
		show: lazy(() => import('./AppointmentShow')),
		edit: lazy(() => import('./AppointmentEdit')),
		create: lazy(() => import('./AppointmentCreate')),
		recordRepresentation: 'title',
	},
	menu: { to: '/appointments', label: 'appointments.title', icon: Icon, keys: 'g a' },
} satisfies Feature;
