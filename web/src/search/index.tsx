import { lazy } from 'react';
import type { Noun } from '../app/noun';
import { SearchButton } from './SearchButton';

const Palette = lazy(() => import('./Palette'));

export default { tool: () => <SearchButton Palette={Palette} /> } satisfies Noun;
