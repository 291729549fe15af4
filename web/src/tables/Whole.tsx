import { useId } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import { useTranslate } from 'ra-core';
import { textOf } from '../i18n/text';
import type { Row } from './page';
import type { Column } from './tables';

const text = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value, null, 2));

/** A record with all values in full. */
export function Whole({
	row,
	columns,
	title,
	close,
}: {
	row: Row;
	columns: Column[];
	title: string;
	close: () => void;
}) {
	const id = useId();
	const translate = useTranslate();
	return (
		<Dialog open onClose={close} fullWidth maxWidth="md" aria-labelledby={id}>
			<DialogTitle id={id}>{`${title} ${textOf(row.id)}`}</DialogTitle>
			<DialogContent tabIndex={0}>
				<Box
					component="dl"
					sx={{
						m: 0,
						display: 'grid',
						gridTemplateColumns: { xs: 'minmax(0, 1fr)', sm: 'max-content minmax(0, 1fr)' },
						columnGap: 3,
						rowGap: { xs: 0.25, sm: 1 },
					}}
				>
					{columns.map(({ name }) => [
						<Box key={name} component="dt" sx={{ color: 'text.secondary' }}>
							{name}
						</Box>,
						<Box
							key={`${name} value`}
							component="dd"
							sx={{ m: 0, mb: { xs: 1, sm: 0 }, whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}
						>
							{text(row[name] ?? null)}
						</Box>,
					])}
				</Box>
			</DialogContent>
			<DialogActions sx={{ px: 3, pb: 2 }}>
				<Button onClick={close}>{translate('ra.action.close')}</Button>
			</DialogActions>
		</Dialog>
	);
}
