import { useState } from 'react';
import Alert from '@mui/material/Alert';
import Link from '@mui/material/Link';
import { useTranslate } from 'ra-core';
import { Link as RouterLink, useLocation } from 'react-router-dom';
import { secret } from '../data/address';
import { asked } from '../data/auth';
import { AuthPage } from './AuthPage';
import { Field, Form, type Values } from './Form';

export default function ForgotPassword() {
	const translate = useTranslate();
	const { hash } = useLocation(); // may contain an invitation
	const [mailed, setMailed] = useState(false);
	const ask = async ({ email = '' }: Values) => {
		await asked((auth) => auth.requestPasswordReset({ email, redirectTo: '/set-password' }));
		setMailed(true);
	};
	return (
		<AuthPage title={translate('auth.forgot')} lead={!mailed && translate('auth.forgot_help')}>
			{secret('expired') && !mailed && (
				<Alert severity="warning" sx={{ mb: 2 }}>
					{translate('auth.refusals.malformed')}
				</Alert>
			)}
			{mailed ? (
				<Alert severity="info">{translate('auth.reset_mailed')}</Alert>
			) : (
				<Form action={translate('auth.mail_link')} submit={ask}>
					<Field name="email" type="email" autoComplete="username" autoFocus />
				</Form>
			)}
			<Link component={RouterLink} to={{ pathname: '/sign-in', hash }} sx={{ display: 'inline-block', mt: 2 }}>
				{translate('auth.to_sign_in')}
			</Link>
		</AuthPage>
	);
}
