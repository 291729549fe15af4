// The application of a signed-in user.
import { use, useMemo } from 'react';
import { CustomRoutes, localStorageStore, Resource } from 'react-admin';
import { Route } from 'react-router-dom';
import { Application } from './Application';
import type { Area } from '../records/area';
import { withModules, withObjects } from './areas';
import { lazy } from '../ui/lazy';
import { WorkspaceLayout } from './WorkspaceLayout';
import { useMe } from '../data/session';
import { Described } from '../records/Described';

const Dashboard = lazy(() => import('../dashboard/Dashboard'));
const Guessed = lazy(() => import('../records/Guessed'));

// The version of the stored list parameters, which are stored for a user in an organization.
const VERSION = '1';

const basic = withModules([]);
let all: Promise<Area[]> | undefined;

/**
 * Returns all areas, including those of the organization's modules, after the modules' scripts have loaded. When the
 * modules change, the page is reloaded.
 */
const useAll = (modules: string[] = []) =>
	modules.length > 0
		? use((all ??= import('../records/modules').then(({ loadAreas }) => loadAreas(modules)).then(withModules)))
		: basic;

export default function Workspace() {
	const me = useMe();
	const store = useMemo(() => localStorageStore(VERSION, `${me.user_id}.${me.organization_id}`), [me]);
	const usual = useAll(me.modules);
	const areas = useMemo(() => withObjects(usual, me.catalogue), [usual, me.catalogue]);
	return (
		<Described areas={areas}>
			<Application store={store} layout={WorkspaceLayout} dashboard={Dashboard} catchAll={Guessed}>
				{areas.map(({ routes }) => routes && <Resource key={routes.name} {...routes} />)}
				<CustomRoutes>
					{areas
						.flatMap(({ pages = [] }) => pages)
						.map(({ path, element }) => (
							<Route key={path} path={path} element={element} />
						))}
				</CustomRoutes>
			</Application>
		</Described>
	);
}
