// The areas, in the order of the menu and the settings. Each area is a folder.
import type { Catalogue } from '../data/catalogue';
import type { Area } from '../records/area';
import type { Resource } from '../records/resource';
import { described } from '../records/pages';
import admin from '../admin';
import appointments from '../appointments';
import assistant from '../assistant';
import audit from '../audit';
import automations from '../automations';
import companies from '../companies';
import contacts from '../contacts';
import customFields from '../customFields';
import arrangement from '../customFields/arrangement';
import customObjects from '../customObjects';
import { objectAreas } from '../customObjects/objectAreas';
import data from '../tables';
import deals from '../deals';
import duplicates from '../duplicates';
import erasures from '../erasures';
import imports from '../imports';
import messages from '../messages';
import organization from '../organization';
import profile from '../profile';
import search from '../search';
import tasks from '../tasks';
import trash from '../trash';
import webhooks from '../webhooks';
import whatsNew from '../whats_new';

/** Returns all areas. Module areas come after the main CRM pages. */
export const withModules = (modules: Area[]): Area[] => [
	search,
	assistant,
	contacts,
	companies,
	deals,
	tasks,
	appointments,
	messages,
	...modules,
	whatsNew,
	organization,
	profile,
	audit,
	automations,
	webhooks,
	imports,
	duplicates,
	trash,
	customFields,
	arrangement,
	customObjects,
	data,
	...erasures,
	admin,
	// Resources that need only a description.
	...Object.values(
		import.meta.glob<Resource>(['../resources/*.ts', '!**/messages.*'], { eager: true, import: 'default' }),
	).map((resource) => described(resource)),
];

/** Returns these areas and the areas of the organization's custom objects. */
export const withObjects = (areas: Area[], catalogue: Catalogue): Area[] => [...areas, ...objectAreas(catalogue)];
