// The entry of the overview in the menu.
import { createElement } from 'react';
import Icon from '@mui/icons-material/FactoryOutlined';
import type { Feature } from '../app/feature';
import { lazy } from '../app/lazy';
import { may } from '../app/permissions';
import { key } from './calculation';

const Overview = lazy(() => import('./Overview'));

export const overview: Feature = {
	pages: [{ path: '/factory', element: createElement(Overview) }],
	menu: { to: '/factory', label: key('overview'), icon: Icon, shown: (me) => may(me, 'cost_calculations', 'list') },
};
