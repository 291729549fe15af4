// Possible duplicates, best match first. They can be merged or dismissed.
import Icon from '@mui/icons-material/JoinInnerOutlined';
import Stack from '@mui/material/Stack';
import { BooleanInput, List } from 'react-admin';
import { useListContext, useTranslate } from 'ra-core';
import type { Pair } from './duplicate';
import { Merged } from './Merged';
import { PairCard } from './PairCard';
import { WIDTH } from '../ui/width';
import { EmptyState } from '../ui/EmptyState';

const filters = [
	<BooleanInput key="dismissed" source="dismissed" alwaysOn label="duplicates.dismissed" sx={{ ml: 1 }} />,
];

function Pairs() {
	const translate = useTranslate();
	const { data, isPending } = useListContext<Pair>();
	if (isPending) return null;
	if (!data?.length)
		return <EmptyState icon={Icon} title={translate('duplicates.none')} text={translate('duplicates.none_help')} />;
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
