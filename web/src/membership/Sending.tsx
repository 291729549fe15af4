// Sends the approved payouts that nothing holds to the bank, as a batch.
import { useState } from 'react';
import Button from '@mui/material/Button';
import MenuItem from '@mui/material/MenuItem';
import { useDataProvider, useGetList, useLocale, useRedirect, type RaRecord } from 'ra-core';
import type { Provider } from '../data/dataProvider';
import { useConfiguration } from '../data/configuration';
import { Ask, FormDialog } from '../ui/FormDialog';
import type { Locale } from '../i18n/i18n';
import { Panel } from '../ui/Panel';
import { may } from '../data/permissions';
import { nameOf } from '../records/RowInput';
import { useMe } from '../data/session';

const words = {
	en: {
		title: 'Send approved payouts',
		about: 'All that are approved in the currency and that nothing holds become a batch, whose file is for the bank.',
		account: 'From the account',
		currency: 'Currency',
		day: 'To be executed on',
		send: 'Send',
		none: 'Add a bank account without a member first.',
	},
	fr: {
		title: 'Envoyer les versements approuvés',
		about: 'Tous ceux qui sont approuvés dans la devise et que rien ne retient forment un lot, dont le fichier est pour la banque.',
		account: 'Depuis le compte',
		currency: 'Devise',
		day: 'À exécuter le',
		send: 'Envoyer',
		none: 'Ajoutez d’abord un compte bancaire sans membre.',
	},
};

export default function Sending() {
	const say = words[useLocale() as Locale];
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
			title={say.title}
			lead={accounts.length > 0 ? say.about : say.none}
			action={
				accounts.length > 0 && (
					<Button variant="contained" onClick={() => setOpen(true)}>
						{say.send}
					</Button>
				)
			}
		>
			{open && (
				<FormDialog
					title={say.title}
					action={say.send}
					close={() => setOpen(false)}
					submit={async ({ account_id, ...rest }) => {
						const { id } = await tell<{ id: number }>('/api/user_payouts/send', {
							account_id: Number(account_id),
							...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== '')),
						});
						go('show', 'payout_batches', id);
					}}
				>
					<Ask name="account_id" label={say.account} select defaultValue={accounts[0]!.id}>
						{accounts.map((one) => (
							<MenuItem key={one.id} value={one.id}>
								{nameOf('payout_accounts', one)}
							</MenuItem>
						))}
					</Ask>
					<Ask name="currency" label={say.currency} defaultValue={currency} />
					<Ask
						name="execute_on"
						label={say.day}
						type="date"
						required={false}
						slotProps={{ inputLabel: { shrink: true } }}
					/>
				</FormDialog>
			)}
		</Panel>
	);
}
