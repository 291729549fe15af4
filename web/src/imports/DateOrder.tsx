// The input for the order of day, month and year in the dates of a file. The preview shows the dates as they would be
// imported.
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { useTranslate } from 'ra-core';
import type { Import, Plan } from './import';

const orders = ['auto', 'dmy', 'mdy', 'ymd'];
const dates = [
	'first_seen',
	'last_seen',
	'created_at',
	'expected_closing_date',
	'archived_at',
	'date',
	'due_date',
	'done_date',
];

export function DateOrder({ file, change }: { file: Import; change: (plan: Partial<Plan>) => void }) {
	const translate = useTranslate();
	return (
		file.mapping.some((field) => field && dates.includes(field)) && (
			<TextField
				id="date_order"
				select
				label={translate('imports.date_order')}
				value={file.date_order ?? 'auto'}
				sx={{ mt: 2, width: { xs: '100%', sm: 360 } }}
				helperText={translate('imports.date_order_help')}
				onChange={({ target: { value } }) =>
					change({ date_order: value === 'auto' ? null : (value as Plan['date_order']) })
				}
			>
				{orders.map((order) => (
					<MenuItem key={order} value={order}>
						{translate(`imports.date_order_of.${order}`)}
					</MenuItem>
				))}
			</TextField>
		)
	);
}
