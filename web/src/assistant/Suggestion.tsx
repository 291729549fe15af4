// A change that the assistant suggests, for the user to confirm or dismiss.
import { useState } from 'react';
import Button from '@mui/material/Button';
import Paper from '@mui/material/Paper';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import { ReferenceField } from 'react-admin';
import { useDataProvider, useTranslate } from 'ra-core';
import { useAct } from '../data/act';
import type { Provider } from '../data/dataProvider';
import { useFormats } from '../data/useFormats';
import type { Proposal } from './useConversation';

export function Suggestion({ proposal: { id, tool, arguments: said } }: { proposal: Proposal }) {
	const translate = useTranslate();
	const { date } = useFormats();
	const { tell } = useDataProvider<Provider>();
	const [busy, act] = useAct();
	const [decided, setDecided] = useState<'made' | 'left'>();
	const decide = (what: 'made' | 'left') => async () => {
		const path = `/api/assistant/proposals/${id}`;
		if (await act(() => (what === 'made' ? tell(`${path}/confirm`) : tell(path, undefined, 'DELETE'))))
			setDecided(what);
	};
	const about = said.deal_id ? 'deal' : 'contact';
	return (
		<Paper variant="outlined" sx={{ mt: 1.5, p: 1.5 }}>
			<Typography variant="body2" color="textSecondary">
				{translate(`assistant.tools.${tool}`, { _: tool })}
				{' · '}
				<ReferenceField record={{ id, ...said }} source={`${about}_id`} reference={`${about}s`} link="show" />
			</Typography>
			<Typography sx={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere', my: 0.5 }}>{said.text}</Typography>
			{said.due_date && (
				<Typography variant="body2" color="textSecondary">
					{translate('assistant.due', { date: date(said.due_date) })}
				</Typography>
			)}
			{decided ? (
				<Typography role="status" variant="body2">
					{translate(`assistant.${decided}`)}
				</Typography>
			) : (
				<Stack direction="row" spacing={1} sx={{ mt: 1 }}>
					<Button size="small" variant="contained" disabled={busy} onClick={decide('made')}>
						{translate('assistant.make')}
					</Button>
					<Button size="small" disabled={busy} onClick={decide('left')}>
						{translate('assistant.leave')}
					</Button>
				</Stack>
			)}
		</Paper>
	);
}
