// The described resources, and the user's permissions on their fields.
import { useMemo } from 'react';
import { useGetRecordRepresentation, type RaRecord } from 'ra-core';
import { useAreas, type Area } from './area';
import { fieldOf, type Completed, type Field, type Resource } from './resource';
import { may, mayField } from '../data/permissions';
import { useMe } from '../data/session';

const resourcesOf = new WeakMap<Area[], Completed[]>();

/** Returns the resources of the workspace, which Described.tsx has completed, in the order of the menu. */
export function useResources(): Completed[] {
	const areas = useAreas();
	const resources =
		resourcesOf.get(areas) ?? areas.flatMap(({ resource }) => (resource as Completed | undefined) ?? []);
	resourcesOf.set(areas, resources);
	return resources;
}

export const useResource = (name: string | undefined) => useResources().find((resource) => resource.name === name);

/** Returns fieldOf(NAME), which returns a field of a resource. */
export function useFieldOf(name: string) {
	const resource = useResource(name);
	return (field: string): Field => (resource ? fieldOf(resource, field) : { kind: 'text', name: field });
}

/** Returns whether the API has an action for a resource and the user's roles allow it. */
export function useCan(resource: string, action: string) {
	const verbs = useResource(resource)?.verbs;
	return may(useMe(), resource, action) && (!verbs || verbs.includes(action));
}

/** Returns rowName(ROW), which returns the name of a record of the resource. */
export function useRowName(name: string | undefined) {
	const resource = useResource(name);
	const usual = useGetRecordRepresentation(name);
	return (row: RaRecord): string => {
		if (resource) return resource.title(row);
		const shown = usual(row);
		return typeof shown === 'string' || typeof shown === 'number' ? String(shown) : `#${row.id}`;
	};
}

/**
 * Returns readable(NAMES) and editable(NAME), which check the permissions on the fields of a resource or, with
 * `created`, of a new record.
 */
export function useFields(resource: Resource, created = false) {
	const me = useMe();
	const writes = useCan(resource.name, created ? 'create' : 'update');
	return useMemo(
		() => ({
			readable: (names: string[]) => names.filter((name) => mayField(me, resource.name, name, 'read')),
			editable: (name: string) =>
				writes &&
				Boolean(resource.fields[name]) &&
				!resource.fields[name]!.fixed &&
				(created || !resource.fields[name]!.once) &&
				mayField(me, resource.name, name, 'update'),
		}),
		[me, resource, writes, created],
	);
}

/** Returns the resources whose records the user may create on these pages. */
export function useCreatable() {
	const me = useMe();
	return useResources().filter(({ name, verbs }) => may(me, name, 'create') && (verbs?.includes('create') ?? true));
}
