// The menu entry of the principals.
import { createElement } from 'react';
import Icon from '@mui/icons-material/StorefrontOutlined';
import type { Area } from '../records/area';
import { lazy } from '../ui/lazy';
import { may } from '../data/permissions';

const Principals = lazy(() => import('./Principals'));

export const principals: Area = {
	pages: [{ path: '/principals', element: createElement(Principals) }],
	menu: {
		to: '/principals',
		label: 'resources.company_profiles.fields.principals',
		icon: Icon,
		shown: (me) => may(me, 'company_profiles', 'list') && may(me, 'companies', 'list'),
	},
};
