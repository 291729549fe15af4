import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { useTranslate } from 'ra-core';
import { Line, Lines } from '../ui/Panel';
import { useFieldName } from './fields';
import { repeats, shown, type Import, type Plan, type Preview } from './import';

const SAMPLES = 3;

// The first values of a column.
const samples = (rows: Preview['rows'], column: number) =>
	rows
		.map(({ cells }) => shown((cells as unknown[])[column]).trim())
		.filter(Boolean)
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
	const set = (column: number, field: string) =>
		change({
			mapping: file.mapping.map((one, n) =>
				n === column ? field || null : one === field && !repeats(field) ? null : one,
			),
		});
	return (
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
							onChange={(event) => set(n, event.target.value)}
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
						</TextField>
					}
				/>
			))}
		</Lines>
	);
}
