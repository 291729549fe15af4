// An answer.  It is kept; the program that speaks to the channel sends it.
import { useState, type FormEvent } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import MenuItem from '@mui/material/MenuItem';
import Stack from '@mui/material/Stack';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useDataProvider, useRefresh, useTranslate } from 'ra-core';
import { useAct } from '../app/act';
import type { Provider } from '../app/dataProvider';
import { useDraft } from '../app/draft';
import { addressOf, keyOf, ways, type Message } from './message';

const MOST = 99; // changes that go along with a new message

/** To the newest of a conversation, whose unread ones are read by that. */
export function Reply({ to, unread }: { to: Message; unread: Message[] }) {
	const { tell } = useDataProvider<Provider>();
	const translate = useTranslate();
	const refresh = useRefresh();
	const [body, setBody] = useDraft(`reply ${keyOf(to)}`);
	const [status, setStatus] = useState('queued');
	const [busy, act] = useAct();
	const save = async (event: FormEvent) => {
		event.preventDefault();
		const { channel, thread_id, contact_id, subject } = to;
		const data = { channel, thread_id, contact_id, subject, body, status, direction: 'outbound', recipient: addressOf(to) };
		const done = await act(() => tell('/api/batch', { operations: [
			{ method: 'POST', resource: 'messages', data },
			...unread.slice(0, MOST).map(({ id }) => ({ method: 'PATCH', resource: 'messages', id, data: { status: 'read' } })),
		] }), `messages.kept.${status}`);
		if (!done)
			return;
		setBody('');
		refresh();
	};
	return (
		<Box component="form" onSubmit={save} sx={{ p: 2, borderTop: 1, borderColor: 'divider' }}>
			<TextField id="reply" multiline minRows={2} maxRows={12} required label={translate('messages.reply')} value={body}
				onChange={(event) => setBody(event.target.value)} slotProps={{ htmlInput: { maxLength: 100_000 } }} />
			<Stack direction="row" useFlexGap sx={{ mt: 1.5, gap: 1.5, flexWrap: 'wrap', alignItems: 'center' }}>
				<TextField id="reply-status" select label={translate('messages.as')} value={status} sx={{ width: 220 }}
					onChange={(event) => setStatus(event.target.value)}>
					{ways.map((way) => <MenuItem key={way} value={way}>{translate(`messages.ways.${way}`)}</MenuItem>)}
				</TextField>
				<Button type="submit" variant="contained" disabled={busy}>{translate('ra.action.save')}</Button>
				<Typography variant="body2" color="textSecondary" sx={{ flex: '1 1 220px' }}>
					{translate(`messages.ways_help.${status}`)}
				</Typography>
			</Stack>
		</Box>
	);
}
