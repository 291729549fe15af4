// The pages of a described kind of records, loaded when they are opened.
import type { ResourceProps } from 'ra-core';
import type { Feature } from './feature';
import { lazy } from '../ui/lazy';
import type { Entry } from './menu';
import type { Noun } from './noun';

const list = lazy(() => import('./RecordList').then(({ RecordList }) => ({ default: RecordList })));
const show = lazy(() => import('./RecordPage').then(({ RecordPage }) => ({ default: RecordPage })));
const create = lazy(() => import('./RecordForm').then(({ CreatePage }) => ({ default: CreatePage })));
const edit = lazy(() => import('./RecordForm').then(({ RecordEditPage }) => ({ default: RecordEditPage })));

const entry = ({ group }: Noun, of: Entry): Pick<Feature, 'menu' | 'settings'> =>
	group ? { settings: { ...of, group } } : { menu: of };

/** The feature of a noun, with all pages or with other ones. */
export const described = (
	noun: Noun,
	{
		label = `resources.${noun.name}.name`,
		keys,
		...pages
	}: Partial<ResourceProps> & { label?: string; keys?: string } = {},
) =>
	({
		noun,
		resource: {
			name: noun.name,
			icon: noun.icon,
			list,
			...(noun.page && { show }),
			create,
			edit,
			recordRepresentation: noun.title,
			...pages,
		},
		...entry(noun, { to: `/${noun.name}`, label, icon: noun.icon, keys }),
	}) satisfies Feature;
