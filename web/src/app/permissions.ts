// What the user's roles allow, to hide what the server would refuse.
import { useMe, type Me } from './session';

// The names that roles have for react-admin's actions.
const names: Record<string, string> = { list: 'read', show: 'read', edit: 'update', clone: 'create' };
const limited = ['contacts', 'companies', 'deals', 'contact_notes', 'deal_notes', 'tasks', 'tags', 'activities',
	'appointments', 'messages'];

/** Whether the user's roles allow an action on rows of a resource, on some rows at least. */
export function may({ administrator, grants }: Me, resource: string, action: string): boolean {
	const name = names[action] ?? action;
	if (limited.includes(resource))
		return (grants[resource]?.[name] ?? grants.crm?.[name]) !== undefined;
	return administrator || name === 'read' ||
		!['sales', 'configuration', 'webhooks', 'automation_rules'].includes(resource);
}

export const useMay = (resource: string, action: string) => may(useMe(), resource, action);
