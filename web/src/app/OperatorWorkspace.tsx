// The pages of an operator who is in no organization: the administration alone.
import { useContext, useMemo, type ReactNode } from 'react';
import Button from '@mui/material/Button';
import { useQuery } from '@tanstack/react-query';
import { Admin, CustomRoutes, I18nContext, memoryStore, useTranslate } from 'react-admin';
import { Link, Route } from 'react-router-dom';
import administration from '../admin';
import { AuthPage } from '../auth/AuthPage';
import { authProvider } from './authProvider';
import { dataProvider } from './dataProvider';
import { Failure } from './Failure';
import { Missing } from './Missing';
import { MeContext, queryClient, sessionQuery, type Me } from './session';
import { useScheme } from './scheme';
import { theme } from './theme';
import { Waiting } from './Waiting';

function Layout({ children }: { children: ReactNode }) {
	const translate = useTranslate();
	return (
		<AuthPage wide title={translate('admin.title')}>
			<Button component={Link} to="/">{translate('organization.none')}</Button>
			{children}
		</AuthPage>
	);
}

export default function OperatorWorkspace() {
	const i18n = useContext(I18nContext);
	const scheme = useScheme();
	const look = useMemo(() => theme(scheme), [scheme]);
	const store = useMemo(() => memoryStore(), []);
	const user = useQuery(sessionQuery).data?.user;
	// No record of an organization describes this user.
	const me = useMemo<Me>(() => ({ id: 0, user_id: user?.id ?? '', first_name: user?.name ?? '', last_name: '',
		email: user?.email ?? '', avatar: null, administrator: false, disabled: false, organization_id: '', grants: {} }), [user]);
	const auth = useMemo(() => ({ ...authProvider, canAccess: async () => true,
		getIdentity: async () => ({ id: 0, fullName: me.first_name }) }), [me]);
	return (
		<MeContext.Provider value={me}>
			<Admin authProvider={auth} dataProvider={dataProvider} i18nProvider={i18n} queryClient={queryClient}
				store={store} theme={look} darkTheme={null} layout={Layout} catchAll={Missing} error={Failure}
				loading={Waiting} loginPage={false} requireAuth disableTelemetry title="Tenantry">
				<CustomRoutes>
					{administration.pages.map(({ path, element }) => <Route key={path} path={path} element={element} />)}
				</CustomRoutes>
			</Admin>
		</MeContext.Provider>
	);
}
