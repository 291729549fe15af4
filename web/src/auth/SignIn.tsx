import { useState } from 'react';
import Key from '@mui/icons-material/KeyOutlined';
import Alert from '@mui/material/Alert';
import Button from '@mui/material/Button';
import Divider from '@mui/material/Divider';
import Link from '@mui/material/Link';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import { useQuery } from '@tanstack/react-query';
import { useTranslate } from 'ra-core';
import { Link as RouterLink, useLocation } from 'react-router-dom';
import { nextPath, secret } from '../data/address';
import { language } from '../i18n/i18n';
import { leaveNotice } from './Notice';
import { begin, initStateQuery } from '../data/session';
import { asked, withAuth, type Refusal } from '../data/auth';
import { AuthPage } from './AuthPage';
import { lazy } from '../ui/lazy';
import { Email, Field, Form, type Values } from './Form';
import { UnlessSignedIn, useInvitation } from './invitation';
import { useOldSession } from './oldSession';
import { passkeysWork } from './passkeys';
import { ProviderError, useProviders } from './providers';
import { useRefusal } from '../data/authRefusal';
import { withWork } from './proofOfWork';

// These parts are loaded on demand, because most installations have no providers, and most users have no second
// factor.
const ProviderButtons = lazy(() => import('./ProviderButtons'));
const SecondFactor = lazy(() => import('./SecondFactor').then((all) => ({ default: all.SecondFactor })));

export default function SignIn() {
	const translate = useTranslate();
	const explain = useRefusal();
	const providers = useProviders();
	const { search, hash } = useLocation();
	const [challenged, setChallenged] = useState(false);
	const [problem, setProblem] = useState<string>();
	const moved = useOldSession();
	const { data: state } = useQuery(initStateQuery);
	const onlyDemo = state?.demo && !state.is_initialized;
	const invitation = secret('invite');
	const { invitation: invited, lead } = useInvitation();
	const parameters = new URLSearchParams(search);

	// Accepts an invitation for an existing user. The user is signed in even if the invitation is no longer valid.
	// After any other error, the user can retry.
	const enter = async () => {
		if (invitation)
			await asked((auth) => auth.organization.acceptInvitation({ invitationId: invitation })).catch(
				(error: Refusal) => {
					if (![400, 403, 404].includes(error.status)) throw error;
					leaveNotice(translate('auth.not_joined', { reason: explain(error) }));
				},
			);
		begin(nextPath(search));
	};
	const signIn = async ({ email = '', password = '' }: Values) => {
		const answer = await withWork((headers) =>
			asked((auth) => auth.signIn.email({ email, password }, { headers })),
		);
		if ('twoFactorRedirect' in answer && answer.twoFactorRedirect) setChallenged(true);
		else await enter();
	};
	const usePasskey = async () => {
		setProblem(undefined);
		const { error } = (await withAuth((auth) => auth.signIn.passkey())) ?? {};
		if (!error) await enter().catch((error) => setProblem(explain(error)));
		else if ((error as { code?: string }).code !== 'AUTH_CANCELLED') setProblem(explain(error));
	};

	if (challenged) return <SecondFactor done={enter} />;
	return (
		<AuthPage
			title={translate('auth.sign_in')}
			lead={
				lead ??
				(moved
					? translate(providers.length > 0 ? 'auth.moved_providers' : 'auth.moved', {
							providers: new Intl.ListFormat(language(), { type: 'disjunction' }).format(
								providers.map(({ name }) => name),
							),
						})
					: parameters.has('ended')
						? translate(
								parameters.get('ended') === 'staff'
									? 'i18n.refusals.staff_session_ended'
									: 'i18n.refusals.unauthenticated',
							)
						: onlyDemo
							? translate('auth.demo')
							: parameters.has('next') &&
								!parameters.has('error') &&
								translate('ra.auth.auth_check_error'))
			}
		>
			<ProviderError />
			<UnlessSignedIn token={invitation}>
				<Form
					key={invited?.email}
					action={translate(invited ? 'auth.sign_in_join' : 'auth.sign_in')}
					submit={signIn}
				>
					<Email of={invited} autoComplete="username webauthn" autoFocus />
					<Field name="password" type="password" autoComplete="current-password" />
				</Form>
				<Stack spacing={2} sx={{ mt: 2 }}>
					{(passkeysWork || providers.length > 0) && <Divider>{translate('auth.or')}</Divider>}
					{providers.length > 0 && <ProviderButtons next={nextPath(search)} />}
					{passkeysWork ? (
						<Button variant="outlined" startIcon={<Key />} onClick={usePasskey}>
							{translate('auth.with_passkey')}
						</Button>
					) : (
						<Typography variant="body2" color="textSecondary">
							{translate('auth.no_passkeys')}
						</Typography>
					)}
					{problem && <Alert severity="error">{problem}</Alert>}
					<Stack
						direction="row"
						useFlexGap
						sx={{ justifyContent: 'space-between', flexWrap: 'wrap', gap: 1 }}
					>
						<Link component={RouterLink} to={{ pathname: '/forgot-password', hash }}>
							{translate('auth.forgot')}
						</Link>
						<Link component={RouterLink} to={{ pathname: '/sign-up', hash }}>
							{translate(onlyDemo ? 'auth.to_first_run' : 'auth.to_sign_up')}
						</Link>
					</Stack>
				</Stack>
			</UnlessSignedIn>
		</AuthPage>
	);
}
