// The sign-out button on pages outside the workspace.
import type { SxProps, Theme } from '@mui/material/styles';
import { useTranslate } from 'ra-core';
import { WorkButton } from './WorkButton';
import { begin, signOut } from '../data/session';

export function SignOutButton({ sx }: { sx?: SxProps<Theme> }) {
	const translate = useTranslate();
	return (
		<WorkButton fullWidth sx={sx} work={() => signOut().then(() => begin('/sign-in'))}>
			{translate('ra.auth.logout')}
		</WorkButton>
	);
}
