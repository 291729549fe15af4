import Box from '@mui/material/Box';
import { SelectInput } from 'react-admin';
import { required, useSourceContext, useTranslate } from 'ra-core';
import { useFormContext, useWatch } from 'react-hook-form';
import { operators, type About } from './rule';
import { useRuleFields } from './useRuleFields';
import { ValueInput } from './ValueInput';
import { useFieldName } from './words';

/** A condition: field, operator and value. */
export function ConditionInput({ about }: { about: About }) {
	const translate = useTranslate();
	const nameOf = useFieldName();
	const { fields, fieldOf } = useRuleFields(about);
	const { getSource } = useSourceContext();
	const { setValue, getValues } = useFormContext();
	const [name = '', op = ''] = useWatch({ name: [getSource('field'), getSource('op')] }) as string[];
	const field = fieldOf(name);
	const takes = operators[op]?.takes ?? 'one';
	const kind = op === 'contains' && !field.list ? 'text' : field.kind;
	const possible = (next: string) => Object.keys(operators).filter((id) => operators[id]?.of(fieldOf(next)));
	const clear = () => setValue(getSource('value'), null);
	const change = (next: string) => {
		clear();
		if (!possible(next).includes(getValues(getSource('op')))) setValue(getSource('op'), possible(next)[0]);
	};
	return (
		<Box
			sx={{
				display: 'grid',
				columnGap: 1.5,
				width: '100%',
				'& > .MuiFormControl-root': { m: 0 },
				gridTemplateColumns: { xs: 'minmax(0, 1fr)', sm: 'repeat(3, minmax(0, 1fr))' },
			}}
		>
			<SelectInput
				source="field"
				label="automations.field"
				validate={required()}
				onChange={(event) => change(event.target.value)}
				choices={Object.keys(fields).map((id) => ({ id, name: nameOf(about, id) }))}
			/>
			<SelectInput
				source="op"
				label="automations.operator"
				validate={required()}
				onChange={(event) => {
					if (operators[event.target.value]?.takes !== takes) clear();
				}}
				choices={possible(name).map((id) => ({ id, name: translate(`automations.operators.${id}`) }))}
			/>
			{takes !== 'none' && name && (
				<ValueInput
					key={`${name} ${takes} ${kind}`}
					source="value"
					kind={kind}
					many={takes === 'many'}
					required
					label="automations.value"
				/>
			)}
		</Box>
	);
}
