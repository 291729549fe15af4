import { useState } from 'react';
import Button from '@mui/material/Button';
import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import { useQueryClient } from '@tanstack/react-query';
import { useNotify, useTranslate } from 'ra-core';
import { Ask, FormDialog, type Answers } from '../ui/FormDialog';
import { Panel } from '../ui/Panel';
import { asked } from '../data/auth';

export function Password() {
	const translate = useTranslate();
	const notify = useNotify();
	const queries = useQueryClient();
	const [open, setOpen] = useState(false);
	const change = async ({ current = '', password = '', others }: Answers) => {
		await asked((auth) =>
			auth.changePassword({
				currentPassword: current,
				newPassword: password,
				revokeOtherSessions: others === 'on',
			}),
		);
		setOpen(false);
		notify('profile.password_changed', { type: 'success' });
		queries.invalidateQueries({ queryKey: ['session'] });
		queries.invalidateQueries({ queryKey: ['sessions'] });
	};
	return (
		<Panel
			title={translate('auth.password')}
			lead={translate('profile.password_help')}
			action={
				<Button variant="outlined" onClick={() => setOpen(true)}>
					{translate('profile.password_change')}
				</Button>
			}
		>
			{open && (
				<FormDialog
					title={translate('profile.password_change')}
					action={translate('profile.change')}
					submit={change}
					close={() => setOpen(false)}
				>
					<Ask
						name="current"
						type="password"
						autoFocus
						autoComplete="current-password"
						label={translate('profile.password_now')}
					/>
					<Ask
						name="password"
						type="password"
						autoComplete="new-password"
						label={translate('profile.password_new')}
						helperText={translate('auth.password_help')}
						slotProps={{ htmlInput: { minLength: 8, maxLength: 128 } }}
					/>
					<FormControlLabel
						control={<Checkbox name="others" defaultChecked />}
						label={translate('profile.end_others')}
					/>
				</FormDialog>
			)}
		</Panel>
	);
}
