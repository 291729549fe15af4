// Pending invitations to the organization, and invitations to the current user.
import { useState } from 'react';
import Mail from '@mui/icons-material/MailOutlined';
import Alert from '@mui/material/Alert';
import Button from '@mui/material/Button';
import MenuItem from '@mui/material/MenuItem';
import { useQuery } from '@tanstack/react-query';
import { useDataProvider, useTranslate } from 'ra-core';
import { useAct } from '../app/act';
import { QueryResult } from '../app/QueryResult';
import type { Provider } from '../app/dataProvider';
import { Ask, FormDialog, type Answers } from '../app/FormDialog';
import { useFormats } from '../app/formats';
import { Deed, Line, Lines, Panel } from '../app/Panel';
import { Secret } from '../app/Secret';
import { sessionQuery, useMe } from '../app/session';
import { asked, auth } from '../auth/client';
import { enter } from './queries';
import { useRole, useRoles } from './roles';

interface Invite {
	id: string;
	email: string | null;
	role: string;
	expires_at: string;
}

interface ToMe {
	id: string;
	organizationId: string;
	organizationName?: string;
	role: string;
	expiresAt: string;
}

function Sent() {
	const { ask, tell } = useDataProvider<Provider>();
	const translate = useTranslate();
	const called = useRole();
	const roles = useRoles();
	const { dateTime } = useFormats();
	const invites = useQuery({ queryKey: ['invites'], queryFn: () => ask<Invite[]>('/api/invites') });
	const [asking, setAsking] = useState<'new' | { url: string; email: string }>();
	const [busy, act] = useAct();
	const invite = async ({ email = '', role }: Answers) => {
		const { url } = await tell<{ url: string }>(email ? '/api/auth/organization/invite-member' : '/api/invites',
			{ role, ...(email && { email }) });
		setAsking({ url, email });
		await invites.refetch();
	};
	return (
		<Panel title={translate('organization.invitations')} lead={translate('organization.invitations_help')} action={
			<Button variant="contained" onClick={() => setAsking('new')}>{translate('organization.invite')}</Button>
		}>
			<QueryResult query={invites} empty={translate('organization.no_invitations')}>
				{(all) => (
					<Lines>
						{all.map(({ id, email, role, expires_at }) => {
							const whom = email ?? translate('organization.whoever');
							return (
								<Line key={id} icon={<Mail color="action" />} title={whom}
									note={`${called(role)} · ${translate('profile.expires', { date: dateTime(expires_at) })}`}
									action={
										<Deed does="organization.take_back" of={whom} color="error" disabled={busy}
											onClick={() => act(() => tell(`/api/invites/${id}`, undefined, 'DELETE').then(() => invites.refetch()),
												'organization.taken_back')} />
									} />
							);
						})}
					</Lines>
				)}
			</QueryResult>
			{asking === 'new' && (
				<FormDialog title={translate('organization.invite')} action={translate('organization.invite')}
					submit={invite} close={() => setAsking(undefined)}>
					<Ask name="email" type="email" required={false} autoFocus autoComplete="off" label={translate('auth.email')}
						helperText={translate('organization.invite_help')} />
					<Ask name="role" select defaultValue="member" label={translate('organization.role')}>
						{roles.map((role) => <MenuItem key={role} value={role}>{called(role)}</MenuItem>)}
					</Ask>
				</FormDialog>
			)}
			{typeof asking === 'object' && (
				<FormDialog title={translate('organization.invited')} close={() => setAsking(undefined)}
					lead={asking.email && translate('organization.mailed', { email: asking.email })}>
					<Alert severity="info">{translate('organization.link_once')}</Alert>
					<Secret text={asking.url} label={translate('organization.link')} />
				</FormDialog>
			)}
		</Panel>
	);
}

function Received() {
	const { ask, tell } = useDataProvider<Provider>();
	const translate = useTranslate();
	const called = useRole();
	const { dateTime } = useFormats();
	const { data: session } = useQuery(sessionQuery);
	const user = session?.user;
	const invitations = useQuery({ queryKey: ['invitations'], enabled: user?.emailVerified === true,
		queryFn: () => ask<ToMe[]>('/api/auth/organization/list-user-invitations') });
	const [busy, act] = useAct();
	const answer = ({ id }: ToMe, word: 'accept' | 'reject') =>
		tell(`/api/auth/organization/${word}-invitation`, { invitationId: id });
	// Only a verified email shows the invitations that were sent to it.
	if (user && !user.emailVerified)
		return (
			<Panel title={translate('organization.received')} lead={translate('organization.unverified', { email: user.email })} action={
				<Button variant="outlined" disabled={busy} onClick={() => act(() => asked(auth.sendVerificationEmail({
					email: user.email, callbackURL: '/organization/invitations' })), 'organization.verification_mailed')}>
					{translate('organization.verify')}
				</Button>
			} />
		);
	return (
		<Panel title={translate('organization.received')} lead={translate('organization.received_help')}>
			<QueryResult query={invitations} empty={translate('organization.no_received')}>
				{(all) => (
					<Lines>
						{all.map((one) => (
							<Line key={one.id} icon={<Mail color="action" />} title={one.organizationName ?? one.organizationId}
								note={`${called(one.role)} · ${translate('profile.expires', { date: dateTime(one.expiresAt) })}`}
								action={
									<>
										<Button size="small" variant="contained" disabled={busy}
											onClick={() => act(() => answer(one, 'accept').then(() => enter(one.organizationId)))}>
											{translate('organization.accept')}
										</Button>
										<Button size="small" color="error" disabled={busy}
											onClick={() => act(() => answer(one, 'reject').then(() => invitations.refetch()))}>
											{translate('organization.reject')}
										</Button>
									</>
								} />
						))}
					</Lines>
				)}
			</QueryResult>
		</Panel>
	);
}

export default function Invitations() {
	const { administrator } = useMe();
	return <>{administrator && <Sent />}<Received /></>;
}
