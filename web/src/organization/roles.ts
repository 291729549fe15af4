// Roles and their permissions. The server defines the resources and actions.
import { queryOptions, useQuery } from '@tanstack/react-query';
import { useTranslate } from 'ra-core';
import { useResourceName } from '../data/resourceName';
import { send } from '../data/http';
import { useMe } from '../data/session';
import { organizationsQuery } from './queries';

/** The scope of an action, from no records to all records. */
export const scopes = ['', 'own', 'team', 'all'] as const;
export type Scope = (typeof scopes)[number];

export interface Action {
	name: string;
	/** False if "all" is the only scope. */
	scopes: boolean;
	/** The scope in which the user may perform the action, and can grant the action to a role. */
	granted: Scope | null;
}

export interface Resource {
	name: string;
	/** The module of the resource, or null. */
	module: string | null;
	/** Whether "crm" includes the resource. */
	crm: boolean;
	/** True if, of the permissions of "crm", only "administer" includes the resource. */
	reserved: boolean;
	/** The fields to which a role can be limited; null if that is not possible. */
	fields: string[] | null;
	actions: Action[];
}

/** Resources with their actions, as in "read" or "read:own", and limits: "contacts.read" with its fields. */
export type Permission = Record<string, string[]>;

export interface Role {
	/** Only custom roles have an ID. */
	id?: string;
	role: string;
	permission: Permission;
}

/** The resources and actions that a role can contain, and the built-in roles. */
export const accessQuery = queryOptions({
	queryKey: ['access'],
	queryFn: async () => (await send<{ resources: Resource[]; roles: Role[] }>('/api/access/resources')).json,
});

/** The custom roles. */
export const rolesQuery = queryOptions({
	queryKey: ['roles'],
	queryFn: async () => (await send<Role[]>('/api/auth/organization/list-roles')).json,
});

export const rank = (scope: Scope | null | undefined) => scopes.indexOf(scope ?? '');
const widest = (...all: Scope[]) => scopes[Math.max(...all.map(rank))]!;

/** Permissions as a table: the scope for each resource and action. */
export type Cells = Record<string, Record<string, Scope>>;

/** Fields to which a role is limited, by resource and action: "contacts.read". */
export type Limits = Record<string, string[]>;

export const limitsOf = (permission: Permission): Limits =>
	Object.fromEntries(Object.entries(permission).filter(([name]) => name.includes('.')));

export function cellsOf(permission: Permission): Cells {
	const cells: Cells = {};
	for (const [resource, given] of Object.entries(permission).filter(([name]) => !name.includes('.')))
		for (const one of given) {
			const [action = '', scope = 'all'] = one.split(':');
			const row = (cells[resource] ??= {});
			row[action] = widest(row[action] ?? '', scope as Scope);
		}
	return cells;
}

export const permissionOf = (cells: Cells, limits: Limits): Permission => ({
	...Object.fromEntries(
		Object.entries(cells)
			.map(([resource, row]) => [
				resource,
				Object.entries(row)
					.filter(([, scope]) => scope)
					.map(([action, scope]) => (scope === 'all' ? action : `${action}:${scope}`)),
			])
			.filter(([, given]) => given!.length),
	),
	...limits,
});

/** Returns the scope that a resource inherits from "crm", which stands for all resources. */
export const inherited = (cells: Cells, { name, crm, reserved }: Resource, action: string): Scope =>
	!crm || name === 'crm' ? '' : cells.crm?.administer || (!reserved && cells.crm?.[action]) || '';

export const scopeOf = (cells: Cells, resource: Resource, action: string): Scope =>
	widest(cells[resource.name]?.[action] ?? '', inherited(cells, resource, action));

/** Returns whether a role exceeds the permissions that the user may grant. */
export const exceeds = (cells: Cells, resources: Resource[]) =>
	resources.some(({ name, actions }) =>
		actions.some((action) => rank(cells[name]?.[action.name]) > rank(action.granted)),
	);

