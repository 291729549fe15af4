import type { Feature } from '../app/feature';
import { lazy } from '../app/lazy';
import { SearchButton } from './SearchButton';

const Palette = lazy(() => import('./Palette'));

export default { tool: () => <SearchButton Palette={Palette} /> } satisfies Feature;
