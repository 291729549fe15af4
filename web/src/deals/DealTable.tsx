// The deals of the board as a table.
import Card from '@mui/material/Card';
import Typography from '@mui/material/Typography';
import { ListBase } from 'react-admin';
import { useResource } from '../records/resources';
import { ListPages } from '../ui/Pagination';
import { RecordRows } from '../records/RecordList';
import { useSum, useSumTexts, type Sum } from './board';

function Total({ total }: { total: Sum }) {
	const { sum, weighted } = useSumTexts(total);
	return (
		<Typography variant="body2" color="textSecondary" sx={{ mb: 1, fontVariantNumeric: 'tabular-nums' }}>
			{[sum, weighted].filter(Boolean).join(' · ')}
		</Typography>
	);
}

export function DealTable({ filter }: { filter: object }) {
	const total = useSum(filter);
	return (
		<ListBase
			resource="deals"
			filter={{ ...filter, 'archived_at@is': null }}
			storeKey="deals.table"
			disableSyncWithLocation
			sort={{ field: 'updated_at', order: 'DESC' }}
			perPage={25}
		>
			{total && <Total total={total} />}
			{/* The table needs room above it for the toolbar for selected deals. */}
			<Card sx={{ position: 'relative', overflow: 'visible' }}>
				<RecordRows resource={useResource('deals')!} />
			</Card>
			<ListPages />
		</ListBase>
	);
}
