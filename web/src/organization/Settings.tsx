import type { ComponentType } from 'react';
import { lazy } from '../ui/lazy';
import { Sections } from '../ui/Sections';
import { useMe } from '../data/session';
import { partsFor, type PartName } from './parts';

const pages: Record<PartName, ComponentType> = {
	general: lazy(() => import('./General')),
	members: lazy(() => import('./Members')),
	roles: lazy(() => import('./Roles')),
	teams: lazy(() => import('./Teams')),
	tags: lazy(() => import('./Tags')),
	invitations: lazy(() => import('./Invitations')),
	lists: lazy(() => import('./Lists')),
	forms: lazy(() => import('./Forms')),
	accounts: lazy(() => import('./ServiceAccounts')),
	modules: lazy(() => import('./Modules')),
	retention: lazy(() => import('./Retention')),
};

export default function Settings() {
	const shown = partsFor(useMe());
	return (
		<Sections
			base="/organization"
			title="organization.settings"
			parts={Object.fromEntries(shown.map((name) => [name, pages[name]]))}
		/>
	);
}
