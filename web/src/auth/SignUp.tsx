import { useState } from 'react';
import Alert from '@mui/material/Alert';
import Link from '@mui/material/Link';
import Stack from '@mui/material/Stack';
import { useQuery } from '@tanstack/react-query';
import { useTranslate, type HttpError } from 'ra-core';
import { Link as RouterLink, useLocation } from 'react-router-dom';
import { secret } from '../app/address';
import { send } from '../app/http';
import { begin, initStateQuery } from '../app/session';
import { AuthPage } from './AuthPage';
import { Field, Form, NewPassword, type Values } from './Form';

/** The first account creates the first organization; later accounts need an invitation, unless
 * the server is configured otherwise. */
export default function SignUp() {
	const translate = useTranslate();
	const { data: initialized } = useQuery(initStateQuery);
	const [mailed, setMailed] = useState(false);
	const invitation = secret('invite');
	const { hash } = useLocation(); // may contain an invitation
	const first = initialized === false;

	const signUp = async (values: Values) => {
		const { json } = await send('/api/signup', { method: 'POST',
			body: { ...values, ...(invitation && { invite_token: invitation }) } }).catch((error: HttpError) => {
			throw error.status === 409 && invitation ? { status: 409, code: 'INVITATION_NOT_FOUND' } : error;
		});
		if (!json.token)
			return setMailed(true);
		begin('/');
	};

	if (mailed)
		return (
			<AuthPage title={translate('auth.look_at_mail')}>
				<Alert severity="info">{translate('auth.verify_help')}</Alert>
			</AuthPage>
		);
	return (
		<AuthPage title={translate(first ? 'auth.first_run' : 'auth.sign_up')}
			lead={translate(first ? 'auth.first_run_help'
				: invitation ? 'auth.invited' : 'auth.sign_up_help')}>
			<Form action={translate('auth.sign_up')} submit={signUp}>
				<Stack direction={{ xs: 'column', sm: 'row' }} spacing={2}>
					<Field name="first_name" autoComplete="given-name" autoFocus />
					<Field name="last_name" autoComplete="family-name" />
				</Stack>
				<Field name="email" type="email" autoComplete="username" />
				<NewPassword />
			</Form>
			<Link component={RouterLink} to={{ pathname: '/sign-in', hash }} sx={{ display: 'inline-block', mt: 2 }}>
				{translate('auth.to_sign_in')}
			</Link>
		</AuthPage>
	);
}
