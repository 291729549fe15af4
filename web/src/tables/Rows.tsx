// A page of records with all columns. A click on a row shows the record in full.
import { useState } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Card from '@mui/material/Card';
import LinearProgress from '@mui/material/LinearProgress';
import Link from '@mui/material/Link';
import Stack from '@mui/material/Stack';
import Table from '@mui/material/Table';
import TableBody from '@mui/material/TableBody';
import TableCell from '@mui/material/TableCell';
import TableContainer from '@mui/material/TableContainer';
import TableHead from '@mui/material/TableHead';
import TableRow from '@mui/material/TableRow';
import TableSortLabel from '@mui/material/TableSortLabel';
import Typography from '@mui/material/Typography';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useTranslate } from 'ra-core';
import { QueryResult } from '../ui/QueryResult';
import { useFormats } from '../data/useFormats';
import { pageQuery, type PageRequest, type Row, type Sort } from './page';
import type { Column } from './tables';
import { Whole } from './Whole';

const COUNTED = 10_000; // counted exactly up to this number

function Cell({ value, kind }: { value: unknown; kind: Column['kind'] }) {
	const { dateTime } = useFormats();
	if (value == null)
		return (
			<Box component="span" sx={{ color: 'text.secondary' }}>
				null
			</Box>
		);
	if (kind === 'time' && typeof value === 'string' && value.includes('T')) return dateTime(value);
	return typeof value === 'string' ? value : JSON.stringify(value);
}

const other = (column: string, sort: Sort): Sort => [
	column,
	sort?.[0] === column && sort[1] === 'ASC' ? 'DESC' : 'ASC',
];

export function Rows({ sortBy, ...asked }: Omit<PageRequest, 'after'> & { sortBy: (sort: Sort) => void }) {
	const { table, columns, sort } = asked;
	const translate = useTranslate();
	const { count } = useFormats();
	// A change to the filters or the order returns to the first page.
	const list = JSON.stringify([asked.conditions, sort]);
	const [paging, setPaging] = useState({ list, cursors: [''] });
	const cursors = paging.list === list ? paging.cursors : [''];
	const setCursors = (next: string[]) => setPaging({ list, cursors: next });
	const [whole, setWhole] = useState<Row>();
	const page = useQuery({ ...pageQuery({ ...asked, after: cursors.at(-1)! }), placeholderData: keepPreviousData });
	return (
		<Card>
			{/* The progress bar is directly above the table header. */}
			<Box sx={{ height: 0, position: 'relative', zIndex: 3 }}>
				{page.isFetching && <LinearProgress aria-label={translate('i18n.waiting')} sx={{ height: 3 }} />}
			</Box>
			<Box sx={page.data ? undefined : { p: 2 }}>
				<QueryResult query={page}>
					{({ rows, total, next }) => (
						<>
							<TableContainer tabIndex={0} role="region" aria-label={table} sx={{ maxHeight: '65vh' }}>
								<Table stickyHeader size="small">
									<TableHead>
										<TableRow>
											{columns.map(({ name, kind }) => (
												<TableCell
													key={name}
													sortDirection={
														sort?.[0] === name && (sort[1] === 'ASC' ? 'asc' : 'desc')
													}
												>
													{kind === 'list' || kind === 'json' ? (
														name
													) : (
														<TableSortLabel
															active={sort?.[0] === name}
															direction={
																sort?.[0] === name && sort[1] === 'DESC'
																	? 'desc'
																	: 'asc'
															}
															onClick={() => sortBy(other(name, sort))}
														>
															{name}
														</TableSortLabel>
													)}
												</TableCell>
											))}
										</TableRow>
									</TableHead>
									<TableBody>
										{rows.map((row, i) => (
											<TableRow key={i} hover>
												{columns.map(({ name, kind }, j) => (
													<TableCell
														key={name}
														sx={{
															maxWidth: 280,
															overflow: 'hidden',
															textOverflow: 'ellipsis',
															whiteSpace: 'nowrap',
														}}
													>
														{j === 0 ? (
															<Link
																component="button"
																type="button"
																sx={{ minHeight: 24, font: 'inherit' }}
																onClick={() => setWhole(row)}
															>
																<Cell value={row[name]} kind={kind} />
															</Link>
														) : (
															<Cell value={row[name]} kind={kind} />
														)}
													</TableCell>
												))}
											</TableRow>
										))}
									</TableBody>
								</Table>
							</TableContainer>
							<Stack direction="row" spacing={1} sx={{ p: 1.5, alignItems: 'center' }}>
								<Typography role="status" color="textSecondary" sx={{ flex: 1 }}>
									{total > COUNTED
										? translate('tables.more', { count: count(COUNTED) })
										: translate('tables.rows', { smart_count: total, count: count(total) })}
								</Typography>
								<Button
									disabled={cursors.length === 1}
									onClick={() => setCursors(cursors.slice(0, -1))}
								>
									{translate('tables.before')}
								</Button>
								<Button
									disabled={!next || page.isPlaceholderData}
									onClick={() => setCursors([...cursors, next!])}
								>
									{translate('tables.after')}
								</Button>
							</Stack>
						</>
					)}
				</QueryResult>
			</Box>
			{whole && <Whole row={whole} columns={columns} title={table} close={() => setWhole(undefined)} />}
		</Card>
	);
}
