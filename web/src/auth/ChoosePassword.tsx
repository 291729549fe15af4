import { useState } from 'react';
import Alert from '@mui/material/Alert';
import Button from '@mui/material/Button';
import { useTranslate } from 'ra-core';
import { Link as RouterLink } from 'react-router-dom';
import { secret } from '../data/address';
import { send } from '../data/http';
import { begin } from '../data/session';
import { AuthPage } from './AuthPage';
import { Email, Field, Form, NewPassword, type Values } from './Form';
import { UnlessSignedIn, useInvitation } from './invitation';
import { SecondFactor } from './SecondFactor';

/** The target of emailed links: sets a new password, or the first password of an invited user. */
export default function ChoosePassword() {
	const translate = useTranslate();
	const [challenged, setChallenged] = useState(false);
	const token = secret('access_token');
	const invited = secret('type') === 'invite';
	const { invitation, title, lead } = useInvitation(invited ? token : null);
	const save = async ({ email, ...values }: Values) => {
		const { json } = await send('/api/set-password', { method: 'POST', body: { token, ...values } });
		if (json.twoFactorRedirect) setChallenged(true);
		else begin('/');
	};
	if (challenged) return <SecondFactor done={() => begin('/')} />;
	return (
		<AuthPage
			title={title ?? translate('auth.choose_password')}
			lead={lead ?? (token && translate('auth.choose_password_help'))}
		>
			{token ? (
				<UnlessSignedIn token={invited ? token : null}>
					<Form
						key={invitation?.email}
						action={translate(invited ? 'auth.sign_up_join' : 'auth.save')}
						submit={save}
					>
						{invitation && <Email of={invitation} autoComplete="username" />}
						{invited && <Field name="first_name" autoComplete="given-name" />}
						{invited && <Field name="last_name" autoComplete="family-name" />}
						<NewPassword />
					</Form>
				</UnlessSignedIn>
			) : (
				<>
					<Alert severity="warning">{translate('auth.no_token')}</Alert>
					<Button component={RouterLink} to="/forgot-password" fullWidth sx={{ mt: 2 }}>
						{translate('auth.forgot')}
					</Button>
				</>
			)}
		</AuthPage>
	);
}
