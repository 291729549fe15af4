import * as resources from './resources';
import type { Noun } from './noun';

/** All of them, in the order of the menu. */
export const nouns: Noun[] = (Object.values(resources) as Noun[])
	.sort((a, b) => (a.menu?.order ?? 0) - (b.menu?.order ?? 0));
