// Offers to undo an action, for some seconds.
import { useCallback } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import Alert from '@mui/material/Alert';
import Button from '@mui/material/Button';
import { useCloseNotification, useDataProvider, useNotify, useRefresh, useTranslate, type Identifier } from 'ra-core';
import type { Provider } from './dataProvider';
import { isRemoved, markRemoved } from './feed';

const SECONDS = 10;

// Closes when the user clicks, to make room for the result.
function Undoable({ text, undo }: { text: string; undo: () => Promise<unknown> }) {
	const translate = useTranslate();
	const close = useCloseNotification();
	return (
		<Alert
			severity="info"
			variant="filled"
			action={
				<Button
					color="inherit"
					size="small"
					onClick={() => {
						close();
						void undo();
					}}
				>
					{translate('i18n.undo')}
				</Button>
			}
		>
			{text}
		</Alert>
	);
}

/** Returns notice(TEXT, BACK), which shows a message with a button that undoes the action. */
export function useUndo(): (text: string, back: () => Promise<unknown>) => void {
	const notify = useNotify();
	const refresh = useRefresh();
	return useCallback(
		(text, back) => {
			const undo = () =>
				back().then(
					() => {
						notify('i18n.undone', { type: 'success' });
						refresh();
					},
					(error: Error) => notify(error.message, { type: 'error' }),
				);
			notify(<Undoable text={text} undo={undo} />, { autoHideDuration: SECONDS * 1000 });
		},
		[notify, refresh],
	);
}

/** Moves records to the trash and offers to undo the move. */
export function useRemoval(resource: string) {
	const { bulk, undoBulk } = useDataProvider<Provider>();
	const undo = useUndo();
	const queries = useQueryClient();
	const notify = useNotify();
	const translate = useTranslate();
	return useCallback(
		async (which: { ids?: Identifier[]; filter?: object; max?: number }): Promise<boolean> => {
			try {
				const { id, count } = await bulk(resource, { ...which, delete: true });
				markRemoved(resource, which.ids ?? []);
				queries.invalidateQueries({ predicate: isRemoved, refetchType: 'none' });
				queries.invalidateQueries({ predicate: (query) => !isRemoved(query) });
				undo(
					translate(`resources.${resource}.notifications.deleted`, {
						smart_count: count,
						_: translate('ra.notification.deleted', { smart_count: count }),
					}),
					() => undoBulk(id),
				);
				return true;
			} catch (error) {
				notify((error as Error).message, { type: 'error' });
				return false;
			}
		},
		[bulk, undoBulk, resource, undo, queries, notify, translate],
	);
}
