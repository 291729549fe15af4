// A table of texts and numbers.
import type { ReactNode } from 'react';
import Box from '@mui/material/Box';
import MuiTable from '@mui/material/Table';
import TableBody from '@mui/material/TableBody';
import TableCell from '@mui/material/TableCell';
import TableHead from '@mui/material/TableHead';
import TableRow from '@mui/material/TableRow';

export function Numbers({ label, head, lines }: { label: string; head: string[]; lines: ReactNode[][] }) {
	const align = (n: number) => (n < 2 ? 'left' : 'right');
	return (
		<Box role="group" aria-label={label} tabIndex={0} sx={{ overflowX: 'auto', contain: 'inline-size' }}>
			<MuiTable
				size="small"
				aria-label={label}
				sx={{
					'& .MuiTableCell-root': { px: { xs: 0.75, sm: 2 } },
					'& tr > :first-of-type': { pl: { xs: 0, sm: 2 } },
				}}
			>
				<TableHead>
					<TableRow>
						{head.map((one, n) => (
							<TableCell key={one} scope="col" align={align(n)}>
								{one}
							</TableCell>
						))}
					</TableRow>
				</TableHead>
				<TableBody>
					{lines.map((cells, at) => (
						<TableRow key={at}>
							{cells.map((cell, n) => (
								<TableCell key={n} align={align(n)}>
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
