import { lazy } from '../ui/lazy';
import { Sections } from '../ui/Sections';
import { useMe } from '../data/session';

const everybodys = {
	members: lazy(() => import('./Members')),
	roles: lazy(() => import('./Roles')),
	teams: lazy(() => import('./Teams')),
	tags: lazy(() => import('./Tags')),
	invitations: lazy(() => import('./Invitations')),
};
const administrators = {
	general: lazy(() => import('./General')),
	...everybodys,
	lists: lazy(() => import('./Lists')),
	forms: lazy(() => import('./Forms')),
	accounts: lazy(() => import('./ServiceAccounts')),
	modules: lazy(() => import('./Modules')),
	retention: lazy(() => import('./Retention')),
};

export default function Settings() {
	const { administrator } = useMe();
	return (
		<Sections
			base="/organization"
			title="organization.settings"
			parts={administrator ? administrators : everybodys}
		/>
	);
}
