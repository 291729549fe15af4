// Viewing the organization as one of its members: the button that begins the view, and the banner that ends it.
import { useState } from 'react';
import Button from '@mui/material/Button';
import { useDataProvider, useTranslate } from 'ra-core';
import { useAct } from '../data/act';
import type { Provider } from '../data/dataProvider';
import { Foot } from '../ui/Foot';
import { Ask, FormDialog } from '../ui/FormDialog';
import { useFormats } from '../data/useFormats';
import { send } from '../data/http';
import { Deed } from '../ui/Panel';
import { fullName } from '../records/People';
import { begin, useMe } from '../data/session';

export function ViewAs({ userId, name }: { userId: string; name: string }) {
	const { tell } = useDataProvider<Provider>();
	const translate = useTranslate();
	const [asking, setAsking] = useState(false);
	return (
		<>
			<Deed does="organization.view_as.begin" of={name} aria-haspopup="dialog" onClick={() => setAsking(true)} />
			{asking && (
				<FormDialog
					title={translate('organization.view_as.title', { name })}
					lead={translate('organization.view_as.help')}
					action={translate('organization.view_as.begin')}
					close={() => setAsking(false)}
					submit={({ reason }) =>
						tell('/api/access/view', { user_id: userId, reason }).then(() => begin('/'))
					}
				>
					<Ask
						name="reason"
						label={translate('organization.view_as.reason')}
						slotProps={{ htmlInput: { maxLength: 500 } }}
					/>
				</FormDialog>
			)}
		</>
	);
}

export function Viewing() {
	const me = useMe();
	const translate = useTranslate();
	const { dateTime } = useFormats();
	const [busy, act] = useAct();
	if (!me.viewing) return null;
	const stop = () =>
		act(() => send('/api/access/view', { method: 'DELETE' }).then(() => begin('/organization/members')));
	return (
		<Foot
			role="status"
			action={
				<Button color="inherit" size="small" variant="outlined" disabled={busy} onClick={stop}>
					{translate('organization.view_as.stop')}
				</Button>
			}
		>
			{translate('organization.view_as.acting', { name: fullName(me), time: dateTime(me.viewing.until) })}
		</Foot>
	);
}
