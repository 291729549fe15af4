import { useState, type FormEvent } from 'react';
import Add from '@mui/icons-material/Add';
import Less from '@mui/icons-material/ExpandLess';
import More from '@mui/icons-material/ExpandMore';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Card from '@mui/material/Card';
import MenuItem from '@mui/material/MenuItem';
import Stack from '@mui/material/Stack';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { keepPreviousData } from '@tanstack/react-query';
import { useCreate, useGetManyReference, useNotify, useRecordContext, useRefresh, useTranslate } from 'ra-core';
import { Allowed } from '../ui/Allowed';
import { QueryResult } from '../ui/QueryResult';
import { useConfiguration } from '../data/configuration';
import { dayKey } from '../i18n/formats';
import { useMe } from '../data/session';
import { parts, type Task } from '../tasks/task';
import { TaskLine } from '../tasks/TaskLine';
import type { Contact } from './contact';

const PAGE = 10;

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
		void create(
			'tasks',
			{
				data: {
					contact_id: contact.id,
					sales_id: me.id,
					text,
					type,
					due_date: new Date(`${due}T12:00`).toISOString(),
				},
			},
			{
				onSuccess: () => {
					refresh();
					close();
				},
				onError: (error) => notify((error as Error).message, { type: 'error' }),
			},
		);
	};
	return (
		<Stack component="form" spacing={1.5} onSubmit={save} sx={{ my: 1 }}>
			<TextField id="task-text" name="text" required autoFocus label={translate('contacts.task_text')} />
			<Stack direction="row" spacing={1}>
				<TextField
					id="task-type"
					name="type"
					select
					defaultValue={taskTypes[0]?.value}
					label={translate('contacts.task_type')}
				>
					{taskTypes.map(({ value, label }) => (
						<MenuItem key={value} value={value}>
							{label}
						</MenuItem>
					))}
				</TextField>
				<TextField
					id="task-due"
					name="due"
					type="date"
					required
					label={translate('contacts.task_due')}
					defaultValue={dayKey(new Date())}
					slotProps={{ inputLabel: { shrink: true } }}
				/>
			</Stack>
			<Stack direction="row" spacing={1}>
				<Button type="submit" variant="contained" disabled={isPending}>
					{translate('ra.action.save')}
				</Button>
				<Button onClick={close}>{translate('ra.action.cancel')}</Button>
			</Stack>
		</Stack>
	);
}

/** Open tasks, oldest first, or completed tasks, newest first. */
function Part({ contact, done = false }: { contact: Contact; done?: boolean }) {
	const translate = useTranslate();
	const [most, setMost] = useState(PAGE);
	const query = useGetManyReference<Task>(
		'tasks',
		{
			target: 'contact_id',
			id: contact.id,
			filter: done ? parts(new Date()).done : { 'done_date@is': null },
			sort: done ? { field: 'done_date', order: 'DESC' } : { field: 'due_date', order: 'ASC' },
			pagination: { page: 1, perPage: most },
		},
		{ placeholderData: keepPreviousData },
	);
	return (
		<QueryResult query={query} empty={translate(done ? 'tasks.none.done' : 'contacts.no_tasks')}>
			{(tasks) => (
				<>
					<Box component="ul" sx={{ listStyle: 'none', m: 0, mx: -1, p: 0 }}>
						{tasks.map((task) => (
							<TaskLine key={task.id} task={task} everybody />
						))}
					</Box>
					{(query.total ?? 0) > tasks.length && (
						<Button size="small" onClick={() => setMost(most + PAGE)}>
							{translate('tasks.more')}
						</Button>
					)}
				</>
			)}
		</QueryResult>
	);
}

/** The tasks of the current contact. */
export function ContactTasks() {
	const contact = useRecordContext<Contact>();
	return contact && <Tasks key={contact.id} contact={contact} />;
}

function Tasks({ contact }: { contact: Contact }) {
	const translate = useTranslate();
	const [adding, setAdding] = useState(false);
	const [done, setDone] = useState(false);
	return (
		<Card component="section" aria-labelledby="tasks" sx={{ p: 2 }}>
			<Stack direction="row" sx={{ justifyContent: 'space-between', alignItems: 'center' }}>
				<Typography id="tasks" variant="h5" component="h2">
					{translate('contacts.tasks')}
				</Typography>
				{!adding && (
					<Allowed resource="tasks" action="create">
						<Button size="small" startIcon={<Add />} onClick={() => setAdding(true)}>
							{translate('contacts.add_task')}
						</Button>
					</Allowed>
				)}
			</Stack>
			{adding && <NewTask contact={contact} close={() => setAdding(false)} />}
			<Part contact={contact} />
			<Box>
				<Button
					size="small"
					color="inherit"
					aria-expanded={done}
					onClick={() => setDone(!done)}
					endIcon={done ? <Less /> : <More />}
				>
					{translate('tasks.parts.done')}
				</Button>
				{done && <Part contact={contact} done />}
			</Box>
		</Card>
	);
}
