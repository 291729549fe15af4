// A table with labelled checkboxes. A click on a row follows the row's first link, which can also be reached with the
// keyboard.
import type { MouseEvent, ReactNode } from 'react';
import Checkbox from '@mui/material/Checkbox';
import TableCell from '@mui/material/TableCell';
import TableRow from '@mui/material/TableRow';
import { DataTable, DataTableBody, type DataTableBodyProps, type DataTableProps } from 'react-admin';
import {
	useDataTableCallbacksContext,
	useDataTableConfigContext,
	useDataTableSelectedIdsContext,
	useRecordContext,
	useResourceContext,
	useTranslate,
} from 'ra-core';
import { useRowName } from './resources';

/** Follows the first link of a row after a click outside links and inputs. */
export function follow(event: MouseEvent<HTMLElement>) {
	if (!(event.target as Element).closest('a, button, input, label, [data-editable]'))
		event.currentTarget.querySelector('a')?.click();
}

function Row({ children }: { children?: ReactNode }) {
	const translate = useTranslate();
	const row = useRecordContext()!;
	const name = useRowName(useResourceContext())(row);
	const { handleToggleItem } = useDataTableCallbacksContext();
	const { hasBulkActions } = useDataTableConfigContext();
	const selected = useDataTableSelectedIdsContext()?.includes(row.id) ?? false;
	return (
		<TableRow hover selected={selected} onClick={follow} sx={{ cursor: 'pointer' }}>
			{hasBulkActions && (
				<TableCell padding="checkbox">
					<Checkbox
						checked={selected}
						onClick={(event) => handleToggleItem?.(row.id, event)}
						slotProps={{ input: { 'aria-label': `${translate('ra.action.select_row')}: ${name}` } }}
					/>
				</TableCell>
			)}
			{children}
		</TableRow>
	);
}

const Body = (props: DataTableBodyProps) => <DataTableBody {...props} row={Row} />;

/** Takes the same columns as DataTable. */
export function Table(props: DataTableProps) {
	return <DataTable rowClick={false} body={Body} {...props} />;
}
