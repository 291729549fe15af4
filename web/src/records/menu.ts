// The types of the entries in the main menu and in the settings menu.
import type { ComponentType, ReactNode } from 'react';
import type { Me } from '../data/session';

export interface Entry {
	to: string;
	label: string;
	icon: ComponentType;
	/** Shows the number of records that wait for the user at the icon. */
	Count?: ComponentType<{ children: ReactNode }>;
	/** The module of the entry; absent for pages of the CRM. */
	module?: string;
	/** A shortcut. */
	keys?: string;
	/** Hides the entry from users for whom it returns false. */
	shown?: (me: Me) => boolean;
}

/** The groups of the settings, in their order. */
export const groups = ['organization', 'automation', 'data', 'server'] as const;

export interface Setting extends Entry {
	group: (typeof groups)[number];
}
