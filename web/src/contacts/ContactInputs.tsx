import Divider from '@mui/material/Divider';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import { ArrayInput, BooleanInput, SelectInput, SimpleFormIterator, TextInput } from 'react-admin';
import { email, useTranslate } from 'ra-core';
import { asChoices, useConfiguration } from '../app/configuration';
import { safeLink } from '../app/link';
import { ColleagueInput, RowInput, RowsInput } from '../app/RowInput';

const kinds = ['Work', 'Home', 'Other'];
const row = { direction: { xs: 'column', sm: 'row' }, spacing: 2 } as const;
const link = (value?: string) => value && !safeLink(value) ? 'contacts.no_link' : undefined;

function Section({ title }: { title: string }) {
	const translate = useTranslate();
	return (
		<>
			<Divider sx={{ mt: 1, mb: 2 }} />
			<Typography variant="h5" component="h2" gutterBottom>{translate(title)}</Typography>
		</>
	);
}

/** The form of a contact. */
export function ContactInputs() {
	const translate = useTranslate();
	const { noteStatuses } = useConfiguration();
	const kind = <SelectInput source="type" choices={kinds.map((id) =>
		({ id, name: translate(`contacts.kinds.${id}`) }))} label="contacts.kind" defaultValue="Work"
		margin="none" sx={{ maxWidth: { sm: 140 } }} />;
	return (
		<Stack sx={{ width: '100%', maxWidth: 760 }}>
			<Stack {...row}>
				<TextInput source="first_name" autoComplete="off" />
				<TextInput source="last_name" autoComplete="off" />
			</Stack>
			<Stack {...row}>
				<TextInput source="title" autoComplete="off" />
				<RowInput source="company_id" reference="companies" />
			</Stack>
			<Section title="contacts.reach" />
			<ArrayInput source="email_jsonb">
				<SimpleFormIterator inline fullWidth disableReordering disableClear>
					<TextInput source="email" label="resources.contacts.fields.email" type="email" validate={email()} autoComplete="off" />
					{kind}
				</SimpleFormIterator>
			</ArrayInput>
			<ArrayInput source="phone_jsonb">
				<SimpleFormIterator inline fullWidth disableReordering disableClear>
					<TextInput source="number" label="resources.contacts.fields.number" type="tel" autoComplete="off" />
					{kind}
				</SimpleFormIterator>
			</ArrayInput>
			<TextInput source="linkedin_url" validate={link} autoComplete="off" />
			<Section title="contacts.about" />
			<Stack {...row}>
				<SelectInput source="status" choices={asChoices(noteStatuses)} />
				<ColleagueInput source="sales_id" />
			</Stack>
			<RowsInput source="tags" reference="tags" />
			<TextInput source="background" multiline minRows={3} />
			<BooleanInput source="has_newsletter" />
		</Stack>
	);
}
