import Divider from '@mui/material/Divider';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import { SelectInput, TextArrayInput, TextInput } from 'react-admin';
import { required, useTranslate } from 'ra-core';
import { asChoices, useConfiguration } from '../app/configuration';
import { safeLink } from '../app/link';
import { ColleagueInput } from '../app/RowInput';
import { sizes } from './company';

const row = { direction: { xs: 'column', sm: 'row' }, spacing: { sm: 2 } } as const;
const link = (value?: string) => value && !safeLink(value) ? 'companies.no_link' : undefined;
const links = (values?: string[]) => values?.map(link).find(Boolean);

function Section({ title }: { title: string }) {
	const translate = useTranslate();
	return (
		<>
			<Divider sx={{ mt: 1, mb: 2 }} />
			<Typography variant="h5" component="h2" gutterBottom>{translate(title)}</Typography>
		</>
	);
}

/** The form of a company. */
export function CompanyInputs() {
	const translate = useTranslate();
	const { companySectors } = useConfiguration();
	return (
		<Stack sx={{ width: '100%', maxWidth: 760 }}>
			<TextInput source="name" validate={required()} autoComplete="off" />
			<Stack {...row}>
				<SelectInput source="sector" choices={asChoices(companySectors)} />
				<SelectInput source="size" choices={sizes.map((id) =>
					({ id, name: translate(`companies.sizes.${id}`) }))} />
			</Stack>
			<ColleagueInput source="sales_id" />
			<TextInput source="description" multiline minRows={3} />
			<Section title="companies.reach" />
			<Stack {...row}>
				<TextInput source="website" validate={link} autoComplete="off" />
				<TextInput source="phone_number" type="tel" autoComplete="off" />
			</Stack>
			<TextInput source="linkedin_url" validate={link} autoComplete="off" />
			<TextInput source="address" autoComplete="off" />
			<Stack {...row}>
				<TextInput source="zipcode" autoComplete="off" sx={{ maxWidth: { sm: 140 } }} />
				<TextInput source="city" autoComplete="off" />
			</Stack>
			<Stack {...row}>
				<TextInput source="state_abbr" autoComplete="off" sx={{ maxWidth: { sm: 140 } }} />
				<TextInput source="country" autoComplete="off" />
			</Stack>
			<Section title="companies.more_facts" />
			<Stack {...row}>
				<TextInput source="revenue" autoComplete="off" />
				<TextInput source="tax_identifier" autoComplete="off" />
			</Stack>
			<TextArrayInput source="context_links" validate={links} helperText="companies.links_help" />
		</Stack>
	);
}
