// Sent and failed emails; failed emails can be sent again.
import { useState } from 'react';
import Chip from '@mui/material/Chip';
import MenuItem from '@mui/material/MenuItem';
import Stack from '@mui/material/Stack';
import TextField from '@mui/material/TextField';
import { useDebouncedEvent } from 'react-admin';
import { useDataProvider, useTranslate } from 'ra-core';
import { useAct } from '../data/act';
import type { Provider } from '../data/dataProvider';
import { FormDialog } from '../ui/FormDialog';
import { useFormats } from '../data/useFormats';
import { Older, useOlder } from '../ui/Older';
import { Deed, Line, Lines, Panel } from '../ui/Panel';
import { MailNotice } from './overview';

const colors = {
	waiting: 'default',
	sending: 'info',
	sent: 'success',
	failed: 'error',
	uncertain: 'warning',
	withheld: 'default',
} as const;

interface Letter {
	id: number;
	created_at: string;
	template: string;
	recipient: string;
	status: keyof typeof colors;
	attempts: number;
	due_at: string | null;
	error: string | null;
	/** True if the content is still stored, so that the email can be sent again. */
	kept: boolean;
}

const fails = ({ status }: Letter) => status === 'failed' || status === 'uncertain';

export default function Mail() {
	const { tell } = useDataProvider<Provider>();
	const translate = useTranslate();
	const { dateTime } = useFormats();
	const [status, setStatus] = useState('');
	const [recipient, setRecipient] = useState('');
	const search = useDebouncedEvent(
		(event: { target: { value: string } }) => setRecipient(event.target.value.trim()),
		300,
	);
	const [asking, setAsking] = useState<Letter>();
	const [busy, act] = useAct();
	const query = useOlder<Letter>('/api/operators/mail', {
		status: status || undefined,
		recipient: recipient || undefined,
	});
	const retry = ({ id }: Letter) => tell(`/api/operators/mail/${id}/retry`).then(() => query.refetch());
	const note = ({ template, attempts, due_at, error, created_at }: Letter) =>
		[
			translate(`admin.templates.${template}`, { _: template }),
			dateTime(created_at),
			attempts > 0 && translate('admin.attempts', { smart_count: attempts }),
			due_at && attempts > 0 && translate('admin.next', { when: dateTime(due_at) }),
			error,
		]
			.filter(Boolean)
			.join(' · ');
	return (
		<Panel title={translate('admin.parts.mail')} lead={translate('admin.mail_help')}>
			<MailNotice />
			<Stack direction="row" useFlexGap sx={{ flexWrap: 'wrap', gap: 1.5, mb: 1 }}>
				<TextField
					id="mail-status"
					select
					value={status}
					label={translate('admin.state')}
					sx={{ flex: '1 1 160px', maxWidth: 220 }}
					onChange={(event) => setStatus(event.target.value)}
					slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}
				>
					<MenuItem value="">{translate('admin.any')}</MenuItem>
					{Object.keys(colors).map((one) => (
						<MenuItem key={one} value={one}>
							{translate(`admin.mail.${one}`)}
						</MenuItem>
					))}
				</TextField>
				<TextField
					id="mail-recipient"
					type="search"
					label={translate('admin.recipient')}
					sx={{ flex: '1 1 200px', maxWidth: 320 }}
					onChange={search}
				/>
			</Stack>
			<Older query={query} empty={translate('admin.no_mail')}>
				{(letters) => (
					<Lines>
						{letters.map((letter) => (
							<Line
								key={letter.id}
								title={letter.recipient}
								note={note(letter)}
								action={
									<>
										<Chip
											size="small"
											variant="outlined"
											color={colors[letter.status]}
											label={translate(`admin.mail.${letter.status}`)}
										/>
										{letter.kept && fails(letter) && (
											<Deed
												does="admin.retry"
												of={letter.recipient}
												disabled={busy}
												onClick={() =>
													letter.status === 'uncertain'
														? setAsking(letter)
														: act(() => retry(letter), 'admin.retried')
												}
											/>
										)}
									</>
								}
							/>
						))}
					</Lines>
				)}
			</Older>
			{asking && (
				<FormDialog
					title={translate('admin.retry_what', { to: asking.recipient })}
					lead={translate('admin.retry_help')}
					action={translate('admin.retry')}
					submit={() => retry(asking).then(() => setAsking(undefined))}
					close={() => setAsking(undefined)}
				/>
			)}
		</Panel>
	);
}
