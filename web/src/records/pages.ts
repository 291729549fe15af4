// The pages of a described resource, loaded when they are opened.
import type { ResourceProps } from 'ra-core';
import type { Area } from './area';
import { lazy } from '../ui/lazy';
import type { Entry } from './menu';
import type { Resource } from './resource';

const list = lazy(() => import('./RecordList').then(({ RecordList }) => ({ default: RecordList })));
const show = lazy(() => import('./RecordPage').then(({ RecordPage }) => ({ default: RecordPage })));
const create = lazy(() => import('./RecordForm').then(({ CreatePage }) => ({ default: CreatePage })));
const edit = lazy(() => import('./RecordForm').then(({ RecordEditPage }) => ({ default: RecordEditPage })));

const entry = ({ group }: Resource, of: Entry): Pick<Area, 'menu' | 'settings'> =>
	group ? { settings: { ...of, group } } : { menu: of };

/** Creates the area of a resource, with the standard pages or with different pages. */
export const described = (
	resource: Resource,
	{
		label = `resources.${resource.name}.name`,
		keys,
		...pages
	}: Partial<ResourceProps> & { label?: string; keys?: string } = {},
) =>
	({
		resource,
		routes: {
			name: resource.name,
			icon: resource.icon,
			list,
			...(resource.page && { show }),
			create,
			edit,
			recordRepresentation: resource.title,
			...pages,
		},
		...entry(resource, { to: `/${resource.name}`, label, icon: resource.icon, keys }),
	}) satisfies Area;
