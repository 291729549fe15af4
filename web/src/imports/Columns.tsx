import { useState } from 'react';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { useTranslate } from 'ra-core';
import { Line, Lines } from '../ui/Panel';
import { useCan } from '../records/resources';
import { useCatalogue } from '../data/session';
import { useFieldName } from './fields';
import { repeats, shown, type Import, type Plan, type Preview } from './import';
import { NewField } from './NewField';

const SAMPLES = 3;
const NEW = '+';

const valuesOf = (rows: Preview['rows'], column: number) =>
	rows.map(({ cells }) => shown((cells as unknown[])[column]).trim()).filter(Boolean);

// Returns the first few values of a column.
const samples = (rows: Preview['rows'], column: number) =>
	valuesOf(rows, column)
		.slice(0, SAMPLES)
		.map((text) => (text.length > 40 ? `${text.slice(0, 40)}…` : text))
		.join(' · ');

/** Maps each column of the file to a field. */
export function Columns({
	file,
	fields,
	rows,
	change,
}: {
	file: Import;
	fields: string[];
	rows: Preview['rows'];
	change: (plan: Partial<Plan>) => void;
}) {
	const translate = useTranslate();
	const name = useFieldName(file.resource);
	const [asked, setAsked] = useState<number>(); // the column for which a new field is being created
	const described = useCatalogue()[file.resource ?? ''];
	const defines = useCan('field_definitions', 'create') && 'custom' in (described?.fields ?? {});
	const set = (column: number, field: string) =>
		change({
			mapping: file.mapping.map((one, n) =>
				n === column ? field || null : one === field && !repeats(field) ? null : one,
			),
		});
	return (
		<>
			<Lines>
				{file.columns.map((column, n) => (
					<Line
						key={n}
						title={column || translate('imports.column', { n: n + 1 })}
						note={samples(rows, n)}
						action={
							<TextField
								id={`column-${n}`}
								select
								value={file.mapping[n] ?? ''}
								onChange={({ target: { value } }) => (value === NEW ? setAsked(n) : set(n, value))}
								sx={{ width: { xs: 'calc(100vw - 88px)', sm: 240 }, my: 0.5 }}
								slotProps={{
									select: {
										displayEmpty: true,
										SelectDisplayProps: { 'aria-label': translate('imports.is', { column }) },
									},
								}}
							>
								<MenuItem value="">
									<em>{translate('imports.leave_out')}</em>
								</MenuItem>
								{fields.map((field) => (
									<MenuItem key={field} value={field}>
										{name(field)}
									</MenuItem>
								))}
								{defines && <MenuItem value={NEW}>{translate('imports.new_field')}</MenuItem>}
							</TextField>
						}
					/>
				))}
			</Lines>
			{asked !== undefined && (
				<NewField
					file={file}
					column={file.columns[asked] ?? ''}
					values={valuesOf(rows, asked)}
					close={() => setAsked(undefined)}
					made={(field) => set(asked, field)}
				/>
			)}
		</>
	);
}
