// The invitation that a link contains.
import type { ReactNode } from 'react';
import Alert from '@mui/material/Alert';
import Stack from '@mui/material/Stack';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { useTranslate, type HttpError } from 'ra-core';
import { secret } from '../data/address';
import { send } from '../data/http';
import { QueryError } from '../ui/QueryResult';
import { begin, sessionQuery, signOut } from '../data/session';
import { asked } from '../data/auth';
import { WorkButton } from './WorkButton';

interface Invitation {
	organization_name: string;
	inviter: string | null;
	/** The invited email address, or null if anyone with the link is invited. */
	email: string | null;
}

const invitationQuery = (token: string | null) =>
	queryOptions({
		queryKey: ['invitation', token],
		enabled: token !== null,
		staleTime: Infinity,
		queryFn: async () => (await send<Invitation>('/api/invitation', { method: 'POST', body: { token } })).json,
	});

const missing = (error: unknown) => (error as HttpError | null)?.status === 404;

/** Returns what is known about an invitation, and the title and the introduction of its page. */
export function useInvitation(token = secret('invite')) {
	const translate = useTranslate();
	const { data, error } = useQuery(invitationQuery(token));
	const { organization_name: organization, inviter, email } = data ?? {};
	const lead =
		data &&
		[
			translate(inviter ? 'auth.invited_by' : 'auth.invited_to', { inviter, organization }),
			email && translate('auth.invited_as', { email }),
		]
			.filter(Boolean)
			.join(' ');
	return {
		invitation: data,
		title: data && translate('auth.join', { organization }),
		lead: missing(error) ? translate('auth.refusals.INVITATION_NOT_FOUND') : lead,
	};
}

/**
 * A form for visitors. An invited user who is already signed in joins without the form, or signs out if the invitation
 * is for another address.
 */
export function UnlessSignedIn({ token, children }: { token: string | null; children: ReactNode }) {
	const translate = useTranslate();
	const { data: session, isPending } = useQuery({ ...sessionQuery, enabled: token !== null });
	const { data: invitation, isPending: unknown, error, refetch } = useQuery(invitationQuery(token));
	if (error && !missing(error)) return <QueryError error={error} again={refetch} />;
	if (!token || !session || !invitation) return token && (isPending || unknown) ? null : children; // the invitation sets the address
	const { email } = session.user;
	const foreign = invitation.email !== null && invitation.email !== email;
	const join = () =>
		asked((auth) => auth.organization.acceptInvitation({ invitationId: token })).then(() => begin('/'));
	return (
		<Stack spacing={2}>
			<Alert severity={foreign ? 'warning' : 'info'}>
				{translate(foreign ? 'auth.foreign' : 'auth.signed_in', { email })}
			</Alert>
			{foreign ? (
				<WorkButton variant="outlined" work={() => signOut().then(() => window.location.reload())}>
					{translate('ra.auth.logout')}
				</WorkButton>
			) : (
				<WorkButton variant="contained" size="large" work={join}>
					{translate('auth.join', { organization: invitation.organization_name })}
				</WorkButton>
			)}
		</Stack>
	);
}
