import Stack from '@mui/material/Stack';
import { AutocompleteArrayInput, AutocompleteInput, DateInput, NumberInput, ReferenceArrayInput, ReferenceInput,
	SelectInput, TextInput } from 'react-admin';
import { minValue, required } from 'ra-core';
import { asChoices, useConfiguration } from '../app/configuration';
import { fullName } from '../app/People';

const row = { direction: { xs: 'column', sm: 'row' }, spacing: { sm: 2 } } as const;
const find = (q: string) => q ? { q } : {};

/** The form of a deal, new or not. */
export function DealInputs() {
	const { dealStages, dealCategories, currency } = useConfiguration();
	return (
		<Stack sx={{ width: '100%', maxWidth: 760 }}>
			<TextInput source="name" validate={required()} autoComplete="off" />
			<ReferenceInput source="company_id" reference="companies" sort={{ field: 'name', order: 'ASC' }}>
				<AutocompleteInput optionText="name" filterToQuery={find} />
			</ReferenceInput>
			<ReferenceArrayInput source="contact_ids" reference="contacts" sort={{ field: 'last_name', order: 'ASC' }}>
				<AutocompleteArrayInput optionText={fullName} filterToQuery={find} />
			</ReferenceArrayInput>
			<Stack {...row}>
				<SelectInput source="stage" choices={asChoices(dealStages)} validate={required()} />
				<SelectInput source="category" choices={asChoices(dealCategories)} />
			</Stack>
			<Stack {...row}>
				<NumberInput source="amount" min={0} step={1} validate={[required(), minValue(0)]}
					helperText={currency} />
				<DateInput source="expected_closing_date" />
			</Stack>
			<ReferenceInput source="sales_id" reference="sales" filter={{ disabled: false }}>
				<SelectInput optionText={fullName} />
			</ReferenceInput>
			<TextInput source="description" multiline minRows={3} />
		</Stack>
	);
}
