// Two-factor authentication with an authenticator app and backup codes.
import { useState } from 'react';
import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Chip from '@mui/material/Chip';
import Link from '@mui/material/Link';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNotify, useTranslate } from 'ra-core';
import { encode } from 'uqr';
import { Ask, FormDialog, type Answers } from '../ui/FormDialog';
import { Panel } from '../ui/Panel';
import { Secret } from '../ui/Secret';
import { sessionQuery } from '../data/session';
import { asked } from '../data/auth';

function Code({ text, label }: { text: string; label: string }) {
	const { size, data } = encode(text, { border: 4 });
	return (
		<Box
			component="svg"
			role="img"
			aria-label={label}
			viewBox={`0 0 ${size} ${size}`}
			shapeRendering="crispEdges"
			sx={{ width: 208, alignSelf: 'center', borderRadius: 1, border: 1, borderColor: 'divider' }}
		>
			<rect width={size} height={size} fill="white" />
			<path
				fill="black"
				d={data.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ''))).join('')}
			/>
		</Box>
	);
}

interface Enrolment {
	totpURI: string;
	backupCodes: string[];
}

type Step = 'enable' | 'disable' | 'renew' | { enrol: Enrolment } | { codes: string[] };

export function TwoFactor() {
	const translate = useTranslate();
	const notify = useNotify();
	const queries = useQueryClient();
	const { data } = useQuery(sessionQuery);
	const on = Boolean((data?.user as { twoFactorEnabled?: boolean } | undefined)?.twoFactorEnabled);
	const [step, setStep] = useState<Step>();
	const close = () => setStep(undefined);

	const confirm = async ({ password = '' }: Answers) => {
		if (step === 'enable')
			setStep({ enrol: (await asked((auth) => auth.twoFactor.enable({ password }))) as Enrolment });
		else if (step === 'renew')
			setStep({ codes: (await asked((auth) => auth.twoFactor.generateBackupCodes({ password }))).backupCodes });
		else {
			await asked((auth) => auth.twoFactor.disable({ password }));
			close();
			notify('profile.factor_off', { type: 'success' });
			await queries.invalidateQueries({ queryKey: ['session'] });
		}
	};
	const enrol = step && typeof step === 'object' && 'enrol' in step ? step.enrol : undefined;
	const codes = step && typeof step === 'object' && 'codes' in step ? step.codes : undefined;
	const verify = async ({ code = '' }: Answers) => {
		await asked((auth) => auth.twoFactor.verifyTotp({ code: code.replace(/\s/g, '') }));
		await queries.invalidateQueries({ queryKey: ['session'] });
		queries.invalidateQueries({ queryKey: ['sessions'] });
		setStep({ codes: enrol!.backupCodes });
	};
	const secret = enrol && (new URL(enrol.totpURI).searchParams.get('secret') ?? '');
	return (
		<Panel
			title={translate('profile.factor')}
			lead={translate('profile.factor_help')}
			action={
				<>
					<Chip
						size="small"
						variant="outlined"
						color={on ? 'success' : 'default'}
						sx={{ alignSelf: 'center' }}
						label={translate(on ? 'profile.on' : 'profile.off')}
					/>
					{on ? (
						<>
							<Button variant="outlined" onClick={() => setStep('renew')}>
								{translate('profile.new_codes')}
							</Button>
							<Button variant="outlined" color="error" onClick={() => setStep('disable')}>
								{translate('profile.factor_end')}
							</Button>
						</>
					) : (
						<Button variant="contained" onClick={() => setStep('enable')}>
							{translate('profile.factor_begin')}
						</Button>
					)}
				</>
			}
		>
			{typeof step === 'string' && (
				<FormDialog
					title={translate(
						step === 'enable'
							? 'profile.factor_begin'
							: step === 'renew'
								? 'profile.new_codes'
								: 'profile.factor_end',
					)}
					lead={translate(step === 'renew' ? 'profile.new_codes_help' : 'profile.say_password')}
					danger={step === 'disable'}
					action={translate('profile.go_on')}
					submit={confirm}
					close={close}
				>
					<Ask
						name="password"
						type="password"
						autoFocus
						autoComplete="current-password"
						label={translate('auth.password')}
					/>
				</FormDialog>
			)}
			{enrol && (
				<FormDialog
					title={translate('profile.factor')}
					lead={translate('profile.scan')}
					action={translate('auth.confirm')}
					submit={verify}
					close={close}
				>
					<Code text={enrol.totpURI} label={translate('profile.qr')} />
					<Secret text={secret ?? ''} label={translate('profile.secret')} />
					<Link href={enrol.totpURI} sx={{ alignSelf: 'center' }}>
						{translate('profile.open_authenticator')}
					</Link>
					<Ask
						name="code"
						autoFocus
						autoComplete="one-time-code"
						label={translate('auth.code')}
						slotProps={{ htmlInput: { inputMode: 'numeric' } }}
					/>
				</FormDialog>
			)}
			{codes && (
				<FormDialog title={translate('profile.codes')} lead={translate('profile.codes_help')} close={close}>
					<Alert severity="success">{translate('profile.factor_on')}</Alert>
					<Secret text={codes.join('\n')} label={translate('profile.codes')} />
				</FormDialog>
			)}
		</Panel>
	);
}
