// Tabs of record pages, loaded when they are opened.
import { lazy } from './lazy';

export const History = lazy(() => import('./History').then((all) => ({ default: all.History })));
export const Timeline = lazy(() => import('./Timeline').then((all) => ({ default: all.Timeline })));
export const Files = lazy(() => import('../notes/Files').then((all) => ({ default: all.Files })));
export const Notes = lazy(() => import('../notes/Notes').then((all) => ({ default: all.Notes })));
