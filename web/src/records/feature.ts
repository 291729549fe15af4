import { createContext, useContext, type ComponentType, type ReactNode } from 'react';
import type { ResourceProps } from 'ra-core';
import type { Locale } from '../i18n/i18n';
import type { Entry, Setting } from './menu';
import type { Noun, Shows, Tab } from './noun';
import type { Me } from '../data/session';

/** What a folder of pages adds to the workspace; features.ts lists all of them. */
export interface Feature {
	/** The name of its module, which modules.ts sets. */
	module?: Record<Locale, { name: string }>;
	/** A resource of the API with its pages. */
	resource?: ResourceProps;
	/** The description of the resource, from which pages, forms and cells are made. */
	noun?: Noun;
	/** Pages at paths of their own, inside the layout. */
	pages?: { path: string; element: ReactNode }[];
	/** The entry in the main menu, for the pages of the daily work. */
	menu?: Entry;
	/** The entry in the settings. */
	settings?: Setting;
	/** A panel among the general settings of the organization, for administrators. */
	general?: ComponentType;
	/** What it adds to the pages of other kinds of records, by their names: tabs, whose label is tabs.KIND of what they show or its name, and
	 * a panel beside the tabs. */
	adds?: Record<string, { tabs?: Record<string, Tab>; panel?: Shows }>;
	/** Rendered on every page: a dialog, a listener. Portal users have only what PortalWorkspace.tsx names. */
	everywhere?: ComponentType;
	/** An action in the search box, which gets the search text; the label with text is `LABEL_words`. */
	offer?: { label: string; icon: ComponentType; run: (words: string) => void };
	/** A button in the top bar. */
	tool?: ComponentType;
}

/** What organizations switch on: the default export of FOLDER/module.ts. */
export interface Module {
	words: Record<Locale, { name: string; about: string }>;
	/** With texts of their own, in the descriptions of nouns: messages.en.ts would be loaded by everybody. */
	features: Feature[];
}

/** What a folder adds to the pages of portal users: the default export of FOLDER/portal.ts. */
export interface PortalFeature {
	isFor: (me: Me) => boolean;
	pages: { path: string; element: ReactNode }[];
	/** Rendered around all pages of the portal: what they need to know. */
	Around?: ComponentType<{ children: ReactNode }>;
	/** What the first page begins with. */
	Home?: ComponentType;
	links: (locale: Locale) => { to: string; label: string; Count?: ComponentType<{ children: ReactNode }> }[];
}

/** The workspace provides the features, so that pages need not import features.ts, which imports them. */
export const Features = createContext<Feature[]>([]);

export const useFeatures = () => useContext(Features);
