// The button that shows a list as a table, as a board with a column for each value of a choice field, or as a calendar
// by a date.
import { useState } from 'react';
import Icon from '@mui/icons-material/ViewKanbanOutlined';
import Menu from '@mui/material/Menu';
import MenuItem from '@mui/material/MenuItem';
import { Button } from 'react-admin';
import { useTranslate } from 'ra-core';
import { useLabel } from '../records/label';
import { fieldOf, type Completed } from '../records/resource';
import { isDated, useBoardField } from './useBoardField';

export function BoardButton({ resource }: { resource: Completed }) {
	const translate = useTranslate();
	const label = useLabel();
	const { fields, field, set } = useBoardField(resource);
	const [anchor, setAnchor] = useState<HTMLElement | null>(null);
	const entry = (name: string | null, text: string) => (
		<MenuItem
			key={name}
			selected={(field ?? null) === name}
			onClick={() => {
				set(name);
				setAnchor(null);
			}}
		>
			{text}
		</MenuItem>
	);
	return (
		fields.length > 0 && (
			<>
				<Button label="board.view" aria-haspopup="menu" onClick={(event) => setAnchor(event.currentTarget)}>
					<Icon />
				</Button>
				<Menu open={Boolean(anchor)} anchorEl={anchor} onClose={() => setAnchor(null)}>
					{entry(null, translate('board.table'))}
					{fields.map((name) =>
						entry(
							name,
							translate(isDated(fieldOf(resource, name).kind) ? 'board.calendar' : 'board.by', {
								field: label({ resource: resource.name, source: name }),
							}),
						),
					)}
				</Menu>
			</>
		)
	);
}
