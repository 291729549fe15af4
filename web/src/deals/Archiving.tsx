// Archives a deal on its page, and shows that it is archived.
import Archive from '@mui/icons-material/ArchiveOutlined';
import Alert from '@mui/material/Alert';
import { Button } from 'react-admin';
import { useNotify, useRecordContext, useTranslate, useUpdate } from 'ra-core';
import { useFormats } from '../data/useFormats';
import { useMay } from '../data/permissions';
import type { Deal } from './deal';
import { UnarchiveButton } from './UnarchiveButton';

export function ArchiveButton() {
	const deal = useRecordContext<Deal>();
	const notify = useNotify();
	const [update, { isPending }] = useUpdate();
	return useMay('deals', 'update') && deal && !deal.archived_at ? (
		<Button
			label="deals.put_away"
			disabled={isPending}
			onClick={() =>
				update(
					'deals',
					{ id: deal.id, data: { archived_at: new Date().toISOString() }, previousData: deal },
					{
						onSuccess: () =>
							notify('deals.put_away_done', { type: 'success', messageArgs: { name: deal.name } }),
						onError: (error) => notify(error.message, { type: 'error' }),
					},
				)
			}
		>
			<Archive />
		</Button>
	) : null;
}

export function Archived() {
	const translate = useTranslate();
	const { date } = useFormats();
	const deal = useRecordContext<Deal>();
	return (
		deal?.archived_at && (
			<Alert severity="info" sx={{ mb: 2 }} action={<UnarchiveButton />}>
				{translate('deals.is_archived', { date: date(deal.archived_at) })}
			</Alert>
		)
	);
}
