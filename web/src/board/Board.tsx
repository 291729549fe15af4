// A board: columns of cards that are moved by mouse, touch, keyboard and menu.
import { useCallback, useState, type ReactNode } from 'react';
import Box from '@mui/material/Box';
import Menu from '@mui/material/Menu';
import MenuItem from '@mui/material/MenuItem';
import Skeleton from '@mui/material/Skeleton';
import { visuallyHidden } from '@mui/utils';
import { useTranslate } from 'ra-core';
import { Dragging, type Carried } from './Dragging';
import { board, cards as look } from './look';
import type { Columns, Place, Placed } from './place';

export function Board<Row extends Placed, Head extends { value: string; label: string }>({
	columns,
	cards,
	failed,
	name,
	takes,
	drop,
	ghost,
	children,
}: {
	columns: Head[];
	/** The cards that are loaded. */
	cards: Columns<Row> | undefined;
	failed: boolean;
	name: (row: Row) => string;
	/** Whether a card can be moved to the column. */
	takes: (column: Head, id: number) => boolean;
	drop: (id: number, to: Place) => void;
	/** The copy of a card that is shown while the card is dragged. */
	ghost: (row: Row) => ReactNode;
	/** Renders a column. */
	children: (
		column: Head,
		carried: Carried | undefined,
		choose: (id: number, anchor: HTMLElement) => void,
	) => ReactNode;
}) {
	const translate = useTranslate();
	const [said, setSaid] = useState('');
	const [menu, setMenu] = useState<{ id: number; anchor: HTMLElement }>();
	const choose = useCallback((id: number, anchor: HTMLElement) => setMenu({ id, anchor }), []);
	const find = (id: number) =>
		Object.values(cards ?? {})
			.flat()
			.find((row) => row.id === id);
	return (
		<>
			<Box component="p" role="status" sx={visuallyHidden}>
				{said}
			</Box>
			<Dragging
				columns={cards}
				stages={columns.map(({ value }) => value)}
				drop={drop}
				say={(what, id, at) => {
					const row = find(id);
					setSaid(
						translate(`board.said.${what}`, {
							name: row && name(row),
							stage: columns.find(({ value }) => value === at.stage)?.label,
							place: at.index + 1,
						}),
					);
				}}
				ghost={(id) => {
					const row = find(id);
					return row && <Box sx={look}>{ghost(row)}</Box>;
				}}
			>
				{(carried) => (
					<Box
						role="group"
						aria-label={translate('board.title')}
						sx={{ ...look, ...board, ...(carried && { scrollSnapType: 'none' }) }}
					>
						{columns.map((column) =>
							cards
								? children(column, carried, choose)
								: !failed && (
										<Skeleton
											key={column.value}
											variant="rounded"
											sx={{ flex: '1 0 228px', height: 320 }}
										/>
									),
						)}
					</Box>
				)}
			</Dragging>
			<Menu open={menu !== undefined} anchorEl={menu?.anchor} onClose={() => setMenu(undefined)}>
				{columns
					.filter((column) => menu && takes(column, menu.id))
					.map(({ value, label }) => (
						<MenuItem
							key={value}
							onClick={() => {
								drop(menu!.id, { stage: value, index: 0 });
								setMenu(undefined);
							}}
						>
							{translate('board.move_to', { stage: label })}
						</MenuItem>
					))}
			</Menu>
		</>
	);
}
