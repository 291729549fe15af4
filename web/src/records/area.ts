import { createContext, useContext, type ComponentType, type ReactNode } from 'react';
import type { ResourceProps } from 'ra-core';
import type { Entry, Setting } from './menu';
import type { Resource, Shows, Tab } from './resource';
import type { Me } from '../data/session';

/** The parts that a folder of pages adds to the workspace. areas.ts lists all areas. */
export interface Area {
	/** The module of the area, which modules.ts sets. */
	module?: string;
	/** A resource of the API with its pages. */
	routes?: ResourceProps;
	/** The resource description, from which pages, forms and cells are generated. */
	resource?: Resource;
	/** Pages at separate paths, inside the layout. */
	pages?: { path: string; element: ReactNode }[];
	/** For resources without their own pages: the address of the page that shows their rows, by resource. */
	elsewhere?: Record<string, string>;
	/** The entry in the main menu. */
	menu?: Entry;
	/** The entry in the settings. */
	settings?: Setting;
	/** A panel in the organization's general settings, for administrators, and the message key of its title. */
	general?: { Panel: ComponentType; title: string };
	/**
	 * The tabs, and the panel beside them, that the area adds to the pages of other resources, by resource. The labels
	 * of the tabs are in `tabs` of the resource whose page it is, or are the names of the tabs' resources.
	 */
	adds?: Record<string, { tabs?: Record<string, Tab>; panel?: Shows }>;
	/**
	 * A component that is rendered on every page, such as a dialog or a listener. PortalWorkspace.tsx lists the
	 * components that are rendered for portal users.
	 */
	everywhere?: ComponentType;
	/** An action in the search box, which receives the search text. If there is a text, the action's label is `LABEL_words`. */
	offer?: { label: string; icon: ComponentType; run: (words: string) => void };
	/** A button in the top bar. */
	tool?: ComponentType;
}

/**
 * A module that organizations switch on: the default export of FOLDER/module.ts. Its texts are in module.en.ts in the
 * same folder, because all users would load messages.en.ts. The texts `name` and `about` describe the module.
 */
export interface Module {
	areas: Area[];
}

/** The parts that a folder adds to the pages of portal users: the default export of FOLDER/portal.ts. */
export interface PortalArea {
	isFor: (me: Me) => boolean;
	pages: { path: string; element: ReactNode }[];
	/** A component that is rendered around all pages of the portal, to provide context. */
	Around?: ComponentType<{ children: ReactNode }> & { preload?: () => void };
	/** What the first page shows at its top. */
	Home?: ComponentType;
	links: { to: string; label: string; Count?: ComponentType<{ children: ReactNode }> }[];
}

/** The areas. The workspace provides them, so that pages need not import areas.ts, which imports the pages. */
export const Areas = createContext<Area[]>([]);

export const useAreas = () => useContext(Areas);
