import { useState } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Card from '@mui/material/Card';
import FormControlLabel from '@mui/material/FormControlLabel';
import Skeleton from '@mui/material/Skeleton';
import Stack from '@mui/material/Stack';
import Switch from '@mui/material/Switch';
import Tab from '@mui/material/Tab';
import Tabs from '@mui/material/Tabs';
import Typography from '@mui/material/Typography';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Title } from 'react-admin';
import { useDataProvider, useTranslate } from 'ra-core';
import { QueryError } from '../ui/QueryResult';
import { NewButton } from '../records/create';
import type { Provider } from '../data/dataProvider';
import { useFormats } from '../data/useFormats';
import { useParameters } from '../ui/parameters';
import { useMe } from '../data/session';
import { useRowKeys } from '../ui/shortcuts';
import { parts, type Part, type Task } from './task';
import { TaskLine } from './TaskLine';
import { WIDTH } from '../ui/width';

const PAGE = 20;

interface Shown {
	tasks: Task[];
	total: number;
}

// Returns a page of a section, with its total.
function usePart(part: Part, mine: boolean, most: number) {
	const me = useMe();
	const { ask } = useDataProvider<Provider>();
	const day = new Date().toDateString();
	return useQuery({
		queryKey: ['tasks', 'part', part, mine, most, day],
		placeholderData: keepPreviousData,
		queryFn: async (): Promise<Shown> => {
			const filter = { ...parts(new Date())[part], ...(mine && { sales_id: me.id }) };
			const [tasks, [total]] = await Promise.all([
				ask<Task[]>('/api/tasks', {
					filter,
					range: [0, most - 1],
					embed: ['contact'],
					count: 'none',
					sort: part === 'done' ? ['done_date', 'DESC'] : ['due_date', 'ASC'],
				}),
				ask<{ count: number }[]>('/api/tasks/aggregate', { filter, values: ['count'] }),
			]);
			return { tasks, total: total?.count ?? 0 };
		},
	});
}

function Section({ part, mine, alone = false }: { part: Part; mine: boolean; alone?: boolean }) {
	const translate = useTranslate();
	const { count } = useFormats();
	const [most, setMost] = useState(PAGE);
	const { data, error, refetch } = usePart(part, mine, most);
	if (!data) return error ? <QueryError error={error} again={refetch} /> : <Skeleton variant="rounded" height={96} />;
	const { tasks, total } = data;
	if (tasks.length === 0 && part === 'overdue') return null;
	return (
		<Box component="section" aria-labelledby={`part-${part}`}>
			{!alone && (
				<Typography
					id={`part-${part}`}
					variant="h5"
					component="h2"
					gutterBottom
					color={part === 'overdue' ? 'error' : 'textPrimary'}
				>
					{translate(`tasks.parts.${part}`)}{' '}
					<Typography component="span" color="textSecondary">
						{total > 0 && count(total)}
					</Typography>
				</Typography>
			)}
			{tasks.length === 0 ? (
				<Typography color="textSecondary">{translate(`tasks.none.${part}`)}</Typography>
			) : (
				<Card
					component="ul"
					sx={{ listStyle: 'none', m: 0, p: 0, '& > li + li': { borderTop: 1, borderColor: 'divider' } }}
				>
					{tasks.map((task) => (
						<TaskLine key={task.id} task={task} everybody={!mine} />
					))}
				</Card>
			)}
			{total > tasks.length && (
				<Button sx={{ mt: 1 }} onClick={() => setMost(most + PAGE)}>
					{translate('tasks.more')}
				</Button>
			)}
		</Box>
	);
}

export default function TaskList() {
	const translate = useTranslate();
	const [search, set] = useParameters();
	useRowKeys({ select: 'tasks.tick', search: false });
	const done = search.get('show') === 'done',
		mine = !search.has('all');
	return (
		<Box sx={WIDTH}>
			<Title title="tasks.title" />
			<Stack direction="row" useFlexGap sx={{ pt: 1.5, mb: 3, gap: 1.5, flexWrap: 'wrap', alignItems: 'center' }}>
				<Tabs
					value={done ? 'done' : 'open'}
					aria-label={translate('tasks.title')}
					onChange={(_, chosen) => set('show', chosen === 'done' ? 'done' : '')}
				>
					<Tab value="open" id="tab-open" aria-controls="tasks" label={translate('tasks.open')} />
					<Tab value="done" id="tab-done" aria-controls="tasks" label={translate('tasks.parts.done')} />
				</Tabs>
				<FormControlLabel
					label={translate('tasks.everybody')}
					sx={{ mr: 'auto' }}
					control={<Switch checked={!mine} onChange={(_, on) => set('all', on ? '1' : '')} />}
				/>
				<NewButton resource="tasks" />
			</Stack>
			<Stack id="tasks" role="tabpanel" aria-labelledby={done ? 'tab-done' : 'tab-open'} spacing={3.5}>
				{done ? (
					<Section part="done" mine={mine} alone />
				) : (
					(['overdue', 'today', 'week', 'later'] as const).map((part) => (
						<Section key={part} part={part} mine={mine} />
					))
				)}
			</Stack>
		</Box>
	);
}
