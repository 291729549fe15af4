// The deals of the board as a table.
import Card from '@mui/material/Card';
import { ListBase, Pagination } from 'react-admin';
import { useNoun } from '../app/nouns';
import { RecordRows } from '../app/RecordList';

export function DealTable({ filter }: { filter: object }) {
	return (
		<ListBase resource="deals" filter={{ ...filter, 'archived_at@is': null }} storeKey="deals.table" disableSyncWithLocation
			sort={{ field: 'updated_at', order: 'DESC' }} perPage={25}>
			{/* The toolbar for selected deals is above the table. */}
			<Card sx={{ position: 'relative', overflow: 'visible' }}><RecordRows noun={useNoun('deals')!} /></Card>
			<Pagination />
		</ListBase>
	);
}
