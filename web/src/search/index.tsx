import { lazy } from 'react';
import type { Feature } from '../app/feature';
import { SearchButton } from './SearchButton';

const Palette = lazy(() => import('./Palette'));

export default { tool: () => <SearchButton Palette={Palette} /> } satisfies Feature;
