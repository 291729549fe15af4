// The dialog that asks why deals were lost. The reason is stored in the deals' metadata: a choice, or a text that an
// earlier version stored.
import MenuItem from '@mui/material/MenuItem';
import { useDataProvider, useRefresh, useTranslate } from 'ra-core';
import { useConfiguration } from '../data/configuration';
import type { Provider } from '../data/dataProvider';
import { Ask, FormDialog } from '../ui/FormDialog';
import type { Deal } from './deal';

export type Lost = Pick<Deal, 'id' | 'name' | 'metadata'>;

export default function LostReason({ deals, close }: { deals: Lost[]; close: () => void }) {
	const translate = useTranslate();
	const refresh = useRefresh();
	const { bulk } = useDataProvider<Provider>();
	const { lostReasons } = useConfiguration();
	const known = deals[0]?.metadata?.lost_reason ?? '';
	const choices =
		lostReasons.some(({ value }) => value === known) || !known
			? lostReasons
			: [...lostReasons, { value: known, label: known }];
	return (
		<FormDialog
			title={translate('deals.lost_why', { smart_count: deals.length, name: deals[0]?.name })}
			action={translate('ra.action.save')}
			close={close}
			submit={async ({ lost_reason }) => {
				await bulk('deals', { ids: deals.map(({ id }) => id), set: { metadata: { lost_reason } } });
				close();
				refresh();
			}}
		>
			<Ask name="lost_reason" select autoFocus label={translate('deals.lost_reason')} defaultValue={known}>
				{choices.map(({ value, label }) => (
					<MenuItem key={value} value={value}>
						{label}
					</MenuItem>
				))}
			</Ask>
		</FormDialog>
	);
}
