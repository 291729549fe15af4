// The page for a user without an accessible organization. An operator can still administer the installation.
import Button from '@mui/material/Button';
import { useQuery } from '@tanstack/react-query';
import { useTranslate } from 'ra-core';
import { Link, useLocation } from 'react-router-dom';
import { Impersonation } from '../admin/Impersonation';
import { AuthPage } from '../auth/AuthPage';
import { OrganizationChoice } from '../organization/OrganizationChoice';
import { lazy } from '../ui/lazy';
import { isOperator, sessionQuery } from '../data/session';
import { SignOutButton } from '../auth/SignOutButton';

const OperatorWorkspace = lazy(() => import('./OperatorWorkspace'));

export default function NoOrganization({ suspended = false }: { suspended?: boolean }) {
	const translate = useTranslate();
	const { pathname } = useLocation();
	const operator = isOperator(useQuery(sessionQuery).data?.user) && !suspended;
	if (operator && /^\/administration(\/|$)/.test(pathname)) return <OperatorWorkspace />;
	return (
		<AuthPage title={translate(suspended ? 'organization.suspended' : 'organization.none')}>
			<OrganizationChoice />
			{operator && (
				<Button fullWidth component={Link} to="/administration">
					{translate('admin.title')}
				</Button>
			)}
			<SignOutButton />
			<Impersonation />
		</AuthPage>
	);
}
