import Delete from '@mui/icons-material/DeleteOutlined';
import { Button, useRecordContext, useRedirect, useResourceContext } from 'react-admin';
import { useCan } from './nouns';
import { useRemoval } from './undo';

/** Deletes the current record, goes to the list and offers to undo it. */
export function RemoveButton() {
	const row = useRecordContext();
	const resource = useResourceContext()!;
	const remove = useRemoval(resource);
	const redirect = useRedirect();
	return useCan(resource, 'delete') && row && (
		<Button label="ra.action.delete" color="error" onClick={async () => {
			if (await remove({ ids: [row.id] }))
				redirect('list', resource);
		}}>
			<Delete />
		</Button>
	);
}
