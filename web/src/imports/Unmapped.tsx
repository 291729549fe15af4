import Alert from '@mui/material/Alert';
import { useTranslate } from 'ra-core';
import { useFormats } from '../data/useFormats';
import type { Import } from './import';

/** A warning that values of some columns are not imported. */
export function Unmapped({ columns }: { columns: Import['unmapped'] }) {
	const translate = useTranslate();
	const { count } = useFormats();
	return (
		columns.length > 0 && (
			<Alert severity="warning">
				{translate('imports.unmapped', {
					smart_count: columns.length,
					columns: columns
						.map(({ column, rows }) =>
							translate('imports.unmapped_column', { smart_count: rows, n: count(rows), column }),
						)
						.join(', '),
				})}
			</Alert>
		)
	);
}
