// Invites a colleague by email, or with a link that anyone can use. A second invitation to an address replaces the
// first after a confirmation.
import { useState } from 'react';
import Alert from '@mui/material/Alert';
import Button, { type ButtonProps } from '@mui/material/Button';
import MenuItem from '@mui/material/MenuItem';
import { useQueryClient } from '@tanstack/react-query';
import { HttpError, useDataProvider, useTranslate } from 'ra-core';
import type { Provider } from '../data/dataProvider';
import { Ask, FormDialog, type Answers } from '../ui/FormDialog';
import { Secret } from '../ui/Secret';
import { invitesKey } from './queries';
import { useRole, useRoles } from './roles';

function Dialog({ close }: { close: () => void }) {
	const { tell } = useDataProvider<Provider>();
	const translate = useTranslate();
	const called = useRole();
	const roles = useRoles();
	const queries = useQueryClient();
	const [sent, setSent] = useState<{ url: string; email: string }>();
	const [typed, setTyped] = useState('');
	const [pending, setPending] = useState<string>(); // an address that already has an invitation
	const invite = async ({ email = '', role }: Answers) => {
		try {
			const { url } = await tell<{ url: string }>(
				email ? '/api/auth/organization/invite-member' : '/api/invites',
				{ role, ...(email && { email, resend: email === pending }) },
			);
			setSent({ url, email });
		} catch (error) {
			setPending(
				error instanceof HttpError && error.body?.code === 'USER_IS_ALREADY_INVITED_TO_THIS_ORGANIZATION'
					? email
					: undefined,
			);
			throw error;
		}
	};
	// The page is refreshed only when the dialog closes, because a refreshed page may hide this button after the first
	// invitation.
	const done = () => {
		close();
		queries.invalidateQueries({ queryKey: invitesKey });
	};
	return sent ? (
		<FormDialog
			title={translate('organization.invited')}
			close={done}
			lead={sent.email && translate('organization.mailed', { email: sent.email })}
		>
			<Alert severity="info">{translate('organization.link_once')}</Alert>
			<Secret text={sent.url} label={translate('organization.link')} />
		</FormDialog>
	) : (
		<FormDialog
			title={translate('organization.invite')}
			action={translate(pending === typed ? 'organization.replace' : 'organization.invite')}
			submit={invite}
			close={close}
		>
			<Ask
				name="email"
				type="email"
				required={false}
				autoFocus
				autoComplete="off"
				label={translate('auth.email')}
				onChange={({ target }) => setTyped(target.value)}
				helperText={translate('organization.invite_help')}
			/>
			<Ask name="role" select defaultValue="member" label={translate('organization.role')}>
				{roles.map((role) => (
					<MenuItem key={role} value={role}>
						{called(role)}
					</MenuItem>
				))}
			</Ask>
		</FormDialog>
	);
}

export function InviteButton(props: ButtonProps) {
	const translate = useTranslate();
	const [open, setOpen] = useState(false);
	return (
		<>
			<Button variant="contained" {...props} onClick={() => setOpen(true)}>
				{translate('organization.invite')}
			</Button>
			{open && <Dialog close={() => setOpen(false)} />}
		</>
	);
}
