// The changes to the current record, with their user, time and fields.
import Changed from '@mui/icons-material/HistoryOutlined';
import Box from '@mui/material/Box';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import { useRecordContext, useResourceContext, useTranslate, type Identifier } from 'ra-core';
import { colon } from '../i18n/i18n';
import { named } from '../i18n/customNames';
import { Ago } from '../ui/Ago';
import { useLabel } from './label';
import { Older, useOlder } from '../ui/Older';
import { Value } from './values';

interface Change {
	id: number;
	at: string;
	action: 'insert' | 'update' | 'delete' | 'restore';
	name: string | null;
	changes: Record<string, { old: unknown; new: unknown }>;
}

export const useHistory = (resource: string, id: Identifier) =>
	useOlder<Change>(`/api/${resource}/${id}/history`, {}, [resource, 'history', id]);

export function ChangeLine({ resource, change: { at, action, name, changes } }: { resource: string; change: Change }) {
	const row = useRecordContext();
	const translate = useTranslate();
	const label = useLabel();
	// The entry contains only fields that the page does not show.
	if (action === 'update' && Object.keys(changes).length === 0) return null;
	return (
		<Stack component="li" direction="row" spacing={2}>
			<Changed color="action" aria-hidden />
			<Box sx={{ minWidth: 0 }}>
				{action === 'update' &&
					Object.entries(changes)
						.map(([name, change]) => [named(name), change] as const)
						.map(([member, { old, new: now }]) => (
							<Typography key={member} sx={{ overflowWrap: 'anywhere' }}>
								<strong>{label({ resource, source: member })}</strong>
								{colon()}
								<Value {...{ resource, member, row }} value={old} /> →{' '}
								<Value {...{ resource, member, row }} value={now} />
							</Typography>
						))}
				<Typography variant="body2" color="textSecondary">
					{translate(`i18n.history.${action}`)} · {name || translate('i18n.history.nobody')} ·{' '}
					<Ago value={at} />
				</Typography>
			</Box>
		</Stack>
	);
}

export function History() {
	const resource = useResourceContext()!;
	const row = useRecordContext()!;
	const query = useHistory(resource, row.id);
	return (
		<Older query={query}>
			{(entries) => (
				<Stack component="ul" spacing={2} sx={{ listStyle: 'none', m: 0, p: 0 }}>
					{entries.map((change) => (
						<ChangeLine key={change.id} resource={resource} change={change} />
					))}
				</Stack>
			)}
		</Older>
	);
}
