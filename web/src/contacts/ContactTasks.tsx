import { useState, type FormEvent } from 'react';
import Add from '@mui/icons-material/Add';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Card from '@mui/material/Card';
import Checkbox from '@mui/material/Checkbox';
import MenuItem from '@mui/material/MenuItem';
import Stack from '@mui/material/Stack';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useCreate, useGetManyReference, useNotify, useRecordContext, useRefresh, useTranslate, useUpdate,
	type RaRecord } from 'ra-core';
import { labelOf, useConfiguration } from '../app/configuration';
import { dayKey, useFormats } from '../app/formats';
import { useMe } from '../app/session';
import type { Contact } from './contact';

interface Task extends RaRecord<number> {
	type: string | null;
	text: string | null;
	due_date: string | null;
	done_date: string | null;
}

function Line({ task }: { task: Task }) {
	const notify = useNotify();
	const { ago, dateTime } = useFormats();
	const { taskTypes } = useConfiguration();
	const [update] = useUpdate<Task>();
	const done = task.done_date != null;
	const late = !done && task.due_date != null && new Date(task.due_date) < new Date();
	const toggle = () => update('tasks', { id: task.id, previousData: task,
		data: { done_date: done ? null : new Date().toISOString() } },
	{ mutationMode: 'optimistic', onError: (error) => notify((error as Error).message, { type: 'error' }) });
	const type = task.type && task.type !== 'none' ? labelOf(taskTypes, task.type) : '';
	return (
		<Box component="li" sx={{ display: 'flex', alignItems: 'flex-start' }}>
			<Checkbox checked={done} onChange={toggle} slotProps={{ input: { 'aria-label': task.text || type } }}
				sx={{ mt: -0.5, ml: -1 }} />
			<Box sx={{ minWidth: 0, textDecoration: done ? 'line-through' : 'none' }}>
				<Typography sx={{ overflowWrap: 'anywhere' }}>
					{[type, task.text].filter(Boolean).join(': ')}
				</Typography>
				<Typography variant="body2" color={late ? 'error' : 'textSecondary'} title={dateTime(task.due_date)}>
					{ago(task.due_date)}
				</Typography>
			</Box>
		</Box>
	);
}

function NewTask({ contact, close }: { contact: Contact; close: () => void }) {
	const me = useMe();
	const notify = useNotify();
	const refresh = useRefresh();
	const translate = useTranslate();
	const { taskTypes } = useConfiguration();
	const [create, { isPending }] = useCreate();
	const save = (event: FormEvent<HTMLFormElement>) => {
		event.preventDefault();
		const { text, type, due } = Object.fromEntries(new FormData(event.currentTarget)) as Record<string, string>;
		create('tasks', { data: { contact_id: contact.id, sales_id: me.id, text, type,
			due_date: new Date(`${due}T12:00`).toISOString() } },
		{ onSuccess: () => { refresh(); close(); },
			onError: (error) => notify((error as Error).message, { type: 'error' }) });
	};
	return (
		<Stack component="form" spacing={1.5} onSubmit={save} sx={{ mt: 1 }}>
			<TextField id="task-text" name="text" required autoFocus label={translate('contacts.task_text')} />
			<Stack direction="row" spacing={1}>
				<TextField id="task-type" name="type" select defaultValue={taskTypes[0]?.value}
					label={translate('contacts.task_type')}>
					{taskTypes.map(({ value, label }) => <MenuItem key={value} value={value}>{label}</MenuItem>)}
				</TextField>
				<TextField id="task-due" name="due" type="date" required label={translate('contacts.task_due')}
					defaultValue={dayKey(new Date())} slotProps={{ inputLabel: { shrink: true } }} />
			</Stack>
			<Stack direction="row" spacing={1}>
				<Button type="submit" variant="contained" disabled={isPending}>{translate('ra.action.save')}</Button>
				<Button onClick={close}>{translate('ra.action.cancel')}</Button>
			</Stack>
		</Stack>
	);
}

/** What is to be done about the contact at hand. */
export function ContactTasks() {
	const translate = useTranslate();
	const contact = useRecordContext<Contact>();
	const [adding, setAdding] = useState(false);
	const { data = [], isPending } = useGetManyReference<Task>('tasks', { target: 'contact_id', id: contact?.id,
		filter: {}, sort: { field: 'due_date', order: 'ASC' }, pagination: { page: 1, perPage: 50 } },
	{ enabled: contact != null });
	return contact && (
		<Card component="section" aria-labelledby="tasks" sx={{ p: 2 }}>
			<Stack direction="row" sx={{ justifyContent: 'space-between', alignItems: 'center' }}>
				<Typography id="tasks" variant="h5" component="h2">{translate('contacts.tasks')}</Typography>
				{!adding && (
					<Button size="small" startIcon={<Add />} onClick={() => setAdding(true)}>{translate('contacts.add_task')}</Button>
				)}
			</Stack>
			{adding && <NewTask contact={contact} close={() => setAdding(false)} />}
			{!isPending && !adding && data.length === 0 && (
				<Typography color="textSecondary">{translate('contacts.no_tasks')}</Typography>
			)}
			{data.length > 0 && (
				<Stack component="ul" spacing={1} sx={{ listStyle: 'none', m: 0, mt: 1.5, p: 0 }}>
					{data.map((task) => <Line key={task.id} task={task} />)}
				</Stack>
			)}
		</Card>
	);
}
