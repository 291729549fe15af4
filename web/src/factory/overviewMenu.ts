// The menu entry of the overview.
import { createElement } from 'react';
import Icon from '@mui/icons-material/FactoryOutlined';
import type { Area } from '../records/area';
import { lazy } from '../ui/lazy';
import { may } from '../data/permissions';
import { key } from './calculation';

const Overview = lazy(() => import('./Overview'));

export const overview: Area = {
	pages: [{ path: '/factory', element: createElement(Overview) }],
	menu: { to: '/factory', label: key('overview'), icon: Icon, shown: (me) => may(me, 'cost_calculations', 'list') },
};
