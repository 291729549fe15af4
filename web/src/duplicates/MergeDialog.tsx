// The dialog that merges two contacts, with a preview from the server.
import { useState } from 'react';
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import Skeleton from '@mui/material/Skeleton';
import Typography from '@mui/material/Typography';
import useMediaQuery from '@mui/material/useMediaQuery';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useDataProvider, useGetMany, useRefresh, useTranslate } from 'ra-core';
import { useAct } from '../data/act';
import { QueryResult } from '../ui/QueryResult';
import type { Provider } from '../data/dataProvider';
import { fullName } from '../records/People';
import { useUndo } from '../data/undo';
import type { Contact } from '../contacts/contact';
import { Kept } from './Kept';
import type { Choices } from './members';
import { Stays } from './Stays';

interface Outcome {
	winner: Contact;
	moves: Record<string, number>;
}

export function MergeDialog({
	ids,
	close,
	done,
}: {
	ids: [number, number];
	close: () => void;
	/** Opens the next page. Without this function, the displayed data is read again. */
	done?: (winner: number) => void;
}) {
	const translate = useTranslate();
	const refresh = useRefresh();
	const undo = useUndo();
	const { tell } = useDataProvider<Provider>();
	const [winnerId, setWinner] = useState(ids[0]);
	const [choices, setChoices] = useState<Choices>({});
	const narrow = useMediaQuery('(max-width: 599.95px)');
	const [busy, act] = useAct();
	const query = useGetMany<Contact>('contacts', { ids });
	const body = { winnerId, loserId: ids.find((id) => id !== winnerId), choices };
	// The preview is not refreshed, because the merge removes one of the contacts.
	const preview = useQuery({
		queryKey: ['merge', body],
		placeholderData: keepPreviousData,
		staleTime: 'static',
		gcTime: 0,
		queryFn: () => tell<Outcome>('/api/merge_contacts/preview', body),
	});
	const merge = () =>
		act(async () => {
			const { mergeId } = await tell<{ mergeId: number }>('/api/merge_contacts', body);
			close();
			if (done) done(winnerId);
			else refresh();
			undo(translate('duplicates.merged', { name: fullName(preview.data?.winner ?? {}) }), () =>
				tell(`/api/merges/${mergeId}/undo`),
			);
		});
	const moves = Object.entries(preview.data?.moves ?? {})
		.filter(([, count]) => count > 0)
		.map(([what, count]) => translate(`duplicates.moves.${what}`, { smart_count: count }));
	return (
		<Dialog open fullWidth fullScreen={narrow} maxWidth="sm" onClose={close} aria-labelledby="merge-title">
			<DialogTitle id="merge-title">{translate('duplicates.merge_title')}</DialogTitle>
			<DialogContent>
				<QueryResult query={query} waiting={<Skeleton height={240} />}>
					{(contacts) =>
						contacts.every(Boolean) ? (
							<>
								<Stays contacts={contacts} winner={winnerId} choose={setWinner} />
								<QueryResult query={preview}>
									{({ winner }) => (
										<Kept
											contacts={contacts}
											winner={winner}
											choices={choices}
											choose={(member, id) => setChoices({ ...choices, [member]: id })}
										/>
									)}
								</QueryResult>
								{moves.length > 0 && (
									<Typography color="textSecondary" sx={{ mt: 2 }}>
										{translate('duplicates.along', { what: moves.join(', ') })}
									</Typography>
								)}
							</>
						) : (
							translate('i18n.refusals.not-found')
						)
					}
				</QueryResult>
			</DialogContent>
			<DialogActions sx={{ px: 3, pb: 2 }}>
				<Button onClick={close}>{translate('ra.action.cancel')}</Button>
				<Button variant="contained" disabled={busy || !preview.data} onClick={merge}>
					{translate('duplicates.merge')}
				</Button>
			</DialogActions>
		</Dialog>
	);
}
