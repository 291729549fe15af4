// The user's permissions, which pages use to hide actions that the server would refuse.
import { useMe, type Me } from './session';

// The catalogue's names for react-admin's actions.
const names: Record<string, string> = { list: 'read', show: 'read', edit: 'update', clone: 'create' };

/** Returns whether the user may perform an action on at least some rows of a resource. */
export const may = ({ catalogue }: Me, resource: string, action: string): boolean =>
	catalogue[resource]?.actions.includes(names[action] ?? action) ?? false;

/** Returns the resources on which the user may perform an action. */
export const allWith = (me: Me, action: string) => Object.keys(me.catalogue).filter((name) => may(me, name, action));

/** Returns whether a user who may perform an action on a resource may perform it on this field. */
export function mayField({ catalogue }: Me, resource: string, field: string, action: 'read' | 'update'): boolean {
	const known = catalogue[resource];
	if (!known?.limited?.includes(action)) return true;
	return action === 'read' ? field in known.fields : known.fields[field]?.write !== undefined;
}

/**
 * Returns whether the user sees all fields of a resource. If some fields are hidden, the server provides neither search
 * nor vCards for the resource.
 */
export const readsAll = ({ catalogue }: Me, resource: string) => !catalogue[resource]?.limited?.includes('read');

export const useMay = (resource: string, action: string) => may(useMe(), resource, action);
