import Box from '@mui/material/Box';
import FormControlLabel from '@mui/material/FormControlLabel';
import MenuItem from '@mui/material/MenuItem';
import Stack from '@mui/material/Stack';
import Switch from '@mui/material/Switch';
import Table from '@mui/material/Table';
import TableBody from '@mui/material/TableBody';
import TableCell from '@mui/material/TableCell';
import TableHead from '@mui/material/TableHead';
import TableRow from '@mui/material/TableRow';
import TextField from '@mui/material/TextField';
import { useTranslate } from 'ra-core';
import { delimiters, encodings, type Head, type Reading } from './head';

const words: Record<string, string> = { ',': 'comma', ';': 'semicolon', '\t': 'tab', '|': 'bar' };

/** The first rows of the file, with the settings for delimiter, encoding and header. */
export function HowRead({ head, say }: { head: Head; say: (reading: Partial<Reading>) => void }) {
	const translate = useTranslate();
	const { encoding, delimiter, header, skip, rows } = head;
	const [first = [], ...rest] = rows;
	return (
		<>
			<Stack direction="row" useFlexGap sx={{ gap: 2, flexWrap: 'wrap', alignItems: 'center' }}>
				<TextField
					id="delimiter"
					select
					label={translate('imports.delimiter')}
					value={delimiter}
					sx={{ width: 160 }}
					onChange={(event) => say({ delimiter: event.target.value })}
				>
					{delimiters.map((one) => (
						<MenuItem key={one} value={one}>
							{translate(`imports.delimiters.${words[one]}`)}
						</MenuItem>
					))}
				</TextField>
				<TextField
					id="encoding"
					select
					label={translate('imports.encoding')}
					value={encoding}
					sx={{ width: 160 }}
					onChange={(event) => say({ encoding: event.target.value })}
				>
					{encodings.map((one) => (
						<MenuItem key={one} value={one}>
							{one}
						</MenuItem>
					))}
				</TextField>
				<TextField
					id="skip"
					type="number"
					label={translate('imports.skip')}
					value={skip}
					sx={{ width: 160 }}
					slotProps={{ htmlInput: { min: 0, max: 100 } }}
					onChange={(event) => say({ skip: Math.min(Math.max(Number(event.target.value) || 0, 0), 100) })}
				/>
				<FormControlLabel
					label={translate('imports.header')}
					control={<Switch checked={header} onChange={(_, on) => say({ header: on })} />}
				/>
			</Stack>
			<Box
				tabIndex={0}
				role="group"
				aria-label={translate('imports.first_rows')}
				sx={{ overflowX: 'auto', contain: 'inline-size', border: 1, borderColor: 'divider', borderRadius: 2 }}
			>
				<Table size="small">
					<TableHead>
						<TableRow>
							{first.map((cell, n) => (
								<TableCell key={n}>
									{header ? cell : translate('imports.column', { n: n + 1 })}
								</TableCell>
							))}
						</TableRow>
					</TableHead>
					<TableBody>
						{(header ? rest : rows).map((row, n) => (
							<TableRow key={n}>
								{row.map((cell, m) => (
									<TableCell
										key={m}
										sx={{
											maxWidth: 220,
											whiteSpace: 'nowrap',
											overflow: 'hidden',
											textOverflow: 'ellipsis',
										}}
									>
										{cell}
									</TableCell>
								))}
							</TableRow>
						))}
					</TableBody>
				</Table>
			</Box>
		</>
	);
}
