// The page for staff of an organization that requires a second factor. They enter a code from their second factor, or
// set up a second factor.
import { useState } from 'react';
import Button from '@mui/material/Button';
import { useQuery } from '@tanstack/react-query';
import { useTranslate } from 'ra-core';
import { AuthPage } from '../auth/AuthPage';
import { SecondFactor } from '../auth/SecondFactor';
import { OrganizationChoice } from '../organization/OrganizationChoice';
import { TwoFactor } from '../profile/TwoFactor';
import { begin, sessionQuery } from '../data/session';
import { SignOutButton } from '../auth/SignOutButton';

export default function StaffSecondFactor() {
	const translate = useTranslate();
	const { data } = useQuery(sessionQuery);
	const on = Boolean((data?.user as { twoFactorEnabled?: boolean } | undefined)?.twoFactorEnabled);
	const [had] = useState(on);
	const lead = translate('i18n.refusals.staff_second_factor');
	const leave = <SignOutButton />;
	if (had)
		return (
			<SecondFactor lead={lead} done={() => begin('/')}>
				{leave}
			</SecondFactor>
		);
	return (
		<AuthPage title={translate('auth.second_factor')} lead={lead}>
			<TwoFactor />
			<Button fullWidth variant="contained" disabled={!on} onClick={() => begin('/')} sx={{ mt: 2, mb: 1 }}>
				{translate('auth.proceed')}
			</Button>
			<OrganizationChoice />
			{leave}
		</AuthPage>
	);
}
