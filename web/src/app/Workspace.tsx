// The application of a signed-in user.
import { lazy, useMemo } from 'react';
import { CustomRoutes, localStorageStore, Resource } from 'react-admin';
import { Route } from 'react-router-dom';
import { Application } from './Application';
import { Features } from './feature';
import { features } from './features';
import { WorkspaceLayout } from './WorkspaceLayout';
import { Missing } from './Missing';
import { useMe } from './session';

const Dashboard = lazy(() => import('../dashboard/Dashboard'));

// Saved list parameters of one organization do not apply to another.
const VERSION = '1';

export default function Workspace() {
	const me = useMe();
	const store = useMemo(
		() => localStorageStore(VERSION, `${me.user_id}.${me.organization_id}`), [me]);
	return (
		<Features value={features}>
			<Application store={store} layout={WorkspaceLayout} dashboard={Dashboard} catchAll={Missing}>
				{features.map(({ resource }) => resource && (
					<Resource key={resource.name} {...resource} />
				))}
				<CustomRoutes>
					{features.flatMap(({ pages = [] }) => pages).map(({ path, element }) => (
						<Route key={path} path={path} element={element} />
					))}
				</CustomRoutes>
			</Application>
		</Features>
	);
}
