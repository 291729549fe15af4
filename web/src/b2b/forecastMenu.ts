// The menu entry of the forecast.
import { createElement } from 'react';
import Icon from '@mui/icons-material/QueryStatsOutlined';
import type { Area } from '../records/area';
import { lazy } from '../ui/lazy';
import { may, readsAll } from '../data/permissions';

const Forecast = lazy(() => import('./Forecast'));

export const forecast: Area = {
	pages: [{ path: '/forecast', element: createElement(Forecast) }],
	menu: {
		to: '/forecast',
		label: 'resources.opportunities.fields.forecast',
		icon: Icon,
		shown: (me) => may(me, 'deals', 'list') && readsAll(me, 'deals'),
	},
};
