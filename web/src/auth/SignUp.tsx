import { useState } from 'react';
import Alert from '@mui/material/Alert';
import Divider from '@mui/material/Divider';
import Link from '@mui/material/Link';
import Stack from '@mui/material/Stack';
import { useQuery } from '@tanstack/react-query';
import { useTranslate, type HttpError } from 'ra-core';
import { Link as RouterLink, useLocation } from 'react-router-dom';
import { secret } from '../data/address';
import { send } from '../data/http';
import { QueryError } from '../ui/QueryResult';
import { begin, initStateQuery } from '../data/session';
import { Waiting } from '../ui/Waiting';
import { AuthPage } from './AuthPage';
import { refused } from '../data/auth';
import { lazy } from '../ui/lazy';
import { Email, Field, Form, NewPassword, type Values } from './Form';
import { UnlessSignedIn, useInvitation } from './invitation';
import { ProviderError, useProviders } from './providers';

// Loaded on demand, because most installations have no providers.
const ProviderButtons = lazy(() => import('./ProviderButtons'));

/** The first account creates the first organization. Later accounts need an invitation unless sign-up is open. */
export default function SignUp() {
	const providers = useProviders();
	const translate = useTranslate();
	const { data: state, error, refetch } = useQuery(initStateQuery);
	const [mailed, setMailed] = useState(false);
	const invitation = secret('invite');
	const { hash } = useLocation(); // may contain an invitation
	const { invitation: invited, title, lead } = useInvitation();
	const first = state?.is_initialized === false;
	const unknown = !invitation && !state;
	const domains = state?.domains?.join(', ');
	const closed = invitation ? lead !== undefined && !invited : state && !first && !state.open;

	const signUp = async (values: Values) => {
		const { json } = await send('/api/signup', {
			method: 'POST',
			body: { ...values, ...(invitation && { invite_token: invitation }) },
		}).catch((error: HttpError) => {
			throw error.status === 409 && invitation ? refused({ status: 409, code: 'INVITATION_NOT_FOUND' }) : error;
		});
		if (!json.token) return setMailed(true);
		begin('/');
	};

	if (mailed)
		return (
			<AuthPage title={translate('auth.look_at_mail')}>
				<Alert severity="info">{translate('auth.verify_help')}</Alert>
			</AuthPage>
		);
	if (unknown && !error) return <Waiting />;
	return (
		<AuthPage
			title={title ?? translate(first ? 'auth.first_run' : 'auth.sign_up')}
			lead={
				unknown
					? undefined
					: invitation
						? lead
						: translate(
								first
									? 'auth.first_run_help'
									: closed
										? 'auth.sign_up_help'
										: domains
											? 'auth.sign_up_domains'
											: 'auth.sign_up_open',
								{ domains },
							)
			}
		>
			<ProviderError />
			{unknown ? (
				<QueryError error={error} again={refetch} />
			) : (
				!closed && (
					<UnlessSignedIn token={invitation}>
						<Form
							key={invited?.email}
							action={translate(invited ? 'auth.sign_up_join' : 'auth.sign_up')}
							submit={signUp}
						>
							<Stack direction={{ xs: 'column', sm: 'row' }} spacing={2}>
								<Field name="first_name" autoComplete="given-name" autoFocus />
								<Field name="last_name" autoComplete="family-name" />
							</Stack>
							<Email of={invited} autoComplete="username" />
							<NewPassword />
						</Form>
						{state?.providers.some(({ sign_up }) => sign_up) && (
							<Stack spacing={2} sx={{ mt: 2 }}>
								<Divider>{translate('auth.or')}</Divider>
								{providers.length > 0 && <ProviderButtons signsUp />}
							</Stack>
						)}
					</UnlessSignedIn>
				)
			)}
			<Link component={RouterLink} to={{ pathname: '/sign-in', hash }} sx={{ display: 'inline-block', mt: 2 }}>
				{translate('auth.to_sign_in')}
			</Link>
		</AuthPage>
	);
}
