// The pages of custom objects, which are generated from the catalogue.
import type { Catalogue } from '../data/catalogue';
import { isCustom, isObject } from '../i18n/customNames';
import type { Area } from '../records/area';
import { inSections } from '../records/complete';
import { described } from '../records/pages';
import type { RelatedTab, Resource } from '../records/resource';
import { History } from '../records/tabs';
import { iconOf } from './icons';

/** The number of columns that are shown until the user chooses columns. */
const COLUMNS = 6;

function resourceOf(name: string, { icon, fields }: Catalogue[string]): Resource {
	const own = Object.keys(fields).filter(isCustom);
	const short = own.filter((field) => fields[field]!.kind !== 'longtext');
	return {
		name,
		icon: iconOf(icon),
		title: ({ name: title }) => title as string,
		fields: {},
		form: [
			'name',
			...inSections(
				fields,
				own.filter((field) => fields[field]!.write),
			),
			'sales_id',
		],
		defaults: ({ id }) => ({ sales_id: id }),
		list: {
			name: 'name',
			columns: [...short.slice(0, COLUMNS), 'sales_id', 'updated_at'],
			sort: ['created_at', 'DESC'],
			search: true,
			filters: ['name', ...own, 'sales_id', 'created_at', 'updated_at'],
		},
		page: { facts: [...own, 'sales_id', 'created_at', 'updated_at'], tabs: { history: History } },
	};
}

/** A custom field, and whether its value is a list. */
interface Relation {
	field: string;
	many: boolean;
}

/** Returns the filter for the rows that refer to a record. */
const refers = ({ field, many }: Relation, id: unknown) => (many ? { [`${field}@cs`]: [id] } : { [field]: id });

/** Returns the tab with the rows that refer to a record by one of these fields. */
const namedBy = (resource: string, relations: Relation[]): RelatedTab => ({
	resource,
	filter: ({ id }) =>
		relations.length === 1
			? refers(relations[0]!, id)
			: { '@or': relations.map((relation) => refers(relation, id)) },
	add: ({ id }) => {
		const { field, many } = relations[0]!;
		return { [field]: many ? [id] : id };
	},
});

/**
 * Returns the tabs with records that refer to the record of a page by custom fields. If neither record belongs to a
 * custom object, the page may already have a tab with these records, so each field has a separate tab.
 */
function tabsOf(catalogue: Catalogue): NonNullable<Area['adds']> {
	const adds: NonNullable<Area['adds']> = {};
	for (const [name, { fields }] of Object.entries(catalogue)) {
		const relations: Record<string, Relation[]> = {};
		for (const [field, { refers: target, kind }] of Object.entries(fields)) {
			const one = { field, many: kind === 'references' };
			if (target && isCustom(field)) relations[target] = [...(relations[target] ?? []), one];
		}
		for (const [target, by] of Object.entries(relations)) {
			const tabs = (adds[target] ??= { tabs: {} }).tabs!;
			if (isObject(name) || isObject(target)) tabs[name] = namedBy(name, by);
			else for (const one of by) tabs[`${name}:${one.field}`] = namedBy(name, [one]);
		}
	}
	return adds;
}

export function objectAreas(catalogue: Catalogue): Area[] {
	const objects = Object.entries(catalogue)
		.filter(([name]) => isObject(name))
		.sort(([, one], [, other]) => (one.place ?? 0) - (other.place ?? 0));
	return [...objects.map(([name, known]) => described(resourceOf(name, known))), { adds: tabsOf(catalogue) }];
}