/** The actions of each level: the actions that show records, and the actions that change records. */
export const levels = { read: ['read'], change: ['create', 'update', 'delete'] } as const;
export type Level = keyof typeof levels;

/** Returns the actions of a level that the resource has. */
export const actionsOf = ({ actions }: Resource, level: Level) =>
	actions.filter(({ name }) => (levels[level] as readonly string[]).includes(name));

/**
 * Returns the requested scope, limited to the scopes of the action and the user, but never narrower than the scope that
 * "crm" grants.
 */
export function within(cells: Cells, resource: Resource, { name, scopes: has, granted }: Action, wish: Scope): Scope {
	const least = inherited(cells, resource, name);
	const scope = has || !wish ? wish : 'all';
	const most = rank(scope) <= rank(granted) ? scope : has ? (granted ?? '') : '';
	return widest(least, most);
}

/** Returns the cells of a role, limited to the permissions that the user may grant. */
export const given = (cells: Cells, resources: Resource[]): Cells =>
	Object.fromEntries(
		resources.map((resource) => [
			resource.name,
			Object.fromEntries(
				resource.actions.map((action) => [
					action.name,
					within({}, resource, action, cells[resource.name]?.[action.name] ?? ''),
				]),
			),
		]),
	);

/** Returns the differences between two roles: resource, action and both scopes. */
export const differences = (began: Cells, cells: Cells, resources: Resource[]) =>
	resources.flatMap(({ name, actions }) =>
		actions.flatMap((action) => {
			const was = began[name]?.[action.name] ?? '',
				is = cells[name]?.[action.name] ?? '';
			return was === is ? [] : [{ resource: name, action, was, is }];
		}),
	);

/** Asks the server whether the user has a permission in the organization, such as to create a team. */
export function useGranted() {
	const { data } = useQuery(accessQuery);
	return (resource: string, action: string) =>
		Boolean(
			data?.resources.find(({ name }) => name === resource)?.actions.find(({ name }) => name === action)?.granted,
		);
}

/** Returns functions that return the names of resources, actions and scopes. */
export function useNames() {
	const translate = useTranslate();
	const resourceName = useResourceName();
	return {
		resource: (name: string) => resourceName(name, 2),
		action: (name: string) => translate(`organization.permission.actions.${name}`, { _: name }),
		level: (level: Level) => translate(`organization.permission.levels.${level}`),
		field: (resource: string, name: string) =>
			translate(`resources.${resource}.fields.${name}`, { _: name.replaceAll('_', ' ') }),
		scope: (scope: Scope) => translate(`organization.permission.scopes.${scope || 'none'}`),
	};
}

const builtIn = ['owner', 'admin', 'member', 'viewer', 'portal'];

/**
 * Returns isBuiltIn(ROLE), which returns whether a built-in role has this name. If a later release adds a built-in role
 * with the name of a custom role, the custom role replaces it.
 */
export function useIsBuiltIn() {
	const { data } = useQuery(accessQuery);
	const roles = data?.roles.map(({ role }) => role) ?? builtIn;
	return (role: string) => roles.includes(role);
}

/** Returns a function that returns the displayed name of a role. A custom role has the name that the organization chose. */
export function useRole() {
	const translate = useTranslate();
	const isBuiltIn = useIsBuiltIn();
	return (role: string) =>
		role
			.split(',')
			.map((one) => (isBuiltIn(one) ? translate(`organization.roles.${one}`, { _: one }) : one))
			.join(', ');
}

/** Returns the built-in and custom roles that the user can assign. Only owners can assign the owner role. */
export function useRoles(): string[] {
	const { administrator, organization_id } = useMe();
	const { data: organizations = [] } = useQuery(organizationsQuery);
	const owner = organizations
		.find(({ id }) => id === organization_id)
		?.role.split(',')
		.includes('owner');
	const isBuiltIn = useIsBuiltIn();
	const { data = [] } = useQuery({ ...rolesQuery, enabled: administrator });
	return [
		...builtIn.filter((role) => isBuiltIn(role) && (owner || role !== 'owner')),
		...data.map(({ role }) => role),
	];
}
