// Tabs of record pages, loaded when they are opened.
import { lazy } from '../ui/lazy';

export const History = lazy(() => import('./History').then((all) => ({ default: all.History })));
export const Files = lazy(() => import('../notes/Files').then((all) => ({ default: all.Files })));
export const Stream = lazy(() => import('../notes/Stream').then((all) => ({ default: all.Stream })));
