// The application of a signed-in user: react-admin with our providers.
import { lazy, useContext, useMemo } from 'react';
import { Admin, CustomRoutes, I18nContext, localStorageStore, Resource } from 'react-admin';
import { Route } from 'react-router-dom';
import { authProvider } from './authProvider';
import { dataProvider } from './dataProvider';
import { Failure } from './Failure';
import { Features } from './feature';
import { features } from './features';
import { WorkspaceLayout } from './WorkspaceLayout';
import { Missing } from './Missing';
import { queryClient, useMe } from './session';
import { useScheme } from './scheme';
import { theme } from './theme';
import { Waiting } from './Waiting';

const Dashboard = lazy(() => import('../dashboard/Dashboard'));

// Saved list parameters of one organization do not apply to another.
const VERSION = '1';

export default function Workspace() {
	const me = useMe();
	const i18n = useContext(I18nContext);
	const scheme = useScheme();
	const look = useMemo(() => theme(scheme), [scheme]);
	const store = useMemo(
		() => localStorageStore(VERSION, `${me.user_id}.${me.organization_id}`), [me]);
	return (
		<Features value={features}>
			<Admin authProvider={authProvider} dataProvider={dataProvider} i18nProvider={i18n}
				queryClient={queryClient} store={store} theme={look} darkTheme={null}
				layout={WorkspaceLayout} dashboard={Dashboard} catchAll={Missing} error={Failure}
				loading={Waiting} loginPage={false} requireAuth disableTelemetry title="Tenantry">
				{features.map(({ resource }) => resource && (
					<Resource key={resource.name} {...resource} />
				))}
				<CustomRoutes>
					{features.flatMap(({ pages = [] }) => pages).map(({ path, element }) => (
						<Route key={path} path={path} element={element} />
					))}
				</CustomRoutes>
			</Admin>
		</Features>
	);
}
