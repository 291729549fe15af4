// The types of the entries in the main menu and in the settings menu.
import type { ComponentType, ReactNode } from 'react';
import type { Me } from '../data/session';

export interface Entry {
	to: string;
	label: string;
	icon: ComponentType;
	/** Shows the number of records that wait for the user beside the icon. */
	Count?: ComponentType<{ children: ReactNode }>;
	/** The module of the entry. Absent for pages of the CRM. */
	module?: string;
	/** The shortcut that opens the page. */
	keys?: string;
	/** Hides the entry from users for whom it returns false. */
	shown?: (me: Me) => boolean;
}

/** The groups of the settings, in order. */
export const groups = ['organization', 'automation', 'data', 'server'] as const;

/** A tab or a panel of a settings page. */
export type Inside = Pick<Entry, 'to' | 'label'>;

export interface Setting extends Entry {
	group: (typeof groups)[number];
	/** The tabs and panels of the page that the user sees, which the search in the settings finds. */
	inside?: (me: Me) => Inside[];
}

/**
 * Returns the tabs of a page of `Sections`, and their panels. Each tab is given with the titles of its panels. A panel
 * that several tabs name is on the first of them.
 */
export function insideOf(area: string, tabs: [tab: string, panels: string[]][]): Inside[] {
	const all = tabs.flatMap(([tab, panels]) =>
		[`${area}.parts.${tab}`, ...panels].map((label) => ({ to: `/${area}/${tab}`, label })),
	);
	return all.filter(({ label }, at) => all.findIndex((one) => one.label === label) === at);
}
