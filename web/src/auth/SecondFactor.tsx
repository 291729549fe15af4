import { useState, type ReactNode } from 'react';
import Button from '@mui/material/Button';
import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import { useTranslate } from 'ra-core';
import { asked } from '../data/auth';
import { AuthPage } from './AuthPage';
import { Field, Form, type Values } from './Form';

/** Asks for a code from the authenticator app, or for a backup code. */
export function SecondFactor({
	done,
	lead,
	children,
}: {
	done: () => Promise<void> | void;
	lead?: string;
	children?: ReactNode;
}) {
	const translate = useTranslate();
	const [backup, setBackup] = useState(false);
	const verify = async ({ code = '', trust }: Values) => {
		const answer = { code: code.replace(/\s/g, ''), trustDevice: trust === 'on' };
		await asked((auth) => (backup ? auth.twoFactor.verifyBackupCode(answer) : auth.twoFactor.verifyTotp(answer)));
		await done();
	};
	return (
		<AuthPage
			title={translate('auth.second_factor')}
			lead={[lead, translate(backup ? 'auth.backup_help' : 'auth.totp_help')].filter(Boolean).join(' ')}
		>
			<Form key={String(backup)} action={translate('auth.confirm')} submit={verify}>
				<Field
					name="code"
					autoFocus
					autoComplete="one-time-code"
					slotProps={{
						input: backup ? {} : { inputMode: 'numeric' },
					}}
				/>
				<FormControlLabel control={<Checkbox name="trust" />} label={translate('auth.trust_device')} />
			</Form>
			<Button fullWidth sx={{ mt: 1 }} onClick={() => setBackup(!backup)}>
				{translate(backup ? 'auth.use_totp' : 'auth.use_backup')}
			</Button>
			{children}
		</AuthPage>
	);
}
