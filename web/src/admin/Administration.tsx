import { lazy } from '../ui/lazy';
import { Sections } from '../ui/Sections';
import { Users } from './Users';

const parts = {
	users: Users,
	organizations: lazy(() => import('./Organizations')),
	mail: lazy(() => import('./Mail')),
	jobs: lazy(() => import('./Jobs')),
	log: lazy(() => import('./Log')),
	console: lazy(() => import('./Console')),
	system: lazy(() => import('./System')),
};

export default function Administration() {
	return <Sections base="/administration" title="admin.title" parts={parts} messages="admin" />;
}
