// The table filters, and a form that adds a filter.
import { useState, type FormEvent } from 'react';
import Button from '@mui/material/Button';
import Chip from '@mui/material/Chip';
import MenuItem from '@mui/material/MenuItem';
import Stack from '@mui/material/Stack';
import TextField from '@mui/material/TextField';
import { useTranslate } from 'ra-core';
import { TOUCH } from '../ui/theme';
import { bare, operators, type Condition } from './page';
import type { Column, Kind } from './tables';

const inputs: Partial<Record<Kind, string>> = { number: 'number', day: 'date', time: 'date' };

export function Conditions({
	columns,
	conditions,
	change,
}: {
	columns: Column[];
	conditions: Condition[];
	change: (conditions: Condition[]) => void;
}) {
	const translate = useTranslate();
	const [column, setColumn] = useState(columns[0]!);
	const [operator, setOperator] = useState(operators[column.kind][0]!);
	const [value, setValue] = useState('');
	const choose = (name: string) => {
		const chosen = columns.find((one) => one.name === name)!;
		setColumn(chosen);
		setOperator(operators[chosen.kind][0]!);
		setValue(chosen.kind === 'boolean' ? 'true' : '');
	};
	const add = (event: FormEvent) => {
		event.preventDefault();
		change([...conditions, { column: column.name, operator, value }]);
		setValue(column.kind === 'boolean' ? 'true' : '');
	};
	const word = (name: string) => translate(`tables.operators.${name}`);
	return (
		<>
			<Stack component="form" onSubmit={add} direction={{ xs: 'column', sm: 'row' }} spacing={{ xs: 2, sm: 1 }}>
				<TextField
					id="data-column"
					select
					label={translate('tables.column')}
					value={column.name}
					onChange={(event) => choose(event.target.value)}
				>
					{columns.map(({ name }) => (
						<MenuItem key={name} value={name}>
							{name}
						</MenuItem>
					))}
				</TextField>
				<TextField
					id="data-operator"
					select
					label={translate('tables.condition')}
					value={operator}
					onChange={(event) => setOperator(event.target.value)}
				>
					{operators[column.kind].map((name) => (
						<MenuItem key={name} value={name}>
							{word(name)}
						</MenuItem>
					))}
				</TextField>
				{!bare(operator) && (
					<TextField
						id="data-value"
						required
						label={translate('tables.value')}
						value={value}
						select={column.kind === 'boolean'}
						type={inputs[column.kind] ?? 'text'}
						onChange={(event) => setValue(event.target.value)}
						slotProps={{
							inputLabel: inputs[column.kind] === 'date' ? { shrink: true } : {},
							htmlInput: { step: 'any' },
						}}
					>
						{['true', 'false'].map((one) => (
							<MenuItem key={one} value={one}>
								{translate(`ra.boolean.${one}`)}
							</MenuItem>
						))}
					</TextField>
				)}
				<Button type="submit" variant="outlined" sx={{ flexShrink: 0, alignSelf: 'flex-start' }}>
					{translate('tables.filter')}
				</Button>
			</Stack>
			{conditions.length > 0 && (
				<Stack direction="row" useFlexGap sx={{ gap: 1, flexWrap: 'wrap', mt: 1.5 }}>
					{conditions.map((one, i) => (
						<Chip
							key={i}
							sx={{
								[TOUCH]: {
									height: 44,
									borderRadius: 22,
									'& .MuiChip-deleteIcon': {
										boxSizing: 'border-box',
										width: 44,
										height: 44,
										p: '11px',
										m: 0,
									},
								},
							}}
							label={`${one.column} ${word(one.operator)} ${bare(one.operator) ? '' : one.value}`}
							onDelete={() => change(conditions.filter((_, j) => j !== i))}
						/>
					))}
				</Stack>
			)}
		</>
	);
}
