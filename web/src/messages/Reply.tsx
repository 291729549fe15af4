// The form for a reply. The server queues the reply, and a connected app sends it.
import type { FormEvent } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Stack from '@mui/material/Stack';
import TextField from '@mui/material/TextField';
import { useDataProvider, useRefresh, useTranslate } from 'ra-core';
import { useAct } from '../data/act';
import type { Provider } from '../data/dataProvider';
import { useDraft } from '../data/draft';
import { addressOf, keyOf, ways, type Message } from './message';

const MOST = 99; // maximum number of messages that are marked as read in the same request

/** Replies to the newest message and marks the unread messages as read. */
export function Reply({ to, unread }: { to: Message; unread: Message[] }) {
	const { tell } = useDataProvider<Provider>();
	const translate = useTranslate();
	const refresh = useRefresh();
	const [body, setBody] = useDraft(`reply ${keyOf(to)}`);
	const [busy, act] = useAct();
	const save = async (event: FormEvent<HTMLFormElement>) => {
		event.preventDefault();
		const status = ((event.nativeEvent as SubmitEvent).submitter as HTMLButtonElement | null)?.value ?? 'queued';
		const { channel, thread_id, contact_id, subject } = to;
		const data = {
			channel,
			thread_id,
			contact_id,
			subject,
			body,
			status,
			direction: 'outbound',
			recipient: addressOf(to),
		};
		const done = await act(
			() =>
				tell('/api/batch', {
					operations: [
						{ method: 'POST', resource: 'messages', data },
						...unread
							.slice(0, MOST)
							.map(({ id }) => ({ method: 'PATCH', resource: 'messages', id, data: { status: 'read' } })),
					],
				}),
			`messages.kept.${status}`,
		);
		if (!done) return;
		setBody('');
		refresh();
	};
	return (
		<Box component="form" onSubmit={save} sx={{ p: 2, borderTop: 1, borderColor: 'divider' }}>
			<TextField
				id="reply"
				multiline
				minRows={2}
				maxRows={12}
				required
				label={translate('messages.reply')}
				value={body}
				onChange={(event) => setBody(event.target.value)}
				slotProps={{ htmlInput: { maxLength: 100_000 } }}
			/>
			<Stack direction="row" useFlexGap sx={{ mt: 1.5, gap: 1.5, flexWrap: 'wrap', alignItems: 'center' }}>
				{ways.map((way) => (
					<Button
						key={way}
						type="submit"
						value={way}
						variant={way === 'queued' ? 'contained' : 'outlined'}
						disabled={busy}
					>
						{translate(`messages.ways.${way}`)}
					</Button>
				))}
			</Stack>
		</Box>
	);
}
