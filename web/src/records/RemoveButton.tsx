import Delete from '@mui/icons-material/DeleteOutlined';
import { Button, useRecordContext, useRedirect, useResourceContext } from 'react-admin';
import { useDataProvider, useNotify, useTranslate, type RaRecord } from 'ra-core';
import { useAct } from '../data/act';
import { useCan } from './resources';
import { useRemoval } from '../data/undo';

// Without bulk changes, a deletion cannot be undone, so the user must confirm it.
function useSingleRemoval(resource: string) {
	const provider = useDataProvider();
	const translate = useTranslate();
	const notify = useNotify();
	const [, act] = useAct();
	return async (row: RaRecord) =>
		window.confirm(translate('ra.message.are_you_sure')) &&
		act(async () => {
			await provider.delete(resource, { id: row.id, previousData: row });
			notify(`resources.${resource}.notifications.deleted`, {
				messageArgs: { smart_count: 1, _: translate('ra.notification.deleted', { smart_count: 1 }) },
			});
		});
}

/** The button that deletes the current record and opens the list. With bulk changes, it offers to undo the deletion. */
export function RemoveButton() {
	const row = useRecordContext();
	const resource = useResourceContext()!;
	const remove = useRemoval(resource);
	const removeOne = useSingleRemoval(resource);
	const undoable = useCan(resource, 'bulk');
	const redirect = useRedirect();
	return (
		useCan(resource, 'delete') &&
		row && (
			<Button
				label="ra.action.delete"
				color="error"
				onClick={async () => {
					if (await (undoable ? remove({ ids: [row.id] }) : removeOne(row))) redirect('list', resource);
				}}
			>
				<Delete />
			</Button>
		)
	);
}
