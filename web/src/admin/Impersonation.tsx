import Alert from '@mui/material/Alert';
import Button from '@mui/material/Button';
import { useQuery } from '@tanstack/react-query';
import { useTranslate } from 'ra-core';
import { useAct } from '../app/act';
import { begin, sessionQuery } from '../app/session';
import { asked, auth } from '../auth/client';

/** On every page, as long as an operator acts in somebody's name. */
export function Impersonation() {
	const translate = useTranslate();
	const { data } = useQuery(sessionQuery);
	const [busy, act] = useAct();
	if (!(data?.session as { impersonatedBy?: string | null } | undefined)?.impersonatedBy)
		return null;
	const stop = () => act(() => asked(auth.admin.stopImpersonating()).then(() => begin('/administration/users')));
	return (
		<Alert severity="warning" variant="filled" role="status" square
			sx={{ position: 'fixed', insetInline: 0, bottom: 0, zIndex: 'appBar' }} action={
				<Button color="inherit" size="small" variant="outlined" disabled={busy} onClick={stop}>{translate('admin.stop')}</Button>
			}>
			{translate('admin.acting', { name: data!.user.name })}
		</Alert>
	);
}
