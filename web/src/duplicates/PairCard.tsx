import { useId, useState } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Card from '@mui/material/Card';
import Chip from '@mui/material/Chip';
import Stack from '@mui/material/Stack';
import { useDataProvider, useRefresh, useTranslate } from 'ra-core';
import { useAct } from '../data/act';
import type { Provider } from '../data/dataProvider';
import { useUndo } from '../data/undo';
import type { Pair } from './duplicate';
import { MergeDialog } from './MergeDialog';
import { Side } from './Side';

/** A pair of records side by side, with the actions "merge" and "dismiss". */
export function PairCard({ pair }: { pair: Pair }) {
	const id = useId();
	const translate = useTranslate();
	const refresh = useRefresh();
	const undo = useUndo();
	const { tell } = useDataProvider<Provider>();
	const [merging, setMerging] = useState(false);
	const [busy, act] = useAct();
	const { resource, one_id, other_id, one_name, other_name, score, reasons, dismissed } = pair;
	const set = (dismissed: boolean) => tell(`/api/duplicates/${pair.id}`, { dismissed }, 'PUT');
	const judge = () =>
		act(async () => {
			await set(!dismissed);
			refresh();
			undo(translate(dismissed ? 'duplicates.back' : 'duplicates.apart'), () => set(dismissed));
		});
	return (
		<Card component="section" aria-labelledby={id} sx={{ p: { xs: 2, sm: 3 } }}>
			<Stack id={id} direction="row" useFlexGap sx={{ gap: 1, flexWrap: 'wrap', alignItems: 'center', mb: 2 }}>
				<Chip size="small" color="primary" label={translate('duplicates.score', { score })} />
				{reasons.map((reason) => (
					<Chip
						key={reason}
						size="small"
						variant="outlined"
						label={translate(`duplicates.reasons.${reason}`)}
					/>
				))}
			</Stack>
			<Box
				sx={{
					display: 'grid',
					gap: 2,
					gridTemplateColumns: { xs: 'minmax(0, 1fr)', sm: 'repeat(2, minmax(0, 1fr))' },
				}}
			>
				<Side resource={resource} id={one_id} name={one_name} />
				<Side resource={resource} id={other_id} name={other_name} />
			</Box>
			<Stack direction="row" useFlexGap sx={{ gap: 1, flexWrap: 'wrap', mt: 2 }}>
				{resource === 'contacts' && (
					<Button variant="contained" onClick={() => setMerging(true)}>
						{translate('duplicates.merge')}
					</Button>
				)}
				<Button variant="outlined" disabled={busy} onClick={judge}>
					{translate(dismissed ? 'duplicates.maybe' : 'duplicates.dismiss')}
				</Button>
			</Stack>
			{merging && <MergeDialog ids={[one_id, other_id]} close={() => setMerging(false)} />}
		</Card>
	);
}
