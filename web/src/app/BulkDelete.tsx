import Delete from '@mui/icons-material/DeleteOutlined';
import { Button, useListContext, useResourceContext } from 'react-admin';
import { useRemoval } from './undo';

/** For the bar of a list: what was deleted can be brought back at once. */
export function BulkDelete() {
	const { selectedIds, onUnselectItems } = useListContext();
	const remove = useRemoval(useResourceContext()!);
	return (
		<Button label="ra.action.delete" color="error" onClick={async () => {
			if (await remove(selectedIds))
				onUnselectItems();
		}}>
			<Delete />
		</Button>
	);
}
