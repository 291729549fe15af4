// The sign-out button on pages outside the workspace.
import { useTranslate } from 'ra-core';
import { WorkButton } from './WorkButton';
import { begin, signOut } from '../data/session';

export function SignOutButton() {
	const translate = useTranslate();
	return (
		<WorkButton fullWidth work={() => signOut().then(() => begin('/sign-in'))}>
			{translate('ra.auth.logout')}
		</WorkButton>
	);
}
