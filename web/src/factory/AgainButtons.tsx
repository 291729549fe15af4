// Buttons that start a new calculation with the inputs of the current calculation.
import Button from '@mui/material/Button';
import { useRecordContext, useTranslate } from 'ra-core';
import { Link } from 'react-router-dom';
import { useCan } from '../records/resources';
import { key, type Calculation } from './calculation';

export default function AgainButtons() {
	const translate = useTranslate();
	const row = useRecordContext<Calculation>();
	const can = useCan('cost_calculations', 'create');
	return (
		row &&
		can &&
		(['version', 'copy'] as const).map((how) => (
			<Button
				key={how}
				variant={how === 'version' ? 'contained' : 'outlined'}
				component={Link}
				to={`/cost_calculations/create?${how}=${row.id}`}
			>
				{translate(key(how))}
			</Button>
		))
	);
}
