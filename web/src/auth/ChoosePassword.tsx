import { useState } from 'react';
import Alert from '@mui/material/Alert';
import Button from '@mui/material/Button';
import { useTranslate } from 'ra-core';
import { Link as RouterLink } from 'react-router-dom';
import { secret } from '../app/address';
import { send } from '../app/http';
import { begin } from '../app/session';
import { AuthPage } from './AuthPage';
import { Field, Form, NewPassword, type Values } from './Form';
import { SecondFactor } from './SecondFactor';

/** The target of emailed links: sets a new password, or the first one of an invited user. */
export default function ChoosePassword() {
	const translate = useTranslate();
	const [challenged, setChallenged] = useState(false);
	const token = secret('access_token');
	const invited = secret('type') === 'invite';
	const save = async (values: Values) => {
		const { json } = await send('/api/set-password',
			{ method: 'POST', body: { token, ...values } });
		if (json.twoFactorRedirect)
			setChallenged(true);
		else
			begin('/');
	};
	if (challenged)
		return <SecondFactor done={async () => begin('/')} />;
	return (
		<AuthPage title={translate('auth.choose_password')}
			lead={token && translate('auth.choose_password_help')}>
			{token ? (
				<Form action={translate('auth.save')} submit={save}>
					{invited && <Field name="first_name" autoComplete="given-name" />}
					{invited && <Field name="last_name" autoComplete="family-name" />}
					<NewPassword />
				</Form>
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
