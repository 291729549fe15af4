// The workspace of an operator without an organization, which contains only the administration pages.
import { useMemo, type ReactNode } from 'react';
import Button from '@mui/material/Button';
import { useQuery } from '@tanstack/react-query';
import { CustomRoutes, memoryStore, useTranslate } from 'react-admin';
import { Link, Route } from 'react-router-dom';
import administration from '../admin';
import { AuthPage } from '../auth/AuthPage';
import { Application } from './Application';
import { authProvider } from '../data/authProvider';
import { Missing } from '../ui/Missing';
import { MeContext, sessionQuery, type Me } from '../data/session';

function Layout({ children }: { children: ReactNode }) {
	const translate = useTranslate();
	return (
		<AuthPage wide title={translate('admin.title')}>
			<Button component={Link} to="/">
				{translate('organization.none')}
			</Button>
			{children}
		</AuthPage>
	);
}

export default function OperatorWorkspace() {
	const store = useMemo(() => memoryStore(), []);
	const user = useQuery(sessionQuery).data?.user;
	// The user's record is made up here, because no organization contains one.
	const me = useMemo<Me>(
		() => ({
			id: 0,
			user_id: user?.id ?? '',
			first_name: user?.name ?? '',
			last_name: '',
			email: user?.email ?? '',
			avatar: null,
			administrator: false,
			disabled: false,
			organization_id: '',
			grants: {},
			catalogue: {},
		}),
		[user],
	);
	const auth = useMemo(
		() => ({
			...authProvider,
			canAccess: () => Promise.resolve(true),
			getIdentity: () => Promise.resolve({ id: 0, fullName: me.first_name }),
		}),
		[me],
	);
	return (
		<MeContext.Provider value={me}>
			<Application authProvider={auth} store={store} layout={Layout} catchAll={Missing}>
				<CustomRoutes>
					{administration.pages.map(({ path, element }) => (
						<Route key={path} path={path} element={element} />
					))}
				</CustomRoutes>
			</Application>
		</MeContext.Provider>
	);
}
