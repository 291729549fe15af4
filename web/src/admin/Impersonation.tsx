import Button from '@mui/material/Button';
import { useQuery } from '@tanstack/react-query';
import { useTranslate } from 'ra-core';
import { useAct } from '../data/act';
import { Foot } from '../ui/Foot';
import { begin, sessionQuery } from '../data/session';
import { asked } from '../data/auth';

/** The banner on every page while an operator impersonates a user. */
export function Impersonation() {
	const translate = useTranslate();
	const { data } = useQuery(sessionQuery);
	const [busy, act] = useAct();
	if (!(data?.session as { impersonatedBy?: string | null } | undefined)?.impersonatedBy) return null;
	const stop = () =>
		act(() => asked((auth) => auth.admin.stopImpersonating()).then(() => begin('/administration/users')));
	return (
		<Foot
			role="status"
			action={
				<Button color="inherit" size="small" variant="outlined" disabled={busy} onClick={stop}>
					{translate('admin.stop')}
				</Button>
			}
		>
			{translate('admin.acting', { name: data!.user.name })}
		</Foot>
	);
}
