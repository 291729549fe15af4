// The permissions of the user, to hide actions that the server would refuse.
import { useMe, type Me } from './session';

// The names that the catalogue has for react-admin's actions.
const names: Record<string, string> = { list: 'read', show: 'read', edit: 'update', clone: 'create' };

/** Whether the user may apply an action to at least some rows of a resource. */
export const may = ({ catalogue }: Me, resource: string, action: string): boolean =>
	catalogue[resource]?.actions.includes(names[action] ?? action) ?? false;

/** The resources to whose rows the user may apply an action. */
export const allWith = (me: Me, action: string) => Object.keys(me.catalogue).filter((name) => may(me, name, action));

/** Whether a user who may do that with a resource may do it with this field. */
export function mayField({ catalogue }: Me, resource: string, field: string, action: 'read' | 'update'): boolean {
	const known = catalogue[resource];
	if (!known?.limited?.includes(action)) return true;
	return action === 'read' ? field in known.fields : known.fields[field]?.write !== undefined;
}

/** Whether the user sees all fields of a resource. Otherwise the server provides no search and no vCards of it. */
export const readsAll = ({ catalogue }: Me, resource: string) => !catalogue[resource]?.limited?.includes('read');

export const useMay = (resource: string, action: string) => may(useMe(), resource, action);
