import Stack from '@mui/material/Stack';
import { AutocompleteInput, DateTimeInput, ReferenceInput, SelectInput, TextInput } from 'react-admin';
import { required, useRecordContext, useTranslate } from 'ra-core';
import { asChoices, useConfiguration } from '../app/configuration';
import { fullName } from '../app/People';
import { ruleKey, rules, type Task } from './task';

const row = { direction: { xs: 'column', sm: 'row' }, spacing: { sm: 2 } } as const;

/** The form of a task, new or not. */
export function TaskInputs() {
	const translate = useTranslate();
	const task = useRecordContext<Task>();
	const { taskTypes } = useConfiguration();
	const known = !task?.rrule || rules.includes(task.rrule) ? rules : [...rules, task.rrule];
	return (
		<Stack sx={{ width: '100%', maxWidth: 640 }}>
			<TextInput source="text" validate={required()} multiline />
			<ReferenceInput source="contact_id" reference="contacts" sort={{ field: 'last_name', order: 'ASC' }}>
				<AutocompleteInput optionText={fullName} validate={required()}
					filterToQuery={(q: string) => q ? { q } : {}} />
			</ReferenceInput>
			<Stack {...row}>
				<SelectInput source="type" choices={asChoices(taskTypes)} />
				<ReferenceInput source="sales_id" reference="sales" filter={{ disabled: false }}>
					<SelectInput optionText={fullName} />
				</ReferenceInput>
			</Stack>
			<Stack {...row}>
				<DateTimeInput source="due_date" validate={required()} />
				<DateTimeInput source="remind_at" helperText="tasks.remind_help" />
			</Stack>
			<SelectInput source="rrule" emptyText="tasks.once" choices={known.map((id) =>
				({ id, name: translate(ruleKey(id), { _: id }) }))} />
		</Stack>
	);
}
