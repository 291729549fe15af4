import { useState } from 'react';
import Clock from '@mui/icons-material/SnoozeOutlined';
import IconButton from '@mui/material/IconButton';
import ListItemText from '@mui/material/ListItemText';
import Menu from '@mui/material/Menu';
import MenuItem from '@mui/material/MenuItem';
import { useDataProvider, useNotify, useRefresh, useTranslate } from 'ra-core';
import type { Provider } from '../data/dataProvider';
import { useFormats } from '../data/useFormats';
import { delays, type Task } from './task';

/** The button that snoozes the reminder of a task. */
export function Snooze({ task }: { task: Task }) {
	const translate = useTranslate();
	const notify = useNotify();
	const refresh = useRefresh();
	const { dateTime } = useFormats();
	const { tell } = useDataProvider<Provider>();
	const [anchor, setAnchor] = useState<HTMLElement | null>(null);
	const now = new Date();
	const put = async (until: Date) => {
		setAnchor(null);
		try {
			await tell(`/api/tasks/${task.id}/snooze`, { until: until.toISOString() });
			notify('tasks.snoozed', { type: 'success', messageArgs: { when: dateTime(until) } });
			refresh();
		} catch (error) {
			notify((error as Error).message, { type: 'error' });
		}
	};
	return (
		<>
			<IconButton
				size="small"
				aria-haspopup="menu"
				onClick={(event) => setAnchor(event.currentTarget)}
				aria-label={translate('tasks.snooze', { text: task.text ?? '' })}
			>
				<Clock fontSize="small" />
			</IconButton>
			<Menu open={Boolean(anchor)} anchorEl={anchor} onClose={() => setAnchor(null)}>
				{Object.entries(delays(now))
					.filter(([, until]) => until > now)
					.map(([name, until]) => (
						<MenuItem key={name} onClick={() => put(until)}>
							<ListItemText primary={translate(`tasks.delays.${name}`)} secondary={dateTime(until)} />
						</MenuItem>
					))}
			</Menu>
		</>
	);
}
