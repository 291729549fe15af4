// A table of numbers, and the button that saves it as a file.
import type { ReactNode } from 'react';
import Download from '@mui/icons-material/FileDownloadOutlined';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import MuiTable from '@mui/material/Table';
import TableBody from '@mui/material/TableBody';
import TableCell from '@mui/material/TableCell';
import TableHead from '@mui/material/TableHead';
import TableRow from '@mui/material/TableRow';
import TableSortLabel from '@mui/material/TableSortLabel';
import { useTranslate } from 'ra-core';
import { useAct } from '../data/act';
import { TOUCH } from '../ui/theme';
import { key } from './opportunities';

export interface Line {
	cells: ReactNode[];
	strong?: boolean;
}

/**
 * How the headers of a table sort it: the field of each column, the current order, and the function that changes the
 * order.
 */
export interface Order {
	fields: string[];
	sort: { field: string; order: 'ASC' | 'DESC' };
	choose: (field: string) => void;
}

/** A table that scrolls inside the page. The first `texts` columns contain texts. */
export function Numbers({
	label,
	head,
	lines,
	texts = 1,
	order,
}: {
	label: string;
	head: string[];
	lines: Line[];
	texts?: number;
	order?: Order;
}) {
	const align = (n: number) => (n < texts ? 'left' : 'right');
	const shown = (one: string, n: number) => {
		if (!order) return one;
		const active = order.sort.field === order.fields[n],
			direction = order.sort.order === 'ASC' ? 'asc' : 'desc';
		return (
			<TableSortLabel
				hideSortIcon
				active={active}
				direction={active ? direction : 'desc'}
				onClick={() => order.choose(order.fields[n]!)}
			>
				{one}
			</TableSortLabel>
		);
	};
	const sorted = (n: number) =>
		order?.sort.field === order?.fields[n] ? (order?.sort.order === 'ASC' ? 'asc' : 'desc') : false;
	return (
		<Box role="group" aria-label={label} tabIndex={0} sx={{ overflowX: 'auto', contain: 'inline-size' }}>
			<MuiTable
				size="small"
				aria-label={label}
				sx={{
					'& td, & th': {
						px: 1,
						[TOUCH]: { height: 44 },
						whiteSpace: 'nowrap',
						fontVariantNumeric: 'tabular-nums',
					},
					// Long titles are wrapped before the table is wider than the page.
					'& thead th': { whiteSpace: 'normal', verticalAlign: 'bottom' },
					'& [scope=row], & thead th:first-of-type': {
						position: 'sticky',
						left: 0,
						bgcolor: 'background.paper',
						zIndex: 1,
					},
					// A link in a row header is as large as its cell.
					'& [scope=row] > a::after': { content: '""', position: 'absolute', inset: 0 },
				}}
			>
				<TableHead>
					<TableRow>
						{head.map((one, n) => (
							<TableCell
								key={one}
								scope="col"
								align={align(n)}
								{...(order && { sortDirection: sorted(n) })}
							>
								{shown(one, n)}
							</TableCell>
						))}
					</TableRow>
				</TableHead>
				<TableBody>
					{lines.map(({ cells, strong }, at) => (
						<TableRow key={at} sx={strong ? { '& > *': { fontWeight: 600 } } : undefined}>
							{cells.map((cell, n) => (
								<TableCell key={n} align={align(n)} {...(n === 0 && { component: 'th', scope: 'row' })}>
									{cell}
								</TableCell>
							))}
						</TableRow>
					))}
				</TableBody>
			</MuiTable>
		</Box>
	);
}

export function SaveButton({ save }: { save: () => Promise<void> }) {
	const translate = useTranslate();
	const [busy, act] = useAct();
	return (
		<Button size="small" startIcon={<Download />} disabled={busy} onClick={() => act(save)}>
			{translate(key('csv'))}
		</Button>
	);
}
