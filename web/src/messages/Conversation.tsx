// A conversation, oldest message first, with a reply form.
import { useMemo, useState } from 'react';
import Delete from '@mui/icons-material/DeleteOutlined';
import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Card from '@mui/material/Card';
import Chip from '@mui/material/Chip';
import IconButton from '@mui/material/IconButton';
import Link from '@mui/material/Link';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import { useDataProvider, useRefresh, useTranslate } from 'ra-core';
import { Link as RouterLink, useLocation, useNavigate } from 'react-router-dom';
import { useAct } from '../data/act';
import { QueryResult } from '../ui/QueryResult';
import type { Provider } from '../data/dataProvider';
import { useFormats } from '../data/useFormats';
import { Colleague, Face } from '../records/People';
import { useRemoval } from '../data/undo';
import { Assign } from './Assign';
import { ChannelIcon } from './channel';
import { addressOf, isUnread, keyOf, partnerOf, textOf, threadOf, UNREAD, useMessages, type Message } from './message';
import { Reply } from './Reply';

const PAGE = 50;
const colors: Record<string, 'error' | 'warning' | 'success' | undefined> = {
	failed: 'error',
	draft: 'warning',
	delivered: 'success',
	read: 'success',
};

function Words({
	message,
	subject,
	remove,
}: {
	message: Message;
	subject: string | null;
	remove: (message: Message) => void;
}) {
	const translate = useTranslate();
	const refresh = useRefresh();
	const { tell } = useDataProvider<Provider>();
	const { dateTime } = useFormats();
	const [busy, act] = useAct();
	const text = useMemo(() => textOf(message.body), [message.body]);
	const ours = message.direction === 'outbound';
	return (
		<Box
			component="li"
			sx={{ alignSelf: ours ? 'flex-end' : 'flex-start', maxWidth: { xs: '94%', sm: '82%' }, minWidth: 0 }}
		>
			<Box
				sx={{
					px: 2,
					py: 1.25,
					borderRadius: 2,
					bgcolor: ours ? 'action.hover' : 'background.default',
					border: 1,
					borderColor: isUnread(message) ? 'primary.main' : 'divider',
				}}
			>
				{subject && <Typography sx={{ fontWeight: 600, overflowWrap: 'anywhere' }}>{subject}</Typography>}
				<Typography sx={{ whiteSpace: 'pre-line', overflowWrap: 'anywhere' }}>{text}</Typography>
			</Box>
			<Stack
				direction="row"
				useFlexGap
				sx={{
					mt: 0.25,
					gap: 0.75,
					flexWrap: 'wrap',
					alignItems: 'center',
					justifyContent: ours ? 'flex-end' : 'flex-start',
				}}
			>
				<Typography variant="body2" color="textSecondary">
					{ours && message.sales_id != null && (
						<>
							<Colleague record={message} />
							{' · '}
						</>
					)}
					<time dateTime={message.sent_at}>{dateTime(message.sent_at)}</time>
				</Typography>
				{ours && (
					<Chip
						size="small"
						variant="outlined"
						color={colors[message.status]}
						label={translate(`messages.statuses.${message.status}`)}
					/>
				)}
				{message.status === 'draft' && (
					<Button
						size="small"
						disabled={busy}
						onClick={() =>
							act(
								() => tell(`/api/messages/${message.id}`, { status: 'queued' }, 'PATCH').then(refresh),
								'messages.kept.queued',
							)
						}
					>
						{translate('messages.send_draft')}
					</Button>
				)}
				<IconButton
					size="small"
					aria-label={`${translate('ra.action.delete')}: ${dateTime(message.sent_at)}`}
					onClick={() => remove(message)}
				>
					<Delete fontSize="inherit" />
				</IconButton>
			</Stack>
		</Box>
	);
}

function Head({ last, unread }: { last: Message; unread: boolean }) {
	const translate = useTranslate();
	const refresh = useRefresh();
	const { bulk } = useDataProvider<Provider>();
	const [busy, act] = useAct();
	const who = partnerOf(last) || translate('messages.unknown');
	const read = () =>
		act(() =>
			bulk('messages', { filter: { ...threadOf(last), ...UNREAD }, set: { status: 'read' }, max: 10_000 }).then(
				refresh,
			),
		);
	return (
		<Stack
			direction="row"
			useFlexGap
			sx={{ p: 2, gap: 1.5, flexWrap: 'wrap', alignItems: 'center', borderBottom: 1, borderColor: 'divider' }}
		>
			<Face name={who.replace(/[^\p{L}\s]/gu, '')} file={last.contact?.avatar} size={40} />
			<Box sx={{ flex: '1 1 180px', minWidth: 0 }}>
				<Typography id="conversation" variant="h4" component="h2" sx={{ overflowWrap: 'anywhere' }}>
					{last.contact ? (
						<Link component={RouterLink} to={`/contacts/${last.contact.id}/show`}>
							{who}
						</Link>
					) : (
						who
					)}
				</Typography>
				<Stack direction="row" spacing={0.75} sx={{ alignItems: 'center' }}>
					<ChannelIcon channel={last.channel} />
					<Typography variant="body2" color="textSecondary" sx={{ overflowWrap: 'anywhere' }}>
						{[translate(`messages.channels.${last.channel}`), last.contact && addressOf(last)]
							.filter(Boolean)
							.join(' · ')}
					</Typography>
				</Stack>
			</Box>
			{!last.contact && <Assign message={last} />}
			{unread && (
				<Button variant="outlined" disabled={busy} onClick={read}>
					{translate('messages.mark_read')}
				</Button>
			)}
		</Stack>
	);
}

export function Conversation({ of }: { of: Message }) {
	const translate = useTranslate();
	const navigate = useNavigate();
	const { search } = useLocation();
	const [most, setMost] = useState(PAGE);
	const removal = useRemoval('messages');
	const query = useMessages(threadOf(of), most);
	const remove = async (gone: Message) => {
		const other = query.data?.messages.find((one) => one.id !== gone.id);
		// If the message that the address names is deleted, the page moves to another message of the conversation.
		if ((await removal([gone.id])) && gone.id === of.id)
			navigate({ pathname: other ? `/messages/${other.id}/show` : '/messages', search }, { replace: true });
	};
	return (
		<Card component="section" aria-labelledby="conversation">
			<QueryResult query={query}>
				{({ messages, more }) => {
					const [last = of] = messages,
						unread = messages.filter(isUnread);
					return (
						<>
							<Head last={last} unread={unread.length > 0} />
							<Stack component="ol" spacing={1.5} sx={{ listStyle: 'none', m: 0, p: 2 }}>
								{more && (
									<li>
										<Button onClick={() => setMost(most + PAGE)}>
											{translate('messages.earlier')}
										</Button>
									</li>
								)}
								{[...messages].reverse().map((one, i, all) => (
									<Words
										key={one.id}
										message={one}
										remove={remove}
										subject={one.subject === all[i - 1]?.subject ? null : one.subject}
									/>
								))}
							</Stack>
							{'id' in threadOf(last) ? (
								<Alert severity="info" sx={{ m: 2, mt: 0 }}>
									{translate('messages.no_reply')}
								</Alert>
							) : (
								<Reply key={keyOf(last)} to={last} unread={unread} />
							)}
						</>
					);
				}}
			</QueryResult>
		</Card>
	);
}
