import type { ComponentType, ReactNode } from 'react';
import type { ResourceProps } from 'ra-core';
import type { Me } from './session';

/** What a folder of pages is to the workspace; see resources.tsx. */
export interface Noun {
	/** A resource of the API with its pages. */
	resource?: ResourceProps;
	/** Pages of their own, by path; below the menu and the bar. */
	pages?: { path: string; element: ReactNode }[];
	/** The way there; `manage` stands below the others. Small orders come first. */
	menu?: {
		to: string;
		label: string;
		icon: ComponentType;
		order: number;
		manage?: boolean;
		/** For whom it is shown; everybody unless said. */
		shown?: (me: Me) => boolean;
	};
	/** What else is there on every page: a dialog, a listener. */
	everywhere?: ComponentType;
	/** What else the search box can do, with the words in it; `LABEL_words` is its name with some. */
	offer?: { label: string; icon: ComponentType; run: (words: string) => void };
	/** What else stands in the bar at the top. */
	tool?: ComponentType;
}
