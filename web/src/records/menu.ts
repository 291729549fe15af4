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

export interface Setting extends Entry {
	group: (typeof groups)[number];
}
