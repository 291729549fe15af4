// The rows of a table of records. They are plain elements: a page has hundreds of cells, and a MUI component in each
// cell would take longer than everything else.
import { createContext, memo, useContext, useDeferredValue } from 'react';
import {
	RecordContextProvider,
	useCreatePath,
	useDataTableCallbacksContext,
	useDataTableDataContext,
	useDataTableSelectedIdsContext,
	useEvent,
	useTranslate,
	type RaRecord,
} from 'ra-core';
import { PageLink } from '../ui/PageLink';
import { Editable } from './inline';
import { Cell, numeric, reads } from './fields';
import { fieldOf, type Completed } from './resource';
import { Columns } from './RowsOf';
import { follow } from './Table';
import type { Column } from './useColumns';

/** Returns the properties of a cell in a column that the user has resized. */
export const sized = (width: number | undefined) =>
	width ? { style: { width, minWidth: width, maxWidth: width } } : {};

interface Rows {
	resource: Completed;
	columns: Column[];
	selects: boolean;
	comfortable: boolean;
}

/** The data that the table shows. */
export const RowsContext = createContext<Rows | undefined>(undefined);

function Name({ resource, row, comfortable }: { resource: Completed; row: RaRecord; comfortable: boolean }) {
	const path = useCreatePath();
	const { Face, Subtitle } = resource;
	return (
		<div className="name">
			{Face && <Face row={row} size={comfortable ? 32 : 22} />}
			<div>
				<PageLink to={path({ resource: resource.name, type: resource.page ? 'show' : 'edit', id: row.id })}>
					{resource.title(row) || '–'}
				</PageLink>
				{comfortable && Subtitle && (
					<div className="subtitle">
						<Subtitle row={row} table />
					</div>
				)}
			</div>
		</div>
	);
}

const Row = memo(function Row({
	resource,
	columns,
	selects,
	comfortable,
	row,
	selected,
	toggle,
}: Rows & { row: RaRecord; selected: boolean; toggle: (row: RaRecord, event: unknown) => void }) {
	const translate = useTranslate();
	return (
		<RecordContextProvider value={row}>
			<tr className={selected ? 'selected' : undefined} onClick={follow}>
				{selects && (
					<td>
						<input
							type="checkbox"
							checked={selected}
							onChange={() => {}}
							onClick={(event) => toggle(row, event)}
							aria-label={`${translate('ra.action.select_row')}: ${resource.title(row)}`}
						/>
					</td>
				)}
				<td className="named">
					<Name resource={resource} row={row} comfortable={comfortable} />
				</td>
				{columns.map(({ name, width }, n) => {
					const field = fieldOf(resource, name);
					return (
						<td
							key={name}
							{...sized(width)}
							className={numeric.includes(field.kind) ? 'number' : undefined}
						>
							<Editable name={name} first={n === 0}>
								<Cell field={field} row={row} table />
							</Editable>
						</td>
					);
				})}
			</tr>
		</RecordContextProvider>
	);
});

const FIRST = 30; // number of rows that fit into a window

/** The body of a DataTable below RowsContext. */
export function TableRows() {
	const rows = useContext(RowsContext)!;
	const data = useDataTableDataContext();
	const ids = useDataTableSelectedIdsContext();
	const { handleToggleItem } = useDataTableCallbacksContext();
	const toggle = useEvent((row: RaRecord, event: unknown) => handleToggleItem?.(row.id, event as never));
	// On a new page, the visible rows are rendered before the rows below them.
	const whole = useDeferredValue(true, false);
	const shown = whole ? data : data?.slice(0, FIRST);
	const read = rows.columns.map(({ name }) => fieldOf(rows.resource, name)).filter(reads);
	return (
		<Columns fields={read} rows={data ?? []}>
			<tbody>
				{shown?.map((row) => (
					<Row key={row.id} {...rows} row={row} selected={ids?.includes(row.id) ?? false} toggle={toggle} />
				))}
			</tbody>
		</Columns>
	);
}
