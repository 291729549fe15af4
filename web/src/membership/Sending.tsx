// Sends the approved payouts that nothing holds back to the bank, as a batch.
import { useState } from 'react';
import Button from '@mui/material/Button';
import MenuItem from '@mui/material/MenuItem';
import { useDataProvider, useGetList, useRedirect, useTranslate, type RaRecord } from 'ra-core';
import type { Provider } from '../data/dataProvider';
import { useConfiguration } from '../data/configuration';
import { Ask, FormDialog } from '../ui/FormDialog';
import { Panel } from '../ui/Panel';
import { may } from '../data/permissions';
import { nameOf } from '../records/RowInput';
import { useMe } from '../data/session';

export default function Sending() {
	const translate = useTranslate();
	const me = useMe();
	const go = useRedirect();
	const { tell } = useDataProvider<Provider>();
	const { currency } = useConfiguration();
	const [open, setOpen] = useState(false);
	const { data: accounts = [] } = useGetList<RaRecord<number>>('payout_accounts', {
		filter: { 'member_id@is': null },
		pagination: { page: 1, perPage: 100 },
		sort: { field: 'id', order: 'ASC' },
	});
	if (!may(me, 'user_payouts', 'send') && !me.administrator) return null;
	return (
		<Panel
			title={translate('membership.sending.title')}
			lead={accounts.length > 0 ? translate('membership.sending.about') : translate('membership.sending.none')}
			action={
				accounts.length > 0 && (
					<Button variant="contained" onClick={() => setOpen(true)}>
						{translate('membership.sending.send')}
					</Button>
				)
			}
		>
			{open && (
				<FormDialog
					title={translate('membership.sending.title')}
					action={translate('membership.sending.send')}
					close={() => setOpen(false)}
					submit={async ({ account_id, ...rest }) => {
						const { id } = await tell<{ id: number }>('/api/user_payouts/send', {
							account_id: Number(account_id),
							...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== '')),
						});
						go('show', 'payout_batches', id);
					}}
				>
					<Ask
						name="account_id"
						label={translate('membership.sending.account')}
						select
						defaultValue={accounts[0]!.id}
					>
						{accounts.map((one) => (
							<MenuItem key={one.id} value={one.id}>
								{nameOf('payout_accounts', one)}
							</MenuItem>
						))}
					</Ask>
					<Ask name="currency" label={translate('membership.sending.currency')} defaultValue={currency} />
					<Ask
						name="execute_on"
						label={translate('membership.sending.day')}
						type="date"
						required={false}
						slotProps={{ inputLabel: { shrink: true } }}
					/>
				</FormDialog>
			)}
		</Panel>
	);
}
