// Checks session and organization before the workspace is loaded, and leads to the page where the
// user can fix what is missing.
import { Suspense, useEffect, useState, type ReactNode } from 'react';
import Button from '@mui/material/Button';
import { useQuery } from '@tanstack/react-query';
import { HttpError, useTranslate } from 'ra-core';
import { Link, Navigate, useLocation } from 'react-router-dom';
import { Impersonation } from '../admin/Impersonation';
import { AuthPage } from '../auth/AuthPage';
import { statusPageQuery } from '../maintenance/statusPage';
import { OrganizationChoice } from '../organization/OrganizationChoice';
import { signInPath } from './address';
import { Banner } from './Banner';
import { lazy } from './lazy';
import { Notice } from './Notice';
import { SignOutButton } from './SignOutButton';
import { begin, initStateQuery, isOperator, MeContext, meQuery, sessionQuery, signOut, useSame } from './session';
import { readStart } from './start';
import { Waiting } from './Waiting';

const Workspace = lazy(() => import('./Workspace'));
const PortalWorkspace = lazy(() => import('./PortalWorkspace'));
const OperatorWorkspace = lazy(() => import('./OperatorWorkspace'));
const StaffSecondFactor = lazy(() => import('./StaffSecondFactor'));

/** Leads to sign-in, or to sign-up while no account exists. */
function Outside({ ended = false }: { ended?: boolean }) {
	const { pathname, search } = useLocation();
	const { data: state, isPending } = useQuery(initStateQuery);
	if (isPending) return <Waiting />;
	if (state?.is_initialized === false) return <Navigate to="/sign-up" replace />;
	// The server leads here when it does not know where a sign-in began.
	if (pathname === '/' && new URLSearchParams(search).has('error'))
		return <Navigate replace to={`/sign-in${search}`} />;
	return <Navigate replace to={signInPath(pathname + search, ended)} />;
}

/** The session goes on outside of the organization, so it is ended before the sign-in. */
function StaffEnded() {
	const { pathname, search } = useLocation();
	useEffect(() => {
		const leave = () => begin(signInPath(pathname + search, 'staff'));
		signOut(true).then(leave, leave);
	}, [pathname, search]);
	return <Waiting />;
}

function Problem({ title, children }: { title: string; children?: ReactNode }) {
	return (
		<AuthPage title={title}>
			{children}
			<SignOutButton />
			<Impersonation />
		</AuthPage>
	);
}

function Unreachable({ again }: { again: () => void }) {
	const translate = useTranslate();
	const { data: working } = useQuery(statusPageQuery);
	return (
		<AuthPage title={translate('app.connection.title')} lead={translate('app.connection.help')}>
			<Button fullWidth variant="contained" onClick={again}>
				{translate('app.connection.again')}
			</Button>
			{working && (
				<Button fullWidth href="/status/" sx={{ mt: 1 }}>
					{translate('maintenance.status')}
				</Button>
			)}
		</AuthPage>
	);
}

/** For a user without an organization. An operator can still administer the installation. */
function NoOrganization() {
	const translate = useTranslate();
	const { pathname } = useLocation();
	const operator = isOperator(useQuery(sessionQuery).data?.user);
	if (operator && /^\/administration(\/|$)/.test(pathname)) return <OperatorWorkspace />;
	return (
		<Problem title={translate('organization.none')}>
			<OrganizationChoice />
			{operator && (
				<Button fullWidth component={Link} to="/administration">
					{translate('admin.title')}
				</Button>
			)}
		</Problem>
	);
}

function Inside({ active }: { active: boolean }) {
	const translate = useTranslate();
	const me = useQuery({ ...meQuery, enabled: active });
	useEffect(() => {
		if (active) readStart();
	}, [active]);
	const same = useSame(me.data && `${me.data.user_id} ${me.data.organization_id} ${String(me.data.modules)}`);
	if (!same) return <Waiting />;
	if (!active) return <NoOrganization />;
	if (me.isPending) return <Waiting />;
	if (me.data)
		return (
			<MeContext.Provider value={me.data}>
				{me.data.portal ? <PortalWorkspace /> : <Workspace />}
			</MeContext.Provider>
		);
	const { status, body } = me.error as HttpError;
	if (status === 401) return body?.type === '/problems/staff_session_ended' ? <StaffEnded /> : <Outside ended />;
	if (status === 403 && body?.type === '/problems/staff_second_factor') return <StaffSecondFactor />;
	if (status === 403 && body?.type === '/problems/organization_suspended')
		return (
			<Problem title={translate('organization.suspended')}>
				<OrganizationChoice />
			</Problem>
		);
	if (status === 409 || status === 403) return <NoOrganization />;
	return <Unreachable again={() => me.refetch()} />;
}

export default function SessionGuard() {
	const { data, isPending, refetch } = useQuery(sessionQuery);
	const organization = data?.session.activeOrganizationId;
	const same = useSame(data ? `${data.user.id} ${organization ?? ''}` : undefined);
	const [had, setHad] = useState(false);
	if (data != null && !had) setHad(true);
	return (
		<>
			<Suspense fallback={<Waiting />}>
				{isPending || !same ? (
					<Waiting />
				) : data === undefined ? (
					<Unreachable again={() => refetch()} />
				) : data === null ? (
					<Outside ended={had} />
				) : (
					<Inside active={organization != null} />
				)}
			</Suspense>
			<Notice />
			<Banner />
		</>
	);
}
