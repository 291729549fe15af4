import Box from '@mui/material/Box';
import Chip from '@mui/material/Chip';
import Table from '@mui/material/Table';
import TableBody from '@mui/material/TableBody';
import TableCell from '@mui/material/TableCell';
import TableHead from '@mui/material/TableHead';
import TableRow from '@mui/material/TableRow';
import Typography from '@mui/material/Typography';
import { useTranslate } from 'ra-core';
import { useFieldName } from './fields';
import { useProblem } from './problems';
import { shown, type Import, type Preview } from './import';

const colors = {
	created: 'success',
	updated: 'info',
	unchanged: 'default',
	skipped: 'default',
	failed: 'error',
} as const;

/** A preview of the first rows, each with its result. */
export function Rows({ rows, file: { resource, mapping } }: { rows: Preview['rows']; file: Import }) {
	const translate = useTranslate();
	const name = useFieldName(resource);
	const say = useProblem(resource);
	// The fields are in the order of the file.
	const fields = [...new Set(rows.flatMap(({ values }) => Object.keys(values ?? {})))].sort(
		(a, b) => mapping.indexOf(a) - mapping.indexOf(b),
	);
	if (rows.length === 0) return <Typography color="textSecondary">{translate('imports.no_rows')}</Typography>;
	return (
		<Box
			tabIndex={0}
			role="group"
			aria-label={translate('imports.preview')}
			sx={{
				overflow: 'auto',
				contain: 'inline-size',
				maxHeight: 480,
				border: 1,
				borderColor: 'divider',
				borderRadius: 2,
			}}
		>
			<Table size="small" stickyHeader>
				<TableHead>
					<TableRow>
						<TableCell>{translate('imports.becomes')}</TableCell>
						{fields.map((field) => (
							<TableCell key={field}>{name(field)}</TableCell>
						))}
					</TableRow>
				</TableHead>
				<TableBody>
					{rows.map(({ row, outcome, problem, problems, values }) => (
						<TableRow key={row}>
							<TableCell sx={{ minWidth: problem ? 240 : undefined }}>
								<Chip
									size="small"
									variant="outlined"
									color={colors[outcome]}
									label={translate(`imports.would.${outcome}`)}
								/>
								{problem && (
									<Typography variant="body2" color="error" sx={{ mt: 0.5 }}>
										{say(problem, problems)}
									</Typography>
								)}
							</TableCell>
							{fields.map((field) => (
								<TableCell
									key={field}
									sx={{
										maxWidth: 260,
										whiteSpace: 'nowrap',
										overflow: 'hidden',
										textOverflow: 'ellipsis',
									}}
								>
									{shown(values?.[field])}
								</TableCell>
							))}
						</TableRow>
					))}
				</TableBody>
			</Table>
		</Box>
	);
}
