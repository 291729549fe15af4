// The conversations, newest first, each with its last message.
import { useMemo, useState } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Chip from '@mui/material/Chip';
import ListItemButton from '@mui/material/ListItemButton';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import { useTranslate } from 'ra-core';
import { Link, useLocation } from 'react-router-dom';
import { QueryResult } from '../ui/QueryResult';
import { useFormats } from '../data/useFormats';
import { Face } from '../records/People';
import { ChannelIcon } from './channel';
import { partnerOf, textOf, threadsOf, useMessages, type Thread } from './message';

/** The number of messages (not conversations) per page. */
export const PAGE = 50;

function Entry({ thread: { last, unread }, chosen, search }: { thread: Thread; chosen: boolean; search: string }) {
	const translate = useTranslate();
	const { ago, dateTime } = useFormats();
	const who = partnerOf(last) || translate('messages.unknown');
	const words = useMemo(() => textOf(last.body).slice(0, 200), [last.body]);
	return (
		<ListItemButton
			component={Link}
			to={{ pathname: `/messages/${last.id}/show`, search }}
			selected={chosen}
			aria-current={chosen || undefined}
			sx={{ gap: 1.5, alignItems: 'flex-start', px: 2, py: 1.25 }}
		>
			<Face name={who.replace(/[^\p{L}\s]/gu, '')} file={last.contact?.avatar} size={36} />
			<Box sx={{ flex: 1, minWidth: 0 }}>
				<Stack direction="row" spacing={1} sx={{ alignItems: 'baseline' }}>
					<Typography noWrap sx={{ flex: 1, fontWeight: unread ? 700 : 500 }}>
						{who}
					</Typography>
					<Typography
						component="time"
						variant="body2"
						color="textSecondary"
						dateTime={last.sent_at}
						title={dateTime(last.sent_at)}
						sx={{ whiteSpace: 'nowrap' }}
					>
						{ago(last.sent_at)}
					</Typography>
				</Stack>
				{last.subject && (
					<Typography noWrap variant="body2" sx={{ fontWeight: unread ? 600 : 400 }}>
						{last.subject}
					</Typography>
				)}
				<Stack direction="row" spacing={0.75} sx={{ alignItems: 'center', mt: 0.25 }}>
					<ChannelIcon channel={last.channel} />
					<Typography noWrap variant="body2" color="textSecondary" sx={{ flex: 1 }}>
						{last.direction === 'outbound' && `${translate('messages.you')} `}
						{words}
					</Typography>
					{unread > 0 && (
						<Chip
							size="small"
							color="primary"
							label={translate('messages.unread_count', { smart_count: unread })}
						/>
					)}
				</Stack>
			</Box>
		</ListItemButton>
	);
}

export function Threads({ filter, chosen, none }: { filter: object; chosen?: string; none: string }) {
	const translate = useTranslate();
	const { search, pathname } = useLocation();
	const [most, setMost] = useState(PAGE);
	return (
		<QueryResult query={useMessages(filter, most)}>
			{({ messages, more }) => (
				<>
					{messages.length === 0 && (
						<Typography color="textSecondary" sx={{ p: 2 }}>
							{translate(none)}
						</Typography>
					)}
					<Box
						component="ul"
						sx={{ listStyle: 'none', m: 0, p: 0, '& > li + li': { borderTop: 1, borderColor: 'divider' } }}
					>
						{threadsOf(messages).map((thread) => (
							<li key={thread.key}>
								<Entry
									thread={thread}
									chosen={thread.key === chosen}
									search={pathname.startsWith('/messages') ? search : ''}
								/>
							</li>
						))}
					</Box>
					{more && (
						<Button sx={{ m: 1 }} onClick={() => setMost(most + PAGE)}>
							{translate('messages.older')}
						</Button>
					)}
				</>
			)}
		</QueryResult>
	);
}
