// Custom fields. In the API they are members of `custom`; in the pages they are fields of the record.
import { isCustom, named, PREFIX } from '../i18n/customNames';
import type { Catalogue } from './catalogue';

const spreadOne = <T>(row: T): T => {
	const values = (row as { custom?: unknown } | null)?.custom;
	if (typeof values !== 'object' || values === null) return row;
	const { custom: _, ...rest } = row as Record<string, unknown>;
	return { ...rest, ...Object.fromEntries(Object.entries(values).map(([key, value]) => [PREFIX + key, value])) } as T;
};

/** Converts one or more records from the API format to the format of the pages. */
export const spread = <T>(json: T): T => (Array.isArray(json) ? (json.map(spreadOne) as T) : spreadOne(json));

/** Converts a record to the API format. */
export function gather<T extends object>(row: T): T {
	const entries = Object.entries(row);
	const own = entries.filter(([name]) => isCustom(name));
	if (own.length === 0) return row;
	return {
		...Object.fromEntries(entries.filter(([name]) => !isCustom(name))),
		custom: Object.fromEntries(own.map(([name, value]) => [name.slice(PREFIX.length), value])),
	} as T;
}

/** Returns the catalogue with the names that the pages use. */
export const withNames = (catalogue: Catalogue): Catalogue =>
	Object.fromEntries(
		Object.entries(catalogue).map(([name, resource]) => [
			name,
			{
				...resource,
				fields: Object.fromEntries(
					Object.entries(resource.fields).map(([field, about]) => [named(field), about]),
				),
			},
		]),
	);
