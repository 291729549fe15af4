import type { Area } from '../records/area';
import { lazy } from '../ui/lazy';
import { SearchButton } from './SearchButton';

const Palette = lazy(() => import('./Palette'));

export default { tool: () => <SearchButton Palette={Palette} /> } satisfies Area;
