// What the user's roles allow, to hide what the server would refuse.
import { useMe, type Me } from './session';

// The names that roles have for react-admin's actions.
const names: Record<string, string> = { list: 'read', show: 'read', edit: 'update', clone: 'create' };

/** Whether the user's roles allow an action on rows of a resource, on some rows at least. Of resources that roles
 * cannot name, administrators change some. */
export function may({ administrator, grants, resources }: Me, resource: string, action: string): boolean {
	const name = names[action] ?? action,
		known = resources?.[resource];
	if (known)
		return known.includes(name) ? (grants[resource]?.[name] ?? grants.crm?.[name]) !== undefined : administrator;
	return administrator || name === 'read' || !['sales', 'configuration', 'webhooks'].includes(resource);
}

/** Whether a role that may do that with a resource may do it with this field. */
export function mayField({ grants }: Me, resource: string, field: string, action: 'read' | 'update'): boolean {
	const fields = (grants[resource] ?? grants.crm)?.fields?.[action];
	return !fields || fields.includes(field) || field === 'id' || (field === 'sales_id' && action === 'read');
}

/** Whether the roles show all fields of a resource. Without some of them the server has no search of it, and no vCards. */
export const readsAll = ({ grants }: Me, resource: string) => !(grants[resource] ?? grants.crm)?.fields?.read;

export const useMay = (resource: string, action: string) => may(useMe(), resource, action);
