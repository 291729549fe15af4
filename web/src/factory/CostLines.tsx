// The lines of a calculation, with a chart of its sections.
import Box from '@mui/material/Box';
import { useRecordContext, useTranslate } from 'ra-core';
import { useFormats } from '../data/useFormats';
import { Chart } from './CostChart';
import { Numbers } from './Numbers';
import { key, useMoney, type Calculation } from './calculation';

export default function CostLines() {
	const translate = useTranslate();
	const { exact, percent } = useFormats();
	const row = useRecordContext<Calculation>();
	const money = useMoney(row?.result.currency ?? 'EUR');
	return (
		row && (
			<>
				<Box sx={{ mb: 3 }}>
					<Chart
						scenarios={[{ name: row.name, result: row.result, difference: null, difference_percent: null }]}
					/>
				</Box>
				<Numbers
					label={translate('resources.cost_calculations.tabs.lines')}
					head={['section', 'name', 'quantity', 'rate', 'cost'].map((name) => translate(key(name)))}
					lines={row.result.lines.map(({ section, name, quantity, rate, cost }) => [
						translate(key(section)),
						name ?? '',
						exact(quantity),
						section === 'overhead' ? percent(rate) : exact(rate),
						money(cost),
					])}
				/>
			</>
		)
	);
}
