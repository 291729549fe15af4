// Compares a calculation with another stored calculation in the same currency.
import { useState } from 'react';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { useQuery } from '@tanstack/react-query';
import { useDataProvider, useGetList, useRecordContext, useTranslate } from 'ra-core';
import type { Provider } from '../data/dataProvider';
import { useFormats } from '../data/useFormats';
import { QueryResult } from '../ui/QueryResult';
import { Results, type Scenario } from './CostChart';
import { key, type Calculation } from './calculation';

const MOST = 100,
	PATH = '/api/cost_calculations/preview';

/** The server computes the differences, because it has decimal numbers. */
function Compared({ ids }: { ids: number[] }) {
	const { tell } = useDataProvider<Provider>();
	const query = useQuery({
		queryKey: [PATH, ids],
		queryFn: () => tell<Scenario[]>(PATH, { scenarios: ids.map((id) => ({ id })) }),
	});
	return <QueryResult query={query}>{(scenarios) => <Results heading="h2" scenarios={scenarios} />}</QueryResult>;
}

function Choice({ row }: { row: Calculation }) {
	const translate = useTranslate();
	const { dateTime } = useFormats();
	const [id, set] = useState('');
	const query = useGetList<Calculation>('cost_calculations', {
		filter: { currency: row.currency, 'id@neq': row.id },
		sort: { field: 'created_at', order: 'DESC' },
		pagination: { page: 1, perPage: MOST },
	});
	return (
		<QueryResult query={query} empty={translate(key('none_to_compare'), { currency: row.currency })}>
			{(others) => {
				const other = others.find((one) => String(one.id) === id);
				return (
					<>
						<TextField
							select
							fullWidth
							id="compare-with"
							label={translate(key('compare_with'))}
							value={id}
							onChange={({ target: { value } }) => set(value)}
							sx={{ mb: 2 }}
							helperText={translate(key('compare_help'), { currency: row.currency, smart_count: MOST })}
						>
							{others.map((one) => (
								<MenuItem key={one.id} value={String(one.id)}>
									{one.name}, {dateTime(one.created_at)}
								</MenuItem>
							))}
						</TextField>
						{other && <Compared ids={[row.id, other.id]} />}
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
