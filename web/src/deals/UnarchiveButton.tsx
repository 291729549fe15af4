// The button that moves an archived deal back to the board.
import Unarchive from '@mui/icons-material/UnarchiveOutlined';
import { Button } from 'react-admin';
import { useDataProvider, useNotify, useRecordContext, useRefresh } from 'ra-core';
import type { Provider } from '../data/dataProvider';
import { useMay } from '../data/permissions';
import type { Deal } from './deal';

export function UnarchiveButton() {
	const deal = useRecordContext<Deal>();
	const { tell } = useDataProvider<Provider>();
	const notify = useNotify();
	const refresh = useRefresh();
	return useMay('deals', 'update') && deal?.archived_at ? (
		<Button
			label="deals.unarchive"
			onClick={() =>
				tell(`/api/deals/${deal.id}/unarchive`).then(
					() => {
						notify('deals.unarchived', { type: 'success', messageArgs: { name: deal.name } });
						refresh();
					},
					(error: Error) => notify(error.message, { type: 'error' }),
				)
			}
		>
			<Unarchive />
		</Button>
	) : null;
}
