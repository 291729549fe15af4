// The pages of a portal user: what is shared with them, and their account. The server refuses to them what
// the layout of the workspace reads.
import { useMemo, type ReactNode } from 'react';
import Button from '@mui/material/Button';
import { useQuery } from '@tanstack/react-query';
import { CustomRoutes, memoryStore, useTranslate } from 'react-admin';
import { Link, Route } from 'react-router-dom';
import administration from '../admin';
import { Impersonation } from '../admin/Impersonation';
import { AuthPage } from '../auth/AuthPage';
import { Portal } from '../organization/Portal';
import { Viewing } from '../organization/ViewAs';
import profile from '../profile';
import { Application } from './Application';
import { isOperator, sessionQuery, useMe } from './session';

function Layout({ children }: { children: ReactNode }) {
	return <>{children}<Viewing /><Impersonation /></>;
}

function Page({ title, children }: { title: string; children: ReactNode }) {
	const translate = useTranslate();
	return (
		<AuthPage wide title={translate(title)}>
			<Button component={Link} to="/" sx={{ mb: 1 }}>{translate('ra.action.back')}</Button>
			{children}
		</AuthPage>
	);
}

function usePages() {
	const operator = isOperator(useQuery(sessionQuery).data?.user);
	// In a view, the account and its rights are not those of the portal user.
	return useMe().viewing ? [] : operator ? [profile, administration] : [profile];
}

function Home() {
	return <Portal links={usePages().map(({ settings: { to, label } }) => ({ to, label }))} />;
}

export default function PortalWorkspace() {
	const features = usePages();
	const store = useMemo(() => memoryStore(), []);
	return (
		<Application store={store} layout={Layout} dashboard={Home} catchAll={Home}>
			<CustomRoutes>
				{features.flatMap(({ pages, settings: { label } }) => pages.map(({ path, element }) => (
					<Route key={path} path={path} element={<Page title={label}>{element}</Page>} />
				)))}
			</CustomRoutes>
		</Application>
	);
}
