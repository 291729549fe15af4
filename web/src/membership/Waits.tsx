// Explains why the user who requested a payout cannot approve it.
import Alert from '@mui/material/Alert';
import { useRecordContext, useTranslate } from 'ra-core';
import { may } from '../data/permissions';
import { useMe } from '../data/session';

export function Waits() {
	const row = useRecordContext();
	const me = useMe();
	const translate = useTranslate();
	return (
		row?.status === 'requested' &&
		row.requested_by === me.user_id &&
		may(me, 'user_payouts', 'approve') && (
			<Alert severity="info" sx={{ mb: 2 }}>
				{translate('resources.user_payouts.fields.waits')}
			</Alert>
		)
	);
}
