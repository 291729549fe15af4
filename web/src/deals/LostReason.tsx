// Asks why a deal was lost. The reason is a key of the deal's metadata.
import { useDataProvider, useRefresh, useTranslate } from 'ra-core';
import type { Provider } from '../app/dataProvider';
import { Ask, FormDialog } from '../app/FormDialog';
import type { Deal } from './deal';

/** The stage that the server counts as lost. */
export const LOST = 'lost';

const reasons = ['price', 'competitor', 'budget', 'decision', 'timing'];

export function LostReason({ deal, close }: { deal: Deal; close: () => void }) {
	const translate = useTranslate();
	const refresh = useRefresh();
	const { tell } = useDataProvider<Provider>();
	return (
		<FormDialog title={translate('deals.lost_why', { name: deal.name })} action={translate('ra.action.save')} close={close}
			submit={async ({ lost_reason = '' }) => {
				await tell(`/api/deals/${deal.id}`, { metadata: { ...deal.metadata, lost_reason } }, 'PATCH');
				close();
				refresh();
			}}>
			<Ask name="lost_reason" autoFocus autoComplete="off" label={translate('deals.lost_reason')} defaultValue={deal.metadata?.lost_reason ?? ''}
				slotProps={{ htmlInput: { maxLength: 200, list: 'lost-reasons' } }} />
			<datalist id="lost-reasons">
				{reasons.map((one) => <option key={one} value={translate(`deals.lost_reasons.${one}`)} />)}
			</datalist>
		</FormDialog>
	);
}
