import Delete from '@mui/icons-material/DeleteOutlined';
import { Button, useRecordContext, useRedirect, useResourceContext } from 'react-admin';
import { useRemoval } from './undo';

/** Deletes the row at hand, leads to the list, and offers to bring it back. */
export function RemoveButton() {
	const row = useRecordContext();
	const resource = useResourceContext()!;
	const remove = useRemoval(resource);
	const redirect = useRedirect();
	return row && (
		<Button label="ra.action.delete" color="error" onClick={async () => {
			if (await remove([row.id]))
				redirect('list', resource);
		}}>
			<Delete />
		</Button>
	);
}
