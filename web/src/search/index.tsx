import type { Feature } from '../records/feature';
import { lazy } from '../ui/lazy';
import { SearchButton } from './SearchButton';

const Palette = lazy(() => import('./Palette'));

export default { tool: () => <SearchButton Palette={Palette} /> } satisfies Feature;
