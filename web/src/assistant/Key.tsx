// The API key to which questions are billed: the user's own key or the organization's. The server never returns the
// key.
import { useState } from 'react';
import Button from '@mui/material/Button';
import Chip from '@mui/material/Chip';
import { useQuery } from '@tanstack/react-query';
import { useDataProvider, useTranslate } from 'ra-core';
import { useAct } from '../data/act';
import { QueryResult } from '../ui/QueryResult';
import type { Provider } from '../data/dataProvider';
import { Ask, FormDialog, type Answers } from '../ui/FormDialog';
import { Panel } from '../ui/Panel';
import { statusQuery } from './status';

export function AssistantKey({ shared = false }: { shared?: boolean }) {
	const translate = useTranslate();
	const { tell } = useDataProvider<Provider>();
	const status = useQuery(statusQuery);
	const [open, setOpen] = useState(false);
	const [busy, act] = useAct();
	const path = shared ? '/api/assistant/organization_key' : '/api/assistant/key';
	const kept = status.data?.keys[shared ? 'organization' : 'own'] ?? false;
	const keep = async ({ key = '' }: Answers) => {
		await tell(path, { key: key.trim() }, 'PUT');
		setOpen(false);
		await status.refetch();
	};
	const forget = () => act(() => tell(path, undefined, 'DELETE').then(() => status.refetch()), 'profile.removed');
	const verb = translate(kept ? 'assistant.key_replace' : 'assistant.key_keep');
	return (
		<Panel
			title={translate(shared ? 'assistant.key_shared' : 'assistant.key_own')}
			lead={translate(
				status.data?.enabled === false
					? 'assistant.key_off'
					: shared
						? 'assistant.key_shared_help'
						: 'assistant.key_own_help',
			)}
			action={
				status.data && (
					<>
						<Chip
							size="small"
							variant="outlined"
							color={kept ? 'success' : 'default'}
							label={translate(kept ? 'assistant.key_kept' : 'assistant.key_none')}
						/>
						<Button variant="outlined" onClick={() => setOpen(true)}>
							{verb}
						</Button>
						{kept && (
							<Button variant="outlined" color="error" disabled={busy} onClick={forget}>
								{translate('assistant.key_forget')}
							</Button>
						)}
					</>
				)
			}
		>
			{!status.data && <QueryResult query={status}>{() => null}</QueryResult>}
			{open && (
				<FormDialog
					title={verb}
					lead={translate('assistant.key_sealed')}
					action={translate('ra.action.save')}
					submit={keep}
					close={() => setOpen(false)}
				>
					<Ask
						name="key"
						type="password"
						autoFocus
						autoComplete="off"
						label={translate('assistant.key')}
						slotProps={{ htmlInput: { maxLength: 512 } }}
					/>
				</FormDialog>
			)}
		</Panel>
	);
}
