// A column of a board: its name and total above its cards, and a button that loads more cards.
import type { ReactElement, ReactNode } from 'react';
import { useDroppable } from '@dnd-kit/core';
import Add from '@mui/icons-material/Add';
import Box from '@mui/material/Box';
import MuiButton from '@mui/material/Button';
import IconButton from '@mui/material/IconButton';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import { useTranslate } from 'ra-core';
import { useCreation } from '../records/create';
import { newLabel } from '../records/resource';
import { Allowed } from '../ui/Allowed';
import type { Carried } from './Dragging';

export function Column({
	resource,
	value,
	label,
	total,
	more,
	values,
	count,
	carried,
	ids,
	cards,
	load,
	button,
}: {
	resource: string;
	value: string;
	label: string;
	/** The text below the name, and the text below the total. */
	total: ReactNode;
	more?: ReactNode;
	/** The initial values of a new record in this column, if it can have new records. */
	values?: Record<string, unknown> | undefined;
	/** The number of records in the column. */
	count: number;
	carried: Carried | undefined;
	ids: number[];
	cards: ReactElement[];
	/** Loads more cards. */
	load: () => void;
	button?: ReactNode;
}) {
	const translate = useTranslate();
	const open = useCreation();
	const id = `stage-${encodeURIComponent(value)}`; // an ID must not contain spaces
	const rows = [...cards];
	if (carried?.at.stage === value) {
		const from = ids.indexOf(carried.id);
		const { index } = carried.at;
		rows.splice(
			from >= 0 && from < index ? index + 1 : index,
			0,
			<li key="target" aria-hidden className="target" />,
		);
	}
	const rest = count - cards.length;
	return (
		<Box
			component="section"
			ref={useDroppable({ id: value }).setNodeRef}
			data-stage={value}
			aria-labelledby={id}
			sx={{
				flex: '1 0 0',
				minWidth: { xs: '82%', sm: 240, lg: 182 },
				maxWidth: 360,
				p: 1,
				borderRadius: 2,
				bgcolor: 'action.hover',
				scrollSnapAlign: 'start',
			}}
		>
			<Stack direction="row" sx={{ px: 0.5, alignItems: 'center' }}>
				<Box sx={{ flex: 1, minWidth: 0 }}>
					<Typography id={id} variant="h6" component="h2" noWrap>
						{label}
					</Typography>
					<Typography variant="body2" color="textSecondary" sx={{ fontVariantNumeric: 'tabular-nums' }}>
						{total}
					</Typography>
				</Box>
				{button}
				{values && (
					<Allowed resource={resource} action="create">
						<IconButton
							size="small"
							onClick={() => open(resource, values)}
							aria-label={translate('board.add_to', {
								what: translate(newLabel(resource)),
								stage: label,
							})}
						>
							<Add fontSize="small" />
						</IconButton>
					</Allowed>
				)}
			</Stack>
			{more && (
				<Typography variant="body2" color="textSecondary" sx={{ px: 0.5, fontVariantNumeric: 'tabular-nums' }}>
					{more}
				</Typography>
			)}
			<Stack component="ul" spacing={1} sx={{ listStyle: 'none', m: 0, mt: 1, p: 0, minHeight: 72 }}>
				{rows}
			</Stack>
			{rest > 0 && cards.length > 0 && (
				<MuiButton fullWidth size="small" sx={{ mt: 1 }} onClick={load}>
					{translate('board.more', { n: rest })}
				</MuiButton>
			)}
		</Box>
	);
}
