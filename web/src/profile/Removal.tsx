// Deletes the account, either immediately or through an emailed link, depending on the server.
import { useState } from 'react';
import Button from '@mui/material/Button';
import { useNotify, useTranslate } from 'ra-core';
import { Ask, FormDialog, type Answers } from '../ui/FormDialog';
import { Panel } from '../ui/Panel';
import { begin } from '../data/session';
import { asked } from '../data/auth';

export function Removal() {
	const translate = useTranslate();
	const notify = useNotify();
	const [open, setOpen] = useState(false);
	const remove = async ({ password }: Answers) => {
		const { message } = await asked((auth) =>
			auth.deleteUser({ callbackURL: '/sign-in', ...(password && { password }) }),
		);
		if (message === 'User deleted') return begin('/sign-in');
		setOpen(false);
		notify('profile.account_mailed', { type: 'info', autoHideDuration: null });
	};
	return (
		<Panel
			title={translate('profile.account')}
			lead={translate('profile.account_help')}
			action={
				<Button variant="outlined" color="error" onClick={() => setOpen(true)}>
					{translate('profile.account_remove')}
				</Button>
			}
		>
			{open && (
				<FormDialog
					danger
					title={translate('profile.account_remove')}
					lead={translate('profile.account_sure')}
					action={translate('ra.action.delete')}
					submit={remove}
					close={() => setOpen(false)}
				>
					<Ask
						name="password"
						type="password"
						required={false}
						autoFocus
						autoComplete="current-password"
						label={translate('auth.password')}
						helperText={translate('profile.account_password')}
					/>
				</FormDialog>
			)}
		</Panel>
	);
}
