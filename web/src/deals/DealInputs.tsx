import InputAdornment from '@mui/material/InputAdornment';
import Stack from '@mui/material/Stack';
import { DateInput, NumberInput, SelectInput, TextInput } from 'react-admin';
import { minValue, required } from 'ra-core';
import { asChoices, useConfiguration } from '../app/configuration';
import { ColleagueInput, RowInput, RowsInput } from '../app/RowInput';

const row = { direction: { xs: 'column', sm: 'row' }, spacing: { sm: 2 } } as const;

/** The form of a deal. */
export function DealInputs() {
	const { dealStages, dealCategories, currency } = useConfiguration();
	return (
		<Stack sx={{ width: '100%', maxWidth: 760 }}>
			<TextInput source="name" validate={required()} autoComplete="off" />
			<RowInput source="company_id" reference="companies" />
			<RowsInput source="contact_ids" reference="contacts" />
			<Stack {...row}>
				<SelectInput source="stage" choices={asChoices(dealStages)} validate={required()} />
				<SelectInput source="category" choices={asChoices(dealCategories)} />
			</Stack>
			<Stack {...row}>
				<NumberInput source="amount" min={0} step={1} validate={[required(), minValue(0)]}
					slotProps={{ input: { endAdornment: <InputAdornment position="end">{currency}</InputAdornment> } }} />
				<DateInput source="expected_closing_date" />
			</Stack>
			<ColleagueInput source="sales_id" />
			<TextInput source="description" multiline minRows={3} />
		</Stack>
	);
}
