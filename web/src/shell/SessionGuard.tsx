// Checks the session and the organization before the workspace is shown. If something is missing, opens the page on
// which the user can provide it.
import { Suspense, useEffect, useState, type ComponentType } from 'react';
import Button from '@mui/material/Button';
import { useQuery } from '@tanstack/react-query';
import { HttpError, useTranslate } from 'ra-core';
import { Navigate, useLocation } from 'react-router-dom';
import { AuthPage } from '../auth/AuthPage';
import { statusPageQuery } from '../maintenance/statusPage';
import { outsidePath, signInPath } from '../data/address';
import { Banner } from '../ui/Banner';
import { completeI18n } from '../i18n/i18n';
import { lazy } from '../ui/lazy';
import { Notice } from '../auth/Notice';
import { begin, initStateQuery, MeContext, meQuery, sessionQuery, signOut, useSame } from '../data/session';
import { Waiting } from '../ui/Waiting';

// Loads a component together with the texts for signed-in users.
const inside = <P,>(load: () => Promise<{ default: ComponentType<P> }>) =>
	lazy(async () => (await Promise.all([load(), completeI18n()]))[0]);

const Workspace = inside(() => import('./Workspace'));
const PortalWorkspace = inside(() => import('./PortalWorkspace'));
const NoOrganization = inside(() => import('./NoOrganization'));
const StaffSecondFactor = inside(() => import('./StaffSecondFactor'));

// Redirects to the pages for visitors. `ended` is true if the session ended while one of its pages was open.
function Outside({ ended = false }: { ended?: boolean }) {
	const location = useLocation();
	const { data: state, isPending } = useQuery(initStateQuery);
	return isPending ? <Waiting /> : <Navigate replace to={outsidePath(state, location, ended)} />;
}

/** Ends the session before the user signs in again: only the access to the organization has ended, not the session. */
function StaffEnded() {
	const { pathname, search } = useLocation();
	useEffect(() => {
		const leave = () => begin(signInPath(pathname + search, 'staff'));
		signOut(true).then(leave, leave);
	}, [pathname, search]);
	return <Waiting />;
}

function Unreachable({ again }: { again: () => void }) {
	const translate = useTranslate();
	const { data: working } = useQuery(statusPageQuery);
	return (
		<AuthPage title={translate('i18n.connection.title')} lead={translate('i18n.connection.help')}>
			<Button fullWidth variant="contained" onClick={again}>
				{translate('i18n.connection.again')}
			</Button>
			{working && (
				<Button fullWidth href="/status/" sx={{ mt: 1 }}>
					{translate('maintenance.status')}
				</Button>
			)}
		</AuthPage>
	);
}

function Inside({ active }: { active: boolean }) {
	const me = useQuery({ ...meQuery, enabled: active });
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
	if (status === 403 && body?.type === '/problems/organization_suspended') return <NoOrganization suspended />;
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
