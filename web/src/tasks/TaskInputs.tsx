import Stack from '@mui/material/Stack';
import { DateTimeInput, SelectInput, TextInput } from 'react-admin';
import { required, useRecordContext, useTranslate } from 'ra-core';
import { asChoices, useConfiguration } from '../app/configuration';
import { ColleagueInput, RowInput } from '../app/RowInput';
import { ruleKey, rules, type Task } from './task';

const row = { direction: { xs: 'column', sm: 'row' }, spacing: { sm: 2 } } as const;

/** The form of a task. */
export function TaskInputs() {
	const translate = useTranslate();
	const task = useRecordContext<Task>();
	const { taskTypes } = useConfiguration();
	const known = !task?.rrule || rules.includes(task.rrule) ? rules : [...rules, task.rrule];
	return (
		<Stack sx={{ width: '100%', maxWidth: 640 }}>
			<TextInput source="text" validate={required()} multiline />
			<RowInput source="contact_id" reference="contacts" validate={required()} />
			<Stack {...row}>
				<SelectInput source="type" choices={asChoices(taskTypes)} />
				<ColleagueInput source="sales_id" />
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
