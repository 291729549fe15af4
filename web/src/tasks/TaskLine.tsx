import Reminder from '@mui/icons-material/NotificationsNoneOutlined';
import Again from '@mui/icons-material/Repeat';
import Call from '@mui/icons-material/CallOutlined';
import Other from '@mui/icons-material/CheckCircleOutlined';
import Demo from '@mui/icons-material/CoPresentOutlined';
import Mail from '@mui/icons-material/EmailOutlined';
import Meeting from '@mui/icons-material/GroupsOutlined';
import Ship from '@mui/icons-material/LocalShippingOutlined';
import Lunch from '@mui/icons-material/RestaurantOutlined';
import FollowUp from '@mui/icons-material/ReplyOutlined';
import Thanks from '@mui/icons-material/FavoriteBorderOutlined';
import Edit from '@mui/icons-material/EditOutlined';
import Box from '@mui/material/Box';
import Checkbox from '@mui/material/Checkbox';
import IconButton from '@mui/material/IconButton';
import Link from '@mui/material/Link';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import { useDataProvider, useNotify, useRefresh, useTranslate } from 'ra-core';
import { Link as RouterLink } from 'react-router-dom';
import { touched } from '../ui/theme';
import { labelOf, useConfiguration } from '../data/configuration';
import type { Provider } from '../data/dataProvider';
import { useMay } from '../data/permissions';
import { useFormats } from '../data/useFormats';
import { References } from '../records/fields';
import { Colleague, fullName } from '../records/People';
import { useUndo } from '../data/undo';
import { Snooze } from './Snooze';
import { parts, ruleKey, type Task } from './task';

const CONTACT = { name: 'contact_id', kind: 'reference', reference: 'contacts' } as const;

// The icons of the default task types.
const icons: Record<string, typeof Other> = {
	email: Mail,
	demo: Demo,
	lunch: Lunch,
	meeting: Meeting,
	'follow-up': FollowUp,
	'thank-you': Thanks,
	ship: Ship,
	call: Call,
};

/** Marks a task as done or not done. */
function useDone() {
	const { tell } = useDataProvider<Provider>();
	const notify = useNotify();
	const refresh = useRefresh();
	const translate = useTranslate();
	const undo = useUndo();
	return async (task: Task) => {
		const write = (done: string | null) => tell(`/api/tasks/${task.id}`, { done_date: done }, 'PATCH');
		try {
			await write(task.done_date ? null : new Date().toISOString());
			refresh();
			if (!task.done_date && task.rrule) notify('tasks.next_made', { type: 'success' });
			else if (!task.done_date) undo(translate('tasks.is_done', { text: task.text ?? '' }), () => write(null));
		} catch (error) {
			notify((error as Error).message, { type: 'error' });
		}
	};
}

/** With `named`, the line includes the contact even if the record does not embed the contact. */
export function TaskLine({ task, everybody, named = false }: { task: Task; everybody: boolean; named?: boolean }) {
	const translate = useTranslate();
	const { ago, dateTime } = useFormats();
	const { taskTypes } = useConfiguration();
	const toggle = useDone();
	const completes = useMay('tasks', 'update');
	const done = task.done_date != null;
	const late =
		!done && task.due_date != null && new Date(task.due_date) < new Date(parts(new Date()).overdue['due_date@lt']);
	const when = done ? task.done_date : task.due_date;
	const type = task.type && task.type !== 'none' ? labelOf(taskTypes, task.type) : '';
	const Icon = icons[task.type ?? ''] ?? Other;
	return (
		<Box
			component="li"
			sx={{
				position: 'relative',
				display: 'flex',
				alignItems: 'flex-start',
				py: 0.75,
				px: { xs: 0.5, sm: 1 },
				'@media (hover: hover)': {
					'& .actions': {
						position: 'absolute',
						right: 0,
						top: 6,
						borderRadius: 1,
						bgcolor: 'background.paper',
						opacity: 0,
					},
					'&:hover .actions, &:focus-within .actions': { opacity: 1 },
				},
			}}
		>
			<Checkbox
				checked={done}
				disabled={!completes}
				onChange={() => toggle(task)}
				slotProps={{ input: { 'aria-label': task.text || type } }}
			/>
			<Box sx={{ minWidth: 0, flex: 1, pt: 0.75 }}>
				<Typography sx={{ overflowWrap: 'anywhere', textDecoration: done ? 'line-through' : 'none' }}>
					{type && (
						<Icon
							fontSize="small"
							color="action"
							titleAccess={type}
							sx={{ mr: 1, verticalAlign: 'text-bottom' }}
						/>
					)}
					{task.text}
				</Typography>
				<Stack
					direction="row"
					useFlexGap
					sx={{ flexWrap: 'wrap', columnGap: 1.5, color: 'text.secondary', alignItems: 'baseline' }}
				>
					{task.contact && (
						<Link
							component={RouterLink}
							to={`/contacts/${task.contact.id}/show`}
							variant="body2"
							sx={touched}
						>
							{fullName(task.contact) || '–'}
						</Link>
					)}
					{task.contact?.company_name && (
						<Typography variant="body2" component="span">
							{task.contact.company_name}
						</Typography>
					)}
					{named && (
						<Typography variant="body2" component="span">
							<References field={CONTACT} value={task.contact_id} />
						</Typography>
					)}
					{when && (
						<Typography variant="body2" color={late ? 'error' : 'inherit'}>
							<time dateTime={when} title={ago(when)}>
								{dateTime(when)}
							</time>
						</Typography>
					)}
					{task.rrule && (
						<Typography variant="body2" sx={{ display: 'inline-flex', alignItems: 'center', gap: 0.5 }}>
							<Again sx={{ fontSize: 16 }} aria-hidden />
							{translate(ruleKey(task.rrule), { _: task.rrule })}
						</Typography>
					)}
					{!done && task.remind_at && new Date(task.remind_at) > new Date() && (
						<Typography variant="body2" sx={{ display: 'inline-flex', alignItems: 'center', gap: 0.5 }}>
							<Reminder sx={{ fontSize: 16 }} titleAccess={translate('tasks.reminder')} />
							{dateTime(task.remind_at)}
						</Typography>
					)}
					{everybody && (
						<Typography variant="body2" component="span">
							<Colleague record={task} />
						</Typography>
					)}
				</Stack>
			</Box>
			{completes && (
				<Stack direction="row" className="actions">
					{!done && <Snooze task={task} />}
					<IconButton
						size="small"
						component={RouterLink}
						to={`/tasks/${task.id}`}
						data-row
						aria-label={translate('tasks.edit', { text: task.text ?? '' })}
					>
						<Edit fontSize="small" />
					</IconButton>
				</Stack>
			)}
		</Box>
	);
}
