// Possible duplicates, best match first; they can be merged or dismissed.
import Icon from '@mui/icons-material/JoinInnerOutlined';
import Box from '@mui/material/Box';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import { BooleanInput, List } from 'react-admin';
import { useListContext, useTranslate } from 'ra-core';
import type { Pair } from './duplicate';
import { Merged } from './Merged';
import { PairCard } from './PairCard';
import { WIDTH } from '../ui/width';

const filters = [
	<BooleanInput key="dismissed" source="dismissed" alwaysOn label="duplicates.dismissed" sx={{ ml: 1 }} />,
];

function Pairs() {
	const translate = useTranslate();
	const { data, isPending } = useListContext<Pair>();
	if (isPending) return null;
	if (!data?.length)
		return (
			<Box sx={{ py: 6, textAlign: 'center' }}>
				<Icon color="disabled" sx={{ fontSize: 56 }} />
				<Typography variant="h3" component="p" gutterBottom>
					{translate('duplicates.none')}
				</Typography>
				<Typography color="textSecondary">{translate('duplicates.none_help')}</Typography>
			</Box>
		);
	return (
		<Stack spacing={2}>
			{data.map((pair) => (
				<PairCard key={pair.id} pair={pair} />
			))}
		</Stack>
	);
}

export default function DuplicateList() {
	return (
		<>
			<List
				component="div"
				title="duplicates.title"
				perPage={10}
				sort={{ field: 'score', order: 'DESC' }}
				filters={filters}
				filterDefaultValues={{ dismissed: false }}
				actions={false}
				exporter={false}
				empty={false}
				sx={WIDTH}
			>
				<Pairs />
			</List>
			<Merged />
		</>
	);
}
