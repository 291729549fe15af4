// The application of a signed-in user.
import { lazy, useContext, useMemo } from 'react';
import { CustomRoutes, I18nContext, localStorageStore, Resource } from 'react-admin';
import { Route } from 'react-router-dom';
import { Application } from './Application';
import { Features } from './feature';
import { features } from './features';
import { WorkspaceLayout } from './WorkspaceLayout';
import { useMe } from './session';
import { withWords } from './words';

const Dashboard = lazy(() => import('../dashboard/Dashboard'));
const Guessed = lazy(() => import('./Guessed'));

// Saved list parameters of one organization do not apply to another.
const VERSION = '1';

export default function Workspace() {
	const me = useMe();
	const store = useMemo(
		() => localStorageStore(VERSION, `${me.user_id}.${me.organization_id}`), [me]);
	const i18n = useContext(I18nContext);
	const worded = useMemo(() => withWords(i18n, features.flatMap(({ noun }) => noun ?? [])), [i18n]);
	return (
		<Features value={features}>
			<I18nContext.Provider value={worded}><Application store={store} layout={WorkspaceLayout} dashboard={Dashboard} catchAll={Guessed}>
				{features.map(({ resource }) => resource && (
					<Resource key={resource.name} {...resource} />
				))}
				<CustomRoutes>
					{features.flatMap(({ pages = [] }) => pages).map(({ path, element }) => (
						<Route key={path} path={path} element={element} />
					))}
				</CustomRoutes>
			</Application></I18nContext.Provider>
		</Features>
	);
}
