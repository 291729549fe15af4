// The messages between a member and the staff, and the form for a new message. Received messages are marked as read as
// soon as they are shown.
import { useEffect, useState, type FormEvent } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Stack from '@mui/material/Stack';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useQueryClient } from '@tanstack/react-query';
import { useDataProvider, useGetList, useGetOne, useRecordContext, useTranslate, type RaRecord } from 'ra-core';
import { useAct } from '../data/act';
import type { Provider } from '../data/dataProvider';
import { useFormats } from '../data/useFormats';
import { Cell } from '../records/fields';
import type { Field } from '../records/resource';
import { may } from '../data/permissions';
import { QueryResult } from '../ui/QueryResult';
import { nameOf } from '../records/RowInput';
import { useMe } from '../data/session';
import { unreadKey } from './UnreadMessages';

const PAGE = 50,
	MOST = 5000;

const author: Field = { name: 'author_id', kind: 'reference', reference: 'sales' };

interface Message extends RaRecord<number> {
	body: string;
	from_member: boolean;
	author_id: number | null;
	read_at: string | null;
	created_at: string;
}

function One({ message, mine, member }: { message: Message; mine: boolean; member: string }) {
	const translate = useTranslate();
	const { portal } = useMe();
	const { dateTime } = useFormats();
	return (
		<Box
			component="li"
			sx={{
				maxWidth: '85%',
				alignSelf: mine ? 'flex-end' : 'flex-start',
				bgcolor: 'action.hover',
				borderRadius: 2,
				px: 2,
				py: 1,
			}}
		>
			<Typography variant="body2" color="textSecondary" component="div">
				{message.from_member ? (
					mine ? (
						translate('membership.thread.you')
					) : (
						member
					)
				) : portal || message.author_id === null ? (
					translate('membership.thread.staff')
				) : (
					<Cell field={author} row={message} />
				)}
				{' · '}
				{dateTime(message.created_at)}
				{mine &&
					message.read_at &&
					` · ${translate('membership.thread.read', { at: dateTime(message.read_at) })}`}
			</Typography>
			<Typography sx={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>{message.body}</Typography>
		</Box>
	);
}

function Write({ member, sent }: { member: RaRecord['id']; sent: () => Promise<unknown> }) {
	const translate = useTranslate();
	const { tell } = useDataProvider<Provider>();
	const [busy, act] = useAct();
	const [body, setBody] = useState('');
	const send = (event: FormEvent) => {
		event.preventDefault();
		void act(() =>
			tell('/api/member_messages', { member_id: member, body })
				.then(() => setBody(''))
				.then(sent),
		);
	};
	return (
		<Stack component="form" onSubmit={send} spacing={1} sx={{ mt: 2, alignItems: 'flex-start' }}>
			<TextField
				id="message"
				label={translate('membership.thread.text')}
				multiline
				minRows={2}
				maxRows={12}
				fullWidth
				required
				value={body}
				onChange={({ target }) => setBody(target.value)}
				slotProps={{ htmlInput: { maxLength: MOST } }}
			/>
			<Button type="submit" variant="contained" disabled={busy || !body.trim()}>
				{translate('membership.thread.send')}
			</Button>
		</Stack>
	);
}

/** The messages of the current member or, on a message's page, of the member to whom the message belongs. */
export default function Thread() {
	const row = useRecordContext()!;
	const id = row.member_id ?? row.id;
	const me = useMe();
	const translate = useTranslate();
	const client = useQueryClient();
	const provider = useDataProvider<Provider>(); // the provider's functions are different in each render
	const [most, setMost] = useState(PAGE);
	const { data: member } = useGetOne('user_profiles', { id });
	const query = useGetList<Message>(
		'member_messages',
		{ filter: { member_id: id }, pagination: { page: 1, perPage: most }, sort: { field: 'id', order: 'DESC' } },
		{ refetchInterval: 30_000 },
	);
	const own = member?.user_id === me.user_id;
	const writes = !me.viewing && (own || may(me, 'member_messages', 'create'));
	const reads = !me.viewing && (own || may(me, 'member_messages', 'update'));
	const unread =
		member && reads && query.data?.find(({ from_member, read_at }) => from_member !== own && !read_at)?.id;
	const { dataUpdatedAt, refetch } = query;
	useEffect(() => {
		if (unread)
			// A failed request is repeated when the list is read again.
			provider.tell(`/api/member_messages/${unread}/read`).then(
				() => Promise.all([refetch(), client.invalidateQueries({ queryKey: unreadKey })]),
				() => {},
			);
	}, [client, dataUpdatedAt, provider, refetch, unread]);
	return (
		<Box sx={{ p: { xs: 2, sm: 3 } }}>
			<QueryResult query={query} empty={translate('membership.thread.none')}>
				{(messages) => (
					<>
						{(query.total ?? 0) > messages.length && (
							<Button onClick={() => setMost(most + PAGE)}>{translate('membership.thread.older')}</Button>
						)}
						<Stack component="ol" spacing={1.5} sx={{ listStyle: 'none', m: 0, p: 0 }}>
							{[...messages].reverse().map((one) => (
								<One
									key={one.id}
									message={one}
									mine={one.from_member === own}
									member={member ? nameOf('user_profiles', member) : ''}
								/>
							))}
						</Stack>
					</>
				)}
			</QueryResult>
			{writes && <Write member={id} sent={query.refetch} />}
		</Box>
	);
}
