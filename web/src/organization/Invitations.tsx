// Pending invitations to the organization, and the current user's invitations.
import Mail from '@mui/icons-material/MailOutlined';
import Button from '@mui/material/Button';
import { useQuery } from '@tanstack/react-query';
import { useDataProvider, useTranslate } from 'ra-core';
import { useAct } from '../data/act';
import { QueryResult } from '../ui/QueryResult';
import type { Provider } from '../data/dataProvider';
import { useFormats } from '../data/useFormats';
import { Deed, Line, Lines, Panel } from '../ui/Panel';
import { sessionQuery, useMe } from '../data/session';
import { asked } from '../data/auth';
import { LinkNotice } from '../auth/LinkNotice';
import { InviteButton } from './InviteButton';
import { enter, invitesKey } from './queries';
import { useRole } from './roles';

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
	const { dateTime } = useFormats();
	const invites = useQuery({ queryKey: invitesKey, queryFn: () => ask<Invite[]>('/api/invites') });
	const [busy, act] = useAct();
	return (
		<Panel
			title={translate('organization.invitations')}
			lead={translate('organization.invitations_help')}
			action={<InviteButton />}
		>
			<QueryResult query={invites} empty={translate('organization.no_invitations')}>
				{(all) => (
					<Lines>
						{all.map(({ id, email, role, expires_at }) => {
							const whom = email ?? translate('organization.whoever');
							return (
								<Line
									key={id}
									icon={<Mail color="action" />}
									title={whom}
									note={`${called(role)} · ${translate('profile.expires', { date: dateTime(expires_at) })}`}
									action={
										<Deed
											does="organization.take_back"
											of={whom}
											color="error"
											disabled={busy}
											onClick={() =>
												act(
													() =>
														tell(`/api/invites/${id}`, undefined, 'DELETE').then(() =>
															invites.refetch(),
														),
													'organization.taken_back',
												)
											}
										/>
									}
								/>
							);
						})}
					</Lines>
				)}
			</QueryResult>
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
	const invitations = useQuery({
		queryKey: ['invitations'],
		enabled: user?.emailVerified === true,
		queryFn: () => ask<ToMe[]>('/api/auth/organization/list-user-invitations'),
	});
	const [busy, act] = useAct();
	const answer = ({ id }: ToMe, word: 'accept' | 'reject') =>
		tell(`/api/auth/organization/${word}-invitation`, { invitationId: id });
	// Users see the invitations that were sent to their address only if the address is verified.
	if (user && !user.emailVerified)
		return (
			<Panel
				title={translate('organization.received')}
				lead={translate('organization.unverified', { email: user.email })}
				action={
					<Button
						variant="outlined"
						disabled={busy}
						onClick={() =>
							act(
								() =>
									asked((auth) =>
										auth.sendVerificationEmail({
											email: user.email,
											callbackURL: '/organization/invitations',
										}),
									),
								'organization.verification_mailed',
							)
						}
					>
						{translate('organization.verify')}
					</Button>
				}
			/>
		);
	return (
		<Panel title={translate('organization.received')} lead={translate('organization.received_help')}>
			<QueryResult query={invitations} empty={translate('organization.no_received')}>
				{(all) => (
					<Lines>
						{all.map((one) => (
							<Line
								key={one.id}
								icon={<Mail color="action" />}
								title={one.organizationName ?? one.organizationId}
								note={`${called(one.role)} · ${translate('profile.expires', { date: dateTime(one.expiresAt) })}`}
								action={
									<>
										<Button
											size="small"
											variant="contained"
											disabled={busy}
											onClick={() =>
												act(() => answer(one, 'accept').then(() => enter(one.organizationId)))
											}
										>
											{translate('organization.accept')}
										</Button>
										<Button
											size="small"
											color="error"
											disabled={busy}
											onClick={() =>
												act(() => answer(one, 'reject').then(() => invitations.refetch()))
											}
										>
											{translate('organization.reject')}
										</Button>
									</>
								}
							/>
						))}
					</Lines>
				)}
			</QueryResult>
		</Panel>
	);
}

export default function Invitations() {
	const { administrator } = useMe();
	return (
		<>
			<LinkNotice />
			{administrator && <Sent />}
			<Received />
		</>
	);
}
