// Completes the description of a resource with the fields from the server's catalogue.
import type { Catalogue, CatalogueField } from '../data/catalogue';
import { isCustom } from '../i18n/customNames';
import type { Area } from './area';
import type { Completed, FieldSpec, FormRow, Kind, Resource } from './resource';

const kinds: readonly string[] = [
	'text',
	'longtext',
	'number',
	'money',
	'date',
	'time',
	'boolean',
	'choice',
	'choices',
	'reference',
	'references',
	'emails',
	'phones',
	'phone',
	'url',
	'urls',
	'address',
	'file',
	'json',
] satisfies Kind[];

/**
 * Derives the description of a field from the catalogue. The label of a choice is FIELD_VALUE in the texts of the
 * fields.
 */
export const specOf = (
	resource: string,
	name: string,
	{ kind, refers, required, write, choices, currency, help, section, default: initial }: CatalogueField,
): FieldSpec => ({
	kind: (kinds.includes(kind) ? kind : 'json') as Kind,
	...(refers && { reference: refers }),
	...(required && { required }),
	...(write === 'once' && { once: true as const }),
	...(write === undefined && { fixed: true as const }),
	...(section && { section }),
	...(initial !== undefined && { initial }),
	// An amount in a custom field may be negative, and may have decimals.
	...((help || (kind === 'money' && isCustom(name))) && {
		input: { ...(help && { helperText: help }), ...(kind === 'money' && { min: undefined, currency }) },
	}),
	...(choices && {
		choices: (_, say) =>
			choices.map((value) => ({
				value,
				label: say(`resources.${resource}.fields.${name}_${value}`, { _: value }),
			})),
	}),
});

// The reference is dropped if the description changes the kind of a reference field to a different kind.
const withOwn = (derived: FieldSpec, own: FieldSpec = {}): FieldSpec => {
	const { reference, ...spec } = derived;
	const kind = own.kind ?? spec.kind!;
	return { ...spec, ...(reference && kind.startsWith('reference') && { reference }), ...own };
};

const named = ({ form, list, page }: Resource) => [
	...form.flat().filter((row) => typeof row === 'string'),
	...(list ? [list.name, ...list.columns, ...list.filters] : []),
	...(page?.facts ?? []),
];

/** Returns the rows of a form with these fields. Each section has a heading. */
export function inSections(fields: Record<string, { section?: string | undefined }>, names: string[]): FormRow[] {
	const sections = new Set(names.map((name) => fields[name]!.section));
	return [...sections].flatMap((section) => [
		...(section ? [{ heading: section }] : []),
		...names.filter((name) => fields[name]!.section === section),
	]);
}

/**
 * Returns the resource with all fields that are shown to users. Fields that the description omits become columns and
 * filters. Unless the description is exact, writable fields are also added at the end of the form and the page.
 */
export function complete(resource: Resource, known: Catalogue[string] | undefined): Completed {
	const described = known?.fields ?? {};
	const own = Object.keys(resource.fields);
	const places = new Set([...own, ...named(resource)]);
	const shown = Object.entries(described).filter(([name, { label }]) => (label && name !== 'id') || places.has(name));
	const fields = Object.fromEntries([
		...shown.map(([name, field]): [string, FieldSpec] => [
			name,
			withOwn(specOf(resource.name, name, field), resource.fields[name]),
		]),
		...own.filter((name) => !described[name]).map((name): [string, FieldSpec] => [name, resource.fields[name]!]),
	]);
	const more = resource.exact
		? []
		: Object.keys(fields).filter((name) => !places.has(name) && fields[name]!.kind !== 'json');
	const entered = more.filter((name) => !fields[name]!.fixed);
	const { list, page } = resource;
	return {
		...resource,
		completed: true,
		fields,
		form: [...resource.form, ...inSections(fields, entered)],
		...(list && { list: { ...list, filters: [...list.filters, ...more] } }),
		...(page && {
			page: { ...page, facts: [...page.facts, ...more.filter((name) => !fields[name]!.fixed || isCustom(name))] },
		}),
	};
}

export const completeAreas = (areas: Area[], catalogue: Catalogue): Area[] =>
	areas.map((area) =>
		area.resource ? { ...area, resource: complete(area.resource, catalogue[area.resource.name]) } : area,
	);
