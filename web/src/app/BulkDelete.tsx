import Delete from '@mui/icons-material/DeleteOutlined';
import { Button, useListContext, useResourceContext } from 'react-admin';
import { useMay } from './permissions';
import { useRemoval } from './undo';

/** Deletes the selected records of a list and offers to undo it. */
export function BulkDelete() {
	const { selectedIds, onUnselectItems } = useListContext();
	const resource = useResourceContext()!;
	const remove = useRemoval(resource);
	return useMay(resource, 'delete') && (
		<Button label="ra.action.delete" color="error" onClick={async () => {
			if (await remove(selectedIds))
				onUnselectItems();
		}}>
			<Delete />
		</Button>
	);
}
