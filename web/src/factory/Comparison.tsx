// A calculation beside another one that is kept, in the same currency.
import { useState } from 'react';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { useGetList, useRecordContext, useTranslate } from 'ra-core';
import { useFormats } from '../app/formats';
import { QueryResult } from '../app/QueryResult';
import { Results } from './CostChart';
import { key, type Calculation } from './calculation';

const MOST = 100;

function Choice({ row }: { row: Calculation }) {
	const translate = useTranslate();
	const { dateTime } = useFormats();
	const [id, set] = useState('');
	const query = useGetList<Calculation>('cost_calculations', { filter: { currency: row.currency, 'id@neq': row.id },
		sort: { field: 'created_at', order: 'DESC' }, pagination: { page: 1, perPage: MOST } });
	return (
		<QueryResult query={query} empty={translate(key('none_to_compare'), { currency: row.currency })}>
			{(others) => {
				const other = others.find((one) => String(one.id) === id);
				const difference = other ? other.total_cost - row.total_cost : 0;
				return (
					<>
						<TextField select fullWidth id="compare-with" label={translate(key('compare_with'))} value={id} onChange={({ target: { value } }) => set(value)} sx={{ mb: 2 }}
							helperText={translate(key('compare_help'), { currency: row.currency, smart_count: MOST })}>
							{others.map((one) => <MenuItem key={one.id} value={String(one.id)}>{one.name}, {dateTime(one.created_at)}</MenuItem>)}
						</TextField>
						{other && <Results heading="h2" scenarios={[{ name: row.name, result: row.result, difference: null, difference_percent: null },
							{ name: other.name, result: other.result, difference,
								difference_percent: row.total_cost ? Math.round(1e4 * difference / row.total_cost) / 100 : null }]} />}
					</>
				);
			}}
		</QueryResult>
	);
}

export default function Comparison() {
	const row = useRecordContext<Calculation>();
	return row && <Choice key={row.id} row={row} />;
}
